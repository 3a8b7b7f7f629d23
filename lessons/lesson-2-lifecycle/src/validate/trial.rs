//! A test of validators that tells a wrong one from a right one.
//!
//! It is run with the reference, which it must let pass, and with validators that are wrong in one way each, which it must
//! not. So it asks for what the rules say, and for nothing that they leave open, such as the order of the faults.

/// What a validator says: nothing is wrong, or the names of the fields that are, each as often as it has faults.
///
/// What is wrong with the document as a whole, with what is no JSON and with an array instead of an object, say, is an error without
/// names. Of a field that stands there several times, and of more faults than are told, ask only whether it is an error.
pub type Verdict = Result<(), Vec<String>>;

/// Tries a validator on documents.
///
/// # Panics
///
/// The validator is wrong.
pub fn trial(validate: fn(&str) -> Verdict) {
    assert_eq!(validate(r#"{"name":"Ada","email":"ada@example.org"}"#), Ok(()));
    // the rules stand above the fields of `User` and above `from_json`
    // for each of them, a document that breaks it and nothing else, and one that just does not
    todo!("give `validate` more documents, and panic when it says anything else than the rules do")
}
