//! An answer's head and body, each with a call of its own.

use std::io::{self, Write};

/// Writes all pieces, one after the other.
pub fn send(pieces: &[&[u8]], to: &mut impl Write) -> io::Result<()> {
    pieces.iter().try_for_each(|piece| to.write_all(piece))
}
