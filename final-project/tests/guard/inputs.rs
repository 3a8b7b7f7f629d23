//! Inputs that are too large, too deep, packed, or lead elsewhere: refused, with memory as it was, while others are served.

use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::os::unix::fs::symlink;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::thread;
use std::time::Duration;

use crate::house::processes::{forget_peak, peak_kib};
use crate::house::{Client, Raised, Server, WAIT_MAX};
use crate::memory;

/// How much the workers may grow, in KiB, whatever comes in.
const GROWTH_MAX: u64 = 8 << 10;
const CHUNK: usize = 64 << 10;

/// A server that everybody has asked something, so that what is taken once is taken.
fn warm(options: &[&str]) -> Server {
    let server = Server::start(options);
    for worker in 0..server.workers().len() {
        let mut client = server.client_of(worker);
        for _ in 0..20 {
            assert_eq!(client.json("POST", "/users", "{}").status, 422);
        }
    }
    server
}

/// While something comes in, the workers do not grow, not even for a moment, and others are served.
fn assert_unmoved(server: &Server, attack: impl FnOnce()) {
    let workers = server.workers();
    workers.iter().for_each(|&worker| forget_peak(worker));
    let before: Vec<u64> = workers.iter().map(|&worker| peak_kib(worker)).collect();
    let is_over = AtomicBool::new(false);
    thread::scope(|scope| {
        scope.spawn(|| {
            while !is_over.load(SeqCst) {
                let answer = server.get("/plaintext");
                assert_eq!(answer.status, 200);
                assert!(answer.took < Duration::from_secs(5), "others wait for {:?}", answer.took);
                thread::sleep(Duration::from_millis(5));
            }
        });
        // Also when it fails.
        let _end = Raised(&is_over);
        attack();
    });
    assert_eq!(server.workers(), workers);
    for (&worker, before) in workers.iter().zip(before) {
        let grown = peak_kib(worker) - before;
        assert!(grown < GROWTH_MAX, "{grown} KiB");
    }
}

/// Sends a head, and then a body for as long as it is taken; returns the answer's status and how many bytes went.
fn flood(server: &Server, head: &str, piece: &[u8], most: usize) -> (Option<u16>, usize) {
    let mut stream = TcpStream::connect(server.address).expect("the server listens");
    stream.set_read_timeout(Some(WAIT_MAX)).expect("a time-out");
    stream.set_write_timeout(Some(Duration::from_secs(5))).expect("a time-out");
    stream.write_all(head.as_bytes()).expect("the server reads");
    let mut sent = 0;
    while sent < most && stream.write_all(piece).is_ok() {
        sent += piece.len();
    }
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer);
    let text = String::from_utf8_lossy(&answer);
    (text.split(' ').nth(1).and_then(|status| status.parse().ok()), sent)
}

#[test]
fn a_hundred_megabytes_are_refused_at_once() {
    let server = warm(&[]);
    let most = 100 << 20;
    let head = "POST /users HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\n";
    let announced = format!("{head}content-length: {most}\r\n\r\n");
    let chunked = format!("{head}transfer-encoding: chunked\r\n\r\n");
    let chunk = [format!("{CHUNK:x}\r\n").as_bytes(), &[b'x'; CHUNK], b"\r\n"].concat();
    let attack = || {
        for (head, piece) in [(&announced, &[b'x'; CHUNK][..]), (&chunked, &chunk)] {
            for _ in 0..5 {
                let (status, sent) = flood(&server, head, piece, most);
                // Who goes on sending may lose the answer to a reset; what counts is that nobody reads all of it.
                assert!(status.is_none_or(|status| status == 413), "{status:?}");
                assert!(sent < most / 4, "{sent} bytes were taken");
            }
        }
    };
    assert_unmoved(&server, attack);
}

#[test]
fn a_flood_of_fields_is_refused() {
    let server = warm(&[]);
    let attack = || {
        for field in ["x: y\r\n".repeat(100), format!("x: {}\r\n", "y".repeat(8000))] {
            let head = "GET /plaintext HTTP/1.1\r\nhost: a\r\n";
            let (status, sent) = flood(&server, head, field.as_bytes(), 100 << 20);
            assert!(status.is_none_or(|status| status == 431), "{status:?}");
            assert!(sent < 10 << 20, "{sent} bytes were taken");
        }
    };
    assert_unmoved(&server, attack);
}

#[test]
fn what_is_packed_is_not_unpacked() {
    let server = warm(&[]);
    let mut client = server.client();
    // The beginning of a stream of gzip; what it would become does not matter, since nobody looks.
    let packed = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03";
    for coding in ["gzip", "br", "zstd", "deflate", "gzip, gzip", "x"] {
        let coding = format!("content-encoding: {coding}");
        let fields = ["content-type: application/json", &coding];
        let answer = client.ask("POST", "/users", &fields, packed);
        assert_eq!((answer.status, answer.header("accept-encoding")), (415, Some("identity")));
        client = server.client();
    }
    let fields = ["content-type: application/json", "content-encoding: identity"];
    let user = br#"{"name":"Ada","email":"ada@example.org"}"#;
    assert_eq!(client.ask("POST", "/users", &fields, user).status, 201);
}

#[test]
fn deep_and_wide_inputs_cost_little() {
    let server = warm(&[]);
    assert_unmoved(&server, || deep_and_wide_inputs_are_refused(&server));
}

fn deep_and_wide_inputs_are_refused(server: &Server) {
    let deep = |open: &str, close: &str, levels: usize| {
        format!("{{\"name\":{}1{}}}", open.repeat(levels), close.repeat(levels))
    };
    let wide: String = (0..40_000).map(|number| format!("\"k{number}\":0,")).collect();
    let inputs = [
        deep("[", "]", 100_000),
        deep("{\"a\":", "}", 100_000),
        format!("{{{wide}\"name\":\"Ada\",\"email\":\"a@example.org\"}}"),
        format!("{{\"name\":\"{}\",\"email\":\"a@example.org\"}}", "a".repeat(900_000)),
        format!("{{\"name\":\"Ada\",\"email\":\"a@example.org\",\"age\":{}}}", "9".repeat(900_000)),
        format!("{{{}\"email\":\"a@example.org\"}}", "\"name\":\"Ada\",".repeat(50_000)),
        "[".repeat(1_000_000),
    ];
    for (number, input) in inputs.iter().enumerate() {
        for _ in 0..3 {
            let answer = server.client().json("POST", "/users", input);
            assert!([400, 422].contains(&answer.status), "input {number}: {}", answer.status);
            assert!(answer.body.len() < 64 << 10, "{} bytes of answer", answer.body.len());
        }
    }
    // The same in the other formats: arrays in arrays, and a map that promises four thousand million entries.
    for (format, body) in [
        ("application/msgpack", vec![0x91; 500_000]),
        ("application/msgpack", vec![0xdf, 0xff, 0xff, 0xff, 0xff]),
        ("application/msgpack", vec![0xc6, 0xff, 0xff, 0xff, 0xff]),
        ("application/protobuf", vec![0x0b; 500_000]),
        ("application/protobuf", vec![0x0a, 0xff, 0xff, 0xff, 0xff, 0x0f]),
    ] {
        let field = format!("content-type: {format}");
        let answer = server.client().ask("POST", "/users", &[&field], &body);
        assert!([400, 422].contains(&answer.status), "{format}: {}", answer.status);
    }
}

#[test]
fn no_path_leads_out_of_the_files() {
    let server = Server::start(&[]);
    let files = server.folder().join("files");
    fs::write(server.folder().join("secret"), "secret").unwrap();
    fs::write(files.join("open.txt"), "open").unwrap();
    fs::create_dir(files.join("folder")).unwrap();
    symlink("../secret", files.join("link")).unwrap();
    symlink("..", files.join("up")).unwrap();
    symlink("/etc", files.join("etc")).unwrap();
    symlink("open.txt", files.join("inside")).unwrap();
    rustix::fs::mkfifoat(rustix::fs::CWD, files.join("pipe"), rustix::fs::Mode::RUSR).unwrap();
    assert_eq!(server.get("/static/open.txt").text(), "open");
    for path in [
        "/static/../secret",
        "/static/..%2fsecret",
        "/static/%2e%2e/secret",
        "/static/%2e%2e%2fsecret",
        "/static/..%5csecret",
        "/static/%252e%252e/secret",
        "/static/folder/../../secret",
        "/static//etc/passwd",
        "/static/%2fetc%2fpasswd",
        "/static/./../secret",
        "/static/..;/secret",
        "/static/open.txt%00.html",
        "/static/%c0%ae%c0%ae/secret",
        "/static/link",
        "/static/up/secret",
        "/static/etc/passwd",
        "/static/folder",
        "/static/folder/",
        "/static/pipe",
        "/static/",
    ] {
        let answer = server.get(path);
        assert!([400, 403, 404].contains(&answer.status), "{path}: {}", answer.status);
        assert!(!answer.text().contains("secret\n") && answer.text() != "secret", "{path}");
    }
}

#[test]
fn answers_say_what_browsers_must_not_do() {
    let server = Server::start(&[]);
    fs::write(server.folder().join("files/page.html"), "<p>").unwrap();
    let mut client = server.client();
    for (path, policy) in [
        ("/plaintext", "default-src 'none'; frame-ancestors 'none'"),
        ("/users", "default-src 'none'; frame-ancestors 'none'"),
        ("/nothing", "default-src 'none'; frame-ancestors 'none'"),
        ("/static/page.html", "default-src 'self'; frame-ancestors 'none'"),
    ] {
        let answer = client.get(path);
        let field = |name| answer.header(name).unwrap_or("missing");
        assert_eq!(field("content-security-policy"), policy, "{path}");
        assert_eq!(field("x-content-type-options"), "nosniff");
        assert_eq!(answer.head.matches("content-security-policy").count(), 1, "{path}");
    }
    let bare = Server::start(&["--profile", "bare"]);
    assert_eq!(bare.get("/plaintext").header("content-security-policy"), None);
}

/// Requests whose bodies are on their way, each with so many bytes sent.
fn uploads(server: &Server, count: usize, sent: usize) -> Vec<Client> {
    let head = "POST /users HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\ncontent-length: 1040000\r\n\r\n";
    let mut clients: Vec<Client> = (0..count).map(|_| server.client()).collect();
    for client in &mut clients {
        client.send(head.as_bytes());
        client.send(&vec![b' '; sent]);
    }
    clients
}

#[test]
fn when_memory_is_spent_new_bodies_are_shed_and_the_rest_is_served() {
    let server = warm(&["--workers", "1", "--memory", "4m"]);
    let before = memory(&server);
    // Ten megabytes are on their way, and there is room for three.
    let mut clients = uploads(&server, 10, 999_000);
    let mut shed = 0;
    for client in &mut clients {
        client.stream.set_read_timeout(Some(Duration::from_secs(1))).unwrap();
        if let Some(answer) = client.answer_if_any() {
            assert_eq!((answer.status, answer.header("retry-after")), (503, Some("1")));
            shed += 1;
        }
    }
    assert!((7..10).contains(&shed), "{shed} were shed");
    let grown = memory(&server).saturating_sub(before);
    assert!(grown < 12 << 10, "{grown} KiB");
    assert_eq!(server.get("/plaintext").status, 200);
    assert_eq!(server.get("/health").status, 200, "what needs little finds it");
    drop(clients);
    let user = r#"{"name":"Ada","email":"ada@example.org"}"#;
    crate::house::until("there is room again", || {
        [201, 409].contains(&server.client().json("POST", "/users", user).status)
    });
}

#[test]
fn who_promises_much_and_sends_nothing_takes_no_room_from_others() {
    let server = warm(&["--workers", "1", "--memory", "4m"]);
    // Sixty megabytes are promised.
    let held = uploads(&server, 60, 1);
    let user = r#"{"name":"Ada","email":"ada@example.org"}"#;
    assert_eq!(server.client().json("POST", "/users", user).status, 201);
    drop(held);
}

#[test]
fn nobody_is_invited_when_there_is_no_room() {
    // Bodies have three quarters of it: after the one that is held there are ten to twenty kilobytes, and less than any
    // body takes before it comes.
    let server = warm(&["--workers", "1", "--memory", "1380k", "--body-bytes", "1040000"]);
    let ask = b"POST /users HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\nexpect: 100-continue\r\ncontent-length: 50000\r\n\r\n";
    // Who asks before all of the other has been read takes the room that it wants, and it is the one that is shed.
    crate::house::until("somebody finds the room taken", || {
        let _held = uploads(&server, 1, 1_030_000);
        assert_eq!(server.get("/plaintext").status, 200);
        let mut client = server.client();
        client.send(ask);
        client.answer(false).is_some_and(|answer| answer.status == 503)
    });
}
