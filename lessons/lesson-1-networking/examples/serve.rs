//! The first rung: one connection at a time, one fixed answer to whatever is asked.
//!
//! `cargo xtask serve lesson-1`

use std::convert::Infallible;
use std::error::Error;
use std::io::{self, ErrorKind, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::process::ExitCode;
use std::time::{Duration, Instant};

use networking::listener::{ListenOptions, listen};

/// A request line and headers that are longer are refused.
const REQUEST_BYTES_MAX: usize = 8 * 1024;

/// How long a client may keep everybody else waiting.
const SILENCE_MAX: Duration = Duration::from_secs(5);

/// How much of a body is read and ignored, so that its sender can read the answer.
const IGNORED_BYTES_MAX: usize = 64 << 20;

const ANSWER: &[u8] = b"HTTP/1.1 200 OK\r\n\
    Content-Type: text/plain\r\n\
    Content-Length: 13\r\n\
    Connection: close\r\n\
    \r\n\
    Hello, World!";

const TOO_LARGE: &[u8] = b"HTTP/1.1 431 Request Header Fields Too Large\r\n\
    Content-Length: 0\r\n\
    Connection: close\r\n\
    \r\n";

fn main() -> ExitCode {
    let error = match run() {
        Ok(never) => match never {},
        Err(error) => error,
    };
    eprintln!("error: {error}");
    let mut source = error.source();
    while let Some(cause) = source {
        eprintln!("  because {cause}");
        source = cause.source();
    }
    ExitCode::FAILURE
}

/// Listens and serves, one connection after the other, until the process is ended.
fn run() -> Result<Infallible, Box<dyn Error>> {
    let address: SocketAddr = std::env::args().nth(1).ok_or("usage: serve ADDRESS")?.parse()?;
    let listener = listen(address, &ListenOptions::default())?;
    println!("listening on http://{}", listener.local_addr()?);
    loop {
        // ANCHOR: loop
        let served = listener.accept().and_then(|(mut stream, _)| serve(&mut stream));
        if let Err(error) = served {
            // A client that is gone is no reason to stop.
            eprintln!("one client was not served: {error}");
        }
        // ANCHOR_END: loop
    }
}

// ANCHOR: serve
pub(crate) fn serve(stream: &mut TcpStream) -> io::Result<()> {
    stream.set_read_timeout(Some(SILENCE_MAX))?;
    stream.set_write_timeout(Some(SILENCE_MAX))?;
    let answer = if read_request(stream)? { ANSWER } else { TOO_LARGE };
    stream.write_all(answer)?;
    // To close a socket with unread bytes in it resets the connection, and the answer may be lost with it.
    stream.shutdown(Shutdown::Write)?;
    drain(stream)
}

/// Reads up to the empty line that ends a request's headers; false when [`REQUEST_BYTES_MAX`] do not
/// hold it.
fn read_request(stream: &mut TcpStream) -> io::Result<bool> {
    let mut request = [0; REQUEST_BYTES_MAX];
    let mut length = 0;
    while length < request.len() {
        let received = read(stream, &mut request[length..])?;
        if received == 0 {
            return Err(ErrorKind::UnexpectedEof.into());
        }
        // The four bytes may have come in two reads.
        let from = length.saturating_sub(3);
        length += received;
        if request[from..length].windows(4).any(|window| window == b"\r\n\r\n") {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Reads what the client still sends, until it closes, too. A client that goes on for longer than it
/// may, or sends more, is cut off: it has had its answer.
fn drain(stream: &mut TcpStream) -> io::Result<()> {
    let deadline = Instant::now() + SILENCE_MAX;
    let mut ignored = [0; REQUEST_BYTES_MAX];
    let mut left = IGNORED_BYTES_MAX;
    while left > 0 && Instant::now() < deadline {
        match read(stream, &mut ignored) {
            Ok(0) => break,
            Ok(received) => left = left.saturating_sub(received),
            Err(error)
                if matches!(error.kind(), ErrorKind::TimedOut | ErrorKind::ConnectionReset) =>
            {
                break;
            }
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// A `read` that a signal does not end: one with a time limit is not started again by the kernel.
fn read(stream: &mut TcpStream, buffer: &mut [u8]) -> io::Result<usize> {
    loop {
        match stream.read(buffer) {
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            // The kernel's own words for it are "resource temporarily unavailable".
            Err(error) if error.kind() == ErrorKind::WouldBlock => {
                return Err(io::Error::new(
                    ErrorKind::TimedOut,
                    "it said nothing for five seconds",
                ));
            }
            result => return result,
        }
    }
}
// ANCHOR_END: serve
