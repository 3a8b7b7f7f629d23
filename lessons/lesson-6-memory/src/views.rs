#![allow(unused)] // delete when done
//! What an access log says, without a copy of it.
//!
//! The log is one long slice of bytes, in the page cache perhaps, and mapped. Everything that is handed out here is a
//! *view*: a place in that slice and a length, 16 bytes whatever it shows. So reading a log allocates nothing, and what it
//! costs is looking at each byte, which `memchr` does 16 or 32 at a time.
//!
//! A view must not outlive what it shows. The lifetime `'log` says so, and the compiler checks it:
//!
//! ```ignore
//! let first = {
//!     let log = b"::1 - - [27/Nov/2026:09:30:00 +0000] \"GET / HTTP/1.1\" 200 5\n".to_vec();
//!     entries(&log).next()
//! };
//! assert!(first.is_some()); // error[E0597]: `log` does not live long enough
//! ```
//!
//! # The format
//!
//! Common Log Format, which Apache and nginx write by default, alone or with more fields behind it ("combined"):
//!
//! ```text
//! 192.0.2.7 - ada [27/Nov/2026:09:30:00 +0000] "GET /users/7 HTTP/1.1" 200 512
//! client    | user time                          request                status bytes
//! ```
//!
//! `-` stands for what is missing, `bytes` included. A quotation mark within the request has a backslash before it
//! (Apache), or is written `\x22` (nginx); a backslash has one, too.

mod mapped;

use memchr::memchr;

pub use mapped::Mapped;

/// One request, as the log has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entry<'log> {
    /// An address, or a name.
    pub client: &'log [u8],
    /// As whom the client has identified itself.
    pub user: &'log [u8],
    /// For instance `27/Nov/2026:09:30:00 +0000`.
    pub time: &'log [u8],
    /// The request line, with its escapes; whatever the client has sent.
    pub request: &'log [u8],
    /// Three digits, if a server has written it. Any number that fits is taken.
    pub status: u16,
    /// The length of the body; 0 for `-`.
    pub bytes: u64,
}

/// A line that is no entry, without its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Malformed<'log>(pub &'log [u8]);

/// The entries of a log, line by line. Empty lines are none. The last line counts even if its end is missing.
pub fn entries(log: &[u8]) -> Entries<'_> {
    Entries { rest: log }
}

/// See [`entries`].
#[derive(Debug, Clone)]
pub struct Entries<'log> {
    rest: &'log [u8],
}

impl<'log> Iterator for Entries<'log> {
    type Item = Result<Entry<'log>, Malformed<'log>>;

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if self.rest.is_empty() {
                return None;
            }
            let line = take_line(&mut self.rest);
            if !line.is_empty() {
                return Some(parse(line).ok_or(Malformed(line)));
            }
        }
    }
}

impl<'log> Entry<'log> {
    /// What was asked for: the middle one of the request line's three words.
    ///
    /// It shows the log, not this entry, which may be gone.
    #[inline]
    #[must_use]
    pub fn target(&self) -> Option<&'log [u8]> {
        let first = memchr(b' ', self.request)?;
        let (_, rest) = self.request.split_at(first + 1);
        let (target, version) = rest.split_at(memchr(b' ', rest)?);
        memchr(b' ', &version[1..]).is_none().then_some(target)
    }
}

/// The next line, without its end: `\n`, `\r\n`, or that of the log.
#[inline]
fn take_line<'log>(rest: &mut &'log [u8]) -> &'log [u8] {
    let end = rest.iter().position(|byte| *byte == b'\n').unwrap_or(rest.len());
    let (line, behind) = rest.split_at(end);
    *rest = behind.strip_prefix(b"\n").unwrap_or(behind);
    line.strip_suffix(b"\r").unwrap_or(line)
}

#[inline]
fn parse(line: &[u8]) -> Option<Entry<'_>> {
    let words: Vec<&[u8]> = line.splitn(4, |byte| *byte == b' ').collect();
    let [client, _, user, rest] = words[..] else { return None };
    let rest = rest.strip_prefix(b"[")?;
    let close = rest.iter().position(|byte| *byte == b']')?;
    let (time, rest) = (&rest[..close], rest[close + 1..].strip_prefix(b" \"")?);
    let mut escaped = false;
    let quote = rest.iter().position(|byte| {
        let is_end = *byte == b'"' && !escaped;
        escaped = *byte == b'\\' && !escaped;
        is_end
    })?;
    let (request, rest) = (&rest[..quote], rest[quote + 1..].strip_prefix(b" ")?);
    let words: Vec<&[u8]> = rest.split(|byte| *byte == b' ').collect();
    let [status, bytes, ..] = words[..] else { return None };
    let status = u16::try_from(number(status)?).ok()?;
    let bytes = if bytes == b"-" { 0 } else { number(bytes)? };
    Some(Entry { client, user, time, request, status, bytes })
}

/// Digits, and nothing else: `parse` alone would take a sign.
#[inline]
fn number(digits: &[u8]) -> Option<u64> {
    if !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    std::str::from_utf8(digits).ok()?.parse().ok()
}
