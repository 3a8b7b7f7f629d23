//! A line feed ends a line, with or without a carriage return.
//!
//! Rejected by: `a_line_ends_with_both_of_its_bytes`, `smuggling::what_could_be_read_in_two_ways_is_refused`,
//! `what_is_wrong_is_refused_as_soon_as_its_line_has_ended`
//!
//! RFC 9112 lets you, and many servers do. But a proxy in front of you may take the same byte for a part of the line: then
//! what is one field for it is two for you, and the second may be a `content-length` that it has never seen.
// ANCHOR: parse
while let Some(distance) = memchr(b'\n', &bytes[self.searched..]) {
    let end = self.searched + distance;
    let line = &bytes[self.line..end];
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    (self.line, self.searched) = (end + 1, end + 1);
    if self.take(bytes, line)? {
        return Ok(self.head(bytes));
    }
}
self.searched = bytes.len();
// ANCHOR_END: parse
