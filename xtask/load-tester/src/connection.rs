//! The connections of one thread. Each is a task that takes turns: when one comes, it sends, and waits for the answers.

use std::cell::{Cell, RefCell};
use std::io;
use std::os::fd::OwnedFd;
use std::rc::Rc;
use std::sync::Arc;
use std::time::{Duration, Instant};

use rustix::net::Shutdown;
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;
use tokio::time::{sleep, timeout};

use crate::answers::{Answers, Wrong};
use crate::pacer::Pacer;
use crate::phase::{Phase, Stage};
use crate::plan::{Pace, Plan};
use crate::tally::Tally;

/// After a connection that could not be made: a server that is not there is not asked in a tight loop.
const CONNECT_AGAIN: Duration = Duration::from_millis(10);

/// How often is looked for answers that take too long.
const WATCH_EVERY: Duration = Duration::from_millis(20);

/// What the connections of a thread share.
#[derive(Debug)]
pub(crate) struct Thread {
    pub(crate) plan: Arc<Plan>,
    pub(crate) phase: Arc<Phase>,
    pub(crate) pacer: Option<Pacer>,
    pub(crate) tally: RefCell<Tally>,
    /// As many requests as are ever sent at once, one behind the other.
    pub(crate) batch: Vec<u8>,
    pub(crate) seats: Vec<Seat>,
}

/// A connection's place, for who watches it.
#[derive(Debug, Default)]
pub(crate) struct Seat {
    /// Since when an answer is awaited.
    since: Cell<Option<Instant>>,
    /// The same connection, to shut it down.
    handle: RefCell<Option<OwnedFd>>,
    overdue: Cell<bool>,
}

/// When requests are due, and how many.
struct Turn {
    due: Instant,
    count: usize,
    /// Their answers are counted.
    counts: bool,
}

struct Connection {
    stream: TcpStream,
    answers: Answers,
}

impl Thread {
    /// The next requests that a connection should send; `None` when there are no more.
    async fn turn(&self) -> Option<Turn> {
        let (due, wanted) = match (&self.pacer, self.plan.pace) {
            (Some(pacer), _) => {
                let turn = pacer.turn().await.ok()?;
                if self.phase.stage() == Stage::Measure {
                    let mut tally = self.tally.borrow_mut();
                    match turn.late {
                        Some(late) => tally.late.record(late),
                        None => tally.waited += 1,
                    }
                }
                (turn.due, 1)
            }
            (None, Pace::Closed { pipeline }) if self.plan.keep_alive => (Instant::now(), pipeline),
            (None, _) => (Instant::now(), 1),
        };
        // Counted is what ends while it is measured, whenever it began, so that long answers are not left out. Of a
        // number of requests, exactly those count.
        let counts = self.plan.requests.is_none() || self.phase.stage() == Stage::Measure;
        let count = self.phase.take(wanted);
        (count > 0).then_some(Turn { due, count, counts })
    }

    fn answered(&self, turn: &Turn, bytes: usize) {
        if turn.counts && self.phase.stage() == Stage::Measure {
            let now = Instant::now();
            let mut tally = self.tally.borrow_mut();
            tally.latencies.record(now - turn.due);
            tally.bytes += bytes as u64;
            tally.last = Some(now);
        }
    }

    fn failed(&self, seat: &Seat, wrong: Option<&Wrong>, requests: u64) {
        if self.phase.stage() != Stage::Measure {
            return;
        }
        let failures = &mut self.tally.borrow_mut().failures;
        let count = match wrong {
            _ if seat.overdue.get() => &mut failures.timeout,
            None => &mut failures.connect,
            Some(Wrong::Io(_) | Wrong::Ended) => &mut failures.broken,
            Some(Wrong::Malformed(_)) => &mut failures.malformed,
            Some(Wrong::Status(_)) => &mut failures.status,
            Some(Wrong::Body(_)) => &mut failures.body,
        };
        *count += requests;
    }

    /// How many connections wait for an answer.
    pub(crate) fn awaited(&self) -> usize {
        self.seats.iter().filter(|seat| seat.since.get().is_some()).count()
    }
}

/// One connection after the other on a seat, until there are no more turns.
pub(crate) async fn sit(thread: Rc<Thread>, number: usize) {
    let seat = &thread.seats[number];
    let mut connection = None;
    while let Some(turn) = thread.turn().await {
        seat.since.set(Some(turn.due));
        let ready = match connection.take() {
            Some(ready) => Ok(ready),
            None => connect(&thread, seat).await,
        };
        match ready {
            Ok(mut ready) => {
                let mut open = turn.count as u64;
                match exchange(&thread, &mut ready, &turn, &mut open).await {
                    Ok(true) => connection = Some(ready),
                    Ok(false) => {}
                    Err(wrong) => thread.failed(seat, Some(&wrong), open),
                }
            }
            Err(_) => {
                thread.failed(seat, None, turn.count as u64);
                sleep(CONNECT_AGAIN).await;
            }
        }
        seat.since.set(None);
        seat.overdue.set(false);
        if connection.is_none() {
            seat.handle.take();
        }
    }
    // A server may serve one connection at a time: whoever is done goes.
    seat.handle.take();
}

async fn connect(thread: &Thread, seat: &Seat) -> io::Result<Connection> {
    let plan = &thread.plan;
    let stream = timeout(plan.timeout, TcpStream::connect(plan.target.address)).await;
    let stream = stream.map_err(|_| io::Error::from(io::ErrorKind::TimedOut))??;
    stream.set_nodelay(true)?;
    *seat.handle.borrow_mut() = Some(rustix::io::fcntl_dupfd_cloexec(&stream, 0)?);
    thread.tally.borrow_mut().connected += 1;
    Ok(Connection { stream, answers: Answers::default() })
}

/// Sends the turn's requests in one write and reads their answers; `open` counts down. Says whether the connection can
/// be used again.
async fn exchange(
    thread: &Thread,
    connection: &mut Connection,
    turn: &Turn,
    open: &mut u64,
) -> Result<bool, Wrong> {
    let Connection { stream, answers } = connection;
    let plan = &thread.plan;
    let requests = &thread.batch[..turn.count * plan.target.request.len()];
    stream.write_all(requests).await.map_err(Wrong::Io)?;
    let mut closes = !plan.keep_alive;
    while *open > 0 {
        let answer = answers.next(stream, &plan.expected).await?;
        thread.answered(turn, answer.bytes);
        *open -= 1;
        closes |= answer.closes;
        if answer.closes && *open > 0 {
            return Err(Wrong::Ended);
        }
    }
    if !answers.is_empty() {
        return Err(Wrong::Malformed("bytes behind the last answer".to_owned()));
    }
    Ok(!closes)
}

/// Ends connections whose answer is overdue.
pub(crate) async fn watch(thread: Rc<Thread>) {
    loop {
        sleep(WATCH_EVERY).await;
        for seat in &thread.seats {
            if seat.since.get().is_some_and(|since| since.elapsed() > thread.plan.timeout) {
                seat.overdue.set(true);
                if let Some(handle) = &*seat.handle.borrow() {
                    // It may have ended by itself.
                    _ = rustix::net::shutdown(handle, Shutdown::Both);
                }
            }
        }
    }
}
