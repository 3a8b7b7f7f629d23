//! What is sent, and what comes back.

use bytes::Bytes;
use hyper::{HeaderMap, Method, StatusCode, Uri};

use super::error::ClientError;
use super::target::Target;

/// A request.
#[derive(Debug, Clone)]
pub struct Request {
    /// What to do.
    pub method: Method,
    /// With what, and where: `http://host[:port]/path?query`.
    pub uri: Uri,
    /// Without `host`, `content-length` and `transfer-encoding`, which are the client's business: it replaces them.
    pub headers: HeaderMap,
    /// What is sent with it.
    pub body: Bytes,
    /// Whether it may be done twice. [`new`](Self::new) says what RFC 9110 §9.2.2 says of the method. A `POST` may be as
    /// well, when it carries something by which the other side knows it again.
    pub idempotent: bool,
}

impl Request {
    /// A request without headers and body.
    ///
    /// # Errors
    ///
    /// `url` is none that the client could send something to.
    pub fn new(method: Method, url: &str) -> Result<Self, ClientError> {
        let uri: Uri = url.parse().map_err(|_| ClientError::Url(url.to_owned()))?;
        Target::of(&uri)?;
        let idempotent = method.is_idempotent();
        Ok(Self { method, uri, headers: HeaderMap::new(), body: Bytes::new(), idempotent })
    }
}

/// The whole of an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Response {
    /// How it went, as the other side sees it.
    pub status: StatusCode,
    /// What it says about it.
    pub headers: HeaderMap,
    /// What it sent. Never longer than [`Options::body_bytes_max`](super::Options::body_bytes_max).
    pub body: Bytes,
}
