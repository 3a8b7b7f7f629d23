//! Line feeds without a carriage return.
//!
//! RFC 9112 §2.2 lets a server take one for a line end, and hyper does. Whoever stands in front of the server may not, and
//! then both see other fields, or another end of the head. The parser does not say what it saw. So the bytes are looked at
//! on their way to it, and behind such a head the connection ends: whatever follows is no request.
//!
//! The look goes from head to head. Behind one that announces a body it rests until the body has ended: where that is, only
//! the parser knows. What comes together with the end of a body, and a chunked body's trailers, are not looked at.

use memchr::memchr;

/// Where in a head the bytes end that have come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Lines {
    /// The last byte, and whether its line has another one before it.
    last: u8,
    begun: bool,
    /// A field says that a body follows, or might: its name came in two pieces.
    body: bool,
    /// A body has begun.
    rests: bool,
}

impl Lines {
    /// Looks at what has come behind that, and says whether it has a bare line feed.
    pub(super) fn look(mut self, bytes: &[u8]) -> (Self, bool) {
        let mut rest = bytes;
        while !self.rests && !rest.is_empty() {
            let Some(end) = memchr(b'\n', rest) else {
                self.begun |= rest != b"\r" || self.last == b'\r';
                self.last = rest[rest.len() - 1];
                break;
            };
            let line = &rest[..end];
            if line.last().copied().unwrap_or(self.last) != b'\r' {
                return (self, true);
            }
            self = self.behind(line);
            rest = &rest[end + 1..];
        }
        (self, false)
    }

    /// Behind the end of a line, of which this much has come just now.
    fn behind(self, line: &[u8]) -> Self {
        let is_empty = !self.begun && line.len() <= 1;
        if is_empty {
            return Self { rests: self.body, ..Self::default() };
        }
        let body = self.body || self.begun || announces_body(line);
        Self { last: b'\n', begun: false, body, rests: false }
    }
}

/// Whether a line says that a body follows.
fn announces_body(line: &[u8]) -> bool {
    if !matches!(line.first(), Some(b'c' | b'C' | b't' | b'T')) {
        return false;
    }
    let colon = memchr(b':', line).unwrap_or(line.len());
    let (name, value) = line.split_at(colon);
    let length = name.eq_ignore_ascii_case(b"content-length") && value.trim_ascii() != b": 0";
    length || name.eq_ignore_ascii_case(b"transfer-encoding")
}
