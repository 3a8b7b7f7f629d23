//! Goal: whatever the order of events, one probes at a time, and sees what the one before has done; no verdict is lost,
//! and none counts twice.
//!
//! Method: loom runs each scene in every order of events that makes a difference. The dependency is a cell of loom's,
//! which complains when two have it at once, or one without seeing what the other did.
//! Not proven: more threads and more steps than these.

use std::time::Duration;

use loom::cell::UnsafeCell;
use loom::sync::Arc;
use loom::thread;
use sync::breaker::{Breaker, Call, Policy, State};

/// When the circuit of [`Scene::open`] has opened.
const BEGIN: Duration = Duration::from_secs(1000);

/// When it may be probed.
const PROBE: Duration = Duration::from_secs(1060);

/// A breaker before a dependency that bears one call at a time.
#[derive(Clone)]
struct Scene(Arc<(Breaker, UnsafeCell<u32>)>);

// SAFETY: loom's cell checks what it is used for. That is the test.
unsafe impl Send for Scene {}

impl Scene {
    /// Closed, and the failures that are left until it opens.
    fn closed(failures_left: u32) -> Self {
        let policy = Policy { failures_max: failures_left, ..Policy::default() };
        Self(Arc::new((Breaker::new(policy), UnsafeCell::new(0))))
    }

    /// One failure opens it, and has opened it.
    fn open() -> Self {
        let scene = Self::closed(1);
        assert!(scene.breaker().enter(BEGIN).unwrap().failed(BEGIN));
        scene
    }

    fn breaker(&self) -> &Breaker {
        &self.0.0
    }

    /// Calls the dependency, if let in.
    fn call(&self) -> Option<Call<'_>> {
        let call = self.breaker().enter(PROBE).ok()?;
        self.0.1.with_mut(|calls| {
            // SAFETY: loom's cell checks that nobody else has it.
            unsafe { *calls += 1 }
        });
        Some(call)
    }

    fn calls(&self) -> u32 {
        self.0.1.with(|calls| {
            // SAFETY: As above.
            unsafe { *calls }
        })
    }

    fn spawn<T: 'static>(&self, work: impl FnOnce(&Self) -> T + 'static) -> thread::JoinHandle<T> {
        let scene = self.clone();
        thread::spawn(move || work(&scene))
    }
}

#[test]
fn of_two_callers_at_the_end_of_the_open_time_one_probes() {
    loom::model(|| {
        let scene = Scene::open();
        let fails = |scene: &Scene| scene.call().is_some_and(|probe| probe.failed(PROBE));
        let other = scene.spawn(fails);
        let one = fails(&scene);
        assert!(one != other.join().unwrap(), "exactly one");
        assert_eq!((scene.calls(), scene.breaker().state(PROBE)), (1, State::Open));
    });
}

#[test]
fn who_is_let_in_behind_a_probe_sees_what_it_has_done() {
    loom::model(|| {
        let scene = Scene::open();
        let succeeds = |scene: &Scene| scene.call().map(Call::succeeded);
        let other = scene.spawn(succeeds);
        let both = [succeeds(&scene), other.join().unwrap()];
        // The other one came while the probe was under way, or through the closed circuit, and the cell was free.
        assert!(matches!(
            both,
            [Some(true), None | Some(false)] | [None | Some(false), Some(true)]
        ));
        assert_eq!(scene.calls() as usize, both.iter().flatten().count());
    });
}

#[test]
fn a_probe_that_is_dropped_hands_over_to_a_new_caller() {
    loom::model(|| {
        let scene = Scene::open();
        let dropped = scene.spawn(|scene| drop(scene.call()));
        let other = scene.spawn(|scene| scene.call().is_some_and(Call::succeeded));
        dropped.join().unwrap();
        if !other.join().unwrap() {
            assert_eq!(scene.breaker().state(PROBE), State::HalfOpen, "the place is free");
            assert!(scene.call().unwrap().succeeded());
        }
        assert_eq!(scene.breaker().state(PROBE), State::Closed);
    });
}

#[test]
fn failures_at_the_same_time_all_count() {
    let mut loom = loom::model::Builder::new();
    loom.preemption_bound = Some(2);
    loom.check(|| {
        let scene = Scene::closed(3);
        let fails = |scene: &Scene| scene.breaker().enter(BEGIN).unwrap().failed(BEGIN);
        let others = [(); 2].map(|()| scene.spawn(fails));
        let one = fails(&scene);
        let opened = others.map(|other| other.join().unwrap());
        assert_eq!([one, opened[0], opened[1]].iter().filter(|opened| **opened).count(), 1);
        assert_eq!(scene.breaker().state(BEGIN), State::Open);
    });
}

#[test]
fn a_success_and_the_last_failure_have_an_order() {
    loom::model(|| {
        let scene = Scene::closed(2);
        let enter = |scene: &Scene| scene.breaker().enter(BEGIN).map(|call| call.failed(BEGIN));
        assert_eq!(enter(&scene), Ok(false));
        let call = scene.breaker().enter(BEGIN).unwrap();
        let fails = scene.spawn(move |scene| enter(scene));
        assert!(!call.succeeded(), "it closes nothing");
        if fails.join().unwrap() == Ok(true) {
            assert_eq!(scene.breaker().state(BEGIN), State::Open, "it was late");
        } else {
            assert_eq!(enter(&scene), Ok(true), "one failure was left");
        }
    });
}

#[test]
fn a_late_failure_beside_a_probe_changes_nothing() {
    loom::model(|| {
        let scene = Scene::closed(1);
        let late = scene.breaker().enter(BEGIN).unwrap();
        assert!(scene.breaker().enter(BEGIN).unwrap().failed(BEGIN));
        let probe = scene.spawn(|scene| scene.call().is_some_and(Call::succeeded));
        assert!(!late.failed(PROBE));
        assert!(probe.join().unwrap());
        assert_eq!(scene.breaker().state(PROBE), State::Closed);
    });
}
