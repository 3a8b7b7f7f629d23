//! Four bytes for the header, then as many as it says, with `read_exact`.
//!
//! Rejected by: `many_frames_come_out_of_one_read`, `the_end_inside_a_frame_is_an_error`,
//! `a_read_that_would_block_loses_nothing`
//!
//! `read_exact` throws away what it has read when it is interrupted by an error or by the end. The next call begins in the
//! middle of a frame, and takes four bytes of payload for a length. And it costs two system calls a frame. Keep what has come in
//! `self.buffer`, and look there first.
// ANCHOR: next_frame
let mut header = [0; HEADER_BYTES];
match self.stream.read_exact(&mut header) {
    Ok(()) => {}
    Err(error) if error.kind() == ErrorKind::UnexpectedEof => return Ok(None),
    Err(error) => return Err(FrameError::Io(error)),
}
let length = u32::from_be_bytes(header) as usize;
check(length, self.limit)?;
if self.buffer.len() < length {
    self.buffer.resize(length, 0);
}
match self.stream.read_exact(&mut self.buffer[..length]) {
    Ok(()) => Ok(Some(&self.buffer[..length])),
    Err(error) if error.kind() == ErrorKind::UnexpectedEof => Err(FrameError::Truncated),
    Err(error) => Err(FrameError::Io(error)),
}
// ANCHOR_END: next_frame
