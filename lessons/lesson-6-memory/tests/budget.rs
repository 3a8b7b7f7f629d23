//! Goal: never more is used than the limit; who waits is admitted in the order of arrival, light or heavy; all that was
//! taken comes back, whatever is dropped when; and nobody who could be admitted sleeps.
//!
//! Method: futures that are polled by hand, so that each order of events is chosen, and wakers that count. Random
//! operations against a model in `model`, wakers that use the budget themselves in `reentrant`, real threads in
//! `threads`, and in `budget_loom` every order of events of a few of them.
//! Not proven: that what was admitted takes no more memory than it said, and that the limit suits the machine.

#[path = "budget/cancel.rs"]
mod cancel;
#[path = "budget/grow.rs"]
mod grow;
#[path = "budget/model.rs"]
mod model;
#[path = "budget/reentrant.rs"]
mod reentrant;
#[path = "budget/task.rs"]
mod task;
#[path = "budget/threads.rs"]
mod threads;

use std::panic::catch_unwind;
use std::task::Poll;
use std::thread;

use memory::budget::{Admission, Budget, Shed};

use self::task::Task;

fn taken(budget: &Budget, weight: usize) -> Admission {
    budget.try_admit(weight).expect("there is room")
}

/// Why `weight` is not admitted now.
fn refused(budget: &Budget, weight: usize) -> Shed {
    budget.try_admit(weight).expect_err("there is no room")
}

#[test]
fn what_is_taken_comes_back_when_the_guard_goes() {
    let budget = Budget::new(10, 0);
    let (first, second) = (taken(&budget, 3), taken(&budget, 4));
    assert_eq!((budget.used(), budget.limit()), (7, 10));
    assert_eq!((first.weight(), second.weight()), (3, 4));
    drop(first);
    assert_eq!(budget.used(), 4);
    drop(second);
    assert_eq!((budget.used(), budget.peak()), (0, 7));
}

#[test]
fn it_may_be_full_and_not_fuller() {
    let budget = Budget::new(10, 0);
    let guards = (taken(&budget, 6), taken(&budget, 4));
    assert_eq!(refused(&budget, 1), Shed::NoRoom);
    assert_eq!((budget.used(), budget.peak()), (10, 10), "who is refused takes nothing");
    drop(guards);
    drop(taken(&budget, 10));
}

#[test]
fn what_is_heavier_than_the_limit_is_refused_at_once() {
    let budget = Budget::new(10, 1);
    for weight in [11, usize::MAX] {
        assert_eq!(refused(&budget, weight), Shed::NeverFits);
        let poll = Task::new(budget.admit(weight)).poll();
        assert_eq!(poll.map(Result::err), Poll::Ready(Some(Shed::NeverFits)));
        let _used = taken(&budget, 10);
        assert_eq!(refused(&budget, weight), Shed::NeverFits);
    }
}

#[test]
fn nothing_happens_before_the_first_poll() {
    let budget = Budget::new(10, 1);
    let mut first = Task::new(budget.admit(10));
    assert_eq!(budget.peak(), 0);
    let guard = taken(&budget, 4);
    let second = Task::new(budget.admit(10));
    assert_eq!((budget.used(), budget.waiting()), (4, 0));
    assert!(first.poll().is_pending(), "the first to be polled is the first to wait");
    drop((second, guard));
    drop(first.admitted());
}

#[test]
fn who_waits_is_admitted_in_the_order_of_arrival() {
    let budget = Budget::new(10, 10);
    let mut guard = taken(&budget, 10);
    let waiting: Vec<_> = (1..=5).map(|_| Task::begun(budget.admit(6))).collect();
    assert_eq!((budget.used(), budget.waiting()), (10, 5));
    for (number, task) in waiting.into_iter().enumerate() {
        assert_eq!(task.woken(), 0, "there is no room yet");
        drop(guard);
        assert_eq!((budget.used(), budget.waiting()), (6, 4 - number), "the room is its own");
        guard = task.admitted();
    }
}

#[test]
fn all_who_fit_are_admitted_at_once() {
    let budget = Budget::new(10, 10);
    let guard = taken(&budget, 10);
    let [first, second, third, fourth] =
        [4, 5, 2, 1].map(|weight| Task::begun(budget.admit(weight)));
    drop(guard);
    assert_eq!((budget.used(), budget.waiting()), (9, 2));
    let first = first.admitted();
    let _second = second.admitted();
    assert_eq!(
        (third.woken(), fourth.woken()),
        (0, 0),
        "the third is too heavy, the fourth behind it"
    );
    drop(first);
    let _both = (third.admitted(), fourth.admitted());
    assert_eq!((budget.used(), budget.waiting()), (8, 0));
}

#[test]
fn nobody_overtakes_who_waits() {
    let budget = Budget::new(10, 10);
    let guard = taken(&budget, 6);
    let heavy = Task::begun(budget.admit(8));
    assert_eq!(refused(&budget, 1), Shed::NoRoom);
    assert_eq!(refused(&budget, 0), Shed::NoRoom);
    let light = Task::begun(budget.admit(1));
    assert_eq!((budget.used(), light.woken()), (6, 0), "there is room for it, but not yet");
    drop(guard);
    let _both = (heavy.admitted(), light.admitted());
    assert_eq!(budget.used(), 9);
    drop(taken(&budget, 1));
}

#[test]
fn a_heavy_one_is_not_starved_by_light_ones() {
    let budget = Budget::new(10, 20);
    let guards: Vec<_> = (0..10).map(|_| taken(&budget, 1)).collect();
    let heavy = Task::begun(budget.admit(10));
    let mut light = Vec::new();
    for guard in guards {
        assert_eq!(heavy.woken(), 0);
        // One goes, and another one comes.
        drop(guard);
        assert_eq!(budget.try_admit(1).err(), Some(Shed::NoRoom));
        if heavy.woken() == 0 {
            light.push(Task::begun(budget.admit(1)));
        }
    }
    drop(heavy.admitted());
    assert_eq!(budget.used(), light.len());
    light.into_iter().for_each(|task| drop(task.admitted()));
}

#[test]
fn when_too_many_wait_the_next_is_shed() {
    let budget = Budget::new(10, 2);
    let guard = taken(&budget, 10);
    let [first, second] = [(); 2].map(|()| Task::begun(budget.admit(10)));
    let poll = Task::new(budget.admit(1)).poll();
    assert_eq!(poll.map(Result::err), Poll::Ready(Some(Shed::TooManyWait)));
    assert_eq!((budget.used(), budget.waiting()), (10, 2), "who is shed leaves nothing");
    drop(guard);
    let guard = first.admitted();
    let third = Task::begun(budget.admit(10));
    drop(guard);
    drop(second.admitted());
    drop(third.admitted());
}

#[test]
fn where_nobody_may_wait_who_fits_is_admitted() {
    let budget = Budget::new(10, 0);
    let Poll::Ready(Ok(guard)) = Task::new(budget.admit(10)).poll() else { panic!("it fits") };
    let poll = Task::new(budget.admit(1)).poll();
    assert_eq!(poll.map(Result::err), Poll::Ready(Some(Shed::TooManyWait)));
    drop(guard);
}

#[test]
fn the_last_waker_is_called() {
    let budget = Budget::new(10, 1);
    let guard = taken(&budget, 10);
    let mut task = Task::begun(budget.admit(10));
    // `poll` brings a new waker each time, as a future does that moves from one task to another.
    assert!(task.poll().is_pending());
    assert!(task.poll().is_pending());
    drop(guard);
    assert_eq!(task.admitted().weight(), 10);
}

#[test]
fn a_guard_may_go_on_any_thread() {
    let budget = Budget::new(10, 1);
    let guard = taken(&budget, 10);
    let task = Task::begun(budget.admit(10));
    thread::spawn(move || drop(guard)).join().expect("it does not panic");
    let guard = task.admitted();
    drop(budget);
    thread::spawn(move || drop(guard)).join().expect("it needs nobody else's budget");
}

#[test]
fn a_panic_gives_back_what_was_taken() {
    let budget = Budget::new(10, 1);
    let other = budget.clone();
    let unwound = catch_unwind(move || {
        let _guard = taken(&other, 10);
        panic!("the handler's own fault");
    });
    assert!(unwound.is_err());
    assert_eq!(budget.used(), 0);
}
