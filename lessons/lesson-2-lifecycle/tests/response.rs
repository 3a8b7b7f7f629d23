//! Goal: an answer is the bytes that RFC 9112 says, and no more than the request allows; the client gets the representation
//! that it likes best of those that there are, as RFC 9110 §12.5.1 says.
//!
//! Method: bytes compared with bytes; tables of fields and choices, the RFC's own examples among them; counted allocations.
//! Not proven: that a handler then writes what was chosen.

use std::cmp::Ordering;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use lifecycle::response::encoder::{Connection, Context, Encoder};
use lifecycle::response::negotiation::{OFFERED_MAX, RANGES_MAX, choose};
use lifecycle::response::{InvalidValue, Response};
use witness::allocations::{CountingAllocator, counted};

#[global_allocator]
static ALLOCATOR: CountingAllocator = CountingAllocator;

/// Of the example in RFC 9110 §5.6.7.
const NOW: Duration = Duration::from_secs(784_111_777);
const STAYS: Context = Context { is_head: false, connection: Connection::Stays };
const HEAD: Context = Context { is_head: true, ..STAYS };

fn at(since: Duration) -> SystemTime {
    UNIX_EPOCH + since
}

/// One with a body.
fn response(status: u16) -> Response {
    let mut response = Response::new();
    (response.status, response.content_type) = (status, "text/plain");
    response.body.extend_from_slice("Grüße".as_bytes());
    response
}

fn encoded(response: &Response, context: Context) -> String {
    let mut bytes = Vec::new();
    Encoder::new().encode(response, context, at(NOW), &mut bytes);
    String::from_utf8(bytes).expect("it is text here")
}

#[test]
fn an_answer_is_a_status_fields_and_a_body() {
    let expected = "HTTP/1.1 200 OK\r\n\
        content-type: text/plain\r\n\
        content-length: 7\r\n\
        date: Sun, 06 Nov 1994 08:49:37 GMT\r\n\
        \r\n\
        Grüße";
    assert_eq!(encoded(&response(200), STAYS), expected, "the length is in bytes");
    let expected =
        "HTTP/1.1 200 OK\r\ncontent-length: 0\r\ndate: Sun, 06 Nov 1994 08:49:37 GMT\r\n\r\n";
    assert_eq!(encoded(&Response::new(), STAYS), expected, "no body has a length, too");
}

#[test]
fn an_answer_is_appended_to_what_is_there() {
    let (mut encoder, mut bytes) = (Encoder::new(), b"before".to_vec());
    encoder.encode(&response(200), STAYS, at(NOW), &mut bytes);
    assert_eq!(bytes, ["before", &encoded(&response(200), STAYS)].concat().into_bytes());
}

#[test]
fn fields_that_were_added_stand_in_their_order() {
    let mut response = Response::new();
    response.add("location", "/users/7".to_owned()).unwrap();
    response.add("vary", "accept").unwrap();
    let text = encoded(&response, STAYS);
    assert!(text.contains("\r\nlocation: /users/7\r\nvary: accept\r\n"), "{text}");
}

#[test]
fn what_becomes_of_the_connection_is_said_where_it_must_be() {
    let said = |connection| {
        let text = encoded(&Response::new(), Context { connection, ..STAYS });
        let line = text.lines().find_map(|line| line.strip_prefix("connection: "));
        line.map(str::to_owned)
    };
    assert_eq!(said(Connection::Stays), None);
    assert_eq!(said(Connection::StaysForOld).as_deref(), Some("keep-alive"));
    assert_eq!(said(Connection::Closes).as_deref(), Some("close"));
}

#[test]
fn statuses_have_their_words() {
    for (status, line) in [
        (100, "HTTP/1.1 100 Continue"),
        (204, "HTTP/1.1 204 No Content"),
        (404, "HTTP/1.1 404 Not Found"),
        (422, "HTTP/1.1 422 Unprocessable Content"),
        (503, "HTTP/1.1 503 Service Unavailable"),
        (299, "HTTP/1.1 299 "),
    ] {
        assert_eq!(encoded(&response(status), STAYS).lines().next(), Some(line));
    }
}

#[test]
fn to_head_the_body_is_told_and_not_sent() {
    let get = encoded(&response(200), STAYS);
    let head = encoded(&response(200), HEAD);
    assert_eq!(head, get.strip_suffix("Grüße").expect("it has a body"));
    assert!(encoded(&response(404), HEAD).ends_with("\r\n\r\n"), "errors, too");
}

#[test]
fn some_statuses_never_have_a_body() {
    for status in [100, 103, 204, 304] {
        for context in [STAYS, HEAD] {
            let text = encoded(&response(status), context);
            assert!(text.ends_with("\r\n\r\n"), "a body behind {status}: {text:?}");
            assert!(!text.contains("content-length"), "a length beside {status}: {text:?}");
        }
    }
}

#[test]
fn what_follows_on_the_connection_is_the_next_answer() {
    let (mut encoder, mut bytes) = (Encoder::new(), Vec::new());
    let asked = [(200, HEAD), (204, STAYS), (304, STAYS), (200, STAYS)];
    for (status, context) in asked {
        encoder.encode(&response(status), context, at(NOW), &mut bytes);
    }
    let mut rest = str::from_utf8(&bytes).unwrap();
    for (status, context) in asked {
        let start = format!("HTTP/1.1 {status} ");
        assert!(rest.starts_with(&start), "the client expects {start:?} and gets {rest:?}");
        let (_, behind) = rest.split_once("\r\n\r\n").expect("a head ends");
        // What a client reads of a body depends on what it has asked and on the status.
        let body = if status == 200 && !context.is_head { 7 } else { 0 };
        rest = &behind[body..];
    }
    assert_eq!(rest, "");
}

#[test]
fn the_date_is_that_of_the_second() {
    let mut encoder = Encoder::new();
    let mut date = |since| {
        let mut bytes = Vec::new();
        encoder.encode(&Response::new(), STAYS, at(since), &mut bytes);
        let text = String::from_utf8(bytes).unwrap();
        text.lines().find_map(|line| line.strip_prefix("date: ").map(str::to_owned)).unwrap()
    };
    let millisecond = Duration::from_millis(1);
    assert_eq!(date(NOW), "Sun, 06 Nov 1994 08:49:37 GMT");
    assert_eq!(date(NOW + millisecond * 999), "Sun, 06 Nov 1994 08:49:37 GMT");
    assert_eq!(date(NOW + millisecond * 1000), "Sun, 06 Nov 1994 08:49:38 GMT");
    assert_eq!(date(NOW), "Sun, 06 Nov 1994 08:49:37 GMT", "a clock may be set back");
    assert_eq!(date(Duration::ZERO), "Thu, 01 Jan 1970 00:00:00 GMT");
}

#[test]
fn a_value_brings_no_lines_of_its_own() {
    let mut response = Response::new();
    for value in ["/a\r\nset-cookie: evil=1", "/a\n", "/a\r", "a\0b", "\u{7f}"] {
        assert_eq!(response.add("location", value), Err(InvalidValue("location")), "{value:?}");
    }
    assert_eq!(response, Response::new());
    response.add("x", "é\tü").unwrap();
}

#[test]
fn a_warm_encoder_takes_no_memory() {
    let (mut encoder, mut bytes, mut answer) = (Encoder::new(), Vec::new(), Response::new());
    let mut answers = |encoder: &mut Encoder| {
        bytes.clear();
        for _ in 0..100 {
            answer.clear();
            answer.content_type = "text/plain";
            answer.add("vary", "accept").unwrap();
            answer.body.extend_from_slice(b"Hello, World!");
            encoder.encode(&answer, STAYS, at(NOW), &mut bytes);
        }
    };
    answers(&mut encoder);
    let ((), counts) = counted(|| answers(&mut encoder));
    assert_eq!(counts.allocations, 0);
}

const JSON: &str = "application/json";
const MESSAGE_PACK: &str = "application/msgpack";

/// What is chosen for one line of `Accept`.
fn chosen<'o>(accept: &str, offered: &[&'o str]) -> Option<&'o str> {
    choose([accept], offered).map(|position| offered[position])
}

/// Checks rows of a field and what is chosen of JSON, which is preferred, and MessagePack.
#[track_caller]
fn check(rows: &[(&str, Option<&str>)]) {
    for (accept, expected) in rows {
        let found = chosen(accept, &[JSON, MESSAGE_PACK]);
        assert_eq!(found, *expected, "for `Accept: {accept}`");
    }
}

#[test]
fn without_the_field_the_first_is_chosen() {
    assert_eq!(choose([], &[JSON, MESSAGE_PACK]), Some(0));
    assert_eq!(choose([], &[]), None, "where there is one");
}

#[test]
fn what_is_asked_for_is_chosen() {
    check(&[
        ("application/json", Some(JSON)),
        ("application/msgpack", Some(MESSAGE_PACK)),
        ("text/html, application/msgpack", Some(MESSAGE_PACK)),
        ("text/html", None),
    ]);
}

#[test]
fn wildcards_match() {
    check(&[
        ("*/*", Some(JSON)),
        ("application/*", Some(JSON)),
        ("text/*", None),
        ("text/*, */*", Some(JSON)),
    ]);
}

#[test]
fn the_greater_weight_wins() {
    check(&[
        ("application/json;q=0.5, application/msgpack;q=0.9", Some(MESSAGE_PACK)),
        ("application/json;q=0.5, application/msgpack", Some(MESSAGE_PACK)),
        ("application/json;q=0.501, application/msgpack;q=0.502", Some(MESSAGE_PACK)),
        ("application/json;q=0.9, application/msgpack;q=0.85", Some(JSON)),
        ("application/json;q=0.1, application/msgpack;q=0.09", Some(JSON)),
    ]);
}

#[test]
fn equal_weights_go_to_what_the_server_prefers() {
    check(&[
        ("application/msgpack, application/json", Some(JSON)),
        ("application/msgpack;q=0.5, application/json;q=0.500", Some(JSON)),
        ("application/msgpack;q=1, application/json;q=1.000", Some(JSON)),
        ("application/msgpack;q=1, application/json", Some(JSON)),
    ]);
    let offered = [MESSAGE_PACK, JSON];
    assert_eq!(chosen("application/json, application/msgpack", &offered), Some(MESSAGE_PACK));
}

#[test]
fn a_weight_of_nothing_refuses() {
    check(&[
        ("application/json;q=0", None),
        ("application/json;q=0.000, application/msgpack;q=0.001", Some(MESSAGE_PACK)),
        ("application/json;q=0, */*;q=0.1", Some(MESSAGE_PACK)),
        ("*/*;q=0", None),
    ]);
}

#[test]
fn the_more_specific_range_speaks_whatever_its_weight() {
    check(&[
        ("*/*;q=1, application/json;q=0.2", Some(MESSAGE_PACK)),
        ("application/*;q=0.9, application/json;q=0.1, */*", Some(MESSAGE_PACK)),
        ("*/*, application/*;q=0.1, application/msgpack;q=0.2", Some(MESSAGE_PACK)),
        ("application/*, application/json;q=0, application/msgpack;q=0", None),
    ]);
}

#[test]
fn the_order_of_the_members_does_not_matter() {
    let members =
        ["application/json;q=0.2", "application/*;q=0.4", "*/*", "application/json;q=0.3"];
    for rotation in 0..members.len() {
        let mut rotated = members;
        rotated.rotate_left(rotation);
        let accept = rotated.join(", ");
        let found = chosen(&accept, &[JSON, "text/html", MESSAGE_PACK]);
        assert_eq!(found, Some("text/html"), "for `Accept: {accept}`");
        let found = chosen(&accept, &[JSON, MESSAGE_PACK]);
        assert_eq!(found, Some(MESSAGE_PACK), "for `Accept: {accept}`");
    }
}

#[test]
fn several_lines_are_one_field() {
    let lines = ["application/json;q=0.3", "text/html, application/msgpack;q=0.7"];
    assert_eq!(choose(lines, &[JSON, MESSAGE_PACK]), Some(1));
}

#[test]
fn names_have_no_case() {
    check(&[
        ("APPLICATION/MsgPack", Some(MESSAGE_PACK)),
        ("application/json;Q=0.5, application/msgpack;Q=0.6", Some(MESSAGE_PACK)),
    ]);
    let offered = ["text/html; Charset=UTF-8"];
    assert_eq!(choose(["TEXT/html;charset=utf-8"], &offered), Some(0));
}

#[test]
fn whitespace_is_optional() {
    check(&[
        ("application/json;q=0.1,application/msgpack", Some(MESSAGE_PACK)),
        (" application/json ;\tq=0.1 ,\t application/msgpack ; q=0.2 ", Some(MESSAGE_PACK)),
    ]);
}

#[test]
fn the_examples_of_the_rfc_hold() {
    let audio = ["audio/mpeg", "audio/basic"];
    assert_eq!(chosen("audio/*; q=0.2, audio/basic", &audio), Some("audio/basic"));
    assert_eq!(chosen("audio/*; q=0.2, audio/basic", &audio[..1]), Some("audio/mpeg"));

    let accept = "text/plain; q=0.5, text/html, text/x-dvi; q=0.8, text/x-c";
    let by_preference = ["text/html", "text/x-dvi", "text/plain"];
    for (position, preferred) in by_preference.iter().enumerate() {
        let mut offered = by_preference[position..].to_vec();
        offered.reverse();
        assert_eq!(chosen(accept, &offered), Some(*preferred));
    }
    assert_eq!(chosen(accept, &["text/x-c", "text/html"]), Some("text/x-c"), "equally preferred");
}

#[test]
fn the_table_of_the_rfc_holds() {
    let accept = "text/*;q=0.3, text/plain;q=0.7, text/plain;format=flowed, \
                  text/plain;format=fixed;q=0.4, */*;q=0.5";
    let table = [
        ("text/plain;format=flowed", 1.0),
        ("text/plain", 0.7),
        ("text/html", 0.3),
        ("image/jpeg", 0.5),
        ("text/plain;format=fixed", 0.4),
        ("text/html;level=3", 0.3),
    ];
    // Weights are not told, but which of two is greater is.
    for (one, weight) in table {
        for (other, other_weight) in table {
            let expected = match f64::total_cmp(&weight, &other_weight) {
                Ordering::Less => other,
                Ordering::Equal | Ordering::Greater => one,
            };
            assert_eq!(chosen(accept, &[one, other]), Some(expected), "of `{one}` and `{other}`");
        }
    }
}

#[test]
fn a_parameter_must_be_there() {
    let offered = ["text/html;level=1", "text/html"];
    assert_eq!(chosen("text/html;level=2", &offered), None);
    assert_eq!(chosen("text/html;level=1;charset=utf-8", &offered), None);
    assert_eq!(chosen("text/html;level=1;q=0.1, text/html;q=0.2", &offered), Some("text/html"));
    assert_eq!(
        chosen("*/*;level=1;q=0, text/html", &offered),
        Some("text/html;level=1"),
        "a type that is named is more specific than a parameter"
    );
}

#[test]
fn the_weight_may_stand_anywhere() {
    let offered = ["text/html", "text/html;level=1"];
    assert_eq!(
        chosen("text/html;q=0.3;level=1, text/html;q=0.2", &offered),
        Some("text/html;level=1")
    );
}

#[test]
fn quotes_hide_separators() {
    let offered = ["text/html", "text/html;title=\"a, b; q=0\""];
    assert_eq!(
        chosen("text/html;q=0.1, text/html;title=\"A, B; q=0\";q=0.2", &offered),
        Some(offered[1])
    );
    assert_eq!(
        chosen("text/html;title=\"\\\", text/html\", text/plain", &["text/html", "text/plain"]),
        Some("text/plain"),
        "an escaped quote does not end the string"
    );
    let offered = ["text/html", "text/html;level=\"1\""];
    assert_eq!(chosen("text/html;level=1, text/html;q=0.5", &offered), Some(offered[1]));
}

#[test]
fn malformed_members_are_left_out() {
    let malformed = [
        "application",
        "/json",
        "application/",
        "application/json/x",
        "application /json",
        "*/json",
        "*",
        "application/json;q",
        "application/json;q=",
        "application/json;q=2",
        "application/json;q=1.001",
        "application/json;q=1.5",
        "application/json;q=-1",
        "application/json;q=+1",
        "application/json;q=0.1234",
        "application/json;q=.5",
        "application/json;q=0.a",
        "application/json;q=\"1\"",
        "application/json;q = 1",
        "application/json;q=1;q=1",
        "application/json;a=\"b\"c",
        "application/json;a=\"b\"c\"",
        "application/json;a\u{e9}=b",
    ];
    for member in malformed {
        let lines = [member, "application/msgpack;q=0.001"];
        assert_eq!(choose(lines, &[JSON, MESSAGE_PACK]), Some(1), "for `Accept: {member}`");
        assert_eq!(choose([member], &["text/html"]), Some(0), "`Accept: {member}` says nothing");
    }
}

#[test]
fn an_open_quote_takes_the_rest_of_its_line() {
    for opening in ["\"", "\\\"", "\"b\\\""] {
        let line = format!("application/msgpack;a={opening}, application/json");
        let found = choose([&*line, "application/msgpack;q=0.1"], &[JSON, MESSAGE_PACK]);
        assert_eq!(found, Some(1), "for `Accept: {line}`");
    }
}

#[test]
fn empty_members_are_no_members() {
    check(&[
        (",, application/msgpack ,;,", Some(MESSAGE_PACK)),
        ("application/msgpack;;q=0.5;, application/json;q=0.4", Some(MESSAGE_PACK)),
    ]);
}

#[test]
fn a_field_that_says_nothing_refuses_nothing() {
    check(&[("", Some(JSON)), (" , ,", Some(JSON)), ("json", Some(JSON))]);
}

#[test]
fn what_stands_behind_the_bound_is_not_read() {
    let accept = "text/html,".repeat(RANGES_MAX - 1) + "application/msgpack, application/json";
    assert_eq!(chosen(&accept, &[JSON, MESSAGE_PACK]), Some(MESSAGE_PACK));
}

#[test]
fn as_many_types_can_be_offered_as_the_bound_says() {
    let types: Vec<String> = (0..OFFERED_MAX).map(|number| format!("a/{number}")).collect();
    let offered: Vec<&str> = types.iter().map(String::as_str).collect();
    assert_eq!(choose(["b/*, a/7"], &offered), Some(7));
}

#[test]
#[should_panic(expected = "at most 8 types")]
fn more_types_are_a_mistake_of_the_server() {
    let _ = choose([], &[JSON; OFFERED_MAX + 1]);
}

#[test]
fn choosing_allocates_nothing() {
    let accept = ["text/*;q=0.3, text/plain;format=\"flowed\";q=0.2", "*/*;q=0.5, a/b;c=\"d\\\"\""];
    let (found, counts) = counted(|| choose(accept, &[JSON, "text/plain;format=flowed"]));
    assert_eq!((found, counts.allocations), (Some(0), 0));
}
