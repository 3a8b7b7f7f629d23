//! Ten thousand connections that do nothing, and one that does: what does each cost a server with a thread for each, and one with
//! a single event loop?
//!
//! The servers are processes of their own. Each connection has been answered once, and is kept.

use std::error::Error;
use std::fs;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::rc::Rc;
use std::thread;
use std::time::{Duration, Instant};

use async_io::serve::{Limits, Receiving, Server};
use bytes::Bytes;
use http_body_util::Full;
use hyper::service::service_fn;
use hyper::{Request, Response};
use socket2::{Domain, SockRef, Socket, Type};
use tokio::runtime::Builder;
use tokio::task::{LocalSet, spawn_local};
use witness::lab::{Column, Table, parameter, progress};
use witness::machine::raise_open_files;

const REQUEST: &[u8] = b"GET / HTTP/1.1\r\nhost: lab\r\n\r\n";
/// How often the active one asks.
const ASKED: usize = 2000;
/// How long nobody asks.
const REST: Duration = Duration::from_secs(3);
/// Longer than the lab takes.
const LONG: Duration = Duration::from_secs(600);

fn main() -> Result<(), Box<dyn Error>> {
    let most = raise_open_files()?.saturating_sub(100);
    match std::env::args().nth(1).as_deref() {
        Some("threads") => return Ok(with_threads(listen()?)?),
        Some("loop") => return with_a_loop(listen()?),
        _ => {}
    }
    let connections = usize::try_from(parameter("connections"))?.min(most);
    let column = |key, title, unit, digits| Column { key, title, unit, digits };
    let mut table = Table::new(vec![
        column("memory", "memory for each", "kB", 1),
        column("threads", "threads", "", 0),
        column("p50", "p50 of the active one", "µs", 0),
        column("p99", "p99", "µs", 0),
        column("rest", "a second in which nobody asks", "ms", 1),
    ]);
    let rows = [("threads", "a thread for each"), ("loop", "one event loop")];
    for (done, (key, title)) in rows.into_iter().enumerate() {
        progress(done, rows.len());
        let row = match Measured::of(key, connections) {
            Ok(measured) => measured.row(),
            // More threads than the machine lets one have, say.
            Err(error) => {
                eprintln!("{title}: {error}");
                [None; 5]
            }
        };
        table.row(key, title, &row);
    }
    progress(rows.len(), rows.len());
    table.note(&format!(
        "{connections} idle connections. What the kernel keeps for each socket is not counted."
    ));
    table.print();
    Ok(())
}

struct Measured {
    kilobytes_each: f64,
    threads: f64,
    times: Vec<Duration>,
    /// Milliseconds of a processor's time in a second.
    rest: f64,
}

impl Measured {
    fn of(kind: &str, connections: usize) -> Result<Self, Box<dyn Error>> {
        let server = Program::start(kind)?;
        let before = server.kilobytes()?;
        let idle: Vec<_> =
            (0..connections).map(|number| server.connect(number)).collect::<io::Result<_>>()?;
        let kilobytes_each = (server.kilobytes()? - before) / connections as f64;
        let tasks = fs::read_dir(format!("/proc/{}/task", server.process.0.id()))?;
        let threads = tasks.count() as f64;
        let mut active = server.connect(0)?;
        let once = |stream: &mut TcpStream| {
            let begin = Instant::now();
            ask(stream).map(|()| begin.elapsed())
        };
        let mut times = (0..ASKED).map(|_| once(&mut active)).collect::<io::Result<Vec<_>>>()?;
        times.sort_unstable();
        let before = server.processor_ms()?;
        thread::sleep(REST);
        let rest = (server.processor_ms()? - before) / REST.as_secs_f64();
        drop(idle);
        Ok(Self { kilobytes_each, threads, times, rest })
    }

    fn row(&self) -> [Option<f64>; 5] {
        let at =
            |percent: usize| self.times[(ASKED * percent).div_ceil(100) - 1].as_secs_f64() * 1e6;
        [self.kilobytes_each, self.threads, at(50), at(99), self.rest].map(Some)
    }
}

/// A server that is measured.
struct Program {
    process: Process,
    address: SocketAddr,
}

struct Process(Child);

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Program {
    fn start(kind: &str) -> Result<Self, Box<dyn Error>> {
        let mut command = Command::new("/proc/self/exe");
        command.arg(kind).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut process = Process(command.spawn()?);
        let output = process.0.stdout.take().ok_or("its output is piped")?;
        let mut line = String::new();
        BufReader::new(output).read_line(&mut line)?;
        Ok(Self { process, address: line.trim().parse()? })
    }

    /// What belongs to this process alone, and its part of what it shares.
    fn kilobytes(&self) -> Result<f64, Box<dyn Error>> {
        let text = fs::read_to_string(format!("/proc/{}/smaps_rollup", self.process.0.id()))?;
        let line = text.lines().find_map(|line| line.strip_prefix("Pss:")).ok_or("no Pss")?;
        Ok(line.trim().trim_end_matches(" kB").parse()?)
    }

    /// How long its threads have run so far, as the scheduler counts it.
    fn processor_ms(&self) -> Result<f64, Box<dyn Error>> {
        let mut nanoseconds = 0;
        for thread in fs::read_dir(format!("/proc/{}/task", self.process.0.id()))? {
            let counts = fs::read_to_string(thread?.path().join("schedstat"))?;
            let ran = counts.split_whitespace().next().ok_or("no time in `schedstat`")?;
            nanoseconds += ran.parse::<u64>()?;
        }
        Ok(nanoseconds as f64 / 1e6)
    }

    /// A connection that has been answered once.
    fn connect(&self, number: usize) -> io::Result<TcpStream> {
        let socket = Socket::new(Domain::IPV4, Type::STREAM, None)?;
        // A few thousand ports for each address.
        let from = Ipv4Addr::new(127, 0, 1, (number / 5000) as u8 + 1);
        socket.bind(&SocketAddr::from((from, 0)).into())?;
        socket.connect(&self.address.into())?;
        let mut stream = TcpStream::from(socket);
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(Duration::from_secs(10)))?;
        // Closed, it leaves no TIME_WAIT behind.
        SockRef::from(&stream).set_linger(Some(Duration::ZERO))?;
        ask(&mut stream)?;
        Ok(stream)
    }
}

fn ask(stream: &mut TcpStream) -> io::Result<()> {
    stream.write_all(REQUEST)?;
    let mut answer = Vec::new();
    while !answer.ends_with(b"hello") {
        let mut buffer = [0; 512];
        match stream.read(&mut buffer)? {
            0 => return Err(io::ErrorKind::UnexpectedEof.into()),
            count => answer.extend_from_slice(&buffer[..count]),
        }
    }
    Ok(())
}

/// The server's socket, whose address it tells. It ends when its input does.
fn listen() -> io::Result<TcpListener> {
    let options = solution_1_networking::listener::ListenOptions::default();
    let listener = solution_1_networking::listener::listen(([127, 0, 0, 1], 0).into(), &options);
    let listener = listener.map_err(io::Error::other)?;
    println!("{}", listener.local_addr()?);
    thread::spawn(|| {
        let _ = io::stdin().read(&mut [0]);
        std::process::exit(0);
    });
    Ok(listener)
}

fn with_threads(listener: TcpListener) -> io::Result<()> {
    let limits = solution_2_lifecycle::connection::Limits::default();
    for stream in listener.incoming() {
        let mut stream = stream?;
        thread::Builder::new().spawn(move || {
            let _ = solution_2_lifecycle::connection::serve(&mut stream, &limits, |_, response| {
                response.body.extend_from_slice(b"hello");
            });
        })?;
    }
    Ok(())
}

fn with_a_loop(listener: TcpListener) -> Result<(), Box<dyn Error>> {
    listener.set_nonblocking(true)?;
    let runtime = Builder::new_current_thread().enable_all().build()?;
    let limits = Limits { connections: 100_000, idle: LONG, ..Limits::default() };
    LocalSet::new().block_on(&runtime, async {
        let listener = tokio::net::TcpListener::from_std(listener)?;
        let hello = |_: Request<Receiving>| {
            std::future::ready(Ok::<_, io::Error>(Response::new(Full::<Bytes>::from("hello"))))
        };
        let server = Server::new(service_fn(hello), limits);
        let sweeping = Rc::clone(&server);
        spawn_local(async move { sweeping.sweep().await });
        Err(server.accept(&listener).await.into())
    })
}
