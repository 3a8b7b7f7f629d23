//! A body has only to go on coming.
//!
//! Rejected by: `a_body_that_drips_is_cut_off`
//!
//! A byte every nine seconds is never a pause of ten, and holds a connection for a day. What stops that is a rate: behind
//! the first `body` seconds it must have been as fast as `rate_min` on average.
// ANCHOR: sends
let sends = match self.phase.get() {
    Phase::Idle => long(began, limits.idle),
    Phase::Head => long(began, limits.head),
    Phase::Body => {
        let Moved { last, bytes } = self.body.get();
        let _ = bytes;
        long(last, limits.body_stall)
    }
    Phase::Closing => long(began, LINGER),
    Phase::Working | Phase::Writing => false,
};
takes || sends
// ANCHOR_END: sends
