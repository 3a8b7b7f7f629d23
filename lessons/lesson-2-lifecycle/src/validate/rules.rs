//! What a field must be, told as what it must be.

use std::borrow::Cow;
use std::fmt;

/// The longest name, in characters.
pub const NAME_CHARACTERS_MAX: usize = 100;

/// The longest address, in bytes: a path of 256 (RFC 5321 §4.5.3.1.3) without its angle brackets.
pub const EMAIL_BYTES_MAX: usize = 254;

/// Nobody has been older than 122.
pub const AGE_MAX: u8 = 150;

/// RFC 5321 §4.5.3.1.1.
const LOCAL_BYTES_MAX: usize = 64;

/// RFC 1035 §2.3.4.
const LABEL_BYTES_MAX: usize = 63;

/// The name, trimmed; or each rule that it breaks goes to `broken`. Text that is owned and trimmed is not copied.
pub(super) fn name(
    text: Cow<'_, str>,
    mut broken: impl FnMut(fmt::Arguments<'_>),
) -> Option<String> {
    // 1 to `NAME_CHARACTERS_MAX` characters (not bytes): "must have 1 to 100 characters"
    // no control character (`char::is_control`): "must have no control characters"
    todo!("trim the text, tell every rule that it breaks, and keep it if it breaks none")
}

/// The address as it came; or each rule that it breaks goes to `broken`.
pub(super) fn email(
    text: Cow<'_, str>,
    mut broken: impl FnMut(fmt::Arguments<'_>),
) -> Option<String> {
    // at most `EMAIL_BYTES_MAX` bytes: "must have at most 254 bytes"
    // one `@`: "must have one `@`"; without it, there are no parts to judge
    // `is_local_part`: "must have a local part such as `ada.lovelace` before the `@`"
    // `is_domain`: "must have a domain such as `example.com` behind the `@`"
    todo!("tell every rule that the address breaks, and keep it if it breaks none")
}

/// The age, if it is one.
pub(super) fn age(value: i128) -> Option<u8> {
    u8::try_from(value).ok().filter(|age| *age <= AGE_MAX)
}

/// Atoms with dots between them (RFC 5321 §4.1.2, `Dot-string`).
fn is_local_part(text: &str) -> bool {
    let is_mark = |byte| b"!#$%&'*+-/=?^_`{|}~".contains(&byte);
    let is_atom = |atom: &str| {
        !atom.is_empty() && atom.bytes().all(|byte| byte.is_ascii_alphanumeric() || is_mark(byte))
    };
    text.len() <= LOCAL_BYTES_MAX && text.split('.').all(is_atom)
}

/// Labels with dots between them, two or more (RFC 1123 §2.1).
fn is_domain(text: &str) -> bool {
    let is_label = |label: &str| {
        (1..=LABEL_BYTES_MAX).contains(&label.len())
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    text.contains('.') && text.split('.').all(is_label)
}
