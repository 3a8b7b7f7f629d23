//! This lesson's limiter and governor's, which go by the same algorithm: what they admit of the same requests, and how long a
//! check takes that is admitted, and one that is refused. And beside them a counter that begins anew now and then.

use std::collections::HashMap;
use std::error::Error;
use std::hint::black_box;
use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::{Duration, Instant};

use governor::clock::FakeRelativeClock;
use governor::{Quota, RateLimiter};
use rustix::time::{ClockId, clock_gettime};
use sync::limiter::{Limit, Limiter, Verdict};
use witness::lab::{Column, Table, parameter, progress};

/// One request in so much time, and so many at once.
type Rate = (Duration, u32);

const LIMIT: Rate = (Duration::from_millis(100), 10);
/// More than this lab asks for.
const PLENTY: Rate = (Duration::from_nanos(100), 200_000_000);
/// None behind the first one.
const NEXT_TO_NONE: Rate = (Duration::from_secs(3600), 1);

/// What comes: one request each 50 ms, for ten seconds.
const EVERY: Duration = Duration::from_millis(50);
const FOR: Duration = Duration::from_secs(10);
const KEYS: u64 = 1000;

/// Says whether a request of a client is admitted, at the time that it is told or at that of a clock of its own.
type Check = Box<dyn FnMut(u64, Duration) -> bool>;

fn main() -> Result<(), Box<dyn Error>> {
    let checks = parameter("checks");
    let column = |key, title, unit, digits| Column { key, title, unit, digits };
    let mut table = Table::new(vec![
        column("admitted", "admitted of 200", "", 0),
        column("most", "the most within one second", "", 0),
        column("admits", "a check that admits", "ns", 0),
        column("refuses", "a check that refuses", "ns", 0),
    ]);
    type Make = fn(Rate, bool) -> Check;
    let limiters: [(&str, &str, Make); 3] = [
        ("ours", "this lesson's", ours),
        ("governor", "governor", governor),
        ("window", "a counter for each second of the clock", window),
    ];
    for (done, (key, title, make)) in limiters.into_iter().enumerate() {
        progress(done, limiters.len());
        let [admitted, most] = steady(&mut make(LIMIT, true));
        let admits = time(&mut make(PLENTY, false), checks, true);
        let refuses = time(&mut make(NEXT_TO_NONE, false), checks, false);
        table.row(key, title, &[admitted, most, admits, refuses].map(Some));
    }
    progress(limiters.len(), limiters.len());
    table.note("The two numbers of requests are those of a virtual clock; the times are those of one thread, with the clock that each reads.");
    table.print();
    Ok(())
}

/// How many of the requests are admitted, and the most of them that lie within one second.
fn steady(check: &mut Check) -> [f64; 2] {
    // Half a second later than a window begins.
    let begin = Duration::from_millis(3500);
    let mut admitted = Vec::new();
    let mut now = begin;
    while now < begin + FOR {
        if check(0, now) {
            admitted.push(now);
        }
        now += EVERY;
    }
    let within = |first: &Duration| {
        admitted.iter().filter(|it| (*first..*first + Duration::from_secs(1)).contains(it)).count()
    };
    let most = admitted.iter().map(within).max().unwrap_or(0);
    [admitted.len() as f64, most as f64]
}

/// Nanoseconds for a check, of many clients.
fn time(check: &mut Check, checks: u64, admits: bool) -> f64 {
    (0..KEYS).for_each(|key| _ = check(key, Duration::ZERO));
    let begin = Instant::now();
    let agreed =
        (0..checks).filter(|number| check(black_box(number % KEYS), Duration::ZERO) == admits);
    assert_eq!(agreed.count() as u64, checks, "each is admitted, or each refused");
    begin.elapsed().as_secs_f64() * 1e9 / checks as f64
}

fn ours((interval, burst): Rate, is_virtual: bool) -> Check {
    let limit = Limit::new(1, interval, burst).expect("it is possible");
    let limiter = Box::new(Limiter::<4096>::default());
    Box::new(move |key, at| {
        let now = if is_virtual { at } else { since_boot() };
        // Its keys are hashes.
        let key = key.wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(12);
        matches!(limiter.check(key, now, &limit), Verdict::Admitted { .. })
    })
}

fn governor((interval, burst): Rate, is_virtual: bool) -> Check {
    let burst = NonZeroU32::new(burst).expect("it is not zero");
    let quota = Quota::with_period(interval).expect("it is not zero").allow_burst(burst);
    if !is_virtual {
        let limiter = RateLimiter::keyed(quota);
        return Box::new(move |key, _| limiter.check_key(&key).is_ok());
    }
    let clock = Arc::new(FakeRelativeClock::default());
    let limiter = RateLimiter::dashmap_with_clock(quota, FakeRelativeClock::clone(&clock));
    let mut before = Duration::ZERO;
    Box::new(move |key, at| {
        clock.advance(at - before);
        before = at;
        limiter.check_key(&key).is_ok()
    })
}

/// Begins to count anew whenever a whole burst would have been earned, as many do it first.
fn window((interval, burst): Rate, is_virtual: bool) -> Check {
    let window = (interval * burst).as_nanos();
    let mut counts: HashMap<u64, (u128, u32)> = HashMap::new();
    Box::new(move |key, at| {
        let now = if is_virtual { at } else { since_boot() };
        let number = now.as_nanos() / window;
        let (of, count) = counts.entry(key).or_default();
        if *of != number {
            (*of, *count) = (number, 0);
        }
        let admitted = *count < burst;
        *count += u32::from(admitted);
        admitted
    })
}

fn since_boot() -> Duration {
    let now = clock_gettime(ClockId::Monotonic);
    Duration::new(now.tv_sec as u64, now.tv_nsec as u32)
}
