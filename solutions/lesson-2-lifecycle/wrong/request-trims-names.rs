//! Spaces around a name do not matter.
//!
//! Rejected by: `a_field_is_a_token_a_colon_and_a_value`, `smuggling::what_could_be_read_in_two_ways_is_refused`,
//! `the_method_is_known_before_the_head_is_whole`, `what_is_wrong_is_refused_as_soon_as_its_line_has_ended`,
//! `beside_httparse::heads_put_together_at_random_say_the_same_to_httparse`,
//! `beside_httparse::sound_heads_with_errors_say_the_same_to_httparse`
//!
//! `content-length : 5` is a length for you, and for a proxy a field with an odd name, which it passes on. A line that begins
//! with a space went on with the line before once. Neither has a name: the first byte that cannot be in one must be the colon.
// ANCHOR: field
let colon = line.iter().position(|&byte| byte == b':').ok_or(RequestError::Name)?;
let (name, value) = (line[..colon].trim_ascii(), &line[colon + 1..]);
if !is_token(name) {
    return Err(RequestError::Name);
}
let is_sound = value.iter().all(|&byte| !is_control(byte));
if is_sound { Ok((name, value.trim_ascii())) } else { Err(RequestError::Value) }
// ANCHOR_END: field
