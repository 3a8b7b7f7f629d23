//! Guards whose weight changes.

use memory::budget::{Budget, Shed};

use super::task::Task;
use super::{refused, taken};

#[test]
fn a_guard_grows_at_once_or_stays_as_it_is() {
    let budget = Budget::new(10, 0);
    let (mut guard, other) = (taken(&budget, 3), taken(&budget, 2));
    assert_eq!(guard.grow(5), Ok(()));
    assert_eq!((guard.weight(), budget.used()), (8, 10));
    assert_eq!(guard.grow(1), Err(Shed::NoRoom));
    assert_eq!((guard.weight(), budget.used()), (8, 10));
    drop(other);
    assert_eq!(guard.grow(2), Ok(()));
    assert_eq!(budget.peak(), 10);
    drop(guard);
    assert_eq!(budget.used(), 0, "all of it comes back");
}

#[test]
fn a_guard_is_told_when_it_would_be_more_than_the_budget() {
    let budget = Budget::new(10, 0);
    let (mut guard, _other) = (taken(&budget, 3), taken(&budget, 7));
    assert_eq!(guard.grow(7), Err(Shed::NoRoom), "later, perhaps");
    assert_eq!(guard.grow(8), Err(Shed::NeverFits));
    assert_eq!(guard.grow(usize::MAX), Err(Shed::NeverFits));
    assert_eq!((guard.weight(), budget.used()), (3, 10));
}

#[test]
fn what_was_begun_may_end_although_others_wait() {
    let budget = Budget::new(10, 1);
    let mut guard = taken(&budget, 5);
    let waiting = Task::begun(budget.admit(6));
    assert_eq!(refused(&budget, 1), Shed::NoRoom, "new ones do not overtake");
    assert_eq!(guard.grow(4), Ok(()));
    assert_eq!((budget.used(), waiting.woken()), (9, 0));
    drop(guard);
    assert_eq!(waiting.admitted().weight(), 6);
}

#[test]
fn a_guard_that_shrinks_lets_others_in() {
    let budget = Budget::new(10, 2);
    let mut guard = taken(&budget, 10);
    let [first, second] = [4, 3].map(|weight| Task::begun(budget.admit(weight)));
    guard.shrink_to(7);
    assert_eq!((guard.weight(), budget.used(), first.woken()), (7, 7, 0));
    guard.shrink_to(5);
    let first = first.admitted();
    assert_eq!((budget.used(), second.woken()), (9, 0));
    guard.shrink_to(0);
    let second = second.admitted();
    drop((guard, first, second));
    assert_eq!(budget.used(), 0, "what it gave back is not given back again");
}

#[test]
fn a_guard_does_not_shrink_to_more_than_it_has() {
    let budget = Budget::new(10, 0);
    let mut guard = taken(&budget, 4);
    guard.shrink_to(9);
    assert_eq!((guard.weight(), budget.used()), (4, 4));
    guard.shrink_to(4);
    assert_eq!((guard.weight(), budget.used()), (4, 4));
}
