//! Counting.

/// How many of the bytes are `wanted`.
pub fn count(bytes: &[u8], wanted: u8) -> usize {
    // ANCHOR: count
    // GIVEN: wrong/count-looks-twice.rs
    bytes.iter().filter(|&&byte| byte == wanted).count()
    // ANCHOR_END: count
}
