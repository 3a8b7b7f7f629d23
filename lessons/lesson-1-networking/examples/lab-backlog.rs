//! Clients connect while nobody accepts: how many fit into the queue, and what becomes of the others.

use std::io;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use networking::listener::{ListenOptions, listen};
use witness::lab::{Column, Table, parameter, progress};
use witness::tcp;

/// A connection that took longer was not made at the first attempt: Linux sends a lost SYN again after one second.
const AT_ONCE: Duration = Duration::from_millis(500);

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let (backlog, clients) = (parameter("backlog"), parameter("clients"));
    let count = |key, title| Column { key, title, unit: "", digits: 0 };
    let mut table = Table::new(vec![
        count("clients", "clients"),
        count("waiting", "in the queue"),
        count("overflows", "ListenOverflows"),
        count("at_once", "connected at once"),
        Column { key: "slowest", title: "slowest connect", unit: "ms", digits: 0 },
    ]);
    let cases =
        [("fits", "as many as the backlog", backlog), ("overflow", "more than that", clients)];
    for (number, (key, title, clients)) in cases.into_iter().enumerate() {
        progress(number, cases.len());
        table.row(key, title, &fill(backlog, clients)?);
    }
    progress(cases.len(), cases.len());
    table.print();
    Ok(())
}

/// Lets clients connect, looks at the queue, and only then begins to accept.
fn fill(backlog: u64, clients: u64) -> Result<[Option<f64>; 5], Box<dyn std::error::Error>> {
    let options = ListenOptions { backlog: i32::try_from(backlog)?, ..ListenOptions::default() };
    let listener = listen(SocketAddr::from(([127, 0, 0, 1], 0)), &options)?;
    let address = listener.local_addr()?;
    let before = overflows()?;
    let connecting: Vec<_> = (0..clients).map(|_| connect(address)).collect();
    let waiting = settled(&listener, clients)?;
    let overflows = overflows()? - before;
    let accepting = thread::spawn(move || accept(&listener, clients));
    let times: Vec<Duration> = connecting.into_iter().map(joined).collect::<io::Result<_>>()?;
    accepting.join().expect("accepting does not panic")?;
    let at_once = times.iter().filter(|&&time| time < AT_ONCE).count();
    let slowest = times.iter().max().copied().unwrap_or_default();
    let numbers = [clients as f64, waiting, overflows, at_once as f64, slowest.as_secs_f64() * 1e3];
    Ok(numbers.map(Some))
}

/// Connects on a thread of its own, and returns how long that took.
fn connect(address: SocketAddr) -> JoinHandle<io::Result<Duration>> {
    thread::spawn(move || {
        let begin = Instant::now();
        TcpStream::connect_timeout(&address, Duration::from_secs(30))?;
        Ok(begin.elapsed())
    })
}

fn joined(thread: JoinHandle<io::Result<Duration>>) -> io::Result<Duration> {
    thread.join().expect("connecting does not panic")
}

/// How many wait once the queue is full or holds all clients, and the last SYN has had a tenth of a second to arrive.
fn settled(listener: &TcpListener, clients: u64) -> io::Result<f64> {
    let deadline = Instant::now() + tcp::WAIT_MAX;
    loop {
        let queue = tcp::accept_queue(listener)?;
        let full = u64::from(queue.waiting) >= clients.min(u64::from(queue.backlog) + 1);
        if full || Instant::now() > deadline {
            thread::sleep(Duration::from_millis(100));
            return Ok(f64::from(tcp::accept_queue(listener)?.waiting));
        }
        thread::yield_now();
    }
}

fn accept(listener: &TcpListener, clients: u64) -> io::Result<()> {
    for _ in 0..clients {
        listener.accept()?;
    }
    Ok(())
}

/// How often a connection found the queue full, since the machine started.
fn overflows() -> io::Result<f64> {
    witness::counters::read("/proc/net/netstat", "TcpExt", "ListenOverflows")
}
