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

/// The versions that a write may meet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expected {
    /// Whatever is there.
    Any,
    /// This one.
    Version(u64),
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
