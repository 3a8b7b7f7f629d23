//! Goal: whatever the order of events, one thread at a time has the value and sees what the one before has done; and who
//! sleeps is woken.
//!
//! Method: loom runs each scene in every order of events that makes a difference. The value is a cell of loom's, which
//! complains when two have it at once, or one without seeing what the other did; and loom complains when all threads sleep.
//! Not proven: more threads and more turns than these.

use loom::cell::UnsafeCell;
use loom::sync::Arc;
use loom::thread;
use sync::lock::Lock;

type Counter = Arc<Lock<UnsafeCell<u32>>>;

fn turn(counter: &Counter) {
    let guard = counter.lock();
    guard.with_mut(|count| {
        // SAFETY: loom's cell checks that nobody else has it. That is the test.
        unsafe { *count += 1 }
    });
}

fn count(counter: &Counter) -> u32 {
    let guard = counter.lock();
    guard.with(|count| {
        // SAFETY: As above.
        unsafe { *count }
    })
}

// ANCHOR: scene
#[test]
fn two_threads_take_turns() {
    loom::model(|| {
        let counter: Counter = Arc::new(Lock::new(UnsafeCell::new(0)));
        let other = thread::spawn({
            let counter = Arc::clone(&counter);
            move || turn(&counter)
        });
        turn(&counter);
        other.join().unwrap();
        assert_eq!(count(&counter), 2);
    });
}
// ANCHOR_END: scene

#[test]
fn of_three_threads_nobody_sleeps_for_ever() {
    let mut loom = loom::model::Builder::new();
    loom.preemption_bound = Some(2);
    loom.check(|| {
        let counter: Counter = Arc::new(Lock::new(UnsafeCell::new(0)));
        let others = [(); 2].map(|()| {
            let counter = Arc::clone(&counter);
            thread::spawn(move || turn(&counter))
        });
        turn(&counter);
        let [one, other] = others;
        one.join().unwrap();
        other.join().unwrap();
        assert_eq!(count(&counter), 3);
    });
}

#[test]
fn who_only_tries_sees_what_was_done() {
    loom::model(|| {
        let counter: Counter = Arc::new(Lock::new(UnsafeCell::new(0)));
        let other = thread::spawn({
            let counter = Arc::clone(&counter);
            move || turn(&counter)
        });
        if let Some(guard) = counter.try_lock() {
            // SAFETY: loom's cell checks that nobody else has it.
            guard.with_mut(|count| unsafe { *count += 1 });
        }
        other.join().unwrap();
        assert!((1..=2).contains(&count(&counter)));
    });
}
