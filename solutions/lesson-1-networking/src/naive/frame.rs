//! Frames read a byte at a time, each into a vector of its own.

use std::io::{self, Read};

/// The payload of the next frame, or `None` at the end of the stream.
///
/// # Errors
///
/// Whatever the stream reports, or [`io::ErrorKind::InvalidData`] for a frame longer than `limit`
/// bytes.
#[inline]
pub fn next_frame<R: Read>(stream: &mut R, limit: usize) -> io::Result<Option<Vec<u8>>> {
    let mut header = [0; 4];
    for position in 0..4 {
        if stream.read(&mut header[position..=position])? == 0 {
            return Ok(None);
        }
    }
    let length = u32::from_be_bytes(header) as usize;
    if length > limit {
        return Err(io::ErrorKind::InvalidData.into());
    }
    let mut payload = Vec::new();
    for _ in 0..length {
        let mut byte = [0];
        stream.read_exact(&mut byte)?;
        payload.push(byte[0]);
    }
    Ok(Some(payload))
}
