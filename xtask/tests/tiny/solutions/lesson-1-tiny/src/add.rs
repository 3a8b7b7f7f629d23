//! Adding.

/// The sum of two numbers.
pub fn add(left: i32, right: i32) -> i32 {
    // ANCHOR: add
    // TASK: return the sum of both numbers
    left + right
    // ANCHOR_END: add
}

/// The sum of many numbers, which `add` adds.
pub fn sum(numbers: &[i32]) -> i32 {
    let mut sum = 0;
    // ANCHOR: sum
    // TASK: add every number to the sum
    // STEP: nothing is left out
    for &number in numbers {
        sum = add(sum, number);
    }
    // ANCHOR_END: sum
    sum
}
