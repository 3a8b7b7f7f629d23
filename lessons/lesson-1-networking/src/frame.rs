#![allow(unused)] // delete when done
//! Messages cut out of a stream: each is a length of four bytes, big-endian, and as many bytes of
//! payload.
//!
//! A stream has no messages: a `read` returns half of one or fifty, wherever the segments happened
//! to end. The reader keeps what it has read in one buffer, hands out payloads as slices of it, and
//! asks the stream for more only when no whole frame is left.

use std::io::{self, ErrorKind, Read, Write};
use std::{error, fmt};

/// The bytes of a frame's length.
pub const HEADER_BYTES: usize = 4;

/// The reader's buffer to begin with.
pub const BUFFER_BYTES: usize = 16 * 1024;

/// Why no frame could be read or written.
#[derive(Debug)]
pub enum FrameError {
    /// A frame announces or has more payload than the limit, in bytes.
    TooLong {
        /// The payload's length.
        length: usize,
        /// The limit it was given.
        limit: usize,
    },
    /// The stream ended inside a frame.
    Truncated,
    /// The stream failed; [`ErrorKind::WouldBlock`] and time-outs lose nothing, calling again goes
    /// on.
    Io(io::Error),
}

impl fmt::Display for FrameError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLong { length, limit } => {
                write!(f, "a frame of {length} bytes is too long (the limit is {limit})")
            }
            Self::Truncated => f.write_str("the stream ended inside a frame"),
            Self::Io(_) => f.write_str("the stream failed"),
        }
    }
}

impl error::Error for FrameError {
    fn source(&self) -> Option<&(dyn error::Error + 'static)> {
        match self {
            Self::Io(error) => Some(error),
            Self::TooLong { .. } | Self::Truncated => None,
        }
    }
}

/// Reads frames from a stream.
#[derive(Debug)]
pub struct FrameReader<R> {
    stream: R,
    limit: usize,
    /// Grows to the longest frame seen, at most to the limit, and never shrinks.
    buffer: Vec<u8>,
    /// `buffer[start..end]` is what has been read and not yet handed out.
    start: usize,
    end: usize,
}

impl<R: Read> FrameReader<R> {
    /// Reads from `stream` frames of at most `limit` bytes of payload.
    pub fn new(stream: R, limit: usize) -> Self {
        Self { stream, limit, buffer: vec![0; BUFFER_BYTES], start: 0, end: 0 }
    }

    /// The payload of the next frame, or `None` when the stream ended behind the last one.
    ///
    /// It stays in the reader's buffer: the next call may overwrite it, and the borrow checker
    /// holds you to that: find where the frame lies first, and take the slice last.
    ///
    /// # Errors
    ///
    /// [`FrameError::TooLong`] as soon as a header announces it, before any memory is taken for the
    /// payload; the stream is of no more use. [`FrameError::Truncated`] and [`FrameError::Io`]
    /// as they say.
    #[inline]
    pub fn next_frame(&mut self) -> Result<Option<&[u8]>, FrameError> {
        todo!("return the next frame out of the buffer; while it is not there whole, read more")
    }

    /// Reads once, as much as comes, with room for `needed` bytes from `start` on. Returns how many
    /// bytes came: 0 at the end.
    ///
    /// An interrupted read is tried again; any other error leaves what has been read where it is.
    fn read_more(&mut self, needed: usize) -> Result<usize, FrameError> {
        todo!("move what is unread to the front, grow if it must, read into all that is free")
    }
}

/// Writes frames to a stream.
#[derive(Debug)]
pub struct FrameWriter<W> {
    stream: W,
    limit: usize,
    /// Header and payload side by side, so that they leave in one system call and in one segment.
    buffer: Vec<u8>,
}

impl<W: Write> FrameWriter<W> {
    /// Writes to `stream` frames of at most `limit` bytes of payload.
    pub fn new(stream: W, limit: usize) -> Self {
        // No header can announce more.
        let limit = limit.min(u32::MAX as usize);
        Self { stream, limit, buffer: Vec::new() }
    }

    /// Writes `payload` as one frame, in a single `write` where the stream takes it whole. It does not flush: who collects
    /// writes decides when.
    ///
    /// # Errors
    ///
    /// [`FrameError::TooLong`] when the payload is over the limit: nothing has been written.
    /// [`FrameError::Io`] when the stream fails: part of the frame may have been, and the
    /// stream is of no more use.
    #[inline]
    pub fn write_frame(&mut self, payload: &[u8]) -> Result<(), FrameError> {
        todo!("put header and payload into the buffer, and the buffer on the stream")
    }
}

fn check(length: usize, limit: usize) -> Result<(), FrameError> {
    if length > limit { Err(FrameError::TooLong { length, limit }) } else { Ok(()) }
}
