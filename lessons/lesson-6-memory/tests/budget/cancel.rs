//! Futures that are dropped, in each state that they can be in.

use memory::budget::Budget;

use super::taken;
use super::task::Task;

#[test]
fn one_that_has_not_begun_leaves_nothing() {
    let budget = Budget::new(10, 1);
    let guard = taken(&budget, 10);
    drop(budget.admit(10));
    assert_eq!(budget.waiting(), 0);
    drop(guard);
    assert_eq!(budget.used(), 0);
}

#[test]
fn one_that_waits_leaves_the_queue_wherever_it_stands() {
    for gone in 0..3 {
        let budget = Budget::new(10, 3);
        let mut guard = taken(&budget, 10);
        let mut waiting: Vec<_> = (8..11).map(|weight| Task::begun(budget.admit(weight))).collect();
        drop(waiting.remove(gone));
        assert_eq!((budget.used(), budget.waiting()), (10, 2));
        // Its place in the queue is free for another one.
        waiting.push(Task::begun(budget.admit(7)));
        for task in waiting {
            drop(guard);
            guard = task.admitted();
        }
        drop(guard);
        assert_eq!(budget.used(), 0, "the weight of who has left was never taken");
    }
}

#[test]
fn when_a_heavy_one_leaves_who_fits_behind_it_is_admitted() {
    let budget = Budget::new(10, 4);
    let _guard = taken(&budget, 6);
    let heavy = Task::begun(budget.admit(9));
    let [light, lighter, last] = [3, 1, 1].map(|weight| Task::begun(budget.admit(weight)));
    drop(heavy);
    let _both = (light.admitted(), lighter.admitted());
    assert_eq!((budget.used(), budget.waiting(), last.woken()), (10, 1, 0));
}

#[test]
fn one_that_is_admitted_and_does_not_know_passes_its_room_on() {
    let budget = Budget::new(10, 3);
    let guard = taken(&budget, 10);
    let first = Task::begun(budget.admit(10));
    let [second, third] = [5, 5].map(|weight| Task::begun(budget.admit(weight)));
    drop(guard);
    assert_eq!((first.woken(), second.woken(), third.woken()), (1, 0, 0));
    drop(first);
    drop((second.admitted(), third.admitted()));
    assert_eq!((budget.used(), budget.waiting()), (0, 0));
}

#[test]
fn one_that_has_ended_gives_nothing_back_a_second_time() {
    let budget = Budget::new(10, 1);
    let guard = taken(&budget, 10);
    let mut task = Task::begun(budget.admit(6));
    drop(guard);
    let admission = task.poll().map(Result::ok);
    drop(task);
    assert_eq!(budget.used(), 6);
    drop(admission);
    assert_eq!(budget.used(), 0);
}

#[test]
fn one_that_was_shed_leaves_nothing() {
    let budget = Budget::new(10, 1);
    let guard = taken(&budget, 10);
    let task = Task::begun(budget.admit(10));
    let mut shed = Task::new(budget.admit(10));
    assert!(shed.poll().is_ready());
    drop(shed);
    assert_eq!((budget.used(), budget.waiting()), (10, 1));
    drop(guard);
    drop(task.admitted());
}
