//! The parser beside `httparse`, hyper's own, on heads that are put together at random, and on sound ones with a few bytes
//! changed.
//!
//! What the parser takes, `httparse` takes, and reads the same in it. What it refuses, `httparse` may take; why it does is
//! said here, error by error ([`may_differ`]).

use std::fmt;

use lifecycle::request::{Limits, Parser, RequestError, Version};
use proptest::prelude::*;
use proptest::test_runner::RngSeed;

/// What a head says.
#[derive(Debug, PartialEq, Eq)]
struct Said {
    method: String,
    target: String,
    minor_version: u8,
    fields: Vec<(String, Vec<u8>)>,
    length: usize,
}

fn ours(bytes: &[u8]) -> Result<Option<Said>, RequestError> {
    let mut parser = Parser::new(Limits::default());
    let head = parser.parse(bytes)?;
    Ok(head.map(|head| Said {
        method: head.method().to_owned(),
        target: head.target().to_owned(),
        minor_version: u8::from(head.version() == Version::Http11),
        fields: head.fields().map(|(name, value)| (name.to_owned(), value.to_vec())).collect(),
        length: head.length,
    }))
}

fn theirs(bytes: &[u8]) -> Result<Option<Said>, httparse::Error> {
    let mut fields = [httparse::EMPTY_HEADER; 100];
    let mut request = httparse::Request::new(&mut fields);
    let httparse::Status::Complete(length) = request.parse(bytes)? else { return Ok(None) };
    Ok(Some(Said {
        method: request.method.expect("it is whole").to_owned(),
        target: request.path.expect("it is whole").to_owned(),
        minor_version: request.version.expect("it is whole"),
        fields: request
            .headers
            .iter()
            .map(|field| (field.name.to_owned(), field.value.to_vec()))
            .collect(),
        length,
    }))
}

/// Whether `httparse` may take what is refused with this.
fn may_differ(error: RequestError) -> bool {
    match error {
        // It takes a line feed alone for a line end, as RFC 9112 §2.2 lets a recipient do. Not all who are on the way do.
        RequestError::LineFeed => true,
        // It leaves the form of the target to who asked, and lets `#` and bytes beyond ASCII stand in it.
        RequestError::Target => true,
        // What fields mean is not its business: hyper looks at some of them afterwards.
        RequestError::Host
        | RequestError::Length
        | RequestError::LengthAndCoding
        | RequestError::Coding
        | RequestError::UnknownCoding
        | RequestError::Connection
        | RequestError::Expectation => true,
        _ => false,
    }
}

fn compare(bytes: &[u8]) -> Result<(), TestCaseError> {
    let (ours, theirs) = (ours(bytes), theirs(bytes));
    match (&ours, &theirs) {
        (Ok(Some(_)), _) => prop_assert_eq!(ours.ok(), theirs.ok()),
        // It looks at bytes as they come, the parser at lines that have ended.
        (Ok(None), Ok(None) | Err(_)) | (Err(_), Err(_)) => {}
        (Ok(None), Ok(Some(_))) => prop_assert!(false, "the parser wants more of a whole head"),
        (Err(error), Ok(_)) => {
            prop_assert!(may_differ(*error), "refused: {error}, beside {theirs:?}")
        }
    }
    Ok(())
}

/// Pieces of which some heads are sound, and many nearly so.
fn head() -> impl Strategy<Value = Vec<u8>> {
    let method =
        prop::sample::select(vec!["GET", "POST", "get", "G ET", "", "X-Y", "OPTIONS", "\r\nGET"]);
    let space = prop::sample::select(vec![" ", " ", " ", " ", "  ", "\t", ""]);
    let target = prop::sample::select(vec![
        "/",
        "/a?b=c",
        "*",
        "http://a/b",
        "a",
        "",
        "/%00",
        "/a b",
        "/\u{e9}",
    ]);
    let version = prop::sample::select(vec![
        "HTTP/1.1", "HTTP/1.1", "HTTP/1.0", "HTTP/2.0", "HTTP/1.", "http/1.1", "",
    ]);
    let end = || {
        prop::sample::select(vec!["\r\n", "\r\n", "\r\n", "\r\n", "\r\n", "\n", "\r", "\r\r\n", ""])
    };
    let name = prop::sample::select(vec![
        "host",
        "Host",
        "x",
        "content-length",
        "transfer-encoding",
        "connection",
        "",
        " x",
        "x ",
        "x\u{e9}",
        "x\0",
    ]);
    let colon = prop::sample::select(vec![":", ": ", ":\t", " :", "", "::"]);
    let value = prop::sample::select(vec![
        "a", "5", "chunked", "", "a b ", "a\tb", "\u{e9}", "a\0", "a\u{7f}", "close",
    ]);
    let field = (name, colon, value, end()).prop_map(|(n, c, v, e)| [n, c, v, e].concat());
    let fields = prop::collection::vec(field, 0..5).prop_map(|fields| fields.concat());
    (method, space.clone(), target, space, version, end(), fields, end())
        .prop_map(|(m, s, t, s2, v, e, f, e2)| [m, s, t, s2, v, e, &f, e2].concat().into_bytes())
}

/// A sound head with a few bytes that are others, or away, or more.
fn mutated() -> impl Strategy<Value = Vec<u8>> {
    const SOUND: &[u8] = b"POST /users?a=b HTTP/1.1\r\nHost: api.example\r\nX-Long-Name: some value, and more\r\nContent-Length: 12\r\n\r\n";
    let byte = prop_oneof![any::<u8>(), prop::sample::select(b" \t\r\n:\0/,".to_vec())];
    let change = (any::<prop::sample::Index>(), byte, 0..3);
    prop::collection::vec(change, 0..4).prop_map(|changes| {
        let mut bytes = SOUND.to_vec();
        for (index, byte, kind) in changes {
            let at = index.index(bytes.len());
            match kind {
                0 => bytes[at] = byte,
                1 => bytes.insert(at, byte),
                _ => drop(bytes.remove(at)),
            }
        }
        bytes
    })
}

/// Bytes that are shown as what was sent.
struct Text(Vec<u8>);

impl fmt::Debug for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\"{}\"", self.0.escape_ascii())
    }
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 3000,
        failure_persistence: None,
        rng_seed: RngSeed::Fixed(9112),
        ..ProptestConfig::default()
    })]

    #[test]
    fn heads_put_together_at_random_say_the_same_to_httparse(head in head().prop_map(Text)) {
        compare(&head.0)?;
    }

    #[test]
    fn sound_heads_with_errors_say_the_same_to_httparse(head in mutated().prop_map(Text)) {
        compare(&head.0)?;
    }

    #[test]
    fn bytes_at_random_are_refused_or_wait_for_more(bytes in prop::collection::vec(any::<u8>(), 0..200).prop_map(Text)) {
        compare(&bytes.0)?;
    }
}
