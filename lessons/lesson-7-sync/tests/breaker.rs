//! Goal: failures in a row open the circuit, one probe at a time tries again, its success closes it; who comes late
//! changes nothing; healthy calls write nothing.
//!
//! Method: a virtual clock, and every transition one by one; `model` plays random histories beside a model that keeps a
//! list of its calls. Memory that cannot be written shows who writes.
//! Not proven: every order of events (`breaker_loom`), speed (the benchmark). What a breaker keeps outside of itself, on
//! the heap say, the read-only memory does not see.

#[path = "breaker/model.rs"]
mod model;
#[path = "breaker/your_trial.rs"]
mod your_trial;

use std::future::pending;
use std::mem;
use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::task::{Context, Waker};
use std::thread;
use std::time::Duration;

use memmap2::MmapMut;
use sync::breaker::{Breaker, Call, Open, Policy, State};
use witness::process::in_its_own;
use witness::rendezvous::Rendezvous;

const SECOND: Duration = Duration::from_secs(1);
const MINUTE: Duration = Duration::from_secs(60);
const MS: Duration = Duration::from_millis(1);

/// The time at which most tests begin.
const BEGIN: Duration = Duration::from_secs(1000);

/// Five failures open it for a minute.
fn closed() -> Breaker {
    Breaker::new(Policy::default())
}

/// One that has opened at [`BEGIN`].
fn open() -> Breaker {
    let breaker = closed();
    assert_eq!([(); 5].map(|()| fail(&breaker, BEGIN)), [false, false, false, false, true]);
    breaker
}

fn enter(breaker: &Breaker, now: Duration) -> Call<'_> {
    breaker.enter(now).expect("let in")
}

/// A call that fails. Returns whether it has opened the circuit.
fn fail(breaker: &Breaker, now: Duration) -> bool {
    enter(breaker, now).failed(now)
}

fn succeed(breaker: &Breaker, now: Duration) -> bool {
    enter(breaker, now).succeeded()
}

fn is_told_to_wait(breaker: &Breaker, now: Duration) -> Duration {
    let Open { retry_after } = breaker.enter(now).expect_err("not let in");
    retry_after
}

#[test]
fn a_healthy_dependency_is_called_by_everybody() {
    let breaker = closed();
    let calls: Vec<_> = (0..1000).map(|_| enter(&breaker, BEGIN)).collect();
    assert!(calls.into_iter().all(|call| !call.succeeded()), "it was closed already");
    assert_eq!(breaker.state(BEGIN), State::Closed);
}

#[test]
fn five_failures_in_a_row_open_it_for_a_minute() {
    let breaker = closed();
    for _ in 0..4 {
        assert!(!fail(&breaker, BEGIN));
        assert_eq!(breaker.state(BEGIN), State::Closed);
    }
    assert!(fail(&breaker, BEGIN + SECOND), "the fifth");
    assert_eq!(breaker.state(BEGIN + SECOND), State::Open);
    assert_eq!(is_told_to_wait(&breaker, BEGIN + SECOND), MINUTE);
}

#[test]
fn a_success_forgets_the_failures_before_it() {
    let breaker = closed();
    for _ in 0..100 {
        for _ in 0..4 {
            assert!(!fail(&breaker, BEGIN));
        }
        assert!(!succeed(&breaker, BEGIN));
    }
    assert_eq!(breaker.state(BEGIN), State::Closed);
}

#[test]
fn an_open_circuit_lets_nobody_in_and_says_how_long() {
    let breaker = open();
    for second in 0..60 {
        let now = BEGIN + second * SECOND;
        assert_eq!(is_told_to_wait(&breaker, now), MINUTE - second * SECOND);
        assert_eq!(breaker.state(now), State::Open);
    }
}

#[test]
fn who_waits_exactly_as_long_as_told_probes() {
    let breaker = open();
    let now = BEGIN + Duration::from_nanos(12_345);
    let retry_after = is_told_to_wait(&breaker, now);
    let almost = now + retry_after - Duration::from_nanos(1);
    assert_eq!(is_told_to_wait(&breaker, almost), Duration::from_nanos(1));
    assert_eq!(breaker.state(almost), State::Open);
    assert_eq!(breaker.state(now + retry_after), State::HalfOpen, "the next call is the probe");
    drop(enter(&breaker, now + retry_after));
}

#[test]
fn one_probes_and_everybody_else_stays_away_however_long_it_takes() {
    let breaker = open();
    let probe = enter(&breaker, BEGIN + MINUTE);
    for minute in 1..1000 {
        let now = BEGIN + minute * MINUTE;
        assert_eq!(is_told_to_wait(&breaker, now), SECOND, "soon it is known more");
        assert_eq!(breaker.state(now), State::HalfOpen);
    }
    assert!(probe.succeeded());
}

#[test]
fn a_probe_that_succeeds_closes_it() {
    let breaker = open();
    assert!(succeed(&breaker, BEGIN + MINUTE), "it says so");
    assert_eq!(breaker.state(BEGIN + MINUTE), State::Closed);
    assert!(!succeed(&breaker, BEGIN + MINUTE), "closed already");
    // What had failed before is forgotten.
    for _ in 0..4 {
        assert!(!fail(&breaker, BEGIN + MINUTE));
    }
    assert!(fail(&breaker, BEGIN + MINUTE));
}

#[test]
fn a_probe_that_fails_opens_it_for_another_minute() {
    let breaker = open();
    let mut now = BEGIN;
    for _ in 0..10 {
        now += MINUTE;
        let probe = enter(&breaker, now);
        now += 7 * SECOND;
        assert!(probe.failed(now), "one is enough");
        assert_eq!(is_told_to_wait(&breaker, now), MINUTE, "from the failure on");
    }
    now += MINUTE;
    assert!(succeed(&breaker, now));
}

#[test]
fn a_dropped_probe_leaves_its_place_to_the_next() {
    let breaker = open();
    let now = BEGIN + MINUTE;
    for _ in 0..10 {
        let probe = enter(&breaker, now);
        assert!(breaker.enter(now).is_err());
        drop(probe);
        assert_eq!(breaker.state(now), State::HalfOpen, "it was neither success nor failure");
    }
    assert!(succeed(&breaker, now));
}

#[test]
fn a_cancelled_future_drops_its_probe() {
    let breaker = open();
    let now = BEGIN + MINUTE;
    let mut probe: Pin<Box<dyn Future<Output = bool> + Send>> = Box::pin(async {
        let call = enter(&breaker, now);
        pending::<()>().await;
        call.succeeded()
    });
    assert!(probe.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
    assert!(breaker.enter(now).is_err(), "it is on its way");
    drop(probe);
    assert!(succeed(&breaker, now));
}

#[test]
fn a_dropped_call_is_neither_a_success_nor_a_failure() {
    let breaker = closed();
    for _ in 0..4 {
        assert!(!fail(&breaker, BEGIN));
    }
    for _ in 0..10 {
        drop(enter(&breaker, BEGIN));
    }
    assert_eq!(breaker.state(BEGIN), State::Closed);
    assert!(fail(&breaker, BEGIN), "the fifth in a row");
}

/// What may become of a call.
const ENDS: [fn(Call<'_>); 3] = [
    |call| assert!(!call.succeeded(), "it closes nothing"),
    |call| assert!(!call.failed(BEGIN + 10 * MINUTE), "it opens nothing"),
    |call| drop(call),
];

#[test]
fn calls_that_come_back_late_change_nothing() {
    for end in ENDS {
        let breaker = closed();
        let late: [_; 10] = [(); 10].map(|()| enter(&breaker, BEGIN));
        let mut late = late.into_iter();
        let mut next = || end(late.next().expect("one more"));
        for _ in 0..5 {
            fail(&breaker, BEGIN);
        }
        next();
        assert_eq!(
            is_told_to_wait(&breaker, BEGIN),
            MINUTE,
            "still open, and no longer than before"
        );
        let now = BEGIN + MINUTE;
        next();
        let probe = enter(&breaker, now);
        next();
        assert!(breaker.enter(now).is_err(), "the probe keeps its place");
        drop(probe);
        next();
        assert!(succeed(&breaker, now));
        next();
        assert_eq!(breaker.state(now), State::Closed);
        for _ in 0..4 {
            assert!(!fail(&breaker, now));
        }
        next();
        assert_eq!(breaker.state(now), State::Closed, "it is no fifth failure");
        assert!(fail(&breaker, now), "and no success in between");
    }
}

#[test]
fn calls_of_the_circuit_before_the_last_are_late_too() {
    for end in ENDS {
        let breaker = closed();
        let late = enter(&breaker, BEGIN);
        for round in 0..3 {
            let now = BEGIN + round * MINUTE;
            for _ in 0..5 {
                fail(&breaker, now);
            }
            assert!(succeed(&breaker, now + MINUTE));
        }
        end(late);
        assert_eq!(breaker.state(BEGIN + 3 * MINUTE), State::Closed);
    }
}

#[test]
fn a_policy_may_be_different() {
    let policy = |failures_max| Policy { failures_max, open_for: 100 * MS };
    for failures_max in [0, 1] {
        let breaker = Breaker::new(policy(failures_max));
        assert!(fail(&breaker, BEGIN), "the first");
        assert_eq!(is_told_to_wait(&breaker, BEGIN), 100 * MS);
        let _probe = enter(&breaker, BEGIN + 100 * MS);
        assert_eq!(is_told_to_wait(&breaker, BEGIN + 100 * MS), 100 * MS, "less than a second");
    }
    let breaker = Breaker::new(policy(1000));
    assert!((0..999).all(|_| !fail(&breaker, BEGIN)));
    assert!(fail(&breaker, BEGIN));
}

#[test]
fn times_are_rounded_up_to_milliseconds() {
    let breaker = Breaker::new(Policy { failures_max: 1, open_for: MS });
    let now = BEGIN + Duration::from_nanos(1);
    assert!(fail(&breaker, now));
    assert_eq!(is_told_to_wait(&breaker, now), 2 * MS - Duration::from_nanos(1));
    // The place of a dropped probe is free at once.
    drop(enter(&breaker, BEGIN + 2 * MS));
    drop(enter(&breaker, BEGIN + 2 * MS));
    let between = BEGIN + 2 * MS + Duration::from_nanos(300);
    drop(enter(&breaker, between));
    drop(enter(&breaker, between));
}

#[test]
fn a_clock_that_goes_back_keeps_it_open_as_much_longer() {
    let breaker = open();
    assert_eq!(is_told_to_wait(&breaker, BEGIN - 9 * SECOND), MINUTE + 9 * SECOND);
    assert!(succeed(&breaker, BEGIN + MINUTE));
}

#[test]
fn for_ever_is_139_years() {
    let breaker = Breaker::new(Policy { failures_max: 1, open_for: Duration::MAX });
    let (year, now) = (365 * 24 * 60 * MINUTE, Duration::from_nanos(1));
    assert!(fail(&breaker, now));
    assert_eq!(is_told_to_wait(&breaker, now).as_secs() / year.as_secs(), 139);
    assert!(fail(&breaker, Duration::MAX));
    assert_eq!(breaker.state(now), State::Open);
}

#[test]
fn after_a_million_openings_it_goes_on() {
    let breaker = Breaker::new(Policy { failures_max: 1, open_for: Duration::ZERO });
    for _ in 0..(1 << 20) + 1 {
        assert!(fail(&breaker, BEGIN));
    }
    assert_eq!(breaker.state(BEGIN - SECOND), State::Open);
    assert!(succeed(&breaker, BEGIN));
    assert!(!succeed(&breaker, BEGIN), "closed");
}

#[test]
fn healthy_calls_write_nothing() {
    in_its_own("healthy_calls_write_nothing", || {
        let mut map = MmapMut::map_anon(mem::size_of::<Breaker>()).expect("memory");
        // SAFETY: The mapping is large enough and begins at a page.
        unsafe { map.as_mut_ptr().cast::<Breaker>().write(closed()) };
        let map = map.make_read_only().expect("memory that cannot be written");
        // SAFETY: A breaker was written there; the mapping lives until the end. A write, even one that stores what was
        // there, is a SIGSEGV.
        let breaker = unsafe { &*map.as_ptr().cast::<Breaker>() };
        for _ in 0..10 {
            assert!(!succeed(breaker, BEGIN));
            drop(enter(breaker, BEGIN));
            assert_eq!(breaker.state(BEGIN), State::Closed);
        }
    });
}

#[test]
fn of_threads_at_the_same_time_one_probes() {
    const THREADS: usize = 4;
    let breaker = open();
    for round in 1..100 {
        let now = BEGIN + round * MINUTE;
        let (all, tried) = (Rendezvous::of(THREADS), Rendezvous::of(THREADS));
        let probes = AtomicUsize::new(0);
        let try_it = || {
            all.meet().expect("all threads try together");
            let call = breaker.enter(now);
            probes.fetch_add(usize::from(call.is_ok()), SeqCst);
            tried.meet().expect("all have tried");
            if let Ok(probe) = call {
                assert!(probe.failed(now));
            }
        };
        thread::scope(|scope| {
            for thread in [(); THREADS].map(|()| scope.spawn(try_it)) {
                thread.join().expect("it tries");
            }
        });
        assert_eq!(probes.into_inner(), 1, "in round {round}");
    }
}

#[test]
fn no_failure_is_lost() {
    const THREADS: usize = 4;
    const FAILURES: usize = 50_000;
    let policy = Policy { failures_max: (THREADS * FAILURES) as u32, ..Policy::default() };
    let breaker = Breaker::new(policy);
    let all = Rendezvous::of(THREADS);
    let fails = || {
        all.meet().expect("all threads fail together");
        (0..FAILURES).filter(|_| fail(&breaker, BEGIN)).count()
    };
    let openings: usize = thread::scope(|scope| {
        let threads = [(); THREADS].map(|()| scope.spawn(fails));
        threads.map(|thread| thread.join().expect("it is let in")).iter().sum()
    });
    assert_eq!((openings, breaker.state(BEGIN)), (1, State::Open), "by the last one");
}
