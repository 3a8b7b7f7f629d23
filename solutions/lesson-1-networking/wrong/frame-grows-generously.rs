//! More memory is taken than the frame needs.
//!
//! Rejected by: `the_buffer_grows_no_further_than_a_frame_needs`
//!
//! Growing in large steps is right where one does not know how much will come. Here the header has said so. A copy that is
//! kept beside the buffer, a power of two, room for what is there already: each connection keeps it, and the limit that you
//! were given is about memory.
// ANCHOR: read_more
self.buffer.copy_within(self.start..self.end, 0);
self.end -= self.start;
self.start = 0;
if self.buffer.len() < needed {
    self.buffer.resize(needed.next_power_of_two() * 2, 0);
}
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
