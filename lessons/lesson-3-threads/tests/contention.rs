//! Goal: counts are exact, however many threads count at once.
//!
//! Method: threads that count the same names in different orders; a model with one thread.
//! Not proven: that it is fast (the benchmark).

use std::collections::BTreeMap;
use std::thread;

use threads::contention::Counters;

#[test]
fn a_counter_begins_at_zero_and_adds_up() {
    let counters = Counters::new();
    assert_eq!(counters.get("requests"), 0);
    counters.add("requests", 1);
    counters.add("requests", 41);
    counters.add("errors", 7);
    assert_eq!((counters.get("requests"), counters.get("errors")), (42, 7));
    assert_eq!(counters.get("nothing"), 0, "to ask is not to count");
    let all = [("errors".to_owned(), 7), ("requests".to_owned(), 42)];
    assert_eq!(counters.all(), all, "sorted, and only those that were counted");
}

#[test]
fn names_that_begin_alike_are_counted_apart() {
    let counters = Counters::new();
    let name = |number: usize| format!("route-{number}");
    (0..1000).for_each(|number| counters.add(&name(number), number as u64));
    assert!((0..1000).all(|number| counters.get(&name(number)) == number as u64));
    assert_eq!(counters.all().len(), 1000);
}

#[test]
fn nothing_is_lost_when_threads_count_at_once() {
    const NAMES: usize = 100;
    const ROUNDS: usize = 200;
    let counters = Counters::new();
    thread::scope(|scope| {
        for worker in 0..4 {
            let counters = &counters;
            scope.spawn(move || {
                for step in 0..NAMES * ROUNDS {
                    // Each goes through them in an order of its own.
                    let number = step * (2 * worker + 1) % NAMES;
                    counters.add(&format!("route-{number}"), 1);
                }
            });
        }
    });
    let mut expected = BTreeMap::new();
    for worker in 0..4 {
        for step in 0..NAMES * ROUNDS {
            let number = step * (2 * worker + 1) % NAMES;
            *expected.entry(format!("route-{number}")).or_insert(0) += 1;
        }
    }
    assert_eq!(counters.all(), expected.into_iter().collect::<Vec<_>>());
}

#[test]
fn who_looks_sees_no_count_go_back() {
    let counters = Counters::new();
    thread::scope(|scope| {
        let counting = scope.spawn(|| (0..20_000).for_each(|_| counters.add("requests", 1)));
        let mut last = 0;
        while !counting.is_finished() {
            let now = counters.get("requests");
            assert!(now >= last, "{now} after {last}");
            last = now;
        }
    });
    assert_eq!(counters.get("requests"), 20_000, "what another thread has counted, after its end");
}

#[test]
fn what_two_threads_counted_is_listed_once() {
    let counters = Counters::new();
    counters.add("requests", 1);
    thread::scope(|scope| {
        scope.spawn(|| counters.add("requests", 2));
    });
    assert_eq!(counters.all(), [("requests".to_owned(), 3)]);
}

#[test]
fn a_thousand_threads_one_after_the_other_can_count() {
    let counters = Counters::new();
    for _ in 0..1000 {
        thread::scope(|scope| {
            scope.spawn(|| counters.add("requests", 1));
        });
    }
    assert_eq!(counters.get("requests"), 1000);
}

#[test]
fn two_sets_of_counters_know_nothing_of_each_other() {
    let (one, other) = (Counters::new(), Counters::new());
    one.add("requests", 1);
    assert_eq!((one.get("requests"), other.get("requests")), (1, 0));
    assert_eq!(other.all(), []);
}
