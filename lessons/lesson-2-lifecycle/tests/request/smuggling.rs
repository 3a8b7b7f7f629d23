//! Requests that two programs may read in two ways.

use lifecycle::request::{Body, Limits, Parser};

use super::chunks::unchunked;

/// The cases, and what each is. The server is tried on them, too.
const CASES: &str = include_str!("smuggling.toml");

/// The status with which a request is refused that comes in pieces; nothing, if it is taken.
fn refusal(bytes: &[u8], piece: usize) -> Option<u16> {
    let mut parser = Parser::new(Limits::default());
    let mut end = 0;
    loop {
        end = (end + piece).min(bytes.len());
        match parser.parse(&bytes[..end]) {
            Err(error) => return Some(error.status()),
            Ok(None) => assert!(end < bytes.len(), "it wants more than there is"),
            Ok(Some(head)) => {
                let body = &bytes[head.length..];
                let is_chunked = head.body == Body::Chunked;
                return is_chunked
                    .then(|| unchunked(body, piece).err())
                    .flatten()
                    .map(|e| e.status());
            }
        }
    }
}

#[test]
fn what_could_be_read_in_two_ways_is_refused() {
    let cases: toml::Table = CASES.parse().expect("TOML");
    let cases = cases["case"].as_array().expect("cases");
    assert!(cases.len() >= 40, "the cases are there");
    let mut wrong = Vec::new();
    for case in cases {
        let text = |key: &str| case[key].as_str().expect("text");
        let status = case["status"].as_integer().expect("a status") as u16;
        // A server takes this one for a request, and says what is wrong with its body.
        let expected = Some(status).filter(|&status| status != 422);
        let bytes = text("send").as_bytes();
        for piece in [1, bytes.len()] {
            let found = refusal(bytes, piece);
            if found != expected {
                wrong.push(format!(
                    "{} (RFC 9112, {}): {:?}\n    expected {expected:?}, and it is {found:?}",
                    text("name"),
                    text("section"),
                    text("send"),
                ));
                break;
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
