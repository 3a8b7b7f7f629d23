//! Goal: results come in the order of their items, no more is on the way than may be, and whatever ends the work ends all of
//! its threads.
//!
//! Method: work that waits at a door or for others, so that the order of events is the test's; everything that is alive is
//! counted.
//! Not proven: how fast it is.

use std::num::NonZeroUsize;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::Duration;

use threads::pipeline::{Cancelled, Options, cancel, run};
use witness::rendezvous::{Door, Rendezvous, WAIT_MAX};
use witness::tcp::until;
use witness::thread::Thread;

/// How long a wish may take to be heard; less than a test may take.
const HEARD_MAX: Duration = Duration::from_secs(2);

fn options(workers: usize, window: usize) -> Options {
    let number = |number| NonZeroUsize::new(number).expect("not zero");
    Options { workers: number(workers), window: number(window) }
}

#[test]
fn results_come_in_the_order_of_their_items() {
    let (_canceller, cancel) = cancel();
    let done = AtomicUsize::new(0);
    // Of two, the second one is always done first.
    let work = |item: usize| {
        if item % 2 == 1 {
            done.fetch_max(item, SeqCst);
        } else {
            while done.load(SeqCst) <= item {
                thread::yield_now();
            }
        }
        item * 2
    };
    let mut results = Vec::new();
    let ended = run(0..100, options(4, 16), &cancel, work, |result| results.push(result));
    assert_eq!(ended, Ok(()));
    assert_eq!(results, (0..100).map(|item| item * 2).collect::<Vec<_>>());
}

#[test]
fn nothing_is_a_job_too() {
    let (_canceller, cancel) = cancel();
    let ended = run(0..0, options(2, 4), &cancel, |item: u32| item, |_| panic!("of what?"));
    assert_eq!(ended, Ok(()));
}

#[test]
fn the_slowest_item_holds_up_the_sink_and_not_the_others() {
    let (_canceller, cancel) = cancel();
    let first = Door::shut();
    let others = AtomicUsize::new(0);
    let mut results = Vec::new();
    let work = |item: usize| {
        if item == 0 {
            first.pass();
        } else if others.fetch_add(1, SeqCst) + 1 == 7 {
            // All the others that may be on the way have been worked on.
            first.open();
        }
        item
    };
    let ended = run(0..8, options(2, 8), &cancel, work, |result| results.push(result));
    assert_eq!((ended, results), (Ok(()), (0..8).collect()));
}

#[test]
fn as_many_are_worked_on_at_once_as_there_are_workers() {
    let (_canceller, cancel) = cancel();
    let all = Rendezvous::of(4);
    let work = |_| all.meet();
    let mut met = Vec::new();
    run(0..4, options(4, 4), &cancel, work, |result| met.push(result)).unwrap();
    assert_eq!(met, [Ok(()); 4]);
}

/// Counts how many of it there are, and how many there were at most.
#[derive(Clone, Default)]
struct Alive {
    now: Arc<AtomicUsize>,
    most: Arc<AtomicUsize>,
}

/// Something that is counted.
struct Counted(Alive);

impl Alive {
    fn one(&self) -> Counted {
        let now = self.now.fetch_add(1, SeqCst) + 1;
        self.most.fetch_max(now, SeqCst);
        Counted(self.clone())
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.now.fetch_sub(1, SeqCst);
    }
}

#[test]
fn a_slow_sink_slows_down_the_source() {
    let (_canceller, cancel) = cancel();
    let alive = Alive::default();
    let source = (0..200).map(|_| alive.one());
    let mut taken = 0;
    let sink = |item: Counted| {
        // The others get all the time that they want.
        (0..5).for_each(|_| thread::yield_now());
        taken += 1;
        drop(item);
    };
    run(source, options(3, 5), &cancel, |item| item, sink).unwrap();
    assert_eq!((taken, alive.now.load(SeqCst)), (200, 0));
    // The one that the sink has is still on the way.
    assert!(alive.most.load(SeqCst) <= 5, "{} items were on the way", alive.most.load(SeqCst));
}

#[test]
fn what_comes_too_early_is_still_on_the_way() {
    let (_canceller, cancel) = cancel();
    let alive = Alive::default();
    let others = AtomicUsize::new(0);
    let source = (0..100).map(|number| (number, alive.one()));
    let work = |item: (usize, Counted)| {
        if item.0 > 0 {
            others.fetch_add(1, SeqCst);
            return item;
        }
        // The first one is done last of all that may be on the way: when nobody else has anything to do any more.
        until(|| Ok(others.load(SeqCst) >= 7)).expect("seven others are on the way");
        until(|| Ok(others.load(SeqCst) > 7 || Thread::all_others_sleep()?)).expect("it ends");
        item
    };
    run(source, options(2, 8), &cancel, work, drop).unwrap();
    // Whether it is one too many, the test above says.
    assert!(alive.most.load(SeqCst) <= 9, "{} items were on the way", alive.most.load(SeqCst));
}

#[test]
fn the_wish_to_end_ends_it() {
    let (canceller, cancel) = cancel();
    let alive = Alive::default();
    let source = (0..).map(|number| (number, alive.one()));
    let mut results = Vec::new();
    let mut canceller = Some(canceller);
    let sink = |(number, _item)| {
        results.push(number);
        if number == 9 {
            canceller = None;
        }
    };
    let ended = run(source, options(1, 4), &cancel, |item| item, sink);
    assert_eq!(ended, Err(Cancelled));
    assert_eq!(results[..10], (0..10).collect::<Vec<_>>(), "the first ones, without a gap");
    assert!(results.windows(2).all(|pair| pair[1] == pair[0] + 1));
    assert_eq!(alive.now.load(SeqCst), 0, "nothing is left behind");
}

#[test]
fn the_wish_to_end_is_heard_while_everybody_waits() {
    let (canceller, cancel) = cancel();
    let (begun, begins) = mpsc::channel();
    let (taken, sink_gone) = mpsc::channel();
    let door = Door::shut();
    thread::scope(|scope| {
        let running = scope.spawn(|| {
            let work = |item: usize| {
                begun.send(()).unwrap();
                door.pass();
                item
            };
            // Who hears the wish needs the sink no more.
            let sink = move |item: usize| taken.send(item).unwrap();
            run(0.., options(1, 1), &cancel, work, sink)
        });
        begins.recv_timeout(WAIT_MAX).expect("the work begins");
        drop(canceller);
        let heard = sink_gone.recv_timeout(HEARD_MAX);
        door.open();
        let gone = Err(RecvTimeoutError::Disconnected);
        assert_eq!(heard, gone, "the wish, while no result comes");
        assert_eq!(running.join().expect("it ends"), Err(Cancelled));
    });
}

#[test]
fn a_panic_of_the_work_is_the_callers() {
    let (_canceller, cancel) = cancel();
    let work = |item: usize| {
        assert!(item != 5, "five is not for me");
        item
    };
    let caught = catch_unwind(AssertUnwindSafe(|| run(0.., options(3, 4), &cancel, work, drop)));
    let payload = caught.expect_err("it panics");
    assert_eq!(payload.downcast_ref::<&str>(), Some(&"five is not for me"));
}
