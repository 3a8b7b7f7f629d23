//! Goal: `add` and `sum` add. Method: small numbers. It does not prove that they add large ones.

use tiny::add::{add, sum};

#[test]
fn two_numbers_are_added() {
    assert_eq!(add(2, 3), 5, "2 and 3 were added");
}

#[test]
fn nothing_adds_nothing() {
    assert_eq!(add(0, 0), 0);
}

#[test]
fn no_numbers_are_zero() {
    assert_eq!(sum(&[]), 0);
}

#[test]
fn many_numbers_are_added() {
    assert_eq!(sum(&[4, 1, 1]), 6);
}
