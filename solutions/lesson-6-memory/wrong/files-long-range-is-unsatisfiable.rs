//! A range that ends behind the file is refused.
//!
//! Rejected by: `select::one_range_is_a_part`, `select::what_is_no_single_range_of_bytes_is_ignored`
//!
//! A client does not know the length and asks for the first megabyte. Only a range that *begins* behind the end has no
//! bytes; the end is cut to the file's.
// ANCHOR: from_first
let first = number(first)?;
let last = if last.is_empty() { length.saturating_sub(1) } else { number(last)? };
if last < first && !last.to_string().is_empty() && first < length {
    None
} else if first >= length || last >= length {
    Some(Asked::Unsatisfiable)
} else {
    Some(Asked::Part(first..last + 1))
}
// ANCHOR_END: from_first
