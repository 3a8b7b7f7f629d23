//! Where requests go, and their bytes.

use std::fmt;
use std::net::{SocketAddr, ToSocketAddrs as _};

/// What is sent, to where.
#[derive(Debug, Clone)]
pub struct Target {
    /// As it was given.
    pub url: String,
    /// Where to connect.
    pub address: SocketAddr,
    /// One whole request.
    pub request: Vec<u8>,
    /// Answers to it have no body, whatever their head says.
    pub head: bool,
}

/// What a request is made of.
#[derive(Debug, Clone, Default)]
pub struct Request {
    /// `GET` when empty.
    pub method: String,
    /// `name: value`.
    pub headers: Vec<String>,
    /// Sent with its length.
    pub body: Option<Vec<u8>>,
    /// Ask the server to close after each answer.
    pub close: bool,
}

/// Why there is no target.
#[derive(Debug, PartialEq, Eq)]
pub enum TargetError {
    /// It is no URL that this program can load.
    Url(String, &'static str),
    /// The host's name leads nowhere.
    Unknown(String),
    /// The host is another machine.
    Remote(SocketAddr),
    /// A header or the method would break the request.
    Malformed(String),
}

impl fmt::Display for TargetError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Url(url, why) => write!(f, "cannot load `{url}`: {why}"),
            Self::Unknown(host) => write!(f, "cannot find the host `{host}`"),
            Self::Remote(address) => write!(
                f,
                "`{address}` is not this machine (load on somebody else's server is an attack; if it is yours, add `--allow-remote`)"
            ),
            Self::Malformed(text) => {
                write!(
                    f,
                    "`{text}` cannot stand in a request (a header is `name: value` in one line)"
                )
            }
        }
    }
}

impl std::error::Error for TargetError {}

impl Target {
    /// Takes a URL apart and composes the request.
    ///
    /// # Errors
    ///
    /// See [`TargetError`]. Only loopback addresses are taken unless others are allowed.
    pub fn new(url: &str, request: &Request, allow_remote: bool) -> Result<Self, TargetError> {
        let refused = |why| TargetError::Url(url.to_owned(), why);
        let rest = match url.split_once("://") {
            Some(("http", rest)) => rest,
            Some(("https", _)) => return Err(refused("TLS is not spoken here (only `http://`)")),
            Some(_) => return Err(refused("only `http://` is spoken here")),
            None => url,
        };
        let rest = rest.split('#').next().unwrap_or_default();
        let at = rest.find(['/', '?']).unwrap_or(rest.len());
        let (host, path) = rest.split_at(at);
        if host.is_empty() || host.contains('@') {
            return Err(refused("it names no host (`http://127.0.0.1:8080/path`)"));
        }
        if path.contains(|c: char| c.is_ascii_control() || c == ' ') {
            return Err(refused("the path holds a space or a control character"));
        }
        let path = match path.strip_prefix('/') {
            Some(_) => path.to_owned(),
            None => format!("/{path}"),
        };
        let address = resolve(host).ok_or_else(|| TargetError::Unknown(host.to_owned()))?;
        if !address.ip().is_loopback() && !allow_remote {
            return Err(TargetError::Remote(address));
        }
        let head = request.method == "HEAD";
        let request = compose(host, &path, request)?;
        Ok(Self { url: format!("http://{host}{path}"), address, request, head })
    }
}

/// IPv4 first: `localhost` is both, and servers listen on it more often.
fn resolve(host: &str) -> Option<SocketAddr> {
    let with_port = match host.rsplit_once(':') {
        Some((_, port)) if !port.ends_with(']') => host.to_owned(),
        _ => format!("{host}:80"),
    };
    let mut found: Vec<SocketAddr> = with_port.to_socket_addrs().ok()?.collect();
    found.sort_by_key(SocketAddr::is_ipv6);
    found.first().copied()
}

fn compose(host: &str, path: &str, request: &Request) -> Result<Vec<u8>, TargetError> {
    let method = if request.method.is_empty() { "GET" } else { &request.method };
    if !method.bytes().all(|byte| byte.is_ascii_alphabetic() || byte == b'-') {
        return Err(TargetError::Malformed(method.to_owned()));
    }
    let mut head = format!("{method} {path} HTTP/1.1\r\n");
    let mut names = Vec::new();
    for header in &request.headers {
        let malformed = || TargetError::Malformed(header.clone());
        let (name, value) = header.split_once(':').ok_or_else(malformed)?;
        let token = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
        if name.is_empty() || !name.bytes().all(token) || value.contains(['\r', '\n', '\0']) {
            return Err(malformed());
        }
        names.push(name.to_ascii_lowercase());
        head.push_str(&format!("{name}: {}\r\n", value.trim()));
    }
    let mut unless_given = |name: &str, value: &str| {
        if !names.iter().any(|given| given.eq_ignore_ascii_case(name)) {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
    };
    unless_given("Host", host);
    if request.close {
        unless_given("Connection", "close");
    }
    if let Some(body) = &request.body {
        unless_given("Content-Length", &body.len().to_string());
    }
    head.push_str("\r\n");
    let mut bytes = head.into_bytes();
    bytes.extend(request.body.iter().flatten());
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn target(url: &str) -> Result<Target, TargetError> {
        Target::new(url, &Request::default(), false)
    }

    #[test]
    fn a_url_becomes_a_request() {
        let target = target("http://127.0.0.1:8080/users?limit=2#part").expect("it is one");
        assert_eq!(target.address, SocketAddr::from(([127, 0, 0, 1], 8080)));
        let text = String::from_utf8(target.request).expect("ASCII");
        assert_eq!(text, "GET /users?limit=2 HTTP/1.1\r\nHost: 127.0.0.1:8080\r\n\r\n");
    }

    #[test]
    fn what_is_left_out_is_what_everybody_expects() {
        assert_eq!(target("127.0.0.1").expect("it is one").address.port(), 80);
        assert!(target("http://127.0.0.1:1?a").expect("it is one").url.ends_with(":1/?a"));
        assert!(target("http://[::1]:8080/").expect("it is one").address.is_ipv6());
    }

    #[test]
    fn other_machines_and_other_protocols_are_refused() {
        assert!(matches!(target("http://192.0.2.1/"), Err(TargetError::Remote(_))));
        assert!(Target::new("http://192.0.2.1/", &Request::default(), true).is_ok());
        for url in ["https://127.0.0.1/", "ftp://127.0.0.1/", "http:///", "http://a@127.0.0.1/"] {
            assert!(matches!(target(url), Err(TargetError::Url(..))), "{url}");
        }
        assert!(matches!(target("http://127.0.0.1:99999/"), Err(TargetError::Unknown(_))));
    }

    #[test]
    fn headers_are_kept_and_cannot_smuggle() {
        let request = Request {
            method: "POST".to_owned(),
            headers: vec!["host: other".to_owned(), "X-A:  b ".to_owned()],
            body: Some(b"{}".to_vec()),
            close: true,
        };
        let target = Target::new("http://127.0.0.1/x", &request, false).expect("it is one");
        let text = String::from_utf8(target.request).expect("ASCII");
        assert_eq!(
            text,
            "POST /x HTTP/1.1\r\nhost: other\r\nX-A: b\r\nConnection: close\r\nContent-Length: 2\r\n\r\n{}"
        );
        for header in ["no colon", ": empty", "a b: c", "a: b\r\nc: d"] {
            let request = Request { headers: vec![header.to_owned()], ..Request::default() };
            let made = Target::new("http://127.0.0.1/", &request, false);
            assert!(matches!(made, Err(TargetError::Malformed(_))), "{header}");
        }
    }
}
