//! Goal: what the server records comes to a collector of OpenTelemetry as such a collector expects it.
//!
//! Method: a collector of the test's own, which reads the messages with the types of the OpenTelemetry project.
//! Not proven: that any other collector takes them.

mod house;

use std::collections::HashMap;
use std::io::{Read, Write};
use std::net::TcpListener;
use std::sync::{Arc, Mutex};
use std::thread;

use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::KeyValue;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::trace::v1::Span;
use prost::Message;

use house::exposition::Exposition;
use house::{Server, WAIT_MAX, until};

/// Takes what comes, as long as the test runs.
struct Collector {
    url: String,
    received: Arc<Mutex<Vec<ExportTraceServiceRequest>>>,
}

impl Collector {
    /// It answers with this status.
    fn start(status: &'static str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/v1/traces", listener.local_addr().unwrap());
        let received = Arc::<Mutex<Vec<_>>>::default();
        let its = Arc::clone(&received);
        thread::spawn(move || {
            for mut stream in listener.incoming().map(Result::unwrap) {
                let received = Arc::clone(&its);
                thread::spawn(move || {
                    stream.set_read_timeout(Some(WAIT_MAX)).unwrap();
                    while let Some(request) = request(&mut stream) {
                        received.lock().unwrap().push(request);
                        let answer = format!("HTTP/1.1 {status}\r\ncontent-length: 0\r\n\r\n");
                        if stream.write_all(answer.as_bytes()).is_err() {
                            return;
                        }
                    }
                });
            }
        });
        Self { url, received }
    }

    fn spans(&self) -> Vec<Span> {
        let received = self.received.lock().unwrap();
        let of_processes = received.iter().flat_map(|request| &request.resource_spans);
        let of_scopes = of_processes.flat_map(|spans| &spans.scope_spans);
        of_scopes.flat_map(|spans| spans.spans.clone()).collect()
    }
}

/// The next one of a connection; `None` when there is none.
fn request(stream: &mut impl Read) -> Option<ExportTraceServiceRequest> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        stream.read_exact(&mut byte).ok()?;
        head.push(byte[0]);
    }
    let head = String::from_utf8(head).unwrap().to_ascii_lowercase();
    assert!(head.starts_with("post /v1/traces http/1.1\r\n"), "{head}");
    assert!(head.contains("content-type: application/x-protobuf\r\n"), "{head}");
    let (_, length) = head.split_once("content-length: ").expect("a length");
    let mut body = vec![0; length.lines().next()?.parse().unwrap()];
    stream.read_exact(&mut body).ok()?;
    Some(ExportTraceServiceRequest::decode(&body[..]).expect("a message"))
}

fn attributes(all: &[KeyValue]) -> HashMap<&str, Value> {
    let value = |pair: &KeyValue| pair.value.clone()?.value;
    all.iter().map(|pair| (pair.key.as_str(), value(pair).expect("a value"))).collect()
}

#[test]
fn a_request_is_a_span_of_its_callers_trace_with_its_parts_below_it() {
    let collector = Collector::start("200 OK");
    let server = Server::start(&["--otlp-url", &collector.url, "--trace-sample", "0"]);
    let field = "traceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    assert_eq!(server.client().ask("GET", "/users/7", &[field], b"").status, 404);
    until("it has come", || !collector.spans().is_empty());
    let spans = collector.spans();
    let (request, parts) = spans.split_first().unwrap();
    assert_eq!(request.trace_id, 0x4bf92f3577b34da6a3ce929d0e0e4736_u128.to_be_bytes());
    assert_eq!(request.parent_span_id, 0x00f067aa0ba902b7_u64.to_be_bytes());
    assert_eq!(request.name, "GET /users/{id}");
    assert_eq!(request.kind, 2, "a server's");
    assert_eq!(request.status, None, "404 is the client's affair");
    let its = attributes(&request.attributes);
    assert_eq!(its["http.request.method"], Value::StringValue("GET".to_owned()));
    assert_eq!(its["http.route"], Value::StringValue("/users/{id}".to_owned()));
    assert_eq!(its["http.response.status_code"], Value::IntValue(404));

    let names: Vec<_> = parts.iter().map(|part| part.name.as_str()).collect();
    assert_eq!(names, ["db-query", "queue-publish"]);
    let mut ids: Vec<_> = spans.iter().map(|span| &span.span_id).collect();
    ids.sort();
    ids.dedup();
    assert!(ids.len() == spans.len() && ids.iter().all(|id| id.len() == 8), "{ids:?}");
    for part in parts {
        assert_eq!((&part.trace_id, &part.parent_span_id), (&request.trace_id, &request.span_id));
        assert!(part.start_time_unix_nano >= request.start_time_unix_nano);
        assert!(part.end_time_unix_nano >= part.start_time_unix_nano);
    }
    let received = collector.received.lock().unwrap();
    let resource = received[0].resource_spans[0].resource.as_ref().unwrap();
    let of_process = attributes(&resource.attributes);
    assert_eq!(of_process["service.name"], Value::StringValue("api-server".to_owned()));
}

#[test]
fn what_failed_is_marked_and_the_last_ones_are_sent_at_the_end() {
    let collector = Collector::start("200 OK");
    // Nobody is there.
    let database = "postgres://users@127.0.0.1:1/users";
    let options = ["--otlp-url", &collector.url, "--trace-sample", "1", "--database-url", database];
    let server = Server::start(&options);
    assert_eq!(server.get("/users/7").status, 503);
    // Nobody waits until it has been sent with others.
    drop(server.stop());
    let spans = collector.spans();
    let request = spans.iter().find(|span| span.name == "GET /users/{id}").expect("it has come");
    assert_eq!(request.status.as_ref().expect("a status").code, 2);
    assert!(request.parent_span_id.is_empty());
    let query = spans.iter().find(|span| span.name == "db-query").expect("it has come");
    assert_eq!(query.status.as_ref().expect("a status").code, 2);
}

#[test]
fn a_collector_that_takes_nothing_costs_traces_and_no_answer() {
    let collector = Collector::start("503 Service Unavailable");
    let server = Server::start(&["--otlp-url", &collector.url, "--trace-sample", "1"]);
    until("they are counted", || {
        assert_eq!(server.get("/plaintext").status, 200);
        Exposition::of(&server).sum("api_server_traces_lost_total", &[]) > 0.0
    });
    assert!(server.log().contains("traces could not be sent (setting `otlp_url`): 503"));
}
