//! One process at a time, and room for one job that waits: a job is done, one crashes twice, one refuses, one finds no room.
//!
//! Each process says on a socket that it has begun, and waits there until it may go on, so that everything happens in one order.

use std::env;
use std::error::Error;
use std::io::{Read, Write};
use std::num::NonZeroUsize;
use std::os::unix::net::{UnixListener, UnixStream};
use std::process::{Command, ExitCode, abort};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;

use processes::jobs::{Jobs, Limits, Outcome, serve};
use witness::trace::{Event, Gauge, Recorder, program};

/// Where the socket is, in the environment of a job's process.
const SOCKET: &str = "TRACE_SOCKET";
/// How long anything may take.
const WAIT_MAX: Duration = Duration::from_secs(10);

fn main() -> ExitCode {
    if env::var_os(SOCKET).is_some() {
        return serve(Limits::default().frame_bytes, run);
    }
    match trace() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

/// A job: says that it has begun, waits, and does what it is.
fn run(job: &[u8]) -> Result<Vec<u8>, String> {
    let text = |error: &dyn Error| error.to_string();
    let mut stream = UnixStream::connect(env::var(SOCKET).map_err(|error| text(&error))?)
        .map_err(|error| text(&error))?;
    let went_on = writeln!(stream, "{}", std::process::id()).and_then(|()| stream.read(&mut [0]));
    went_on.map_err(|error| text(&error))?;
    match job {
        b"crash" => abort(),
        b"refuse" => Err("there is no such report".to_owned()),
        _ => Ok(b"42".to_vec()),
    }
}

fn trace() -> Result<(), Box<dyn Error>> {
    let gauge = |key, title| Gauge { key, title, unit: "jobs", max: 1 };
    let trace = Recorder::new(
        &[program("submitter"), program("queue"), program("processes")],
        &[gauge("waiting", "waiting"), gauge("running", "running")],
    );
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("socket");
    let processes = UnixListener::bind(&path)?;
    let limits = Limits { processes: NonZeroUsize::MIN, queued_max: 1, ..Limits::default() };
    let jobs = Jobs::start(limits, move || {
        let mut command = Command::new("/proc/self/exe");
        command.env(SOCKET, &path);
        command
    })?;
    let (told, ends) = channel();
    let stage = Stage { trace: &trace, jobs, processes, told, ends };

    stage.submits(1, "compute")?;
    let first = stage.begins("job 1 runs in it")?;
    stage.submits(2, "crash")?;
    stage.submits(3, "compute")?;
    stage.goes_on(first)?;
    let crashes = stage.begins("job 2 runs in it")?;
    stage.submits(4, "refuse")?;
    stage.dies(crashes)?;
    let again = stage.begins("job 2 is tried once more, in another one")?;
    stage.goes_on(again)?;
    let refuses = stage.begins("job 4 runs in it")?;
    stage.goes_on(refuses)?;
    Ok(trace.print()?)
}

struct Stage<'t> {
    trace: &'t Recorder,
    jobs: Jobs,
    processes: UnixListener,
    told: Sender<(u64, Outcome)>,
    ends: Receiver<(u64, Outcome)>,
}

impl<'t> Stage<'t> {
    fn event(&self, lane: &'static str, kind: &'static str) -> Event<'t> {
        let (waiting, running) = self.jobs.load();
        let event = self.trace.event(lane, kind);
        event.gauge("waiting", waiting as u64).gauge("running", running as u64)
    }

    fn submits(&self, id: u64, job: &str) -> Result<(), Box<dyn Error>> {
        let told = self.told.clone();
        let done = move |outcome| drop(told.send((id, outcome)));
        match self.jobs.try_submit(id, job.as_bytes().to_vec(), done) {
            Ok(()) => {
                let event = self.trace.event("submitter", "submit").to("queue");
                event.says(format!("job {id}: `{job}`"));
            }
            Err(_) => {
                let event = self.event("queue", "refused").to("submitter").bad();
                event.says(format!("job {id} comes back: one waits already"));
            }
        }
        Ok(())
    }

    /// A process that says that it has begun.
    fn begins(&self, what: &str) -> Result<UnixStream, Box<dyn Error>> {
        let (mut stream, _) = self.processes.accept()?;
        stream.set_read_timeout(Some(WAIT_MAX))?;
        let mut number = Vec::new();
        let mut byte = [0];
        while stream.read(&mut byte)? == 1 && byte != *b"\n" {
            number.push(byte[0]);
        }
        let number = String::from_utf8(number)?;
        self.event("processes", "begins").says(format!("process {number}: {what}"));
        Ok(stream)
    }

    /// Lets a process go on, and waits for the end of its job.
    fn goes_on(&self, mut process: UnixStream) -> Result<(), Box<dyn Error>> {
        process.write_all(b"!")?;
        let (id, outcome) = self.ends.recv_timeout(WAIT_MAX)?;
        let (kind, text) = match outcome {
            Ok(answer) => ("done", String::from_utf8(answer)?),
            Err(failure) => ("failed", failure.cause.to_string()),
        };
        let event = self.trace.event("processes", kind).to("submitter");
        event.says(format!("job {id}: {text}"));
        Ok(())
    }

    /// Lets a process go on that ends by that.
    fn dies(&self, mut process: UnixStream) -> Result<(), Box<dyn Error>> {
        process.write_all(b"!")?;
        // Its end of the socket closes with it.
        while process.read(&mut [0]).is_ok_and(|count| count > 0) {}
        self.trace
            .event("processes", "dies")
            .bad()
            .says("dies by SIGABRT, and nobody else notices");
        Ok(())
    }
}
