//! What the pages let run: a check or a lab, by the runner, in a process of its own. One at a time: two would disturb
//! each other's times.
//!
//! What a run says is kept in a log of bounded length, which every page reads at its own pace, also one that is opened
//! later. A run ends by itself, is cancelled, or is over the time limit; then its process group is killed, and with it
//! whatever the runner has started.

use std::ffi::OsString;
use std::io::{self, BufRead, BufReader, Read};
use std::os::unix::process::CommandExt as _;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex, MutexGuard};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, kill_process_group, waitid};
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
    run: Mutex<Option<Run>>,
    /// Counts changes, so that readers can wait for the next.
    changes: watch::Sender<u64>,
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
        let board = Board { run: Mutex::new(None), changes: watch::Sender::new(0) };
        Self { root, runner, board: Arc::new(board) }
    }

    /// Starts the runner with these arguments; `what` tells the pages what it is.
    pub(super) fn start(&self, what: Value, arguments: &[String]) -> Result<u64, StartError> {
        let mut slot = self.board.lock();
        if let Some(run) = slot.as_ref().filter(|run| run.ended.is_none()) {
            return Err(StartError::Busy(run.what.clone()));
        }
        let mut child = self.command(arguments).spawn().map_err(StartError::Io)?;
        let id = slot.as_ref().map_or(1, |run| run.id + 1);
        *slot = Some(Run {
            id,
            what,
            said: Vec::new(),
            left_out: 0,
            process: Some(Pid::from_child(&child)),
            cancelled: false,
            ended: None,
        });
        drop(slot);
        self.board.changed();
        let stdout = child.stdout.take().expect("stdout is a pipe");
        let stderr = child.stderr.take().expect("stderr is a pipe");
        let board = Arc::clone(&self.board);
        thread::spawn(move || follow(&board, child, stdout, stderr));
        Ok(id)
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
        let Some(run) = slot.as_mut().filter(|run| run.id == id && run.ended.is_none()) else {
            return false;
        };
        run.cancelled = true;
        kill(run);
        true
    }

    /// Ends whatever is running, at the end of the server.
    pub(super) fn stop(&self) {
        if let Some(run) = self.board.lock().as_mut() {
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
        let Some(run) = slot.as_ref() else { return Vec::new() };
        let mut news = Vec::new();
        if bookmark.run != run.id {
            *bookmark = Bookmark { run: run.id, ..Bookmark::default() };
            news.push(("run", json!({ "id": run.id, "what": run.what }).to_string()));
        }
        for said in &run.said[bookmark.said..] {
            news.push(("said", format!("{{\"id\":{},\"said\":{said}}}", run.id)));
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

impl Board {
    fn lock(&self) -> MutexGuard<'_, Option<Run>> {
        self.run.lock().expect("nothing panics with the lock")
    }

    /// The run's name as part of an id in a page.
    fn name(&self) -> String {
        let slot = self.lock();
        let name = slot.as_ref().and_then(|run| run.what["name"].as_str()).unwrap_or_default();
        name.replace('/', "-")
    }

    fn changed(&self) {
        self.changes.send_modify(|count| *count += 1);
    }

    /// Adds what the run has said: an event of the runner's, or plain text.
    fn say(&self, said: String) {
        if let Some(run) = self.lock().as_mut() {
            let passes = ["{\"event\":\"status\"", "{\"event\":\"text\""];
            let sums_up = !passes.iter().any(|begin| said.starts_with(begin));
            if run.said.len() < LINES_MAX || sums_up && run.said.len() < 2 * LINES_MAX {
                run.said.push(said.into());
            } else {
                run.left_out += 1;
            }
        }
        self.changed();
    }
}

fn kill(run: &Run) {
    if let Some(process) = run.process {
        let _ = kill_process_group(process, Signal::KILL);
    }
}

/// Reads what a run says until it ends, and says how it ended.
fn follow(
    board: &Arc<Board>,
    mut child: Child,
    stdout: impl Read,
    stderr: impl Read + Send + 'static,
) {
    let (over, ended) = std::sync::mpsc::channel::<()>();
    let (watching, pid) = (Arc::clone(board), Pid::from_child(&child));
    let watchdog = thread::spawn(move || {
        if ended.recv_timeout(TIME_MAX) == Err(std::sync::mpsc::RecvTimeoutError::Timeout) {
            watching.say(text("over the time limit: ended"));
            let _ = kill_process_group(pid, Signal::KILL);
        }
    });
    let complaining = Arc::clone(board);
    let complaints = thread::spawn(move || {
        lines(stderr, |line| complaining.say(text(&line)));
    });
    let begin = Instant::now();
    lines(stdout, |line| {
        // The runner's events are JSON; whatever else there is, is text.
        match serde_json::from_str::<Value>(&line) {
            Ok(event) if event["event"] == "trace" => board.say(drawn(&event, &board.name())),
            Ok(Value::Object(event)) if event.contains_key("event") => board.say(line),
            _ => board.say(text(&line)),
        }
    });
    // The process stays in the table until nobody will kill it any more: its id is nobody else's till then.
    let _ = waitid(WaitId::Pid(pid), WaitIdOptions::EXITED | WaitIdOptions::NOWAIT);
    drop(over);
    let _ = watchdog.join();
    let _ = complaints.join();
    if let Some(run) = board.lock().as_mut() {
        run.process = None;
        let status = child.wait();
        let seconds = begin.elapsed().as_secs_f64();
        let status = status.ok().and_then(|status| status.code());
        run.ended =
            Some(json!({ "status": status, "cancelled": run.cancelled, "seconds": seconds }));
    }
    board.changed();
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
