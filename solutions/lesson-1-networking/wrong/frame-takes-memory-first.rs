//! Memory is taken before the length is checked.
//!
//! Rejected by: `a_frame_over_the_limit_is_refused_before_memory_is_taken`
//!
//! The four bytes of a header come from whoever connected. If they can make you take 4 GB, a hundred of them end
//! your server, and it has not read a byte of payload. Check the length before anything is sized by it.
// ANCHOR: next_frame
let length = loop {
    let unread = &self.buffer[self.start..self.end];
    let needed = match unread.split_first_chunk() {
        Some((header, payload)) => {
            let length = u32::from_be_bytes(*header) as usize;
            if payload.len() >= length {
                break length;
            }
            HEADER_BYTES + length
        }
        None => HEADER_BYTES,
    };
    if self.read_more(needed)? == 0 {
        let unread = &self.buffer[self.start..self.end];
        if let Some(header) = unread.first_chunk() {
            check(u32::from_be_bytes(*header) as usize, self.limit)?;
        }
        return if self.start == self.end { Ok(None) } else { Err(FrameError::Truncated) };
    }
};
check(length, self.limit)?;
let payload = self.start + HEADER_BYTES;
self.start = payload + length;
Ok(Some(&self.buffer[payload..self.start]))
// ANCHOR_END: next_frame
