//! A range ends before its last byte.
//!
//! Rejected by: `select::a_range_is_given_only_of_the_file_that_if_range_names`,
//! `select::conditions_are_evaluated_in_their_order`, `select::one_range_is_a_part`, `select::only_get_has_ranges`,
//! `select::tags_are_compared_weakly_or_strongly_as_the_table_says`
//!
//! In `bytes=500-999` both ends are included: 500 bytes. Rust's ranges exclude their end, so add one, and mind the
//! largest number.
// ANCHOR: from_first
let first = number(first)?;
let last = if last.is_empty() { u64::MAX } else { number(last)? };
if last < first {
    None
} else if first >= length {
    Some(Asked::Unsatisfiable)
} else {
    Some(Asked::Part(first..last.min(length)))
}
// ANCHOR_END: from_first
