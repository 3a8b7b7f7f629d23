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
    /// Of a whole URL: whose it is.
    pub(super) authority: Option<Span>,
    pub(super) version: Version,
}

impl RequestLine {
    #[inline]
    pub(super) fn parse(bytes: &[u8], line: &[u8]) -> Result<Self, RequestError> {
        let (method, target, version) = cut(line)?;
        let authority = authority(target)?.map(|authority| Span::of(bytes, authority));
        let [method, target] = [method, target].map(|part| Span::of(bytes, part));
        Ok(Self { method, target, authority, version })
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
        _ => behind_scheme(target).is_some(),
    };
    let is_plain = target.iter().fold(true, |plain, &byte| {
        // Without a branch, the compiler does many at once.
        plain & (b'!'..=b'~').contains(&byte) & (byte != b'#')
    });
    has_form && is_plain && method != b"CONNECT"
}

/// What a whole URL has behind its scheme, in which upper and lower case are the same (RFC 3986 §3.1).
fn behind_scheme(target: &[u8]) -> Option<&[u8]> {
    let at = target.iter().position(|&byte| byte == b':')?;
    let (scheme, behind) = target.split_at(at);
    let is_ours = scheme.eq_ignore_ascii_case(b"http") || scheme.eq_ignore_ascii_case(b"https");
    behind.strip_prefix(b"://").filter(|_| is_ours)
}

/// Host and port of a whole URL. They are there, and nobody is named in front of them (RFC 9110 §4.2).
#[inline]
fn authority(target: &[u8]) -> Result<Option<&[u8]>, RequestError> {
    if let [b'/', ..] | b"*" = target {
        return Ok(None);
    }
    let rest = behind_scheme(target).ok_or(RequestError::Target)?;
    let end = rest.iter().position(|byte| matches!(byte, b'/' | b'?')).unwrap_or(rest.len());
    if is_host(&rest[..end]) { Ok(Some(&rest[..end])) } else { Err(RequestError::Host) }
}

/// A name or an address, and perhaps a port.
pub(super) fn is_host(text: &[u8]) -> bool {
    let is_part = |byte: &u8| byte.is_ascii_alphanumeric() || b"-._~:[]".contains(byte);
    !text.is_empty() && text.iter().all(is_part)
}
