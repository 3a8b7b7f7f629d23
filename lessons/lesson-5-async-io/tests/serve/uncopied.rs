//! Bodies that nobody in the process may read: only their addresses go to the system call.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::rc::Rc;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};

use async_io::serve::Limits;
use hyper::rt::{Read, ReadBufCursor, Write};
use tokio::task::{spawn_local, yield_now};

use crate::talk::{PAGES, alone, server};

/// A peer of which the test says what it sends and how much it takes.
#[derive(Default)]
struct Script {
    sent: Vec<u8>,
    takes: usize,
    reader: Option<Waker>,
    writer: Option<Waker>,
    /// Bytes that came from the body's own addresses, and all.
    from_body: usize,
    all: usize,
}

#[derive(Clone, Default)]
struct Peer(Arc<Mutex<Script>>);

impl Peer {
    fn send(&self, text: &str) {
        let mut script = self.0.lock().unwrap();
        script.sent.extend_from_slice(text.as_bytes());
        script.reader.take().into_iter().for_each(Waker::wake);
    }

    fn take(&self, bytes: usize) {
        let mut script = self.0.lock().unwrap();
        script.takes += bytes;
        script.writer.take().into_iter().for_each(Waker::wake);
    }
}

impl Read for Peer {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        mut buffer: ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        let mut script = self.0.lock().unwrap();
        if script.sent.is_empty() {
            script.reader = Some(context.waker().clone());
            return Poll::Pending;
        }
        buffer.put_slice(&std::mem::take(&mut script.sent));
        Poll::Ready(Ok(()))
    }
}

impl Write for Peer {
    fn poll_write(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.poll_write_vectored(context, &[IoSlice::new(bytes)])
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let mut script = self.0.lock().unwrap();
        if script.takes == 0 {
            script.writer = Some(context.waker().clone());
            return Poll::Pending;
        }
        let mut taken = 0;
        for slice in slices {
            let count = slice.len().min(script.takes);
            let inside = PAGES.as_ptr_range().contains(&slice.as_ptr());
            script.from_body += if inside { count } else { 0 };
            script.takes -= count;
            taken += count;
        }
        script.all += taken;
        Poll::Ready(Ok(taken))
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

async fn turn() {
    for _ in 0..20 {
        yield_now().await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_body_is_not_read_even_when_the_next_request_has_come() {
    alone(async {
        let (server, _) = server(Limits::default());
        let peer = Peer::default();
        spawn_local(Rc::clone(&server).serve(peer.clone(), async_io::serve::Peer::default()));
        peer.send("GET /pages HTTP/1.1\r\nhost: x\r\n\r\n");
        // Less is left of the body than what is collected otherwise.
        peer.take(PAGES.len() - 4096);
        turn().await;
        peer.send("GET / HTTP/1.1\r\nhost: x\r\n\r\n");
        turn().await;
        peer.take(usize::MAX / 2);
        turn().await;
        let script = peer.0.lock().unwrap();
        assert_eq!(script.from_body, PAGES.len(), "the rest was copied");
        assert!(script.all > PAGES.len() + 100, "both answers are there");
    })
    .await;
}
