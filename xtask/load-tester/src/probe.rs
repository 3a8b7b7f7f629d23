//! One request before the run: whether somebody answers, and what.

use std::io;
use std::time::Duration;

use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;

use crate::answers::{Answers, Seen, Wrong};
use crate::target::Target;

/// Sends one request and returns its answer.
///
/// # Errors
///
/// Nobody answers in time, or what comes is no answer.
pub fn probe(target: &Target, timeout: Duration) -> Result<Seen, Wrong> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.map_err(Wrong::Io)?.block_on(async {
        let asked = async {
            let mut stream = TcpStream::connect(target.address).await.map_err(Wrong::Io)?;
            stream.write_all(&target.request).await.map_err(Wrong::Io)?;
            Answers::default().see(&mut stream, target.head).await
        };
        match tokio::time::timeout(timeout, asked).await {
            Ok(seen) => seen,
            Err(_) => Err(Wrong::Io(io::ErrorKind::TimedOut.into())),
        }
    })
}
