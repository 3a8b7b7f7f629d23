//! What was read behind a frame is thrown away.
//!
//! Rejected by: `an_empty_frame_is_a_frame`, `every_split_of_the_stream_gives_the_same_frames`,
//! `many_frames_come_out_of_one_read`, `the_end_inside_a_frame_is_an_error`, `warm_buffers_are_used_again`
//!
//! One `read` can return this frame, the next one and half of a third. After handing out a frame, the bytes behind it
//! in the buffer are the beginning of the next: move `start` past the frame, and leave `end` where it is.
// ANCHOR: read_more
self.start = 0;
self.end = if self.end < needed && needed > HEADER_BYTES { self.end } else { 0 };
if self.buffer.len() < needed {
    self.buffer.resize(needed, 0);
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
