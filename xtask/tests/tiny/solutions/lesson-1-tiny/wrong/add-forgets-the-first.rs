//! Forgets the first.
//!
//! Rejected by: `many_numbers_are_added`
//!
//! Count how many numbers the loop looks at.
// ANCHOR: sum
for &number in numbers.iter().skip(1) {
    sum = add(sum, number);
}
// ANCHOR_END: sum
