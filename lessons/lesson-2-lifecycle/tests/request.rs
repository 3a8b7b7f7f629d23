//! Goal: a head is read whatever way it arrives, without copying; what two programs could read in two ways is refused.
//!
//! Method: every split of a request; tables; cases of request smuggling (`request/smuggling.toml`), each with the rule and
//! the section it stands in; random and mutated heads beside `httparse`; counted allocations.
//! Not proven: speed (the benchmark), and what a client does that stops in the middle (a time-out's business).

use lifecycle::request::{Body, Head, Limits, Parser, RequestError, Version};
use witness::allocations::{CountingAllocator, counted};

#[global_allocator]
static ALLOCATOR: CountingAllocator = CountingAllocator;

/// In one place, for those tests that ask where something lies.
static REQUEST: &[u8] =
    b"GET /users?page=2 HTTP/1.1\r\nHost: api.example\r\nAccept:  text/html \r\nX-Empty:\r\n\r\n";

/// What is found when all of it is there.
#[track_caller]
fn whole<T>(bytes: &[u8], look: impl FnOnce(&Head<'_>) -> T) -> T {
    let mut parser = Parser::new(Limits::default());
    let head = parser.parse(bytes);
    let head = head.unwrap_or_else(|error| {
        panic!("it is a request, and was refused: {error:?}\n{}", bytes.escape_ascii())
    });
    look(&head.expect("it is whole"))
}

/// Why it is refused.
#[track_caller]
fn refused(bytes: &[u8]) -> RequestError {
    let mut parser = Parser::new(Limits::default());
    let text = String::from_utf8_lossy(bytes);
    match parser.parse(bytes) {
        Err(error) => error,
        Ok(Some(_)) => panic!("this is taken for a request: {text:?}"),
        Ok(None) => panic!("the parser wants more of this: {text:?}"),
    }
}

/// A `GET` with these lines behind the first one.
fn with_lines(lines: &str) -> Vec<u8> {
    format!("GET / HTTP/1.1\r\n{lines}\r\n").into_bytes()
}

#[test]
fn a_head_is_read() {
    whole(REQUEST, |head| {
        assert_eq!((head.method(), head.target()), ("GET", "/users?page=2"));
        assert_eq!((head.path(), head.query()), ("/users", "page=2"));
        assert_eq!((head.version(), head.length), (Version::Http11, REQUEST.len()));
        let fields: Vec<(&str, &[u8])> = head.fields().collect();
        let expected: [(&str, &[u8]); 3] =
            [("Host", b"api.example"), ("Accept", b"text/html"), ("X-Empty", b"")];
        assert_eq!(fields, expected);
        assert_eq!(head.get("ACCEPT"), Some(&b"text/html"[..]), "names have no case");
        assert_eq!((head.body, head.keep_alive), (Body::Length(0), true));
    });
}

#[test]
fn what_lies_in_the_buffer_is_not_copied() {
    whole(REQUEST, |head| {
        let place = |text: &str| text.as_ptr().addr() - REQUEST.as_ptr().addr();
        assert_eq!((place(head.method()), place(head.target())), (0, 4));
    });
}

#[test]
fn a_request_line_is_three_parts_with_one_space_between_them() {
    for (line, expected) in [
        ("GET /", RequestError::Line),
        ("GET / HTTP/1.1 ", RequestError::Line),
        ("GET  / HTTP/1.1", RequestError::Line),
        (" GET / HTTP/1.1", RequestError::Line),
        ("GET / HTTP/1.1 x", RequestError::Line),
        ("GET\t/\tHTTP/1.1", RequestError::Line),
        ("G{T / HTTP/1.1", RequestError::Method),
        ("GÉT / HTTP/1.1", RequestError::Method),
        ("GET users HTTP/1.1", RequestError::Target),
        ("GET /a#b HTTP/1.1", RequestError::Target),
        ("GET /\u{7f} HTTP/1.1", RequestError::Target),
        ("GET /é HTTP/1.1", RequestError::Target),
        ("GET * HTTP/1.1", RequestError::Target),
        ("CONNECT a:80 HTTP/1.1", RequestError::Target),
        ("GET / HTTP/1.10", RequestError::Version),
        ("GET / HTTP/2.0", RequestError::Version),
        ("GET / http/1.1", RequestError::Version),
        ("GET / HTTP/1.1\r", RequestError::Version),
    ] {
        let bytes = format!("{line}\r\nhost: a\r\n\r\n");
        assert_eq!(refused(bytes.as_bytes()), expected, "for {line:?}");
    }
}

#[test]
fn a_target_may_be_a_path_or_a_whole_url_or_an_asterisk() {
    for (method, target, path, query) in [
        ("GET", "/", "/", ""),
        ("GET", "/a//b/?x=/?", "/a//b/", "x=/?"),
        ("GET", "/to?url=http://b/", "/to", "url=http://b/"),
        ("GET", "http://a/b?c", "/b", "c"),
        ("GET", "https://a", "/", ""),
        ("GET", "http://a?c", "/", "c"),
        ("GET", "HTTP://A/b", "/b", ""),
        ("OPTIONS", "*", "*", ""),
        ("m-search", "/%41", "/%41", ""),
    ] {
        let bytes = format!("{method} {target} HTTP/1.1\r\nhost: a\r\n\r\n");
        whole(bytes.as_bytes(), |head| {
            assert_eq!((head.method(), head.target()), (method, target));
            assert_eq!((head.path(), head.query()), (path, query), "of {target:?}");
        });
    }
}

#[test]
fn a_field_is_a_token_a_colon_and_a_value() {
    for (line, name, value) in [
        ("x:y", "x", &b"y"[..]),
        ("x: y", "x", b"y"),
        ("x: \t y z\t ", "x", b"y z"),
        ("x:", "x", b""),
        ("x: \t ", "x", b""),
        ("x: a:b", "x", b"a:b"),
        ("a!#$%&'*+-.^_`|~9: y", "a!#$%&'*+-.^_`|~9", b"y"),
        ("x: \u{e9}\ty", "x", "\u{e9}\ty".as_bytes()),
    ] {
        whole(&with_lines(&format!("host: a\r\n{line}\r\n")), |head| {
            assert_eq!(head.fields().nth(1), Some((name, value)), "for {line:?}");
        });
    }
    for (line, expected) in [
        ("x : y", RequestError::Name),
        (" x: y", RequestError::Name),
        (": y", RequestError::Name),
        ("x", RequestError::Name),
        ("x y: z", RequestError::Name),
        ("\u{e9}: y", RequestError::Name),
        ("x: y\0", RequestError::Value),
        ("x: y\rz", RequestError::Value),
        ("x: \u{b}y", RequestError::Value),
        ("x: y\u{7f}", RequestError::Value),
        ("x: y\r", RequestError::Value),
    ] {
        let bytes = with_lines(&format!("host: a\r\n{line}\r\n"));
        assert_eq!(refused(&bytes), expected, "for {line:?}");
    }
}

#[test]
fn a_line_ends_with_both_of_its_bytes() {
    for bytes in [
        &b"GET / HTTP/1.1\nhost: a\r\n\r\n"[..],
        b"GET / HTTP/1.1\r\nhost: a\n\r\n",
        b"GET / HTTP/1.1\r\nhost: a\r\n\n",
        b"\nGET / HTTP/1.1\r\nhost: a\r\n\r\n",
    ] {
        assert_eq!(refused(bytes), RequestError::LineFeed);
    }
}

#[test]
fn empty_lines_before_a_request_are_passed_over() {
    let bytes = [b"\r\n\r\n", REQUEST].concat();
    whole(&bytes, |head| {
        assert_eq!((head.method(), head.length), ("GET", bytes.len()), "they count as its bytes");
    });
}

#[test]
fn a_head_is_whole_with_its_last_byte_and_not_before() {
    let mut parser = Parser::new(Limits::default());
    for end in 0..REQUEST.len() {
        assert!(parser.parse(&REQUEST[..end]).unwrap().is_none(), "after {end} bytes");
    }
    let head = parser.parse(REQUEST).unwrap().expect("it is whole");
    assert_eq!((head.target(), head.fields().count()), ("/users?page=2", 3));
}

#[test]
fn every_split_makes_the_same_request() {
    for first in 0..REQUEST.len() {
        for second in first..REQUEST.len() {
            let mut parser = Parser::new(Limits::default());
            assert!(parser.parse(&REQUEST[..first]).unwrap().is_none());
            assert!(parser.parse(&REQUEST[..second]).unwrap().is_none());
            let head = parser.parse(REQUEST).unwrap().expect("it is whole");
            assert_eq!(
                (head.target(), head.get("accept")),
                ("/users?page=2", Some(&b"text/html"[..]))
            );
        }
    }
}

#[test]
fn a_line_that_was_taken_is_not_taken_again() {
    let mut parser = Parser::new(Limits::default());
    let begun = b"GET / HTTP/1.1\r\nhost: a\r\nx: y\r\n";
    assert!(parser.parse(begun).unwrap().is_none());
    // Nobody would do this. A parser that begins again from the start with each piece sees it.
    let whole = [&[b'?'; 31][..], b"\r\n"].concat();
    let head = parser.parse(&whole).expect("it goes on where it was");
    assert_eq!(head.expect("the empty line has come").fields().count(), 2);
}

#[test]
fn a_line_that_is_not_whole_is_not_searched_again() {
    let mut parser = Parser::new(Limits::default());
    let begun = b"GET / HTTP/1.1\r\nhost: a\r\nx: aaaaaaaa";
    assert!(parser.parse(begun).expect("it is sound so far").is_none());
    // Nobody changes what has come. But who looks for a line's end there once more, would find this one.
    let changed = b"GET / HTTP/1.1\r\nhost: a\r\nx: aaaa\naaa\r\n\r\n";
    let error = parser.parse(changed).expect_err("a control character stands in a value");
    assert_eq!(
        error,
        RequestError::Value,
        "bytes in which there was no line's end are not searched again"
    );
}

#[test]
fn requests_that_come_together_are_read_one_by_one() {
    let get = |path: &str| format!("GET {path} HTTP/1.1\r\nhost: a\r\n\r\n");
    let bytes = [get("/1"), get("/2"), get("/3")].concat().into_bytes();
    let mut parser = Parser::new(Limits::default());
    let mut rest = &bytes[..];
    for path in ["/1", "/2", "/3"] {
        let head = parser.parse(rest).unwrap().expect("it is whole");
        assert_eq!((head.path(), head.fields().count()), (path, 1));
        rest = &rest[head.length..];
    }
    assert!(rest.is_empty() && parser.parse(rest).unwrap().is_none());
}

#[test]
fn a_head_that_has_moved_can_be_looked_at() {
    let mut parser = Parser::new(Limits::default());
    let moved = {
        let bytes = REQUEST.to_vec();
        parser.parse(&bytes).unwrap().expect("it is whole");
        bytes.clone()
    };
    let head = parser.head(&moved).expect("it is whole");
    assert_eq!((head.path(), head.get("host")), ("/users", Some(&b"api.example"[..])));
}

#[test]
fn what_is_wrong_is_refused_as_soon_as_its_line_has_ended() {
    for bytes in [
        &b"\x16\x03\x01\x02\r\n"[..],
        b"SSH-2.0-OpenSSH_9.2\r\n",
        b"GET / HTTP/1.1\r\nhost : a\r\n",
        b"GET / HTTP/1.1\r\nhost: a\r\nhost: a\r\n",
        b"GET / HTTP/1.1\r\ncontent-length: x\r\n",
        b"GET / HTTP/1.1\n",
    ] {
        let mut parser = Parser::new(Limits::default());
        assert!(parser.parse(bytes).is_err(), "{:?}", String::from_utf8_lossy(bytes));
    }
}

#[test]
fn a_head_has_no_more_bytes_than_it_may() {
    let limits = Limits { head_bytes: REQUEST.len(), ..Limits::default() };
    assert!(Parser::new(limits).parse(REQUEST).unwrap().is_some(), "just as many are fine");
    let limits = Limits { head_bytes: REQUEST.len() - 1, ..Limits::default() };
    assert_eq!(Parser::new(limits).parse(REQUEST).unwrap_err(), RequestError::HeadTooLong);
    let limits = Limits { head_bytes: 10, ..Limits::default() };
    let error = Parser::new(limits).parse(REQUEST).unwrap_err();
    assert_eq!((error, error.status()), (RequestError::TargetTooLong, 414));
    // However many follow.
    let endless = [b"GET / HTTP/1.1\r\nx: ", &[b'y'; 100_000][..]].concat();
    assert_eq!((refused(&endless), refused(&endless).status()), (RequestError::HeadTooLong, 431));
}

#[test]
fn a_head_has_no_more_fields_than_it_may() {
    let limits = Limits { fields: 3, ..Limits::default() };
    assert!(Parser::new(limits).parse(REQUEST).unwrap().is_some());
    let limits = Limits { fields: 2, ..Limits::default() };
    assert_eq!(Parser::new(limits).parse(REQUEST).unwrap_err(), RequestError::HeadTooLong);
}

#[test]
fn a_length_is_digits_and_nothing_else() {
    for (value, expected) in [("0", 0), ("5", 5), ("007", 7), ("18446744073709551615", u64::MAX)] {
        let bytes = with_lines(&format!("host: a\r\ncontent-length: {value}\r\n"));
        whole(&bytes, |head| assert_eq!(head.body, Body::Length(expected)));
    }
    for value in ["", "+5", "-1", "0x5", "5 5", "5,5", "5;", "1e3", "٣", "18446744073709551616"] {
        let bytes = with_lines(&format!("host: a\r\nContent-Length: {value}\r\n"));
        assert_eq!(refused(&bytes), RequestError::Length, "for {value:?}");
    }
}

#[test]
fn a_length_stands_there_once() {
    for second in [5, 6] {
        let lines = format!("host: a\r\ncontent-length: 5\r\ncontent-length: {second}\r\n");
        assert_eq!(refused(&with_lines(&lines)), RequestError::Length);
    }
}

#[test]
fn a_body_ends_in_one_way_or_not_at_all() {
    let with_fields = |version: &str, fields: &str| {
        format!("POST / HTTP/{version}\r\nhost: a\r\n{fields}\r\n").into_bytes()
    };
    let chunked = "transfer-encoding: chunked\r\n";
    for fields in [chunked, "Transfer-Encoding:\tChunked \r\n"] {
        whole(&with_fields("1.1", fields), |head| assert_eq!(head.body, Body::Chunked));
    }
    for (version, fields, expected) in [
        (
            "1.1",
            "transfer-encoding: chunked\r\ncontent-length: 5\r\n",
            RequestError::LengthAndCoding,
        ),
        (
            "1.1",
            "content-length: 5\r\ntransfer-encoding: chunked\r\n",
            RequestError::LengthAndCoding,
        ),
        ("1.0", chunked, RequestError::Coding),
        ("1.1", "transfer-encoding: gzip\r\n", RequestError::Coding),
        ("1.1", "transfer-encoding: chunked, gzip\r\n", RequestError::Coding),
        ("1.1", "transfer-encoding: xchunked\r\n", RequestError::Coding),
        ("1.1", "transfer-encoding:\r\n", RequestError::Coding),
        ("1.1", "transfer-encoding: gzip, chunked\r\n", RequestError::UnknownCoding),
        (
            "1.1",
            "transfer-encoding: gzip\r\ntransfer-encoding: chunked\r\n",
            RequestError::UnknownCoding,
        ),
    ] {
        assert_eq!(refused(&with_fields(version, fields)), expected, "for {fields:?} in {version}");
    }
}

#[test]
fn a_connection_stays_as_its_version_and_both_sides_want() {
    for (version, field, stays) in [
        ("1.1", "x: y", true),
        ("1.1", "connection: close", false),
        ("1.1", "Connection: keep-alive, Close", false),
        ("1.1", "connection: upgrade", true),
        ("1.0", "x: y", false),
        ("1.0", "connection: Keep-Alive", true),
        ("1.0", "connection: keep-alive, close", false),
    ] {
        let bytes = format!("GET / HTTP/{version}\r\nhost: a\r\n{field}\r\n\r\n");
        whole(bytes.as_bytes(), |head| {
            assert_eq!(head.keep_alive, stays, "HTTP/{version} with `{field}`");
        });
    }
}

#[test]
fn who_wants_to_be_told_to_go_on_says_so_in_one_way() {
    let post = |version: &str, value: &str| {
        format!("POST / HTTP/{version}\r\nhost: a\r\nexpect: {value}\r\ncontent-length: 5\r\n\r\n")
    };
    whole(post("1.1", "100-Continue").as_bytes(), |head| assert!(head.expects_continue));
    whole(post("1.0", "100-continue").as_bytes(), |head| assert!(!head.expects_continue));
    let error = refused(post("1.1", "a miracle").as_bytes());
    assert_eq!((error, error.status()), (RequestError::Expectation, 417));
}

#[test]
fn a_whole_url_names_the_host_that_the_field_names() {
    for (target, expected) in [
        ("http://b/", RequestError::Host),
        ("http://a:80/", RequestError::Host),
        ("http:///admin", RequestError::Host),
        ("http://?x", RequestError::Host),
        ("http://user@a/", RequestError::Host),
        ("http://a\\admin", RequestError::Host),
        ("http:/a", RequestError::Target),
        ("ftp://a/", RequestError::Target),
    ] {
        let bytes = format!("GET {target} HTTP/1.1\r\nhost: a\r\n\r\n");
        assert_eq!(refused(bytes.as_bytes()), expected, "for {target:?}");
    }
}

#[test]
fn the_method_is_known_before_the_head_is_whole() {
    let mut parser = Parser::new(Limits::default());
    for (bytes, expected) in [("", None), ("HEAD /", None), ("HEAD / HTTP/1.1\r\n", Some("HEAD"))] {
        assert!(parser.parse(bytes.as_bytes()).unwrap().is_none());
        assert_eq!(parser.method(bytes.as_bytes()), expected.map(str::as_bytes), "of {bytes:?}");
    }
    let wrong = b"HEAD / HTTP/1.1\r\nhost : a\r\n";
    assert_eq!(parser.parse(wrong).unwrap_err(), RequestError::Name);
    assert_eq!(parser.method(wrong), Some(&b"HEAD"[..]), "also of a head that is refused");
}

#[test]
fn a_parser_that_has_read_a_request_takes_no_memory_for_the_next() {
    let mut parser = Parser::new(Limits::default());
    let mut read = || {
        let head = parser.parse(REQUEST).unwrap().expect("it is whole");
        assert_eq!(head.get("accept"), Some(&b"text/html"[..]));
    };
    read();
    let ((), counts) = counted(|| (0..100).for_each(|_| read()));
    assert_eq!(counts.allocations, 0);
}

#[path = "request/beside_httparse.rs"]
mod beside_httparse;
#[path = "request/chunks.rs"]
mod chunks;
#[path = "request/smuggling.rs"]
mod smuggling;
