//! A name's length is its `len`.
//!
//! Rejected by: `characters_are_counted_and_not_bytes`
//!
//! `len` is bytes. A Greek name has two for each letter, a Japanese one three: people would have half the room of others, or
//! a third. Count `chars`.
// ANCHOR: name
let trimmed = text.trim();
let has_length = !trimmed.is_empty() && trimmed.len() <= NAME_CHARACTERS_MAX;
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
