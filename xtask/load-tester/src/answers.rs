//! Answers out of a byte stream, each of them whole and as it should be.
//!
//! Most answers of a run are the same, byte for byte, for as long as their date is. So each connection keeps the last one
//! that was taken apart and found right, and compares: that is the whole cost of verifying nearly all of them.

use std::io;

use tokio::io::{AsyncRead, AsyncReadExt as _};

/// No answer's head is longer.
const HEAD_BYTES_MAX: usize = 64 * 1024;

/// Fields that are looked at in a head.
const FIELDS_MAX: usize = 100;

/// What an answer must be.
#[derive(Debug, Clone)]
pub struct Expected {
    /// The status.
    pub status: u16,
    /// The body; `None` when any will do.
    pub body: Option<Vec<u8>>,
    /// Answers have no body, whatever their head says.
    pub head: bool,
}

/// Why an answer is none.
#[derive(Debug)]
pub enum Wrong {
    /// The connection broke.
    Io(io::Error),
    /// It ended before the answer did.
    Ended,
    /// It is not HTTP.
    Malformed(String),
    /// Another status.
    Status(u16),
    /// Another body, of so many bytes.
    Body(usize),
}

/// An answer that is right.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Answer {
    /// All of it.
    pub bytes: usize,
    /// The connection ends with it.
    pub closes: bool,
}

/// An answer as it came, for who wants to know what is to be expected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    /// The status.
    pub status: u16,
    /// The body.
    pub body: Vec<u8>,
}

/// Reads answers from one connection.
#[derive(Debug)]
pub struct Answers {
    buffer: Vec<u8>,
    start: usize,
    end: usize,
    /// The last answer that was taken apart and leaves the connection open.
    last: Vec<u8>,
}

impl Default for Answers {
    fn default() -> Self {
        Self { buffer: vec![0; 16 * 1024], start: 0, end: 0, last: Vec::new() }
    }
}

/// How a body ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Framing {
    Length(usize),
    Chunked,
    ToTheEnd,
}

struct Head {
    bytes: usize,
    status: u16,
    framing: Framing,
    closes: bool,
}

impl Answers {
    /// The next answer.
    ///
    /// # Errors
    ///
    /// It is not as expected; the connection is of no use any more.
    pub async fn next<S: AsyncRead + Unpin>(
        &mut self,
        stream: &mut S,
        expected: &Expected,
    ) -> Result<Answer, Wrong> {
        let last = self.last.len();
        if last > 0 {
            // What has come may still become the same answer.
            while self.end - self.start < last && self.last.starts_with(self.unread()) {
                self.fill(stream).await?;
            }
            if self.unread().starts_with(&self.last) {
                self.start += last;
                return Ok(Answer { bytes: last, closes: false });
            }
        }
        self.take_apart(stream, expected).await
    }

    /// The next answer, whatever it is.
    ///
    /// # Errors
    ///
    /// It is no answer.
    pub async fn see<S: AsyncRead + Unpin>(
        &mut self,
        stream: &mut S,
        head: bool,
    ) -> Result<Seen, Wrong> {
        let found = self.head(stream, head).await?;
        let (_, body) = self.body(stream, &found).await?;
        Ok(Seen { status: found.status, body })
    }

    /// Whether something has come that nobody asked for.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.start == self.end
    }

    fn unread(&self) -> &[u8] {
        &self.buffer[self.start..self.end]
    }

    async fn take_apart<S: AsyncRead + Unpin>(
        &mut self,
        stream: &mut S,
        expected: &Expected,
    ) -> Result<Answer, Wrong> {
        let head = self.head(stream, expected.head).await?;
        if head.status != expected.status {
            return Err(Wrong::Status(head.status));
        }
        let (bytes, body) = self.body(stream, &head).await?;
        if expected.body.as_ref().is_some_and(|wanted| *wanted != body) {
            return Err(Wrong::Body(body.len()));
        }
        let closes = head.closes || head.framing == Framing::ToTheEnd;
        self.last.clear();
        if expected.body.is_some() && !closes {
            self.last.extend_from_slice(&self.buffer[self.start..self.start + bytes]);
        }
        self.start += bytes;
        Ok(Answer { bytes, closes })
    }

    /// Waits for a whole head. It stays in the buffer.
    async fn head<S: AsyncRead + Unpin>(
        &mut self,
        stream: &mut S,
        without_body: bool,
    ) -> Result<Head, Wrong> {
        loop {
            if let Some(head) = parse(self.unread(), without_body)? {
                return Ok(head);
            }
            if self.end - self.start > HEAD_BYTES_MAX {
                return Err(Wrong::Malformed(format!("a head of over {HEAD_BYTES_MAX} bytes")));
            }
            self.fill(stream).await?;
        }
    }

    /// Waits for the whole body. Returns how many bytes the answer has, and the body's content.
    async fn body<S: AsyncRead + Unpin>(
        &mut self,
        stream: &mut S,
        head: &Head,
    ) -> Result<(usize, Vec<u8>), Wrong> {
        match head.framing {
            Framing::Length(length) => {
                let all = head.bytes + length;
                while self.end - self.start < all {
                    self.fill(stream).await?;
                }
                Ok((all, self.unread()[head.bytes..all].to_vec()))
            }
            Framing::Chunked => loop {
                if let Some((bytes, body)) = chunks(&self.unread()[head.bytes..])? {
                    return Ok((head.bytes + bytes, body));
                }
                self.fill(stream).await?;
            },
            Framing::ToTheEnd => loop {
                match self.fill(stream).await {
                    Ok(()) => {}
                    Err(Wrong::Ended) => {
                        let all = self.end - self.start;
                        return Ok((all, self.unread()[head.bytes..].to_vec()));
                    }
                    Err(wrong) => return Err(wrong),
                }
            },
        }
    }

    /// Reads once.
    async fn fill<S: AsyncRead + Unpin>(&mut self, stream: &mut S) -> Result<(), Wrong> {
        if self.start == self.end {
            (self.start, self.end) = (0, 0);
        } else if self.end == self.buffer.len() && self.start > 0 {
            self.buffer.copy_within(self.start..self.end, 0);
            (self.start, self.end) = (0, self.end - self.start);
        }
        if self.end == self.buffer.len() {
            self.buffer.resize(self.buffer.len() * 2, 0);
        }
        match stream.read(&mut self.buffer[self.end..]).await.map_err(Wrong::Io)? {
            0 => Err(Wrong::Ended),
            count => {
                self.end += count;
                Ok(())
            }
        }
    }
}

/// The head of an answer, or `None` while it is not whole.
fn parse(bytes: &[u8], without_body: bool) -> Result<Option<Head>, Wrong> {
    let mut fields = [httparse::EMPTY_HEADER; FIELDS_MAX];
    let mut response = httparse::Response::new(&mut fields);
    let length = match response.parse(bytes) {
        Ok(httparse::Status::Complete(length)) => length,
        Ok(httparse::Status::Partial) => return Ok(None),
        Err(error) => return Err(Wrong::Malformed(error.to_string())),
    };
    let status = response.code.unwrap_or_default();
    let (mut framing, mut closes) = (Framing::ToTheEnd, response.version == Some(0));
    for field in response.headers.iter() {
        let value = field.value.trim_ascii();
        if field.name.eq_ignore_ascii_case("content-length") && framing != Framing::Chunked {
            let number = std::str::from_utf8(value).ok().and_then(|text| text.parse().ok());
            let malformed = || Wrong::Malformed("a `Content-Length` that is no number".to_owned());
            framing = Framing::Length(number.ok_or_else(malformed)?);
        } else if field.name.eq_ignore_ascii_case("transfer-encoding") {
            framing = Framing::Chunked;
        } else if field.name.eq_ignore_ascii_case("connection") {
            closes = match value.to_ascii_lowercase().as_slice() {
                b"close" => true,
                b"keep-alive" => false,
                _ => closes,
            };
        }
    }
    if without_body || matches!(status, 100..=199 | 204 | 304) {
        framing = Framing::Length(0);
    }
    Ok(Some(Head { bytes: length, status, framing, closes }))
}

/// A chunked body (RFC 9112 §7.1): its bytes on the wire and its content, or `None` while it is not whole.
fn chunks(bytes: &[u8]) -> Result<Option<(usize, Vec<u8>)>, Wrong> {
    let malformed = || Wrong::Malformed("a chunk that is none".to_owned());
    let (mut at, mut body) = (0, Vec::new());
    loop {
        let (digits, size) = match httparse::parse_chunk_size(&bytes[at..]) {
            Ok(httparse::Status::Complete(found)) => found,
            Ok(httparse::Status::Partial) => return Ok(None),
            Err(_) => return Err(malformed()),
        };
        let size = usize::try_from(size).map_err(|_| malformed())?;
        at += digits;
        if size == 0 {
            break;
        }
        let end = at.checked_add(size).ok_or_else(malformed)?;
        let Some(chunk) = bytes.get(at..end) else { return Ok(None) };
        match bytes.get(end..end + 2) {
            None => return Ok(None),
            Some(b"\r\n") => {}
            Some(_) => return Err(malformed()),
        }
        body.extend_from_slice(chunk);
        at = end + 2;
    }
    // Trailers, up to an empty line.
    loop {
        let Some(line) = bytes[at..].windows(2).position(|pair| pair == b"\r\n") else {
            return Ok(None);
        };
        at += line + 2;
        if line == 0 {
            return Ok(Some((at, body)));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn expected(body: Option<&str>) -> Expected {
        Expected { status: 200, body: body.map(|text| text.as_bytes().to_vec()), head: false }
    }

    /// Every answer of a stream, which comes in pieces of so many bytes.
    fn all(bytes: &[u8], piece: usize, expected: &Expected) -> Vec<Result<Answer, String>> {
        let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
        runtime.block_on(async {
            let (mut near, far) = tokio::io::duplex(piece);
            let bytes = bytes.to_vec();
            let sender = async move {
                let mut far = far;
                _ = tokio::io::AsyncWriteExt::write_all(&mut far, &bytes).await;
            };
            let reader = async {
                let (mut answers, mut found) = (Answers::default(), Vec::new());
                loop {
                    match answers.next(&mut near, expected).await {
                        Ok(answer) => found.push(Ok(answer)),
                        Err(Wrong::Ended) if answers.is_empty() => return found,
                        Err(wrong) => {
                            found.push(Err(format!("{wrong:?}")));
                            return found;
                        }
                    }
                }
            };
            tokio::join!(sender, reader).1
        })
    }

    const PLAIN: &str = "HTTP/1.1 200 OK\r\ncontent-length: 5\r\ndate: 1\r\n\r\nhello";
    const LATER: &str = "HTTP/1.1 200 OK\r\ncontent-length: 5\r\ndate: 2\r\n\r\nhello";

    #[test]
    fn answers_are_found_however_they_are_cut() {
        let stream = [PLAIN, PLAIN, LATER, LATER, PLAIN].concat();
        for piece in 1..=stream.len() {
            let found = all(stream.as_bytes(), piece, &expected(Some("hello")));
            let answer = Ok(Answer { bytes: PLAIN.len(), closes: false });
            assert_eq!(found, vec![answer; 5], "pieces of {piece}");
        }
    }

    #[test]
    fn a_body_that_differs_is_wrong_even_in_its_last_byte() {
        let stream = PLAIN.to_owned() + &PLAIN.replace("hello", "hellO");
        let found = all(stream.as_bytes(), 1000, &expected(Some("hello")));
        assert!(found[0].is_ok());
        assert_eq!(found[1], Err("Body(5)".to_owned()));
        assert!(all(stream.as_bytes(), 1000, &expected(None)).iter().all(Result::is_ok));
    }

    #[test]
    fn bodies_end_as_their_head_says() {
        let chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nhel\r\n2;x=y\r\nlo\r\n0\r\nTrailer: 1\r\n\r\n";
        let stream = chunked.repeat(3);
        for piece in [1, 7, 1000] {
            assert_eq!(all(stream.as_bytes(), piece, &expected(Some("hello"))).len(), 3);
        }
        let to_the_end = "HTTP/1.1 200 OK\r\n\r\nhello";
        let found = all(to_the_end.as_bytes(), 4, &expected(Some("hello")));
        assert_eq!(found, [Ok(Answer { bytes: to_the_end.len(), closes: true })]);
        let closing = "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 5\r\n\r\nhello";
        let found = all(closing.as_bytes(), 4, &expected(Some("hello")));
        assert_eq!(found, [Ok(Answer { bytes: closing.len(), closes: true })]);
    }

    #[test]
    fn what_is_no_answer_is_told_apart() {
        for (stream, wanted) in [
            ("HTTP/1.1 503 No\r\nContent-Length: 0\r\n\r\n", "Status(503)"),
            ("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhello", "Ended"),
            ("HTTP/1.1 200 OK\r\nContent-Le", "Ended"),
            ("hello\r\n\r\n", "Malformed"),
            ("HTTP/1.1 200 OK\r\nContent-Length: five\r\n\r\n", "Malformed"),
            ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n", "Malformed"),
            ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhello", "Malformed"),
        ] {
            let found = all(stream.as_bytes(), 1000, &expected(Some("hello")));
            let last = found.last().expect("something");
            assert!(
                last.as_ref().is_err_and(|error| error.starts_with(wanted)),
                "{stream}: {last:?}"
            );
        }
    }
}
