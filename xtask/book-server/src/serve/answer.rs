//! What a request is answered.

use std::sync::Arc;

use http_body_util::channel::Channel;
use http_body_util::{Either, Full};
use hyper::body::Bytes;
use hyper::header::{
    ALLOW, CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderName, HeaderValue,
};
use hyper::header::{REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS};
use hyper::{Method, Request, Response, StatusCode};
use tokio::sync::watch;

use super::edition::Edition;
use super::events::Events;
use super::guard::{self, Guard, Refusal};
use crate::markup::escape;

/// A page, or a stream.
pub(super) type Body = Either<Full<Bytes>, Channel<Bytes>>;

/// Nothing but our own files, no frame around them, nothing inline.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; \
                      connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

const HTML: &str = "text/html; charset=utf-8";

/// Everything that is needed to answer.
#[derive(Debug)]
pub(super) struct Answers {
    guard: Guard,
    editions: watch::Receiver<Arc<Edition>>,
    events: Events,
}

impl Answers {
    pub(super) fn new(guard: Guard, editions: watch::Receiver<Arc<Edition>>) -> Self {
        Self { guard, events: Events::new(editions.clone()), editions }
    }

    /// The answer, with the headers that every answer has.
    pub(super) fn answer<B>(&self, request: &Request<B>) -> Response<Body> {
        let mut response = self.route(request).unwrap_or_else(refused);
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
    fn route<B>(&self, request: &Request<B>) -> Result<Response<Body>, Refusal> {
        self.guard.check(request)?;
        match request.uri().path() {
            "/events" => self.events(request),
            path => Ok(self.page(path)),
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
    <link rel=\"stylesheet\" href=\"/theme/book.css\"><script src=\"/book.js\"></script>\
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

fn refused(refusal: Refusal) -> Response<Body> {
    let text = Bytes::from(format!("{}\n", refusal.reason));
    let mut response = full(refusal.status, "text/plain; charset=utf-8", text);
    if refusal.status == StatusCode::METHOD_NOT_ALLOWED {
        response.headers_mut().insert(ALLOW, HeaderValue::from_static("GET, HEAD"));
    }
    response
}

fn full(status: StatusCode, kind: &'static str, content: Bytes) -> Response<Body> {
    let mut response = Response::new(Either::Left(Full::new(content)));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    response
}
