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
    // ANCHOR: name
    // TASK: trim the text, tell every rule that it breaks, and keep it if it breaks none
    // STEP: 1 to `NAME_CHARACTERS_MAX` characters (not bytes): "must have 1 to 100 characters"
    // STEP: no control character (`char::is_control`): "must have no control characters"
    let trimmed = text.trim();
    // Counts no further than it must.
    let has_length = !trimmed.is_empty() && trimmed.chars().nth(NAME_CHARACTERS_MAX).is_none();
    let is_plain = !trimmed.contains(char::is_control);
    if !has_length {
        broken(format_args!("must have 1 to {NAME_CHARACTERS_MAX} characters"));
    }
    if !is_plain {
        broken(format_args!("must have no control characters"));
    }
    if !has_length || !is_plain {
        return None;
    }
    Some(if trimmed.len() == text.len() { text.into_owned() } else { trimmed.to_owned() })
    // ANCHOR_END: name
}

/// The address as it came; or each rule that it breaks goes to `broken`.
pub(super) fn email(
    text: Cow<'_, str>,
    mut broken: impl FnMut(fmt::Arguments<'_>),
) -> Option<String> {
    // ANCHOR: email
    // TASK: tell every rule that the address breaks, and keep it if it breaks none
    // STEP: at most `EMAIL_BYTES_MAX` bytes: "must have at most 254 bytes"
    // STEP: one `@`: "must have one `@`"; without it, there are no parts to judge
    // STEP: `is_local_part`: "must have a local part such as `ada.lovelace` before the `@`"
    // STEP: `is_domain`: "must have a domain such as `example.com` behind the `@`"
    let has_length = text.len() <= EMAIL_BYTES_MAX;
    if !has_length {
        broken(format_args!("must have at most {EMAIL_BYTES_MAX} bytes"));
    }
    let parts = text.split_once('@').filter(|(_, domain)| !domain.contains('@'));
    let Some((local, domain)) = parts else {
        broken(format_args!("must have one `@`"));
        return None;
    };
    let (has_local_part, has_domain) = (is_local_part(local), is_domain(domain));
    if !has_local_part {
        broken(format_args!("must have a local part such as `ada.lovelace` before the `@`"));
    }
    if !has_domain {
        broken(format_args!("must have a domain such as `example.com` behind the `@`"));
    }
    (has_length && has_local_part && has_domain).then(|| text.into_owned())
    // ANCHOR_END: email
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
