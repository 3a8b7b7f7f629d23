//! What may stand behind the size of a chunk (RFC 9112 §7.1.1). To this server it means nothing, but it must end where its
//! line ends: some programs read on over the line's end until quotes are closed, and find the next request elsewhere.

use super::field::is_token_byte;

/// Whether these are extensions, or nothing at all. Each is a semicolon, a name, and perhaps an equals sign and a value.
pub(super) fn are_extensions(mut rest: &[u8]) -> bool {
    while !rest.is_empty() {
        match behind_one(rest) {
            Some(behind) => rest = behind,
            None => return false,
        }
    }
    true
}

/// What stands behind the extension that is in front.
fn behind_one(bytes: &[u8]) -> Option<&[u8]> {
    let name = unspaced(bytes).strip_prefix(b";")?;
    let behind = behind_token(unspaced(name))?;
    match unspaced(behind).strip_prefix(b"=").map(unspaced) {
        None => Some(behind),
        Some([b'"', quoted @ ..]) => behind_quoted(quoted),
        Some(value) => behind_token(value),
    }
}

/// Spaces are bad manners here, but allowed.
fn unspaced(bytes: &[u8]) -> &[u8] {
    let spaces = bytes.iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
    &bytes[spaces..]
}

fn behind_token(bytes: &[u8]) -> Option<&[u8]> {
    let length = bytes.iter().take_while(|&&byte| is_token_byte(byte)).count();
    (length > 0).then_some(&bytes[length..])
}

/// What stands behind the quotes that close, which a backslash does not let through.
fn behind_quoted(mut rest: &[u8]) -> Option<&[u8]> {
    loop {
        rest = match rest {
            [b'"', behind @ ..] => return Some(behind),
            [b'\\', byte, behind @ ..] | [byte, behind @ ..] if is_text(*byte) => behind,
            _ => return None,
        };
    }
}

fn is_text(byte: u8) -> bool {
    byte == b'\t' || !byte.is_ascii_control()
}
