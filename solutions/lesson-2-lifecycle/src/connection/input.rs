//! What has come and is not used yet.

use std::io::{self, ErrorKind, Read};

/// How much is asked for at once.
const READ_BYTES: usize = 16 << 10;

/// Bytes of a stream, in their order.
#[derive(Debug, Default)]
pub(super) struct Input {
    bytes: Vec<u8>,
    /// `bytes[start..end]` has come and is not used.
    start: usize,
    end: usize,
}

impl Input {
    pub(super) fn unused(&self) -> &[u8] {
        &self.bytes[self.start..self.end]
    }

    /// Is done with the first `count` of them.
    pub(super) fn use_up(&mut self, count: usize) {
        self.start += count;
        debug_assert!(self.start <= self.end, "only what has come can be used");
    }

    /// Takes out what lies from `from` up to `to`, and moves what is behind it there.
    pub(super) fn cut_out(&mut self, from: usize, to: usize) {
        self.bytes.copy_within(self.start + to..self.end, self.start + from);
        self.end -= to - from;
    }

    /// Moves `count` bytes from `from` down to `to`.
    pub(super) fn move_down(&mut self, from: usize, count: usize, to: usize) {
        self.bytes.copy_within(self.start + from..self.start + from + count, self.start + to);
    }

    /// Reads once, as much as comes, and says how much that is: nothing, at the end of the stream.
    pub(super) fn read(&mut self, stream: &mut impl Read) -> io::Result<usize> {
        self.bytes.copy_within(self.start..self.end, 0);
        (self.start, self.end) = (0, self.end - self.start);
        // A large body is over: its memory is not kept for the small requests that follow.
        if self.end == 0 {
            self.bytes.truncate(READ_BYTES);
            self.bytes.shrink_to(READ_BYTES);
        }
        if self.bytes.len() - self.end < READ_BYTES / 2 {
            self.bytes.resize(self.end + READ_BYTES, 0);
        }
        loop {
            match stream.read(&mut self.bytes[self.end..]) {
                Ok(count) => {
                    self.end += count;
                    return Ok(count);
                }
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
    }
}
