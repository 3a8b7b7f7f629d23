//! Goal: one thread at a time has the value; who waits sleeps, and is woken; a lock for which nobody waits costs no system
//! call.
//!
//! Method: real threads, which are seen to sleep in `/proc`; and once many turns of four threads.
//! Not proven: every order of events (`lock_loom`), and speed (the benchmark).

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc;
use std::thread;

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

#[test]
fn no_turn_is_lost() {
    const TURNS: u64 = 20_000;
    let lock = Lock::new(0_u64);
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| (0..TURNS).for_each(|_| *lock.lock() += 1));
        }
    });
    assert_eq!(*lock.lock(), 4 * TURNS);
}

#[test]
fn who_waits_sleeps_until_it_is_free() {
    let lock = Lock::new(1);
    let (ready, waiting) = mpsc::channel();
    let (done, seen) = mpsc::channel();
    thread::scope(|scope| {
        let guard = lock.lock();
        scope.spawn(|| {
            ready.send(Thread::this().expect("/proc is there")).unwrap();
            done.send(*lock.lock()).unwrap();
        });
        let waiting = waiting.recv_timeout(WAIT_MAX).expect("it has begun");
        waiting.until_asleep().expect("it sleeps instead of using a processor");
        assert!(seen.try_recv().is_err(), "it was let in while the lock is held");
        drop(guard);
        assert_eq!(seen.recv_timeout(WAIT_MAX), Ok(1), "nobody has woken it");
    });
}

#[test]
fn of_many_who_sleep_each_has_its_turn() {
    let lock = Lock::new(0);
    let (ready, begun) = mpsc::channel();
    let (done, ended) = mpsc::channel();
    thread::scope(|scope| {
        let guard = lock.lock();
        for _ in 0..4 {
            let (ready, done, lock) = (ready.clone(), done.clone(), &lock);
            scope.spawn(move || {
                ready.send(Thread::this().expect("/proc is there")).unwrap();
                *lock.lock() += 1;
                done.send(()).unwrap();
            });
        }
        for _ in 0..4 {
            let sleeper = begun.recv_timeout(WAIT_MAX).expect("it has begun");
            sleeper.until_asleep().expect("it sleeps");
        }
        drop(guard);
        for turn in 1..=4 {
            let woken = ended.recv_timeout(WAIT_MAX);
            assert!(
                woken.is_ok(),
                "who was let in did not wake number {turn} when it had done its part"
            );
        }
    });
    assert_eq!(*lock.lock(), 4);
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
