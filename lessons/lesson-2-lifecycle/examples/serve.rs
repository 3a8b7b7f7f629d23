//! The second rung: the small API over HTTP/1.1, kept connections, one of them at a time.
//!
//! `cargo xtask serve lesson-2`

use std::convert::Infallible;
use std::error::Error;
use std::io;
use std::net::{SocketAddr, TcpStream};
use std::process::ExitCode;
use std::time::Duration;

use lifecycle::connection::api::Api;
use lifecycle::connection::{Limits, close, serve};
use solution_1_networking::listener::{ListenOptions, listen};

/// How long a client may be silent, while all others wait.
const SILENCE_MAX: Duration = Duration::from_secs(1);
/// How many requests a client may send before it is somebody else's turn.
const TURN: u64 = 100;

fn main() -> ExitCode {
    match run() {
        Ok(never) => match never {},
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Listens and serves, one connection after the other, until the process is ended.
fn run() -> Result<Infallible, Box<dyn Error>> {
    let address: SocketAddr = std::env::args().nth(1).ok_or("usage: serve ADDRESS")?.parse()?;
    let listener = listen(address, &ListenOptions::default())?;
    println!("listening on http://{}", listener.local_addr()?);
    let api = Api::new()?;
    loop {
        // ANCHOR: loop
        let served = listener.accept().and_then(|(stream, _)| converse(stream, &api));
        if let Err(error) = served {
            // A client that is gone is no reason to stop.
            eprintln!("one client was not served: {error}");
        }
        // ANCHOR_END: loop
    }
}

// ANCHOR: converse
/// Answers a client until it is done, or until it is another one's turn.
fn converse(mut stream: TcpStream, api: &Api) -> io::Result<()> {
    stream.set_read_timeout(Some(SILENCE_MAX))?;
    stream.set_write_timeout(Some(SILENCE_MAX))?;
    let limits = Limits { requests: TURN, ..Limits::default() };
    serve(&mut stream, &limits, |request, response| api.handle(request, response))?;
    close(&stream);
    Ok(())
}
// ANCHOR_END: converse
