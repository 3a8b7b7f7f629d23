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
    // ANCHOR: trial
    // TASK: give `validate` more documents, and panic when it says anything else than the rules do
    // STEP: the rules stand above the fields of `User` and above `from_json`
    // STEP: for each of them, a document that breaks it and nothing else, and one that just does not
    let faults = |json: &str| {
        let mut faults = validate(json).err().unwrap_or_default();
        faults.sort_unstable();
        faults
    };
    let named = |name: &str| faults(&format!(r#"{{"name":"{name}","email":"a@example.org"}}"#));
    let aged =
        |age: &str| faults(&format!(r#"{{"name":"Ada","email":"a@example.org","age":{age}}}"#));
    let valid: [&str; 0] = [];
    assert_eq!(named("Sinéad O'Connor"), valid, "quotes are letters");
    assert_eq!(named(&"ü".repeat(100)), valid, "characters count, not bytes");
    assert_eq!(named(&"ü".repeat(101)), ["name"]);
    assert_eq!(named("  "), ["name"], "white space is no name");
    assert_eq!(named("Ada\\u0007"), ["name"], "a control character");
    let addressed = |email: &str| faults(&format!(r#"{{"name":"Ada","email":"{email}"}}"#));
    assert_eq!(addressed("ada"), ["email"], "there is no @");
    assert_eq!(faults(r#"{"name":null,"email":"a@example.org"}"#), ["name"], "null is no text");
    assert_eq!(aged("150"), valid);
    for age in ["151", "300", "-1", "\"36\"", "3.5"] {
        assert_eq!(aged(age), ["age"], "for {age}");
    }
    assert_eq!(faults("{}"), ["email", "name"], "all faults, and not the first one");
    assert_eq!(aged("36,\"nick\":\"ada\""), ["nick"], "it may be misspelt");
    assert_eq!(aged("36,\"age\":37"), ["age"], "a field stands there once");
    // ANCHOR_END: trial
}
