//! Tells somebody of errors: a `POST` with a document of JSON to an address that is set.
//!
//! ```json
//! {"text": "503 GET /users/{id}: the database failed: …", "worker": 0}
//! ```
//!
//! `text` is what chat programs show of such a message. Each error is told once a minute at most, by one of the workers. It is
//! told once or not at all: whoever wants to miss nothing looks at `/errors`. Nobody waits for it, only so many wait to be
//! told, and an address that does not answer is given up.

use std::sync::Arc;

use hyper::Method;
use hyper::header::{CONTENT_TYPE, HeaderValue};
use serde::Serialize;
use solution_5_async_io::http_client::Request;
use tokio::sync::mpsc::{Receiver, Sender, channel};
use tokio::task::spawn_local;

use super::outbound;
use crate::log::Log;
use crate::settings::HttpUrl;

/// How many errors may wait to be told.
const WAITING_MAX: usize = 16;

/// By which errors are told. Clones are the same, on any thread.
#[derive(Debug, Clone)]
pub struct Webhook(Sender<String>);

/// What is told.
#[derive(Serialize)]
struct Message<'a> {
    text: &'a str,
    worker: usize,
}

impl Webhook {
    /// Tells what happens in this worker at this address. It needs a [`LocalSet`](tokio::task::LocalSet) around it.
    #[must_use]
    pub fn start(url: &HttpUrl, worker: usize, log: &Arc<Log>) -> Self {
        let (sender, texts) = channel(WAITING_MAX);
        spawn_local(tell_all(texts, url.clone(), worker, Arc::clone(log)));
        Self(sender)
    }

    /// Has it told, if not too many wait for that.
    pub fn tell(&self, text: String) {
        let _ = self.0.try_send(text);
    }
}

async fn tell_all(mut texts: Receiver<String>, url: HttpUrl, worker: usize, log: Arc<Log>) {
    let client = outbound::client();
    while let Some(text) = texts.recv().await {
        let told = client.send(request(&url, &Message { text: &text, worker })).await;
        let why = match told {
            Ok(response) if response.status.is_success() => continue,
            Ok(response) => response.status.to_string(),
            Err(error) => error.to_string(),
        };
        log.error(&format!("an error could not be told (setting `error_webhook`): {why}"));
    }
}

fn request(url: &HttpUrl, message: &Message<'_>) -> Request {
    let mut request = Request::new(Method::POST, url.get()).expect("it has been read");
    request.headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    request.body = serde_json::to_vec(message).expect("text can be written").into();
    request
}
