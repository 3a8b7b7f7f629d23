//! Goal: a key is admitted exactly as often as its limit allows, by all threads and processes together; who is refused
//! learns exactly when to come again; keys that share a slot are never admitted more often for it.
//!
//! Method: a virtual clock, which tests move or freeze; `model` plays random histories beside the other form of the
//! algorithm, `processes` has real processes at one table, one of which is killed again and again. Memory that cannot be
//! written shows who writes.
//! Not proven: every order of events (`limiter_loom`), speed (the benchmark), and that callers hash their keys.

#[path = "limiter/model.rs"]
mod model;
#[path = "limiter/processes.rs"]
mod processes;

use std::os::fd::{AsFd, AsRawFd};
use std::time::{Duration, SystemTime};

use memmap2::MmapOptions;
use solution_4_processes::shared::{Plain, Region};
use sync::limiter::{Limit, Limiter, Verdict};
use witness::process::in_its_own;

/// What the limiter tells apart: 100 ns.
const TICK: Duration = Duration::from_nanos(100);

const SECOND: Duration = Duration::from_secs(1);
const MS: Duration = Duration::from_millis(1);

/// Any key, as a caller makes it: spread over all its bits.
fn key(number: u64) -> u64 {
    number.wrapping_mul(0x9E37_79B9_7F4A_7C15)
}

/// Ten a second, three at once.
fn ten_a_second() -> Limit {
    Limit::new(10, SECOND, 3).expect("a limit")
}

/// A key's requests, one by one.
struct Client<'a, const SLOTS: usize> {
    limiter: &'a Limiter<SLOTS>,
    key: u64,
    limit: Limit,
}

impl<const SLOTS: usize> Client<'_, SLOTS> {
    fn asks(&self, now: Duration) -> Verdict {
        self.limiter.check(self.key, now, &self.limit)
    }

    fn is_admitted(&self, now: Duration) -> bool {
        matches!(self.asks(now), Verdict::Admitted { .. })
    }

    /// How many requests are admitted until one is not.
    fn burst(&self, now: Duration) -> usize {
        (0..1000).take_while(|_| self.is_admitted(now)).count()
    }

    fn is_told_to_wait(&self, now: Duration) -> Duration {
        match self.asks(now) {
            Verdict::Refused { retry_after, .. } => retry_after,
            admitted => panic!("refused, not {admitted:?}"),
        }
    }
}

#[test]
fn a_burst_is_admitted_at_once_and_no_more() {
    let client = Client { limiter: &Limiter::<8>::default(), key: key(1), limit: ten_a_second() };
    assert_eq!(client.burst(SECOND), 3);
    assert_eq!(client.burst(SECOND), 0);
}

#[test]
fn who_waits_exactly_as_long_as_told_is_admitted() {
    let client = Client { limiter: &Limiter::<8>::default(), key: key(1), limit: ten_a_second() };
    let mut now = 7 * SECOND + Duration::from_nanos(42);
    client.burst(now);
    for _ in 0..100 {
        let retry_after = client.is_told_to_wait(now);
        assert_eq!(retry_after, 100 * MS);
        assert_eq!(client.is_told_to_wait(now + retry_after - TICK), TICK, "one tick early");
        now += retry_after;
        assert!(client.is_admitted(now));
    }
}

#[test]
fn refusals_cost_nothing() {
    let client = Client { limiter: &Limiter::<8>::default(), key: key(1), limit: ten_a_second() };
    client.burst(SECOND);
    for hurry in 0..1000 {
        assert!(!client.is_admitted(SECOND + hurry * MS / 20));
    }
    assert_eq!(client.is_told_to_wait(SECOND + 60 * MS), 40 * MS);
}

#[test]
fn at_the_sustained_rate_nobody_is_refused() {
    let limit = Limit::new(10, SECOND, 1).expect("a limit");
    let client = Client { limiter: &Limiter::<8>::default(), key: key(1), limit };
    for request in 0..1000 {
        assert!(client.is_admitted(request * 100 * MS));
        assert!(!client.is_admitted((request + 1) * 100 * MS - TICK), "a burst of one is none");
    }
}

#[test]
fn a_pause_earns_a_burst_at_most() {
    let client = Client { limiter: &Limiter::<8>::default(), key: key(1), limit: ten_a_second() };
    let mut now = SECOND;
    for (pause, earned) in [(0, 3), (99, 0), (1, 1), (199, 1), (1, 1), (300, 3), (100_000, 3)] {
        now += pause * MS;
        assert_eq!(client.burst(now), earned, "after {pause} ms");
    }
}

#[test]
fn a_verdict_says_how_many_remain_and_when_all_are_back() {
    let client = Client { limiter: &Limiter::<8>::default(), key: key(1), limit: ten_a_second() };
    let admitted = |remaining, reset| Verdict::Admitted { remaining, reset: reset * MS };
    let refused = Verdict::Refused { retry_after: 30 * MS, reset: 230 * MS };
    let mut now = SECOND;
    for (pause, verdict) in [
        (0, admitted(2, 100)),
        (0, admitted(1, 200)),
        (50, admitted(0, 250)),
        (20, refused),
        (230, admitted(2, 100)),
        (50, admitted(1, 150)),
    ] {
        now += pause * MS;
        assert_eq!(client.asks(now), verdict);
    }
}

#[test]
fn a_limit_may_be_slow() {
    let limit = Limit::new(3, 60 * SECOND, 1).expect("a limit");
    let client = Client { limiter: &Limiter::<8>::default(), key: key(1), limit };
    assert!(client.is_admitted(SECOND));
    assert_eq!(client.is_told_to_wait(SECOND), 20 * SECOND);
    assert!(client.is_admitted(21 * SECOND));
}

#[test]
fn an_interval_that_does_not_divide_is_rounded_up() {
    let limit = Limit::new(3, SECOND, 1).expect("a limit");
    let client = Client { limiter: &Limiter::<8>::default(), key: key(1), limit };
    assert!(client.is_admitted(SECOND));
    assert_eq!(client.is_told_to_wait(SECOND), Duration::from_nanos(333_333_400));
}

#[test]
fn a_limit_that_cannot_be_kept_is_none() {
    assert!(Limit::new(0, SECOND, 1).is_none());
    assert!(Limit::new(1, SECOND, 0).is_none(), "it would admit nobody");
    assert!(Limit::new(1, Duration::ZERO, 1).is_none());
    assert!(Limit::new(10_000_000, SECOND, 1).is_some());
    assert!(Limit::new(10_000_001, SECOND, 1).is_none(), "less than a tick");
    let day = 24 * 60 * 60 * SECOND;
    assert!(Limit::new(1, day, 325).is_some());
    assert!(Limit::new(1, day, 326).is_none());
    assert!(Limit::new(u32::MAX, Duration::MAX, u32::MAX).is_none());
    assert!(Limit::new(1, Duration::MAX, u32::MAX).is_none());
}

#[test]
fn the_longest_limit_fits_at_the_latest_time() {
    let day = 24 * 60 * 60 * SECOND;
    let limit = Limit::new(1, day, 325).expect("a limit");
    let client = Client { limiter: &Limiter::<8>::default(), key: u64::MAX, limit };
    let now = 13 * 365 * day;
    assert_eq!(client.burst(now), 325);
    assert_eq!(client.is_told_to_wait(now), day);
    assert_eq!(client.limiter.shared(), 0, "the time has not grown into the tag");
    assert_eq!(client.burst(now + 2 * day), 2);
}

#[test]
#[should_panic(expected = "epoch")]
fn an_epoch_in_the_last_century_is_refused() {
    let now = SystemTime::UNIX_EPOCH.elapsed().expect("a clock behind 1970");
    Limiter::<8>::default().check(key(1), now, &ten_a_second());
}

#[test]
fn a_clock_that_goes_back_admits_no_more() {
    let client = Client { limiter: &Limiter::<8>::default(), key: key(1), limit: ten_a_second() };
    assert_eq!(client.burst(10 * SECOND), 3);
    assert_eq!(client.burst(9 * SECOND), 0);
    assert_eq!(client.is_told_to_wait(9 * SECOND), SECOND + 100 * MS);
    assert_eq!(client.burst(10 * SECOND + 100 * MS), 1);
}

#[test]
fn keys_in_different_slots_have_nothing_to_do_with_each_other() {
    let limiter = Limiter::<8>::default();
    for key in 0..8 {
        assert_eq!(Client { limiter: &limiter, key, limit: ten_a_second() }.burst(SECOND), 3);
    }
    assert_eq!(limiter.shared(), 0);
}

#[test]
fn keys_that_share_a_slot_have_one_bucket_and_are_counted() {
    let limiter = Limiter::<1>::default();
    let [one, other] =
        [1, 2].map(|number| Client { limiter: &limiter, key: key(number), limit: ten_a_second() });
    assert!(one.is_admitted(SECOND) && one.is_admitted(SECOND));
    assert_eq!(limiter.shared(), 0, "alone until here");
    assert!(other.is_admitted(SECOND));
    assert!(!one.is_admitted(SECOND), "the other one has taken the third");
    assert_eq!(limiter.shared(), 2);
    assert!(!other.is_admitted(SECOND), "it finds what it has left there itself");
    assert_eq!(limiter.shared(), 2);
    assert!(one.is_admitted(SECOND + 100 * MS));
    assert!(!other.is_admitted(SECOND + 100 * MS));
    assert_eq!(limiter.shared(), 4);
}

#[test]
fn a_bucket_that_has_run_out_is_anybodys() {
    let limiter = Limiter::<1>::default();
    for number in 0..100 {
        let client = Client { limiter: &limiter, key: key(number), limit: ten_a_second() };
        assert_eq!(client.burst(number as u32 * 300 * MS), 3, "a whole burst");
    }
    assert_eq!(limiter.shared(), 0);
}

#[test]
fn a_refusal_writes_nothing() {
    in_its_own("a_refusal_writes_nothing", || {
        let limiter = Region::<Shared>::create("limiter").expect("shared memory");
        let client = Client { limiter: &limiter.0, key: key(1), limit: ten_a_second() };
        assert_eq!(client.burst(SECOND), 3);
        // SAFETY: The region is sealed against shrinking, and what is read from the mapping is atomic.
        let map = unsafe { MmapOptions::new().map(limiter.as_fd().as_raw_fd()) };
        let map = map.expect("a second mapping, which cannot be written");
        // SAFETY: The mapping has the region's size and begins at a page; every pattern of bits is a `Shared`.
        let unwritable = unsafe { &*map.as_ptr().cast::<Shared>() };
        // A write, even one that stores what was there, is a SIGSEGV.
        let client = Client { limiter: &unwritable.0, ..client };
        assert_eq!(client.is_told_to_wait(SECOND), 100 * MS);
    });
}

/// A limiter as it lies in shared memory.
#[repr(transparent)]
struct Shared(Limiter<8>);

// SAFETY: `repr(C)`, and all of it is atomic integers.
unsafe impl Plain for Shared {}
