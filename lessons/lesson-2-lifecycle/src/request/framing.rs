//! Where a request ends: the fields that say so, and what they say together (RFC 9112 §6).

use super::line::is_host;
use super::{RequestError, Version};

/// What comes behind a head.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Body {
    /// So many bytes, perhaps none.
    Length(u64),
    /// Chunks, of which the last one is empty.
    Chunked,
}

/// What the fields of a head have said so far about the connection and the body.
#[derive(Debug, Default)]
pub(super) struct Framing {
    has_host: bool,
    length: Option<u64>,
    coding: Option<Coding>,
    closes: bool,
    stays: bool,
    waits: bool,
}

/// What all the lines of `transfer-encoding` name, as one list.
#[derive(Debug, Clone, Copy)]
struct Coding {
    /// The last of them is `chunked`: the body says itself where it ends.
    ends: bool,
    /// There is nothing else.
    is_alone: bool,
}

impl Framing {
    /// Takes note of a field, if it is about where something ends.
    #[inline]
    pub(super) fn note(&mut self, name: &[u8], value: &[u8]) -> Result<(), RequestError> {
        // Most fields are told apart by their length.
        match name.len() {
            4 if name.eq_ignore_ascii_case(b"host") => self.host(value),
            6 if name.eq_ignore_ascii_case(b"expect") => self.expect(value),
            10 if name.eq_ignore_ascii_case(b"connection") => self.connection(value),
            14 if name.eq_ignore_ascii_case(b"content-length") => self.content_length(value),
            17 if name.eq_ignore_ascii_case(b"transfer-encoding") => {
                self.transfer_encoding(value);
                Ok(())
            }
            _ => Ok(()),
        }
    }

    /// The body's length: digits and nothing else (RFC 9110 §8.6), once.
    fn content_length(&mut self, value: &[u8]) -> Result<(), RequestError> {
        todo!("keep the length, if it is one and the first one")
    }

    /// What was done to the body on its way, the last thing last (RFC 9112 §6.1).
    fn transfer_encoding(&mut self, value: &[u8]) {
        let mut codings = value.split(|&byte| byte == b',').map(<[u8]>::trim_ascii);
        let is_chunked = |coding: &[u8]| coding.eq_ignore_ascii_case(b"chunked");
        let is_alone = self.coding.is_none() && is_chunked(value);
        // An empty place in a list is to be passed over (RFC 9110 §5.6.1); not all do that, so it is no end.
        let is_sound = codings.clone().all(|coding| !coding.is_empty());
        self.coding = Some(Coding {
            ends: is_sound && codings.next_back().is_some_and(is_chunked),
            is_alone,
        });
    }

    /// What the fields say together: where the body ends, and whether the connection goes on behind it.
    #[inline]
    pub(super) fn judge(&self, version: Version) -> Result<(Body, bool), RequestError> {
        if !self.has_host && version == Version::Http11 {
            return Err(RequestError::Host);
        }
        let keep_alive = match version {
            Version::Http11 => !self.closes,
            Version::Http10 => self.stays && !self.closes,
        };
        Ok((self.body(version)?, keep_alive))
    }

    #[inline]
    fn body(&self, version: Version) -> Result<Body, RequestError> {
        // both of them: somebody on the way may have believed the other one (`LengthAndCoding`)
        // chunks in HTTP/1.0, which does not know them (`Coding`)
        // a coding that does not end with chunks says of no byte that it is the last one (`Coding`)
        // a coding before the chunks is one that this server does not know (`UnknownCoding`)
        // nothing at all is a body of no bytes
        todo!("say what the body is, from `length` and `coding`")
    }

    /// HTTP/1.0 does not know of it, and a server must not answer to it there (RFC 9110 §10.1.1).
    #[inline]
    pub(super) fn expects_continue(&self, version: Version) -> bool {
        self.waits && version == Version::Http11
    }

    /// One, and nothing but a name or an address, and perhaps a port (RFC 9112 §3.2).
    fn host(&mut self, value: &[u8]) -> Result<(), RequestError> {
        let is_second = std::mem::replace(&mut self.has_host, true);
        if is_second || !is_host(value) { Err(RequestError::Host) } else { Ok(()) }
    }

    /// What holds for this connection alone (RFC 9110 §7.6.1). Who names a field there tells proxies to take it away: of
    /// those that say where a request ends, that would make another request.
    fn connection(&mut self, value: &[u8]) -> Result<(), RequestError> {
        for option in value.split(|&byte| byte == b',').map(<[u8]>::trim_ascii) {
            let is = |name: &[u8]| option.eq_ignore_ascii_case(name);
            self.closes |= is(b"close");
            self.stays |= is(b"keep-alive");
            if is(b"content-length") || is(b"transfer-encoding") || is(b"host") {
                return Err(RequestError::Connection);
            }
        }
        Ok(())
    }

    fn expect(&mut self, value: &[u8]) -> Result<(), RequestError> {
        self.waits = true;
        if value.eq_ignore_ascii_case(b"100-continue") {
            Ok(())
        } else {
            Err(RequestError::Expectation)
        }
    }
}
