//! Users on disk.

use std::fmt;

use solution_2_lifecycle::validate::User;

mod sqlite;

pub use sqlite::{Sqlite, prepare};

/// A user as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stored {
    /// Given by the database, from 1.
    pub id: u64,
    /// How often it has been written.
    pub version: u64,
    /// As it was given.
    pub name: String,
    /// As it was given. No two users have the same.
    pub email: String,
    /// Where it is known.
    pub age: Option<u8>,
}

/// Why a query has no answer.
#[derive(Debug)]
pub enum StoreError {
    /// There is no such user.
    NotFound,
    /// It has been written since, and has this version now.
    Changed(u64),
    /// Another user has the e-mail address.
    EmailTaken,
    /// Too many queries wait.
    Busy,
    /// The database is in trouble.
    Failed(String),
}

/// Which versions a write may meet.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Expected {
    /// One of these; `None` for any.
    pub one_of: Option<Vec<u64>>,
    /// None of these.
    pub none_of: Unwanted,
}

/// Versions that a write must not meet.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Unwanted {
    /// All are welcome.
    #[default]
    Nothing,
    /// These.
    Versions(Vec<u64>),
    /// Any: the user must not be there at all.
    Anything,
}

impl Expected {
    /// Whether a user of this version may be changed.
    #[must_use]
    pub fn permits(&self, version: u64) -> bool {
        let wanted = self.one_of.as_ref().is_none_or(|versions| versions.contains(&version));
        wanted
            && match &self.none_of {
                Unwanted::Nothing => true,
                Unwanted::Versions(versions) => !versions.contains(&version),
                Unwanted::Anything => false,
            }
    }
}

/// A new user, or what takes an old one's place.
pub type NewUser = User;

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotFound => f.write_str("there is no such user"),
            Self::Changed(version) => write!(f, "the user has version `{version}` by now"),
            Self::EmailTaken => f.write_str("another user has this e-mail address"),
            Self::Busy => f.write_str("too many queries wait for the database"),
            Self::Failed(cause) => write!(f, "the database failed: {cause}"),
        }
    }
}

impl std::error::Error for StoreError {}
