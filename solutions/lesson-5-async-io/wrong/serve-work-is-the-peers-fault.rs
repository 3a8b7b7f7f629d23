//! While the service works, the peer is timed.
//!
//! Rejected by: `a_body_that_has_ended_has_no_time_out_any_more`, `drain::a_drain_cuts_off_at_its_deadline`,
//! `streams::a_body_that_stops_coming_ends_its_stream_alone`, `streams::an_answer_that_is_not_taken_ends_its_connection`,
//! `streams::work_of_a_stream_is_nobodys_time_out`, `work_that_takes_long_is_nobodys_time_out`
//!
//! In this phase the client has said everything and waits for *you*. If an answer takes a minute, closing its connection
//! helps nobody. How long work may take is for the service to say, which can then answer 503.
// ANCHOR: sends
let sends = match self.phase.get() {
    Phase::Idle => long(began, limits.idle),
    Phase::Head => long(began, limits.head),
    Phase::Body => {
        let Moved { last, bytes } = self.body.get();
        long(last, limits.body_stall) || slow(began, limits.body, bytes)
    }
    Phase::Closing => long(began, LINGER),
    Phase::Working => long(began, limits.head),
    Phase::Writing => false,
};
takes || sends
// ANCHOR_END: sends
