//! Whether a client means this server: the field `host`.
//!
//! RFC 9112 §3.2: a request of HTTP/1.1 has exactly one, and its value is a name or an address, with a port perhaps. Who
//! answers without it, or picks one of two, answers for somebody else: a cache in between may have picked the other one. A
//! request whose target is a whole URL has the name there, and that one counts (§3.2.2). In HTTP/2 it is `:authority`,
//! which must not differ from a `host` beside it (RFC 9113 §8.3.1).

use hyper::header::HOST;
use hyper::http::request::Parts;
use hyper::{HeaderMap, Version};

use crate::message::Response;
use crate::problem::problem;
use crate::settings::Hosts;

/// The longest name (RFC 1035 §2.3.4), a port, and brackets.
const HOST_BYTES_MAX: usize = 255 + 6 + 2;

/// Whether the request is for this server.
///
/// # Errors
///
/// The answer for it: 400, or 421 when it is meant for another one.
pub fn check(parts: &Parts, hosts: &Hosts) -> Result<(), Response> {
    let field = the_one(&parts.headers).map_err(|()| malformed())?;
    let target = parts.uri.authority().map(|authority| authority.as_str());
    let host = match (parts.version, target, field) {
        (Version::HTTP_2, Some(target), Some(field)) if target != field => return Err(malformed()),
        (Version::HTTP_2, Some(target), _) => target,
        (Version::HTTP_11, _, None) | (Version::HTTP_2, None, None) => return Err(malformed()),
        // HTTP/1.0 knows no such field.
        (_, None, None) => return Ok(()),
        // The field does not count then, and must be one all the same.
        (_, Some(_), Some(field)) if name(field).is_none() => return Err(malformed()),
        (_, Some(target), _) => target,
        (_, None, Some(field)) => field,
    };
    let name = name(host).ok_or_else(malformed)?;
    if hosts.are_any() || hosts.contain(&name.to_ascii_lowercase()) {
        return Ok(());
    }
    // RFC 9110 §7.4.
    Err(problem(421, "this server has another name"))
}

/// The field's value, if it is there; nothing else than one is in order.
fn the_one(headers: &HeaderMap) -> Result<Option<&str>, ()> {
    let mut values = headers.get_all(HOST).iter();
    match (values.next(), values.next()) {
        (None, _) => Ok(None),
        (Some(value), None) => value.to_str().map(Some).map_err(|_| ()),
        (Some(_), Some(_)) => Err(()),
    }
}

/// The host without its port, if it is one (RFC 9110 §7.2, RFC 3986 §3.2.2). Nobody's user name belongs there.
fn name(host: &str) -> Option<&str> {
    let end = if host.starts_with('[') {
        host.find(']')? + 1
    } else {
        host.find(':').unwrap_or(host.len())
    };
    let (name, port) = host.split_at(end);
    let port_is_one = port.is_empty()
        || port
            .strip_prefix(':')
            .is_some_and(|port| port.bytes().all(|byte| byte.is_ascii_digit()));
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b".-_~%!$&'()*+,;=:[]".contains(&byte);
    let is_one = !name.is_empty() && host.len() <= HOST_BYTES_MAX && name.bytes().all(allowed);
    (is_one && port_is_one).then_some(name)
}

fn malformed() -> Response {
    problem(400, "a request has one field `host`, and in it a name")
}
