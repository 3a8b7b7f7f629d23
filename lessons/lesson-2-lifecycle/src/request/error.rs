//! Why something is no request.

use std::{error, fmt};

/// What is wrong with the bytes that came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RequestError {
    /// A line ends with a line feed alone.
    LineFeed,
    /// The first line is not three parts with one space between them.
    Line,
    /// The method is not a token.
    Method,
    /// The target has another form, or bytes that no target has.
    Target,
    /// The version is neither 1.0 nor 1.1.
    Version,
    /// A field has no name, or no colon right behind it.
    Name,
    /// A field's value has control characters.
    Value,
    /// There is no host, or a second one, or one that is none.
    Host,
    /// A length is not digits, or not the only one.
    Length,
    /// There are a length and a coding.
    LengthAndCoding,
    /// The body has a coding that does not say where it ends.
    Coding,
    /// The body has a coding that this server does not know.
    UnknownCoding,
    /// `connection` names a field that says where a request ends.
    Connection,
    /// The client expects something else than to be told to go on.
    Expectation,
    /// A chunk's size, its end, or what comes behind the last one is malformed.
    Chunk,
    /// The first line is longer than a head may be.
    TargetTooLong,
    /// The head is longer than it may be, or has more fields.
    HeadTooLong,
}

impl RequestError {
    /// The status to answer with (RFC 9110 §15.5, §15.6; RFC 6585 §5).
    #[must_use]
    pub fn status(self) -> u16 {
        match self {
            Self::TargetTooLong => 414,
            Self::Expectation => 417,
            Self::HeadTooLong => 431,
            Self::UnknownCoding => 501,
            _ => 400,
        }
    }
}

impl fmt::Display for RequestError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::LineFeed => "a line ends with a bare line feed (RFC 9112, section 2.2)",
            Self::Line => "the request line is not a method, a target and a version with one space between them",
            Self::Method => "the method is not a token",
            Self::Target => "the target is not one that this server has, or is not visible ASCII",
            Self::Version => "the version is neither HTTP/1.1 nor HTTP/1.0",
            Self::Name => "a field has no name with a colon right behind it",
            Self::Value => "a field's value has control characters",
            Self::Host => "there must be one host, and only a name or an address, perhaps with a port",
            Self::Length => "content-length must be digits, once",
            Self::LengthAndCoding => "content-length and transfer-encoding cannot both say where the body ends",
            Self::Coding => "transfer-encoding must end with chunked, and is not for HTTP/1.0",
            Self::UnknownCoding => "only chunked is known of transfer-encodings",
            Self::Connection => "connection names a field that says where the request ends",
            Self::Expectation => "only 100-continue can be expected",
            Self::Chunk => "the chunks of the body are malformed",
            Self::TargetTooLong => "the request line is too long",
            Self::HeadTooLong => "the head is too long, or has too many fields",
        })
    }
}

impl error::Error for RequestError {}
