//! Three frames, cut by the stream in other places: what each `read` returns, and which frames come out.

use std::cell::Cell;
use std::error::Error;
use std::io::{self, ErrorKind, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::ops::Range;

use networking::frame::{FrameError, FrameReader, FrameWriter, HEADER_BYTES};
use witness::tcp;
use witness::trace::{Event, Gauge, Recorder, kernel, parameter, program};

const PAYLOADS: [&[u8]; 3] = [b"first", b"", b"the third"];

/// Longer than each of them.
const LIMIT: usize = 64;

fn main() -> Result<(), Box<dyn Error>> {
    let mut bytes = Vec::new();
    let mut writer = FrameWriter::new(&mut bytes, LIMIT);
    for payload in PAYLOADS {
        writer.write_frame(payload)?;
    }
    let gauge = |key, title| Gauge { key, title, unit: "B", max: bytes.len() as u64 };
    let trace = Recorder::new(
        &[program("sender"), kernel("socket"), program("reader"), program("caller")],
        &[gauge("socket", "in the socket"), gauge("kept", "in the reader")],
    );
    let (sender, receiver) = tcp::pair();
    receiver.set_nonblocking(true)?;
    let stage = Stage { trace: &trace, receiver: &receiver, kept: Cell::new(0) };
    let mut reader = FrameReader::new(&stage, LIMIT);
    let (first, second) = (parameter("first") as usize, parameter("second") as usize);
    let mut sent = 0;
    for end in [first, first + second, bytes.len()] {
        let end = end.min(bytes.len());
        if end > sent {
            stage.sends(&sender, &bytes, sent..end)?;
            while stage.takes(&mut reader)? {}
        }
        sent = end;
    }
    stage.ends(&sender)?;
    stage.takes(&mut reader)?;
    Ok(trace.print()?)
}

struct Stage<'a> {
    trace: &'a Recorder,
    receiver: &'a TcpStream,
    /// Bytes that the reader has read and not handed out.
    kept: Cell<usize>,
}

impl Stage<'_> {
    fn with_levels<'e>(&self, event: Event<'e>) -> io::Result<Event<'e>> {
        let unread = tcp::unread(self.receiver)?;
        Ok(event.gauge("socket", unread as u64).gauge("kept", self.kept.get() as u64))
    }

    /// A piece of the stream, as a network may cut it.
    fn sends(&self, mut sender: &TcpStream, bytes: &[u8], piece: Range<usize>) -> io::Result<()> {
        let event = self.trace.event("sender", "write").to("socket");
        sender.write_all(&bytes[piece.clone()])?;
        tcp::until(|| Ok(tcp::unread(self.receiver)? == piece.len()))?;
        let says = format!("bytes {} to {} of {} arrive", piece.start + 1, piece.end, bytes.len());
        self.with_levels(event)?.says(says);
        Ok(())
    }

    fn ends(&self, sender: &TcpStream) -> io::Result<()> {
        let event = self.trace.event("sender", "shutdown").to("socket");
        sender.shutdown(Shutdown::Write)?;
        tcp::until_readable(self.receiver)?;
        self.with_levels(event)?.says("the sender has said everything");
        Ok(())
    }

    /// Calls `next_frame`, and says whether there was one.
    fn takes(&self, reader: &mut FrameReader<&Self>) -> Result<bool, Box<dyn Error>> {
        let (kind, says, more) = match reader.next_frame() {
            Ok(Some(payload)) => {
                self.kept.set(self.kept.get() - HEADER_BYTES - payload.len());
                let text = String::from_utf8_lossy(payload);
                ("frame", format!("`next_frame` returns \"{text}\""), true)
            }
            Ok(None) => ("end", "`next_frame` returns `None`".to_owned(), false),
            Err(FrameError::Io(error)) if error.kind() == ErrorKind::WouldBlock => {
                let kept = self.kept.get();
                ("not-yet", format!("no whole frame; {kept} bytes stay"), false)
            }
            Err(error) => return Err(error.into()),
        };
        let event = self.trace.event("reader", kind).to("caller");
        self.with_levels(event)?.says(says);
        Ok(more)
    }
}

/// The stream that the reader reads.
impl Read for &Stage<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let mut receiver = self.receiver;
        let result = receiver.read(buffer);
        let (kind, says) = match &result {
            Ok(received) => {
                self.kept.set(self.kept.get() + received);
                let says = format!("`read` returns {received} (room for {})", buffer.len());
                ("read-returns", says)
            }
            Err(error) if error.kind() == ErrorKind::WouldBlock => {
                ("would-block", "`read`: nothing is there (`WouldBlock`)".to_owned())
            }
            Err(error) => ("read-fails", error.to_string()),
        };
        let event = self.trace.event("socket", kind).to("reader");
        self.with_levels(event)?.says(says);
        result
    }
}
