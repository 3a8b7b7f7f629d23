//! Who may ask.
//!
//! A page of any site may make the reader's browser send requests to this machine, and a name of
//! any site may be made to lead here (DNS rebinding). So the request must name this machine and
//! this port, whatever it asks for; streams are only for pages of this book; and what acts is only for pages that
//! carry the token of this start of the server, which no page of another site can read.

use std::fs::File;
use std::io::{self, Read as _};
use std::net::{IpAddr, SocketAddr};

use hyper::header::{CONTENT_TYPE, HOST, HeaderMap, ORIGIN};
use hyper::{Method, Request, StatusCode};

/// The paths that act.
pub(super) const ACTS: &str = "/api/";

/// What is told to pages of other sites.
const OTHER_SITE: &str = "only for pages of this book";

/// Why a request is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Refusal {
    pub(super) status: StatusCode,
    pub(super) reason: &'static str,
}

/// The names that this server answers to.
#[derive(Debug)]
pub(super) struct Guard {
    address: SocketAddr,
    remote: bool,
    token: String,
}

impl Guard {
    pub(super) fn new(address: SocketAddr, remote: bool, token: String) -> Self {
        Self { address, remote, token }
    }

    /// The checks that hold for every request, in this order.
    pub(super) fn check<B>(&self, request: &Request<B>) -> Result<(), Refusal> {
        let mut hosts = request.headers().get_all(HOST).iter();
        let host = hosts.next().and_then(|host| host.to_str().ok());
        let alone = hosts.next().is_none();
        // A request line may name a host too: `GET http://host/ HTTP/1.1`.
        let line = request.uri().authority().is_none_or(|authority| self.ours(authority.as_str()));
        if !(alone && line && host.is_some_and(|host| self.ours(host))) {
            return Err(Refusal {
                status: StatusCode::FORBIDDEN,
                reason: "this server does not go by that name",
            });
        }
        let acts = request.uri().path().starts_with(ACTS);
        match *request.method() {
            Method::POST if acts => self.may_act(request.headers()),
            Method::GET | Method::HEAD if !acts => Ok(()),
            _ => Err(Refusal {
                status: StatusCode::METHOD_NOT_ALLOWED,
                reason: if acts { "only POST" } else { "only GET and HEAD" },
            }),
        }
    }

    /// A page of this book, of this start of the server, that sends JSON. A form of another site can send neither
    /// that content type nor that header without being asked for leave first, and nobody gets leave here.
    fn may_act(&self, headers: &HeaderMap) -> Result<(), Refusal> {
        same_site(headers)?;
        if let Some(origin) = headers.get(ORIGIN) {
            let origin = origin.to_str().unwrap_or_default();
            if !origin.strip_prefix("http://").is_some_and(|host| self.ours(host)) {
                return Err(Refusal { status: StatusCode::FORBIDDEN, reason: OTHER_SITE });
            }
        }
        if headers.get(CONTENT_TYPE).is_none_or(|kind| kind != "application/json") {
            let status = StatusCode::UNSUPPORTED_MEDIA_TYPE;
            return Err(Refusal { status, reason: "only application/json" });
        }
        let token = headers.get("x-workbook-token").map_or(&b""[..], |token| token.as_bytes());
        if !same(token, self.token.as_bytes()) {
            return Err(Refusal { status: StatusCode::FORBIDDEN, reason: "token" });
        }
        Ok(())
    }

    fn ours(&self, host: &str) -> bool {
        // Browsers leave port 80 out.
        let (name, port) = match host.rsplit_once(':') {
            Some((name, port)) if !port.ends_with(']') => (name, port),
            _ if self.address.port() == 80 => (host, "80"),
            _ => return false,
        };
        if port != self.address.port().to_string() {
            return false;
        }
        let bare = name.strip_prefix('[').and_then(|name| name.strip_suffix(']')).unwrap_or(name);
        // An address cannot be made to lead elsewhere, only a name can.
        let address = bare.parse::<IpAddr>().ok();
        matches!(name, "localhost" | "127.0.0.1" | "[::1]")
            || address.is_some_and(|address| self.remote || address == self.address.ip())
    }
}

/// What only pages of this book may ask for.
pub(super) fn same_site(headers: &HeaderMap) -> Result<(), Refusal> {
    match headers.get("sec-fetch-site").map(|site| site.as_bytes()) {
        // Old browsers and tools do not send it; no page of another site can read the answer.
        None | Some(b"same-origin" | b"none") => Ok(()),
        Some(_) => Err(Refusal { status: StatusCode::FORBIDDEN, reason: OTHER_SITE }),
    }
}

/// A new token: 128 bits that nobody can guess.
pub(super) fn token() -> io::Result<String> {
    let mut bytes = [0; 16];
    File::open("/dev/urandom")?.read_exact(&mut bytes)?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}

/// Whether two byte strings are the same, in a time that does not tell where they differ.
fn same(left: &[u8], right: &[u8]) -> bool {
    left.len() == right.len() && left.iter().zip(right).fold(0, |sum, (l, r)| sum | (l ^ r)) == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn guard(port: u16, remote: bool) -> Guard {
        Guard::new(SocketAddr::from(([127, 0, 0, 1], port)), remote, String::new())
    }

    #[test]
    fn only_names_of_this_machine_with_our_port_are_ours() {
        let local = guard(3000, false);
        for host in ["localhost:3000", "127.0.0.1:3000", "[::1]:3000"] {
            assert!(local.ours(host), "{host}");
        }
        for host in [
            "",
            "localhost",
            "localhost:3001",
            "localhost:03000",
            "localhost.:3000",
            "evil.example:3000",
            "[::1]",
            "127.0.0.1:3000@evil.example",
            "evil.example:3000:3000",
            "127.0.0.2:3000",
            "192.168.0.9:3000",
            "::1:3000",
            "0.0.0.0:3000",
            "localhost:3000 ",
            "LOCALHOST.evil.example:3000",
        ] {
            assert!(!local.ours(host), "{host}");
        }
        let other = Guard::new(SocketAddr::from(([127, 0, 0, 2], 3000)), false, String::new());
        assert!(other.ours("127.0.0.2:3000"));
        assert!(!other.ours("127.0.0.3:3000"));
        assert!(guard(80, false).ours("localhost"));
        assert!(!guard(80, false).ours("evil.example"));
    }

    #[test]
    fn a_server_for_other_machines_answers_to_addresses_but_to_no_name() {
        let remote = guard(3000, true);
        assert!(remote.ours("192.168.0.9:3000"));
        assert!(remote.ours("[fe80::1]:3000"));
        assert!(!remote.ours("evil.example:3000"));
        assert!(!remote.ours("192.168.0.9:3001"));
    }
}
