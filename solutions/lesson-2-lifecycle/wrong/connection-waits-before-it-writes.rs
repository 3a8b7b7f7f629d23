//! What is unwritten is written at the end, or when there is much of it.
//!
//! Rejected by: `a_connection_takes_no_memory_for_the_hundredth_request`,
//! `nobody_waits_for_a_client_that_waits_for_its_answer`
//!
//! The client waits for its answer, and you wait for its next request, which it will not send before it has the answer. Before
//! you wait for a client, it must have everything that you have for it.
// ANCHOR: read_more
let is_idle = self.is_idle();
match self.input.read(self.stream) {
    Ok(0) if is_idle => return Err(Stop::End(End::Idle)),
    Ok(0) => return Err(Stop::End(End::Truncated)),
    Ok(_) => {}
    Err(error) if is_late(&error) && is_idle => return Err(Stop::End(End::Idle)),
    Err(error) if is_late(&error) => return Err(Refusal::Late.into()),
    Err(error) => return Err(error.into()),
}
// ANCHOR_END: read_more
