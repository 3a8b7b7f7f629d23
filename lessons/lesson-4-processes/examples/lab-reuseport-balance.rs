//! How connections are distributed among workers: with one socket that all of them share, and with one for each.
//!
//! Workers are threads here. For the kernel that makes no difference: what matters is who waits on which socket.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::SeqCst};
use std::thread;
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use solution_1_networking::listener::{ListenOptions, listen};
use witness::lab::{Column, Table, parameter, progress};
use witness::tcp;
use witness::thread::Thread;

const WORKERS: usize = 4;
/// How long a worker waits until it looks whether this is over.
const LOOK: Timespec = Timespec { tv_sec: 0, tv_nsec: 50_000_000 };
/// What a connection costs its worker.
const WORK: Duration = Duration::from_micros(200);

/// How workers wait for a connection.
#[derive(Clone, Copy, PartialEq)]
enum Wait {
    Accept,
    Poll,
}

fn main() -> io::Result<()> {
    let connections = parameter("connections");
    let column = |key, title, unit, digits| Column { key, title, unit, digits };
    let mut table = Table::new(vec![
        column("least", "worker with the fewest", "%", 1),
        column("most", "worker with the most", "%", 1),
        column("woken", "woken, each connection", "", 2),
    ]);
    let cases = [
        ("accept", "one socket, all wait in `accept`", 1, Wait::Accept),
        ("poll", "one socket, all wait in `poll`", 1, Wait::Poll),
        ("own", "a socket for each (`SO_REUSEPORT`)", WORKERS, Wait::Poll),
    ];
    for (done, (key, title, sockets, wait)) in cases.into_iter().enumerate() {
        progress(done, cases.len());
        let (counts, woken) = measure(connections, sockets, wait)?;
        let share = |count: u64| Some(count as f64 * 100.0 / connections as f64);
        let least = share(*counts.iter().min().expect("there are workers"));
        let most = share(*counts.iter().max().expect("there are workers"));
        table.row(key, title, &[least, most, Some(woken as f64 / connections as f64)]);
    }
    progress(cases.len(), cases.len());
    table.note("Four workers, so a fair share is 25 %.");
    table.print();
    Ok(())
}

/// How many connections each worker has had, and how often any of them was woken.
fn measure(connections: u64, sockets: usize, wait: Wait) -> io::Result<([u64; WORKERS], u64)> {
    let first = listen(SocketAddr::from(([127, 0, 0, 1], 0)), &ListenOptions::default())
        .map_err(io::Error::other)?;
    let address = first.local_addr()?;
    let mut listeners = vec![first];
    for _ in 1..sockets {
        listeners.push(listen(address, &ListenOptions::default()).map_err(io::Error::other)?);
    }
    let (is_over, woken) = (AtomicBool::new(false), AtomicU64::new(0));
    let counts: [AtomicU64; WORKERS] = Default::default();
    thread::scope(|scope| {
        for (worker, count) in counts.iter().enumerate() {
            let listener = &listeners[worker % sockets];
            let (is_over, woken) = (&is_over, &woken);
            scope.spawn(move || serve(listener, wait, count, woken, is_over));
        }
        let asked = (0..connections).try_for_each(|_| ask(address));
        is_over.store(true, SeqCst);
        if wait == Wait::Accept {
            // Who waits in `accept` must be woken.
            (0..WORKERS).for_each(|_| drop(TcpStream::connect(address)));
        }
        asked
    })?;
    Ok((counts.map(AtomicU64::into_inner), woken.into_inner()))
}

fn serve(
    listener: &TcpListener,
    wait: Wait,
    count: &AtomicU64,
    woken: &AtomicU64,
    is_over: &AtomicBool,
) -> io::Result<()> {
    listener.set_nonblocking(wait == Wait::Poll)?;
    let thread = Thread::this()?;
    let before = thread.sleeps()?;
    let mut pauses = 0;
    while !is_over.load(SeqCst) {
        if wait == Wait::Poll {
            let mut awaited = [PollFd::new(listener, PollFlags::IN)];
            if poll(&mut awaited, Some(&LOOK))? == 0 {
                continue;
            }
        }
        match listener.accept() {
            Ok((mut stream, _)) if !is_over.load(SeqCst) => {
                count.fetch_add(1, SeqCst);
                pauses += 1;
                thread::sleep(WORK);
                stream.write_all(b"!")?;
            }
            Ok(_) => {}
            // Another one was faster.
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            Err(error) => return Err(error),
        }
    }
    // Each sleep ends with a wake-up, also one in the middle of `poll` that finds nothing any more and goes on sleeping.
    woken.fetch_add(thread.sleeps()? - before - pauses, SeqCst);
    Ok(())
}

/// One connection, until it has its answer.
fn ask(address: SocketAddr) -> io::Result<()> {
    tcp::connect(address)?.read_exact(&mut [0])
}
