//! `/events`: tells open pages what is new.
//!
//! A stream of server-sent events: `build` says which build is the last, `memory` what the reader has done, `run` and
//! `said` what is running. What is the case now comes at once, so that a page that was loaded while the server was
//! away learns of it; whatever changes, later. A slow reader gets the last state, not every one in between.

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use hyper::body::{Body, Bytes, Frame};
use serde_json::Value;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, watch};

use super::edition::Edition;
use super::runs::{Bookmark, Runs};

/// Streams at a time: a few windows of tabs.
const STREAMS_MAX: usize = 64;

/// How often a silent stream says so, which is when one whose reader has gone without a word ends.
const SILENCE_MAX: Duration = Duration::from_secs(20);

/// The open streams, and where their news comes from.
#[derive(Debug)]
pub(super) struct Events {
    editions: watch::Receiver<Arc<Edition>>,
    memory: watch::Receiver<Arc<Value>>,
    runs: Arc<Runs>,
    places: Arc<Semaphore>,
}

impl Events {
    pub(super) fn new(
        editions: watch::Receiver<Arc<Edition>>,
        memory: watch::Receiver<Arc<Value>>,
        runs: Arc<Runs>,
    ) -> Self {
        Self { editions, memory, runs, places: Arc::new(Semaphore::new(STREAMS_MAX)) }
    }

    /// A new stream, unless there are too many.
    pub(super) fn open(&self) -> Option<Stream> {
        let place = Arc::clone(&self.places).try_acquire_owned().ok()?;
        let (sender, messages) = mpsc::channel(1);
        let mut news = News {
            editions: self.editions.clone(),
            memory: self.memory.clone(),
            changes: self.runs.changes(),
            runs: Arc::clone(&self.runs),
            bookmark: Bookmark::default(),
        };
        news.editions.mark_changed();
        news.memory.mark_changed();
        news.changes.mark_changed();
        tokio::spawn(tell(news, sender, place));
        Some(Stream(messages))
    }
}

/// The body of an answer that goes on. When the connection ends it is dropped, and with it the stream's place.
#[derive(Debug)]
pub(super) struct Stream(mpsc::Receiver<Bytes>);

impl Body for Stream {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        self.0.poll_recv(context).map(|message| message.map(|bytes| Ok(Frame::data(bytes))))
    }
}

/// What one stream still has to say.
struct News {
    editions: watch::Receiver<Arc<Edition>>,
    memory: watch::Receiver<Arc<Value>>,
    changes: watch::Receiver<u64>,
    runs: Arc<Runs>,
    bookmark: Bookmark,
}

impl News {
    /// Whatever is new since the last call.
    fn take(&mut self) -> Option<Bytes> {
        let mut text = String::new();
        if self.editions.has_changed().ok()? {
            let edition = Arc::clone(&self.editions.borrow_and_update());
            let data = serde_json::json!({ "name": edition.name, "defects": edition.defects });
            event(&mut text, "build", &data.to_string());
        }
        if self.memory.has_changed().ok()? {
            event(&mut text, "memory", &self.memory.borrow_and_update().to_string());
        }
        if self.changes.has_changed().ok()? {
            self.changes.borrow_and_update();
            for (name, data) in self.runs.since(&mut self.bookmark) {
                event(&mut text, name, &data);
            }
        }
        Some(Bytes::from(text))
    }

    /// Something is new; an error when the server ends.
    async fn arrived(&mut self) -> Result<(), watch::error::RecvError> {
        tokio::select! {
            changed = self.editions.changed() => { self.editions.mark_changed(); changed }
            changed = self.memory.changed() => { self.memory.mark_changed(); changed }
            changed = self.changes.changed() => { self.changes.mark_changed(); changed }
        }
    }
}

async fn tell(mut news: News, reader: mpsc::Sender<Bytes>, _place: OwnedSemaphorePermit) {
    loop {
        let Some(mut message) = news.take() else { return };
        if message.is_empty() {
            message = Bytes::from_static(b":\n\n");
        }
        if reader.send(message).await.is_err() {
            return;
        }
        tokio::select! {
            arrived = tokio::time::timeout(SILENCE_MAX, news.arrived()) => {
                if let Ok(Err(_)) = arrived {
                    return;
                }
            }
            () = reader.closed() => return,
        }
    }
}

/// JSON has no line feeds of its own, so the data is one line.
fn event(text: &mut String, name: &str, data: &str) {
    text.push_str("event: ");
    text.push_str(name);
    text.push_str("\ndata: ");
    text.push_str(data);
    text.push_str("\n\n");
}
