//! Header fields: a name, a colon, a value (RFC 9112 §5).

use super::RequestError;

/// Where something lies in the buffer. Half the size of a slice, and it does not borrow.
#[derive(Debug, Clone, Copy)]
pub(super) struct Span {
    start: u32,
    end: u32,
}

impl Span {
    /// The place of `part`, which is a slice of `bytes`.
    #[inline]
    pub(super) fn of(bytes: &[u8], part: &[u8]) -> Self {
        let start = part.as_ptr().addr() - bytes.as_ptr().addr();
        Self { start: start as u32, end: (start + part.len()) as u32 }
    }

    #[inline]
    pub(super) fn cut(self, bytes: &[u8]) -> &[u8] {
        &bytes[self.start as usize..self.end as usize]
    }
}

/// Where a field lies in the buffer.
#[derive(Debug, Clone, Copy)]
pub(super) struct Field {
    pub(super) name: Span,
    pub(super) value: Span,
}

impl Field {
    #[inline]
    pub(super) fn of(bytes: &[u8], name: &[u8], value: &[u8]) -> Self {
        Self { name: Span::of(bytes, name), value: Span::of(bytes, value) }
    }
}

/// Name and value of a field.
///
/// The name is a token, and the colon stands right behind it. Spaces and tabs around the value are not part of it, and
/// within it there are no control characters but tabs. A line that begins with a space once went on with the value before
/// it (`obs-fold`, §5.2): it has no name, and is refused.
#[inline]
pub(super) fn cut(line: &[u8]) -> Result<(&[u8], &[u8]), RequestError> {
    // ANCHOR: field
    // TASK: cut the line at its colon, test both parts, and trim the value
    // STEP: the first byte that cannot be in a name must be the colon, and not the first of all
    let colon = line.iter().position(|&byte| !is_token_byte(byte));
    let colon = colon.filter(|&at| at > 0 && line[at] == b':').ok_or(RequestError::Name)?;
    let (name, value) = (&line[..colon], &line[colon + 1..]);
    let is_sound = value.iter().fold(true, |sound, &byte| sound & !is_control(byte));
    if is_sound { Ok((name, value.trim_ascii())) } else { Err(RequestError::Value) }
    // ANCHOR_END: field
}

/// A control character that cannot stand in a value. Bytes from 0x80 on can: what they mean is for others to say.
#[inline]
fn is_control(byte: u8) -> bool {
    (byte < b' ' && byte != b'\t') | (byte == 0x7f)
}

/// Whether it is a token (RFC 9110 §5.6.2).
#[inline]
pub(super) fn is_token(text: &[u8]) -> bool {
    !text.is_empty() && text.iter().all(|&byte| is_token_byte(byte))
}

#[inline]
pub(super) fn is_token_byte(byte: u8) -> bool {
    /// One look, where comparing with each range takes several.
    const TABLE: [bool; 256] = {
        let mut table = [false; 256];
        let mut byte = 0;
        while byte < 256 {
            table[byte] = (byte as u8).is_ascii_alphanumeric();
            byte += 1;
        }
        let marks = b"!#$%&'*+-.^_`|~";
        let mut mark = 0;
        while mark < marks.len() {
            table[marks[mark] as usize] = true;
            mark += 1;
        }
        table
    };
    TABLE[usize::from(byte)]
}
