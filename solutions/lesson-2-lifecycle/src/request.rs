//! The head of an HTTP/1.1 request, read where it lies (RFC 9112).
//!
//! Bytes come in pieces of any size. [`Parser`] looks at each line once, when its end has come, and notes what it found as
//! places in the buffer. So nothing is copied, a head that comes byte by byte costs no more than one that comes whole, and
//! what is wrong is refused as early as it can be seen.
//!
//! # One message, one meaning
//!
//! Between a client and a server stand proxies and caches. Where two programs read the same bytes as different requests, a
//! client can hide one request in another: that is request smuggling. So what could be read in two ways is refused and not
//! repaired, also where RFC 9112 would let a server be lenient.

use memchr::memchr;

mod chunks;
mod error;
mod extension;
mod field;
mod framing;
mod head;
mod line;

pub use chunks::{Chunks, Step};
pub use error::RequestError;
use field::Field;
pub use framing::Body;
use framing::Framing;
pub use head::Head;
use line::RequestLine;
pub use line::Version;

/// How much a head may have.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Bytes, with the empty line at its end; less than 4 GiB.
    pub head_bytes: usize,
    /// Header fields.
    pub fields: usize,
}

impl Default for Limits {
    /// Several times what browsers send with their cookies.
    fn default() -> Self {
        Self { head_bytes: 16 << 10, fields: 100 }
    }
}

// ANCHOR: parser
/// Reads heads, one after the other.
#[derive(Debug)]
pub struct Parser {
    limits: Limits,
    /// Where the line begins that has not come whole yet.
    line: usize,
    /// Up to where its end was looked for: no byte is searched twice.
    searched: usize,
    /// Nothing until the first line has come.
    request_line: Option<RequestLine>,
    /// Their memory is used again for the next head.
    fields: Vec<Field>,
    framing: Framing,
    /// Of a head that is whole: what comes behind it, and whether the connection stays. The next call begins another one.
    verdict: Option<(Body, bool)>,
}
// ANCHOR_END: parser

impl Parser {
    /// Reads heads within `limits`.
    #[must_use]
    pub fn new(limits: Limits) -> Self {
        Self {
            limits,
            line: 0,
            searched: 0,
            request_line: None,
            fields: Vec::new(),
            framing: Framing::default(),
            verdict: None,
        }
    }

    /// Goes on with a head, and returns it once it is whole; the next call then begins another one.
    ///
    /// `bytes` is what has come, from the head's first byte on. What stands behind the head is not looked at.
    ///
    /// # Errors
    ///
    /// What was sent is no request that can be answered. The connection is of no more use, and neither is the parser.
    #[inline]
    pub fn parse<'a>(&'a mut self, bytes: &'a [u8]) -> Result<Option<Head<'a>>, RequestError> {
        if self.verdict.is_some() {
            self.begin();
        }
        let bytes = &bytes[..bytes.len().min(self.limits.head_bytes)];
        // ANCHOR: parse
        // TASK: find the lines that have ended, one by one, and `take` each without its line end
        // STEP: `memchr(b'\n', …)` looks for the next line feed; begin at `searched`, where the last search has ended
        // STEP: the line begins at `line`; a line feed without a carriage return in front of it is an error
        // STEP: when `take` says that it was the last one, the head is whole: return what `head` makes of it
        while let Some(distance) = memchr(b'\n', &bytes[self.searched..]) {
            let end = self.searched + distance;
            let line = bytes[self.line..end].strip_suffix(b"\r").ok_or(RequestError::LineFeed)?;
            (self.line, self.searched) = (end + 1, end + 1);
            if self.take(bytes, line)? {
                return Ok(self.head(bytes));
            }
        }
        self.searched = bytes.len();
        // ANCHOR_END: parse
        if bytes.len() < self.limits.head_bytes { Ok(None) } else { Err(self.too_long()) }
    }

    fn begin(&mut self) {
        (self.line, self.searched) = (0, 0);
        (self.request_line, self.verdict) = (None, None);
        self.fields.clear();
        self.framing = Framing::default();
    }

    /// Takes a line, and says whether it is the one that ends the head.
    #[inline]
    fn take(&mut self, bytes: &[u8], line: &[u8]) -> Result<bool, RequestError> {
        let Some(request_line) = &self.request_line else {
            // Some clients sent an empty one behind the body of the request before (RFC 9112 §2.2).
            if !line.is_empty() {
                self.request_line = Some(RequestLine::parse(bytes, line)?);
            }
            return Ok(false);
        };
        if line.is_empty() {
            self.verdict = Some(self.framing.judge(request_line.version)?);
            return self.is_for_its_host(bytes).then_some(true).ok_or(RequestError::Host);
        }
        if self.fields.len() == self.limits.fields {
            return Err(RequestError::HeadTooLong);
        }
        let (name, value) = field::cut(line)?;
        self.framing.note(name, value)?;
        self.fields.push(Field::of(bytes, name, value));
        Ok(false)
    }

    /// The head that [`Parser::parse`] has returned last. `bytes` begin with the same ones, which may lie elsewhere now: what
    /// the parser keeps are places, and no slices.
    #[inline]
    #[must_use]
    pub fn head<'a>(&'a self, bytes: &'a [u8]) -> Option<Head<'a>> {
        let (body, keep_alive) = self.verdict?;
        let line = self.request_line.as_ref()?;
        let expects_continue = self.framing.expects_continue(line.version);
        let length = self.line;
        Some(Head { bytes, line, fields: &self.fields, length, body, keep_alive, expects_continue })
    }

    /// The method, as soon as the first line has come: also of a head that is refused or never whole.
    #[must_use]
    pub fn method<'a>(&self, bytes: &'a [u8]) -> Option<&'a [u8]> {
        self.request_line.as_ref().map(|line| line.method.cut(bytes))
    }

    /// Whether no request has begun in what was parsed: empty lines may stand in front of one (RFC 9112 §2.2).
    #[must_use]
    pub fn is_idle(&self, bytes: &[u8]) -> bool {
        self.request_line.is_none() && matches!(&bytes[self.line..], b"" | b"\r")
    }

    /// How many bytes of the head lie in lines that have ended: they are not looked at again.
    #[must_use]
    pub fn taken(&self) -> usize {
        self.line
    }

    /// Whether a whole URL names the host that the field names: somebody on the way may go by either (RFC 9112 §3.2.2).
    fn is_for_its_host(&self, bytes: &[u8]) -> bool {
        let line = self.request_line.as_ref().expect("the first line has come");
        let Some(authority) = line.authority.map(|span| span.cut(bytes)) else { return true };
        let mut hosts =
            self.fields.iter().filter(|it| it.name.cut(bytes).eq_ignore_ascii_case(b"host"));
        hosts.all(|host| host.value.cut(bytes).eq_ignore_ascii_case(authority))
    }

    fn too_long(&self) -> RequestError {
        match self.request_line {
            None => RequestError::TargetTooLong,
            Some(_) => RequestError::HeadTooLong,
        }
    }
}
