//! Every answer comes with its body.
//!
//! Rejected by: `to_head_the_body_is_told_and_not_sent`, `some_statuses_never_have_a_body`,
//! `what_follows_on_the_connection_is_the_next_answer`
//!
//! Who has sent `HEAD` reads no body, whatever `content-length` says, and neither does anybody behind a 204 or a 304. Your
//! bytes come all the same, and the client takes them for the beginning of its next answer.
// ANCHOR: shows
Self { length: true, body: true }
// ANCHOR_END: shows
