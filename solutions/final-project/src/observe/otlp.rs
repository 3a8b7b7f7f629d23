//! Recorded requests, for a collector of OpenTelemetry: OTLP over HTTP, as Protocol Buffers.
//!
//! The types of its messages are those of the project itself (`opentelemetry-proto`); names of attributes follow its semantic
//! conventions for HTTP. What is sent is what `/traces` shows, and each request is a span of the kind *server* with its
//! parts below it.
//!
//! Traces are collected for a second, or until there are [`BATCH_MAX`]. Those that a collector does not take are lost, and
//! counted: no answer waits for it, only so many wait to be sent, and they are sent once.

use std::process;
use std::sync::Arc;
use std::time::Duration;

use hyper::Method;
use hyper::header::{CONTENT_TYPE, HeaderValue};
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::common::v1::{AnyValue, InstrumentationScope, KeyValue};
use opentelemetry_proto::tonic::resource::v1::Resource;
use opentelemetry_proto::tonic::trace::v1::span::SpanKind;
use opentelemetry_proto::tonic::trace::v1::status::StatusCode;
use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, ScopeSpans, Span as Sent, Status};
use prost::Message as _;
use solution_4_processes::shared::Region;
use solution_5_async_io::http_client::{Client, Request};
use tokio::sync::mpsc::{Receiver, channel};
use tokio::task::spawn_local;
use tokio::time::timeout;

use super::outbound;
use super::trace::{Export, Span, Trace, Work};
use crate::board::Board;
use crate::board::numbers::route;
use crate::log::Log;
use crate::settings::HttpUrl;

/// The most traces that are sent at once.
const BATCH_MAX: usize = 128;
/// How many may wait to be sent.
const WAITING_MAX: usize = 512;
/// How long one may wait for others.
const COLLECT_MAX: Duration = Duration::from_secs(1);

/// Sends what a worker records. It needs a [`LocalSet`](tokio::task::LocalSet) around it.
#[must_use]
pub fn start(url: &HttpUrl, worker: usize, board: &Arc<Region<Board>>, log: &Arc<Log>) -> Export {
    let (sender, traces) = channel(WAITING_MAX);
    let sending =
        Sending { url: url.clone(), worker, board: Arc::clone(board), log: Arc::clone(log) };
    Export { traces: sender, sent: spawn_local(sending.send_all(traces)) }
}

struct Sending {
    url: HttpUrl,
    worker: usize,
    board: Arc<Region<Board>>,
    log: Arc<Log>,
}

impl Sending {
    /// Until nobody records any more.
    async fn send_all(self, mut traces: Receiver<Trace>) {
        let client = outbound::client();
        loop {
            let batch = collect(&mut traces).await;
            if batch.is_empty() {
                return;
            }
            if let Err(why) = self.send(&client, &batch).await {
                self.log.error(&format!("traces could not be sent (setting `otlp_url`): {why}"));
                self.board.traces_lost.add(batch.len() as u64);
            }
        }
    }

    async fn send(&self, client: &Client, batch: &[Trace]) -> Result<(), String> {
        let mut request = Request::new(Method::POST, self.url.get()).expect("it has been read");
        let protobuf = HeaderValue::from_static("application/x-protobuf");
        request.headers.insert(CONTENT_TYPE, protobuf);
        request.body = message(batch, self.worker).encode_to_vec().into();
        let response = client.send(request).await.map_err(|error| error.to_string())?;
        if response.status.is_success() { Ok(()) } else { Err(response.status.to_string()) }
    }
}

/// What comes until the batch is full, or has waited long enough; nothing at the end.
async fn collect(traces: &mut Receiver<Trace>) -> Vec<Trace> {
    let mut batch = Vec::new();
    traces.recv_many(&mut batch, BATCH_MAX).await;
    let more = async {
        while batch.len() < BATCH_MAX
            && let Some(trace) = traces.recv().await
        {
            batch.push(trace);
        }
    };
    // Whatever has come by then is in the batch.
    let _ = timeout(COLLECT_MAX, more).await;
    batch
}

fn message(batch: &[Trace], worker: usize) -> ExportTraceServiceRequest {
    let resource = Resource {
        attributes: vec![
            text("service.name", "api-server"),
            text("service.version", env!("CARGO_PKG_VERSION")),
            number("process.pid", process::id().into()),
            number("api_server.worker", worker as i64),
        ],
        ..Resource::default()
    };
    let scope = InstrumentationScope { name: "api-server".to_owned(), ..Default::default() };
    let spans = batch.iter().flat_map(spans).collect();
    let spans = ScopeSpans { scope: Some(scope), spans, ..ScopeSpans::default() };
    let of_this_process = ResourceSpans {
        resource: Some(resource),
        scope_spans: vec![spans],
        ..ResourceSpans::default()
    };
    ExportTraceServiceRequest { resource_spans: vec![of_this_process] }
}

/// The request, and its parts.
fn spans(trace: &Trace) -> Vec<Sent> {
    let (method, pattern) = route(trace.route);
    let name = if method.is_empty() { "HTTP".to_owned() } else { format!("{method} {pattern}") };
    let mut attributes = vec![number("http.response.status_code", trace.status.into())];
    if !method.is_empty() {
        attributes.push(text("http.request.method", method));
        attributes.push(text("http.route", pattern));
    }
    let mut request = sent(trace, trace.context.span, trace.begin, trace.took);
    request.parent_span_id = trace.parent.map_or_else(Vec::new, |id| id.to_be_bytes().into());
    request.kind = SpanKind::Server.into();
    // The convention: an error is the server's, or of nobody.
    let status = failed(trace.status >= 500);
    let request = Sent { name, attributes, status, ..request };
    let parts = trace.spans.iter().zip(1..).map(|(span, number)| part(trace, span, number));
    [request].into_iter().chain(parts).collect()
}

/// A part has an id that follows from its request's.
fn part(trace: &Trace, span: &Span, number: u64) -> Sent {
    let id = trace.context.span ^ number << 32;
    let kind = if span.work == Work::Compute { SpanKind::Internal } else { SpanKind::Client };
    Sent {
        parent_span_id: trace.context.span.to_be_bytes().into(),
        name: span.work.name().to_owned(),
        kind: kind.into(),
        status: failed(span.failed),
        ..sent(trace, id, trace.begin + span.begin, span.took)
    }
}

fn sent(trace: &Trace, id: u64, begin: Duration, took: Duration) -> Sent {
    Sent {
        trace_id: trace.context.trace.to_be_bytes().into(),
        span_id: id.to_be_bytes().into(),
        start_time_unix_nano: begin.as_nanos() as u64,
        end_time_unix_nano: (begin + took).as_nanos() as u64,
        ..Sent::default()
    }
}

fn failed(failed: bool) -> Option<Status> {
    failed.then(|| Status { code: StatusCode::Error.into(), ..Status::default() })
}

fn text(key: &str, value: &str) -> KeyValue {
    attribute(key, Value::StringValue(value.to_owned()))
}

fn number(key: &str, value: i64) -> KeyValue {
    attribute(key, Value::IntValue(value))
}

fn attribute(key: &str, value: Value) -> KeyValue {
    let value = Some(AnyValue { value: Some(value) });
    KeyValue { key: key.to_owned(), value, ..KeyValue::default() }
}
