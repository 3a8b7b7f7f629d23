//! A body has so many seconds, and not one more.
//!
//! Rejected by: `a_large_body_that_comes_slowly_and_steadily_is_answered`
//!
//! An upload of a gigabyte takes minutes on an honest line, and your limit must then be minutes for everybody. `slow` asks
//! for both: it takes long, *and* it is slower than `rate_min`.
// ANCHOR: sends
let sends = match self.phase.get() {
    Phase::Idle => long(began, limits.idle),
    Phase::Head => long(began, limits.head),
    Phase::Body => {
        let Moved { last, bytes } = self.body.get();
        long(last, limits.body_stall) || {
            let _ = bytes;
            long(began, limits.body)
        }
    }
    Phase::Closing => long(began, LINGER),
    Phase::Working | Phase::Writing => false,
};
takes || sends
// ANCHOR_END: sends
