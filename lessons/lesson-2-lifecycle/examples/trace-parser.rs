//! A head that comes in pieces: what the parser takes of each, and what it says.

use std::error::Error;
use std::io::{Read, Write};

use lifecycle::request::{Limits, Parser};
use witness::tcp;
use witness::trace::{Gauge, Recorder, kernel, parameter, program};

/// The second one has a space in front of its colon.
const BYTES: &[u8] =
    b"GET /users?page=2 HTTP/1.1\r\nhost: api.example\r\naccept: text/html\r\n\r\n\
    GET /users/7 HTTP/1.1\r\nhost : api.example\r\n\r\n";

fn main() -> Result<(), Box<dyn Error>> {
    let piece = parameter("piece") as usize;
    let gauge = |key, title| Gauge { key, title, unit: "B", max: 72 };
    let trace = Recorder::new(
        &[program("client"), kernel("socket"), program("parser"), program("caller")],
        &[gauge("taken", "taken"), gauge("unread", "not yet a line")],
    );
    let (mut client, mut server) = tcp::pair();
    let mut parser = Parser::new(Limits::default());
    let (mut buffer, mut start, mut end) = ([0; BYTES.len()], 0, 0);
    for bytes in BYTES.chunks(piece) {
        let event = trace.event("client", "write").to("socket");
        client.write_all(bytes)?;
        tcp::until(|| Ok(tcp::unread(&server)? == bytes.len()))?;
        event.says(format!("`{}`", shown(bytes)));
        end += server.read(&mut buffer[end..])?;
        // Until it wants more, or never wants any again.
        loop {
            let (kind, says, head_bytes) = match parser.parse(&buffer[start..end]) {
                Ok(None) => ("not-yet", "`parse` returns `None`".to_owned(), 0),
                Ok(Some(head)) => {
                    let (target, fields) = (head.target(), head.fields().count());
                    let says = format!("`parse` returns a head: `{target}`, fields: {fields}");
                    ("head", says, head.length)
                }
                Err(error) => ("refused", format!("`parse` fails: {error}"), 0),
            };
            let taken = parser.taken();
            let event = trace.event("parser", kind).to("caller");
            let event = event.gauge("taken", taken as u64);
            let event = event.gauge("unread", (end - start - taken) as u64);
            if kind == "refused" {
                event.bad().says(says);
                return Ok(trace.print()?);
            }
            event.says(says);
            start += head_bytes;
            if head_bytes == 0 {
                break;
            }
        }
    }
    Ok(trace.print()?)
}

/// Line ends as Rust writes them.
fn shown(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).escape_debug().to_string()
}
