//! HTTP/2 from a peer that does what no client does: streams by the thousand, given up at once, never read; fields without
//! end; questions without pause. Its connection ends, the others go on, and memory stays as it was.
//!
//! Frames are written byte by byte (RFC 9113 §4.1).

use std::io::{Read, Write};
use std::time::{Duration, Instant};

use crate::house::connections::connections;
use crate::house::tls::{Certificate, Tls};
use crate::house::{Server, WAIT_MAX, until};
use crate::memory;

const DATA: u8 = 0;
const HEADERS: u8 = 1;
const RST_STREAM: u8 = 3;
const SETTINGS: u8 = 4;
const PING: u8 = 6;
const GOAWAY: u8 = 7;
const CONTINUATION: u8 = 9;
const END_STREAM: u8 = 1;
const END_HEADERS: u8 = 4;
const REFUSED_STREAM: u32 = 7;
const ENHANCE_YOUR_CALM: u32 = 11;

/// How much a worker may grow, in KiB, whatever one peer does: its buffers and windows, and what the allocator keeps.
const GROWTH_MAX: u64 = 8 << 10;

/// A peer.
struct Peer {
    tls: Tls,
}

/// A frame that came.
#[derive(Debug)]
struct Frame {
    kind: u8,
    stream: u32,
    payload: Vec<u8>,
}

fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).expect("short").to_be_bytes();
    let mut frame = vec![length[1], length[2], length[3], kind, flags];
    frame.extend_from_slice(&stream.to_be_bytes());
    frame.extend_from_slice(payload);
    frame
}

/// `GET https://localhost/…`, in HPACK's static table and literals (RFC 7541).
fn get(path: &str) -> Vec<u8> {
    let mut fields = vec![0x82, 0x87, 0x04, u8::try_from(path.len()).expect("short")];
    fields.extend_from_slice(path.as_bytes());
    fields.extend_from_slice(&[0x01, 9]);
    fields.extend_from_slice(b"localhost");
    fields
}

fn request(stream: u32, path: &str) -> Vec<u8> {
    frame(HEADERS, END_STREAM | END_HEADERS, stream, &get(path))
}

impl Peer {
    /// One that has said hello, with these settings.
    fn new(server: &Server, certificate: &Certificate, settings: &[u8]) -> Self {
        let tls = certificate.connect(server.tls_address(), &["h2"]).expect("a handshake");
        // Who floods may find that nobody reads any more.
        tls.sock.set_write_timeout(Some(Duration::from_secs(2))).unwrap();
        let mut peer = Self { tls };
        assert!(peer.send(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"));
        assert!(peer.send(&frame(SETTINGS, 0, 0, settings)));
        peer
    }

    /// Whether the server takes it.
    fn send(&mut self, bytes: &[u8]) -> bool {
        self.tls.write_all(bytes).and_then(|()| self.tls.flush()).is_ok()
    }

    /// The next frame; none at the end of the connection, or when nothing comes for so long.
    fn receive(&mut self, patience: Duration) -> Option<Frame> {
        self.tls.sock.set_read_timeout(Some(patience)).unwrap();
        let mut head = [0; 9];
        self.tls.read_exact(&mut head).ok()?;
        let length = u32::from_be_bytes([0, head[0], head[1], head[2]]) as usize;
        let mut payload = vec![0; length];
        self.tls.read_exact(&mut payload).ok()?;
        let stream = u32::from_be_bytes([head[5], head[6], head[7], head[8]]);
        Some(Frame { kind: head[3], stream, payload })
    }

    /// All that comes until the end.
    fn rest(&mut self) -> Vec<Frame> {
        std::iter::from_fn(|| self.receive(WAIT_MAX)).collect()
    }
}

/// Why the server ends a connection or a stream.
fn reason(frames: &[Frame], kind: u8) -> Option<u32> {
    let at = if kind == GOAWAY { 4..8 } else { 0..4 };
    let mut found = frames.iter().filter(|frame| frame.kind == kind);
    found.next_back().map(|frame| u32::from_be_bytes(frame.payload[at].try_into().expect("four")))
}

fn server(options: &[&str]) -> (Server, Certificate) {
    let folder = tempfile::tempdir().expect("a folder");
    let certificate = Certificate::write(folder.path());
    let options = [&certificate.options()[..], &["--workers", "1"], options].concat();
    let server = Server::start_in(folder, &options);
    // What everybody pays once.
    assert_eq!(certificate.http2(server.tls_address()).get("/plaintext").status(), 200);
    (server, certificate)
}

/// The worker has not grown, and serves.
fn assert_unmoved(server: &Server, certificate: &Certificate, before: u64) {
    let grown = memory(server).saturating_sub(before);
    assert!(grown < GROWTH_MAX, "{grown} KiB");
    assert_eq!(certificate.http2(server.tls_address()).get("/plaintext").status(), 200);
}

#[test]
fn streams_that_are_given_up_at_once_end_their_connection() {
    let (server, certificate) = server(&[]);
    let before = memory(&server);
    let mut peer = Peer::new(&server, &certificate, &[]);
    let mut flood = Vec::new();
    for stream in (1..4_000_u32).step_by(2) {
        flood.extend(request(stream, "/compute/primes/500000000"));
        flood.extend(frame(RST_STREAM, 0, stream, &8_u32.to_be_bytes()));
    }
    peer.send(&flood);
    assert_eq!(reason(&peer.rest(), GOAWAY), Some(ENHANCE_YOUR_CALM));
    assert_unmoved(&server, &certificate, before);
    assert_eq!(server.get("/compute/primes/1000").json()["count"], 168, "nobody computes for it");
}

#[test]
fn more_streams_than_the_limit_are_refused() {
    let (server, certificate) = server(&["--http2-streams", "10"]);
    let before = memory(&server);
    let mut peer = Peer::new(&server, &certificate, &[]);
    let flood: Vec<u8> = (1..100)
        .step_by(2)
        .flat_map(|stream| request(stream, "/compute/primes/400000000"))
        .collect();
    peer.send(&flood);
    let mut refused = 0;
    while refused < 40 {
        let frame = peer.receive(WAIT_MAX).expect("each is told");
        if frame.kind == RST_STREAM {
            assert_eq!(frame.payload, REFUSED_STREAM.to_be_bytes());
            refused += 1;
        }
    }
    drop(peer);
    assert_unmoved(&server, &certificate, before);
}

#[test]
fn fields_without_end_end_their_connection() {
    let (server, certificate) = server(&[]);
    let before = memory(&server);
    let mut peer = Peer::new(&server, &certificate, &[]);
    assert!(peer.send(&frame(HEADERS, END_STREAM, 1, &get("/plaintext"))));
    // A field of 15 KiB each time, and never the last one.
    let value = [b'a'; 127 + 1 + (118 << 7)];
    let field = [&[0x00, 1, b'x', 0x7f, 0x81, 118][..], &value].concat();
    let continuation = frame(CONTINUATION, 0, 1, &field);
    assert!(peer.send(&continuation.repeat(20)));
    assert_eq!(reason(&peer.rest(), GOAWAY), Some(ENHANCE_YOUR_CALM));
    // Who goes on all the same finds a broken connection.
    let mut peer = Peer::new(&server, &certificate, &[]);
    peer.send(&frame(HEADERS, END_STREAM, 1, &get("/plaintext")));
    assert!(!peer.send(&continuation.repeat(5000)));
    assert_unmoved(&server, &certificate, before);
}

#[test]
fn a_small_head_that_unfolds_is_refused() {
    let (server, certificate) = server(&[]);
    let before = memory(&server);
    let mut peer = Peer::new(&server, &certificate, &[]);
    // A field of 3 KiB goes into the table that both keep, and is named again and again with one byte: 36 MiB in 12 KiB.
    let value = 3000_usize;
    let length = [0x7f, (((value - 127) % 128) | 128) as u8, ((value - 127) / 128) as u8];
    let field = [&[0x40, 1, b'x'][..], &length, &vec![b'a'; value]].concat();
    let fields = [get("/plaintext"), field, vec![0xbe; 12_000]].concat();
    peer.send(&frame(HEADERS, END_STREAM | END_HEADERS, 1, &fields));
    let answered = peer
        .receive(WAIT_MAX)
        .into_iter()
        .chain(std::iter::from_fn(|| peer.receive(Duration::from_secs(2))));
    let frames: Vec<_> = answered.filter(|frame| [0, 1].contains(&frame.stream)).collect();
    let refused = |frame: &Frame| [HEADERS, RST_STREAM, GOAWAY].contains(&frame.kind);
    assert!(frames.iter().any(refused), "it is answered: {frames:?}");
    let greets = |frame: &Frame| frame.kind == DATA && frame.payload == b"Hello, World!";
    assert!(!frames.iter().any(greets), "{frames:?}");
    assert_unmoved(&server, &certificate, before);
}

#[test]
fn questions_whose_answers_nobody_reads_end_their_connection() {
    let (server, certificate) = server(&["--write-timeout", "1s"]);
    let before = memory(&server);
    for question in [frame(PING, 0, 0, &[7; 8]), frame(SETTINGS, 0, 0, &[])] {
        let mut peer = Peer::new(&server, &certificate, &[]);
        let flood = question.repeat(1000);
        // Until the server reads no more: its answers are not read either.
        let begin = Instant::now();
        while peer.send(&flood) && begin.elapsed() < WAIT_MAX {}
        assert!(begin.elapsed() < WAIT_MAX, "it goes on for ever");
        let worker = server.workers()[0];
        until("it is cut off", || connections(worker) == 0);
        assert_unmoved(&server, &certificate, before);
    }
}

#[test]
fn answers_for_which_there_is_no_window_end_and_nobody_else_waits() {
    let (server, certificate) = server(&["--write-timeout", "1s"]);
    std::fs::write(server.folder().join("files/large.bin"), vec![7; 4 << 20]).unwrap();
    assert_eq!(certificate.http2(server.tls_address()).get("/static/large.bin").status(), 200);
    let before = memory(&server);
    // SETTINGS_INITIAL_WINDOW_SIZE: 0.
    let mut peers: Vec<_> =
        (0..10).map(|_| Peer::new(&server, &certificate, &[0, 4, 0, 0, 0, 0])).collect();
    for peer in &mut peers {
        let flood: Vec<u8> =
            (1..100).step_by(2).flat_map(|stream| request(stream, "/static/large.bin")).collect();
        assert!(peer.send(&flood));
    }
    let begin = Instant::now();
    while begin.elapsed() < Duration::from_secs(3) {
        let other = certificate.http2(server.tls_address()).get("/static/large.bin");
        assert_eq!(other.body().len(), 4 << 20, "others are served");
    }
    for peer in &mut peers {
        let ends = |frame: &Frame| frame.kind == RST_STREAM;
        assert!(std::iter::from_fn(|| peer.receive(WAIT_MAX)).any(|frame| ends(&frame)));
        // Its connection goes on: what needs no window is answered.
        assert!(peer.send(&frame(PING, 0, 0, b"question")));
        assert!(std::iter::from_fn(|| peer.receive(WAIT_MAX)).any(|frame| frame.kind == PING));
    }
    drop(peers);
    // The files' buffers stay for a moment.
    until("memory comes back", || memory(&server) < before + GROWTH_MAX);
    assert_unmoved(&server, &certificate, before);
}

#[test]
fn what_is_no_request_is_refused() {
    let (server, certificate) = server(&[]);
    let literal = |name: &str, value: &str| {
        let mut field = vec![0x00, u8::try_from(name.len()).unwrap()];
        field.extend_from_slice(name.as_bytes());
        field.push(u8::try_from(value.len()).unwrap());
        field.extend_from_slice(value.as_bytes());
        field
    };
    let whole = get("/plaintext");
    let cases: [(&str, Vec<u8>); 7] = [
        ("no path", vec![0x82, 0x87]),
        ("two paths", [&whole[..], &[0x84]].concat()),
        ("a field of connections", [whole.clone(), literal("connection", "close")].concat()),
        (
            "a coding of transfers",
            [whole.clone(), literal("transfer-encoding", "chunked")].concat(),
        ),
        ("capitals in a name", [whole.clone(), literal("X-Name", "x")].concat()),
        ("a line end in a value", [whole.clone(), literal("x", "a\r\nb: c")].concat()),
        ("another host beside", [whole.clone(), literal("host", "elsewhere")].concat()),
    ];
    for (case, fields) in cases {
        let mut peer = Peer::new(&server, &certificate, &[]);
        assert!(peer.send(&frame(HEADERS, END_STREAM | END_HEADERS, 1, &fields)));
        // Another stream says when all is said; if the connection ends, so be it.
        peer.send(&request(3, "/plaintext"));
        let frames: Vec<_> = std::iter::from_fn(|| peer.receive(WAIT_MAX))
            .take_while(|frame| !(frame.kind == DATA && frame.stream == 3))
            .collect();
        let served = frames.iter().any(|frame| {
            frame.stream == 1 && frame.kind == DATA && frame.payload == b"Hello, World!"
        });
        assert!(!served, "{case}: {frames:?}");
    }
    // What is one, in the same words, is served.
    let mut peer = Peer::new(&server, &certificate, &[]);
    let good = [get("/plaintext"), literal("x-name", "x"), literal("host", "localhost")].concat();
    assert!(peer.send(&frame(HEADERS, END_STREAM | END_HEADERS, 1, &good)));
    let mut frames = std::iter::from_fn(|| peer.receive(WAIT_MAX));
    assert!(frames.any(|frame| frame.kind == DATA && frame.payload == b"Hello, World!"));
}
