//! Goal: what comes is answered, in its order, with few system calls; what is wrong is answered, and ends the connection.
//!
//! Method: scripted clients, every split of a request, system calls and allocations counted; one client on a real socket.
//! Not proven: that a client cannot hold a thread (whoever makes the stream gives it a time limit), and how many connections
//! there may be (lesson 3).

use std::io::{self, ErrorKind, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::thread;
use std::time::{Duration, Instant};

use lifecycle::connection::{End, Limits, Refusal, Request, UNWRITTEN_BYTES, close, serve};
use lifecycle::request::RequestError;
use lifecycle::response::Response;
use witness::allocations::{CountingAllocator, counted};
use witness::script::Script;

#[global_allocator]
static ALLOCATOR: CountingAllocator = CountingAllocator;

const GET: &str = "GET /a HTTP/1.1\r\nhost: a\r\n\r\n";

/// Says what was asked for.
fn echo(request: &Request<'_>, response: &mut Response) {
    response.content_type = "text/plain";
    for part in [request.head.path().as_bytes(), b" ", request.body] {
        response.body.extend_from_slice(part);
    }
}

/// An answer without its date, which is another one each second.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Answer {
    status: u16,
    closes: bool,
    body: String,
}

/// What a client gets that has asked so often without `HEAD`.
#[track_caller]
fn answers(bytes: &[u8]) -> Vec<Answer> {
    let mut rest = str::from_utf8(bytes).expect("answers are text here");
    let mut answers = Vec::new();
    while !rest.is_empty() {
        let (head, behind) = rest.split_once("\r\n\r\n").expect("a head ends");
        let status = head.strip_prefix("HTTP/1.1 ").expect("a status line")[..3].parse().unwrap();
        let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
        let length = length.map_or(0, |length| length.parse().unwrap());
        let closes = head.contains("\r\nconnection: close");
        answers.push(Answer { status, closes, body: behind[..length].to_owned() });
        rest = &behind[length..];
    }
    answers
}

fn answer(status: u16, closes: bool, body: &str) -> Answer {
    Answer { status, closes, body: body.to_owned() }
}

/// What became of a connection on which a client did this, and what it got.
#[track_caller]
fn served(script: Script) -> (End, Vec<Answer>) {
    let (end, stream) = limited(script, &Limits::default());
    (end, answers(&stream.written()))
}

#[track_caller]
fn limited(mut script: Script, limits: &Limits) -> (End, Script) {
    let end = serve(&mut script, limits, echo).expect("the stream does not fail");
    (end, script)
}

#[test]
fn a_request_is_answered() {
    let (end, answers) = served(Script::new().reads(GET));
    assert_eq!((end, answers), (End::Idle, vec![answer(200, false, "/a ")]));
}

#[test]
fn a_connection_is_for_many_requests() {
    let script = Script::new().reads(GET).reads("GET /b HTTP/1.1\r\nhost: a\r\n\r\n").reads(GET);
    let (end, answers) = served(script);
    let expected = ["/a ", "/b ", "/a "].map(|body| answer(200, false, body));
    assert_eq!((end, answers), (End::Idle, expected.to_vec()));
}

#[test]
fn a_body_comes_with_its_request_however_it_is_cut() {
    for (framing, body) in [
        ("content-length: 5", "hello"),
        ("transfer-encoding: chunked", "2\r\nhe\r\n3;x=y\r\nllo\r\n0\r\nx: y\r\n\r\n"),
    ] {
        let request = format!("PUT /a HTTP/1.1\r\nhost: a\r\n{framing}\r\n\r\n{body}");
        let whole = [&request, GET].concat();
        for split in 1..whole.len() {
            let script = Script::new().reads(&whole[..split]).reads(&whole[split..]);
            let (end, answers) = served(script);
            let expected = vec![answer(200, false, "/a hello"), answer(200, false, "/a ")];
            assert_eq!((end, answers), (End::Idle, expected), "{framing}, split at {split}");
        }
        let script = whole.bytes().fold(Script::new(), |script, byte| script.reads([byte]));
        assert_eq!(served(script).1.len(), 2, "{framing}, byte by byte");
    }
}

/// A stream that remembers how much was written before each `read`.
struct Watched {
    script: Script,
    before_reads: Vec<usize>,
}

impl Read for Watched {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.before_reads.push(answers(&self.script.written()).len());
        self.script.read(buffer)
    }
}

impl Write for Watched {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.script.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn nobody_waits_for_a_client_that_waits_for_its_answer() {
    let script = Script::new().reads(GET).reads([GET, GET, &GET[..9]].concat()).reads(&GET[9..]);
    let mut stream = Watched { script, before_reads: Vec::new() };
    serve(&mut stream, &Limits::default(), echo).unwrap();
    assert_eq!(stream.before_reads, [0, 1, 3, 4], "so many answers were written before each read");
}

#[test]
fn what_came_together_is_answered_with_one_write() {
    let (_, stream) = limited(Script::new().reads(GET.repeat(50)), &Limits::default());
    assert_eq!(answers(&stream.written()), vec![answer(200, false, "/a "); 50]);
    assert_eq!((stream.read_calls(), stream.write_calls()), (2, 1));
}

/// Remembers the longest write.
#[derive(Default)]
struct Measured {
    input: io::Cursor<Vec<u8>>,
    longest: usize,
    written: usize,
}

impl Read for Measured {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.input.read(buffer)
    }
}

impl Write for Measured {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.longest = self.longest.max(bytes.len());
        self.written += bytes.len();
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn large_answers_are_written_before_there_are_too_many() {
    let input = io::Cursor::new(GET.repeat(500).into_bytes());
    let mut stream = Measured { input, ..Measured::default() };
    let body = [b'x'; 4000];
    serve(&mut stream, &Limits::default(), |_, response| response.body.extend_from_slice(&body))
        .unwrap();
    assert!(stream.written > 500 * body.len());
    let most = UNWRITTEN_BYTES + body.len() + 500;
    assert!(stream.longest <= most, "{} bytes were unwritten", stream.longest);
}

#[test]
fn to_head_there_is_no_body() {
    let (_, stream) = limited(Script::new().reads(GET.replace("GET", "HEAD")), &Limits::default());
    let text = String::from_utf8(stream.written()).unwrap();
    assert!(text.contains("content-length: 3\r\n") && text.ends_with("\r\n\r\n"), "{text}");
}

#[test]
fn a_refusal_of_head_has_no_body_either() {
    let long = "HEAD / HTTP/1.1\r\nhost: a\r\ncontent-length: 99999999\r\n\r\n";
    let (end, stream) = limited(Script::new().reads(long), &Limits::default());
    assert_eq!(end, End::Refused(Refusal::BodyTooLong));
    let text = String::from_utf8(stream.written()).unwrap();
    assert!(text.starts_with("HTTP/1.1 413 "), "{text}");
    assert!(text.ends_with("\r\n\r\n"), "behind an answer to `HEAD` there is a body:\n{text}");
    let wrong = "HEAD / HTTP/1.1\r\nhost : a\r\n\r\n";
    let (_, stream) = limited(Script::new().reads([wrong, GET].concat()), &Limits::default());
    let text = String::from_utf8(stream.written()).unwrap();
    assert!(text.starts_with("HTTP/1.1 400 "), "{text}");
    assert!(text.ends_with("\r\n\r\n"), "behind an answer to `HEAD` there is a body:\n{text}");
}

#[test]
fn the_connection_closes_when_a_side_has_said_so() {
    let close = GET.replace("\r\n\r\n", "\r\nconnection: close\r\n\r\n");
    let old = GET.replace("1.1", "1.0");
    for last in [&close, &old] {
        let (end, answers) = served(Script::new().reads([GET, last, GET].concat()));
        let expected = vec![answer(200, false, "/a "), answer(200, true, "/a ")];
        assert_eq!((end, answers), (End::Announced, expected));
    }
    let stays = old.replace("\r\n\r\n", "\r\nconnection: keep-alive\r\n\r\n");
    let (_, stream) = limited(Script::new().reads(stays.repeat(2)), &Limits::default());
    let text = String::from_utf8(stream.written()).unwrap();
    assert_eq!(text.matches("connection: keep-alive").count(), 2, "it must be told: {text}");
}

#[test]
fn the_last_request_that_a_connection_may_have_is_told_so() {
    let limits = Limits { requests: 2, ..Limits::default() };
    let (end, stream) = limited(Script::new().reads(GET.repeat(3)), &limits);
    let expected = vec![answer(200, false, "/a "), answer(200, true, "/a ")];
    assert_eq!((end, answers(&stream.written())), (End::Announced, expected));
}

#[test]
fn what_is_no_request_is_answered_and_ends_it() {
    let wrong = "GET /a HTTP/1.1\r\nhost : a\r\n\r\n";
    let (end, mut answers) = served(Script::new().reads([GET, wrong, GET].concat()));
    assert_eq!(end, End::Refused(Refusal::Malformed(RequestError::Name)));
    let last = answers.pop().expect("the refusal");
    assert_eq!((last.status, last.closes), (400, true));
    assert_eq!(answers, [answer(200, false, "/a ")], "what came before is answered first");
}

#[test]
fn a_body_has_no_more_bytes_than_it_may() {
    let limits = Limits { body_bytes: 10, ..Limits::default() };
    let post = |fields: &str, body: &str| {
        let request = format!("POST /a HTTP/1.1\r\nhost: a\r\n{fields}\r\n\r\n{body}");
        let (end, stream) = limited(Script::new().reads([&request, GET].concat()), &limits);
        (end, answers(&stream.written()).iter().map(|answer| answer.status).collect::<Vec<_>>())
    };
    let too_long = (End::Refused(Refusal::BodyTooLong), vec![413]);
    assert_eq!(post("content-length: 10", "0123456789"), (End::Idle, vec![200, 200]));
    assert_eq!(post("content-length: 11", "01234567890"), too_long);
    assert_eq!(post("content-length: 18446744073709551615", ""), too_long);
    let chunked = "transfer-encoding: chunked";
    assert_eq!(post(chunked, "5\r\n01234\r\n5\r\n56789\r\n0\r\n\r\n"), (End::Idle, vec![200, 200]));
    assert_eq!(post(chunked, "5\r\n01234\r\n6\r\n567890\r\n0\r\n\r\n"), too_long);
    assert_eq!(post(chunked, "ffffffffffffffff\r\n01234567890"), too_long);
}

#[test]
fn who_waits_to_be_told_to_go_on_is_told() {
    let head = "PUT /a HTTP/1.1\r\nhost: a\r\nexpect: 100-continue\r\ncontent-length: 5\r\n\r\n";
    let (_, told) = served(Script::new().reads(head).reads("hello"));
    assert_eq!(told, [answer(100, false, ""), answer(200, false, "/a hello")]);
    let (_, together) = served(Script::new().reads([head, "hello"].concat()));
    assert_eq!(together, [answer(200, false, "/a hello")], "it has not waited");
    let limits = Limits { body_bytes: 4, ..Limits::default() };
    let (_, stream) = limited(Script::new().reads(head), &limits);
    assert_eq!(answers(&stream.written())[0].status, 413, "nobody wants the body");
}

#[test]
fn how_a_connection_ends_depends_on_where() {
    let begun = || Script::new().reads(GET).reads("GET /");
    let cut = "PUT / HTTP/1.1\r\nhost: a\r\ncontent-length: 5\r\n\r\nhell";
    assert_eq!(served(Script::new()), (End::Idle, vec![]));
    assert_eq!(served(begun()).0, End::Truncated);
    assert_eq!(served(Script::new().reads(cut)), (End::Truncated, vec![]));
    for kind in [ErrorKind::WouldBlock, ErrorKind::TimedOut] {
        assert_eq!(served(Script::new().reads(GET).read_fails(kind)).0, End::Idle);
        let idle = Script::new().reads([GET, "\r\n"].concat()).read_fails(kind);
        assert_eq!(served(idle), (End::Idle, vec![answer(200, false, "/a ")]), "an empty line");
        let (end, answers) = served(begun().read_fails(kind));
        assert_eq!((end, answers[1].status), (End::Refused(Refusal::Late), 408));
    }
}

#[test]
fn a_stream_may_be_interrupted_and_may_take_little() {
    let script = Script::new().reads(&GET[..7]).read_fails(ErrorKind::Interrupted).reads(&GET[7..]);
    assert_eq!(served(script.every_write_takes(3)), (End::Idle, vec![answer(200, false, "/a ")]));
}

#[test]
fn a_stream_that_fails_ends_it() {
    let mut fails = Script::new().reads(GET).write_fails(ErrorKind::BrokenPipe);
    let error = serve(&mut fails, &Limits::default(), echo).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::BrokenPipe);
    let mut fails = Script::new().read_fails(ErrorKind::ConnectionReset);
    let error = serve(&mut fails, &Limits::default(), echo).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ConnectionReset);
}

/// The same request again and again, and nobody who keeps the answers.
struct Endless {
    left: usize,
}

impl Read for Endless {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let Some(left) = self.left.checked_sub(1) else { return Ok(0) };
        self.left = left;
        buffer[..GET.len()].copy_from_slice(GET.as_bytes());
        Ok(GET.len())
    }
}

impl Write for Endless {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_connection_takes_no_memory_for_the_hundredth_request() {
    let allocations = |requests| {
        let mut stream = Endless { left: requests };
        let (end, counts) = counted(|| serve(&mut stream, &Limits::default(), echo));
        assert_eq!(end.unwrap(), End::Idle);
        counts.allocations
    };
    assert_eq!(allocations(100), allocations(2), "a hundred requests, and two");
}

#[test]
fn who_is_still_sending_can_read_why_it_was_refused() {
    const WAIT: Duration = Duration::from_secs(10);
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let server = thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        stream.set_read_timeout(Some(WAIT)).unwrap();
        let end = serve(&mut stream, &Limits::default(), echo).unwrap();
        close(&stream);
        end
    });
    let mut client = TcpStream::connect(address).unwrap();
    client.set_read_timeout(Some(WAIT)).unwrap();
    let head = "POST /a HTTP/1.1\r\nhost: a\r\ncontent-length: 2000000\r\n\r\n";
    client.write_all(head.as_bytes()).unwrap();
    client.write_all(&[b'x'; 100_000]).expect("the server takes what comes");
    let mut answer = Vec::new();
    client.read_to_end(&mut answer).expect("the connection is not reset");
    assert_eq!(answers(&answer)[0].status, 413);
    drop(client);
    assert_eq!(server.join().unwrap(), End::Refused(Refusal::BodyTooLong));
}

#[test]
fn who_goes_on_talking_is_not_listened_to_for_long() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let mut client = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    let (stream, _) = listener.accept().unwrap();
    let talking = thread::spawn(move || {
        // A byte now and then, until nobody is there any more.
        while client.write_all(b"x").is_ok() {
            thread::sleep(Duration::from_millis(100));
        }
    });
    let begin = Instant::now();
    close(&stream);
    drop(stream);
    assert!(begin.elapsed() < Duration::from_secs(3), "it took {:?}", begin.elapsed());
    talking.join().unwrap();
}
