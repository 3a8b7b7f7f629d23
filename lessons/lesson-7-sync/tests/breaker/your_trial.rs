//! The test that you have written, run with circuits that are right, and with some that are wrong in one way each.

use solution::mutants::breaker as circuits;
use sync::breaker::trial::{Circuit, trial};
use witness::trial::Trial;

const TRIAL: Trial<fn() -> Circuit> = Trial { of: "a circuit", run: trial, right: circuits::right };

#[test]
fn your_trial_lets_right_circuits_pass() {
    TRIAL.lets_pass(circuits::right);
    TRIAL.lets_pass(circuits::right_and_small);
}

#[test]
fn your_trial_rejects_who_counts_all_failures() {
    TRIAL.rejects(circuits::counts_all_failures, "forgets no failure when a call succeeds");
}

#[test]
fn your_trial_rejects_who_lets_all_in_after_the_time() {
    TRIAL.rejects(circuits::lets_all_in_after_the_time, "lets everybody in when its time is over");
}

#[test]
fn your_trial_rejects_who_forgets_the_time_when_a_probe_fails() {
    TRIAL.rejects(
        circuits::forgets_the_time_when_a_probe_fails,
        "lets the next one probe at once when a probe has failed",
    );
}

#[test]
fn your_trial_rejects_who_waits_for_a_probe_that_was_given_up() {
    TRIAL.rejects(
        circuits::waits_for_a_probe_that_was_given_up,
        "waits for ever when a probe was given up",
    );
}

#[test]
fn your_trial_rejects_who_believes_late_successes() {
    TRIAL.rejects(
        circuits::believes_late_successes,
        "is closed by a call that was let in before it opened",
    );
}

#[test]
fn your_trial_rejects_who_believes_late_failures() {
    TRIAL.rejects(
        circuits::believes_late_failures,
        "stays open longer for a call that was let in before",
    );
}

#[test]
fn your_trial_rejects_who_opens_at_the_first_failure_behind_a_probe() {
    TRIAL.rejects(
        circuits::opens_at_the_first_failure_behind_a_probe,
        "remembers old failures when a probe has closed it",
    );
}

#[test]
fn your_trial_rejects_who_always_says_the_whole_time() {
    TRIAL.rejects(circuits::always_says_the_whole_time, "says 60 seconds, however much is left");
}

#[test]
fn your_trial_rejects_who_counts_who_gave_up() {
    TRIAL.rejects(circuits::counts_who_gave_up, "counts a call that was given up as a failure");
}

#[test]
fn your_trial_rejects_who_lets_nobody_in_at_the_time_itself() {
    TRIAL.rejects(
        circuits::lets_nobody_in_at_the_time_itself,
        "still refuses when exactly 60 seconds are over",
    );
}

#[test]
fn your_trial_rejects_who_believes_late_successes_beside_a_probe() {
    TRIAL.rejects(
        circuits::believes_late_successes_beside_a_probe,
        "is closed, while a probe is under way, by a call that was let in before it opened",
    );
}

#[test]
fn your_trial_rejects_who_gives_back_for_others() {
    TRIAL.rejects(
        circuits::gives_back_for_others,
        "lets another one probe when a call gives up that is not the probe",
    );
}

#[test]
fn your_trial_rejects_who_lets_all_in_beside_the_second_probe() {
    TRIAL.rejects(
        circuits::lets_all_in_beside_the_second_probe,
        "lets one probe alone, and everybody when that probe has failed and the time is over again",
    );
}
