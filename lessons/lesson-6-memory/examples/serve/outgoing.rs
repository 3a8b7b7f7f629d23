//! What waits to be sent over a connection: pooled buffers with many small answers, then perhaps a part of a file.

use std::io::{self, IoSlice, Write};
use std::mem;
use std::ops::Range;
use std::os::fd::AsFd;

use memory::buffers::{Buffer, Buffers};
use memory::files::{Found, Sent};
use memory::vectored::Outbox;
use tokio::io::Interest;
use tokio::net::TcpStream;

use crate::worker::BUFFER_BYTES;

/// With so much to send, no more requests are answered before some of it has gone.
const ENOUGH_BYTES: usize = 64 << 10;
/// More than that never waits: the largest answer, behind almost enough.
const WAITING_BYTES_MAX: usize = 1 << 20;
/// How much of a file goes out before others have a turn.
const TURN_BYTES: u64 = 256 << 10;

/// Bytes that wait.
enum Piece {
    Pooled(Buffer),
    /// An answer that no buffer has room for, or for which there was none.
    Own(Vec<u8>),
}

impl AsRef<[u8]> for Piece {
    fn as_ref(&self) -> &[u8] {
        match self {
            Self::Pooled(buffer) => buffer,
            Self::Own(bytes) => bytes,
        }
    }
}

/// In the order in which they go.
pub(crate) struct Outgoing {
    outbox: Outbox<Piece>,
    /// Behind all that is in the outbox: the buffer that is being filled.
    open: Option<Buffer>,
    /// Behind that.
    file: Option<(Found, Range<u64>)>,
}

impl Outgoing {
    pub(crate) fn new() -> Self {
        Self { outbox: Outbox::new(WAITING_BYTES_MAX), open: None, file: None }
    }

    /// Puts an answer behind the others. `answer` is empty afterwards, and as long as a buffer has room for it, it keeps its
    /// memory.
    pub(crate) fn put(&mut self, answer: &mut Vec<u8>, buffers: &Buffers) {
        match self.room_for(answer.len(), buffers) {
            Some(buffer) => {
                buffer.write_all(answer).expect("there is room");
                answer.clear();
            }
            None => {
                self.seal();
                self.push(Piece::Own(mem::take(answer)));
            }
        }
    }

    /// Puts a part of a file behind the rest: a small one with the same call, a large one by `sendfile`.
    pub(crate) fn put_file(
        &mut self,
        file: Found,
        mut part: Range<u64>,
        buffers: &Buffers,
    ) -> io::Result<()> {
        match self.room_for((part.end - part.start) as usize, buffers) {
            Some(buffer) => buffer.fill(file.file(), &mut part),
            None => {
                self.file = Some((file, part));
                Ok(())
            }
        }
    }

    /// Whether it is time to send.
    pub(crate) fn is_enough(&self) -> bool {
        self.file.is_some() || self.outbox.left() >= ENOUGH_BYTES
    }

    /// How many bytes wait. Those of `open` do, too, but nobody asks before they are in the outbox.
    pub(crate) fn left(&self) -> u64 {
        let of_the_file = self.file.as_ref().map_or(0, |(_, part)| part.end - part.start);
        self.outbox.left() as u64 + of_the_file
    }

    /// Sends what the socket has room for, but no more of a file than is one's turn. Says whether all has gone.
    pub(crate) fn send(&mut self, stream: &TcpStream) -> io::Result<bool> {
        self.seal();
        self.outbox.send(&mut Socket(stream))?;
        let Some((file, part)) = &mut self.file else { return Ok(true) };
        let mut turn = part.start..part.end.min(part.start + TURN_BYTES);
        let sent =
            stream.try_io(Interest::WRITABLE, || match file.send(stream.as_fd(), &mut turn) {
                Ok(Sent::All) => Ok(()),
                Ok(Sent::SocketFull) => Err(io::ErrorKind::WouldBlock.into()),
                Err(error) => Err(error),
            });
        part.start = turn.start;
        sent?;
        if part.is_empty() {
            self.file = None;
        }
        Ok(self.file.is_none())
    }

    /// A buffer with so much room, or none.
    fn room_for(&mut self, bytes: usize, buffers: &Buffers) -> Option<&mut Buffer> {
        if bytes > BUFFER_BYTES {
            return None;
        }
        if self.open.as_ref().is_none_or(|open| open.room() < bytes) {
            self.seal();
            self.open = buffers.take();
        }
        self.open.as_mut()
    }

    /// Nothing more comes into the buffer that was being filled.
    fn seal(&mut self) {
        if let Some(buffer) = self.open.take() {
            self.push(Piece::Pooled(buffer));
        }
    }

    fn push(&mut self, piece: Piece) {
        let Ok(()) = self.outbox.push([piece]) else {
            unreachable!("nobody answers when enough waits, and no answer is as large as the rest")
        };
    }
}

/// A socket that is written to without waiting.
struct Socket<'a>(&'a TcpStream);

impl Write for Socket<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.try_write(bytes)
    }

    fn write_vectored(&mut self, slices: &[IoSlice<'_>]) -> io::Result<usize> {
        self.0.try_write_vectored(slices)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
