//! A client that sends what a test says and reads one answer at a time.

use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use super::WAIT_MAX;

/// A connection.
pub(crate) struct Client {
    pub(crate) stream: TcpStream,
    received: Vec<u8>,
}

/// An answer.
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: Vec<u8>,
    /// How long it was waited for.
    pub(crate) took: Duration,
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let fields = self.head.lines().skip(1).filter_map(|line| line.split_once(':'));
        let mut values = fields.filter(|(field, _)| field.eq_ignore_ascii_case(name));
        values.next().map(|(_, value)| value.trim())
    }

    pub(crate) fn text(&self) -> &str {
        std::str::from_utf8(&self.body).expect("text")
    }

    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error} in {self:?}"))
    }
}

impl Client {
    pub(crate) fn connect(address: SocketAddr) -> Self {
        Self::over(TcpStream::connect(address).expect("the server listens"))
    }

    /// Over a connection that is there.
    pub(crate) fn over(stream: TcpStream) -> Self {
        stream.set_read_timeout(Some(WAIT_MAX)).expect("a time-out");
        stream.set_write_timeout(Some(WAIT_MAX)).expect("a time-out");
        stream.set_nodelay(true).expect("no delay");
        Self { stream, received: Vec::new() }
    }

    pub(crate) fn send(&mut self, bytes: &[u8]) {
        self.stream.write_all(bytes).expect("the server reads");
    }

    pub(crate) fn get(&mut self, path: &str) -> Answer {
        self.ask("GET", path, &[], b"")
    }

    pub(crate) fn json(&mut self, method: &str, path: &str, body: &str) -> Answer {
        self.ask(method, path, &["content-type: application/json"], body.as_bytes())
    }

    /// As `json`; `None` when the connection breaks before the answer.
    pub(crate) fn try_json(&mut self, method: &str, path: &str, body: &str) -> Option<Answer> {
        let request = request(method, path, &["content-type: application/json"], body.as_bytes());
        self.stream.write_all(&request).ok()?;
        self.answer(false)
    }

    /// A request with these fields, and its answer.
    pub(crate) fn ask(&mut self, method: &str, path: &str, fields: &[&str], body: &[u8]) -> Answer {
        self.send(&request(method, path, fields, body));
        self.answer(method == "HEAD").expect("an answer")
    }

    /// The next answer; `None` when the connection ends before one.
    pub(crate) fn answer(&mut self, head_only: bool) -> Option<Answer> {
        let begin = Instant::now();
        let end = loop {
            if let Some(end) = self.received.windows(4).position(|four| four == b"\r\n\r\n") {
                break end + 4;
            }
            if !self.read() {
                return None;
            }
        };
        let head = String::from_utf8(self.received.drain(..end).collect()).expect("a head is text");
        let status = head.split(' ').nth(1).and_then(|status| status.parse().ok());
        let (status, took) = (status.expect("a status"), begin.elapsed());
        let mut answer = Answer { status, head, body: Vec::new(), took };
        let bodiless = head_only || matches!(answer.status, 204 | 304);
        let length =
            answer.header("content-length").map_or(0, |length| length.parse().expect("a number"));
        if !bodiless {
            while self.received.len() < length {
                assert!(self.read(), "closed in the middle of {}", answer.head);
            }
            answer.body = self.received.drain(..length).collect();
        }
        Some(answer)
    }

    /// The next answer, if one comes within the stream's time-out.
    pub(crate) fn answer_if_any(&mut self) -> Option<Answer> {
        match self.stream.peek(&mut [0]) {
            Ok(_) => self.answer(false),
            Err(_) => None,
        }
    }

    fn read(&mut self) -> bool {
        let mut bytes = [0; 64 * 1024];
        let count = match self.stream.read(&mut bytes) {
            Ok(count) => count,
            Err(error) if error.kind() == ErrorKind::ConnectionReset => 0,
            Err(error) => panic!("no answer: {error}"),
        };
        self.received.extend_from_slice(&bytes[..count]);
        count > 0
    }

    /// Whether the server has closed, without a reset and without another byte.
    pub(crate) fn is_closed(&mut self) -> bool {
        self.received.is_empty() && self.stream.read(&mut [0; 1]).is_ok_and(|count| count == 0)
    }
}

/// The bytes of a request.
fn request(method: &str, path: &str, fields: &[&str], body: &[u8]) -> Vec<u8> {
    let mut request = format!("{method} {path} HTTP/1.1\r\nhost: test\r\n");
    for field in fields {
        request.push_str(field);
        request.push_str("\r\n");
    }
    if !body.is_empty() {
        request.push_str(&format!("content-length: {}\r\n", body.len()));
    }
    request.push_str("\r\n");
    [request.as_bytes(), body].concat()
}
