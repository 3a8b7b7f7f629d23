//! A listener is opened, a worker inherits it, and is killed while a connection waits: the next one accepts it.
//!
//! The client is this program, too. Everything that is said about descriptors, `/proc` has said.

use std::error::Error;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::os::fd::{AsFd, AsRawFd};
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};

use processes::prefork::{inherited, spawn};
use rustix::io::{FdFlags, fcntl_getfd};
use witness::tcp::{accept_queue, connect, until};
use witness::trace::{Event, Gauge, Recorder, program};

fn main() -> Result<(), Box<dyn Error>> {
    if std::env::args().nth(1).as_deref() == Some("worker") {
        return work();
    }
    let trace = Recorder::new(
        &[program("client"), program("master"), program("worker")],
        &[Gauge { key: "queue", title: "in the queue", unit: "connections", max: 2 }],
    );
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let secret = tempfile::tempfile()?;
    let (number, last) = (listener.as_raw_fd(), secret.as_raw_fd());
    let stage = Stage { trace: &trace, listener, last };
    let mark = stage.mark()?;
    let event = stage.event("master", "opens")?;
    event.says(format!("descriptor {number}, a listener, and {last}, a file: both {mark}"));
    let mut worker = stage.starts()?;
    let first = stage.connects()?;
    stage.accepts(&mut worker, first)?;
    let second = stage.connects()?;
    worker.child.kill()?;
    worker.child.wait()?;
    let event = stage.event("worker", "killed")?;
    event.bad().says(
        "killed: its copies are closed; the master still has the socket, and the queue is there",
    );
    let mut successor = stage.starts()?;
    stage.accepts(&mut successor, second)?;
    successor.child.kill()?;
    successor.child.wait()?;
    Ok(trace.print()?)
}

struct Worker {
    child: Child,
    tells: ChildStdin,
}

struct Stage<'t> {
    trace: &'t Recorder,
    listener: TcpListener,
    /// The highest of the descriptors that this program has opened.
    last: i32,
}

impl<'t> Stage<'t> {
    fn event(&self, lane: &'static str, kind: &'static str) -> Result<Event<'t>, Box<dyn Error>> {
        let queued = u64::from(accept_queue(&self.listener)?.waiting);
        Ok(self.trace.event(lane, kind).gauge("queue", queued))
    }

    fn mark(&self) -> Result<&'static str, Box<dyn Error>> {
        let is_marked = fcntl_getfd(&self.listener)?.contains(FdFlags::CLOEXEC);
        Ok(if is_marked { "marked close-on-exec" } else { "without the mark" })
    }

    fn starts(&self) -> Result<Worker, Box<dyn Error>> {
        let mut command = Command::new("/proc/self/exe");
        command.arg("worker").stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = spawn(&mut command, &[self.listener.as_fd()])?;
        let event = self.event("master", "spawn")?.to("worker");
        event.says(format!(
            "process {}, another program: `exec` has closed what is marked",
            child.id()
        ));
        // While it is loaded, it has its libraries open, too.
        child.stdout.take().ok_or("a pipe")?.read_exact(&mut [0])?;
        // Beyond these, it has what this program itself was started with.
        let has = |number: &i32| Path::new(&format!("/proc/{}/fd/{number}", child.id())).exists();
        let numbers: Vec<_> = (0..=self.last).filter(has).collect();
        let event = self.event("worker", "has")?;
        event.says(format!("of the descriptors 0 to {}: {numbers:?}", self.last));
        self.event("master", "marks")?.says(format!("its listener again: {}", self.mark()?));
        let tells = child.stdin.take().ok_or("a pipe")?;
        Ok(Worker { child, tells })
    }

    fn connects(&self) -> Result<TcpStream, Box<dyn Error>> {
        let stream = connect(self.listener.local_addr()?)?;
        until(|| Ok(accept_queue(&self.listener)?.waiting == 1))?;
        self.event("client", "connect")?
            .to("master")
            .says("the kernel shakes hands, and keeps the connection in the listener's queue");
        Ok(stream)
    }

    fn accepts(&self, worker: &mut Worker, mut client: TcpStream) -> Result<(), Box<dyn Error>> {
        worker.tells.write_all(b"!")?;
        let mut answer = String::new();
        client.read_to_string(&mut answer)?;
        self.event("worker", "accept")?
            .to("client")
            .says(format!("the answer is from process {answer}"));
        Ok(())
    }
}

/// Accepts a connection for each byte that it is told.
fn work() -> Result<(), Box<dyn Error>> {
    let listener = TcpListener::from(inherited()?.pop().ok_or("a listener")?);
    std::io::stdout().write_all(b"!")?;
    std::io::stdout().flush()?;
    let mut stdin = std::io::stdin().lock();
    while stdin.read(&mut [0])? > 0 {
        let (mut stream, _) = listener.accept()?;
        write!(stream, "{}", std::process::id())?;
    }
    Ok(())
}
