//! hyper behind the handlers' interface.

use std::convert::Infallible;
use std::future::Future;
use std::io;
use std::mem;
use std::net::IpAddr;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, ready};

use bytes::{Buf, Bytes};
use hyper::body::{Body as _, SizeHint};
use hyper::header::{CONNECTION, CONTENT_LENGTH, CONTENT_TYPE, HeaderName, HeaderValue};
use hyper::http::request::Parts;
use hyper::http::uri::Authority;
use hyper::service::Service;
use hyper::{HeaderMap, Method, StatusCode, Version};
use solution_5_async_io::serve::{Peer, Receiving, Uncopied};
use solution_7_sync::limiter::Verdict;

use crate::app::App;
use crate::files::Window;
use crate::guard::limits::Limits;
use crate::guard::{browsers, client, framing, host, memory};
use crate::message::{Body, Headers, Reply, Request, Response, Value};
use crate::observe::access::Head;

/// What answers requests.
#[derive(Clone)]
pub struct Engine(pub Rc<App>);

impl Service<hyper::Request<Receiving>> for Engine {
    type Response = hyper::Response<Outgoing>;
    type Error = Infallible;
    type Future = Answer;

    fn call(&self, request: hyper::Request<Receiving>) -> Answer {
        let (parts, body) = request.into_parts();
        let frame = Frame {
            secure: body.peer().secure,
            http2: parts.version == Version::HTTP_2,
            browsers: self.0.tells_browsers,
            bodiless: parts.method == Method::HEAD,
        };
        Answer { reply: guarded(&self.0, parts, body), frame }
    }
}

/// A request's head, and who sent it.
struct Asking {
    parts: Parts,
    peer: Peer,
    client: IpAddr,
}

impl Asking {
    fn head(&self) -> Head<'_> {
        let (method, path) = (self.parts.method.as_str(), self.parts.uri.path());
        Head { client: self.client, method, path }
    }
}

/// Asks the application, if the guard lets one.
fn guarded(app: &Rc<App>, parts: Parts, body: Receiving) -> Reply {
    let (peer, trusted) = (body.peer(), &app.settings.trusted_proxies);
    let client = client::address(peer.address, &parts.headers, trusted);
    let asking = Asking { parts, peer, client };
    if let Err(response) = host::check(&asking.parts, &app.settings.hosts) {
        return Reply::Now(app.refused(response.closing(), &asking.head()));
    }
    let Some(limits) = &app.limits else { return read(app, asking, body) };
    let key = client::key(client);
    if !limits.is_shared() {
        return match limits.check(key) {
            refused @ Verdict::Refused { .. } => Reply::Now(refusal(app, limits, &asking, refused)),
            admitted => limits.tell_later(read(app, asking, body), admitted),
        };
    }
    let (app, limits) = (Rc::clone(app), Rc::clone(limits));
    Reply::later(async move {
        match limits.check_shared(key).await {
            refused @ Verdict::Refused { .. } => refusal(&app, &limits, &asking, refused),
            admitted => limits.tell(read(&app, asking, body).await, admitted),
        }
    })
}

fn refusal(app: &App, limits: &Limits, asking: &Asking, verdict: Verdict) -> Response {
    app.numbers().limited.add(1);
    let response = limits.refusal(client::key(asking.client), verdict, &app.log);
    app.refused(response, &asking.head())
}

/// Reads the body, if there is one, and asks the application.
fn read(app: &Rc<App>, asking: Asking, body: Receiving) -> Reply {
    if body.is_end_stream() {
        return ask(app, &asking, &[]);
    }
    let Asking { parts, .. } = &asking;
    if let Err(response) = framing::check(&parts.headers) {
        return Reply::Now(app.refused(response.closing(), &asking.head()));
    }
    let limit = app.settings.body_bytes.get();
    let mut admission = match memory::begin(&app.memory, parts, length(&parts.headers), limit) {
        Ok(admission) => admission,
        // Refused before it is invited: hyper answers `expect: 100-continue` only when somebody reads.
        Err(response) => {
            return Reply::Now(app.refused(app.shed(response).closing(), &asking.head()));
        }
    };
    let app = Rc::clone(app);
    Reply::later(async move {
        match memory::collect(body, &mut admission, limit).await {
            Ok(body) => ask(&app, &asking, &body).await,
            Err(response) => app.refused(app.shed(response).closing(), &asking.head()),
        }
    })
}

fn length(headers: &HeaderMap) -> Option<u64> {
    headers.get(CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

fn ask(app: &Rc<App>, asking: &Asking, body: &[u8]) -> Reply {
    let Asking { parts, peer, client } = asking;
    let caller = app.caller(&parts.headers);
    let recording = app.tracer.begin(caller);
    app.handle(&Request {
        method: parts.method.as_str(),
        path: parts.uri.path(),
        query: parts.uri.query().unwrap_or_default(),
        headers: Headers(&parts.headers),
        body,
        authority: parts.uri.authority().map(Authority::as_str),
        peer: *peer,
        client: *client,
        caller,
        recording: &recording,
    })
}

/// An answer, now or later, as hyper wants it.
pub struct Answer {
    reply: Reply,
    frame: Frame,
}

/// How an answer is to be written.
#[derive(Clone, Copy)]
struct Frame {
    /// It is encrypted.
    secure: bool,
    /// The connection goes on whatever one stream does.
    http2: bool,
    /// It says what browsers must not do.
    browsers: bool,
    /// It says how long its body would be, and has none.
    bodiless: bool,
}

impl Future for Answer {
    type Output = Result<hyper::Response<Outgoing>, Infallible>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let response = ready!(Pin::new(&mut self.reply).poll(context));
        Poll::Ready(Ok(self.frame.write(response)))
    }
}

/// What handlers promise of the fields they write.
const VISIBLE: &str = "visible ASCII";

impl Frame {
    fn write(self, mut response: Response) -> hyper::Response<Outgoing> {
        // hyper takes the body away itself with HTTP/1, and not with HTTP/2.
        let omitted = if self.bodiless {
            mem::replace(&mut response.body, Body::Empty).length()
        } else {
            None
        };
        let uncopied = matches!(response.body, Body::Pages(_)) && !self.secure;
        let mut written = hyper::Response::new(Outgoing(response.body));
        *written.status_mut() =
            StatusCode::from_u16(response.status).expect("a status has three digits");
        let headers = written.headers_mut();
        if !response.content_type.is_empty() {
            headers.insert(CONTENT_TYPE, HeaderValue::from_static(response.content_type));
        }
        if let Some(length @ 1..) = omitted {
            headers.insert(CONTENT_LENGTH, HeaderValue::from(length));
        }
        for (name, value) in response.headers {
            let value = match value {
                Value::Static(text) => HeaderValue::from_static(text),
                Value::Owned(text) => HeaderValue::try_from(text).expect(VISIBLE),
                Value::Shared(text) => HeaderValue::from_maybe_shared(text).expect(VISIBLE),
            };
            headers.append(HeaderName::from_static(name), value);
        }
        if self.browsers {
            browsers::tell(headers, self.secure);
        }
        if response.closes && !self.http2 {
            headers.insert(CONNECTION, HeaderValue::from_static("close"));
        }
        if uncopied {
            written.extensions_mut().insert(Uncopied);
        }
        written
    }
}

/// A body on its way out.
pub struct Outgoing(Body);

impl hyper::body::Body for Outgoing {
    type Data = Piece;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<io::Result<hyper::body::Frame<Piece>>>> {
        let source = match &mut self.0 {
            Body::Pages(pages) => match ready!(pages.poll_next(context)) {
                None => return Poll::Ready(None),
                Some(Err(error)) => return Poll::Ready(Some(Err(error))),
                Some(Ok(window)) => Source::Window(window),
            },
            Body::Events(events) => match ready!(events.poll_recv(context)) {
                None => return Poll::Ready(None),
                Some(event) => Source::Owned(event),
            },
            whole => match mem::replace(whole, Body::Empty) {
                Body::Empty | Body::Pages(_) | Body::Events(_) => return Poll::Ready(None),
                Body::Static(bytes) => Source::Static(bytes),
                Body::Owned(bytes) => Source::Owned(bytes),
                Body::Shared(bytes) => Source::Shared(bytes),
            },
        };
        Poll::Ready(Some(Ok(hyper::body::Frame::data(Piece { source, sent: 0 }))))
    }

    fn is_end_stream(&self) -> bool {
        self.0.length() == Some(0)
    }

    fn size_hint(&self) -> SizeHint {
        self.0.length().map_or_else(SizeHint::default, |length| SizeHint::with_exact(length as u64))
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
            // SAFETY: files that go to an encrypted connection are copied (`Request::copied_for`), and with `HEAD` none goes.
            // So answers with mapped bodies are marked `Uncopied`: the server hands the slice to `writev` and reads none
            // of it. Nor does hyper: it writes into a vectored stream, so it queues bodies as they are, and takes from them
            // addresses and lengths (`WriteStrategy::Queue` in its `proto/h1/io.rs`). What is no mapping may be read.
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
