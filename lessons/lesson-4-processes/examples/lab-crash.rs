//! Workers are killed under load, again and again: how many requests fail if each has opened its own socket, and how many if
//! the master has opened all of them and keeps them.

use std::error::Error;
use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpListener};
use std::os::fd::{AsFd, BorrowedFd};
use std::process::{Child, Command};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::SeqCst};
use std::thread;
use std::time::Duration;

use processes::prefork::{inherited, spawn};
use socket2::{Domain, Socket, Type};
use solution_1_networking::listener::{ListenOptions, listen};
use witness::lab::{Column, Table, parameter, progress};
use witness::tcp;

const WORKERS: usize = 2;
const CLIENTS: usize = 8;
/// What a request takes.
const WORK: Duration = Duration::from_millis(1);
/// How long nobody is killed.
const PAUSE: Duration = Duration::from_millis(50);

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    if arguments.next().as_deref() == Some("worker") {
        return work(&arguments.next().ok_or("an address")?);
    }
    let kills = parameter("kills");
    let column = |key, title, digits| Column { key, title, unit: "", digits };
    let mut table = Table::new(vec![
        column("requests", "requests", 0),
        column("failed", "failed", 0),
        column("each", "failed for each kill", 2),
    ]);
    let cases = [
        ("own", "each worker opens its socket", false),
        ("inherited", "the master opens all, and keeps them", true),
    ];
    for (done, (key, title, keeps)) in cases.into_iter().enumerate() {
        progress(done, cases.len());
        let (requests, failed) = Master::start(keeps)?.kill_under_load(kills)?;
        let row = [requests as f64, failed as f64, failed as f64 / kills as f64];
        table.row(key, title, &row.map(Some));
    }
    progress(cases.len(), cases.len());
    table.note("What a worker was working on when it was killed fails in both cases.");
    table.print();
    Ok(())
}

/// A worker: it accepts from the socket that it has inherited, or from one of its own.
fn work(address: &str) -> Result<(), Box<dyn Error>> {
    let listener = match inherited()?.pop() {
        Some(descriptor) => TcpListener::from(descriptor),
        None => listen(address.parse()?, &ListenOptions::default())?,
    };
    loop {
        let (mut stream, _) = listener.accept()?;
        thread::sleep(WORK);
        // A client that is gone is no reason to stop.
        let _ = stream.write_all(b"!");
    }
}

struct Master {
    address: SocketAddr,
    /// Has the port, and accepts nothing: nobody else gets it while no worker listens.
    _port: Socket,
    listeners: Vec<TcpListener>,
    workers: Vec<Child>,
}

impl Master {
    fn start(keeps: bool) -> Result<Self, Box<dyn Error>> {
        let port = Socket::new(Domain::IPV4, Type::STREAM, None)?;
        port.set_reuse_port(true)?;
        port.set_reuse_address(true)?;
        port.bind(&SocketAddr::from(([127, 0, 0, 1], 0)).into())?;
        let address = port.local_addr()?.as_socket().ok_or("an address of IPv4")?;
        let open = |_| listen(address, &ListenOptions::default());
        let sockets = if keeps { WORKERS } else { 0 };
        let listeners = (0..sockets).map(open).collect::<Result<_, _>>()?;
        let mut master = Self { address, _port: port, listeners, workers: Vec::new() };
        for worker in 0..WORKERS {
            let child = master.spawn(worker)?;
            master.workers.push(child);
        }
        // Until somebody answers.
        tcp::until(|| Ok(ask(address).is_ok()))?;
        Ok(master)
    }

    fn spawn(&self, worker: usize) -> io::Result<Child> {
        let handed: Vec<BorrowedFd<'_>> =
            self.listeners.get(worker).map(AsFd::as_fd).into_iter().collect();
        let mut command = Command::new("/proc/self/exe");
        spawn(command.arg("worker").arg(self.address.to_string()), &handed)
    }

    /// How many requests there were, and how many of them failed.
    fn kill_under_load(mut self, kills: u64) -> io::Result<(u64, u64)> {
        let (requests, failed) = (AtomicU64::new(0), AtomicU64::new(0));
        let is_over = AtomicBool::new(false);
        let address = self.address;
        let killed = thread::scope(|scope| {
            for _ in 0..CLIENTS {
                scope.spawn(|| {
                    while !is_over.load(SeqCst) {
                        requests.fetch_add(1, SeqCst);
                        if ask(address).is_err() {
                            failed.fetch_add(1, SeqCst);
                        }
                    }
                });
            }
            let killed = (0..kills).try_for_each(|number| {
                thread::sleep(PAUSE);
                self.replace(number as usize % WORKERS)
            });
            is_over.store(true, SeqCst);
            killed
        });
        killed?;
        Ok((requests.into_inner(), failed.into_inner()))
    }

    fn replace(&mut self, worker: usize) -> io::Result<()> {
        self.workers[worker].kill()?;
        self.workers[worker].wait()?;
        self.workers[worker] = self.spawn(worker)?;
        Ok(())
    }
}

impl Drop for Master {
    fn drop(&mut self) {
        for worker in &mut self.workers {
            let _ = worker.kill();
            let _ = worker.wait();
        }
    }
}

/// One request, on a connection of its own.
fn ask(address: SocketAddr) -> io::Result<()> {
    tcp::connect(address)?.read_exact(&mut [0])
}
