//! What each rung asks of the kernel for a request: one after the other on one connection, and sixteen at once.

#[path = "traced/mod.rs"]
mod traced;

use std::error::Error;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::process::{ChildStdout, Command};
use std::time::Duration;

use traced::{Calls, run};
use witness::lab::{Column, Table, parameter, progress, rungs};

/// How many requests come at once in the second column.
const AT_ONCE: usize = 16;
/// How many come over one connection, where it is kept.
const A_CONNECTION: usize = 6 * AT_ONCE;
/// How long a rung may take to answer.
const PATIENCE: Duration = Duration::from_secs(20);
/// Requests that nobody counts: the first ones find memory and threads missing.
const WARM_UP: usize = 2 * AT_ONCE;

fn main() -> Result<(), Box<dyn Error>> {
    let requests = (parameter("requests") as usize).next_multiple_of(A_CONNECTION);
    let column = |key, title| Column { key, title, unit: "", digits: 2 };
    let mut table = Table::new(vec![
        column("alone", "calls a request"),
        column("at-once", "calls a request, of 16 at once"),
    ]);
    let rungs = rungs();
    let count = rungs.len();
    for (done, rung) in rungs.into_iter().enumerate() {
        progress(done, count);
        let mut command = Command::new(rung.program);
        command.arg("127.0.0.1:0").env("WORKERS", "1");
        let counted = run(command, |stdout, calls| measure(stdout, calls, requests))??;
        table.row(&rung.name, &rung.title, &counted);
    }
    progress(count, count);
    table.note("Counted by ptrace, in all threads and processes of a rung, with one worker; 96 requests over each connection. Those without a second number close after each answer.");
    table.print();
    Ok(())
}

/// Calls for each request, alone and at once; no second number if the server does not keep the connection.
fn measure(stdout: ChildStdout, calls: &Calls, requests: usize) -> io::Result<[Option<f64>; 2]> {
    let mut stdout = BufReader::new(stdout);
    let mut line = String::new();
    stdout.read_line(&mut line)?;
    let address = line.trim().strip_prefix("listening on http://").and_then(|it| it.parse().ok());
    let address: SocketAddr = address.ok_or_else(|| io::Error::other("it does not listen"))?;
    // A pipe that nobody reads would stop it.
    std::thread::spawn(move || io::copy(&mut stdout, &mut io::sink()));
    let keeps = ask(&mut connect(address)?, 2).is_ok();
    let each = |calls: u64| Some(calls as f64 / requests as f64);
    if !keeps {
        let one = || -> io::Result<()> { ask(&mut connect(address)?, 1) };
        (0..WARM_UP).try_for_each(|_| one())?;
        let (done, alone) = calls.during(|| (0..requests).try_for_each(|_| one()));
        done?;
        return Ok([each(alone), None]);
    }
    // The second rung serves nobody for longer than that.
    let connections = requests / A_CONNECTION;
    let counted = |at_once: usize| -> io::Result<Option<f64>> {
        let use_one = || -> io::Result<()> {
            let mut stream = connect(address)?;
            (0..A_CONNECTION / at_once).try_for_each(|_| ask(&mut stream, at_once))
        };
        use_one()?;
        let (done, calls) = calls.during(|| (0..connections).try_for_each(|_| use_one()));
        done?;
        Ok(each(calls))
    };
    Ok([counted(1)?, counted(AT_ONCE)?])
}

fn connect(address: SocketAddr) -> io::Result<TcpStream> {
    let stream = TcpStream::connect(address)?;
    stream.set_nodelay(true)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    Ok(stream)
}

/// Sends so many requests with one call, and reads their answers.
fn ask(stream: &mut TcpStream, count: usize) -> io::Result<()> {
    const BODY: &[u8] = b"Hello, World!";
    stream.write_all("GET /plaintext HTTP/1.1\r\nhost: lab\r\n\r\n".repeat(count).as_bytes())?;
    let (mut seen, mut answers) = (Vec::new(), 0);
    while answers < count {
        let mut buffer = [0; 16 << 10];
        let read = match stream.read(&mut buffer)? {
            0 => return Err(io::ErrorKind::UnexpectedEof.into()),
            read => read,
        };
        seen.extend_from_slice(&buffer[..read]);
        answers = seen.windows(BODY.len()).filter(|window| *window == BODY).count();
    }
    Ok(())
}
