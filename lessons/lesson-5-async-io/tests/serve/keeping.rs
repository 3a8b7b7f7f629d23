//! Streams that encrypt, say: they keep what was written, and their end is bytes, too.

use std::io;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use async_io::serve::{self, Limits, SWEEP, Server};
use hyper::rt::{Read, ReadBufCursor, Write};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncWriteExt, DuplexStream, duplex};
use tokio::task::spawn_local;
use tokio::time::{Instant, sleep};

use crate::talk::{Peer, TestService, alone, server};
use crate::{DRIP, LAST, assert_limit};

/// How much is kept.
const KEPT_MAX: usize = 32 * 1024;

struct Keeping {
    inner: TokioIo<DuplexStream>,
    kept: Vec<u8>,
    /// The peer does not take the end.
    endless: bool,
}

impl Keeping {
    /// Has a stream of this kind served, and returns its other end.
    fn connect(server: &Rc<Server<TestService>>, endless: bool) -> DuplexStream {
        let (near, far) = duplex(1 << 16);
        let stream = Self { inner: TokioIo::new(far), kept: Vec::new(), endless };
        spawn_local(Rc::clone(server).serve(stream, serve::Peer::default()));
        near
    }
}

impl Read for Keeping {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_read(context, buffer)
    }
}

impl Write for Keeping {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        if self.kept.len() >= KEPT_MAX {
            ready!(self.as_mut().poll_flush(context))?;
        }
        let count = bytes.len().min(KEPT_MAX - self.kept.len());
        self.kept.extend_from_slice(&bytes[..count]);
        Poll::Ready(Ok(count))
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let Self { inner, kept, .. } = &mut *self;
        while !kept.is_empty() {
            let count = ready!(Pin::new(&mut *inner).poll_write(context, kept))?;
            kept.drain(..count);
        }
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.as_mut().poll_flush(context))?;
        if self.endless { Poll::Pending } else { Pin::new(&mut self.inner).poll_shutdown(context) }
    }
}

#[tokio::test(start_paused = true)]
async fn what_a_stream_keeps_is_handed_on_at_the_end_of_an_answer() {
    alone(async {
        let (server, _) = server(Limits::default());
        let mut peer = Peer(Keeping::connect(&server, false));
        for _ in 0..3 {
            peer.send("GET /large HTTP/1.1\r\nhost: x\r\n\r\n").await;
            let began = Instant::now();
            assert!(peer.answer().await.ends_with("xxx"));
            assert!(began.elapsed() < SWEEP, "{:?}", began.elapsed());
        }
    })
    .await;
}
#[tokio::test(start_paused = true)]
async fn an_end_that_the_peer_does_not_take_has_a_limit_too() {
    alone(async {
        let limits = Limits { write: Duration::from_secs(3), ..Limits::default() };
        let (server, _) = server(limits);
        let mut peer = Keeping::connect(&server, true);
        peer.write_all(LAST.as_bytes()).await.unwrap();
        let began = Instant::now();
        while server.open() > 0 && began.elapsed() < 10 * limits.write {
            sleep(DRIP).await;
        }
        assert_limit(limits.write, began);
        assert_eq!(server.statistics().too_slow, 1);
    })
    .await;
}
