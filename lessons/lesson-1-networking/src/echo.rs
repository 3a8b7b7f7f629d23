#![allow(unused)] // delete when done
//! The inner loop of an echo server: every byte back, in order, until the peer is done.
//!
//! `read` and `write` move *some* bytes and say how many. A peer ends a conversation by finishing
//! (its FIN arrives as a read of zero bytes) or by breaking it off (its RST arrives as an error).

use std::io::{self, ErrorKind, Read, Write};

/// The most that one `read` takes out of the socket's receive buffer.
pub const BUFFER_BYTES: usize = 16 * 1024;

/// How the peer ended the conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// It sent its last byte and said so (FIN); it may still be reading.
    Finished,
    /// It is gone (RST): whatever was on the way is lost.
    Reset,
}

/// What one conversation came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Echoed {
    /// How many bytes were sent back. Of a piece whose end could not be sent, none count.
    pub bytes: u64,
    /// How the peer ended it.
    pub ended: Ended,
}

/// Sends back everything that `stream` sends, until its peer finishes or resets.
///
/// # Errors
///
/// Whatever the stream reports except an interruption, which is tried again, and a reset, which is
/// an ending. A stream that would block is not waited for: the error is the caller's to handle.
pub fn echo<S: Read + Write>(stream: &mut S) -> io::Result<Echoed> {
    let mut bytes = 0;
    let ended = match send_back(stream, &mut bytes) {
        Ok(()) => Ended::Finished,
        Err(error)
            if matches!(error.kind(), ErrorKind::ConnectionReset | ErrorKind::BrokenPipe) =>
        {
            Ended::Reset
        }
        Err(error) => return Err(error),
    };
    Ok(Echoed { bytes, ended })
}

fn send_back<S: Read + Write>(stream: &mut S, bytes: &mut u64) -> io::Result<()> {
    let mut buffer = [0; BUFFER_BYTES];
    loop {
        let received = match stream.read(&mut buffer) {
            Ok(0) => return Ok(()),
            Ok(received) => received,
            Err(error) if error.kind() == ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        let sent = stream.write(&buffer[..received])?;
        *bytes += sent as u64;
    }
}
