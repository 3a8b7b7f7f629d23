//! Every fault of an input at once.
//!
//! An input goes through two gates. Bytes that are not JSON (or whatever the format is) are *malformed*: 400, and
//! reading ends at the first fault, because nobody can tell what comes behind it. A document that can be read is judged
//! field by field, and reading goes on behind a fault, so that the client learns of all of them in one answer: 422.
//!
//! The record is never built first and judged later. A value is judged when it is met, and kept only when it is
//! valid; so what a hostile document costs is the time to read it and a bounded number of short messages. Unknown values
//! are skipped without being kept.
//!
//! # What is not checked
//!
//! That a mailbox exists, or its domain: only a letter with a link in it finds that out. Whether a name is one: people
//! have names with apostrophes, semicolons and `DROP TABLE` in them, and a database driver that takes parameters does
//! not care. Unicode normalisation and look-alike letters: text is kept as it came.

use std::borrow::Cow;

use serde::de::DeserializeSeed;
use serde::{Deserializer, Serialize};

mod problem;
mod record;
mod rules;
mod skip;
pub mod trial;
mod visitor;

pub use problem::{Problem, VIOLATIONS_MAX, Violation};
use record::{Place, Record};
pub use rules::{AGE_MAX, EMAIL_BYTES_MAX, NAME_CHARACTERS_MAX};
use visitor::Value;

/// A user whose fields obey the rules.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct User {
    /// 1 to [`NAME_CHARACTERS_MAX`] characters, none of them a control character. White space at the ends
    /// is cut off, and no fault.
    ///
    /// Characters are Unicode scalar values: what Rust's `char` is, what PostgreSQL's and SQLite's lengths count, and
    /// what stays the same with every version of Unicode. Bytes would give a Greek name half the room of an English
    /// one. Graphemes, which people see, have no bound in bytes.
    pub name: String,
    /// At most [`EMAIL_BYTES_MAX`] bytes of ASCII: `local@domain`, as it came.
    ///
    /// The local part is atoms with dots between them (RFC 5321 §4.1.2), the domain two labels or more. Quoted local
    /// parts, address literals and comments are refused though RFC 5322 has them. An international domain comes as
    /// `xn--…`; an international local part (RFC 6531) is refused.
    pub email: String,
    /// 0 to [`AGE_MAX`], where it is known.
    pub age: Option<u8>,
}

/// Fields that wait for judgement, from a format whose messages have types and names already (Protocol Buffers).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Candidate<'a> {
    /// As [`User::name`] should be.
    pub name: Option<Cow<'a, str>>,
    /// As [`User::email`] should be.
    pub email: Option<Cow<'a, str>>,
    /// As [`User::age`] should be.
    pub age: Option<i64>,
}

/// The user that a JSON document describes.
///
/// An object with `name`, `email` and perhaps `age`, which may be `null`, and nothing else: an unknown field is a
/// misspelt one that the client believes in. A field that stands twice is refused, because programs differ in which of
/// the two they take (RFC 8259 §4): what one checked, another would use. Nesting costs no stack.
///
/// # Errors
///
/// A [`Problem`] of status 400 for what is not one JSON document and nothing behind it, 422 for one that breaks rules.
pub fn from_json(bytes: &[u8]) -> Result<User, Problem> {
    let mut input = serde_json::Deserializer::from_slice(bytes);
    let record = read(&mut input).and_then(|record| input.end().map(|()| record));
    record.map_err(Problem::malformed)?.judge()
}

/// The user that a document of any self-describing format describes, under the rules of [`from_json`].
///
/// That nothing stands behind the document is the caller's to see to, because serde has no word for it. A user is a map
/// with names: the arrays without them that some programs make of a struct in MessagePack are refused. Where skipping
/// takes stack, values may be nested 32 levels deep.
///
/// # Errors
///
/// A [`Problem`] of status 400 for what the deserializer cannot read, 422 for what breaks rules.
pub fn from_deserializer<'de, D: Deserializer<'de>>(input: D) -> Result<User, Problem> {
    read(input).map_err(Problem::malformed)?.judge()
}

/// The user that these fields make, under the same rules.
///
/// # Errors
///
/// A [`Problem`] of status 422.
pub fn check(candidate: Candidate<'_>) -> Result<User, Problem> {
    let mut record = Record::default();
    if let Some(name) = candidate.name {
        record.text(Place::Name, name);
    }
    if let Some(email) = candidate.email {
        record.text(Place::Email, email);
    }
    if let Some(age) = candidate.age {
        record.integer(Place::Age, age.into());
    }
    record.judge()
}

fn read<'de, D: Deserializer<'de>>(input: D) -> Result<Record, D::Error> {
    let mut record = Record::default();
    Value { record: &mut record, place: Place::Document }.deserialize(input)?;
    Ok(record)
}
