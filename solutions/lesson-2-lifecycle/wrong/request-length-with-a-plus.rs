//! The length is whatever `parse` takes for a number.
//!
//! Rejected by: `a_length_is_digits_and_nothing_else`, `smuggling::what_could_be_read_in_two_ways_is_refused`
//!
//! `"+5".parse::<u64>()` is 5. For a proxy that reads digits only, there is no length, and the five bytes of your body are
//! the beginning of the next request. Ask for digits first.
// ANCHOR: content_length
let text = str::from_utf8(value).map_err(|_| RequestError::Length)?;
if self.length.is_some() {
    return Err(RequestError::Length);
}
self.length = Some(text.parse().map_err(|_| RequestError::Length)?);
Ok(())
// ANCHOR_END: content_length
