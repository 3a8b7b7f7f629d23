//! How to send somebody away so that he hears why.
//!
//! Who closes a connection whose request lies unread makes the kernel send a reset, which may take the answer away (lesson
//! 1). So a refusal reads a little, too; not on the thread that accepts, and only so many at a time. Beyond that, connections
//! are closed without a word: even refusing is bounded.

use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::pool::Pool;

/// How many may wait to be refused.
const WAITING_MAX: usize = 64;
/// How long a refusal may take, whatever the client does.
const WAIT: Duration = Duration::from_millis(100);
/// How much of its request is read at a time.
const IGNORED_BYTES: usize = 4 << 10;

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
                ignore_the_rest(stream)
            };
            // Whatever fails, it was going to end.
            let _ = told();
        };
        // What is dropped is closed.
        let _ = self.pool.try_submit(Box::new(tell));
    }

    /// Refuses nobody any more, and leaves those to themselves who are just being refused.
    pub(super) fn end(self) {
        let _ = self.pool.shutdown(Duration::ZERO);
    }
}

/// Reads what the client still says, for a bounded time: one that sends a byte now and then must not hold up the others.
fn ignore_the_rest(mut stream: &TcpStream) -> io::Result<()> {
    let deadline = Instant::now() + WAIT;
    let mut ignored = [0; IGNORED_BYTES];
    loop {
        let left = deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Ok(());
        }
        stream.set_read_timeout(Some(left))?;
        if stream.read(&mut ignored)? == 0 {
            return Ok(());
        }
    }
}
