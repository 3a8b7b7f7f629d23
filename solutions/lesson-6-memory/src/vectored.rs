//! Many answers, one system call.
//!
//! An answer has a head, which is made for one request, and a body, which a thousand clients may get. A `write` for each
//! of them is two journeys into the kernel; to put them together first is one more copy of each byte. `writev(2)` takes a
//! list of places, and the kernel gathers the bytes while it copies them, as it does in any case.
//!
//! # What has gone
//!
//! A socket takes as many bytes as it has room for, and that may end anywhere: between two pieces, or within one. So an
//! outbox knows how much of its first piece has gone. A piece that has gone is dropped at once: what it holds should not
//! wait for a slow peer to take the rest.
//!
//! # Bounded
//!
//! A client that asks and does not read makes answers wait here. An answer that has no room is given back, whole: then it
//! is time to read no more requests of that client before some bytes have gone.

use std::collections::VecDeque;
use std::io::{self, ErrorKind, IoSlice, Write};
use std::mem;

/// How many pieces go out in one call. The kernel takes 1024 at most (`IOV_MAX`), and what more than these save is little.
const SLICES_MAX: usize = 64;

/// Pieces of bytes that wait to go out over one connection, in order.
#[derive(Debug)]
pub struct Outbox<P> {
    /// None of them is empty.
    pieces: VecDeque<P>,
    /// How many bytes of the first piece have gone. Fewer than it has.
    gone: usize,
    /// How many bytes have not.
    left: usize,
    bytes_max: usize,
}

impl<P: AsRef<[u8]>> Outbox<P> {
    /// An empty outbox, in which at most `bytes_max` bytes wait.
    #[must_use]
    pub fn new(bytes_max: usize) -> Self {
        Self { pieces: VecDeque::new(), gone: 0, left: 0, bytes_max }
    }

    /// Puts an answer behind those that wait. Sends nothing.
    ///
    /// # Errors
    ///
    /// The answer, when there is no room for all of it.
    #[inline]
    pub fn push<const N: usize>(&mut self, answer: [P; N]) -> Result<(), [P; N]> {
        // ANCHOR: push
        // TASK: keep the pieces, or give all of them back
        // STEP: an empty piece is not kept: of a list of nothing but those a socket takes 0 bytes, as if it were closed
        let bytes: usize = answer.iter().map(|piece| piece.as_ref().len()).sum();
        if bytes > self.bytes_max - self.left {
            return Err(answer);
        }
        self.left += bytes;
        self.pieces.extend(answer.into_iter().filter(|piece| !piece.as_ref().is_empty()));
        Ok(())
        // ANCHOR_END: push
    }

    /// How many bytes wait.
    #[inline]
    #[must_use]
    pub fn left(&self) -> usize {
        self.left
    }

    /// Sends what waits, with as few calls as possible, and drops what has gone.
    ///
    /// # Errors
    ///
    /// What the writer reports; [`WouldBlock`](ErrorKind::WouldBlock) when it is a non-blocking socket that is full, and
    /// [`WriteZero`](ErrorKind::WriteZero) when it takes nothing. What has not gone stays: send it when there is room.
    #[inline]
    pub fn send(&mut self, to: &mut impl Write) -> io::Result<()> {
        // ANCHOR: send
        // TASK: write until nothing waits, as many pieces as possible in each call
        // STEP: `let mut slices = [IoSlice::new(&[]); SLICES_MAX];` is a list on the stack
        // STEP: a signal (`Interrupted`) is no error, and a writer that takes 0 bytes is one
        while self.left > 0 {
            let mut slices = [IoSlice::new(&[]); SLICES_MAX];
            let count = self.gather(&mut slices);
            match to.write_vectored(&slices[..count]) {
                Ok(0) => return Err(ErrorKind::WriteZero.into()),
                Ok(written) => self.advance(written),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
        // ANCHOR_END: send
    }

    /// Points `slices` at what is left of the first pieces, and returns how many those are.
    #[inline]
    fn gather<'a>(&'a self, slices: &mut [IoSlice<'a>]) -> usize {
        // ANCHOR: gather
        // TASK: a slice for each piece; the first piece's begins behind what has gone
        let mut gone = self.gone;
        for (slice, piece) in slices.iter_mut().zip(&self.pieces) {
            *slice = IoSlice::new(&piece.as_ref()[mem::take(&mut gone)..]);
        }
        slices.len().min(self.pieces.len())
        // ANCHOR_END: gather
    }

    /// Drops what has gone with the last `written` bytes.
    #[inline]
    fn advance(&mut self, written: usize) {
        // ANCHOR: advance
        // TASK: drop the pieces that have gone, and note how much of the next one has
        self.left -= written;
        // From here on counted from the beginning of the first piece.
        self.gone += written;
        while let Some(first) = self.pieces.front().map(|piece| piece.as_ref().len())
            && first <= self.gone
        {
            self.gone -= first;
            self.pieces.pop_front();
        }
        // ANCHOR_END: advance
    }
}
