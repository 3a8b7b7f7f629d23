//! The request line: a method, a target and a version (RFC 9112 §3).

use super::RequestError;
use super::field::{Span, is_token};

/// Which HTTP the client speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Version {
    /// A connection is for one request, unless both sides say otherwise.
    Http10,
    /// A connection is for many, unless one side says otherwise.
    Http11,
}

/// Where the parts lie in the buffer.
#[derive(Debug)]
pub(super) struct RequestLine {
    pub(super) method: Span,
    pub(super) target: Span,
    pub(super) version: Version,
}

impl RequestLine {
    #[inline]
    pub(super) fn parse(bytes: &[u8], line: &[u8]) -> Result<Self, RequestError> {
        let (method, target, version) = cut(line)?;
        Ok(Self { method: Span::of(bytes, method), target: Span::of(bytes, target), version })
    }
}

/// The three parts, which have one space between them.
///
/// A method is a token. A target is visible ASCII without `#`: a path, or a whole URL, or `*`. `CONNECT` is refused, which
/// has another kind of target: this is no proxy.
#[inline]
fn cut(line: &[u8]) -> Result<(&[u8], &[u8], Version), RequestError> {
    let mut parts = line.split(|&byte| byte == b' ');
    let parts = [parts.next(), parts.next(), parts.next(), parts.next()];
    let [Some(method), Some(target), Some(version), None] = parts else {
        return Err(RequestError::Line);
    };
    let version = match version {
        b"HTTP/1.1" => Version::Http11,
        b"HTTP/1.0" => Version::Http10,
        _ => return Err(RequestError::Version),
    };
    if !is_token(method) {
        return Err(RequestError::Method);
    }
    if !is_target(method, target) {
        return Err(RequestError::Target);
    }
    Ok((method, target, version))
}

/// Whether a request with this method can be for that target (RFC 9112 §3.2).
#[inline]
fn is_target(method: &[u8], target: &[u8]) -> bool {
    let has_form = match target {
        [b'/', ..] => true,
        b"*" => method == b"OPTIONS",
        _ => target.starts_with(b"http://") || target.starts_with(b"https://"),
    };
    let is_plain = target.iter().fold(true, |plain, &byte| {
        // Without a branch, the compiler does many at once.
        plain & (b'!'..=b'~').contains(&byte) & (byte != b'#')
    });
    has_form && is_plain && method != b"CONNECT"
}
