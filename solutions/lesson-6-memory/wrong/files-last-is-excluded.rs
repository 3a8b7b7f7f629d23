//! A range ends before its last byte.
//!
//! Rejected by: `x`
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
