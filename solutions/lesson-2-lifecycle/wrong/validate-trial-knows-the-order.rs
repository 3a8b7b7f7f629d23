//! The trial compares with the reference's faults, one by one.
//!
//! Rejected by: `your_trial::your_trial_lets_right_validators_pass` (panicked)
//!
//! The rules do not say in which order faults are told. A test that knows more than the rules fails for versions that are
//! right, and the next one who changes something will delete it. Sort before you compare.
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
for age in ["151", "300", "-1", "\"36\"", "3.5"] {
    assert_eq!(aged(age), ["age"]);
}
assert_eq!(faults("{}"), ["name", "email"]);
assert_eq!(aged("36,\"nick\":\"ada\""), ["nick"]);
assert_eq!(aged("36,\"age\":37"), ["age"]);
// ANCHOR_END: trial
