//! Two tasks wait for two sockets, in an executor, a reactor and nothing else; a byte comes for one of them.
//!
//! All lanes but the kernel's are one thread, and this program is also the peer. What connects the two halves is a table: for each
//! key of the reactor's, the waker of the task that waits for it.

use std::cell::RefCell;
use std::collections::HashMap;
use std::error::Error;
use std::future::poll_fn;
use std::io::{ErrorKind, Read, Write};
use std::os::unix::net::UnixStream;
use std::rc::Rc;
use std::task::{Poll, Waker};

use async_io::executor::Executor;
use async_io::reactor::{Interest, Key, Reactor, Trigger};
use witness::trace::{Gauge, Recorder, kernel, program};

/// Who waits for what.
type Table = Rc<RefCell<HashMap<Key, Waker>>>;

fn main() -> Result<(), Box<dyn Error>> {
    let trace = Rc::new(Recorder::new(
        &[
            program("loop"),
            program("task A"),
            program("task B"),
            program("reactor"),
            kernel("kernel"),
        ],
        &[Gauge { key: "wakers", title: "wakers in the table", unit: "", max: 2 }],
    ));
    let table = Table::default();
    let mut reactor = Reactor::new()?;
    let bell = reactor.bell();
    let executor = Executor::new(move || bell.ring());
    let mut peers = Vec::new();
    for lane in ["task A", "task B"] {
        let (ours, theirs) = UnixStream::pair()?;
        ours.set_nonblocking(true)?;
        let interest = Interest { read: true, write: false };
        let key = reactor.register(&ours, interest, Trigger::Edge)?;
        executor.spawn(receive(Rc::clone(&trace), lane, ours, key, Rc::clone(&table)));
        peers.push(theirs);
    }
    let event = |lane, kind| trace.event(lane, kind).gauge("wakers", table.borrow().len() as u64);

    event("loop", "turn").says("both tasks are new, so both are polled");
    executor.turn();
    event("loop", "rest").to("reactor").says("nobody has been woken: the reactor may sleep");
    peers[1].write_all(b"!")?;
    event("kernel", "arrives").to("reactor").says("a byte comes for B: `wait` returns");
    reactor.wait(None)?;
    while let Some(ready) = reactor.next() {
        let waker = table.borrow_mut().remove(&ready.key).expect("a task waits for it");
        event("reactor", "wake")
            .to("loop")
            .says("the event's key finds a waker, and B goes into the queue");
        waker.wake();
    }
    event("loop", "turn").says("one task is in the queue");
    let polled = executor.turn();
    event("loop", "rest")
        .to("reactor")
        .says(format!("{polled} was polled, {} left: sleep again", executor.len()));
    Ok(trace.print()?)
}

/// Reads one byte.
async fn receive(
    trace: Rc<Recorder>,
    lane: &'static str,
    mut stream: UnixStream,
    key: Key,
    table: Table,
) {
    let event = |kind| trace.event(lane, kind).gauge("wakers", table.borrow().len() as u64);
    poll_fn(|context| {
        trace
            .event("loop", "poll")
            .gauge("wakers", table.borrow().len() as u64)
            .to(lane)
            .says("poll");
        match stream.read(&mut [0]) {
            Err(error) if error.kind() == ErrorKind::WouldBlock => {
                table.borrow_mut().insert(key, context.waker().clone());
                event("pending")
                    .to("reactor")
                    .says("`read` would block: leaves its waker, and is pending");
                Poll::Pending
            }
            read => {
                event("done")
                    .to("kernel")
                    .says(format!("`read`: {} byte, and is done", read.unwrap_or(0)));
                Poll::Ready(())
            }
        }
    })
    .await;
}
