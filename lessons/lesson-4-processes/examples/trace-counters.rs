//! Two processes count in memory that both have mapped; one is killed, and what it has counted is folded.

use std::error::Error;
use std::io::{Read, Write};
use std::os::fd::AsFd;
use std::os::unix::net::UnixStream;
use std::process::{Child, Command, Stdio};

use processes::prefork::{inherited, spawn};
use processes::shared::{Counter, Lives, Plain, Region, Tally};
use witness::trace::{Event, Gauge, Recorder, program};

/// What one life counts.
#[derive(Default)]
#[repr(transparent)]
struct Requests(Counter);

// SAFETY: `repr(transparent)` around what is plain.
unsafe impl Plain for Requests {}

impl Tally for Requests {
    fn add(&self, other: &Self) {
        self.0.add(other.0.get());
    }

    fn clear(&self) {
        self.0.clear();
    }
}

type Memory = Lives<Requests, 2>;

fn main() -> Result<(), Box<dyn Error>> {
    if let Some(place) = std::env::args().nth(1) {
        return count(place.parse()?);
    }
    let gauge = |key, title| Gauge { key, title, unit: "requests", max: 12 };
    let trace = Recorder::new(
        &[program("master"), program("worker 0"), program("worker 1")],
        &[gauge("first", "place 0"), gauge("second", "place 1"), gauge("sum", "sum")],
    );
    let stage = Stage { trace: &trace, memory: Region::create("requests")? };
    stage.event("master", "creates")?.says("memory without a name, all zeros, that cannot shrink");
    let mut first = stage.starts("worker 0", 0)?;
    let mut second = stage.starts("worker 1", 1)?;
    stage.counts("worker 0", &mut first, 3)?;
    stage.counts("worker 1", &mut second, 2)?;
    stage.counts("worker 0", &mut first, 2)?;
    second.end()?;
    let event = stage.event("worker 1", "killed")?.bad();
    event.says("killed between two instructions; what it has counted is there");
    stage.memory.fold(1);
    let event = stage.event("master", "folds")?;
    event.says("place 1 is added to the totals and cleared: the sum is the same");
    let mut successor = stage.starts("worker 1", 1)?;
    stage.counts("worker 1", &mut successor, 4)?;
    stage.event("master", "reads")?.says("three lives, one sum; nobody was asked");
    first.end()?;
    successor.end()?;
    Ok(trace.print()?)
}

struct Worker {
    child: Child,
    socket: UnixStream,
}

impl Worker {
    fn end(&mut self) -> std::io::Result<()> {
        self.child.kill()?;
        self.child.wait().map(drop)
    }
}

struct Stage<'t> {
    trace: &'t Recorder,
    memory: Region<Memory>,
}

impl<'t> Stage<'t> {
    fn event(&self, lane: &'static str, kind: &'static str) -> Result<Event<'t>, Box<dyn Error>> {
        let sum = Requests::default();
        if !self.memory.sum(&sum) {
            return Err("nobody folds meanwhile".into());
        }
        let place = |place| self.memory.place(place).0.get();
        let event = self.trace.event(lane, kind).gauge("first", place(0));
        Ok(event.gauge("second", place(1)).gauge("sum", sum.0.get()))
    }

    fn starts(&self, lane: &'static str, place: usize) -> Result<Worker, Box<dyn Error>> {
        self.memory.begin(place);
        let (socket, its_end) = UnixStream::pair()?;
        let mut command = Command::new("/proc/self/exe");
        command.arg(place.to_string()).stdin(Stdio::null()).stdout(Stdio::null());
        let child = spawn(&mut command, &[its_end.as_fd(), self.memory.as_fd()])?;
        let event = self.event("master", "spawn")?.to(lane);
        event.says(format!("process {} inherits the memory, and place {place}", child.id()));
        Ok(Worker { child, socket })
    }

    fn counts(
        &self,
        lane: &'static str,
        worker: &mut Worker,
        count: u8,
    ) -> Result<(), Box<dyn Error>> {
        worker.socket.write_all(&[count])?;
        worker.socket.read_exact(&mut [0])?;
        self.event(lane, "counts")?.says(format!("{count} requests, an atomic addition each"));
        Ok(())
    }
}

/// Counts as often as each byte says.
fn count(place: usize) -> Result<(), Box<dyn Error>> {
    let [socket, memory] = inherited()?.try_into().map_err(|_| "two descriptors")?;
    let memory = Region::<Memory>::open(memory)?;
    let mut socket = UnixStream::from(socket);
    let mut times = [0];
    while socket.read(&mut times)? > 0 {
        (0..times[0]).for_each(|_| memory.place(place).0.add(1));
        socket.write_all(&times)?;
    }
    Ok(())
}
