//! The first rung under load: one client, four at once, and one beside a client that says nothing.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::thread;
use std::time::{Duration, Instant};

use networking::latency::Samples;
use networking::listener::{ListenOptions, listen};
use witness::lab::{Column, Table, parameter, progress};
use witness::tcp;

#[path = "serve.rs"]
#[allow(dead_code, reason = "its `main` is the server's, not the lab's")]
mod rung;

const REQUEST: &[u8] = b"GET /plaintext HTTP/1.1\r\nHost: workbook\r\n\r\n";

fn main() -> io::Result<()> {
    let requests = parameter("requests") as usize;
    let milliseconds = |key, title| Column { key, title, unit: "ms", digits: 2 };
    let mut table = Table::new(vec![
        Column { key: "rate", title: "requests a second", unit: "", digits: 0 },
        milliseconds("p50", "p50"),
        milliseconds("p99", "p99"),
        milliseconds("max", "max"),
    ]);
    table.row("one", "one client", &load(1, requests, false)?);
    progress(1, 3);
    table.row("four", "four clients at once", &load(4, requests, false)?);
    progress(2, 3);
    // Of one request, only its time means something.
    let [.., longest] = load(1, 1, true)?;
    let silent = [None, None, None, longest];
    table.row("silent", "one, beside a client that says nothing", &silent);
    progress(3, 3);
    table.print();
    Ok(())
}

/// Lets `clients` share `requests` among them, each on a new connection, and reports.
fn load(clients: usize, requests: usize, beside_silent: bool) -> io::Result<[Option<f64>; 4]> {
    let address = SocketAddr::from(([127, 0, 0, 1], 0));
    let listener = listen(address, &ListenOptions::default()).map_err(|error| error.cause)?;
    let address = listener.local_addr()?;
    let silent = if beside_silent { Some(tcp::connect(address)?) } else { None };
    let each = requests.div_ceil(clients);
    let connections = clients * each + usize::from(beside_silent);
    let server = thread::spawn(move || serve(&listener, connections));
    let begin = Instant::now();
    let asking: Vec<_> = (0..clients)
        .map(|_| thread::spawn(move || (0..each).map(|_| ask(address)).collect()))
        .collect();
    let mut durations: Vec<Duration> = Vec::new();
    for client in asking {
        let times: io::Result<Vec<_>> = client.join().expect("a client does not panic");
        durations.extend(times?);
    }
    let seconds = begin.elapsed().as_secs_f64();
    drop(silent);
    server.join().expect("the server does not panic")?;
    let rate = durations.len() as f64 / seconds;
    let samples = Samples::new(durations);
    let at = |percent| samples.percentile(percent).map(|time| time.as_secs_f64() * 1e3);
    Ok([Some(rate), at(50.0), at(99.0), at(100.0)])
}

/// The rung's own loop, for so many connections.
fn serve(listener: &TcpListener, connections: usize) -> io::Result<()> {
    for _ in 0..connections {
        let (mut stream, _) = listener.accept()?;
        // As in the server: who is not served is no reason to stop.
        let _ = rung::serve(&mut stream);
    }
    Ok(())
}

/// How long a request takes, from before the connection is opened to the end of the answer.
fn ask(address: SocketAddr) -> io::Result<Duration> {
    let begin = Instant::now();
    let mut stream: TcpStream = tcp::connect(address)?;
    stream.write_all(REQUEST)?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer)?;
    if answer.ends_with(b"Hello, World!") {
        Ok(begin.elapsed())
    } else {
        Err(io::ErrorKind::InvalidData.into())
    }
}
