//! A tiny book that is served, and what a test asks it with.

#![allow(dead_code)] // every test file uses a part of it

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use book_server::serve::{Options, ServeError, Server};
use tokio::sync::oneshot;

use crate::tiny_book::{TinyBook, age};

/// No answer may take longer.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

/// A served tiny book; it ends with the test.
pub(crate) struct Live {
    pub(crate) book: TinyBook,
    pub(crate) address: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    ended: mpsc::Receiver<Result<(), ServeError>>,
}

impl Live {
    pub(crate) fn new() -> Self {
        Self::with(TinyBook::new(), |_| ())
    }

    pub(crate) fn with(book: TinyBook, change: impl FnOnce(&mut Options)) -> Self {
        age(book.root());
        let mut options = Options::new(book.root().to_owned());
        options.port = 0;
        change(&mut options);
        let server = Server::bind(options).expect("a port is free");
        let address = server.address();
        let (stop, stopped) = oneshot::channel::<()>();
        let (end, ended) = mpsc::channel();
        thread::spawn(move || {
            let result = server.run(async {
                _ = stopped.await;
            });
            _ = end.send(result);
        });
        Self { book, address, stop: Some(stop), ended }
    }

    /// Served and built.
    pub(crate) fn built() -> Self {
        let live = Self::new();
        live.events().next_built();
        live
    }

    pub(crate) fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect_timeout(&self.address, PATIENCE).expect("it listens");
        stream.set_read_timeout(Some(PATIENCE)).expect("a time limit");
        stream
    }

    /// Sends exactly this and returns all that comes until the connection ends.
    pub(crate) fn send(&self, request: &str) -> String {
        let mut stream = self.connect();
        stream.write_all(request.as_bytes()).expect("it reads");
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).expect("it answers in time");
        String::from_utf8_lossy(&answer).into_owned()
    }

    /// A request as a browser sends it.
    pub(crate) fn ask(&self, method: &str, path: &str, headers: &str) -> String {
        let host = format!("localhost:{}", self.address.port());
        self.send(&format!(
            "{method} {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n{headers}\r\n"
        ))
    }

    /// The status of an answer whose body is not waited for, and the connection.
    pub(crate) fn open(&self, path: &str) -> (u16, BufReader<TcpStream>) {
        let mut stream = self.connect();
        let request = format!("GET {path} HTTP/1.1\r\nHost: {}\r\n\r\n", self.address);
        stream.write_all(request.as_bytes()).expect("it reads");
        let (mut line, mut stream) = (String::new(), BufReader::new(stream));
        stream.read_line(&mut line).expect("it answers in time");
        (line[9..12].parse().expect("a status"), stream)
    }

    pub(crate) fn events(&self) -> Events {
        Events::of(self.connect(), self.address)
    }
}

impl Drop for Live {
    fn drop(&mut self) {
        drop(self.stop.take());
        let ended = self.ended.recv_timeout(PATIENCE);
        if !thread::panicking() {
            ended.expect("it ends in time").expect("it ends well");
        }
    }
}

/// A page that listens.
pub(crate) struct Events {
    lines: BufReader<TcpStream>,
}

impl Events {
    /// Listens on a connection to the server at this address.
    pub(crate) fn of(mut stream: TcpStream, address: SocketAddr) -> Self {
        let request = format!("GET /events HTTP/1.1\r\nHost: {address}\r\n\r\n");
        stream.write_all(request.as_bytes()).expect("it reads");
        Self { lines: BufReader::new(stream) }
    }

    /// The data of the next event.
    pub(crate) fn next(&mut self) -> serde_json::Value {
        let deadline = Instant::now() + PATIENCE;
        loop {
            // A stream that has no news says so from time to time.
            assert!(Instant::now() < deadline, "no news in time");
            let mut line = String::new();
            assert!(
                self.lines.read_line(&mut line).expect("news in time") > 0,
                "the stream stays open"
            );
            if let Some(data) = line.strip_prefix("data: ") {
                return serde_json::from_str(data).expect("an event is JSON");
            }
        }
    }

    /// The name of the next edition that has pages.
    pub(crate) fn next_built(&mut self) -> String {
        loop {
            let event = self.next();
            assert!(event["defects"].is_null(), "{event}");
            match event["name"].as_str() {
                Some("") | None => {}
                Some(name) => return name.to_owned(),
            }
        }
    }
}

#[track_caller]
pub(crate) fn assert_status(answer: &str, status: u16) {
    assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "not {status}: {answer}");
}
