//! `api-server probe`: asks a server whether it is well, for a container that has no other program to ask with.

use std::ffi::OsString;
use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::process::ExitCode;
use std::time::{Duration, Instant};

use crate::exit;

/// The argument that makes the program this one.
pub(crate) const ARGUMENT: &str = "probe";
const URL: &str = "http://127.0.0.1:8080/health";
/// The longest that all of it takes. The answer is given up by the server after half a second.
const LONG: Duration = Duration::from_secs(2);

/// Asks the URL that is given, or the usual one.
#[must_use]
pub fn run(arguments: &[OsString]) -> ExitCode {
    let url =
        arguments.first().map_or(Some(URL), |url| url.to_str()).filter(|_| arguments.len() < 2);
    let Some((url, (address, path))) = url.and_then(|url| Some((url, parts(url)?))) else {
        eprintln!(
            "api-server: `probe` takes one URL with an address, without TLS, such as `{URL}`"
        );
        return ExitCode::from(exit::USAGE);
    };
    let why = match ask(address, path) {
        Ok(status) if status == "200" => return ExitCode::SUCCESS,
        Ok(status) => format!("it is answered with `{status}`"),
        Err(error) => format!("it is not answered: {error}"),
    };
    eprintln!("api-server: `{url}`: {why}");
    ExitCode::from(exit::NOT_WELL)
}

/// `http://ADDRESS:PORT/PATH`. To look a name up may take longer than all the rest may.
fn parts(url: &str) -> Option<(SocketAddr, &str)> {
    let rest = url.strip_prefix("http://")?;
    let (authority, path) = rest.split_at(rest.find('/')?);
    let is_plain = path.bytes().all(|byte| byte.is_ascii_graphic());
    authority.parse().ok().filter(|_| is_plain).map(|address| (address, path))
}

/// The status of the answer.
fn ask(address: SocketAddr, path: &str) -> io::Result<String> {
    let end = Instant::now() + LONG;
    let left = || match end.saturating_duration_since(Instant::now()) {
        Duration::ZERO => Err(io::Error::from(io::ErrorKind::TimedOut)),
        left => Ok(left),
    };
    let mut stream = TcpStream::connect_timeout(&address, left()?)?;
    stream.set_write_timeout(Some(left()?))?;
    write!(stream, "GET {path} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\r\n")?;
    // `HTTP/1.1 200`: no more is needed.
    let mut begin = [0; 12];
    let mut read = 0;
    while read < begin.len() {
        stream.set_read_timeout(Some(left()?))?;
        match stream.read(&mut begin[read..])? {
            0 => return Err(io::ErrorKind::UnexpectedEof.into()),
            count => read += count,
        }
    }
    let begin = String::from_utf8_lossy(&begin);
    let status = begin.strip_prefix("HTTP/1.1 ").map(str::to_owned);
    status.ok_or_else(|| io::Error::new(io::ErrorKind::InvalidData, "that is no HTTP/1.1"))
}
