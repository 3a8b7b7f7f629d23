//! What a browser must not do with an answer.
//!
//! An API's answers are data. A browser that is led to one must not take it for a page: not guess another type
//! (`x-content-type-options`), load nothing for it and show it in no frame (`content-security-policy`), and tell nobody
//! where it was (`referrer-policy`). Over TLS it is told to come over TLS only (RFC 6797).

use hyper::HeaderMap;
use hyper::header::{
    CONTENT_SECURITY_POLICY, HeaderName, HeaderValue, REFERRER_POLICY, STRICT_TRANSPORT_SECURITY,
    X_CONTENT_TYPE_OPTIONS,
};

const ALWAYS: [(HeaderName, HeaderValue); 3] = [
    (X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    (
        CONTENT_SECURITY_POLICY,
        HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'"),
    ),
    (REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
];

/// What pages among the static files may do: load what is here.
pub const OF_PAGES: &str = "default-src 'self'; frame-ancestors 'none'";

/// For a year.
const TLS_ONLY: HeaderValue = HeaderValue::from_static("max-age=31536000");

/// Adds them, where the answer does not say otherwise.
pub fn tell(headers: &mut HeaderMap, secure: bool) {
    for (name, value) in ALWAYS {
        headers.entry(name).or_insert(value);
    }
    if secure {
        headers.insert(STRICT_TRANSPORT_SECURITY, TLS_ONLY);
    }
}
