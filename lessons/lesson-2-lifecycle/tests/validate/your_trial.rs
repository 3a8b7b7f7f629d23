//! The test that you have written, run with validators that are right, and with some that are wrong in one way each.

use lifecycle::validate::trial::{Verdict, trial};
use solution::mutants::validate as validators;
use witness::trial::Trial;

const TRIAL: Trial<fn(&str) -> Verdict> =
    Trial { of: "a validator", run: trial, right: validators::right };

#[test]
fn your_trial_lets_right_validators_pass() {
    TRIAL.lets_pass(validators::right);
    TRIAL.lets_pass(validators::right_backwards);
}

#[test]
fn your_trial_rejects_who_ends_at_the_first_fault() {
    TRIAL.rejects(validators::ends_at_the_first_fault, "tells only the first fault");
}

#[test]
fn your_trial_rejects_who_counts_bytes() {
    TRIAL.rejects(validators::counts_bytes, "counts the bytes of a name, and not its characters");
}

#[test]
fn your_trial_rejects_who_trims_nothing() {
    TRIAL.rejects(validators::trims_nothing, "takes white space for a name");
}

#[test]
fn your_trial_rejects_who_refuses_apostrophes() {
    TRIAL.rejects(validators::refuses_apostrophes, "refuses apostrophes in names");
}

#[test]
fn your_trial_rejects_who_ignores_unknown_fields() {
    TRIAL.rejects(validators::ignores_unknown_fields, "ignores fields that it does not know");
}

#[test]
fn your_trial_rejects_who_takes_the_last_of_two() {
    TRIAL.rejects(validators::takes_the_last_of_two, "takes the last of two fields of one name");
}

#[test]
fn your_trial_rejects_who_makes_numbers_of_text() {
    TRIAL.rejects(validators::makes_numbers_of_text, "takes \"36\" for 36");
}

#[test]
fn your_trial_rejects_who_cuts_large_ages() {
    TRIAL.rejects(validators::cuts_large_ages, "takes 300 for 44");
}

#[test]
fn your_trial_rejects_who_takes_control_characters() {
    TRIAL.rejects(validators::takes_control_characters, "takes control characters in names");
}

#[test]
fn your_trial_rejects_who_takes_any_address() {
    TRIAL.rejects(validators::takes_any_address, "takes any text for an address");
}

#[test]
fn your_trial_rejects_who_stops_one_too_early() {
    TRIAL.rejects(validators::stops_one_too_early, "refuses a name of exactly 100 characters");
}

#[test]
fn your_trial_rejects_who_takes_null_for_a_name() {
    TRIAL.rejects(validators::takes_null_for_a_name, "takes `null` for a name");
}
