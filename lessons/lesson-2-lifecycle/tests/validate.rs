//! Goal: a record that breaks rules is answered with all of its faults, each with its place; one that breaks none
//! comes out as it went in; and neither costs more than reading it.
//!
//! Method: tables of documents; the same record as JSON, as MessagePack and as fields; counted bytes of memory.
//! Not proven: that the rules are the right ones, and that a database stores the text as data. Parameters of the
//! database's driver do that, and no rule about characters could.

#[path = "validate/inputs.rs"]
mod inputs;
#[path = "validate/tables.rs"]
mod tables;

use std::borrow::Cow;

use inputs::{
    ADA, Talkative, addressed, faults, json, malformed, message_pack, named, packed, places, user,
};
use lifecycle::validate::{
    AGE_MAX, Candidate, EMAIL_BYTES_MAX, NAME_CHARACTERS_MAX, Problem, VIOLATIONS_MAX, check,
    from_deserializer, from_json,
};
use proptest::prelude::*;
use serde_json::json;
use witness::allocations::{CountingAllocator, counted};

#[global_allocator]
static ALLOCATOR: CountingAllocator = CountingAllocator;

#[test]
fn a_valid_record_is_a_user() {
    let user = json(r#"{"name":"Ada Lovelace","email":"ada@example.com","age":36}"#).unwrap();
    assert_eq!((&*user.name, &*user.email), ("Ada Lovelace", "ada@example.com"));
    assert_eq!(user.age, Some(36));
    assert_eq!(json(&format!("{{{ADA}}}")).map(|user| user.age), Ok(None), "the age is optional");
}

#[test]
fn a_missing_field_is_named() {
    assert_eq!(faults(json("{}")), ["#/name is missing", "#/email is missing"]);
    assert_eq!(places(check(Candidate::default())), ["#/name", "#/email"]);
}

#[test]
fn all_faults_come_in_one_answer() {
    let document = r#"{ "nick": "ada", "name": 7, "age": 151, "age": 36, "roles": ["admin"] }"#;
    assert_eq!(
        places(json(document)),
        ["#/nick", "#/name", "#/age", "#/age", "#/roles", "#/email"],
        "an unknown field, a wrong type, out of range, a second time, unknown again, missing"
    );
}

#[test]
fn a_field_can_break_two_rules() {
    let name = "a\u{7}".repeat(NAME_CHARACTERS_MAX);
    assert_eq!(places(named(&name)), ["#/name", "#/name"]);
    assert_eq!(places(addressed("ada..lovelace@example")), ["#/email", "#/email"]);
}

#[test]
fn values_of_a_wrong_type_are_told_by_their_type() {
    for (value, what) in tables::NO_TEXT {
        let expected = ["#/name", "#/email"].map(|at| format!("{at} must be text, and is {what}"));
        let document = format!(r#"{{"name":{value},"email":{value}}}"#);
        assert_eq!(faults(json(&document)), expected, "for {document}");
    }
}

#[test]
fn the_age_is_a_whole_number_in_its_range() {
    let aged = |age: &str| json(&format!(r#"{{{ADA},"age":{age}}}"#));
    for (text, age) in [("0", Some(0)), ("7", Some(7)), ("150", Some(AGE_MAX)), ("null", None)] {
        assert_eq!(aged(text).map(|user| user.age), Ok(age), "for `{text}`");
    }
    for (text, what) in tables::NO_AGES {
        let fault = format!("#/age must be a whole number from 0 to {AGE_MAX}, and is {what}");
        assert_eq!(faults(aged(text)), [fault], "for `{text}`");
    }
}

#[test]
fn a_name_has_1_to_100_characters() {
    let longest = "a".repeat(NAME_CHARACTERS_MAX);
    for name in ["A", &longest] {
        assert_eq!(named(name).map(|user| user.name).as_deref(), Ok(name));
    }
    for name in ["", &(longest + "a")] {
        assert_eq!(faults(named(name)), ["#/name must have 1 to 100 characters"]);
    }
}

#[test]
fn characters_are_counted_and_not_bytes() {
    for character in ["é", "€", "🦀"] {
        let longest = character.repeat(NAME_CHARACTERS_MAX);
        assert_eq!(named(&longest).map(|user| user.name), Ok(longest.clone()));
        assert_eq!(places(named(&(longest + character))), ["#/name"], "one `{character}` too many");
    }
    // A family is one picture and five scalar values.
    assert!(named(&"👨‍👩‍👧".repeat(NAME_CHARACTERS_MAX / 5)).is_ok());
    assert_eq!(places(named(&"👨‍👩‍👧".repeat(NAME_CHARACTERS_MAX / 5 + 1))), ["#/name"]);
}

#[test]
fn white_space_around_a_name_does_not_count() {
    assert_eq!(named(" \t\u{a0}\u{3000}Ada Lovelace\r\n").unwrap().name, "Ada Lovelace");
    let longest = "a".repeat(NAME_CHARACTERS_MAX);
    assert_eq!(named(&format!("  {longest}  ")).unwrap().name, longest);
    assert_eq!(places(named(" \t\n")), ["#/name"]);
}

#[test]
fn a_name_has_no_control_characters() {
    for character in ['\0', '\n', '\u{1b}', '\u{7f}', '\u{85}'] {
        assert_eq!(places(named(&format!("Ada{character}Lovelace"))), ["#/name"], "{character:?}");
    }
}

#[test]
fn names_of_all_people_are_valid() {
    for name in tables::NAMES {
        assert_eq!(named(name).map(|user| user.name).as_deref(), Ok(name));
    }
}

#[test]
fn sql_is_just_data() {
    for name in tables::ATTACKS {
        assert_eq!(named(name).map(|user| user.name).as_deref(), Ok(name));
    }
    let email = "o'brien--/**/=@example.com";
    assert_eq!(addressed(email).map(|user| user.email).as_deref(), Ok(email));
}

#[test]
fn plausible_addresses_are_valid() {
    let longest_local = "a".repeat(64) + "@example.com";
    let longest_label = format!("a@{}.com", "b".repeat(63));
    for email in tables::PLAUSIBLE.into_iter().chain([&*longest_local, &longest_label]) {
        assert_eq!(addressed(email).map(|user| user.email).as_deref(), Ok(email));
    }
}

#[test]
fn implausible_addresses_are_not() {
    let long_local = "a".repeat(65) + "@example.com";
    let long_label = format!("a@{}.com", "b".repeat(64));
    for email in tables::IMPLAUSIBLE.into_iter().chain([&*long_local, &long_label]) {
        let places = places(addressed(email));
        assert!(!places.is_empty() && places.iter().all(|at| at == "#/email"), "for `{email}`");
    }
    for email in ["ada", "ada@home@example.com", "@@"] {
        assert_eq!(faults(addressed(email)), ["#/email must have one `@`"], "for `{email}`");
    }
}

#[test]
fn an_address_has_at_most_254_bytes() {
    let labels = ["b".repeat(49), "c".repeat(49), "d".repeat(49)].join(".");
    let begin = format!("{}@{labels}.", "a".repeat(64));
    let email = |length: usize| format!("{begin}{}", "e".repeat(length - begin.len()));
    assert!(addressed(&email(EMAIL_BYTES_MAX)).is_ok());
    let found = faults(addressed(&email(EMAIL_BYTES_MAX + 1)));
    assert_eq!(found, ["#/email must have at most 254 bytes"]);
}

#[test]
fn unknown_fields_are_refused_by_name() {
    let found = faults(json(&format!(r#"{{{ADA},"Age":36,"admin":true}}"#)));
    assert_eq!(found, ["#/Age a user has no field `Age`", "#/admin a user has no field `admin`"]);
}

#[test]
fn pointers_are_escaped() {
    for (name, pointer) in tables::POINTERS {
        let document = json!({ "name": "Ada", "email": "ada@example.com", name: 1 });
        assert_eq!(places(user(&document)), [pointer], "for `{name}`");
    }
}

#[test]
fn a_field_stands_there_once() {
    let twice = json(&format!(r#"{{{ADA},"name":"Eve"}}"#));
    assert_eq!(faults(twice), ["#/name stands there more than once"]);
    // However the first one looked.
    for first in ["7", "null", "[]", "\"\"", "1.5", "{}", "true"] {
        let document = format!(r#"{{"name":{first},"n\u0061me":"Eve","email":"ada@example.com"}}"#);
        assert_eq!(places(json(&document)), ["#/name", "#/name"], "for {document}");
    }
    for ages in [r#""age":null,"age":3"#, r#""age":3,"age":3"#, r#""age":3,"age":"skipped""#] {
        assert_eq!(places(json(&format!("{{{ADA},{ages}}}"))), ["#/age"], "for {ages}");
    }
}

#[test]
fn what_is_no_object_is_one_fault() {
    for (document, what) in tables::NO_OBJECTS {
        let fault = format!("# must be an object, and is {what}");
        assert_eq!(faults(json(document)), [fault], "for {document}");
    }
}

#[test]
fn what_is_no_json_is_malformed() {
    for behind in ["{}", "x", "\0", ","] {
        malformed(json(&format!("{{{ADA}}}{behind}")));
    }
    for document in tables::MALFORMED {
        malformed(json(document));
    }
    malformed(from_json(b"{\"name\":\"A\xffda\"}"));
    assert!(json(&format!("\r\n{{{ADA}}} \t\n")).is_ok(), "white space is allowed");
}

#[test]
fn every_truncation_is_malformed() {
    let document = r#"{"name":"Ada","x":[1,{"y":"é"}],"email":"ada@example.com","age":36}"#;
    for length in 0..document.len() {
        malformed(from_json(&document.as_bytes()[..length]));
    }
}

#[test]
fn nesting_costs_no_stack() {
    for (open, close) in [("[", "]"), ("{\"a\":", "}")] {
        let nested = format!("{}1{}", open.repeat(100_000), close.repeat(100_000));
        for field in ["name", "age", "unknown"] {
            let document = format!(r#"{{"{field}":{nested},{ADA}}}"#);
            assert!(places(json(&document)).contains(&format!("#/{field}")));
        }
        assert!(json(&nested).is_err());
        malformed(json(&open.repeat(1_000_000)));
    }
}

#[test]
fn nesting_costs_no_stack_in_message_pack() {
    for field in [&b"\xa1x"[..], b"\xa3age"] {
        // An array of one element, over and over, as the value of a field.
        let nested = |levels| [&[0x81], field, &vec![0x91; levels], &[7]].concat();
        assert_eq!(places(message_pack(&nested(32)))[1..], ["#/name", "#/email"]);
        for levels in [33, 1_000_000] {
            assert_eq!(malformed(message_pack(&nested(levels))), "nested deeper than 32 levels");
        }
    }
}

#[test]
fn violations_are_bounded_and_the_others_counted() {
    let unknown = |count: usize| -> Problem {
        let fields: String = (0..count).map(|number| format!("\"f{number}\":{number},")).collect();
        json(&format!("{{{fields}{ADA}}}")).unwrap_err()
    };
    let problem = unknown(VIOLATIONS_MAX);
    assert_eq!((problem.errors.len(), &*problem.detail), (VIOLATIONS_MAX, "16 faults"));
    let problem = unknown(5000);
    assert_eq!(problem.errors.len(), VIOLATIONS_MAX);
    assert_eq!(problem.detail, "5000 faults, of which the first 16 are listed");
}

#[test]
fn a_message_does_not_echo_megabytes() {
    let long = "é".repeat(1 << 20);
    for result in [
        user(&json!({ "name": long, "email": long, "age": long })),
        user(&json!({ &long: 1 })),
        user(&json!({ "name": { &long: long }, "email": [long] })),
        user(&json!(long)),
        json(&format!("{{\"{long}")),
        from_deserializer(Talkative),
    ] {
        let answer = serde_json::to_string(&result.unwrap_err()).unwrap();
        assert!(answer.len() < 1000, "{} bytes are sent back: {answer:.200}", answer.len());
    }
}

#[test]
fn a_pointer_stays_true_when_a_name_is_cut() {
    let exact = "é".repeat(32);
    let whole = format!("#/{} a user has no field `{exact}`", "%C3%A9".repeat(32));
    let cut = format!("# a user has no field `{exact}…`");
    assert_eq!(faults(json(&format!(r#"{{{ADA},"{exact}":1,"{exact}é":2}}"#))), [whole, cut]);
}

#[test]
fn what_is_refused_is_not_kept() {
    let long = "a".repeat(1 << 20);
    for document in [
        json!({ "unknown": [[long], { &long: long }] }),
        json!({ "name": long, "email": long, "age": long }),
        json!({ "name": [long], "email": format!("{long}@example.com") }),
        json!({ "email": format!("a@{}com", "b.".repeat(1 << 20)) }),
    ] {
        let bytes = document.to_string().into_bytes();
        let (result, counts) = counted(|| from_json(&bytes));
        assert!(result.is_err());
        assert!(counts.bytes < 4096, "{} bytes of memory for what is refused", counts.bytes);
    }
}

#[test]
fn a_user_costs_two_allocations() {
    let (user, counts) = counted(|| json(r#"{"name":"Ada","email":"ada@example.com","age":36}"#));
    assert!(user.is_ok());
    assert_eq!(counts.allocations, 2, "the name and the address");
    let owned = |text: &str| Some(Cow::Owned(text.to_owned()));
    let candidate = Candidate { name: owned("Ada"), email: owned("ada@b.com"), age: None };
    let (user, counts) = counted(|| check(candidate));
    assert!(user.is_ok());
    assert_eq!(counts.allocations, 0, "text that is owned is not copied");
}

#[test]
fn problems_are_problem_documents() {
    assert_eq!(Problem::MEDIA_TYPE, "application/problem+json");
    let written = |result: Result<_, Problem>| serde_json::to_string(&result.unwrap_err()).unwrap();
    assert_eq!(written(addressed("nobody")), tables::INVALID_PROBLEM);
    assert_eq!(written(json("{")), tables::MALFORMED_PROBLEM);
}

#[test]
fn a_user_is_written_as_it_is_read() {
    for age in [Some(36), None] {
        let document = json!({ "name": "Ada", "email": "ada@example.com", "age": age });
        let user = user(&document).unwrap();
        assert_eq!(serde_json::to_value(&user).unwrap(), document);
        assert_eq!(message_pack(&packed(&user)), Ok(user));
    }
}

#[test]
fn message_pack_has_the_same_rules() {
    for document in [
        json!({ "name": " Ada ", "email": "ada@example.com", "age": 36 }),
        json!({ "name": 7, "email": null, "age": "x", "y": { "z": [1, 2.5, true] } }),
        json!({ "age": -1, "name": ["Ada"], "email": { "a": 1 } }),
        json!({ "age": u64::MAX }),
        json!([1, [2]]),
    ] {
        assert_eq!(message_pack(&packed(&document)), user(&document), "for {document}");
    }
}

#[test]
fn kinds_that_json_lacks_are_refused() {
    // A map of two fields: 3 bytes of binary, an extension type, or not a number, and then an address.
    for (value, what) in [
        (&[0xc4, 3, 1, 2, 3][..], "bytes"),
        (&[0xd4, 5, 1], "an extension type"),
        (&[0xcb, 0x7f, 0xf8, 0, 0, 0, 0, 0, 0], "`NaN`"),
    ] {
        let bytes = [&b"\x82\xa4name"[..], value, b"\xa5email\xa5a@b.c"].concat();
        let fault = format!("#/name must be text, and is {what}");
        assert_eq!(faults(message_pack(&bytes)), [fault]);
    }
    // A key that is a number, and a document that ends too early.
    malformed(message_pack(&[0x81, 7, 8]));
    malformed(message_pack(&[0x82, 0xa1, b'x', 1]));
}

proptest! {
    #![proptest_config(inputs::config())]

    #[test]
    fn the_three_ways_in_agree(
        name in "[a-z\u{7} é'🦀]{0,4}|.{95,105}",
        email in "[a-z.@-]{0,8}|[a-z]{1,3}@[a-z-]{1,3}\\.[a-z]{2}",
        age in prop::option::of(-5..300_i64),
    ) {
        let document = json!({ "name": name, "email": email, "age": age });
        let (some_name, some_email) = (Some(Cow::from(&name)), Some(Cow::from(&email)));
        let checked = check(Candidate { name: some_name, email: some_email, age });
        prop_assert_eq!(&user(&document), &checked);
        prop_assert_eq!(&message_pack(&packed(&document)), &checked);
        if let Ok(user) = checked {
            prop_assert_eq!(&user.name, name.trim());
            prop_assert!((1..=100).contains(&user.name.chars().count()));
            prop_assert_eq!(user.email, email);
        }
    }

    #[test]
    fn whatever_comes_in_a_user_or_a_problem_comes_out(
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
    ) {
        let document = json!({ "name": "Ada", "email": "ada@example.com", "age": [{ "x": 1.5 }] });
        let (mut json, mut packed) = (document.to_string().into_bytes(), packed(&document));
        for (position, byte) in &changes {
            *position.get_mut(&mut json) = *byte;
            *position.get_mut(&mut packed) = *byte;
        }
        for result in [from_json(&json), message_pack(&packed)] {
            if let Err(problem) = result {
                let expected = if problem.errors.is_empty() { 400 } else { 422 };
                prop_assert_eq!(problem.status, expected);
            }
        }
    }
}

#[path = "validate/your_trial.rs"]
mod your_trial;
