//! The end of a connection whose peer does not let it end.

use std::io;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};
use std::time::Duration;

use async_io::drain::Connections;
use async_io::serve::{self, Limits};
use hyper::rt::{Read, ReadBufCursor, Write};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncWriteExt, DuplexStream, duplex};
use tokio::task::spawn_local;
use tokio::time::{Instant, sleep};

use crate::talk::{alone, server};
use crate::{DRIP, LAST, assert_limit};

/// An encrypted stream, say, whose last words find no room.
struct Endless(TokioIo<DuplexStream>);

impl Read for Endless {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_read(context, buffer)
    }
}

impl Write for Endless {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_flush(context)
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Pending
    }
}

#[tokio::test(start_paused = true)]
async fn an_end_that_the_peer_does_not_take_has_a_limit_too() {
    alone(async {
        let limits = Limits { write: Duration::from_secs(3), ..Limits::default() };
        let (server, _) = server(limits);
        let (mut near, far) = duplex(1 << 16);
        let stream = Endless(TokioIo::new(far));
        spawn_local(Rc::clone(&server).serve(stream, serve::Peer::default()));
        near.write_all(LAST.as_bytes()).await.unwrap();
        let began = Instant::now();
        while server.open() > 0 && began.elapsed() < 10 * limits.write {
            sleep(DRIP).await;
        }
        assert_limit(limits.write, began);
        assert_eq!(server.statistics().too_slow, 1);
    })
    .await;
}
