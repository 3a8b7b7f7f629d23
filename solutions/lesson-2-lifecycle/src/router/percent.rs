//! Percent-encoding (RFC 3986 §2.1), undone a character at a time, so that comparing needs no buffer.

use std::borrow::Cow;

/// What `text` stands for, character by character; at the first that is not sound `None`, and no more.
pub(super) struct Characters<'a> {
    text: &'a str,
}

pub(super) fn characters(text: &str) -> Characters<'_> {
    Characters { text }
}

impl Iterator for Characters<'_> {
    type Item = Option<char>;

    fn next(&mut self) -> Option<Option<char>> {
        let first = self.text.chars().next()?;
        let (character, length) = if first == '%' {
            let character = encoded(self.text.as_bytes());
            (character, character.map_or(self.text.len(), |it| it.len_utf8() * 3))
        } else {
            (Some(first), first.len_utf8())
        };
        self.text = &self.text[length..];
        Some(character)
    }
}

/// The character in front, of which each byte is written `%XX`. Its bytes stand together: what is not encoded is whole
/// characters already.
fn encoded(text: &[u8]) -> Option<char> {
    let (triplets, _) = text.as_chunks::<3>();
    let length = match octet(triplets.first()?)?.leading_ones() {
        0 => 1,
        length @ 2..=4 => length as usize,
        _ => return None,
    };
    let mut utf8 = [0; 4];
    for (byte, triplet) in utf8.iter_mut().zip(triplets.get(..length)?) {
        *byte = octet(triplet)?;
    }
    std::str::from_utf8(&utf8[..length]).ok()?.chars().next()
}

fn octet(&[percent, high, low]: &[u8; 3]) -> Option<u8> {
    let digit = |digit: u8| char::from(digit).to_digit(16);
    let octet = digit(high)? << 4 | digit(low)?;
    (percent == b'%').then_some(octet as u8)
}

/// What stands behind the slash that `path` begins with, when all of it is sound: whole escapes that are UTF-8 together,
/// no NUL, no backslash, which some take for a slash, no dot segment.
#[inline]
pub(super) fn checked(path: &str) -> Option<&str> {
    let segments = path.strip_prefix('/')?;
    // Most paths have none of what can be wrong.
    let harmless = segments.bytes().all(|byte| !matches!(byte, b'%' | b'.' | b'\\' | 0));
    (harmless || segments.split('/').all(is_sound)).then_some(segments)
}

fn is_sound(segment: &str) -> bool {
    let (mut length, mut dots) = (0, 0);
    for character in characters(segment) {
        match character {
            None | Some('\0' | '\\') => return false,
            Some('.') => dots += 1,
            Some(_) => {}
        }
        length += 1;
    }
    dots != length || !(1..=2).contains(&length)
}

/// What `text` stands for, which [`checked`] let through.
#[inline]
pub(super) fn decoded(text: &str) -> Cow<'_, str> {
    if !text.contains('%') {
        return Cow::Borrowed(text);
    }
    // Decoding makes nothing longer: one allocation.
    let mut plain = String::with_capacity(text.len());
    plain.extend(characters(text).flatten());
    Cow::Owned(plain)
}
