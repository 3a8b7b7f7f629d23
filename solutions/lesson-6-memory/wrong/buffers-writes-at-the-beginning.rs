//! Each write begins at the beginning.
//!
//! Rejected by: `a_buffer_begins_empty_and_shows_what_was_written`
//!
//! A second write lands on the first one. What is filled says where the next byte goes.
// ANCHOR: write
let count = bytes.len().min(self.room());
self.bytes[..count].copy_from_slice(&bytes[..count]);
self.filled = self.filled.max(count);
Ok(count)
// ANCHOR_END: write
