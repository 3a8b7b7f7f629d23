//! What a browser must not do with an answer.
//!
//! An API's answers are data. A browser that is led to one must not take it for a page: not guess another type
//! (`x-content-type-options`), and load nothing for it and show it in no frame (`content-security-policy`). Over TLS it is
//! told to come over TLS only (RFC 6797).
//!
//! Each field costs 2 % of the processor time of a small answer. So there are no more: what else is on the usual lists is
//! about pages, and these are none.

use hyper::HeaderMap;
use hyper::header::{
    CONTENT_SECURITY_POLICY, HeaderValue, STRICT_TRANSPORT_SECURITY, X_CONTENT_TYPE_OPTIONS,
};

/// No other type than the one that is named.
const NO_GUESS: HeaderValue = HeaderValue::from_static("nosniff");
/// What is no page loads nothing, and is shown in none.
const NO_PAGE: HeaderValue = HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'");
/// What pages among the static files may do: load what is here.
pub const OF_PAGES: &str = "default-src 'self'; frame-ancestors 'none'";

/// For a year.
const TLS_ONLY: HeaderValue = HeaderValue::from_static("max-age=31536000");

/// Adds them, where the answer does not say otherwise.
pub fn tell(headers: &mut HeaderMap, secure: bool) {
    headers.insert(X_CONTENT_TYPE_OPTIONS, NO_GUESS);
    headers.entry(CONTENT_SECURITY_POLICY).or_insert(NO_PAGE);
    if secure {
        headers.insert(STRICT_TRANSPORT_SECURITY, TLS_ONLY);
    }
}
