//! Goal: every entry says what the log says; what is none is named, and nothing behind it is lost; and reading allocates
//! nothing.
//!
//! Method: lines written by hand, as the servers write them; random logs and random damage, next to a parser that takes
//! the line apart into strings. Allocations are counted.
//! Not proven: speed, which the benchmark times. That views do not outlive the log is proven by the compiler.

use std::io::Write as _;

use memory::views::{Entry, Malformed, Mapped, entries};
use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::Config;
use solution::naive::views as strings;
use witness::allocations::{CountingAllocator, counted};

#[global_allocator]
static ALLOCATOR: CountingAllocator = CountingAllocator;

const LINE: &str =
    r#"192.0.2.7 - ada [27/Nov/2026:09:30:00 +0000] "GET /users/7 HTTP/1.1" 200 512"#;

/// The only entry of a log.
fn entry(log: &str) -> Entry<'_> {
    let all: Vec<_> = entries(log.as_bytes()).collect();
    let [Ok(entry)] = all[..] else { panic!("not one entry, but {all:?} in {log:?}") };
    entry
}

fn is_malformed(log: &str) {
    let line = Malformed(log.as_bytes());
    assert_eq!(entries(log.as_bytes()).collect::<Vec<_>>(), [Err(line)], "{log}");
}

/// A line with another request in it.
fn with_request(request: &str) -> String {
    LINE.replace("GET /users/7 HTTP/1.1", request)
}

#[test]
fn an_entry_says_what_the_line_says() {
    let expected = Entry {
        client: b"192.0.2.7",
        user: b"ada",
        time: b"27/Nov/2026:09:30:00 +0000",
        request: b"GET /users/7 HTTP/1.1",
        status: 200,
        bytes: 512,
    };
    assert_eq!(entry(LINE), expected);
    assert_eq!(entry(LINE).target(), Some(&b"/users/7"[..]));
}

#[test]
fn views_lie_within_the_log() {
    let entry = entry(LINE);
    let log = LINE.as_bytes().as_ptr_range();
    for view in [entry.client, entry.user, entry.time, entry.request, entry.target().unwrap()] {
        let view = view.as_ptr_range();
        assert!(log.start <= view.start && view.end <= log.end, "a copy was made");
    }
}

#[test]
fn a_target_outlives_its_entry() {
    let target = {
        let entry = entry(LINE);
        entry.target()
    };
    assert_eq!(target, Some(&b"/users/7"[..]));
}

#[test]
fn fields_behind_the_length_are_left_alone() {
    let log = format!(r#"{LINE} "http://example.org/" "curl/8.5.0""#);
    assert_eq!(entry(&log), entry(LINE));
}

#[test]
fn a_missing_length_is_zero() {
    let log = LINE.replace(" 512", " -");
    assert_eq!(entry(&log).bytes, 0);
    assert_eq!(entry(&format!("{log} \"-\" \"-\"")).bytes, 0);
}

#[test]
fn lines_end_as_files_do() {
    let whole = format!("{LINE}\n\n{LINE}\r\n\r\n{LINE}");
    for log in [whole.clone(), format!("{whole}\n"), format!("\n{whole}")] {
        let all: Vec<_> = entries(log.as_bytes()).collect();
        assert_eq!(all, [Ok(entry(LINE)); 3], "{log:?}");
    }
    assert_eq!(entries(b"").count(), 0);
    assert_eq!(entries(b"\n\r\n\n").count(), 0);
}

#[test]
fn a_quotation_mark_with_a_backslash_is_no_end() {
    for request in [r#"GET /\"a\" HTTP/1.1"#, r#"GET /a HTTP\\\"1.1"#, ""] {
        assert_eq!(entry(&with_request(request)).request, request.as_bytes());
    }
    is_malformed(&with_request(r"GET / HTTP/1.1\"));
}

#[test]
fn a_backslash_with_a_backslash_escapes_nothing() {
    for request in [r"GET /a\\ HTTP/1.1", r"\\", r"GET /\\\\"] {
        assert_eq!(entry(&with_request(request)).request, request.as_bytes());
    }
}

#[test]
fn a_request_may_be_anything() {
    let requests = [("GET /a HTTP/1.1", Some("/a")), ("-", None), ("", None), ("GET /a", None)];
    let requests =
        requests.into_iter().chain([("GET /a b HTTP/1.1", None), (r"\x16\x03\x01", None)]);
    for (request, target) in requests.chain([("GET  HTTP/1.1", Some("")), ("[a] / c", Some("/"))]) {
        let log = with_request(request);
        let entry = entry(&log);
        assert_eq!(entry.request, request.as_bytes());
        assert_eq!(entry.target(), target.map(str::as_bytes), "{request}");
    }
}

#[test]
fn bytes_that_are_no_text_are_shown_as_they_are() {
    let mut log = LINE.as_bytes().to_vec();
    log[12] = 0xFF;
    let all: Vec<_> = entries(&log).collect();
    let [Ok(entry)] = all[..] else { panic!("an entry, not {all:?}") };
    assert_eq!(entry.user, b"\xFFda");
}

#[test]
fn what_is_no_entry_is_named() {
    is_malformed("-");
    is_malformed("out of memory");
    is_malformed(&LINE[..LINE.len() - 4]);
    is_malformed(&LINE.replace(" ada ", " ada lovelace "));
    is_malformed(&LINE.replace('[', ""));
    is_malformed(&LINE.replace(" [", "["));
    is_malformed(&LINE.replace(']', ""));
    is_malformed(&LINE.replace("] \"", "]  \""));
    is_malformed(&LINE.replace("+0000]", "]+0000]"));
    is_malformed(&LINE.replace("\" ", "\""));
}

#[test]
fn numbers_are_digits() {
    for status in ["+200", "-200", "2e2", ""] {
        is_malformed(&LINE.replace("200", status));
    }
    for bytes in ["+512", "-512", "5x", ""] {
        is_malformed(&LINE.replace("512", bytes));
    }
}

#[test]
fn numbers_fit() {
    for status in ["65536", "99999999999999999999"] {
        is_malformed(&LINE.replace("200", status));
    }
    is_malformed(&LINE.replace("512", "18446744073709551616"));
    assert_eq!(entry(&LINE.replace("512", "18446744073709551615")).bytes, u64::MAX);
}

#[test]
fn what_comes_behind_a_malformed_line_is_not_lost() {
    let log = format!("{LINE}\nout of memory\n{LINE}\n");
    let all: Vec<_> = entries(log.as_bytes()).collect();
    assert_eq!(all, [Ok(entry(LINE)), Err(Malformed(b"out of memory")), Ok(entry(LINE))]);
}

#[test]
fn a_field_does_not_reach_into_the_next_line() {
    let log = format!("192.0.2.7\n{LINE}\n");
    let all: Vec<_> = entries(log.as_bytes()).collect();
    assert_eq!(all, [Err(Malformed(b"192.0.2.7")), Ok(entry(LINE))]);
}

#[test]
fn reading_allocates_nothing() {
    let log = format!("{LINE}\nout of memory\n").repeat(1000);
    let (bytes, counts) = counted(|| {
        let good = entries(log.as_bytes()).filter_map(Result::ok);
        good.filter(|entry| entry.target().is_some()).map(|entry| entry.bytes).sum::<u64>()
    });
    assert_eq!((bytes, counts.allocations), (512_000, 0));
}

#[test]
fn a_mapped_log_is_read_in_place() {
    let mut file = tempfile::NamedTempFile::new().expect("a folder for temporary files");
    write!(file, "{LINE}\n{LINE}\n").expect("a file can be written");
    // SAFETY: Nobody writes to it any more.
    let log = unsafe { Mapped::open(file.path()) }.expect("a file can be mapped");
    let (found, counts) =
        counted(|| entries(&log).flatten().filter(|found| *found == entry(LINE)).count());
    assert_eq!((found, counts.allocations), (2, 2), "entries, and the two vectors of this test");
}

/// A line, most often a good one, sometimes with a piece cut out.
fn line() -> impl Strategy<Value = String> {
    let client = "[0-9a-f:.]{1,12}";
    let user = select(vec!["-", "ada", "grace\u{e9}", "[ada]"]);
    let request = "(GET|POST|-)( /[a-z/%\\[\\]]{0,9}( HTTP/1\\.[01])?)?(\\\\\\\\|\\\\\")?";
    let numbers = ("[1-5][0-9]{2}", "-|[0-9]{1,7}");
    let more = select(vec!["", " \"-\" \"curl\"", "\r"]);
    let whole = (client, user, request, numbers, more).prop_map(|(client, user, request, (status, bytes), more)| {
        format!("{client} - {user} [27/Nov/2026:09:30:00 +0000] \"{request}\" {status} {bytes}{more}")
    });
    (whole, any::<[prop::sample::Index; 2]>(), 0..4_u8).prop_map(|(line, cuts, damage)| {
        let characters: Vec<char> = line.chars().collect();
        let mut cuts = cuts.map(|cut| cut.index(characters.len()));
        cuts.sort_unstable();
        if damage > 0 {
            return line;
        }
        characters[..cuts[0]].iter().chain(&characters[cuts[1]..]).collect()
    })
}

proptest! {
    #![proptest_config(Config { failure_persistence: None, ..Config::default() })]

    #[test]
    fn views_and_strings_say_the_same(lines in prop::collection::vec(line(), 0..20)) {
        let log = lines.join("\n");
        let owned = |view: &[u8]| String::from_utf8_lossy(view).into_owned();
        let views: Vec<_> = entries(log.as_bytes()).map(|entry| {
            entry.ok().map(|entry| strings::Entry {
                client: owned(entry.client),
                user: owned(entry.user),
                time: owned(entry.time),
                request: owned(entry.request),
                status: entry.status,
                bytes: entry.bytes,
            })
        }).collect();
        let expected: Vec<_> = strings::entries(log.as_bytes()).collect();
        prop_assert_eq!(views, expected);
    }
}
