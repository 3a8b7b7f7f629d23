//! One connection.
//!
//! It reads as much as there is, answers all requests that have come whole, sends all answers with one call, and waits. What is
//! read lies in the worker's scratch memory, and requests are views of it: so a connection that is idle has no buffer at all,
//! and one whose requests come whole never has one.

use std::future::poll_fn;
use std::io::{self, ErrorKind};
use std::mem;
use std::net::IpAddr;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context as Asking, Poll, ready};
use std::time::{Duration, SystemTime};

use memory::budget::{Admission, Shed};
use solution_2_lifecycle::connection::Request;
use solution_2_lifecycle::request::{Body, Limits, Parser, RequestError, Version};
use solution_2_lifecycle::response::Response;
use solution_2_lifecycle::response::encoder::{Connection, Context};
use tokio::io::{AsyncRead, AsyncWriteExt, ReadBuf};
use tokio::net::TcpStream;
use tokio::task::yield_now;
use tokio::time::{Instant, sleep_until, timeout, timeout_at};

use crate::files::{Answer, text};
use crate::outgoing::Outgoing;
use crate::worker::Worker;

/// How long a client may be silent between two requests.
const IDLE_MAX: Duration = Duration::from_secs(60);
/// The same, when the worker is about to end.
const QUIET: Duration = Duration::from_millis(500);
/// How long a request may take to come, or an answer to go; and a millisecond more for each byte of it that has moved.
const PATIENCE: Duration = Duration::from_secs(10);
/// How long a client may take to hang up, too.
const LINGER: Duration = Duration::from_secs(1);
/// The largest body.
const BODY_BYTES_MAX: u64 = 64 << 10;

/// An answer that is made elsewhere.
pub(crate) type Later<'w> = Pin<Box<dyn Future<Output = Rc<Response>> + 'w>>;

/// What has become of a request.
pub(crate) enum Answered<'w> {
    /// It was answered.
    Now,
    /// It will be.
    Later(Later<'w>),
}

/// Answers a client until one side has had enough.
///
/// # Errors
///
/// The connection is broken, or the client takes too long for an answer.
pub(crate) async fn converse(stream: TcpStream, peer: IpAddr, worker: &Worker) -> io::Result<()> {
    let mut conversation = Conversation {
        stream,
        peer,
        worker,
        parser: Parser::new(Limits::default()),
        rest: Vec::new(),
        whole: 0,
        began: None,
        admitted: None,
        outgoing: Outgoing::new(),
    };
    let mut next = Next::Read;
    loop {
        next = match next {
            Next::Read => conversation.read().await?,
            Next::Answer => conversation.take_in(&[]),
            Next::Await(answer, context) => conversation.answer_later(&*answer.await, context),
            Next::End => return conversation.linger().await,
            Next::Gone => return Ok(()),
        };
        conversation.send().await?;
    }
}

struct Conversation<'w> {
    stream: TcpStream,
    peer: IpAddr,
    worker: &'w Worker,
    parser: Parser,
    /// What has come and is not answered: mostly nothing, and then it has no memory.
    rest: Vec<u8>,
    /// How long the request in `rest` will be, once its head has come.
    whole: usize,
    /// When it was first kept.
    began: Option<Instant>,
    /// The memory that `rest` may have.
    admitted: Option<Admission>,
    outgoing: Outgoing,
}

/// What a conversation does next.
enum Next<'w> {
    /// Answer what is left of what has come: enough was waiting to be sent.
    Answer,
    /// Read more.
    Read,
    /// Wait for an answer that is made elsewhere. Nothing behind it is answered before.
    Await(Later<'w>, Context),
    /// Hang up.
    End,
    /// The client has.
    Gone,
}

/// Why a request is not handled.
enum Refusal {
    Malformed(RequestError),
    /// It does not say how long its body is.
    Unbounded,
    TooLong,
    /// Too much of other requests is kept already.
    NoMemory,
    Late,
    /// A file has ended before its time.
    Broken,
}

impl<'w> Conversation<'w> {
    /// Waits for bytes, and answers the requests that they end.
    async fn read(&mut self) -> io::Result<Next<'w>> {
        let worker = self.worker;
        let is_idle = self.rest.is_empty();
        let deadline = match self.began {
            Some(began) => began + PATIENCE + Duration::from_millis(self.rest.len() as u64),
            None if worker.is_ending.get() => Instant::now() + QUIET,
            None => Instant::now() + IDLE_MAX,
        };
        tokio::select! {
            biased;
            next = poll_fn(|asking| self.poll_read(asking)) => next,
            // It comes back here, and has less time.
            () = worker.ending.notified(), if is_idle && !worker.is_ending.get() => Ok(Next::Read),
            () = sleep_until(deadline) => Ok(if is_idle { Next::End } else { self.refuse(Refusal::Late) }),
        }
    }

    /// Reads once, and answers before anybody else can read: so the memory in between is the worker's.
    fn poll_read(&mut self, asking: &mut Asking<'_>) -> Poll<io::Result<Next<'w>>> {
        let worker = self.worker;
        let mut scratch = worker.scratch.borrow_mut();
        let room = self.admitted.as_ref().map_or(scratch.len(), |it| it.weight() - self.rest.len());
        let room = room.min(scratch.len());
        let mut buffer = ReadBuf::new(&mut scratch[..room]);
        ready!(Pin::new(&mut self.stream).poll_read(asking, &mut buffer))?;
        let came = buffer.filled();
        Poll::Ready(Ok(if came.is_empty() { Next::Gone } else { self.take_in(came) }))
    }

    /// Answers what is whole in `rest` and what came behind it, and keeps what is left.
    fn take_in(&mut self, came: &[u8]) -> Next<'w> {
        let mut rest = mem::take(&mut self.rest);
        let was_kept = !rest.is_empty();
        if was_kept {
            rest.extend_from_slice(came);
        }
        let bytes = if was_kept { &rest } else { came };
        let (used, next) = self.answer(bytes);
        let left = bytes.len() - used;
        if matches!(next, Next::End) || left == 0 {
            (self.began, self.admitted) = (None, None);
            return next;
        }
        let Ok(weight) = self.admit(left) else { return self.refuse(Refusal::NoMemory) };
        if was_kept {
            rest.drain(..used);
        } else {
            rest = Vec::with_capacity(weight);
            rest.extend_from_slice(&came[used..]);
        }
        rest.reserve_exact(weight - left);
        if used > 0 {
            self.began = None;
        }
        self.began.get_or_insert_with(Instant::now);
        self.rest = rest;
        next
    }

    /// Admits the memory for `left` bytes and for the rest of the request that they begin, and says how much it is.
    fn admit(&mut self, left: usize) -> Result<usize, Shed> {
        let weight = left.max(self.whole).max(Limits::default().head_bytes);
        match &mut self.admitted {
            Some(admitted) if admitted.weight() < weight => {
                admitted.grow(weight - admitted.weight())?;
            }
            Some(admitted) => admitted.shrink_to(weight),
            None => self.admitted = Some(self.worker.partial.try_admit(weight)?),
        }
        Ok(weight)
    }

    /// Answers the requests that `bytes` begin with, until enough waits to be sent. Says how many bytes those had.
    fn answer(&mut self, bytes: &[u8]) -> (usize, Next<'w>) {
        let mut used = 0;
        loop {
            if self.outgoing.is_enough() {
                return (used, Next::Answer);
            }
            match self.answer_first(&bytes[used..]) {
                Ok(None) => return (used, Next::Read),
                Ok(Some((count, Next::Answer))) => used += count,
                Ok(Some((count, next))) => return (used + count, next),
                Err(refusal) => return (used, self.refuse(refusal)),
            }
        }
    }

    /// Answers the request that `bytes` begin with, if it is whole. Says how long it was, and what comes next.
    fn answer_first(&mut self, bytes: &[u8]) -> Result<Option<(usize, Next<'w>)>, Refusal> {
        if bytes.len() < self.whole {
            return Ok(None);
        }
        let worker = self.worker;
        let Some(head) = self.parser.parse(bytes).map_err(Refusal::Malformed)? else {
            return Ok(None);
        };
        let whole = match head.body {
            Body::Length(length) if length <= BODY_BYTES_MAX => head.length + length as usize,
            Body::Length(_) => return Err(Refusal::TooLong),
            Body::Chunked => return Err(Refusal::Unbounded),
        };
        let mut desk = worker.desk.borrow_mut();
        let (encoder, draft) = &mut *desk;
        if bytes.len() < whole {
            // The client may wait to hear that somebody wants its body.
            if head.expects_continue && self.whole == 0 && bytes.len() == head.length {
                draft.extend_from_slice(b"HTTP/1.1 100 Continue\r\n\r\n");
                self.outgoing.put(draft, &worker.buffers);
            }
            self.whole = whole;
            return Ok(None);
        }
        self.whole = 0;
        let connection = match head.version() {
            _ if !head.keep_alive || worker.is_ending.get() => Connection::Closes,
            Version::Http11 => Connection::Stays,
            Version::Http10 => Connection::StaysForOld,
        };
        let context = Context { is_head: head.method() == "HEAD", connection };
        let mut encode = |response: &Response, draft: &mut Vec<u8>| {
            encoder.encode(response, context, SystemTime::now(), draft);
        };
        match worker.files.answer(&head, connection, draft) {
            Some(Answer::File(file, part)) => {
                self.outgoing.put(draft, &worker.buffers);
                self.outgoing.put_file(file, part, &worker.buffers).map_err(|_| Refusal::Broken)?;
            }
            Some(Answer::Words(response)) => encode(&response, draft),
            None => {
                let request = Request { head, body: &bytes[head.length..whole] };
                let answered =
                    worker.answers.answer(self.peer, &request, |response| encode(response, draft));
                if let Answered::Later(answer) = answered {
                    return Ok(Some((whole, Next::Await(answer, context))));
                }
            }
        }
        self.outgoing.put(draft, &worker.buffers);
        Ok(Some((whole, behind(connection))))
    }

    fn answer_later(&mut self, response: &Response, context: Context) -> Next<'w> {
        let mut desk = self.worker.desk.borrow_mut();
        let (encoder, draft) = &mut *desk;
        encoder.encode(response, context, SystemTime::now(), draft);
        self.outgoing.put(draft, &self.worker.buffers);
        behind(context.connection)
    }

    /// Says why no more requests are answered.
    fn refuse(&mut self, refusal: Refusal) -> Next<'w> {
        let mut response = match refusal {
            Refusal::Malformed(error) => text(error.status(), &error.to_string()),
            Refusal::Unbounded => text(411, "the request does not say how long its body is"),
            Refusal::TooLong => text(413, "the body is too long"),
            Refusal::NoMemory => text(503, "too many requests are half here"),
            Refusal::Late => text(408, "the request did not come in time"),
            // Its head may have been sent: nothing can be said any more.
            Refusal::Broken => return Next::Gone,
        };
        if response.status == 503 {
            response.add("retry-after", "1").expect("a digit is visible");
        }
        let context = Context { is_head: false, connection: Connection::Closes };
        let mut desk = self.worker.desk.borrow_mut();
        let (encoder, draft) = &mut *desk;
        encoder.encode(&response, context, SystemTime::now(), draft);
        self.outgoing.put(draft, &self.worker.buffers);
        Next::End
    }

    /// Sends all that waits, as fast as the client takes it.
    async fn send(&mut self) -> io::Result<()> {
        let mut began = None;
        loop {
            match self.outgoing.send(&self.stream) {
                Ok(true) => return Ok(()),
                // Somebody else's turn.
                Ok(false) => yield_now().await,
                Err(error) if error.kind() == ErrorKind::WouldBlock => {
                    let left = self.outgoing.left();
                    let (when, at_first) = *began.get_or_insert_with(|| (Instant::now(), left));
                    let deadline = when + PATIENCE + Duration::from_millis(at_first - left);
                    timeout_at(deadline, self.stream.writable()).await??;
                }
                Err(error) => return Err(error),
            }
        }
    }

    /// Hangs up in such a way that the client can read the last answer: a socket that is closed while something lies in it
    /// unread sends a reset, which may overtake that.
    async fn linger(&mut self) -> io::Result<()> {
        self.stream.shutdown().await?;
        let ignore = async {
            while poll_fn(|asking| self.poll_ignore(asking)).await? > 0 {}
            Ok(())
        };
        timeout(LINGER, ignore).await.unwrap_or(Ok(()))
    }

    fn poll_ignore(&mut self, asking: &mut Asking<'_>) -> Poll<io::Result<usize>> {
        let mut scratch = self.worker.scratch.borrow_mut();
        let mut buffer = ReadBuf::new(&mut scratch);
        ready!(Pin::new(&mut self.stream).poll_read(asking, &mut buffer))?;
        Poll::Ready(Ok(buffer.filled().len()))
    }
}

/// What comes behind an answer.
fn behind<'w>(connection: Connection) -> Next<'w> {
    match connection {
        Connection::Closes => Next::End,
        Connection::Stays | Connection::StaysForOld => Next::Answer,
    }
}
