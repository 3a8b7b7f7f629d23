//! Goal: every timer that is not cancelled expires, once, in the order of the deadlines.
//!
//! Method: moments that the tests make up; a hundred thousand timers; random histories beside a plain list.
//! Not proven: how exactly somebody sleeps who asks for `next_deadline`.

use std::time::{Duration, Instant};

use async_io::timer::Timers;
use proptest::prelude::*;

/// So many milliseconds after a beginning.
struct Clock(Instant);

impl Clock {
    fn new() -> Self {
        Self(Instant::now())
    }

    fn at(&self, milliseconds: u64) -> Instant {
        self.0 + Duration::from_millis(milliseconds)
    }
}

fn expired<T>(timers: &mut Timers<T>, now: Instant) -> Vec<T> {
    std::iter::from_fn(|| timers.pop_expired(now)).collect()
}

#[test]
fn timers_expire_in_the_order_of_their_deadlines() {
    let clock = Clock::new();
    let mut timers = Timers::new();
    for deadline in [30, 10, 20] {
        timers.insert(clock.at(deadline), deadline);
    }
    assert_eq!(timers.next_deadline(), Some(clock.at(10)));
    assert_eq!(expired(&mut timers, clock.at(9)), []);
    assert_eq!(expired(&mut timers, clock.at(10)), [10], "a deadline that is now has come");
    assert_eq!(expired(&mut timers, clock.at(99)), [20, 30]);
    assert_eq!(timers.next_deadline(), None);
}

#[test]
fn timers_of_one_moment_expire_in_the_order_in_which_they_were_set() {
    let clock = Clock::new();
    let mut timers = Timers::new();
    for name in ["first", "second", "third"] {
        timers.insert(clock.at(5), name);
    }
    assert_eq!(timers.len(), 3);
    assert_eq!(expired(&mut timers, clock.at(5)), ["first", "second", "third"]);
}

#[test]
fn timers_of_one_moment_are_all_kept_whatever_was_cancelled() {
    let clock = Clock::new();
    let mut timers = Timers::new();
    let gone = timers.insert(clock.at(5), "cancelled");
    timers.insert(clock.at(5), "kept");
    assert_eq!(timers.cancel(gone), Some("cancelled"));
    timers.insert(clock.at(5), "late");
    assert_eq!(timers.len(), 2, "timers that wait: two of three, for one was cancelled");
    assert_eq!(expired(&mut timers, clock.at(5)), ["kept", "late"]);
}

#[test]
fn what_is_cancelled_never_happens_and_leaves_nothing() {
    let clock = Clock::new();
    let mut timers = Timers::new();
    let first = timers.insert(clock.at(1), 1);
    timers.insert(clock.at(2), 2);
    assert_eq!(timers.cancel(first), Some(1));
    assert_eq!(timers.cancel(first), None, "twice");
    assert_eq!(timers.next_deadline(), Some(clock.at(2)), "nobody wakes up for what is cancelled");
    assert_eq!(expired(&mut timers, clock.at(9)), [2]);
    assert!(timers.is_empty());
}

#[test]
fn an_old_key_cancels_nothing() {
    let clock = Clock::new();
    let mut timers = Timers::new();
    let old = timers.insert(clock.at(5), "old");
    assert_eq!(expired(&mut timers, clock.at(5)), ["old"]);
    timers.insert(clock.at(5), "new");
    assert_eq!(timers.cancel(old), None, "cancelling what has expired");
    assert_eq!(expired(&mut timers, clock.at(5)), ["new"]);
}

#[test]
fn a_hundred_thousand_are_set_and_nearly_all_cancelled() {
    let clock = Clock::new();
    let mut timers = Timers::new();
    let keys: Vec<_> = (0..100_000_u64)
        .map(|number| (number, timers.insert(clock.at(30_000 + number % 7), number)))
        .collect();
    for (number, key) in keys.into_iter().filter(|(number, _)| number % 1000 != 0) {
        assert_eq!(timers.cancel(key), Some(number));
    }
    assert_eq!(timers.len(), 100);
    assert_eq!(expired(&mut timers, clock.at(60_000)).len(), 100);
}

#[derive(Debug, Clone)]
enum Step {
    Insert(u64),
    Cancel(prop::sample::Index),
    Expire(u64),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        // Few moments, so that many timers share one.
        3 => (0..8_u64).prop_map(Step::Insert),
        2 => any::<prop::sample::Index>().prop_map(Step::Cancel),
        1 => (0..3_u64).prop_map(Step::Expire),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_history_is_that_of_a_plain_list(steps in prop::collection::vec(step(), 1..80)) {
        let clock = Clock::new();
        let mut timers = Timers::new();
        let mut list: Vec<(u64, usize)> = Vec::new();
        let mut keys = Vec::new();
        let mut now = 0;
        for step in steps {
            match step {
                Step::Insert(later) => {
                    let number = keys.len();
                    keys.push(timers.insert(clock.at(now + later), number));
                    list.push((now + later, number));
                }
                Step::Cancel(which) if !keys.is_empty() => {
                    let number = which.index(keys.len());
                    let place = list.iter().position(|&(_, other)| other == number);
                    let expected = place.map(|place| list.remove(place).1);
                    prop_assert_eq!(timers.cancel(keys[number]), expected);
                }
                Step::Cancel(_) => {}
                Step::Expire(later) => {
                    now += later;
                    list.sort();
                    let due = list.partition_point(|&(deadline, _)| deadline <= now);
                    let due: Vec<_> = list.drain(..due).map(|(_, number)| number).collect();
                    prop_assert_eq!(expired(&mut timers, clock.at(now)), due);
                }
            }
            prop_assert_eq!(timers.len(), list.len());
            let first = list.iter().min().map(|&(deadline, _)| clock.at(deadline));
            prop_assert_eq!(timers.next_deadline(), first);
        }
    }
}
