//! How to hang up on somebody who may still be talking.

use std::io::{self, Read};
use std::net::{Shutdown, TcpStream};
use std::time::{Duration, Instant};

/// How long the client may take to hang up, too.
const WAIT: Duration = Duration::from_secs(1);
/// How much of what it still says is listened to.
const IGNORED_BYTES_MAX: usize = 1 << 20;

/// Ends a connection in such a way that the client can read the last answer; what is left is to drop it.
///
/// Who closes while bytes are unread makes the kernel send a reset, and a reset throws away what has not arrived yet: the
/// answer that says what was wrong (RFC 9112 §9.6). So this says that nothing more comes, and reads on until
/// the client has closed, too; but not for long.
pub fn close(stream: &TcpStream) {
    let end = || -> io::Result<()> {
        stream.shutdown(Shutdown::Write)?;
        let deadline = Instant::now() + WAIT;
        let (mut ignored, mut buffer) = (0, [0; 4096]);
        while ignored < IGNORED_BYTES_MAX {
            // A time limit of nothing would be none at all, and is an error.
            stream.set_read_timeout(Some(deadline.saturating_duration_since(Instant::now())))?;
            match { stream }.read(&mut buffer)? {
                0 => break,
                count => ignored += count,
            }
        }
        Ok(())
    };
    // Whatever fails, it is over.
    let _ = end();
}
