//! Each piece is searched from the beginning of its line.
//!
//! Rejected by: `a_line_that_is_not_whole_is_not_searched_again`
//!
//! `searched` stays where the last line has ended. A client that sends a field of 16 KiB byte by byte then makes you look at
//! 128 MiB. What was searched without a find need not be searched again: set `searched` to the end of what has come.
// ANCHOR: parse
while let Some(distance) = memchr(b'\n', &bytes[self.searched..]) {
    let end = self.searched + distance;
    let line = bytes[self.line..end].strip_suffix(b"\r").ok_or(RequestError::LineFeed)?;
    (self.line, self.searched) = (end + 1, end + 1);
    if self.take(bytes, line)? {
        return Ok(self.head(bytes));
    }
}
// ANCHOR_END: parse
