//! Goal: the client gets the representation that it likes best of those that there are, as RFC 9110 §12.5.1 says.
//!
//! Method: tables of fields and choices, the RFC's own examples among them, and counted allocations.
//! Not proven: that a handler then writes what was chosen.

use std::cmp::Ordering;

use lifecycle::response::negotiation::{OFFERED_MAX, RANGES_MAX, choose};
use witness::allocations::{CountingAllocator, counted};

#[global_allocator]
static ALLOCATOR: CountingAllocator = CountingAllocator;

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
