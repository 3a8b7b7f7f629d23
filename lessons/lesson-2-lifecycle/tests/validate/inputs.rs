//! Ways to send a record, and to look at the answer.

use lifecycle::validate::{Problem, User, Violation, from_deserializer, from_json};
use proptest::test_runner::{Config, RngSeed};
use serde::de::{Deserializer, Error, Visitor};
use serde::{Serialize, forward_to_deserialize_any};
use serde_json::{Value, json};

/// Two fields that are valid.
pub(super) const ADA: &str = r#""name":"Ada","email":"ada@example.com""#;

pub(super) fn json(document: &str) -> Result<User, Problem> {
    from_json(document.as_bytes())
}

pub(super) fn user(document: &Value) -> Result<User, Problem> {
    json(&document.to_string())
}

pub(super) fn named(name: &str) -> Result<User, Problem> {
    user(&json!({ "name": name, "email": "ada@example.com" }))
}

pub(super) fn addressed(email: &str) -> Result<User, Problem> {
    user(&json!({ "name": "Ada", "email": email }))
}

pub(super) fn message_pack(bytes: &[u8]) -> Result<User, Problem> {
    from_deserializer(&mut rmp_serde::Deserializer::from_read_ref(bytes))
}

/// As MessagePack, with the names of fields.
pub(super) fn packed(record: &impl Serialize) -> Vec<u8> {
    rmp_serde::to_vec_named(record).unwrap()
}

/// What is wrong with a document that can be read: `#/name is missing`.
#[track_caller]
pub(super) fn faults(result: Result<User, Problem>) -> Vec<String> {
    errors(result).map(|error| format!("{} {}", error.pointer, error.detail)).collect()
}

/// The pointers of what is wrong.
#[track_caller]
pub(super) fn places(result: Result<User, Problem>) -> Vec<String> {
    errors(result).map(|error| error.pointer).collect()
}

#[track_caller]
fn errors(result: Result<User, Problem>) -> impl Iterator<Item = Violation> {
    let problem = result.expect_err("the document breaks rules");
    assert_eq!(problem.status, 422, "{problem}");
    problem.errors.into_iter()
}

/// Why a document cannot be read.
#[track_caller]
pub(super) fn malformed(result: Result<User, Problem>) -> String {
    let problem = result.expect_err("the document cannot be read");
    assert_eq!((problem.status, problem.errors.len()), (400, 0), "{problem}");
    problem.detail
}

/// A format whose errors have much to say.
pub(super) struct Talkative;

impl<'de> Deserializer<'de> for Talkative {
    type Error = serde::de::value::Error;

    fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Self::Error> {
        Err(Error::custom("é".repeat(1 << 20)))
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 u8 u16 u32 u64 f32 f64 char str string bytes byte_buf option unit unit_struct
        newtype_struct seq tuple tuple_struct map struct enum identifier ignored_any
    }
}

/// The same random values every time.
pub(super) fn config() -> Config {
    let rng_seed = RngSeed::Fixed(2);
    Config { cases: 500, failure_persistence: None, rng_seed, ..Config::default() }
}
