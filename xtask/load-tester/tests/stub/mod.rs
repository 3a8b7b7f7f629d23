//! A server that does to each request what a test says.

#![allow(dead_code)] // every test file uses a part of it

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::SeqCst};
use std::thread;
use std::time::Duration;

use load_tester::answers::Expected;
use load_tester::plan::{Pace, Plan};
use load_tester::target::{Request, Target};

/// What becomes of a request.
pub(crate) enum Does {
    /// These bytes are sent.
    Answers(String),
    /// The same, later.
    After(Duration, String),
    /// The connection ends.
    HangsUp,
    /// Nothing, until the client goes.
    Nothing,
}

/// An answer with this body.
pub(crate) fn ok(body: &str) -> Does {
    Does::Answers(format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{body}", body.len()))
}

/// The server; its threads end with their connections.
pub(crate) struct Stub {
    pub(crate) address: SocketAddr,
    /// Requests that it has read.
    pub(crate) requests: Arc<AtomicU64>,
    /// Connections that it has accepted.
    pub(crate) connections: Arc<AtomicU64>,
}

impl Stub {
    /// `does` is given the number of the request, from 0, over all connections.
    pub(crate) fn start(does: impl Fn(u64) -> Does + Send + Sync + 'static) -> Self {
        Self::start_with(does, |serve| drop(thread::spawn(serve)))
    }

    /// The same, but a connection is served when the one before it has ended.
    pub(crate) fn one_at_a_time(does: impl Fn(u64) -> Does + Send + Sync + 'static) -> Self {
        Self::start_with(does, |serve| serve())
    }

    fn start_with(
        does: impl Fn(u64) -> Does + Send + Sync + 'static,
        call: impl Fn(Box<dyn FnOnce() + Send>) + Send + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("an address");
        let (requests, connections) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicU64::new(0)));
        let stub = Self {
            address,
            requests: Arc::clone(&requests),
            connections: Arc::clone(&connections),
        };
        let does = Arc::new(does);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                connections.fetch_add(1, SeqCst);
                let (does, requests) = (Arc::clone(&does), Arc::clone(&requests));
                call(Box::new(move || serve(stream, &*does, &requests)));
            }
        });
        stub
    }

    /// A short closed loop over one connection, which a test changes.
    pub(crate) fn plan(&self, change: impl FnOnce(&mut Plan)) -> Plan {
        let url = format!("http://{}/", self.address);
        let target = Target::new(&url, &Request::default(), false).expect("it is a URL");
        let expected = Expected { status: 200, body: Some(b"hello".to_vec()), head: false };
        let mut plan = Plan {
            target,
            expected,
            connections: 1,
            pace: Pace::Closed { pipeline: 1 },
            keep_alive: true,
            threads: 1,
            warm_up: Duration::ZERO,
            duration: Duration::from_secs(20),
            requests: None,
            timeout: Duration::from_secs(5),
        };
        change(&mut plan);
        plan
    }

    pub(crate) fn requests(&self) -> u64 {
        self.requests.load(SeqCst)
    }
}

fn serve(stream: TcpStream, does: &dyn Fn(u64) -> Does, requests: &AtomicU64) {
    let mut reader = BufReader::new(stream.try_clone().expect("a descriptor"));
    let mut writer = stream;
    let mut line = String::new();
    while reader.read_line(&mut line).is_ok_and(|length| length > 0) {
        let end = line == "\r\n";
        line.clear();
        if !end {
            continue;
        }
        let sent = match does(requests.fetch_add(1, SeqCst)) {
            Does::Answers(bytes) => writer.write_all(bytes.as_bytes()),
            Does::After(time, bytes) => {
                // The server's slowness is what is tested.
                thread::sleep(time);
                writer.write_all(bytes.as_bytes())
            }
            Does::HangsUp => return,
            Does::Nothing => Ok(()),
        };
        if sent.is_err() {
            return;
        }
    }
}
