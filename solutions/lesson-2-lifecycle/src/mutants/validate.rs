//! Validators of users. Each does what somebody thought was right.

use serde_json::{Map, Value};

use crate::validate::trial::Verdict;
use crate::validate::{NAME_CHARACTERS_MAX, from_json};

/// The reference's verdict.
pub fn right(json: &str) -> Verdict {
    match from_json(json.as_bytes()) {
        Ok(_) => Ok(()),
        Err(problem) => Err(problem.errors.iter().map(|error| field(&error.pointer)).collect()),
    }
}

/// The same faults, the last one first: right, too.
pub fn right_backwards(json: &str) -> Verdict {
    right(json).map_err(|mut faults| {
        faults.reverse();
        faults
    })
}

/// Ends at the first fault.
pub fn ends_at_the_first_fault(json: &str) -> Verdict {
    right(json).map_err(|mut faults| {
        faults.truncate(1);
        faults
    })
}

/// Measures names in bytes.
pub fn counts_bytes(json: &str) -> Verdict {
    let too_long = name(json).is_some_and(|name| name.len() > NAME_CHARACTERS_MAX);
    with_fault(right(json), too_long.then_some("name"))
}

/// Takes a name for one that was trimmed already.
pub fn trims_nothing(json: &str) -> Verdict {
    let is_blank = name(json).is_some_and(|name| !name.is_empty() && name.trim().is_empty());
    without_fault(right(json), is_blank.then_some("name"))
}

/// Thinks that quotes in a name are an attack on the database.
pub fn refuses_apostrophes(json: &str) -> Verdict {
    let is_quoted = name(json).is_some_and(|name| name.contains('\''));
    with_fault(right(json), is_quoted.then_some("name"))
}

/// Leaves out fields that it does not know.
pub fn ignores_unknown_fields(json: &str) -> Verdict {
    only_faults(right(json), |fault| ["", "name", "email", "age"].contains(&fault))
}

/// Reads the document into a map first, in which the last of two fields of a name wins.
pub fn takes_the_last_of_two(json: &str) -> Verdict {
    match object(json) {
        Some(members) => right(&Value::Object(members).to_string()),
        None => right(json),
    }
}

/// Takes text for a number, where it looks like one.
pub fn makes_numbers_of_text(json: &str) -> Verdict {
    let members = object(json).filter(|members| members.get("age").is_some_and(Value::is_string));
    let Some(mut members) = members else { return right(json) };
    let number = members["age"].as_str().and_then(|text| text.parse::<i64>().ok());
    if let Some(number) = number {
        members["age"] = number.into();
    }
    right(&Value::Object(members).to_string())
}

/// Reads the age as a byte: 300 is 44.
pub fn cuts_large_ages(json: &str) -> Verdict {
    let age = object(json).and_then(|members| members.get("age")?.as_u64());
    let is_cut = age.is_some_and(|age| age > 255 && age % 256 <= 150);
    without_fault(right(json), is_cut.then_some("age"))
}

/// Lets any character stand in a name.
pub fn takes_control_characters(json: &str) -> Verdict {
    let has = name(json).is_some_and(|name| !name.is_empty() && name.contains(char::is_control));
    without_fault(right(json), has.then_some("name"))
}

/// Takes whatever is text for an address.
pub fn takes_any_address(json: &str) -> Verdict {
    let is_text =
        object(json).is_some_and(|members| members.get("email").is_some_and(Value::is_string));
    without_fault(right(json), is_text.then_some("email"))
}

/// Counts the hundredth character as one too many.
pub fn stops_one_too_early(json: &str) -> Verdict {
    let is_last = name(json).is_some_and(|name| name.trim().chars().count() == NAME_CHARACTERS_MAX);
    with_fault(right(json), is_last.then_some("name"))
}

/// Takes `null` for a name, as a database would.
pub fn takes_null_for_a_name(json: &str) -> Verdict {
    let is_null =
        object(json).is_some_and(|members| members.get("name").is_some_and(Value::is_null));
    without_fault(right(json), is_null.then_some("name"))
}

fn object(json: &str) -> Option<Map<String, Value>> {
    match serde_json::from_str(json) {
        Ok(Value::Object(members)) => Some(members),
        _ => None,
    }
}

fn name(json: &str) -> Option<String> {
    Some(object(json)?.get("name")?.as_str()?.to_owned())
}

fn with_fault(verdict: Verdict, field: Option<&str>) -> Verdict {
    let Some(field) = field else { return verdict };
    let mut faults = verdict.err().unwrap_or_default();
    faults.push(field.to_owned());
    Err(faults)
}

fn without_fault(verdict: Verdict, field: Option<&str>) -> Verdict {
    let Some(field) = field else { return verdict };
    only_faults(verdict, |fault| fault != field)
}

/// The verdict of who sees no other faults than these. What cannot be read has none of them, and is refused all the same.
fn only_faults(verdict: Verdict, seen: impl Fn(&str) -> bool) -> Verdict {
    let Err(mut faults) = verdict else { return Ok(()) };
    let was_readable = !faults.is_empty();
    faults.retain(|fault| seen(fault));
    if was_readable && faults.is_empty() { Ok(()) } else { Err(faults) }
}

/// What a pointer to a member points to.
fn field(pointer: &str) -> String {
    pointer.trim_start_matches("#/").trim_start_matches('#').to_owned()
}
