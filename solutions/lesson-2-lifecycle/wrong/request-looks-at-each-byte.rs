//! Line ends are looked for byte by byte.
//!
//! Rejected by: the benchmark
//!
//! A loop with a test in it looks at one byte at a time. `memchr` does the same with vector instructions, 16 or 32 bytes at
//! once; the standard library has nothing like it for bytes.
// ANCHOR: parse
while let Some(distance) = bytes[self.searched..].iter().position(|&byte| byte == b'\n') {
    let end = self.searched + distance;
    let line = bytes[self.line..end].strip_suffix(b"\r").ok_or(RequestError::LineFeed)?;
    (self.line, self.searched) = (end + 1, end + 1);
    if self.take(bytes, line)? {
        return Ok(self.head(bytes));
    }
}
self.searched = bytes.len();
// ANCHOR_END: parse
