//! Goal: one thread at a time has the value; who waits sleeps, and is woken; a lock for which nobody waits costs no system
//! call.
//!
//! Method: real threads, which are seen to sleep in `/proc`, and events that the tests put into order.
//! Not proven: what happens in every other order (`lock_loom`), and speed (the benchmark).

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, mpsc};
use std::thread;
use std::time::{Duration, Instant};

use sync::lock::Lock;
use witness::counters::voluntary_switches;
use witness::rendezvous::WAIT_MAX;
use witness::thread::Thread;

#[test]
fn a_guard_lends_the_value() {
    let lock = Lock::new(vec![1]);
    lock.lock().push(2);
    assert_eq!(*lock.lock(), [1, 2]);
}

#[test]
fn one_at_a_time_has_the_value() {
    let lock = Lock::new(());
    let guard = lock.lock();
    assert!(lock.try_lock().is_none(), "it is held");
    drop(guard);
    assert!(lock.try_lock().is_some(), "it is free again");
    assert!(lock.try_lock().is_some(), "and again");
}

/// Starts a thread that wants a turn. It tells when it has had it.
///
/// Nobody joins it: with a lock that is wrong it may sleep for ever.
fn starts_a_turn(lock: &Arc<Lock<u32>>, done: mpsc::Sender<u32>) -> Thread {
    let (ready, waiting) = mpsc::channel();
    let lock = Arc::clone(lock);
    thread::spawn(move || {
        ready.send(Thread::this().expect("/proc is there")).expect("somebody listens");
        let mut turns = lock.lock();
        *turns += 1;
        done.send(*turns)
    });
    waiting.recv_timeout(WAIT_MAX).expect("it has begun")
}

/// Whether a thread goes to sleep in this time.
fn sleeps_within(patience: Duration, waiting: &Thread) -> bool {
    let end = Instant::now() + patience;
    while !waiting.is_asleep().expect("/proc is there") {
        if Instant::now() > end {
            return false;
        }
        thread::sleep(Duration::from_millis(1));
    }
    true
}

/// Gives a thread time to go to sleep. That it does is for another test.
fn let_sleep(waiting: &Thread) {
    sleeps_within(Duration::from_millis(500), waiting);
}

#[test]
fn who_waits_sleeps() {
    let lock = Arc::new(Lock::new(0));
    let (done, turns) = mpsc::channel();
    let guard = lock.lock();
    let waiting = starts_a_turn(&lock, done);
    assert!(sleeps_within(WAIT_MAX / 2, &waiting), "it uses a processor instead of sleeping");
    assert!(turns.try_recv().is_err(), "it was let in while the lock is held");
    drop(guard);
}

#[test]
fn who_sleeps_is_woken() {
    let lock = Arc::new(Lock::new(0));
    let (done, turns) = mpsc::channel();
    let guard = lock.lock();
    let_sleep(&starts_a_turn(&lock, done));
    drop(guard);
    assert_eq!(turns.recv_timeout(WAIT_MAX), Ok(1), "it sleeps on, and the lock is free");
}

#[test]
fn of_many_who_sleep_each_has_its_turn() {
    let lock = Arc::new(Lock::new(0));
    let (done, turns) = mpsc::channel();
    let guard = lock.lock();
    for _ in 0..4 {
        let_sleep(&starts_a_turn(&lock, done.clone()));
    }
    drop(guard);
    for turn in 1..=4 {
        let told = turns.recv_timeout(WAIT_MAX / 2);
        assert_eq!(told, Ok(turn), "of 4 who slept, {} were woken", turn - 1);
    }
}

#[test]
fn a_short_wait_is_not_slept() {
    let lock = Lock::new(0_u64);
    let before = voluntary_switches().expect("/proc is there");
    for _ in 0..10_000 {
        *lock.lock() += 1;
    }
    let slept = voluntary_switches().expect("/proc is there") - before;
    assert!(slept < 100.0, "{slept} sleeps for 10,000 locks that nobody else wanted");
}

#[test]
fn a_panic_frees_it() {
    let lock = Lock::new(1);
    let panicked = catch_unwind(AssertUnwindSafe(|| {
        let _guard = lock.lock();
        panic!("on purpose");
    }));
    assert!(panicked.is_err());
    assert!(lock.try_lock().is_some(), "the guard that unwinding has dropped");
}

#[test]
fn a_value_goes_where_the_lock_goes() {
    let lock = Lock::new(String::from("Ada"));
    let lock = thread::spawn(move || {
        lock.lock().push_str(" Lovelace");
        lock
    });
    assert_eq!(*lock.join().expect("no panic").lock(), "Ada Lovelace");
}

#[test]
fn it_can_be_printed_whoever_has_it() {
    let lock = Lock::new(7);
    assert_eq!(format!("{lock:?}"), "Lock { value: 7 }");
    let guard = lock.lock();
    assert_eq!(format!("{lock:?} {guard:?}"), "Lock { value: <locked> } 7");
}
