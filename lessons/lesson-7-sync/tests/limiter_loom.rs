//! Goal: whatever the order of events, a slot's admissions are those of one bucket.
//!
//! Method: loom runs each scene in every order of events that makes a difference, with every value that a load may read.
//! Not proven: more threads and more requests than these, nor three threads with more than three preemptions. The words of different slots are independent.

use std::time::Duration;

use loom::sync::Arc;
use loom::thread;
use sync::limiter::{Limit, Limiter, Verdict};

const MS: Duration = Duration::from_millis(1);

/// Keys that differ in their tags.
const KEYS: [u64; 3] = [1 << 60, 2 << 60, 3 << 60];

type Table = Limiter<1>;

/// One request in 100 ms, and `burst` at once.
fn limit(burst: u32) -> Limit {
    Limit::new(10, 1000 * MS, burst).expect("a limit")
}

/// How many requests of `key` are admitted, of one at each of these times.
fn admitted(limiter: &Table, key: u64, limit: &Limit, nows: &[Duration]) -> usize {
    let is_admitted =
        |now: &&Duration| matches!(limiter.check(key, **now, limit), Verdict::Admitted { .. });
    nows.iter().filter(is_admitted).count()
}

/// How many requests are admitted, of those that each thread makes at its times, with its key.
fn together<const THREADS: usize>(
    limiter: &Arc<Table>,
    limit: Limit,
    requests: [(u64, &'static [Duration]); THREADS],
) -> [usize; THREADS] {
    let threads = requests.map(|(key, nows)| {
        let limiter = Arc::clone(limiter);
        thread::spawn(move || admitted(&limiter, key, &limit, nows))
    });
    threads.map(|thread| thread.join().unwrap())
}

#[test]
fn threads_at_the_same_time_get_one_burst() {
    loom::model(|| {
        let limiter = Arc::default();
        let requests = [(KEYS[0], &[Duration::ZERO; 2] as &[_]); 2];
        assert_eq!(together(&limiter, limit(3), requests).iter().sum::<usize>(), 3);
        assert_eq!(limiter.shared(), 0);
    });
}

#[test]
fn three_threads_do_so_too() {
    let mut loom = loom::model::Builder::new();
    loom.preemption_bound = Some(3);
    loom.check(|| {
        let limiter = Arc::default();
        let requests = [(KEYS[0], &[Duration::ZERO] as &[_]); 3];
        assert_eq!(together(&limiter, limit(2), requests).iter().sum::<usize>(), 2);
    });
}

#[test]
fn keys_that_take_over_a_slot_at_the_same_time_share_it() {
    loom::model(|| {
        let limiter = Arc::default();
        assert_eq!(admitted(&limiter, KEYS[0], &limit(2), &[Duration::ZERO]), 1);
        // The bucket has run out by then.
        const NOWS: &[Duration] = &[Duration::from_millis(100); 2];
        let both = together(&limiter, limit(2), [(KEYS[1], NOWS), (KEYS[2], NOWS)]);
        assert_eq!(both.iter().sum::<usize>(), 2, "one burst for both");
        assert!(limiter.shared() > 0);
    });
}

#[test]
fn of_two_keys_that_take_over_a_slot_the_second_one_is_counted() {
    loom::model(|| {
        let limiter = Arc::default();
        assert_eq!(admitted(&limiter, KEYS[0], &limit(2), &[Duration::ZERO]), 1);
        const NOW: &[Duration] = &[Duration::from_millis(100)];
        let both = together(&limiter, limit(2), [(KEYS[1], NOW), (KEYS[2], NOW)]);
        assert_eq!((both, limiter.shared()), ([1, 1], 1));
    });
}

#[test]
fn who_meets_anothers_bucket_is_counted_once() {
    loom::model(|| {
        let limiter = Arc::default();
        const NOW: &[Duration] = &[Duration::ZERO];
        assert_eq!(admitted(&limiter, KEYS[0], &limit(3), NOW), 1);
        let both = together(&limiter, limit(3), [(KEYS[1], NOW), (KEYS[2], NOW)]);
        assert_eq!((both, limiter.shared()), ([1, 1], 2), "however often a check must try");
    });
}

#[test]
fn clocks_that_differ_admit_no_more() {
    loom::model(|| {
        let limiter = Arc::default();
        const BEHIND: &[Duration] = &[Duration::ZERO; 2];
        const AHEAD: &[Duration] = &[Duration::from_millis(100); 2];
        let both = together(&limiter, limit(1), [(KEYS[0], BEHIND), (KEYS[0], AHEAD)]);
        // Whose clock is ahead has it all, unless the other one was there before.
        assert!(matches!(both, [0 | 1, 1]), "{both:?}");
    });
}
