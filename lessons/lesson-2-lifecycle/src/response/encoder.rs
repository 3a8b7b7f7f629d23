//! From an answer to bytes (RFC 9112 §4), into a buffer that is there already.
//!
//! The date changes once a second, and writing it takes longer than all the rest of a small answer: it is kept.

use std::io::Write as _;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use httpdate::HttpDate;

use super::Response;

/// `Sun, 06 Nov 1994 08:49:37 GMT`
const DATE_BYTES: usize = 29;

/// Writes answers.
#[derive(Debug)]
pub struct Encoder {
    /// The second since 1970 that `date` says.
    second: u64,
    date: [u8; DATE_BYTES],
}

/// What the request means for its answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Context {
    /// The request was `HEAD`: it wants to know what the answer to `GET` would be, and not have it.
    pub is_head: bool,
    /// What becomes of the connection.
    pub connection: Connection,
}

/// What becomes of the connection behind an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Connection {
    /// It stays, as is usual in HTTP/1.1.
    Stays,
    /// It stays, which a client of HTTP/1.0 has asked for and must be told.
    StaysForOld,
    /// It ends.
    Closes,
}

impl Encoder {
    /// It knows no date yet.
    #[must_use]
    pub fn new() -> Self {
        Self { second: u64::MAX, date: [0; DATE_BYTES] }
    }

    /// Appends an answer to `out`.
    #[inline]
    pub fn encode(
        &mut self,
        response: &Response,
        context: Context,
        now: SystemTime,
        out: &mut Vec<u8>,
    ) {
        let shows = Shows::of(response.status, context.is_head);
        put_status(response.status, out);
        if !response.content_type.is_empty() {
            put_field("content-type", response.content_type, out);
        }
        if shows.length {
            put_field("content-length", itoa::Buffer::new().format(response.body.len()), out);
        }
        response.fields().for_each(|(name, value)| put_field(name, value, out));
        match context.connection {
            Connection::Stays => {}
            Connection::StaysForOld => put_field("connection", "keep-alive", out),
            Connection::Closes => put_field("connection", "close", out),
        }
        out.extend_from_slice(b"date: ");
        out.extend_from_slice(self.date(now));
        out.extend_from_slice(b"\r\n\r\n");
        if shows.body {
            out.extend_from_slice(&response.body);
        }
    }

    fn date(&mut self, now: SystemTime) -> &[u8] {
        let second = now.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
        if second != self.second {
            self.second = second;
            let now = UNIX_EPOCH + Duration::from_secs(second);
            write!(&mut self.date[..], "{}", HttpDate::from(now)).expect("a date has 29 bytes");
        }
        &self.date
    }
}

impl Default for Encoder {
    fn default() -> Self {
        Self::new()
    }
}

/// What an answer shows of its body.
struct Shows {
    /// How long it is.
    length: bool,
    /// The body itself.
    body: bool,
}

impl Shows {
    /// `HEAD` is answered like `GET`, without the body (RFC 9110 §9.3.2). A status of 1xx, 204 or 304 never has one; it is
    /// not to say how long one is either, but for 304, which may (§8.6) and does not here.
    fn of(status: u16, is_head: bool) -> Self {
        Self { length: true, body: true }
    }
}

#[inline]
fn put_field(name: &str, value: &str, out: &mut Vec<u8>) {
    for part in [name, ": ", value, "\r\n"] {
        out.extend_from_slice(part.as_bytes());
    }
}

/// The first line. Nobody needs the words in it, and most programs show them (RFC 9112 §4).
#[inline]
fn put_status(status: u16, out: &mut Vec<u8>) {
    if status == 200 {
        return out.extend_from_slice(b"HTTP/1.1 200 OK\r\n");
    }
    out.extend_from_slice(b"HTTP/1.1 ");
    out.extend_from_slice(itoa::Buffer::new().format(status).as_bytes());
    out.extend_from_slice(b" ");
    out.extend_from_slice(reason(status).as_bytes());
    out.extend_from_slice(b"\r\n");
}

/// The words that go with it (RFC 9110 §15; 429 and 431 of RFC 6585, 507 of RFC 4918).
fn reason(status: u16) -> &'static str {
    match status {
        100 => "Continue",
        201 => "Created",
        202 => "Accepted",
        204 => "No Content",
        304 => "Not Modified",
        400 => "Bad Request",
        404 => "Not Found",
        405 => "Method Not Allowed",
        406 => "Not Acceptable",
        408 => "Request Timeout",
        409 => "Conflict",
        413 => "Content Too Large",
        414 => "URI Too Long",
        415 => "Unsupported Media Type",
        417 => "Expectation Failed",
        422 => "Unprocessable Content",
        429 => "Too Many Requests",
        431 => "Request Header Fields Too Large",
        500 => "Internal Server Error",
        501 => "Not Implemented",
        503 => "Service Unavailable",
        507 => "Insufficient Storage",
        _ => "",
    }
}
