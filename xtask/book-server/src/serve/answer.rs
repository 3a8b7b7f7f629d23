//! What a request is answered.

use std::sync::Arc;
use std::time::Duration;

use http_body_util::{BodyExt as _, Either, Full, Limited};
use hyper::body::{Bytes, Incoming};
use hyper::header::{
    ALLOW, CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderName, HeaderValue,
};
use hyper::header::{REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS};
use hyper::{Method, Request, Response, StatusCode};
use serde_json::Value;
use tokio::sync::watch;

use super::api::Api;
use super::edition::Edition;
use super::events::{Events, Stream};
use super::guard::{self, ACTS, Guard, Refusal};
use crate::markup::escape;

/// A page, or a stream.
pub(super) type Body = Either<Full<Bytes>, Stream>;

/// Nothing but our own files, no frame around them, nothing inline.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; \
                      connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

const HTML: &str = "text/html; charset=utf-8";

/// The longest request that acts, and how long it may take to come.
const BODY_BYTES_MAX: usize = 16 * 1024;
const BODY_WAIT_MAX: Duration = Duration::from_secs(5);

/// Everything that is needed to answer.
#[derive(Debug)]
pub(super) struct Answers {
    pub(super) guard: Guard,
    pub(super) editions: watch::Receiver<Arc<Edition>>,
    pub(super) events: Events,
    pub(super) api: Arc<Api>,
}

impl Answers {
    /// The answer, with the headers that every answer has.
    pub(super) async fn answer(&self, request: Request<Incoming>) -> Response<Body> {
        let mut response = self.route(request).await.unwrap_or_else(refused);
        let headers: [(HeaderName, &'static str); 5] = [
            (CONTENT_SECURITY_POLICY, POLICY),
            (X_CONTENT_TYPE_OPTIONS, "nosniff"),
            (REFERRER_POLICY, "no-referrer"),
            (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
            // The next build is never far.
            (CACHE_CONTROL, "no-store"),
        ];
        for (name, value) in headers {
            response.headers_mut().insert(name, HeaderValue::from_static(value));
        }
        response
    }

    /// Host and method first, for every path; then the paths that act; then the book.
    async fn route(&self, request: Request<Incoming>) -> Result<Response<Body>, Refusal> {
        self.guard.check(&request)?;
        match request.uri().path() {
            "/events" => self.events(&request),
            path if path.starts_with(ACTS) => Ok(self.act(request).await),
            path => Ok(self.page(path)),
        }
    }

    /// Reads a request that acts, within bounds, and does what it asks, on a thread that may wait for files.
    async fn act(&self, request: Request<Incoming>) -> Response<Body> {
        let path = request.uri().path()[ACTS.len()..].to_owned();
        let body = Limited::new(request.into_body(), BODY_BYTES_MAX).collect();
        let body = match tokio::time::timeout(BODY_WAIT_MAX, body).await {
            Ok(Ok(body)) => body.to_bytes(),
            Ok(Err(_)) => {
                return json(StatusCode::PAYLOAD_TOO_LARGE, &error("the request is too long"));
            }
            Err(_) => {
                return json(StatusCode::REQUEST_TIMEOUT, &error("the request does not come"));
            }
        };
        let api = Arc::clone(&self.api);
        match tokio::task::spawn_blocking(move || api.answer(&path, &body)).await {
            Ok(Ok(answer)) => json(StatusCode::OK, &answer),
            Ok(Err(refused)) => json(refused.status, &error(&refused.error)),
            Err(_) => json(StatusCode::INTERNAL_SERVER_ERROR, &error("the server made a mistake")),
        }
    }

    fn events<B>(&self, request: &Request<B>) -> Result<Response<Body>, Refusal> {
        guard::same_site(request.headers())?;
        let kind = "text/event-stream";
        if request.method() == Method::HEAD {
            return Ok(full(StatusCode::OK, kind, Bytes::new()));
        }
        let Some(stream) = self.events.open() else {
            return Err(Refusal {
                status: StatusCode::SERVICE_UNAVAILABLE,
                reason: "too many pages listen",
            });
        };
        let mut response = Response::new(Either::Right(stream));
        response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(kind));
        Ok(response)
    }

    fn page(&self, path: &str) -> Response<Body> {
        let edition = Arc::clone(&self.editions.borrow());
        match edition.page(path) {
            Some(page) => full(StatusCode::OK, page.kind, page.content.clone()),
            None if edition.pages.is_none() => unbuilt(&edition),
            None => full(StatusCode::NOT_FOUND, HTML, Bytes::from_static(NOT_FOUND.as_bytes())),
        }
    }
}

const NOT_FOUND: &str = "<!DOCTYPE html><html lang=\"en\"><meta charset=\"utf-8\"><title>No such page</title>\
    <link rel=\"stylesheet\" href=\"/theme/book.css\">\
    <main class=\"text\"><h1>There is no such page</h1>\
    <p>It may have been renamed. <a href=\"/index.html\">The book begins here.</a></p></main></html>\n";

/// Before the first build that succeeds, every page says why there is none, and asks again by
/// itself.
fn unbuilt(edition: &Edition) -> Response<Body> {
    let state = match &edition.defects {
        Some(defects) => format!("<h1>The book does not build</h1><pre>{}</pre>", escape(defects)),
        None => "<h1>The book is being built</h1>".to_owned(),
    };
    let page = format!(
        "<!DOCTYPE html><html lang=\"en\"><meta charset=\"utf-8\"><title>Not built yet</title>\
         <meta http-equiv=\"refresh\" content=\"1\"><meta name=\"color-scheme\" content=\"light dark\">{state}</html>\n"
    );
    full(StatusCode::SERVICE_UNAVAILABLE, HTML, Bytes::from(page))
}

fn error(message: &str) -> Value {
    serde_json::json!({ "error": message })
}

fn json(status: StatusCode, value: &Value) -> Response<Body> {
    full(status, "application/json", Bytes::from(value.to_string()))
}

fn refused(refusal: Refusal) -> Response<Body> {
    let mut response = json(refusal.status, &error(refusal.reason));
    if refusal.status == StatusCode::METHOD_NOT_ALLOWED {
        let allowed = if refusal.reason.ends_with("POST") { "POST" } else { "GET, HEAD" };
        response.headers_mut().insert(ALLOW, HeaderValue::from_static(allowed));
    }
    response
}

fn full(status: StatusCode, kind: &'static str, content: Bytes) -> Response<Body> {
    let mut response = Response::new(Either::Left(Full::new(content)));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    response
}
