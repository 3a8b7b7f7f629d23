//! Threads that wait, give up, grow and go at the same time.

use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, mpsc};
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};

use memory::budget::{Admission, Admit, Budget, Shed};
use witness::rendezvous::{Rendezvous, WAIT_MAX};

const THREADS: usize = 4;
const ROUNDS: usize = 1_000;
const LIMIT: usize = 100;

struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

/// Sleeps until it is admitted.
fn block_on(mut future: Admit) -> Result<Admission, Shed> {
    let waker = Waker::from(Arc::new(Unpark(thread::current())));
    loop {
        match Pin::new(&mut future).poll(&mut Context::from_waker(&waker)) {
            Poll::Ready(admitted) => return admitted,
            Poll::Pending => thread::park(),
        }
    }
}

/// A few of the things that requests do, `seed` says which.
fn round(budget: &Budget, held: &AtomicUsize, seed: usize) {
    let weight = seed % LIMIT + 1;
    let mut admission = match seed % 7 {
        0 => {
            // A client that leaves while it waits, or has been admitted.
            let mut future = budget.admit(weight);
            let _poll = Pin::new(&mut future).poll(&mut Context::from_waker(Waker::noop()));
            thread::yield_now();
            return;
        }
        1 => match budget.try_admit(weight) {
            Ok(admission) => admission,
            Err(shed) => return assert_eq!(shed, Shed::NoRoom),
        },
        _ => block_on(budget.admit(weight)).expect("all may wait"),
    };
    let count = |weight| assert!(held.fetch_add(weight, SeqCst) + weight <= LIMIT, "too much");
    count(admission.weight());
    if seed.is_multiple_of(3) && admission.grow(5).is_ok() {
        count(5);
    }
    if seed.is_multiple_of(5) {
        held.fetch_sub(admission.weight() / 2, SeqCst);
        admission.shrink_to(admission.weight() - admission.weight() / 2);
    }
    held.fetch_sub(admission.weight(), SeqCst);
}

#[test]
fn threads_never_hold_more_than_the_limit_and_all_get_their_turn() {
    let (tell, told) = mpsc::channel();
    let (budget, held) = (Budget::new(LIMIT, THREADS), Arc::new(AtomicUsize::new(0)));
    let together = Rendezvous::of(THREADS);
    for thread in 0..THREADS {
        let (tell, together) = (tell.clone(), together.clone());
        let (budget, held) = (budget.clone(), Arc::clone(&held));
        thread::spawn(move || {
            together.meet().expect("all begin");
            let mut seed = thread + 1;
            for _ in 0..ROUNDS {
                // A generator of Lehmer's: numbers that repeat late.
                seed = seed * 48_271 % 0x7fff_ffff;
                round(&budget, &held, seed);
                tell.send(()).expect("the test waits");
            }
        });
    }
    for _ in 0..THREADS * ROUNDS {
        told.recv_timeout(WAIT_MAX).expect("no thread sleeps for ever, and none panics");
    }
    assert_eq!((held.load(SeqCst), budget.used(), budget.waiting()), (0, 0, 0));
    assert!((LIMIT / 2..=LIMIT).contains(&budget.peak()));
}
