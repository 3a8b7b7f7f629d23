//! A frame is written with one `write`, whose result nobody looks at.
//!
//! Rejected by: `a_frame_that_the_stream_takes_in_pieces_is_written_whole`
//!
//! `write` takes as much as the send buffer has room for, and says how much that was. The rest of the frame is lost here, and
//! the reader at the other end takes the next frame for it. It is the bug of the echo server. `write_all` goes on until
//! everything is taken, and tries an interrupted call again.
// ANCHOR: write_frame
check(payload.len(), self.limit)?;
self.buffer.clear();
self.buffer.extend_from_slice(&(payload.len() as u32).to_be_bytes());
self.buffer.extend_from_slice(payload);
loop {
    match self.stream.write(&self.buffer) {
        Ok(_) => return Ok(()),
        Err(error) if error.kind() == ErrorKind::Interrupted => {}
        Err(error) => return Err(FrameError::Io(error)),
    }
}
// ANCHOR_END: write_frame
