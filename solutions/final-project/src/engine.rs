//! hyper behind the handlers' interface.

use std::convert::Infallible;
use std::future::Future;
use std::io;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, ready};

use bytes::{Buf, Bytes};
use http_body_util::{BodyExt, Limited};
use hyper::body::{Body as _, Frame, SizeHint};
use hyper::header::{CONTENT_LENGTH, CONTENT_TYPE, HOST, HeaderName, HeaderValue};
use hyper::http::request::Parts;
use hyper::service::Service;
use hyper::{HeaderMap, StatusCode, Version};
use solution_5_async_io::serve::{Receiving, Uncopied};

use crate::app::App;
use crate::files::Window;
use crate::message::{Body, Headers, Reply, Request, Response, Value};
use crate::problem::problem;

/// What answers a connection's requests.
#[derive(Clone)]
pub struct Engine(pub Rc<App>);

impl Service<hyper::Request<Receiving>> for Engine {
    type Response = hyper::Response<Outgoing>;
    type Error = Infallible;
    type Future = Answer;

    fn call(&self, request: hyper::Request<Receiving>) -> Answer {
        let (parts, body) = request.into_parts();
        // RFC 9112 §3.2: a server that guesses between two, or without one, answers for somebody else.
        let hosts = parts.headers.get_all(HOST).iter().count();
        if hosts > 1 || (hosts == 0 && parts.version == Version::HTTP_11) {
            let response = problem(400, "a request has one field `host`");
            return Reply::Now(response.with("connection", "close")).into();
        }
        if body.is_end_stream() {
            return ask(&self.0, &parts, &[]).into();
        }
        let app = Rc::clone(&self.0);
        let limit = app.settings.body_bytes.get();
        if length(&parts.headers).is_some_and(|length| length > limit as u64) {
            // Refused before it is invited: hyper answers `expect: 100-continue` only when somebody reads.
            return Reply::Now(too_large(limit)).into();
        }
        Answer::Later(Box::pin(async move {
            match Limited::new(body, limit).collect().await {
                Ok(body) => match ask(&app, &parts, &body.to_bytes()) {
                    Reply::Now(response) => response,
                    Reply::Later(response) => response.await,
                },
                Err(error) if error.is::<http_body_util::LengthLimitError>() => too_large(limit),
                Err(_) => problem(400, "the body is not whole"),
            }
        }))
    }
}

fn length(headers: &HeaderMap) -> Option<u64> {
    headers.get(CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

fn too_large(limit: usize) -> Response {
    problem(413, &format!("a body may have {limit} bytes")).with("connection", "close")
}

fn ask(app: &Rc<App>, parts: &Parts, body: &[u8]) -> Reply {
    app.handle(&Request {
        method: parts.method.as_str(),
        path: parts.uri.path(),
        query: parts.uri.query().unwrap_or_default(),
        headers: Headers(&parts.headers),
        body,
    })
}

/// An answer, now or later, as hyper wants it.
pub enum Answer {
    /// Until it is taken.
    Now(Option<Response>),
    /// Until it comes.
    Later(Pin<Box<dyn Future<Output = Response>>>),
}

impl From<Reply> for Answer {
    fn from(reply: Reply) -> Self {
        match reply {
            Reply::Now(response) => Self::Now(Some(response)),
            Reply::Later(response) => Self::Later(response),
        }
    }
}

impl Future for Answer {
    type Output = Result<hyper::Response<Outgoing>, Infallible>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let response = match &mut *self {
            Self::Now(response) => response.take().expect("a future is not polled behind its end"),
            Self::Later(response) => ready!(response.as_mut().poll(context)),
        };
        Poll::Ready(Ok(translated(response)))
    }
}

/// What handlers promise of the fields they write.
const VISIBLE: &str = "visible ASCII";

fn translated(response: Response) -> hyper::Response<Outgoing> {
    let uncopied = matches!(response.body, Body::Pages(_));
    let mut translated = hyper::Response::new(Outgoing(response.body));
    *translated.status_mut() =
        StatusCode::from_u16(response.status).expect("a status has three digits");
    let headers = translated.headers_mut();
    if !response.content_type.is_empty() {
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(response.content_type));
    }
    for (name, value) in response.headers {
        let value = match value {
            Value::Static(text) => HeaderValue::from_static(text),
            Value::Owned(text) => HeaderValue::try_from(text).expect(VISIBLE),
            Value::Shared(text) => HeaderValue::from_maybe_shared(text).expect(VISIBLE),
        };
        headers.append(HeaderName::from_static(name), value);
    }
    if uncopied {
        translated.extensions_mut().insert(Uncopied);
    }
    translated
}

/// A body on its way out.
pub struct Outgoing(Body);

impl hyper::body::Body for Outgoing {
    type Data = Piece;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<io::Result<Frame<Piece>>>> {
        let source = if let Body::Pages(pages) = &mut self.0 {
            match ready!(pages.poll_next(context)) {
                None => return Poll::Ready(None),
                Some(Err(error)) => return Poll::Ready(Some(Err(error))),
                Some(Ok(window)) => Source::Window(window),
            }
        } else {
            match std::mem::replace(&mut self.0, Body::Empty) {
                Body::Empty | Body::Pages(_) => return Poll::Ready(None),
                Body::Static(bytes) => Source::Static(bytes),
                Body::Owned(bytes) => Source::Owned(bytes),
                Body::Shared(bytes) => Source::Shared(bytes),
            }
        };
        Poll::Ready(Some(Ok(Frame::data(Piece { source, sent: 0 }))))
    }

    fn is_end_stream(&self) -> bool {
        self.0.length() == 0
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.0.length() as u64)
    }
}

/// Some bytes of a body, and how many of them are sent.
pub struct Piece {
    source: Source,
    sent: usize,
}

enum Source {
    Static(&'static [u8]),
    Owned(Vec<u8>),
    Shared(Bytes),
    Window(Window),
}

impl Piece {
    fn bytes(&self) -> &[u8] {
        match &self.source {
            Source::Static(bytes) => bytes,
            Source::Owned(bytes) => bytes,
            Source::Shared(bytes) => bytes,
            // SAFETY: answers with mapped bodies are marked `Uncopied`: the server hands the slice to `writev` and reads
            // none of it. Nor does hyper: it writes into a vectored stream, so it queues bodies as they are, and takes
            // from them addresses and lengths (`WriteStrategy::Queue` in its `proto/h1/io.rs`).
            Source::Window(window) => unsafe { window.bytes() },
        }
    }
}

impl Buf for Piece {
    fn remaining(&self) -> usize {
        self.bytes().len() - self.sent
    }

    fn chunk(&self) -> &[u8] {
        &self.bytes()[self.sent..]
    }

    fn advance(&mut self, count: usize) {
        self.sent += count;
    }
}
