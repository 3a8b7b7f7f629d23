//! Errors as a client sees them: problem documents (RFC 9457).

use std::time::Duration;

use serde::Serialize;
use solution_2_lifecycle::validate;

use crate::message::{Body, Response};

/// What a client is told. What it is not told stands in the log.
#[derive(Debug, Serialize)]
struct Document<'a> {
    title: &'static str,
    status: u16,
    #[serde(skip_serializing_if = "str::is_empty")]
    detail: &'a str,
}

/// An answer with a problem document.
#[must_use]
pub fn problem(status: u16, detail: &str) -> Response {
    let response = document(status, &Document { title: reason(status), status, detail });
    if status < 500 { response } else { response.because(detail) }
}

/// An answer to an input that broke rules.
#[must_use]
pub fn invalid(problem: &validate::Problem) -> Response {
    document(problem.status, problem)
}

/// The server cannot answer now, and when to come again.
#[must_use]
pub fn unavailable(detail: &str) -> Response {
    problem(503, detail).with("retry-after", "1")
}

/// The value of `retry-after` (RFC 9110 §10.2.3): whole seconds, so that nobody comes too early.
#[must_use]
pub fn retry_after(time: Duration) -> String {
    time.as_millis().div_ceil(1000).max(1).to_string()
}

fn document(status: u16, document: &impl Serialize) -> Response {
    let bytes = serde_json::to_vec(document).expect("text and numbers can be written");
    Response::new(status, "application/problem+json", Body::from(bytes))
}

/// A status in words (RFC 9110 §15).
fn reason(status: u16) -> &'static str {
    let status = hyper::StatusCode::from_u16(status).ok();
    status.and_then(|status| status.canonical_reason()).unwrap_or("Error")
}
