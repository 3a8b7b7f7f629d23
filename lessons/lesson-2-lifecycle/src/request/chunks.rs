//! A body that says itself where it ends: chunks (RFC 9112 §7.1).
//!
//! A chunk is a line with its size in hexadecimal digits, so many bytes, and a line end. One of size 0 is the last; behind it
//! may stand fields, and an empty line ends it all. What stands behind a size (extensions) and the fields at the end
//! (trailers) mean nothing to this server: they are tested, counted, and left.

use memchr::memchr;

use super::RequestError;
use super::extension::are_extensions;
use super::field;

/// The longest line: a size with its extensions, or a trailer.
const LINE_BYTES_MAX: usize = 256;
/// How many bytes of trailers there may be, of extensions, and of zeros in front of sizes: they are read for nothing.
const EXTRA_BYTES_MAX: usize = 4096;

/// Takes a body out of its chunks.
#[derive(Debug, Default)]
pub struct Chunks {
    expected: Expected,
    extra_bytes: usize,
}

/// What comes next.
#[derive(Debug, Default, Clone, Copy)]
enum Expected {
    #[default]
    Size,
    /// So many bytes of a chunk.
    Data(u64),
    /// The line end behind them.
    DataEnd,
    Trailer,
    Nothing,
}

/// What the bytes begin with.
#[derive(Debug, PartialEq, Eq)]
pub enum Step<'a> {
    /// Bytes of the body.
    Data(&'a [u8]),
    /// More has to come.
    Incomplete,
    /// The body has ended.
    End,
}

impl Chunks {
    /// Takes the next piece of the body from the front of `bytes`, and moves that on behind what has been read.
    ///
    /// # Errors
    ///
    /// They are no chunks.
    pub fn next<'a>(&mut self, bytes: &mut &'a [u8]) -> Result<Step<'a>, RequestError> {
        loop {
            self.expected = match self.expected {
                Expected::Data(left) => {
                    let count = bytes.len().min(usize::try_from(left).unwrap_or(usize::MAX));
                    if count == 0 {
                        return Ok(Step::Incomplete);
                    }
                    let (data, rest) = bytes.split_at(count);
                    *bytes = rest;
                    let left = left - count as u64;
                    self.expected =
                        if left == 0 { Expected::DataEnd } else { Expected::Data(left) };
                    return Ok(Step::Data(data));
                }
                Expected::Nothing => return Ok(Step::End),
                expected => {
                    let Some(line) = line(bytes)? else { return Ok(Step::Incomplete) };
                    self.behind(expected, line)?
                }
            };
        }
    }

    /// What comes behind a line.
    fn behind(&mut self, expected: Expected, line: &[u8]) -> Result<Expected, RequestError> {
        match (expected, line) {
            (Expected::Size, _) => {
                let size = size(line)?;
                self.count(line.len() - digits(line))?;
                Ok(if size == 0 { Expected::Trailer } else { Expected::Data(size) })
            }
            (Expected::DataEnd, []) => Ok(Expected::Size),
            (Expected::Trailer, []) => Ok(Expected::Nothing),
            (Expected::Trailer, _) => {
                field::cut(line)?;
                self.count(line.len())?;
                Ok(Expected::Trailer)
            }
            _ => Err(RequestError::Chunk),
        }
    }

    /// Counts bytes that are no part of the body.
    fn count(&mut self, bytes: usize) -> Result<(), RequestError> {
        self.extra_bytes += bytes;
        if self.extra_bytes <= EXTRA_BYTES_MAX { Ok(()) } else { Err(RequestError::HeadTooLong) }
    }
}

/// Takes a line from the front, without its end.
fn line<'a>(bytes: &mut &'a [u8]) -> Result<Option<&'a [u8]>, RequestError> {
    let window = &bytes[..bytes.len().min(LINE_BYTES_MAX)];
    let Some(end) = memchr(b'\n', window) else {
        let fits = window.len() < LINE_BYTES_MAX;
        return if fits { Ok(None) } else { Err(RequestError::Chunk) };
    };
    let (line, rest) = bytes.split_at(end + 1);
    *bytes = rest;
    line.strip_suffix(b"\r\n").map(Some).ok_or(RequestError::LineFeed)
}

/// How many digits of a size mean something: zeros in front of it are read for nothing.
fn digits(line: &[u8]) -> usize {
    let digits = line.iter().skip_while(|byte| **byte == b'0');
    digits.take_while(|byte| byte.is_ascii_hexdigit()).count()
}

/// The size that a line begins with; behind it there may be extensions, each after a semicolon.
fn size(line: &[u8]) -> Result<u64, RequestError> {
    // behind them stands nothing but extensions (`are_extensions`); all else is `Chunk`
    todo!("read the size: hexadecimal digits, at least one, and no more than fit")
}
