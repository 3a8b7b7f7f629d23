//! Looks twice.
//!
//! Rejected by: the benchmark
//!
//! Each byte is looked at twice, and once is enough.
// ANCHOR: count
let all = bytes.iter().filter(|_| true).count();
let others = bytes.iter().filter(|&&byte| byte != wanted).count();
all - others
// ANCHOR_END: count
