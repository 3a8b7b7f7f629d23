//! What the pages let run: a check or a lab, by the runner, in a process of its own. One at a time: two would disturb
//! each other's times.
//!
//! What a run says is kept in a log of bounded length, which every page reads at its own pace, also one that is opened
//! later. A run is over when the runner has ended: by itself, cancelled, or at the time limit. Then its process group is
//! killed, and with it a build or a lab; tests have keepers, which end what these leave. What has left the group by
//! itself lives on, but the run does not wait for it.

use std::convert::Infallible;
use std::ffi::OsString;
use std::io::{self, BufRead, BufReader, Read};
use std::os::fd::OwnedFd;
use std::os::unix::process::CommandExt as _;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::sync::{Arc, Mutex, MutexGuard};
use std::thread;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use rustix::process::{Pid, PidfdFlags, Signal, kill_process_group, pidfd_open};
use serde_json::{Value, json};
use tokio::sync::watch;
use xtask::trace;

/// How many lines of a run are kept; the last one, which sums up, always is.
const LINES_MAX: usize = 4000;

/// The longest line that is read: a report of many tests that printed much.
const LINE_BYTES_MAX: u64 = 4 << 20;

/// Lines of plain text are cut at so many characters.
const TEXT_CHARS_MAX: usize = 1000;

/// A first build takes a minute or two, a benchmark ten seconds.
const TIME_MAX: Duration = Duration::from_secs(15 * 60);

/// When the runner has ended, for what it said last; something else may hold its pipes open.
const DRAIN_MAX: Duration = Duration::from_secs(2);

/// Runs, the last of which can be read.
#[derive(Debug)]
pub(super) struct Runs {
    root: PathBuf,
    /// How the runner is started.
    runner: Vec<OsString>,
    board: Arc<Board>,
}

#[derive(Debug)]
struct Board {
    slot: Mutex<Slot>,
    /// Counts changes, so that readers can wait for the next.
    changes: watch::Sender<u64>,
}

/// The last run, and the one that may come.
#[derive(Debug)]
struct Slot {
    run: Option<Run>,
    next_id: u64,
    /// The server ends, so nothing is started any more.
    stopped: bool,
}

/// A run and what it has said.
#[derive(Debug)]
struct Run {
    id: u64,
    what: Value,
    said: Vec<Arc<str>>,
    left_out: usize,
    /// The process, while it runs.
    process: Option<Pid>,
    cancelled: bool,
    /// How it ended.
    ended: Option<Value>,
}

/// How far a reader of the log has come.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Bookmark {
    run: u64,
    said: usize,
    ended: bool,
}

/// Why nothing was started.
#[derive(Debug)]
pub(super) enum StartError {
    /// Something else runs: this.
    Busy(Value),
    /// The runner cannot be started.
    Io(io::Error),
}

impl Runs {
    pub(super) fn new(root: PathBuf, runner: Vec<OsString>) -> Self {
        // A page that was loaded from another start of the server knows none of these.
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let slot = Slot { run: None, next_id: now.as_secs() * 1000, stopped: false };
        let board = Board { slot: Mutex::new(slot), changes: watch::Sender::new(0) };
        Self { root, runner, board: Arc::new(board) }
    }

    /// Starts the runner with these arguments; `what` tells the pages what it is.
    pub(super) fn start(&self, what: Value, arguments: &[String]) -> Result<u64, StartError> {
        let mut slot = self.board.lock();
        if let Some(run) = slot.run.as_ref().filter(|run| run.ended.is_none()) {
            return Err(StartError::Busy(run.what.clone()));
        }
        if slot.stopped {
            return Err(StartError::Io(io::Error::other("the live book is ending")));
        }
        let mut child = self.command(arguments).spawn().map_err(StartError::Io)?;
        let pid = Pid::from_child(&child);
        let process = pidfd_open(pid, PidfdFlags::empty()).map_err(|error| {
            let _ = kill_process_group(pid, Signal::KILL);
            let _ = child.wait();
            StartError::Io(error.into())
        })?;
        let id = slot.next_id;
        slot.next_id += 1;
        let run = Run::new(id, what, pid);
        let page_id = run.page_id();
        slot.run = Some(run);
        drop(slot);
        self.board.changed();
        let stdout = child.stdout.take().expect("stdout is a pipe");
        let stderr = child.stderr.take().expect("stderr is a pipe");
        let (reading, read) = mpsc::channel();
        self.hear(id, stdout, reading.clone(), move |line| event(line, &page_id));
        self.hear(id, stderr, reading, |line| text(&line));
        let board = Arc::clone(&self.board);
        thread::spawn(move || follow(&board, id, child, &process, &read));
        Ok(id)
    }

    /// Lets a thread read what a run says; `reading` is dropped at the end of the stream.
    fn hear(
        &self,
        id: u64,
        stream: impl Read + Send + 'static,
        reading: mpsc::Sender<Infallible>,
        said: impl Fn(String) -> String + Send + 'static,
    ) {
        let board = Arc::clone(&self.board);
        thread::spawn(move || {
            lines(stream, |line| {
                let said = said(line);
                board.with(id, |run| run.say(said));
            });
            drop(reading);
        });
    }

    fn command(&self, arguments: &[String]) -> Command {
        let (program, first) = self.runner.split_first().expect("there is a runner");
        let mut command = match program.to_str() {
            Some("cargo") => xtask::check::build::cargo(&self.root),
            _ => Command::new(program),
        };
        command.args(first).args(arguments).current_dir(&self.root).process_group(0);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    /// Ends that run, if it is running.
    pub(super) fn cancel(&self, id: u64) -> bool {
        let mut slot = self.board.lock();
        let Some(run) = slot.run.as_mut().filter(|run| run.id == id && run.ended.is_none()) else {
            return false;
        };
        run.cancelled = true;
        kill(run);
        true
    }

    /// Ends whatever is running, at the end of the server.
    pub(super) fn stop(&self) {
        let mut slot = self.board.lock();
        slot.stopped = true;
        if let Some(run) = slot.run.as_mut() {
            run.cancelled = true;
            kill(run);
        }
    }

    /// Tells of changes.
    pub(super) fn changes(&self) -> watch::Receiver<u64> {
        self.board.changes.subscribe()
    }

    /// What a reader has not read yet, as names and data of events, and where it is then.
    pub(super) fn since(&self, bookmark: &mut Bookmark) -> Vec<(&'static str, String)> {
        let slot = self.board.lock();
        let Some(run) = slot.run.as_ref() else { return Vec::new() };
        let mut news = Vec::new();
        if bookmark.run != run.id {
            *bookmark = Bookmark { run: run.id, ..Bookmark::default() };
            news.push(("run", json!({ "id": run.id, "what": run.what }).to_string()));
        }
        // A page that listens anew hears what it knows again, and tells by the number.
        for (number, said) in run.said.iter().enumerate().skip(bookmark.said) {
            let id = run.id;
            let data = format!("{{\"id\":{id},\"number\":{number},\"said\":{said}}}");
            news.push(("said", data));
        }
        bookmark.said = run.said.len();
        if let Some(ended) = run.ended.as_ref().filter(|_| !bookmark.ended) {
            bookmark.ended = true;
            let left_out = run.left_out;
            let data =
                json!({ "id": run.id, "what": run.what, "ended": ended, "left_out": left_out });
            news.push(("run", data.to_string()));
        }
        news
    }
}

impl Run {
    fn new(id: u64, what: Value, process: Pid) -> Self {
        Self {
            id,
            what,
            said: Vec::new(),
            left_out: 0,
            process: Some(process),
            cancelled: false,
            ended: None,
        }
    }

    /// Adds what it has said: an event of the runner's, or plain text.
    fn say(&mut self, said: String) {
        let passes = ["{\"event\":\"status\"", "{\"event\":\"text\""];
        let sums_up = !passes.iter().any(|begin| said.starts_with(begin));
        if self.said.len() < LINES_MAX || sums_up && self.said.len() < 2 * LINES_MAX {
            self.said.push(said.into());
        } else {
            self.left_out += 1;
        }
    }

    /// Its name as part of an id in a page.
    fn page_id(&self) -> String {
        self.what["name"].as_str().unwrap_or_default().replace('/', "-")
    }
}

impl Board {
    fn lock(&self) -> MutexGuard<'_, Slot> {
        self.slot.lock().expect("nothing panics with the lock")
    }

    fn changed(&self) {
        self.changes.send_modify(|count| *count += 1);
    }

    /// Changes that run, unless another has begun: something may still speak when it is over.
    fn with(&self, id: u64, change: impl FnOnce(&mut Run)) {
        if let Some(run) = self.lock().run.as_mut().filter(|run| run.id == id) {
            change(run);
        }
        self.changed();
    }
}

fn kill(run: &Run) {
    if let Some(process) = run.process {
        let _ = kill_process_group(process, Signal::KILL);
    }
}

/// Waits until a run ends, or ends it at the time limit, and says how it ended. `read` says that its pipes are closed.
fn follow(
    board: &Board,
    id: u64,
    mut child: Child,
    process: &OwnedFd,
    read: &mpsc::Receiver<Infallible>,
) {
    let begin = Instant::now();
    let late = !ends_in(process, TIME_MAX);
    // The process stays in the table until it is waited for: until then its id is nobody else's.
    let _ = kill_process_group(Pid::from_child(&child), Signal::KILL);
    let _ = read.recv_timeout(DRAIN_MAX);
    board.with(id, |run| {
        run.process = None;
        let status = child.wait().ok().and_then(|status| status.code());
        run.ended = Some(json!({
            "status": status,
            "cancelled": run.cancelled,
            "late": late,
            "seconds": begin.elapsed().as_secs_f64(),
        }));
    });
}

/// Whether a process ends within that time.
fn ends_in(process: &OwnedFd, time: Duration) -> bool {
    let deadline = Instant::now() + time;
    loop {
        let left = deadline.saturating_duration_since(Instant::now());
        let left = Timespec::try_from(left).expect("the limit is minutes");
        match poll(&mut [PollFd::new(process, PollFlags::IN)], Some(&left)) {
            Err(Errno::INTR) => {}
            Ok(0) => return false,
            Ok(_) | Err(_) => return true,
        }
    }
}

/// The runner's events are JSON; whatever else there is, is text.
fn event(line: String, page_id: &str) -> String {
    match serde_json::from_str::<Value>(&line) {
        Ok(event) if event["event"] == "trace" => drawn(&event, page_id),
        Ok(Value::Object(event)) if event.contains_key("event") => line,
        _ => text(&line),
    }
}

/// A trace that was recorded, as the picture that a page shows.
fn drawn(event: &Value, name: &str) -> String {
    let recorded = serde_json::from_value::<trace::Recorded>(event["recorded"].clone());
    let picture = recorded
        .map_err(|error| error.to_string())
        .and_then(|recorded| crate::trace::render(&recorded.jsonl(), &format!("here-{name}")));
    match picture {
        Ok(html) => json!({ "event": "trace", "html": html }).to_string(),
        Err(why) => text(&format!("the trace cannot be drawn: {why}")),
    }
}

/// Plain text as an event like the runner's.
fn text(line: &str) -> String {
    let text: String = line.chars().take(TEXT_CHARS_MAX).collect();
    json!({ "event": "text", "text": text }).to_string()
}

/// Each line up to the end, without its end; of a longer one than is read, its beginning.
fn lines(stream: impl Read, mut each: impl FnMut(String)) {
    let mut reader = BufReader::new(stream);
    loop {
        let mut line = Vec::new();
        match reader.by_ref().take(LINE_BYTES_MAX).read_until(b'\n', &mut line) {
            Ok(1..) => {}
            Ok(0) | Err(_) => return,
        }
        if line.len() as u64 == LINE_BYTES_MAX && line.last() != Some(&b'\n') {
            // The rest of it.
            while matches!(reader.fill_buf(), Ok(more) if !more.is_empty()) {
                let more = reader.buffer();
                let end = more.iter().position(|&byte| byte == b'\n');
                let count = end.map_or(more.len(), |end| end + 1);
                reader.consume(count);
                if end.is_some() {
                    break;
                }
            }
        }
        each(String::from_utf8_lossy(&line).trim_end_matches(['\n', '\r']).to_owned());
    }
}
