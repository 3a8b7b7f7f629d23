//! Each byte is looked at by itself, and more than once.
//!
//! Rejected by: the benchmark
//!
//! A loop that may end at any byte looks at one at a time. `memchr` looks for a line's end with vector instructions, 16 or 32
//! bytes at once. And whether a value has a control character can be asked of all its bytes without an exit in between
//! (`fold`), which the compiler makes vector code of; trim behind that, and not before.
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
// ANCHOR: field
let colon = line.iter().position(|&byte| byte == b':').ok_or(RequestError::Name)?;
let (name, value) = (&line[..colon], &line[colon + 1..]);
if !is_token(name) {
    return Err(RequestError::Name);
}
if value.iter().any(|&byte| is_control(byte)) {
    return Err(RequestError::Value);
}
Ok((name, value.trim_ascii()))
// ANCHOR_END: field
