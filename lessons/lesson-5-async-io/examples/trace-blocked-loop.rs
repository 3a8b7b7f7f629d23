//! Two clients of one event loop: A asks for a computation, B for a byte. First the loop computes, then another thread.
//!
//! A computation ends when this program opens a door, so that everything happens in one order. What lies unread in a socket it asks
//! the kernel.

use std::error::Error;
use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;

use async_io::offload::{Asker, Job, offload};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::runtime::Builder;
use tokio::task::{LocalSet, spawn_local};
use witness::rendezvous::{Door, WAIT_MAX};
use witness::tcp;
use witness::trace::{Event, Gauge, Recorder, program};

/// What a client asks for.
const BYTE: u8 = b'b';
const ON_THE_LOOP: u8 = b'l';
const ON_A_THREAD: u8 = b't';

fn main() -> Result<(), Box<dyn Error>> {
    let trace = Recorder::new(
        &[program("A"), program("B"), program("loop"), program("thread")],
        &[Gauge { key: "unread", title: "unread, from B", unit: "bytes", max: 1 }],
    );
    for (way, lane) in [(ON_THE_LOOP, "loop"), (ON_A_THREAD, "thread")] {
        Stage::new(&trace)?.play(way, lane)?;
    }
    Ok(trace.print()?)
}

struct Stage<'t> {
    trace: &'t Recorder,
    a: TcpStream,
    b: TcpStream,
    /// The server's end of B's connection.
    from_b: TcpStream,
    door: Door,
    begins: Receiver<()>,
}

impl<'t> Stage<'t> {
    fn new(trace: &'t Recorder) -> io::Result<Self> {
        let ((a, from_a), (b, from_b)) = (tcp::pair(), tcp::pair());
        let (door, (begun, begins)) = (Door::shut(), channel());
        let streams = [from_a, from_b.try_clone()?];
        let its_door = door.clone();
        // It ends when both clients have gone.
        thread::spawn(move || run(streams, &its_door, &begun));
        Ok(Self { trace, a, b, from_b, door, begins })
    }

    fn event(&self, lane: &'static str, kind: &'static str) -> io::Result<Event<'t>> {
        let unread = rustix::io::ioctl_fionread(&self.from_b)?;
        Ok(self.trace.event(lane, kind).gauge("unread", unread))
    }

    fn play(mut self, way: u8, lane: &'static str) -> Result<(), Box<dyn Error>> {
        self.a.write_all(&[way])?;
        self.begins.recv_timeout(WAIT_MAX)?;
        self.event("A", "asks")?.to("loop").says("for a computation");
        if lane == "thread" {
            self.event("loop", "hands-over")?.to("thread").says("`offload`, and the loop goes on");
        }
        self.event(lane, "computes")?.says("begins to compute");
        self.b.write_all(&[BYTE])?;
        if lane == "loop" {
            tcp::until(|| Ok(rustix::io::ioctl_fionread(&self.from_b)? == 1))?;
            let event = self.event("B", "asks")?.to("loop");
            event.bad().says("for a byte; the kernel has it, and the loop does not look");
        } else {
            self.b.read_exact(&mut [0])?;
            self.event("B", "asks")?.to("loop").says("for a byte");
            self.event("loop", "answers")?.to("B").says("at once");
        }
        self.door.open();
        self.a.read_exact(&mut [0])?;
        self.event(lane, "computed")?.says("has computed");
        self.event("loop", "answers")?.to("A").says("the result");
        if lane == "loop" {
            self.b.read_exact(&mut [0])?;
            self.event("loop", "answers")?
                .to("B")
                .says("only now: it has waited for somebody else's computation");
        }
        Ok(())
    }
}

/// One thread serves both; a computation says that it begins, and waits at the door.
fn run(streams: [TcpStream; 2], door: &Door, begun: &Sender<()>) -> io::Result<()> {
    let runtime = Builder::new_current_thread().enable_all().build()?;
    LocalSet::new().block_on(&runtime, async {
        let mut tasks = Vec::new();
        for stream in streams {
            stream.set_nonblocking(true)?;
            let stream = tokio::net::TcpStream::from_std(stream)?;
            tasks.push(spawn_local(serve(stream, door.clone(), begun.clone())));
        }
        for task in tasks {
            let _ = task.await;
        }
        Ok(())
    })
}

async fn serve(mut stream: tokio::net::TcpStream, door: Door, begun: Sender<()>) -> io::Result<()> {
    loop {
        let what = stream.read_u8().await?;
        let (door, begun) = (door.clone(), begun.clone());
        let compute = move || {
            let _ = begun.send(());
            door.pass();
        };
        match what {
            ON_THE_LOOP => compute(),
            ON_A_THREAD => {
                let submit = |job: Job| {
                    thread::spawn(job);
                    Ok(())
                };
                let computed = offload(submit, move |_: &Asker<'_, ()>| {
                    compute();
                    Some(())
                });
                computed.await.map_err(io::Error::other)?;
            }
            _ => {}
        }
        stream.write_u8(what).await?;
    }
}
