#![allow(unused)] // delete when done
//! Adding.

/// The sum of two numbers.
pub fn add(left: i32, right: i32) -> i32 {
    todo!("return the sum of both numbers")
}

/// The sum of many numbers, which `add` adds.
pub fn sum(numbers: &[i32]) -> i32 {
    let mut sum = 0;
    // nothing is left out
    todo!("add every number to the sum");
    sum
}
