//! How to send somebody away so that he hears why.
//!
//! Who closes a connection whose request lies unread makes the kernel send a reset, which may take the answer away (lesson
//! 1). So a refusal reads a little, too; not on the thread that accepts, and only so many at a time. Beyond that, connections
//! are closed without a word: even refusing is bounded.

use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::time::Duration;

use crate::pool::Pool;

/// How many may wait to be refused.
const WAITING_MAX: usize = 64;
/// How long a client may take to close its end, or to say more.
const WAIT: Duration = Duration::from_millis(100);
/// How much of its request is read.
const IGNORED_BYTES_MAX: u64 = 16 << 10;

pub(super) struct Refusals {
    pool: Pool,
    answer: Arc<str>,
}

impl Refusals {
    pub(super) fn start(retry_after: Duration) -> io::Result<Self> {
        let seconds = retry_after.as_secs().max(1);
        let answer = format!(
            "HTTP/1.1 503 Service Unavailable\r\nretry-after: {seconds}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
        );
        Ok(Self {
            pool: Pool::new("refuse", NonZeroUsize::MIN, WAITING_MAX)?,
            answer: answer.into(),
        })
    }

    /// Tells the client that there is no room, if that takes no long time.
    pub(super) fn refuse(&self, stream: Arc<TcpStream>) {
        let answer = Arc::clone(&self.answer);
        let tell = move || {
            let told = || -> io::Result<()> {
                let mut stream = &*stream;
                stream.set_write_timeout(Some(WAIT))?;
                stream.write_all(answer.as_bytes())?;
                stream.shutdown(Shutdown::Write)?;
                stream.set_read_timeout(Some(WAIT))?;
                io::copy(&mut stream.take(IGNORED_BYTES_MAX), &mut io::sink())?;
                Ok(())
            };
            // Whatever fails, it was going to end.
            let _ = told();
        };
        // What is dropped is closed.
        let _ = self.pool.try_submit(Box::new(tell));
    }
}
