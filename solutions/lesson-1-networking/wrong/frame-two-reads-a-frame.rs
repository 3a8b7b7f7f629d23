//! Each frame costs a `read` for its header and one for its payload.
//!
//! Rejected by: `many_frames_come_out_of_one_read`
//!
//! You ask the stream for exactly what is missing, so it returns exactly that, and 500 small frames cost 1,000 system
//! calls. Offer it all the room that the buffer has: one call then brings as many frames as have arrived.
// ANCHOR: read_more
self.buffer.copy_within(self.start..self.end, 0);
self.end -= self.start;
self.start = 0;
if self.buffer.len() < needed {
    self.buffer.resize(needed, 0);
}
loop {
    match self.stream.read(&mut self.buffer[self.end..needed]) {
        Ok(received) => {
            self.end += received;
            return Ok(received);
        }
        Err(error) if error.kind() == ErrorKind::Interrupted => {}
        Err(error) => return Err(FrameError::Io(error)),
    }
}
// ANCHOR_END: read_more
