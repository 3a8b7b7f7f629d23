//! Whether a body can be read as it was sent.
//!
//! `chunked` is the only coding of a transfer that is spoken here. What else is applied to a body belongs to it, and would be
//! left in it if nobody looked; a program in front may take it off. RFC 9112 §6.1: 501 for a coding that is not understood.
//! Nor is a body unpacked (`content-encoding`): a thousand bytes can become a million, and no client of an API needs that.

use hyper::HeaderMap;
use hyper::header::{CONTENT_ENCODING, TRANSFER_ENCODING};

use crate::message::Response;
use crate::problem::problem;

/// Whether the body is what its bytes are.
///
/// # Errors
///
/// The answer: 501, or 415 with what is accepted (RFC 9110 §12.5.3).
pub fn check(headers: &HeaderMap) -> Result<(), Response> {
    let mut codings = headers.get_all(TRANSFER_ENCODING).iter();
    let chunked = |coding: &hyper::header::HeaderValue| {
        coding.as_bytes().trim_ascii().eq_ignore_ascii_case(b"chunked")
    };
    if codings.next().is_some_and(|first| !chunked(first)) || codings.next().is_some() {
        return Err(problem(501, "no transfer coding but `chunked` is understood"));
    }
    let identity = |coding: &hyper::header::HeaderValue| {
        coding.as_bytes().trim_ascii().eq_ignore_ascii_case(b"identity")
    };
    if !headers.get_all(CONTENT_ENCODING).iter().all(identity) {
        let refusal = problem(415, "no content coding is understood: send the body as it is");
        return Err(refusal.with("accept-encoding", "identity"));
    }
    Ok(())
}
