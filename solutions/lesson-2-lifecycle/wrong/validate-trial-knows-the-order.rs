//! The trial demands what the rules do not say: the order of the faults, perhaps.
//!
//! Rejected by: `your_trial::your_trial_lets_right_validators_pass`
//!
//! It panics for validators that are right. What stands above it says which document that was. The rules say what a fault is,
//! and nothing about the order in which faults are told (sort them before you compare); white space around a name is
//! cut off, and no fault, and around an address it is one. A test that knows more than the rules is deleted by the next one who changes something.
// ANCHOR: trial
let faults = |json: &str| validate(json).err().unwrap_or_default();
let named = |name: &str| faults(&format!(r#"{{"name":"{name}","email":"a@example.org"}}"#));
let aged = |age: &str| {
    faults(&format!(r#"{{"name":"Ada","email":"a@example.org","age":{age}}}"#))
};
let valid: [&str; 0] = [];
assert_eq!(named("Sinéad O'Connor"), valid);
assert_eq!(named(&"ü".repeat(100)), valid);
assert_eq!(named("  "), ["name"]);
assert_eq!(named("Ada\\u0007"), ["name"]);
assert_eq!(faults(r#"{"name":"Ada","email":"ada"}"#), ["email"]);
assert_eq!(faults(r#"{"name":null,"email":"a@example.org"}"#), ["name"]);
for age in ["151", "300", "-1", "\"36\"", "3.5"] {
    assert_eq!(aged(age), ["age"]);
}
assert_eq!(faults("{}"), ["name", "email"]);
assert_eq!(aged("36,\"nick\":\"ada\""), ["nick"]);
assert_eq!(aged("36,\"age\":37"), ["age"]);
// ANCHOR_END: trial
