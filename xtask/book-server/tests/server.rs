//! Goal: the live book answers this machine's readers and nobody else, and tells them what changed.
//!
//! Method: a tiny book is served on a free port and asked over plain TCP, byte by byte where that
//! matters. Every read has a time limit and nothing sleeps. What a browser does with the answers is
//! not shown here.

mod live_book;
mod tiny_book;

use std::io::{Read, Write};
use std::net::{IpAddr, Ipv4Addr, TcpListener};
use std::time::{Duration, Instant};

use book_server::serve::{Options, Server};
use live_book::{Live, PATIENCE, assert_status};
use tiny_book::TinyBook;

const CHAPTER: &str = "book/src/lesson-1/frame.md";

#[test]
fn a_page_comes_with_a_strict_policy() {
    let live = Live::built();
    for (path, kind) in [
        ("/", "text/html; charset=utf-8"),
        ("/lesson-1/frame.html", "text/html; charset=utf-8"),
        ("/lesson-1/", "text/html; charset=utf-8"),
        ("/book.js", "text/javascript; charset=utf-8"),
        ("/theme/book.css?v=1", "text/css; charset=utf-8"),
        ("/favicon.svg", "image/svg+xml"),
    ] {
        let answer = live.ask("GET", path, "");
        assert_status(&answer, 200);
        assert!(answer.contains(&format!("content-type: {kind}\r\n")), "{path}: {answer}");
    }
    for (answer, status) in [
        (live.ask("GET", "/", ""), 200),
        (live.ask("GET", "/nothing", ""), 404),
        (live.ask("POST", "/", "Content-Length: 0\r\n"), 405),
        (live.send("GET / HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n"), 403),
    ] {
        assert_status(&answer, status);
        let policy = "content-security-policy: default-src 'none'; script-src 'self'; style-src 'self'; \
                      img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; \
                      frame-ancestors 'none'\r\n";
        for header in
            [policy, "x-content-type-options: nosniff\r\n", "referrer-policy: no-referrer\r\n"]
        {
            assert!(answer.contains(header), "{answer}");
        }
        assert!(!answer.contains("access-control-"), "{answer}");
    }
}

#[test]
fn a_page_of_the_live_book_knows_its_build() {
    let live = Live::new();
    let name = live.events().next_built();
    let page = live.ask("GET", "/lesson-1/frame.html", "");
    assert!(
        page.contains(&format!("<meta name=\"workbook-live\" content=\"{name}\" data-token=\"")),
        "{page}"
    );
}

#[test]
fn a_host_that_is_not_ours_is_refused_on_every_path() {
    let live = Live::built();
    let port = live.address.port();
    for host in [format!("localhost:{port}"), format!("127.0.0.1:{port}"), format!("[::1]:{port}")]
    {
        let answer =
            live.send(&format!("GET / HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n"));
        assert_status(&answer, 200);
    }
    let ours = format!("localhost:{port}");
    for head in [
        "Host: evil.example\r\n".to_owned(),
        format!("Host: evil.example:{port}\r\n"),
        "Host: localhost\r\n".to_owned(),
        format!("Host: localhost:{}\r\n", port ^ 1),
        format!("Host: {ours}.evil.example\r\n"),
        format!("Host: {ours}@evil.example\r\n"),
        format!("Host: {ours}\r\nHost: evil.example\r\n"),
        format!("Host: evil.example\r\nHost: {ours}\r\n"),
        format!("Host: {ours}, evil.example\r\n"),
        "Host: \r\n".to_owned(),
        String::new(),
    ] {
        for path in ["/", "/events", "/nothing", "/lesson-1/frame.html"] {
            let answer =
                live.send(&format!("GET {path} HTTP/1.1\r\n{head}Connection: close\r\n\r\n"));
            let status = answer.get(9..12).unwrap_or_default();
            assert!(matches!(status, "403" | "400"), "{head}{path}: {answer}");
            assert!(!answer.contains("<main"), "{answer}");
        }
    }
    let absolute = format!(
        "GET http://evil.example:{port}/ HTTP/1.1\r\nHost: {ours}\r\nConnection: close\r\n\r\n"
    );
    assert_status(&live.send(&absolute), 403);
    let old = live.send("GET / HTTP/1.0\r\n\r\n");
    assert!(old.starts_with("HTTP/1.0 403 "), "{old}");
}

#[test]
fn no_path_leads_out_of_the_book() {
    let live = Live::built();
    live.book.write("secret.txt", "nobody may read this");
    let secret = live.book.root().join("secret.txt");
    for link in ["book/src/link.txt", "book/src/lesson-1/link.png", "book/theme/link.css"] {
        std::os::unix::fs::symlink(&secret, live.book.root().join(link)).expect("a link");
    }
    let mut events = live.events();
    live.book.append(CHAPTER, "Built with the links.");
    while !live.ask("GET", "/lesson-1/frame.html", "").contains("Built with the links.") {
        events.next_built();
    }
    for path in [
        "/../secret.txt",
        "/../../etc/passwd",
        "/lesson-1/../../secret.txt",
        "/%2e%2e/secret.txt",
        "/..%2fsecret.txt",
        "/%2e%2e%2fsecret.txt",
        "/%252e%252e%252fsecret.txt",
        "/..%5csecret.txt",
        "/..\\secret.txt",
        "//etc/passwd",
        "///etc/passwd",
        "/%2fetc%2fpasswd",
        "/./index.html",
        "/lesson-1/../index.html",
        "/index.html%00",
        "/index.html/",
        "/%c0%ae%c0%ae/secret.txt",
        "/.book-server",
        "/book/src/index.md",
        "/secret.txt",
        "/link.txt",
        "/lesson-1/link.png",
        "/theme/link.css",
    ] {
        let answer = live.ask("GET", path, "");
        let status = answer.get(9..12).unwrap_or_default();
        assert!(matches!(status, "404" | "400"), "{path}: {answer}");
        assert!(
            !answer.contains("nobody may read this") && !answer.contains("root:"),
            "{path}: {answer}"
        );
    }
}

#[test]
fn head_has_the_headers_and_no_body() {
    let live = Live::built();
    let get = live.ask("GET", "/lesson-1/frame.html", "");
    let head = live.ask("HEAD", "/lesson-1/frame.html", "");
    let (fields, body) = get.split_once("\r\n\r\n").expect("a head and a body");
    assert!(fields.contains(&format!("content-length: {}", body.len())), "{fields}");
    assert!(head.contains(&format!("content-length: {}", body.len())), "{head}");
    assert!(head.ends_with("\r\n\r\n"), "{head}");
    assert_status(&live.ask("HEAD", "/events", ""), 200);
}

#[test]
fn other_methods_are_refused() {
    let live = Live::built();
    for method in ["POST", "PUT", "DELETE", "OPTIONS", "PATCH", "TRACE"] {
        let answer = live.ask(method, "/", "Content-Length: 0\r\n");
        assert_status(&answer, 405);
        assert!(answer.contains("allow: GET, HEAD\r\n"), "{answer}");
    }
}

#[test]
fn a_stream_is_only_for_pages_of_the_book() {
    let live = Live::built();
    for site in ["cross-site", "same-site", "nonsense"] {
        let answer =
            live.ask("GET", "/events", &format!("Sec-Fetch-Site: {site}\r\nOrigin: null\r\n"));
        assert_status(&answer, 403);
    }
}

#[test]
fn a_change_is_built_and_told() {
    let live = Live::new();
    let mut events = live.events();
    let first = events.next_built();
    live.book.append(CHAPTER, "A new sentence.");
    let second = events.next_built();
    assert_ne!(first, second);
    assert!(live.ask("GET", "/lesson-1/frame.html", "").contains("A new sentence."));
    // A file that a chapter includes is watched too.
    live.book.replace("solutions/frame.rs", "send(n)", "receive(n)");
    events.next_built();
    assert!(live.ask("GET", "/lesson-1/frame.html", "").contains("receive"));
}

#[test]
fn a_build_that_changes_nothing_is_no_news() {
    let live = Live::new();
    let mut events = live.events();
    let first = events.next_built();
    let chapter = live.book.read(CHAPTER);
    live.book.write(CHAPTER, &chapter);
    live.book.append(CHAPTER, "A new sentence.");
    let second = events.next_built();
    assert_ne!(first, second);
    assert!(live.ask("GET", "/lesson-1/frame.html", "").contains("A new sentence."));
    live.book.write(CHAPTER, &chapter);
    assert_eq!(events.next_built(), first, "the same pages have the same name");
}

#[test]
fn a_stream_that_is_closed_gives_its_place_back_at_once() {
    let live = Live::built();
    let mut held = Vec::new();
    loop {
        let (status, stream) = live.open("/events");
        if status == 503 {
            break;
        }
        assert_eq!(status, 200);
        held.push(stream);
        assert!(held.len() <= 64, "there is an end");
    }
    assert!(held.len() > 60, "{}", held.len());
    drop(held);
    // The server hears of the ends soon; a stream that is silent would notice after twenty seconds.
    let deadline = Instant::now() + Duration::from_secs(10);
    while live.open("/events").0 != 200 {
        assert!(Instant::now() < deadline, "there is no place");
    }
}

#[test]
fn a_defect_is_told_and_the_old_pages_stay() {
    let live = Live::new();
    let mut events = live.events();
    let name = events.next_built();
    let good = live.book.read(CHAPTER);
    live.book.append(CHAPTER, "{{#figure <script>}}");
    let told = events.next();
    assert_eq!(told["name"].as_str(), Some(name.as_str()), "the pages are the old ones");
    let defects = told["defects"].as_str().expect("there is a defect");
    assert!(defects.contains("figure `<script>` is not allowed"), "{defects}");
    assert_status(&live.ask("GET", "/lesson-1/frame.html", ""), 200);
    // Somebody who opens a page now is told at once.
    assert_eq!(live.events().next(), told);
    live.book.write(CHAPTER, &good);
    assert_eq!(events.next_built(), name);
}

#[test]
fn a_book_that_never_built_says_why_escaped() {
    let book = TinyBook::new();
    book.append(CHAPTER, "{{#figure <script>}}");
    let live = Live::with(book, |_| ());
    let mut events = live.events();
    while events.next()["defects"].is_null() {}
    let answer = live.ask("GET", "/", "");
    assert_status(&answer, 503);
    assert!(answer.contains("figure `&lt;script&gt;` is not allowed"), "{answer}");
    live.book.replace(CHAPTER, "{{#figure <script>}}", "");
    events.next_built();
    assert_status(&live.ask("GET", "/", ""), 200);
}

#[test]
fn a_slow_head_is_cut_off() {
    let live =
        Live::with(TinyBook::new(), |options| options.header_timeout = Duration::from_millis(100));
    let mut stream = live.connect();
    stream.write_all(b"GET / HTTP/1.1\r\nHost: localhost").expect("it reads");
    let mut rest = Vec::new();
    stream.read_to_end(&mut rest).expect("the connection ends in time");
    assert!(!String::from_utf8_lossy(&rest).contains("200 OK"));
}

#[test]
fn connections_are_bounded() {
    let live = Live::with(TinyBook::new(), |options| options.connections_max = 2);
    let first = live.events();
    let mut second = live.events();
    second.next_built();
    let mut third = live.connect();
    let request = format!("GET / HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n\r\n", live.address);
    third.write_all(request.as_bytes()).expect("the kernel takes it");
    third.set_read_timeout(Some(Duration::from_millis(100))).expect("a time limit");
    let early = third.read(&mut [0; 1]).expect_err("it waits for a place");
    assert!(
        matches!(early.kind(), std::io::ErrorKind::WouldBlock | std::io::ErrorKind::TimedOut),
        "{early}"
    );
    drop(first);
    third.set_read_timeout(Some(PATIENCE)).expect("a time limit");
    let mut answer = String::new();
    third.read_to_string(&mut answer).expect("its turn comes");
    assert_status(&answer, 200);
}

#[test]
fn other_machines_are_only_served_when_that_is_meant() {
    let book = TinyBook::new();
    let mut options = Options::new(book.root().to_owned());
    (options.port, options.listen) = (0, IpAddr::V4(Ipv4Addr::UNSPECIFIED));
    let error = Server::bind(options.clone()).expect_err("nobody said so");
    assert!(
        error.to_string().contains("cannot listen on `0.0.0.0`: other machines could reach it"),
        "{error}"
    );
    options.allow_remote = true;
    Server::bind(options).expect("now it is meant");
}

#[test]
fn the_next_free_port_is_taken() {
    let taken = TcpListener::bind("127.0.0.1:0").expect("a port is free");
    let port = taken.local_addr().expect("its address").port();
    let book = TinyBook::new();
    let mut options = Options::new(book.root().to_owned());
    options.port = port;
    let server = Server::bind(options).expect("a port behind it is free");
    assert!(server.address().port() > port, "{}", server.address());
}
