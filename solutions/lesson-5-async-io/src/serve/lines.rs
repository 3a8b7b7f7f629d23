//! Line feeds without a carriage return.
//!
//! RFC 9112 §2.2 lets a server take one for a line end, and hyper does. Whoever stands in front of the server may not, and
//! then both see other fields, or another end of the head. The parser does not say what it saw. So the bytes are looked at
//! on their way to it, and behind such a head the connection ends: whatever follows is no request.
//!
//! The look goes as far as heads follow each other. It ends with one that announces a body: where that ends, only the
//! parser knows.

use memchr::memchr;

/// Whether a head that begins here, or one behind it, has a bare line feed. `before` is the last byte of what came before.
pub(super) fn have_bare_feed(bytes: &[u8], before: u8) -> bool {
    let (mut rest, mut before) = (bytes, before);
    while let Some(end) = memchr(b'\n', rest) {
        let last = if end == 0 { before } else { rest[end - 1] };
        if last != b'\r' {
            return true;
        }
        if announces_body(&rest[..end]) {
            return false;
        }
        (rest, before) = (&rest[end + 1..], b'\n');
    }
    false
}

/// Whether a line says that a body follows.
fn announces_body(line: &[u8]) -> bool {
    const NAMES: [&[u8]; 2] = [b"content-length", b"transfer-encoding"];
    let is =
        |name: &&[u8]| line.get(..name.len()).is_some_and(|start| start.eq_ignore_ascii_case(name));
    matches!(line.first(), Some(b'c' | b'C' | b't' | b'T')) && NAMES.iter().any(is)
}
