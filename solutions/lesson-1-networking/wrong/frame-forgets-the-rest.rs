//! What was read behind a frame is thrown away.
//!
//! Rejected by: `an_empty_frame_is_a_frame`, `every_split_of_the_stream_gives_the_same_frames`,
//! `many_frames_come_out_of_one_read`, `the_end_inside_a_frame_is_an_error`, `warm_buffers_are_used_again`
//!
//! One `read` can return this frame, the next one and half of a third. After handing out a frame, the bytes behind it
//! in the buffer are the beginning of the next: move `start` past the frame, no further.
// ANCHOR: next_frame
let length = loop {
    let unread = &self.buffer[self.start..self.end];
    let needed = match unread.split_first_chunk() {
        Some((header, payload)) => {
            let length = u32::from_be_bytes(*header) as usize;
            check(length, self.limit)?;
            if payload.len() >= length {
                break length;
            }
            HEADER_BYTES + length
        }
        None => HEADER_BYTES,
    };
    if self.read_more(needed)? == 0 {
        return if self.start == self.end { Ok(None) } else { Err(FrameError::Truncated) };
    }
};
let payload = self.start + HEADER_BYTES;
self.start = self.end;
Ok(Some(&self.buffer[payload..payload + length]))
// ANCHOR_END: next_frame
