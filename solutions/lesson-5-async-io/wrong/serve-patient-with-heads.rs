//! A head has as much time as an idle connection.
//!
//! Rejected by: `a_head_that_drips_is_cut_off`, `drain::a_drain_does_not_wait_for_half_a_request_for_ever`,
//! `streams::a_handshake_has_the_time_of_a_head`
//!
//! Whoever is idle costs some kilobytes, and may be. Whoever has begun a request has no reason to take a minute for a few
//! hundred bytes: that is Slowloris, which opened a thousand connections and sent each a byte now and then. `head` is its
//! own limit.
// ANCHOR: sends
let sends = match self.phase.get() {
    Phase::Idle => long(began, limits.idle),
    Phase::Head => long(began, limits.idle),
    Phase::Body => {
        let Moved { last, bytes } = self.body.get();
        long(last, limits.body_stall) || slow(began, limits.body, bytes)
    }
    Phase::Closing => long(began, LINGER),
    Phase::Working | Phase::Writing => false,
};
takes || sends
// ANCHOR_END: sends
