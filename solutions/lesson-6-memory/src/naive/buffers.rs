//! A new buffer for each use.

/// A buffer of so many bytes, all zero.
#[inline]
#[must_use]
pub fn take(bytes: usize) -> Vec<u8> {
    vec![0; bytes]
}
