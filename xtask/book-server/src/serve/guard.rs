//! Who may ask.
//!
//! A page of any site may make the reader's browser send requests to this machine, and a name of
//! any site may be made to lead here (DNS rebinding). So the request must name this machine and
//! this port, whatever it asks for; and streams are only for pages of this book.

use std::net::{IpAddr, SocketAddr};

use hyper::header::{HOST, HeaderMap};
use hyper::{Method, Request, StatusCode};

/// Why a request is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Refusal {
    pub(super) status: StatusCode,
    pub(super) reason: &'static str,
}

/// The names that this server answers to.
#[derive(Debug)]
pub(super) struct Guard {
    port: u16,
    remote: bool,
}

impl Guard {
    pub(super) fn new(address: SocketAddr, remote: bool) -> Self {
        Self { port: address.port(), remote }
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
        if !matches!(*request.method(), Method::GET | Method::HEAD) {
            return Err(Refusal {
                status: StatusCode::METHOD_NOT_ALLOWED,
                reason: "only GET and HEAD",
            });
        }
        Ok(())
    }

    fn ours(&self, host: &str) -> bool {
        // Browsers leave port 80 out.
        let (name, port) = match host.rsplit_once(':') {
            Some((name, port)) if !port.ends_with(']') => (name, port),
            _ if self.port == 80 => (host, "80"),
            _ => return false,
        };
        if port != self.port.to_string() {
            return false;
        }
        let bare = name.strip_prefix('[').and_then(|name| name.strip_suffix(']')).unwrap_or(name);
        // An address cannot be made to lead elsewhere, only a name can.
        matches!(name, "localhost" | "127.0.0.1" | "[::1]")
            || (self.remote && bare.parse::<IpAddr>().is_ok())
    }
}

/// What only pages of this book may ask for.
pub(super) fn same_site(headers: &HeaderMap) -> Result<(), Refusal> {
    match headers.get("sec-fetch-site").map(|site| site.as_bytes()) {
        // Old browsers and tools do not send it; no page of another site can read the answer.
        None | Some(b"same-origin" | b"none") => Ok(()),
        Some(_) => {
            Err(Refusal { status: StatusCode::FORBIDDEN, reason: "only for pages of this book" })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn guard(port: u16, remote: bool) -> Guard {
        Guard::new(SocketAddr::from(([127, 0, 0, 1], port)), remote)
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
