//! The access log: a line of JSON for each request, whatever became of it.
//!
//! ```json
//! {"client":"192.0.2.7","method":"GET","path":"/users/1","worker":0,"time":1795706530.640,"route":"/users/{id}","status":200,"bytes":56,"took_us":123}
//! ```
//!
//! `time` is when it was answered, in seconds since 1970; `bytes` are the answer's body; `took_us` is from the whole request
//! to its answer, in microseconds, where that is known; `trace` is there if it is recorded. The query is left out: that is
//! where clients put what nobody should read. The status 499 says that the client left before there was an answer. What hyper
//! refuses itself, because it is no request, has no line.
//!
//! # What it costs
//!
//! Lines are collected in memory, and a thread writes many with one call: when there are 64 KiB of them, or each second. When
//! a disk does not keep up, lines are left out, and counted; no answer waits. A worker that is killed takes with it what it
//! had collected.

use std::cell::{Cell, RefCell};
use std::io::{self, Write as _};
use std::net::IpAddr;
use std::path::PathBuf;
use std::rc::Rc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use tokio::time::interval;

mod writer;

pub use writer::Stuck;
use writer::{Batch, Writer};

use crate::board::numbers::route;
use crate::message::Request;
use crate::rotating::Rotating;

/// How much is written at once.
const BATCH_BYTES: usize = 64 << 10;
/// How long a line may wait for others.
const WAIT_MAX: Duration = Duration::from_secs(1);
/// The most of a method.
const METHOD_BYTES_MAX: usize = 32;
/// The most of a path.
const PATH_BYTES_MAX: usize = 512;
/// A long line, for what memory is taken beforehand. A path may be longer when it is written as JSON.
const LINE_BYTES: usize = 1024;

/// A worker's end of it.
pub struct AccessLog {
    worker: usize,
    /// Those that are not written yet, and how many that are.
    lines: RefCell<Vec<u8>>,
    count: Cell<u64>,
    writer: Writer,
    /// A moment by the clock that never jumps, and by the one that others have, in milliseconds.
    clocks: Cell<(Instant, u64)>,
}

/// Who asks for what.
#[derive(Debug, Clone, Copy)]
pub struct Head<'a> {
    /// Who asks.
    pub client: IpAddr,
    /// As it was sent.
    pub method: &'a str,
    /// As it was sent, without the query.
    pub path: &'a str,
}

/// What became of it.
#[derive(Debug, Clone, Copy)]
pub struct Tail {
    /// When it was answered.
    pub at: Instant,
    /// How long it took, if that is known.
    pub took: Option<Duration>,
    /// The place of its route.
    pub route: usize,
    /// The answer's status.
    pub status: u16,
    /// How long its body is.
    pub bytes: usize,
    /// The trace, if it is recorded.
    pub trace: Option<u128>,
}

impl AccessLog {
    /// Writes to a file of so many bytes, with the one before it. `lost` is told how many lines were lost, and why.
    ///
    /// # Errors
    ///
    /// There is no thread.
    pub fn open(
        path: PathBuf,
        bytes: u64,
        worker: usize,
        lost: impl Fn(u64, &str) + Send + Sync + 'static,
    ) -> io::Result<Self> {
        Ok(Self {
            worker,
            lines: RefCell::default(),
            count: Cell::default(),
            writer: Writer::start(Rotating::new(path, bytes), Box::new(lost))?,
            clocks: Cell::new(clocks()),
        })
    }

    /// Adds a line. `head` writes what [`Head::put`] does, or has done before.
    pub fn line(&self, head: impl FnOnce(&mut Vec<u8>), tail: &Tail) {
        let mut lines = self.lines.borrow_mut();
        head(&mut lines);
        self.put(tail, &mut lines);
        self.count.set(self.count.get() + 1);
        if lines.len() >= BATCH_BYTES {
            drop(lines);
            self.flush();
        }
    }

    fn put(&self, tail: &Tail, line: &mut Vec<u8>) {
        let (at, then) = self.clocks.get();
        let time = then + tail.at.saturating_duration_since(at).as_millis() as u64;
        number(line, ",\"worker\":", self.worker as u64);
        number(line, ",\"time\":", time / 1000);
        text(line, ".");
        [100, 10, 1].iter().for_each(|unit| line.push(b'0' + (time / unit % 10) as u8));
        text(line, ",\"route\":\"");
        text(line, route(tail.route).1);
        number(line, "\",\"status\":", tail.status.into());
        number(line, ",\"bytes\":", tail.bytes as u64);
        if let Some(took) = tail.took {
            number(line, ",\"took_us\":", took.as_micros() as u64);
        }
        if let Some(trace) = tail.trace {
            write!(line, ",\"trace\":\"{trace:032x}\"").expect("a vector grows");
        }
        text(line, "}\n");
    }

    /// Has what is collected written.
    pub fn flush(&self) {
        self.clocks.set(clocks());
        let count = self.count.take();
        if count == 0 {
            return;
        }
        // A thread that is asked once a second keeps no memory for a busy one.
        let room = self.lines.borrow().len() + LINE_BYTES;
        let lines = self.lines.replace(Vec::with_capacity(room));
        self.writer.write(Batch { lines, count });
    }

    /// Has it written each second, for ever.
    pub async fn flush_regularly(self: Rc<Self>) {
        let mut second = interval(WAIT_MAX);
        loop {
            second.tick().await;
            self.flush();
        }
    }

    /// Opens the file again, which may have been renamed meanwhile.
    pub fn reopen(&self) {
        self.flush();
        self.writer.reopen();
    }

    /// Writes what is left, and ends.
    ///
    /// # Errors
    ///
    /// It takes longer than that.
    pub fn close(self, limit: Duration) -> Result<(), Stuck> {
        self.flush();
        self.writer.close(limit)
    }
}

impl<'a> Head<'a> {
    /// Of a request.
    #[must_use]
    pub fn of(request: &Request<'a>) -> Self {
        Self { client: request.client, method: request.method, path: request.path }
    }

    /// The beginning of the line.
    pub fn put(&self, line: &mut Vec<u8>) {
        text(line, "{\"client\":\"");
        address(line, self.client);
        text(line, "\",\"method\":\"");
        // It is a token: none of its letters means anything in JSON, and all are ASCII.
        text(line, &self.method[..self.method.len().min(METHOD_BYTES_MAX)]);
        text(line, "\",\"path\":");
        let path = &self.path[..self.path.floor_char_boundary(PATH_BYTES_MAX)];
        quoted(line, path);
    }
}

fn text(line: &mut Vec<u8>, text: &str) {
    line.extend_from_slice(text.as_bytes());
}

fn number(line: &mut Vec<u8>, before: &str, number: u64) {
    text(line, before);
    text(line, itoa::Buffer::new().format(number));
}

/// Without the formatter, as nearly all are: it takes longer than all the rest of the line.
fn address(line: &mut Vec<u8>, address: IpAddr) {
    match address.to_canonical() {
        IpAddr::V4(address) => {
            let [a, b, c, d] = address.octets().map(u64::from);
            number(line, "", a);
            [b, c, d].into_iter().for_each(|octet| number(line, ".", octet));
        }
        IpAddr::V6(address) => write!(line, "{address}").expect("a vector grows"),
    }
}

/// What needs no escaping is written as it is.
fn quoted(line: &mut Vec<u8>, path: &str) {
    let is_plain = |byte: &u8| matches!(byte, b' '..=b'~') && !b"\"\\".contains(byte);
    if path.as_bytes().iter().all(is_plain) {
        line.push(b'"');
        text(line, path);
        line.push(b'"');
    } else {
        serde_json::to_writer(line, path).expect("a vector grows");
    }
}

fn clocks() -> (Instant, u64) {
    let time = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    (Instant::now(), time.as_millis() as u64)
}
