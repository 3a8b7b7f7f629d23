//! A length in an answer that cannot have one.
//!
//! Rejected by: `some_statuses_never_have_a_body`
//!
//! 204 and the interim answers, 100 to 199, *mean* that there is no content; a length beside them is forbidden (RFC 9110,
//! section 8.6), and there are clients that wait for as many bytes as it says. Did you think of both?
// ANCHOR: shows
let can_have_body = !matches!(status, 100..200 | 204 | 304);
Self { length: true, body: can_have_body && !is_head }
// ANCHOR_END: shows
