//! `/events`: tells open pages which build is the last.
//!
//! A stream of server-sent events. The first comes at once, so that a page that was loaded while
//! the server was away, or between two builds, learns of it; each later one when that changes.

use std::sync::Arc;
use std::time::Duration;

use http_body_util::channel::{Channel, Sender};
use hyper::body::Bytes;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};

use super::edition::Edition;

/// Streams at a time: a few windows of tabs.
const STREAMS_MAX: usize = 64;

/// How often a silent stream says so, which is when one without a reader ends.
const SILENCE_MAX: Duration = Duration::from_secs(20);

/// The open streams.
#[derive(Debug)]
pub(super) struct Events {
    editions: watch::Receiver<Arc<Edition>>,
    places: Arc<Semaphore>,
}

impl Events {
    pub(super) fn new(editions: watch::Receiver<Arc<Edition>>) -> Self {
        Self { editions, places: Arc::new(Semaphore::new(STREAMS_MAX)) }
    }

    /// A new stream, unless there are too many.
    pub(super) fn open(&self) -> Option<Channel<Bytes>> {
        let place = Arc::clone(&self.places).try_acquire_owned().ok()?;
        let (sender, body) = Channel::new(1);
        tokio::spawn(tell(self.editions.clone(), sender, place));
        Some(body)
    }
}

async fn tell(
    mut editions: watch::Receiver<Arc<Edition>>,
    mut reader: Sender<Bytes>,
    _place: OwnedSemaphorePermit,
) {
    let mut message = message(&editions.borrow_and_update());
    while reader.send_data(message).await.is_ok() {
        message = match tokio::time::timeout(SILENCE_MAX, editions.changed()).await {
            Ok(Ok(())) => self::message(&editions.borrow_and_update()),
            Ok(Err(_)) => return,
            Err(_) => Bytes::from_static(b":\n\n"),
        };
    }
}

fn message(edition: &Edition) -> Bytes {
    let data = serde_json::json!({ "name": edition.name, "defects": edition.defects });
    // JSON has no line feeds of its own, so the event is one line.
    Bytes::from(format!("event: build\ndata: {data}\n\n"))
}
