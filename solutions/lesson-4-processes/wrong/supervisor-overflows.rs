//! Two to the power of the failures, in 32 bits.
//!
//! Rejected by: `no_number_of_failures_is_too_large_for_a_wait`
//!
//! A worker that nobody needs is tried for ever, and after 34 failures this overflows: a supervisor that panics, because a
//! helper is broken. `checked_shl` says `None` when the shift is too far, and `saturating_mul` stays at the largest duration.
// ANCHOR: back_off
if failures < 2 {
    return Duration::ZERO;
}
(self.back_off_min * 2_u32.pow(failures - 2)).min(self.back_off_max)
// ANCHOR_END: back_off
