//! Goal: a guard keeps its value, whoever replaces it; who lets go last drops it; a writer waits only when all slots are
//! held; what destructors do harms nobody.
//!
//! Method: values that note where they are dropped, or that panic or replace while they are, and a counting allocator.
//! Not proven: readers and writers at the same time (`snapshot_loom`), and speed (the benchmark).

use std::mem;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, mpsc};
use std::thread;

use sync::snapshot::{Guard, SLOTS, Snapshot};
use witness::allocations::{CountingAllocator, counted};
use witness::rendezvous::WAIT_MAX;
use witness::thread::Thread;

#[global_allocator]
static ALLOCATOR: CountingAllocator = CountingAllocator;

/// A number, and what happens when it is dropped.
struct Value {
    number: usize,
    on_drop: Option<Box<dyn FnOnce() + Send + Sync>>,
}

impl Value {
    fn new(number: usize, on_drop: impl FnOnce() + Send + Sync + 'static) -> Self {
        Self { number, on_drop: Some(Box::new(on_drop)) }
    }

    fn plain(number: usize) -> Self {
        Self { number, on_drop: None }
    }
}

impl Drop for Value {
    fn drop(&mut self) {
        if let Some(on_drop) = self.on_drop.take() {
            on_drop();
        }
    }
}

/// The number of a value that has been dropped, and the name of the thread that did.
type Note = (usize, Option<String>);

/// Values that are noted when they are dropped, and the notes.
fn noted() -> (impl Fn(usize) -> Value, mpsc::Receiver<Note>) {
    let (note, notes) = mpsc::channel();
    let value = move |number| {
        let note = note.clone();
        Value::new(number, move || {
            note.send((number, thread::current().name().map(String::from))).unwrap();
        })
    };
    (value, notes)
}

/// Replaces the first `count` values while they are held.
fn hold(snapshot: &Snapshot<Value>, count: usize) -> Vec<Guard<'_, Value>> {
    let hold = |number| {
        let held = snapshot.load();
        snapshot.replace(Value::plain(number));
        held
    };
    (1..=count).map(hold).collect()
}

#[test]
fn a_load_sees_the_last_value() {
    let snapshot = Snapshot::new(String::from("first"));
    assert_eq!(*snapshot.load(), "first");
    snapshot.replace(String::from("second"));
    assert_eq!(*snapshot.load(), "second");
}

#[test]
fn a_guard_keeps_its_value() {
    let snapshot = Snapshot::new(String::from("first"));
    let held = snapshot.load();
    snapshot.replace(String::from("second"));
    assert_eq!((held.as_str(), snapshot.load().as_str()), ("first", "second"));
}

#[test]
fn a_value_that_nobody_holds_is_dropped_when_it_is_replaced() {
    let (value, dropped) = noted();
    let snapshot = Snapshot::new(value(0));
    for number in 1..100 {
        for _ in 0..number % 3 {
            assert_eq!(snapshot.load().number, number - 1);
        }
        assert!(dropped.try_recv().is_err(), "a current value stays, loaded or not");
        snapshot.replace(value(number));
        assert_eq!(dropped.try_recv().map(|(number, _)| number), Ok(number - 1));
    }
}

#[test]
fn the_last_guard_drops_a_value_that_was_replaced() {
    let (value, dropped) = noted();
    let snapshot = Snapshot::new(value(0));
    let guards = [(); 3].map(|()| snapshot.load());
    drop(snapshot.load());
    snapshot.replace(value(1));
    for guard in guards {
        assert!(dropped.try_recv().is_err(), "somebody holds it");
        drop(guard);
    }
    assert_eq!(dropped.try_recv().map(|(number, _)| number), Ok(0));
    assert!(dropped.try_recv().is_err(), "once");
}

#[test]
fn a_guard_may_go_on_another_thread() {
    let (value, dropped) = noted();
    let snapshot = Snapshot::new(value(0));
    let guard = snapshot.load();
    snapshot.replace(value(1));
    thread::scope(|scope| {
        let elsewhere = thread::Builder::new().name("elsewhere".into());
        elsewhere.spawn_scoped(scope, move || drop(guard)).unwrap();
    });
    assert_eq!(dropped.try_recv(), Ok((0, Some("elsewhere".into()))));
}

#[test]
fn reading_and_replacing_take_no_memory() {
    let snapshot = Snapshot::new([0; 16]);
    let ((), counts) = counted(|| {
        for number in 1..100 {
            let held = snapshot.load();
            snapshot.replace([number; 16]);
            assert_eq!(*held, [number - 1; 16]);
        }
    });
    assert_eq!(counts.allocations, 0);
}

#[test]
fn a_writer_need_not_wait_for_readers_of_all_but_one_slot() {
    let (value, dropped) = noted();
    let snapshot = Snapshot::new(Value::plain(0));
    let held = hold(&snapshot, SLOTS - 2);
    for number in SLOTS..SLOTS + 10 {
        snapshot.replace(value(number));
    }
    assert_eq!(dropped.try_iter().count(), 9, "all but the current one");
    assert!(held.iter().map(|guard| guard.number).eq(0..SLOTS - 2), "what is held stays");
}

#[test]
fn a_writer_sleeps_while_all_slots_are_held_and_readers_go_on() {
    let snapshot = Arc::new(Snapshot::new(Value::plain(0)));
    let mut held = hold(&snapshot, SLOTS - 1);
    let (tell, told) = mpsc::channel();
    let (done, replaced) = mpsc::channel();
    thread::spawn({
        let snapshot = Arc::clone(&snapshot);
        move || {
            tell.send(Thread::this().unwrap()).unwrap();
            snapshot.replace(Value::plain(100));
            done.send(()).unwrap();
        }
    });
    let writer = told.recv_timeout(WAIT_MAX).expect("the writer begins");
    writer.until_asleep().expect("it sleeps");
    let sleeps = writer.sleeps().unwrap();
    for _ in 0..1000 {
        assert_eq!(snapshot.load().number, SLOTS - 1, "the current value stays");
    }
    assert_eq!(writer.sleeps().unwrap(), sleeps, "guards of the current value wake nobody");
    drop(held.remove(1));
    replaced.recv_timeout(WAIT_MAX).expect("a slot is vacant");
    assert_eq!(snapshot.load().number, 100);
}

#[test]
fn a_forgotten_guard_costs_a_slot_until_the_snapshot_goes() {
    let (value, dropped) = noted();
    let snapshot = Snapshot::new(value(0));
    mem::forget(snapshot.load());
    for number in 1..10 {
        snapshot.replace(value(number));
    }
    assert!(dropped.try_iter().map(|(number, _)| number).eq(1..9), "all but the forgotten one");
    drop(snapshot);
    let mut rest: Vec<_> = dropped.try_iter().map(|(number, _)| number).collect();
    rest.sort_unstable();
    assert_eq!(rest, [0, 9]);
}

#[test]
fn a_destructor_may_panic() {
    let explosive = |number| {
        Value::new(number, || {
            if !thread::panicking() {
                panic!("the value's own fault");
            }
        })
    };
    let snapshot = Snapshot::new(explosive(0));
    // More often than there are slots: none is lost.
    for number in 1..3 * SLOTS {
        let held = snapshot.load();
        if number % 2 == 0 {
            drop(held);
            let replaced = catch_unwind(AssertUnwindSafe(|| snapshot.replace(explosive(number))));
            assert!(replaced.is_err(), "the writer lets go last");
        } else {
            snapshot.replace(explosive(number));
            assert!(catch_unwind(AssertUnwindSafe(|| drop(held))).is_err(), "the guard does");
        }
        assert_eq!(snapshot.load().number, number);
    }
    let last = catch_unwind(AssertUnwindSafe(|| drop(snapshot)));
    assert!(last.is_err(), "the snapshot drops what is left");
}

#[test]
fn a_destructor_may_replace_with_the_slot_that_it_leaves() {
    let (done, end) = mpsc::channel();
    thread::spawn(move || {
        let snapshot = Arc::new(Snapshot::new(Value::plain(0)));
        let _held = hold(&snapshot, SLOTS - 2);
        let replaces = {
            let snapshot = Arc::downgrade(&snapshot);
            Value::new(10, move || snapshot.upgrade().unwrap().replace(Value::plain(12)))
        };
        snapshot.replace(replaces);
        snapshot.replace(Value::plain(11));
        done.send(snapshot.load().number).unwrap();
    });
    assert_eq!(end.recv_timeout(WAIT_MAX), Ok(12), "the writer does not wait for itself");
}
