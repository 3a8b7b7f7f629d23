//! The third rung: a pool of threads, one for each connection, and one answer on each.
//!
//! `cargo xtask serve lesson-3`

use std::error::Error;
use std::io::{self, Read};
use std::net::{SocketAddr, TcpStream};
use std::num::NonZeroUsize;
use std::os::unix::net::UnixStream;
use std::process::ExitCode;
use std::time::Duration;

use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::low_level::pipe;
use solution_1_networking::listener::{ListenOptions, listen};
use solution_2_lifecycle::connection::api::Api;
use solution_2_lifecycle::connection::{Limits, close, serve};
use threads::server::{Options, Server};

/// As many connections are served at once.
const THREADS: NonZeroUsize = NonZeroUsize::new(64).expect("64 is not zero");
/// As many wait for a thread. With the others these are fewer than the 1,024 descriptors that a program usually may have.
const WAITING_MAX: usize = 512;
/// How long a client may be silent.
const SILENCE_MAX: Duration = Duration::from_secs(5);
/// How long requests may take that have begun when it is told to stop.
const STOP_MAX: Duration = Duration::from_secs(10);

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Serves until it is told to stop.
fn run() -> Result<(), Box<dyn Error>> {
    let address: SocketAddr = std::env::args().nth(1).ok_or("usage: serve ADDRESS")?.parse()?;
    let listener = listen(address, &ListenOptions::default())?;
    let address = listener.local_addr()?;
    let api = Api::new()?;
    // ANCHOR: start
    let retry_after = Duration::from_secs(1);
    let options = Options { threads: THREADS, waiting_max: WAITING_MAX, retry_after };
    let server = Server::start(listener, options, move |stream| {
        // A client that is gone is no reason to stop.
        let _ = converse(stream, &api);
    })?;
    // ANCHOR_END: start
    println!("listening on http://{address}");
    // SIGTERM, or Ctrl-C: each writes a byte here.
    let (mut told, tells) = UnixStream::pair()?;
    for signal in [SIGTERM, SIGINT] {
        pipe::register(signal, tells.try_clone()?)?;
    }
    told.read_exact(&mut [0])?;
    match server.stop(STOP_MAX) {
        Ok(()) => println!("stopped: every request on an accepted connection was answered"),
        Err(unfinished) => println!("stopped: {unfinished}"),
    }
    Ok(())
}

// ANCHOR: converse
/// Answers one request.
fn converse(mut stream: &TcpStream, api: &Api) -> io::Result<()> {
    stream.set_read_timeout(Some(SILENCE_MAX))?;
    stream.set_write_timeout(Some(SILENCE_MAX))?;
    let limits = Limits { requests: 1, ..Limits::default() };
    serve(&mut stream, &limits, |request, response| api.handle(request, response))?;
    close(stream);
    Ok(())
}
// ANCHOR_END: converse
