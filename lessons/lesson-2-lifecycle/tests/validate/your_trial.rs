//! The test that you have written, run with validators that are right, and with some that are wrong in one way each.

use std::panic;

use lifecycle::validate::trial::{Verdict, trial};
use solution::mutants::validate as validators;

/// Demands that the trial ends with a panic.
#[track_caller]
fn rejects(wrong: fn(&str) -> Verdict, what_it_does: &str) {
    // A trial that rejects everybody has noticed nothing, and one that is not written says so.
    if let Err(payload) = panic::catch_unwind(|| trial(validators::right)) {
        let message = payload.downcast_ref::<&str>();
        if message.is_some_and(|it| it.starts_with("not yet implemented")) {
            panic::resume_unwind(payload);
        }
        panic!("your trial rejects a validator that is right: the first of these tests says where");
    }
    let rejected = panic::catch_unwind(|| trial(wrong)).is_err();
    assert!(rejected, "your trial lets a validator pass that {what_it_does}");
}

#[test]
fn your_trial_lets_right_validators_pass() {
    trial(validators::right);
    trial(validators::right_backwards);
}

#[test]
fn your_trial_rejects_who_ends_at_the_first_fault() {
    rejects(validators::ends_at_the_first_fault, "tells only the first fault");
}

#[test]
fn your_trial_rejects_who_counts_bytes() {
    rejects(validators::counts_bytes, "counts the bytes of a name, and not its characters");
}

#[test]
fn your_trial_rejects_who_trims_nothing() {
    rejects(validators::trims_nothing, "takes white space for a name");
}

#[test]
fn your_trial_rejects_who_refuses_apostrophes() {
    rejects(validators::refuses_apostrophes, "refuses apostrophes in names");
}

#[test]
fn your_trial_rejects_who_ignores_unknown_fields() {
    rejects(validators::ignores_unknown_fields, "ignores fields that it does not know");
}

#[test]
fn your_trial_rejects_who_takes_the_last_of_two() {
    rejects(validators::takes_the_last_of_two, "takes the last of two fields of one name");
}

#[test]
fn your_trial_rejects_who_makes_numbers_of_text() {
    rejects(validators::makes_numbers_of_text, "takes \"36\" for 36");
}

#[test]
fn your_trial_rejects_who_cuts_large_ages() {
    rejects(validators::cuts_large_ages, "takes 300 for 44");
}

#[test]
fn your_trial_rejects_who_takes_control_characters() {
    rejects(validators::takes_control_characters, "takes control characters in names");
}

#[test]
fn your_trial_rejects_who_takes_any_address() {
    rejects(validators::takes_any_address, "takes any text for an address");
}

#[test]
fn your_trial_rejects_who_stops_one_too_early() {
    rejects(validators::stops_one_too_early, "refuses a name of exactly 100 characters");
}

#[test]
fn your_trial_rejects_who_takes_null_for_a_name() {
    rejects(validators::takes_null_for_a_name, "takes `null` for a name");
}
