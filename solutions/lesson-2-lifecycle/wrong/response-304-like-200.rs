//! 304 is taken for an answer with a body.
//!
//! Rejected by: `some_statuses_never_have_a_body`, `what_follows_on_the_connection_is_the_next_answer`
//!
//! 304 says "what you have is still true", and ends with its head. A page that was not modified is not sent: that is the
//! point of it.
// ANCHOR: shows
let can_have_body = !matches!(status, 100..200 | 204);
Self { length: can_have_body, body: can_have_body && !is_head }
// ANCHOR_END: shows
