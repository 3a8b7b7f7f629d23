//! A `read` is taken to return what was asked for.
//!
//! Rejected by: `every_split_of_the_stream_gives_the_same_frames`, `the_buffer_grows_no_further_than_a_frame_needs`,
//! `warm_buffers_are_used_again`
//!
//! A `read` returns what has arrived, be it one byte of a header. If the frame is still not whole after it, the stream
//! has not ended: read again, until the frame is there or a `read` returns 0.
// ANCHOR: next_frame
if self.end - self.start < HEADER_BYTES && self.read_more(HEADER_BYTES)? == 0 {
    return if self.start == self.end { Ok(None) } else { Err(FrameError::Truncated) };
}
let Some(header) = self.buffer[self.start..self.end].first_chunk() else {
    return Err(FrameError::Truncated);
};
let length = u32::from_be_bytes(*header) as usize;
check(length, self.limit)?;
if self.end - self.start < HEADER_BYTES + length {
    self.read_more(HEADER_BYTES + length)?;
}
let payload = self.start + HEADER_BYTES;
if self.end < payload + length {
    return Err(FrameError::Truncated);
}
self.start = payload + length;
Ok(Some(&self.buffer[payload..self.start]))
// ANCHOR_END: next_frame
