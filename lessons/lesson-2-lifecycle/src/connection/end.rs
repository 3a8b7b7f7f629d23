//! How to hang up on somebody who may still be talking.

use std::io::{self, Read};
use std::net::{Shutdown, TcpStream};
use std::time::Duration;

/// How long the client may take to hang up, too, or to say more.
const WAIT: Duration = Duration::from_secs(1);
/// How much of what it still says is listened to.
const IGNORED_BYTES_MAX: u64 = 1 << 20;

/// Ends a connection in such a way that the client can read the last answer; what is left is to drop it.
///
/// Who closes while bytes are unread makes the kernel send a reset, and a reset throws away what has not arrived yet: the
/// answer that says what was wrong (RFC 9112 §9.6). So this says that nothing more comes, and reads on until
/// the client has closed, too; but not for long.
pub fn close(stream: &TcpStream) {
    let end = || -> io::Result<()> {
        stream.shutdown(Shutdown::Write)?;
        stream.set_read_timeout(Some(WAIT))?;
        io::copy(&mut stream.take(IGNORED_BYTES_MAX), &mut io::sink())?;
        Ok(())
    };
    // Whatever fails, it is over.
    let _ = end();
}
