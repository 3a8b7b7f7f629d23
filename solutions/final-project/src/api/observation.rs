//! The server, as those see it who run it.

use std::rc::Rc;
use std::time::Duration;

use serde::Serialize;

use super::Route;
use crate::app::App;
use crate::board::numbers::route;
use crate::message::{Body, Reply, Request, Response};
use crate::observe::trace::{Span, Trace};
use crate::observe::visitor;

/// The text format of Prometheus.
const TEXT: &str = "text/plain; version=0.0.4; charset=utf-8";

/// `GET /metrics`
#[utoipa::path(get, path = "/metrics", responses((status = 200, description = "What all workers have counted, in Prometheus's text format"), (status = 401, description = "This is not for everybody")))]
pub(super) fn metrics(app: &Rc<App>, request: &Request<'_>, _: &Route<'_, '_>) -> Reply {
    let text = || Body::from(app.metrics.text().into_bytes());
    Reply::Now(for_visitors(app, request, || Response::new(200, TEXT, text())))
}

/// A recorded request, as it is shown. Times are in milliseconds.
#[derive(Serialize)]
struct ShownTrace {
    /// As others name it: 32 hexadecimal digits.
    trace: String,
    /// Of the request: 16 digits.
    span: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    parent: Option<String>,
    /// Since 1970.
    begin: f64,
    took: f64,
    method: &'static str,
    route: &'static str,
    status: u16,
    worker: usize,
    spans: Vec<ShownSpan>,
}

#[derive(Serialize)]
struct ShownSpan {
    name: &'static str,
    /// Since the request's begin.
    begin: f64,
    took: f64,
    failed: bool,
}

/// `GET /traces`: the last requests that were recorded, the latest first.
#[utoipa::path(get, path = "/traces", responses((status = 200, description = "The last requests that were recorded"), (status = 401, description = "This is not for everybody")))]
pub(super) fn traces(app: &Rc<App>, request: &Request<'_>, _: &Route<'_, '_>) -> Reply {
    Reply::Now(for_visitors(app, request, || {
        let traces = app.board.traces.all();
        let traces: Vec<_> = traces.iter().map(|words| shown(&Trace::from_words(words))).collect();
        json(&traces)
    }))
}

/// Errors that are the same, as they are shown. Times are in milliseconds since 1970.
#[derive(Serialize)]
struct ShownErrors {
    fingerprint: String,
    count: u64,
    first: u64,
    last: u64,
    what: String,
}

/// `GET /errors`: what went wrong, in groups; the latest first.
#[utoipa::path(get, path = "/errors", responses((status = 200, description = "Panics, and answers that begin with a 5, in groups"), (status = 401, description = "This is not for everybody")))]
pub(super) fn errors(app: &Rc<App>, request: &Request<'_>, _: &Route<'_, '_>) -> Reply {
    Reply::Now(for_visitors(app, request, || {
        let groups = app.board.errors.all().into_iter().map(|group| ShownErrors {
            fingerprint: format!("{:016x}", group.fingerprint),
            count: group.count,
            first: group.first,
            last: group.last,
            what: group.text,
        });
        json(&groups.collect::<Vec<_>>())
    }))
}

fn json(document: &impl Serialize) -> Response {
    let bytes = serde_json::to_vec(document).expect("text and numbers can be written");
    Response::new(200, "application/json", Body::from(bytes))
}

fn for_visitors(app: &App, request: &Request<'_>, answer: impl FnOnce() -> Response) -> Response {
    request.recording.forget();
    match visitor::check(request, &app.settings) {
        Ok(()) => answer().with("cache-control", "no-store"),
        Err(refusal) => refusal,
    }
}

fn shown(trace: &Trace) -> ShownTrace {
    let (method, route) = route(trace.route);
    ShownTrace {
        trace: format!("{:032x}", trace.context.trace),
        span: format!("{:016x}", trace.context.span),
        parent: trace.parent.map(|parent| format!("{parent:016x}")),
        begin: milliseconds(trace.begin),
        took: milliseconds(trace.took),
        method,
        route,
        status: trace.status,
        worker: trace.worker,
        spans: trace.spans.iter().map(shown_span).collect(),
    }
}

fn shown_span(span: &Span) -> ShownSpan {
    let (begin, took) = (milliseconds(span.begin), milliseconds(span.took));
    ShownSpan { name: span.work.name(), begin, took, failed: span.failed }
}

fn milliseconds(time: Duration) -> f64 {
    time.as_nanos() as f64 / 1e6
}
