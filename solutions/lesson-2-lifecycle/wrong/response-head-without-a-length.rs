//! No body, so no length.
//!
//! Rejected by: `to_head_the_body_is_told_and_not_sent`
//!
//! `HEAD` asks what `GET` would answer, and the length is what most who ask want to know. To say nothing, or 0, answers
//! another question.
// ANCHOR: shows
let has_body = !is_head && !matches!(status, 100..200 | 204 | 304);
Self { length: has_body, body: has_body }
// ANCHOR_END: shows
