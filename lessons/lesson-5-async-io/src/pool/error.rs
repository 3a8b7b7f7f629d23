//! Why nothing is lent.

use std::error::Error;
use std::fmt;

/// Why [`acquire`](super::Pool::acquire) brings no resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AcquireError<E> {
    /// All were in use, or nothing answered, for as long as one may wait.
    TimedOut,
    /// As many wait as may. Nothing was tried: come again later.
    Crowded,
    /// The pool is closed, or was closed meanwhile.
    Closed,
    /// One was made for this caller, and it failed.
    Create(E),
    /// One was made for this caller, and it took too long.
    CreateTimedOut,
    /// One was made for this caller, and the manager panicked, or the event loop came to its end.
    CreateLost,
}

impl<E> fmt::Display for AcquireError<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::TimedOut => "the pool had nothing to lend in time",
            Self::Crowded => "too many wait for the pool already",
            Self::Closed => "the pool is closed",
            Self::Create(_) => "the pool cannot make what it lends",
            Self::CreateTimedOut => "to make what the pool lends took too long",
            Self::CreateLost => "to make what the pool lends never came to an end",
        })
    }
}

impl<E: Error + 'static> Error for AcquireError<E> {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Create(cause) => Some(cause),
            _ => None,
        }
    }
}

/// The deadline passed before everything was closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Undrained {
    /// How many were still lent or being made.
    pub open: usize,
}

impl fmt::Display for Undrained {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` of the pool's resources were still in use at the deadline", self.open)
    }
}

impl Error for Undrained {}
