//! Each piece begins the head anew.
//!
//! Rejected by: `a_line_that_was_taken_is_not_taken_again`, `a_line_that_is_not_whole_is_not_searched_again`
//!
//! A client that sends 16 KiB byte by byte makes you look at 128 MiB: half the square of what it has sent. Somebody who wants
//! to keep your processor busy needs no more than that. `line` and `searched` say where you were; go on there.
// ANCHOR: parse
self.begin();
while let Some(distance) = memchr(b'\n', &bytes[self.searched..]) {
    let end = self.searched + distance;
    let line = bytes[self.line..end].strip_suffix(b"\r").ok_or(RequestError::LineFeed)?;
    (self.line, self.searched) = (end + 1, end + 1);
    if self.take(bytes, line)? {
        return Ok(self.head(bytes));
    }
}
// ANCHOR_END: parse
