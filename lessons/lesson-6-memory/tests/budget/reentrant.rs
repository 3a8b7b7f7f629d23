//! Wakers that use the budget themselves, as those of an executor do that polls in place, or that drops a task together
//! with its last waker. Who calls or drops such a waker under the lock waits for itself.
//!
//! Not proven: that none is cloned under the lock.

use std::pin::Pin;
use std::sync::mpsc::{self, Sender};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Wake, Waker};
use std::thread;

use memory::budget::{Admission, Admit, Budget};
use witness::rendezvous::WAIT_MAX;

use super::taken;

/// Does `work`, which may wait for itself, and says what it returns.
fn bounded<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    let (tell, told) = mpsc::channel();
    thread::spawn(move || tell.send(work()));
    told.recv_timeout(WAIT_MAX).expect("nobody waits for a lock that it has itself")
}

/// Looks at the budget when it is called and when the last one is dropped, and says what is used.
struct Nosy(Budget, Sender<(&'static str, usize)>);

impl Wake for Nosy {
    fn wake(self: Arc<Self>) {
        self.1.send(("called", self.0.used())).expect("the test listens");
    }
}

impl Drop for Nosy {
    fn drop(&mut self) {
        self.1.send(("dropped", self.0.used())).expect("the test listens");
    }
}

/// What nosy wakers tell while `act` does something to a future that waits, and to who keeps it waiting. What it returns
/// stays for as long.
fn told<K>(
    act: impl FnOnce(Admission, Admit, &dyn Fn(&mut Admit)) -> K + Send + 'static,
) -> Vec<(&'static str, usize)> {
    bounded(move || {
        let (tell, heard) = mpsc::channel();
        let budget = Budget::new(10, 1);
        let guard = taken(&budget, 10);
        // With a waker of its own each time.
        let wait = |future: &mut Admit| {
            let waker = Waker::from(Arc::new(Nosy(budget.clone(), tell.clone())));
            assert!(Pin::new(future).poll(&mut Context::from_waker(&waker)).is_pending());
        };
        let mut future = budget.admit(6);
        wait(&mut future);
        let _kept = act(guard, future, &wait);
        heard.try_iter().collect()
    })
}

#[test]
fn a_waker_may_look_at_the_budget() {
    let heard = told(|guard, future, _| {
        drop(guard);
        future
    });
    assert_eq!(heard, [("called", 6), ("dropped", 6)]);
}

#[test]
fn so_may_one_that_is_replaced() {
    let heard = told(|guard, mut future, wait| {
        wait(&mut future);
        (guard, future)
    });
    assert_eq!(heard, [("dropped", 10)]);
}

#[test]
fn so_may_one_of_a_future_that_goes() {
    let heard = told(|guard, future, _| {
        drop(future);
        guard
    });
    assert_eq!(heard, [("dropped", 10)]);
}

/// A task that is polled by whoever wakes it, and ends with its admission.
struct InPlace(Mutex<Option<Admit>>);

impl InPlace {
    fn poll(self: &Arc<Self>) {
        let mut slot = self.0.lock().expect("nobody panics");
        let mut future = slot.take().expect("it is polled until it has ended");
        let poll = Pin::new(&mut future).poll(&mut Context::from_waker(&Waker::from(self.clone())));
        if poll.is_pending() {
            *slot = Some(future);
        }
        // Not while `slot` is locked: an admission that goes may wake the next.
        drop(slot);
        if let Poll::Ready(admitted) = poll {
            drop(admitted.expect("who waits is not shed"));
        }
    }
}

impl Wake for InPlace {
    fn wake(self: Arc<Self>) {
        self.poll();
    }
}

#[test]
fn who_is_woken_may_be_polled_in_place_and_wake_the_next() {
    const TASKS: usize = 100;
    let used = bounded(|| {
        let budget = Budget::new(10, TASKS);
        let guard = taken(&budget, 10);
        for _ in 0..TASKS {
            Arc::new(InPlace(Mutex::new(Some(budget.admit(10))))).poll();
        }
        assert_eq!(budget.waiting(), TASKS);
        drop(guard);
        (budget.used(), budget.waiting())
    });
    assert_eq!(used, (0, 0));
}
