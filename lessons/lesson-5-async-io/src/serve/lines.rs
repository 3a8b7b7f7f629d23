//! Whether two programs would find the same requests in the bytes that have come.
//!
//! RFC 9112 §2.2 lets a server take a line feed without a carriage return for a line end, and hyper does. Whoever stands in
//! front of the server may not, and then both see other fields, or another end of the head. Nor is it certain where a body
//! in chunks ends: sizes, extensions and trailers are lines, too. The parser does not say what it saw. So heads are looked
//! at on their way to it, and behind one that could be read in another way the connection ends: whatever follows is no
//! request.
//!
//! The look goes from head to head, and passes over a body whose length the head has said.

use memchr::memchr;

/// Where in what a peer sends the bytes end that have come.
#[derive(Debug)]
pub(super) enum Lines {
    /// In a head.
    Head {
        /// How its line begins.
        line: Line,
        /// How long the body is that a field has announced.
        body: u64,
    },
    /// In a body, of which so many bytes are still to come; none of it is looked at.
    Body(u64),
    /// Behind something that another program may read in another way. Nothing is looked at any more.
    Ambiguous,
}

impl Default for Lines {
    fn default() -> Self {
        Self::Head { line: Line::default(), body: 0 }
    }
}

impl Lines {
    /// Looks at what has come behind that.
    pub(super) fn look(&mut self, mut rest: &[u8]) {
        while !rest.is_empty() {
            match self {
                Self::Ambiguous => break,
                Self::Body(left) => {
                    let count = rest.len().min(usize::try_from(*left).unwrap_or(usize::MAX));
                    *left -= count as u64;
                    rest = &rest[count..];
                    if *left == 0 {
                        *self = Self::default();
                    }
                }
                Self::Head { line, body } => {
                    let Some(end) = memchr(b'\n', rest) else {
                        line.extend(rest);
                        break;
                    };
                    *self = line.ended(&rest[..end], *body);
                    rest = &rest[end + 1..];
                }
            }
        }
    }
}

/// What is kept of a line: more than a name that matters and the longest number.
const KEPT: usize = 40;

/// The part of a line that came in earlier pieces.
#[derive(Debug)]
pub(super) struct Line {
    begin: [u8; KEPT],
    length: usize,
    /// The last byte.
    last: u8,
}

impl Default for Line {
    fn default() -> Self {
        Self { begin: [0; KEPT], length: 0, last: 0 }
    }
}

impl Line {
    fn extend(&mut self, piece: &[u8]) {
        let kept = self.length.min(KEPT);
        let count = piece.len().min(KEPT - kept);
        self.begin[kept..kept + count].copy_from_slice(&piece[..count]);
        self.length += piece.len();
        self.last = piece.last().copied().unwrap_or(self.last);
    }

    /// Where it goes on behind the end of this line, of which `piece` has come just now, in a head that has announced a body
    /// of so many bytes.
    fn ended(&mut self, piece: &[u8], body: u64) -> Lines {
        let line = if self.length == 0 {
            piece
        } else {
            self.extend(piece);
            &self.begin[..self.length.min(KEPT)]
        };
        if piece.last().copied().unwrap_or(self.last) != b'\r' {
            return Lines::Ambiguous;
        }
        let is_cut = self.length > KEPT;
        match announced(line) {
            _ if line == b"\r" && body > 0 => Lines::Body(body),
            Announced::Nothing => Lines::Head { line: Self::default(), body },
            Announced::Length(body) if !is_cut => Lines::Head { line: Self::default(), body },
            Announced::Length(_) | Announced::Unknown => Lines::Ambiguous,
        }
    }
}

/// What a field says of the body.
enum Announced {
    Nothing,
    Length(u64),
    /// It has an end that only the parser finds.
    Unknown,
}

fn announced(line: &[u8]) -> Announced {
    if !matches!(line.first(), Some(b'c' | b'C' | b't' | b'T')) {
        return Announced::Nothing;
    }
    let (name, value) = line.split_at(memchr(b':', line).unwrap_or(line.len()));
    if name.eq_ignore_ascii_case(b"content-length") {
        let number = value.get(1..).map(<[u8]>::trim_ascii);
        let number = number.and_then(|digits| str::from_utf8(digits).ok()?.parse().ok());
        return number.map_or(Announced::Unknown, Announced::Length);
    }
    let unknown = name.eq_ignore_ascii_case(b"transfer-encoding");
    if unknown { Announced::Unknown } else { Announced::Nothing }
}
