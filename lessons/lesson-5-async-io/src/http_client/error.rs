//! Why there is no answer.

use std::error::Error;
use std::fmt;
use std::io;
use std::net::SocketAddr;

/// Why [`send`](super::Client::send) brings no answer.
#[derive(Debug)]
pub enum ClientError {
    /// This is no URL to which something could be sent.
    Url(String),
    /// The client has no TLS.
    Https(String),
    /// The name has no address, or nobody knows.
    Resolve {
        /// The name.
        host: String,
        /// What the resolver says.
        cause: io::Error,
    },
    /// No address can be connected to.
    Connect {
        /// The one that was tried last.
        address: SocketAddr,
        /// What the system says.
        cause: io::Error,
    },
    /// Too many requests wait for a connection, or every remembered authority is in use. Come again later.
    Crowded,
    /// It took too long.
    TimedOut(Phase),
    /// The connection ended before the answer did.
    Broken(hyper::Error),
    /// What came is not HTTP/1.1.
    Garbled(hyper::Error),
    /// The answer is longer than it may be.
    TooLarge,
    /// It would have been sent again, but the budget for that is spent. In here is why.
    BudgetSpent(Box<ClientError>),
    /// The client was dropped meanwhile, or its event loop has ended.
    Gone,
}

/// What took too long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// Waiting for a connection: [`Options::wait_max`](super::Options::wait_max).
    Connection,
    /// The head of the answer: [`Options::answer_max`](super::Options::answer_max).
    Answer,
    /// The body of the answer: [`Options::body_max`](super::Options::body_max).
    Body,
}

impl ClientError {
    /// Whether it may be better in a moment.
    pub(super) fn may_pass(&self) -> bool {
        matches!(self, Self::Connect { .. } | Self::Broken(_))
    }
}

impl From<hyper::Error> for ClientError {
    fn from(error: hyper::Error) -> Self {
        if error.is_parse_too_large() {
            Self::TooLarge
        } else if error.is_parse() {
            Self::Garbled(error)
        } else {
            Self::Broken(error)
        }
    }
}

impl fmt::Display for ClientError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Url(url) => {
                write!(f, "cannot send to `{url}` (a URL is `http://host[:port]/path`)")
            }
            Self::Https(url) => {
                write!(
                    f,
                    "cannot send to `{url}`: the client has no TLS (try `http`, in a network that you trust)"
                )
            }
            Self::Resolve { host, .. } => write!(f, "cannot look up `{host}`"),
            Self::Connect { address, .. } => write!(f, "cannot connect to `{address}`"),
            Self::Crowded => f.write_str("too many requests wait for a connection"),
            Self::TimedOut(Phase::Connection) => f.write_str("no connection in time"),
            Self::TimedOut(Phase::Answer) => f.write_str("no answer in time"),
            Self::TimedOut(Phase::Body) => f.write_str("the answer did not end in time"),
            Self::Broken(_) => f.write_str("the connection ended before the answer did"),
            Self::Garbled(_) => f.write_str("the answer is not HTTP/1.1"),
            Self::TooLarge => f.write_str("the answer is longer than it may be"),
            Self::BudgetSpent(_) => f.write_str("the budget for repetitions is spent"),
            Self::Gone => f.write_str("the client is gone"),
        }
    }
}

impl Error for ClientError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Resolve { cause, .. } | Self::Connect { cause, .. } => Some(cause),
            Self::Broken(cause) | Self::Garbled(cause) => Some(cause),
            Self::BudgetSpent(cause) => Some(cause),
            Self::Url(_)
            | Self::Https(_)
            | Self::Crowded
            | Self::TimedOut(_)
            | Self::TooLarge
            | Self::Gone => None,
        }
    }
}
