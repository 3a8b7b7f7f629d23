//! Which part a request gets: RFC 9110, sections 8.8.3.2, 13 and 14.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use memory::files::Selected::{self, NotModified, Part, PreconditionFailed, Unsatisfiable, Whole};
use memory::files::{Conditions, Method, Validators, select};

const ETAG: &str = "\"xyzzy\"";

/// The date of section 5.6.7, in its three formats, a second before, and a second after.
const DATE: &str = "Sun, 06 Nov 1994 08:49:37 GMT";
const SAME: [&str; 3] = [DATE, "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994"];
const BEFORE: &str = "Sun, 06 Nov 1994 08:49:36 GMT";
const AFTER: &str = "Sun, 06 Nov 1994 08:49:38 GMT";

/// Between two seconds: HTTP sees the first of them.
fn modified() -> SystemTime {
    UNIX_EPOCH + Duration::new(784_111_777, 900_000_000)
}

fn selected(conditions: Conditions<'_>) -> Selected {
    select(Validators { length: 10_000, etag: ETAG, modified: modified() }, &conditions)
}

fn range_of(length: u64, range: &str) -> Selected {
    let validators = Validators { length, etag: ETAG, modified: modified() };
    select(validators, &Conditions { range: Some(range), ..Conditions::default() })
}

#[test]
fn without_conditions_it_is_the_whole() {
    assert_eq!(selected(Conditions::default()), Whole);
}

#[test]
fn one_range_is_a_part() {
    // The examples of section 14.1.2, and the edges.
    for (range, part) in [
        ("bytes=0-499", 0..500),
        ("bytes=500-999", 500..1000),
        ("bytes=-500", 9500..10_000),
        ("bytes=9500-", 9500..10_000),
        ("bytes=0-0", 0..1),
        ("bytes=9999-", 9999..10_000),
        ("bytes=9999-9999", 9999..10_000),
        ("bytes=-1", 9999..10_000),
        ("bytes=0-", 0..10_000),
        ("bytes=9990-20000", 9990..10_000),
        ("bytes=-20000", 0..10_000),
        ("bytes=0-99999999999999999999", 0..10_000),
        ("bytes=-99999999999999999999", 0..10_000),
        ("bytes=0-18446744073709551615", 0..10_000),
        ("Bytes=007-008", 7..9),
        (" bytes=, 0-1 ,\t", 0..2),
    ] {
        assert_eq!(range_of(10_000, range), Part(part), "`{range}`");
    }
}

#[test]
fn bytes_that_are_not_there_cannot_be_had() {
    for range in ["bytes=10000-", "bytes=10000-10001", "bytes=-0", "bytes=99999999999999999999-"] {
        assert_eq!(range_of(10_000, range), Unsatisfiable, "`{range}`");
    }
    for range in ["bytes=0-", "bytes=0-0", "bytes=-0"] {
        assert_eq!(range_of(0, range), Unsatisfiable, "`{range}` of nothing");
    }
    // Satisfiable by section 14.1.2, but there is no byte for a 206 to name.
    assert_eq!(range_of(0, "bytes=-1"), Whole, "`bytes=-1` of nothing");
}

#[test]
fn what_is_no_single_range_of_bytes_is_ignored() {
    for range in [
        "",
        "bytes",
        "bytes=",
        "bytes=-",
        "bytes=,",
        "bytes=5",
        "bytes=5-4",
        "bytes=20000-10",
        "bytes=20000-x",
        "bytes=a-b",
        "bytes=+1-2",
        "bytes=1-+2",
        "bytes=--1",
        "bytes=1-2-3",
        "bytes=0x1-2",
        "bytes =0-1",
        "bytes=0 - 1",
        "bytes 0-1",
        "lines=0-1",
        "=0-1",
        "bytes=1-2=3",
        "bytes=0-0,-1",
        "bytes= 0-999, 4500-5499, -1000",
        "bytes=500-600,601-999",
        "bytes=10000-,10001-",
        "bytes=٣-٤",
    ] {
        assert_eq!(range_of(10_000, range), Whole, "`{range}`");
    }
}

#[test]
fn only_get_has_ranges() {
    for (method, expected) in
        [(Method::Get, Part(0..5)), (Method::Head, Whole), (Method::Other, Whole)]
    {
        let range = Some("bytes=0-4");
        assert_eq!(selected(Conditions { method, range, ..Conditions::default() }), expected);
    }
}

#[test]
fn tags_are_compared_weakly_or_strongly_as_the_table_says() {
    // Section 8.8.3.2: two tags, whether they match strongly, whether weakly.
    for (etag, other, strong, weak) in [
        ("W/\"1\"", "W/\"1\"", false, true),
        ("W/\"1\"", "W/\"2\"", false, false),
        ("W/\"1\"", "\"1\"", false, true),
        ("\"1\"", "\"1\"", true, true),
        ("\"1\"", "W/\"1\"", false, true),
        ("\"1\"", "\"2\"", false, false),
    ] {
        let validators = Validators { length: 10, etag, modified: modified() };
        let select = |conditions| select(validators, &conditions);
        let none = Conditions::default();
        let if_match = select(Conditions { if_match: Some(other), ..none });
        assert_eq!(if_match, if strong { Whole } else { PreconditionFailed }, "{etag} {other}");
        let if_none_match = select(Conditions { if_none_match: Some(other), ..none });
        assert_eq!(if_none_match, if weak { NotModified } else { Whole }, "{etag} {other}");
        let range = Some("bytes=0-4");
        let if_range = select(Conditions { if_range: Some(other), range, ..none });
        assert_eq!(if_range, if strong { Part(0..5) } else { Whole }, "{etag} {other}");
    }
}

#[test]
fn a_list_names_each_of_its_tags() {
    for (list, names_it) in [
        ("\"xyzzy\"", true),
        (" \"xyzzy\"\t", true),
        ("*", true),
        (" * ", true),
        ("\"a\", \"xyzzy\"", true),
        (",, \"a\" ,\t\"xyzzy\",", true),
        ("\"a\",W/\"b\",\"xyzzy\", \"c\"", true),
        ("\"a,b\", \"xyzzy\"", true),
        ("\"\", \"xyzzy\"", true),
        ("", false),
        ("\"a\"", false),
        ("xyzzy", false),
        ("\"xyzzy", false),
        ("\"xyzz\"", false),
        ("\"xyzzyz\"", false),
        ("\"XYZZY\"", false),
        ("\"a,\"xyzzy\"", false),
        ("\"a, *\"", false),
        ("junk, \"xyzzy\"", false),
    ] {
        let none = Conditions::default();
        let found = selected(Conditions { if_match: Some(list), ..none }) == Whole;
        assert_eq!(found, names_it, "If-Match: {list}");
        let found = selected(Conditions { if_none_match: Some(list), ..none }) == NotModified;
        assert_eq!(found, names_it, "If-None-Match: {list}");
    }
    let weak = Conditions { if_none_match: Some("\"a\", W/\"xyzzy\""), ..Conditions::default() };
    assert_eq!(selected(weak), NotModified);
}

#[test]
fn dates_are_compared_in_whole_seconds() {
    let since =
        |date| selected(Conditions { if_modified_since: Some(date), ..Conditions::default() });
    let unless =
        |date| selected(Conditions { if_unmodified_since: Some(date), ..Conditions::default() });
    for date in SAME {
        assert_eq!((since(date), unless(date)), (NotModified, Whole), "`{date}`");
    }
    assert_eq!((since(AFTER), unless(AFTER)), (NotModified, Whole));
    assert_eq!((since(BEFORE), unless(BEFORE)), (Whole, PreconditionFailed));
}

#[test]
fn what_is_no_date_is_ignored() {
    for date in ["", "yesterday", "0", "Sun, 06 Nov 1994", "Mon, 06 Nov 1994 08:49:37 GMT"] {
        let none = Conditions::default();
        assert_eq!(selected(Conditions { if_modified_since: Some(date), ..none }), Whole);
        assert_eq!(selected(Conditions { if_unmodified_since: Some(date), ..none }), Whole);
    }
}

#[test]
fn a_method_that_changes_something_fails_where_get_has_it_already() {
    for (method, if_none_match, if_modified_since) in [
        (Method::Get, NotModified, NotModified),
        (Method::Head, NotModified, NotModified),
        (Method::Other, PreconditionFailed, Whole),
    ] {
        let none = Conditions { method, ..Conditions::default() };
        let tag = Conditions { if_none_match: Some(ETAG), ..none };
        assert_eq!(selected(tag), if_none_match, "{method:?}");
        let date = Conditions { if_modified_since: Some(DATE), ..none };
        assert_eq!(selected(date), if_modified_since, "{method:?}");
    }
}

#[test]
fn conditions_are_evaluated_in_their_order() {
    const OTHER: Option<&str> = Some("\"other\"");
    const THIS: Option<&str> = Some(ETAG);
    let none = Conditions::default();
    for (conditions, expected, why) in [
        (
            Conditions { if_match: THIS, if_unmodified_since: Some(BEFORE), ..none },
            Whole,
            "with If-Match, If-Unmodified-Since is not looked at",
        ),
        (
            Conditions { if_match: OTHER, if_unmodified_since: Some(AFTER), ..none },
            PreconditionFailed,
            "nor does it help",
        ),
        (
            Conditions { if_none_match: OTHER, if_modified_since: Some(AFTER), ..none },
            Whole,
            "with If-None-Match, If-Modified-Since is not looked at",
        ),
        (
            Conditions { if_none_match: THIS, if_modified_since: Some(BEFORE), ..none },
            NotModified,
            "nor does it help",
        ),
        (
            Conditions { if_match: OTHER, if_none_match: THIS, ..none },
            PreconditionFailed,
            "what must be comes before what the client has",
        ),
        (
            Conditions { if_unmodified_since: Some(AFTER), if_none_match: THIS, ..none },
            NotModified,
            "both are looked at",
        ),
        (
            Conditions { if_none_match: THIS, range: Some("bytes=0-4"), ..none },
            NotModified,
            "a range comes last",
        ),
        (
            Conditions { if_modified_since: Some(DATE), range: Some("bytes=10000-"), ..none },
            NotModified,
            "even one that cannot be had",
        ),
        (
            Conditions { if_match: OTHER, range: Some("bytes=10000-"), ..none },
            PreconditionFailed,
            "likewise",
        ),
        (
            Conditions { if_match: THIS, range: Some("bytes=0-4"), ..none },
            Part(0..5),
            "a range of what the client expects",
        ),
    ] {
        assert_eq!(selected(conditions), expected, "{why}: {conditions:?}");
    }
}

#[test]
fn a_range_is_given_only_of_the_file_that_if_range_names() {
    let range = Some("bytes=0-4");
    let of = |if_range| {
        selected(Conditions { if_range: Some(if_range), range, ..Conditions::default() })
    };
    assert_eq!(of(ETAG), Part(0..5));
    for other in ["\"other\"", "W/\"xyzzy\"", "*", "xyzzy", "\"a\", \"xyzzy\"", ""] {
        assert_eq!(of(other), Whole, "`{other}`");
    }
    // Sections 13.1.5 and 8.8.2.2: it may have changed twice in that second.
    assert_eq!(of(DATE), Whole);
    let unsatisfiable = Conditions {
        if_range: Some("\"other\""),
        range: Some("bytes=10000-"),
        ..Conditions::default()
    };
    assert_eq!(selected(unsatisfiable), Whole, "a range that is not looked at cannot be wrong");
    let without_range = Conditions { if_range: Some("\"other\""), ..Conditions::default() };
    assert_eq!(selected(without_range), Whole);
}
