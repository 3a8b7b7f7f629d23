//! Of two lengths, the last one counts.
//!
//! Rejected by: `a_length_stands_there_once`, `smuggling::what_could_be_read_in_two_ways_is_refused`
//!
//! And for the proxy in front of you the first one did. This is the oldest of all smuggling attacks. A request with two
//! lengths is nobody's request.
// ANCHOR: content_length
let digits = str::from_utf8(value).map_err(|_| RequestError::Length)?;
if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
    return Err(RequestError::Length);
}
self.length = Some(digits.parse().map_err(|_| RequestError::Length)?);
Ok(())
// ANCHOR_END: content_length
