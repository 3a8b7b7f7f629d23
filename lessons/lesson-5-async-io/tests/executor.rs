//! Goal: every task that was woken is polled, once for however many wakes, and no other.
//!
//! Method: futures that count their polls and keep their wakers; turns of the loop one by one; wakes from other threads.
//! Not proven: what a poll costs, which the benchmark measures; and every interleaving of two threads: lesson 7 has the tool.

use std::cell::{Cell, RefCell};
use std::future::poll_fn;
use std::rc::Rc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Mutex, mpsc};
use std::task::{Poll, Waker};
use std::thread;

use async_io::executor::Executor;
use witness::rendezvous::{Rendezvous, WAIT_MAX};
use witness::thread::Thread;

/// An executor for this thread, and what waits for a wake.
fn executor() -> Executor {
    let this = thread::current();
    Executor::new(move || this.unpark())
}

fn park(idle: bool) {
    if idle {
        thread::park();
    }
}

/// Something that one can wait for. It counts how often it was looked at.
#[derive(Clone, Default)]
struct Door(Arc<Inside>);

#[derive(Default)]
struct Inside {
    open: AtomicUsize,
    polls: AtomicUsize,
    waker: Mutex<Option<Waker>>,
}

impl Door {
    async fn wait(self) {
        poll_fn(|context| {
            self.0.polls.fetch_add(1, SeqCst);
            *self.0.waker.lock().unwrap() = Some(context.waker().clone());
            if self.0.open.load(SeqCst) == 0 { Poll::Pending } else { Poll::Ready(()) }
        })
        .await;
    }

    fn waker(&self) -> Waker {
        self.0.waker.lock().unwrap().clone().expect("it was polled")
    }

    fn knock(&self) {
        self.waker().wake();
    }

    fn open(&self) {
        self.0.open.store(1, SeqCst);
        self.knock();
    }

    fn polls(&self) -> usize {
        self.0.polls.load(SeqCst)
    }
}

/// Gives way to the others, once.
async fn yield_now() {
    let mut has_yielded = false;
    poll_fn(|context| {
        if std::mem::replace(&mut has_yielded, true) {
            return Poll::Ready(());
        }
        context.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}

#[test]
fn it_runs_a_future_and_returns_its_result() {
    assert_eq!(executor().block_on(async { 6 * 7 }, park), 42);
}

#[test]
fn a_new_task_is_polled_once_and_then_rests() {
    let executor = executor();
    let door = Door::default();
    executor.spawn(door.clone().wait());
    assert_eq!(door.polls(), 0, "spawning polls nothing");
    assert_eq!(executor.turn(), 1);
    assert_eq!(executor.turn(), 0, "nobody has woken it");
    assert_eq!(door.polls(), 1);
    assert_eq!(executor.len(), 1);
}

#[test]
fn who_is_woken_is_polled_and_nobody_else() {
    let executor = executor();
    let doors: Vec<_> = std::iter::repeat_with(Door::default).take(10).collect();
    for door in &doors {
        executor.spawn(door.clone().wait());
    }
    executor.turn();
    doors[3].knock();
    doors[7].open();
    assert_eq!(executor.turn(), 2, "polls in the second turn: two of ten tasks were woken");
    let polls: Vec<_> = doors.iter().map(Door::polls).collect();
    assert_eq!(polls, [1, 1, 1, 2, 1, 1, 1, 2, 1, 1], "polls of each of ten tasks");
    assert_eq!(executor.len(), 9, "one has ended");
}

#[test]
fn many_wakes_before_a_poll_are_one() {
    let executor = executor();
    let door = Door::default();
    executor.spawn(door.clone().wait());
    executor.turn();
    for _ in 0..1000 {
        door.knock();
    }
    assert_eq!(executor.turn(), 1);
    assert_eq!(executor.turn(), 0);
    assert_eq!(door.polls(), 2);
}

#[test]
fn a_wake_during_the_poll_is_not_lost() {
    let executor = executor();
    let laps = executor.block_on(
        async {
            let mut laps = 0;
            for _ in 0..3 {
                yield_now().await;
                laps += 1;
            }
            laps
        },
        park,
    );
    assert_eq!(laps, 3);
}

#[test]
fn who_yields_lets_the_others_go_first() {
    let executor = executor();
    let order = Rc::new(RefCell::new(Vec::new()));
    for name in ["one", "two"] {
        let order = Rc::clone(&order);
        executor.spawn(async move {
            for _ in 0..2 {
                order.borrow_mut().push(name);
                yield_now().await;
            }
        });
    }
    while executor.turn() > 0 {}
    assert_eq!(*order.borrow(), ["one", "two", "one", "two"]);
}

#[test]
fn a_turn_ends_although_somebody_always_wants_another() {
    let executor = executor();
    executor.spawn(async {
        loop {
            yield_now().await;
        }
    });
    for _ in 0..100 {
        assert_eq!(executor.turn(), 1);
    }
}

#[test]
fn tasks_may_begin_tasks_and_wait_for_them() {
    let executor = Rc::new(executor());
    let inner = Rc::clone(&executor);
    let sum = executor.block_on(
        async move {
            let joins: Vec<_> = (1..=10).map(|number| inner.spawn(async move { number })).collect();
            let mut sum = 0;
            for join in joins {
                sum += join.await;
            }
            sum
        },
        park,
    );
    assert_eq!(sum, 55);
}

#[test]
fn a_task_goes_on_when_nobody_waits_for_it() {
    let executor = executor();
    let ended = Rc::new(Cell::new(false));
    let (door, flag) = (Door::default(), Rc::clone(&ended));
    drop(executor.spawn({
        let door = door.clone();
        async move {
            door.wait().await;
            flag.set(true);
        }
    }));
    executor.turn();
    door.open();
    executor.turn();
    assert!(ended.get());
    assert!(executor.is_empty());
}

#[test]
fn what_has_ended_is_dropped_at_once() {
    let executor = executor();
    let (door, held) = (Door::default(), Rc::new(()));
    let (waited, kept) = (door.clone(), Rc::clone(&held));
    executor.spawn(async move {
        waited.wait().await;
        drop(kept);
    });
    executor.turn();
    assert_eq!(Rc::strong_count(&held), 2);
    let waker = door.waker();
    door.open();
    executor.turn();
    // Somebody may keep a waker for ever; that must not keep the task.
    assert_eq!(Rc::strong_count(&held), 1);
    drop(waker);
}

#[test]
fn an_old_waker_wakes_nobody_who_came_later() {
    let executor = executor();
    let (old, new) = (Door::default(), Door::default());
    executor.spawn(old.clone().wait());
    executor.turn();
    let waker = old.waker();
    old.open();
    executor.turn();
    executor.spawn(new.clone().wait());
    executor.turn();
    waker.wake();
    assert_eq!(executor.turn(), 0, "polls behind the wake of a task that has ended");
    assert_eq!(new.polls(), 1);
}

#[test]
fn another_thread_ends_the_sleep() {
    let executor = executor();
    let door = Door::default();
    let (other, sleeper) = (door.clone(), Thread::this().unwrap());
    let opener = thread::spawn(move || {
        sleeper.until_asleep().expect("the executor sleeps");
        other.open();
    });
    executor.block_on(door.clone().wait(), park);
    assert_eq!(door.polls(), 2);
    opener.join().unwrap();
}

#[test]
fn who_is_awake_is_not_unparked() {
    let calls = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&calls);
    let executor = Executor::new(move || {
        counted.fetch_add(1, SeqCst);
    });
    let door = Door::default();
    executor.spawn(door.clone().wait());
    executor.turn();
    door.knock();
    let calls = calls.load(SeqCst);
    assert_eq!(calls, 0, "calls of `unpark` by the executor's own thread, which does not sleep");
    assert_eq!(executor.turn(), 1, "it was woken all the same");
}

#[test]
fn who_is_unparked_can_take_the_queue_at_once() {
    let (called, turned) = (Rendezvous::of(2), Rendezvous::of(2));
    let (calls, turns) = (called.clone(), turned.clone());
    let (told, waited) = mpsc::channel();
    let owner = thread::current().id();
    let executor = Executor::new(move || {
        if thread::current().id() != owner {
            let _ = calls.meet();
            // It does not return before the executor has had its turn.
            let _ = told.send(turns.meet());
        }
    });
    let door = Door::default();
    executor.spawn(door.clone().wait());
    executor.turn();
    let other = door.clone();
    let opener = thread::spawn(move || other.open());
    called.meet().expect("a wake from another thread calls `unpark`");
    let polled = executor.turn();
    let _ = turned.meet();
    let waited = waited.recv_timeout(WAIT_MAX).expect("`unpark` returns");
    assert!(waited.is_ok(), "the turn waited for the end of `unpark`: is the queue still locked?");
    assert_eq!(polled, 1, "the task is in the queue before `unpark` is called");
    opener.join().unwrap();
}

#[test]
fn a_wake_between_the_look_and_the_sleep_is_not_lost() {
    let executor = executor();
    let door = Door::default();
    let opened = Cell::new(false);
    let look = |idle: bool| {
        if idle && !opened.replace(true) {
            // Another thread is just faster.
            thread::scope(|scope| scope.spawn(|| door.open()).join().unwrap());
        }
        park(idle);
    };
    executor.block_on(door.clone().wait(), look);
    assert_eq!(door.polls(), 2);
}

#[test]
fn no_wake_of_a_busy_thread_is_lost() {
    const STEPS: u64 = 20_000;
    let executor = executor();
    let number = Arc::new(AtomicU64::new(0));
    let waker = Arc::new(Mutex::new(None::<Waker>));
    let (counted, theirs) = (Arc::clone(&number), Arc::clone(&waker));
    let counter = thread::spawn(move || {
        for _ in 0..STEPS {
            counted.fetch_add(1, SeqCst);
            if let Some(waker) = &*theirs.lock().unwrap() {
                waker.wake_by_ref();
            }
        }
    });
    let last = poll_fn(move |context| {
        *waker.lock().unwrap() = Some(context.waker().clone());
        match number.load(SeqCst) {
            STEPS => Poll::Ready(STEPS),
            _ => Poll::Pending,
        }
    });
    assert_eq!(executor.block_on(last, park), STEPS);
    counter.join().unwrap();
}
