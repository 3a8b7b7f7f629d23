//! Goal: whatever the order of events, a reader has a whole value for as long as it holds it, each value is dropped
//! once, by whoever lets go of it last, and no writer sleeps for ever.
//!
//! Method: loom runs each scene in every order of events that makes a difference. Its cells complain when a value is
//! read while it is written or taken out, and its scheduler when all threads sleep. Some scenes begin with slots that
//! are held, so that few are vacant, or none.
//! Not proven: more threads and more steps than these, nor orders with more preemptions than a scene's bound.

use std::mem;
use std::sync::{Mutex, PoisonError};

use loom::sync::Arc;
use loom::thread;
use sync::snapshot::{Guard, SLOTS, Snapshot};

/// The numbers of the pairs that have been dropped. The standard library's lock, which adds no order that loom sees.
type Dropped = std::sync::Arc<Mutex<Vec<u32>>>;

/// Two numbers that belong together, and a destructor that is noted.
struct Pair {
    number: u32,
    double: u32,
    dropped: Dropped,
}

impl Pair {
    fn is_dropped(&self) -> bool {
        self.dropped.lock().unwrap().contains(&self.number)
    }
}

impl Drop for Pair {
    fn drop(&mut self) {
        // No second panic where loom unwinds from the first.
        self.dropped.lock().unwrap_or_else(PoisonError::into_inner).push(self.number);
    }
}

/// A snapshot of pairs, shared by the threads of a scene.
#[derive(Clone)]
struct Scene {
    snapshot: Arc<Snapshot<Pair>>,
    dropped: Dropped,
}

impl Scene {
    fn new() -> Self {
        let dropped = Dropped::default();
        let first = Pair { number: 0, double: 0, dropped: Dropped::clone(&dropped) };
        Self { snapshot: Arc::new(Snapshot::new(first)), dropped }
    }

    fn replace(&self, number: u32) {
        let dropped = Dropped::clone(&self.dropped);
        self.snapshot.replace(Pair { number, double: 2 * number, dropped });
    }

    /// Reads a pair while holding it.
    fn read(&self) -> u32 {
        let pair = self.snapshot.load();
        assert_eq!(pair.double, 2 * pair.number, "a torn read");
        assert!(!pair.is_dropped(), "dropped before it was read");
        pair.number
    }

    /// Replaces the first `count` pairs while they are held.
    fn hold(&self, count: usize) -> Vec<Guard<'_, Pair>> {
        let hold = |number| {
            let held = self.snapshot.load();
            self.replace(number);
            held
        };
        (1..=count as u32).map(hold).collect()
    }

    fn spawn(&self, work: impl FnOnce(&Self) + 'static) -> thread::JoinHandle<()> {
        let scene = self.clone();
        thread::spawn(move || work(&scene))
    }
}

/// Plays a scene in every order of events; at its end all threads have ended, and all pairs but the last, `last`, must
/// be gone.
fn play(last: u32, scene: impl Fn(&Scene) + Send + Sync + 'static) {
    play_bounded(None, last, scene);
}

/// As [`play`], but a thread that could go on is stopped for another at most so many times.
fn play_bounded(
    preemptions_max: Option<usize>,
    last: u32,
    scene: impl Fn(&Scene) + Send + Sync + 'static,
) {
    let mut loom = loom::model::Builder::new();
    loom.preemption_bound = preemptions_max;
    loom.check(move || {
        let stage = Scene::new();
        scene(&stage);
        let Scene { snapshot, dropped } = stage;
        assert_eq!(dropped.lock().unwrap().len(), last as usize, "only the current pair is left");
        drop(snapshot);
        let mut all = dropped.lock().unwrap().clone();
        all.sort_unstable();
        assert!(all.iter().copied().eq(0..=last), "each pair is dropped once: {all:?}");
    });
}

#[test]
fn a_reader_sees_a_whole_pair() {
    play(1, |scene| {
        let reader = scene.spawn(|scene| assert!(scene.read() <= 1));
        scene.replace(1);
        assert_eq!(scene.read(), 1);
        reader.join().unwrap();
    });
}

#[test]
fn a_pair_is_written_before_it_is_read() {
    loom::model(|| {
        let scene = Scene::new();
        let reader = scene.spawn(|scene| {
            let held = scene.snapshot.load();
            assert_eq!(held.double, 2 * held.number, "a torn read");
            // Who lets go last is for the other scenes.
            mem::forget(held);
        });
        scene.replace(1);
        reader.join().unwrap();
    });
}

#[test]
fn of_a_guard_and_a_writer_one_lets_go() {
    play(1, |scene| {
        let holder = scene.spawn(|scene| drop(scene.snapshot.load()));
        scene.replace(1);
        holder.join().unwrap();
    });
}

#[test]
fn a_pair_is_held_by_all_its_readers() {
    play(1, |scene| {
        let readers = [(); 2].map(|()| scene.spawn(|scene| assert!(scene.read() <= 1)));
        scene.replace(1);
        for reader in readers {
            reader.join().unwrap();
        }
    });
}

#[test]
fn a_held_pair_stays_while_its_reader_sees_the_next() {
    play(1, |scene| {
        let reader = scene.spawn(|scene| {
            let held = scene.snapshot.load();
            assert!(scene.read() >= held.number, "what is seen next is not older");
            assert!(!held.is_dropped());
        });
        scene.replace(1);
        reader.join().unwrap();
    });
}

#[test]
fn writers_at_the_same_time_each_retire_a_pair() {
    play(2, |scene| {
        let writer = scene.spawn(|scene| scene.replace(1));
        scene.replace(2);
        assert!(scene.read() > 0);
        writer.join().unwrap();
    });
}

#[test]
fn a_slot_is_used_again_when_its_readers_have_gone() {
    play(4, |scene| {
        let _held = scene.hold(SLOTS - 2);
        let reader = scene.spawn(|scene| {
            scene.read();
            scene.read();
        });
        scene.replace(3);
        scene.replace(4);
        reader.join().unwrap();
    });
}

#[test]
fn a_writer_that_found_no_slot_is_woken() {
    play(5, |scene| {
        let held = scene.hold(SLOTS - 1);
        let writer = scene.spawn(|scene| {
            scene.replace(4);
            scene.replace(5);
        });
        drop(held);
        writer.join().unwrap();
    });
}

#[test]
fn all_writers_that_found_no_slot_are_woken() {
    play_bounded(Some(3), 5, |scene| {
        let mut held = scene.hold(SLOTS - 1);
        let writers = [4, 5].map(|number| scene.spawn(move |scene| scene.replace(number)));
        drop(held.pop());
        for writer in writers {
            writer.join().unwrap();
        }
    });
}

#[test]
fn readers_and_writers_come_and_go_in_one_slot() {
    play_bounded(Some(2), 5, |scene| {
        let _held = scene.hold(SLOTS - 2);
        let readers = [(); 2].map(|()| {
            scene.spawn(|scene| {
                let (before, after) = (scene.read(), scene.read());
                assert_ne!((before, after), (5, 4), "what is seen next is not older");
            })
        });
        let writer = scene.spawn(|scene| scene.replace(3));
        scene.replace(4);
        scene.replace(5);
        for reader in readers {
            reader.join().unwrap();
        }
        writer.join().unwrap();
    });
}
