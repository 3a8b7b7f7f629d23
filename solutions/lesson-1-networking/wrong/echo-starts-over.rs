//! The rest of a partial write is sent from the beginning of the buffer.
//!
//! Rejected by: `a_partial_write_loses_nothing`, `byte_by_byte_still_comes_back_in_order`,
//! `a_write_that_takes_nothing_is_an_error`
//!
//! Your loop goes on until enough bytes are sent, but each `write` gets the buffer from its first byte.
//! What has been sent must not be sent again: write `buffer[sent..received]`. And a `write` that returns 0 will
//! do so for ever.
// ANCHOR: write
let mut sent = 0;
while sent < received {
    match stream.write(&buffer[..received - sent]) {
        Ok(taken) => sent += taken,
        Err(error) if error.kind() == ErrorKind::Interrupted => {}
        Err(error) => return Err(error),
    }
}
*bytes += received as u64;
// ANCHOR_END: write
