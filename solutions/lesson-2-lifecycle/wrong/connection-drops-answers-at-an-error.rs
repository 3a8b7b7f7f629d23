//! An error ends the connection at once.
//!
//! Rejected by: `a_body_has_no_more_bytes_than_it_may`, `a_refusal_of_head_has_no_body_either`, `how_a_connection_ends_depends_on_where`,
//! `what_is_no_request_is_answered_and_ends_it`, `who_is_still_sending_can_read_why_it_was_refused`,
//! `who_waits_to_be_told_to_go_on_is_told`
//!
//! There may be answers that the client has not got yet, to requests that were carried out; and what is wrong with the last
//! one, it would like to know. Answer the refusal, write what is unwritten, and end then.
// ANCHOR: run
loop {
    match self.answer_next() {
        Ok(()) => {}
        Err(Stop::Failed(error)) => return Err(error),
        Err(Stop::End(end @ End::Refused(_))) => return Ok(end),
        Err(Stop::End(end)) => {
            self.write()?;
            return Ok(end);
        }
    }
}
// ANCHOR_END: run
