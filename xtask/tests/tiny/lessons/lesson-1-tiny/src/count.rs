#![allow(unused)] // delete when done
//! Counting.

/// How many of the bytes are `wanted`.
pub fn count(bytes: &[u8], wanted: u8) -> usize {
    let all = bytes.iter().filter(|_| true).count();
    let others = bytes.iter().filter(|&&byte| byte != wanted).count();
    all - others
}
