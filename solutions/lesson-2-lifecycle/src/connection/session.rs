//! A connection at work.

use std::io::{self, ErrorKind, Read, Write};
use std::time::SystemTime;

use super::body::Shape;
use super::input::Input;
use super::{End, Limits, Refusal, Request, UNWRITTEN_BYTES};
use crate::request::{Parser, RequestError, Version};
use crate::response::Response;
use crate::response::encoder::{Connection, Context, Encoder};

/// A connection, all of whose memory is used again for the next request.
pub(super) struct Session<'s, S, H> {
    stream: &'s mut S,
    pub(super) limits: &'s Limits,
    handle: H,
    pub(super) input: Input,
    /// Answers that the client has not got yet.
    pub(super) unwritten: Vec<u8>,
    parser: Parser,
    encoder: Encoder,
    response: Response,
    /// The request that was read last asks for no body. False while its first line is not whole.
    is_head: bool,
    /// How many requests it may still have.
    left: u64,
    /// When the last bytes came: the date of the answers to them.
    now: SystemTime,
}

/// Why there is no next request.
pub(super) enum Stop {
    End(End),
    Failed(io::Error),
}

impl From<Refusal> for Stop {
    fn from(refusal: Refusal) -> Self {
        Self::End(End::Refused(refusal))
    }
}

impl From<RequestError> for Stop {
    fn from(error: RequestError) -> Self {
        Refusal::Malformed(error).into()
    }
}

impl From<io::Error> for Stop {
    fn from(error: io::Error) -> Self {
        Self::Failed(error)
    }
}

impl<'s, S: Read + Write, H: FnMut(&Request<'_>, &mut Response)> Session<'s, S, H> {
    pub(super) fn new(stream: &'s mut S, limits: &'s Limits, handle: H) -> Self {
        Self {
            stream,
            limits,
            handle,
            input: Input::default(),
            unwritten: Vec::new(),
            parser: Parser::new(limits.head),
            encoder: Encoder::new(),
            response: Response::new(),
            is_head: false,
            left: limits.requests,
            now: SystemTime::now(),
        }
    }

    pub(super) fn run(mut self) -> io::Result<End> {
        // ANCHOR: run
        // TASK: answer requests until there is a reason to stop; write what is left; say why
        // STEP: before the end, a refusal is answered with its own answer, and the connection closes; `self.is_head` says
        // STEP: whether it was a `HEAD` that was refused
        let stop = loop {
            if let Err(stop) = self.answer_next() {
                break stop;
            }
        };
        let end = match stop {
            Stop::End(end) => end,
            Stop::Failed(error) => return Err(error),
        };
        if let End::Refused(refusal) = end {
            refusal.answer(&mut self.response);
            self.encode(Context { is_head: self.is_head, connection: Connection::Closes });
        }
        self.write()?;
        Ok(end)
        // ANCHOR_END: run
    }

    /// Reads a request, has it handled, and adds the answer to those that are unwritten.
    fn answer_next(&mut self) -> Result<(), Stop> {
        let shape = self.read_head()?;
        let whole = self.read_body(shape)?;
        self.left -= 1;
        let (head, body) = self.input.unused()[..whole].split_at(shape.head_bytes);
        let head = self.parser.head(head).expect("it is whole");
        let connection = match head.version() {
            _ if !head.keep_alive || self.left == 0 => Connection::Closes,
            Version::Http11 => Connection::Stays,
            Version::Http10 => Connection::StaysForOld,
        };
        let context = Context { is_head: self.is_head, connection };
        self.response.clear();
        (self.handle)(&Request { head, body }, &mut self.response);
        self.input.use_up(whole);
        // ANCHOR: answer_next
        // TASK: encode the answer; stop if the connection closes; write if there is much
        self.encode(context);
        if connection == Connection::Closes {
            return Err(Stop::End(End::Announced));
        }
        if self.unwritten.len() >= UNWRITTEN_BYTES {
            self.write()?;
        }
        Ok(())
        // ANCHOR_END: answer_next
    }

    /// Reads until a head is whole.
    fn read_head(&mut self) -> Result<Shape, Stop> {
        loop {
            let read =
                self.parser.parse(self.input.unused()).map(|head| head.map(|it| Shape::of(&it)));
            // Also of a head that is refused, which is answered, too.
            self.is_head = self.parser.method(self.input.unused()) == Some(b"HEAD");
            if let Some(shape) = read? {
                return Ok(shape);
            }
            self.read_more()?;
        }
    }

    /// Waits for more bytes.
    pub(super) fn read_more(&mut self) -> Result<(), Stop> {
        // ANCHOR: read_more
        // TASK: read more, but let nobody wait for an answer meanwhile
        // STEP: when nothing comes any more: how it ended depends on whether a request has begun (`self.is_idle()`)
        self.write()?;
        let is_idle = self.is_idle();
        match self.input.read(self.stream) {
            Ok(0) if is_idle => return Err(Stop::End(End::Idle)),
            Ok(0) => return Err(Stop::End(End::Truncated)),
            Ok(_) => {}
            Err(error) if is_late(&error) && is_idle => return Err(Stop::End(End::Idle)),
            Err(error) if is_late(&error) => return Err(Refusal::Late.into()),
            Err(error) => return Err(error.into()),
        }
        // ANCHOR_END: read_more
        self.now = SystemTime::now();
        Ok(())
    }

    /// Whether the client owes nothing.
    fn is_idle(&self) -> bool {
        self.parser.is_idle(self.input.unused())
    }

    fn encode(&mut self, context: Context) {
        self.encoder.encode(&self.response, context, self.now, &mut self.unwritten);
    }

    /// Writes all that is unwritten.
    fn write(&mut self) -> io::Result<()> {
        // ANCHOR: write
        // TASK: write it with one call, unless there is nothing, and keep the buffer's memory
        if !self.unwritten.is_empty() {
            self.stream.write_all(&self.unwritten)?;
            self.unwritten.clear();
        }
        Ok(())
        // ANCHOR_END: write
    }
}

/// The stream's time limit has passed.
fn is_late(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut)
}
