#![allow(unused)] // delete when done
//! One connection: requests in, answers out, in the same order (RFC 9112 §9).
//!
//! A client may send its next request before it has the answer to the last one (pipelining). Whatever has come is answered
//! before anything is written, and everything that was answered is written with one call: then nothing is left to do but
//! wait for more. So the number of system calls follows from how the bytes come, and not from how many requests there are.
//!
//! # Invariants
//!
//! 1. Nobody waits for a client while answers to it are unwritten.
//! 2. `unwritten` has at most [`UNWRITTEN_BYTES`] and one answer.
//! 3. Behind an error nothing is read as a request: where it begins nobody can know.

use std::io::{self, Read, Write};

use crate::request::{self, Head, RequestError};
use crate::response::Response;

pub mod api;
mod body;
mod end;
mod input;
mod session;

pub use end::close;
use session::Session;

/// How much is answered before it is written.
pub const UNWRITTEN_BYTES: usize = 64 << 10;

/// What a connection may have.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Of a head.
    pub head: request::Limits,
    /// Bytes of a body.
    pub body_bytes: usize,
    /// Requests on one connection: behind the last one it ends.
    pub requests: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self { head: request::Limits::default(), body_bytes: 1 << 20, requests: 100_000 }
    }
}

/// A request, with its whole body.
#[derive(Debug, Clone, Copy)]
pub struct Request<'a> {
    /// Everything but the body.
    pub head: Head<'a>,
    /// The body, without what it was framed in.
    pub body: &'a [u8],
}

/// How a connection came to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// The client has closed its side, or has been silent for too long, between two requests.
    Idle,
    /// As one side had announced.
    Announced,
    /// The client has closed its side in the middle of a request.
    Truncated,
    /// What came was answered with an error.
    Refused(Refusal),
}

/// Why no request was handled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// It was malformed.
    Malformed(RequestError),
    /// Its body is longer than it may be.
    BodyTooLong,
    /// It did not come in time.
    Late,
}

impl Refusal {
    /// What it is answered with.
    fn answer(self, response: &mut Response) {
        response.clear();
        let (status, words) = match self {
            Self::Malformed(error) => (error.status(), error.to_string()),
            Self::BodyTooLong => (413, "the body is too long".to_owned()),
            Self::Late => (408, "the request did not come in time".to_owned()),
        };
        response.status = status;
        response.content_type = "text/plain; charset=utf-8";
        response.body.extend_from_slice(words.as_bytes());
    }
}

/// Answers what comes until one side has had enough.
///
/// `handle` gets a whole request, and an answer to fill in. What `stream` reads with a time limit (`WouldBlock`,
/// `TimedOut`) ends the connection: between requests without a word, in one with the status 408.
///
/// # Errors
///
/// The stream has failed. What was not written yet is lost.
pub fn serve<S: Read + Write>(
    stream: &mut S,
    limits: &Limits,
    handle: impl FnMut(&Request<'_>, &mut Response),
) -> io::Result<End> {
    Session::new(stream, limits, handle).run()
}
