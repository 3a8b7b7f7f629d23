//! Where a request goes.

use std::net::IpAddr;

use hyper::Uri;
use hyper::header::HeaderValue;
use hyper::http::uri::PathAndQuery;

use super::error::ClientError;

/// The parts of a URL.
#[derive(Debug, Clone)]
pub(super) struct Target {
    pub(super) authority: Name,
    /// For the `host` header: as it was written (RFC 9110 §7.2).
    pub(super) host: HeaderValue,
    /// For the request line (RFC 9112 §3.2.1).
    pub(super) path: Uri,
}

/// A host, in small letters, and a port.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Name {
    pub(super) host: String,
    pub(super) port: u16,
}

impl Target {
    pub(super) fn of(uri: &Uri) -> Result<Self, ClientError> {
        let wrong = || ClientError::Url(uri.to_string());
        match uri.scheme_str() {
            Some("http") => {}
            Some("https") => return Err(ClientError::Https(uri.to_string())),
            _ => return Err(wrong()),
        }
        let authority = uri.authority().ok_or_else(wrong)?;
        // What stands behind the host: a port, or nothing. Before it there may be a password, which does not belong into
        // a URL (RFC 9110 §4.2.4).
        let behind = authority.as_str().strip_prefix(authority.host()).ok_or_else(wrong)?;
        let port = match behind.strip_prefix(':').unwrap_or(behind) {
            "" => 80,
            port => port.parse().map_err(|_| wrong())?,
        };
        if authority.host().is_empty() || port == 0 {
            return Err(wrong());
        }
        let path = uri.path_and_query().cloned().unwrap_or_else(|| PathAndQuery::from_static("/"));
        Ok(Self {
            authority: Name { host: authority.host().to_ascii_lowercase(), port },
            host: HeaderValue::from_str(authority.as_str()).map_err(|_| wrong())?,
            path: Uri::from(path),
        })
    }
}

impl Name {
    /// The address, if the host is one already. IPv6 is written in brackets (RFC 3986 §3.2.2).
    pub(super) fn address(&self) -> Option<IpAddr> {
        let host = self.host.strip_prefix('[').and_then(|host| host.strip_suffix(']'));
        host.unwrap_or(&self.host).parse().ok()
    }
}
