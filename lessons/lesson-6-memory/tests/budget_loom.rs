//! Goal: whatever the order of events, no more is held than the limit, who could be admitted does not sleep, and all
//! comes back.
//!
//! Method: loom runs each scene in every order of events that makes a difference, and complains when all threads sleep.
//! Not proven: more threads and more steps than these.

use std::pin::Pin;
use std::task::{Context, Waker};

use loom::future::block_on;
use loom::sync::Arc;
use loom::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use loom::thread::{self, JoinHandle};
use memory::budget::{Admission, Budget};

const LIMIT: usize = 2;

/// A budget, and how much is held, counted by those who hold it.
#[derive(Clone)]
struct Scene {
    budget: Budget,
    held: Arc<AtomicUsize>,
}

impl Scene {
    fn spawn(&self, work: impl FnOnce(&Self) + 'static) -> JoinHandle<()> {
        let scene = self.clone();
        thread::spawn(move || work(&scene))
    }

    fn hold(&self, admission: Admission) {
        let weight = admission.weight();
        assert!(self.held.fetch_add(weight, Relaxed) + weight <= LIMIT, "too much is held");
        self.held.fetch_sub(weight, Relaxed);
    }

    fn wait(&self, weight: usize) {
        self.hold(block_on(self.budget.admit(weight)).expect("all may wait"));
    }

    /// Begins to wait, and leaves.
    fn give_up(&self, weight: usize) {
        let mut future = self.budget.admit(weight);
        let _poll = Pin::new(&mut future).poll(&mut Context::from_waker(Waker::noop()));
    }
}

/// Plays a scene in every order of events; at its end all threads have ended, and nothing is used.
fn play(scene: impl Fn(&Scene) + Send + Sync + 'static) {
    loom::model(move || {
        let (budget, held) = (Budget::new(LIMIT, 4), Arc::new(AtomicUsize::new(0)));
        let stage = Scene { budget, held };
        scene(&stage);
        assert_eq!((stage.budget.used(), stage.budget.waiting()), (0, 0), "all comes back");
    });
}

fn join(threads: impl IntoIterator<Item = JoinHandle<()>>) {
    threads.into_iter().for_each(|thread| thread.join().expect("it does not panic"));
}

#[test]
fn who_waits_is_woken() {
    play(|scene| {
        let guard = scene.budget.try_admit(LIMIT).expect("nobody is there yet");
        let waiting = scene.spawn(|scene| scene.wait(LIMIT));
        drop(guard);
        join([waiting]);
    });
}

#[test]
fn two_who_exclude_each_other_both_get_their_turn() {
    play(|scene| {
        let threads = [(); 2].map(|()| scene.spawn(|scene| scene.wait(LIMIT)));
        join(threads);
    });
}

#[test]
fn who_gives_up_passes_the_room_on() {
    play(|scene| {
        let guard = scene.budget.try_admit(LIMIT).expect("nobody is there yet");
        let leaves = scene.spawn(|scene| scene.give_up(LIMIT));
        let waiting = scene.spawn(|scene| scene.wait(1));
        drop(guard);
        join([leaves, waiting]);
    });
}

#[test]
fn who_takes_the_room_first_wakes_who_waits_for_it() {
    play(|scene| {
        let guard = scene.budget.try_admit(1).expect("nobody is there yet");
        let waiting = scene.spawn(|scene| scene.wait(LIMIT));
        let tries = scene.spawn(|scene| {
            if let Ok(admission) = scene.budget.try_admit(1) {
                scene.hold(admission);
            }
        });
        drop(guard);
        join([waiting, tries]);
    });
}
