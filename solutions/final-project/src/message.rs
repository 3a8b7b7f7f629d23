//! What a handler gets and what it gives back: the interface between the engine that speaks HTTP and
//! everything that does not.
//!
//! A request is a view. It borrows from the engine's buffers, and a header is looked for only when
//! somebody asks for it. An answer is either there at once, or comes later: only then is anything
//! allocated for waiting. Behind this interface hyper needs 5,423 user instructions for `/plaintext` at
//! 64 connections, a driver that parses what it needs 2,220 (callgrind; hyper alone: 5,519).

use std::borrow::Cow;
use std::future::Future;
use std::mem;
use std::net::IpAddr;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use hyper::HeaderMap;
use solution_5_async_io::serve::Peer;
use tokio::sync::mpsc::Receiver;

use crate::files::Pages;
use crate::observe::context::TraceContext;
use crate::observe::trace::Recording;

/// A request, with its whole body.
#[derive(Debug, Clone, Copy)]
pub struct Request<'a> {
    /// As it was sent: `GET`.
    pub method: &'a str,
    /// The path, percent-encoded as it was sent, without the query.
    pub path: &'a str,
    /// What stands behind `?`, or nothing.
    pub query: &'a str,
    /// The header fields.
    pub headers: Headers<'a>,
    /// The body.
    pub body: &'a [u8],
    /// The host that the target names, if it names one: in HTTP/2, or where it is a whole URL.
    pub authority: Option<&'a str>,
    /// Who is at the other end.
    pub peer: Peer,
    /// The client's address, which behind a trusted proxy is another one.
    pub client: IpAddr,
    /// Of which trace it is, as its sender says.
    pub caller: Option<TraceContext>,
    /// The record of what is done for it.
    pub recording: &'a Recording,
}

impl<'a> Request<'a> {
    /// For which host it is.
    #[must_use]
    pub fn host(&self) -> Option<&'a str> {
        self.authority.or_else(|| self.headers.get("host"))
    }

    /// The number of the connection, if this process must look at what it sends there, to encrypt it.
    #[must_use]
    pub fn copied_for(&self) -> Option<u64> {
        self.peer.secure.then_some(self.peer.number)
    }
}

/// The header fields of a request.
#[derive(Debug, Clone, Copy)]
pub struct Headers<'a>(pub(crate) &'a HeaderMap);

impl<'a> From<&'a HeaderMap> for Headers<'a> {
    fn from(fields: &'a HeaderMap) -> Self {
        Self(fields)
    }
}

impl<'a> Headers<'a> {
    /// The value of a field that is sent at most once. A value that is not visible ASCII is none.
    #[must_use]
    pub fn get(self, name: &str) -> Option<&'a str> {
        self.0.get(name)?.to_str().ok()
    }

    /// Whether the field is there, whatever it says.
    #[must_use]
    pub fn has(self, name: &str) -> bool {
        self.0.contains_key(name)
    }

    /// The values of all lines of a field as one list (RFC 9110 §5.3).
    #[must_use]
    pub fn list(self, name: &str) -> Option<Cow<'a, str>> {
        let mut lines = self.all(name);
        let first = lines.next()?;
        Some(lines.fold(first.into(), |list, line| format!("{list},{line}").into()))
    }

    /// The values of all lines of a field.
    pub fn all(self, name: &str) -> impl Iterator<Item = &'a str> + use<'a> {
        self.0.get_all(name).iter().filter_map(|value| value.to_str().ok())
    }
}

/// An answer, or the promise of one.
pub enum Reply {
    /// Here it is.
    Now(Response),
    /// It comes. Dropping the future gives the work up.
    Later(Pin<Box<dyn Future<Output = Response>>>),
}

impl Reply {
    /// An answer that comes later.
    pub fn later(response: impl Future<Output = Response> + 'static) -> Self {
        Self::Later(Box::pin(response))
    }
}

impl Future for Reply {
    type Output = Response;

    /// One that is there leaves an empty one behind.
    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Response> {
        match &mut *self {
            Self::Now(response) => Poll::Ready(mem::replace(response, Response::empty(500))),
            Self::Later(response) => response.as_mut().poll(context),
        }
    }
}

/// An answer.
pub struct Response {
    /// The status code.
    pub status: u16,
    /// The media type of the body, empty when there is none.
    pub content_type: &'static str,
    /// Further fields: names in lower case.
    pub headers: Vec<(&'static str, Value)>,
    /// The body.
    pub body: Body,
    /// Which user it is about, or zero.
    pub user: u64,
    /// Whether the connection ends behind it: what comes then is no request.
    pub closes: bool,
    /// What has gone wrong, in words that are not for the client.
    pub cause: Option<Box<str>>,
}

impl Response {
    /// An answer with a body.
    #[must_use]
    pub fn new(status: u16, content_type: &'static str, body: Body) -> Self {
        Self {
            status,
            content_type,
            headers: Vec::new(),
            body,
            user: 0,
            closes: false,
            cause: None,
        }
    }

    /// An answer without a body.
    #[must_use]
    pub fn empty(status: u16) -> Self {
        Self::new(status, "", Body::Empty)
    }

    /// With one more field.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl Into<Value>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// About a user.
    #[must_use]
    pub fn about(self, user: u64) -> Self {
        Self { user, ..self }
    }

    /// The consequence of this.
    #[must_use]
    pub fn because(self, cause: &str) -> Self {
        Self { cause: Some(cause.into()), ..self }
    }

    /// The connection's last one.
    #[must_use]
    pub fn closing(self) -> Self {
        Self { closes: true, ..self }
    }
}

/// The value of a field.
#[derive(Debug, Clone)]
pub enum Value {
    /// Text of the program.
    Static(&'static str),
    /// Text of this answer, in visible ASCII.
    Owned(String),
    /// Text that other answers have, too; like that.
    Shared(Bytes),
}

impl From<&'static str> for Value {
    fn from(text: &'static str) -> Self {
        Self::Static(text)
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Owned(text)
    }
}

impl From<Bytes> for Value {
    fn from(text: Bytes) -> Self {
        Self::Shared(text)
    }
}

/// An answer's body.
pub enum Body {
    /// None.
    Empty,
    /// Bytes of the program.
    Static(&'static [u8]),
    /// Bytes of this answer.
    Owned(Vec<u8>),
    /// Bytes that other answers have, too.
    Shared(Bytes),
    /// What comes, piece by piece, until nothing more does.
    Events(Receiver<Vec<u8>>),
    /// A part of a mapped file: boxed, since all other answers are smaller, and are moved as often.
    Pages(Box<Pages>),
}

impl Body {
    /// How long it is, if that is known.
    #[must_use]
    pub fn length(&self) -> Option<usize> {
        Some(match self {
            Self::Empty => 0,
            Self::Static(bytes) => bytes.len(),
            Self::Owned(bytes) => bytes.len(),
            Self::Shared(bytes) => bytes.len(),
            Self::Pages(pages) => pages.length(),
            Self::Events(_) => return None,
        })
    }
}

impl From<Vec<u8>> for Body {
    fn from(bytes: Vec<u8>) -> Self {
        Self::Owned(bytes)
    }
}
