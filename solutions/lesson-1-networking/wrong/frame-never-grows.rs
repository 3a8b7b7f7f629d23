//! The buffer is too short for the frame.
//!
//! Rejected by: `a_long_frame_needs_few_reads`, `the_buffer_grows_no_further_than_a_frame_needs`
//!
//! A `read` into a buffer without room returns 0, and that looks like the end of the stream. Before you read, make room for
//! the whole frame, from `start` on: the four bytes of the header count, too.
// ANCHOR: read_more
self.buffer.copy_within(self.start..self.end, 0);
self.end -= self.start;
self.start = 0;
loop {
    match self.stream.read(&mut self.buffer[self.end..]) {
        Ok(received) => {
            self.end += received;
            return Ok(received);
        }
        Err(error) if error.kind() == ErrorKind::Interrupted => {}
        Err(error) => return Err(FrameError::Io(error)),
    }
}
// ANCHOR_END: read_more
