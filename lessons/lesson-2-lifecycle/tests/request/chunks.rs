//! Bodies that come in chunks, whole and in pieces of every size.

use lifecycle::request::{Chunks, RequestError, Step};

/// The body of these chunks, of which `piece` bytes come at a time; and how much is left behind it.
pub(super) fn unchunked(bytes: &[u8], piece: usize) -> Result<(Vec<u8>, usize), RequestError> {
    let (mut chunks, mut body) = (Chunks::default(), Vec::new());
    let (mut start, mut end) = (0, 0);
    loop {
        let mut rest = &bytes[start..end];
        let step = chunks.next(&mut rest)?;
        start = end - rest.len();
        match step {
            Step::Data(data) => body.extend_from_slice(data),
            Step::Incomplete => {
                let text = String::from_utf8_lossy(bytes);
                assert!(end < bytes.len(), "it wants more than there is of {text:?}");
                end = (end + piece).min(bytes.len());
            }
            Step::End => return Ok((body, bytes.len() - start)),
        }
    }
}

#[test]
fn a_body_is_taken_out_of_its_chunks() {
    let bytes = b"5\r\nhello\r\n1;a=b\r\n \r\n00A\r\n0123456789\r\n0\r\nx: y\r\n\r\nGET /";
    for piece in 1..=bytes.len() {
        let (body, left) = unchunked(bytes, piece).expect("they are sound");
        assert_eq!(body, b"hello 0123456789", "in pieces of {piece}");
        assert!(left <= 5, "what is behind is not touched");
    }
}

#[test]
fn a_chunks_size_is_hexadecimal_digits_that_fit() {
    for (chunks, expected) in [
        ("\r\n", RequestError::Chunk),
        ("x\r\n", RequestError::Chunk),
        ("+2\r\n", RequestError::Chunk),
        ("-2\r\n", RequestError::Chunk),
        ("0x2\r\n", RequestError::Chunk),
        (" 2\r\n", RequestError::Chunk),
        ("2 \r\n", RequestError::Chunk),
        ("2,2\r\n", RequestError::Chunk),
        ("2;a\rb\r\n", RequestError::Chunk),
        ("10000000000000002\r\n", RequestError::Chunk),
        ("2\n", RequestError::LineFeed),
        ("2\r\nabc\r\n0\r\n\r\n", RequestError::Chunk),
        ("2\r\nab0\r\n\r\n", RequestError::Chunk),
        ("0\r\nx\r\n\r\n", RequestError::Name),
    ] {
        for piece in [1, chunks.len()] {
            assert_eq!(unchunked(chunks.as_bytes(), piece), Err(expected), "for {chunks:?}");
        }
    }
    let long = format!("2;{}", "x".repeat(1000));
    assert_eq!(unchunked(long.as_bytes(), 1), Err(RequestError::Chunk), "it has no end");
}

#[test]
fn extensions_end_where_their_line_ends() {
    let body = |extensions: &str| {
        let bytes = format!("2{extensions}\r\nab\r\n0\r\n\r\n");
        unchunked(bytes.as_bytes(), bytes.len()).map(|(body, _)| body)
    };
    for sound in [";a", ";a;b", ";a=b", ";a=b;c=d", " ;\ta = b", ";a=\"\"", ";a=\"x; \t=é\\\"\""] {
        assert_eq!(body(sound).as_deref(), Ok(&b"ab"[..]), "for {sound:?}");
    }
    let wrong =
        [";", ";;", ";a;", ";a=", ";a=b ", ";=b", ";a=\"", ";a=\"\\\"", ";a=\"\"b", ";a=b=c", " "];
    for wrong in wrong {
        assert_eq!(body(wrong), Err(RequestError::Chunk), "for {wrong:?}");
    }
}

#[test]
fn what_is_read_for_nothing_is_bounded() {
    let chunk = format!("1;{}\r\na\r\n", "x".repeat(200));
    let many = |count| [chunk.repeat(count), "0\r\n\r\n".into()].concat();
    assert!(unchunked(many(20).as_bytes(), 1000).is_ok());
    assert_eq!(unchunked(many(30).as_bytes(), 1000), Err(RequestError::HeadTooLong));
    let zeros = format!("{}1\r\na\r\n", "0".repeat(200)).repeat(30);
    assert_eq!(unchunked(zeros.as_bytes(), 1000), Err(RequestError::HeadTooLong));
    let small = format!("{}0\r\n\r\n", "1\r\na\r\n".repeat(10_000));
    assert!(unchunked(small.as_bytes(), 1000).is_ok(), "sizes are needed");
}
