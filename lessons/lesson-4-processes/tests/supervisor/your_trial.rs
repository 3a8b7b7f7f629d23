//! The test that you have written, run with supervisors that are right, and with some that are wrong in one way each.

use processes::supervisor::trial::{Machine, trial};
use solution::mutants::supervisor as supervisors;
use witness::trial::Trial;

const TRIAL: Trial<fn(usize) -> Machine> =
    Trial { of: "a supervisor", run: trial, right: supervisors::right };

#[test]
fn your_trial_lets_right_supervisors_pass() {
    TRIAL.lets_pass(supervisors::right);
    TRIAL.lets_pass(supervisors::right_backwards);
}

#[test]
fn your_trial_rejects_who_never_waits() {
    TRIAL.rejects(
        supervisors::never_waits,
        "starts a worker again at once, however often it has failed",
    );
}

#[test]
fn your_trial_rejects_who_never_gives_up() {
    TRIAL.rejects(supervisors::never_gives_up, "goes on after ten failures in a row");
}

#[test]
fn your_trial_rejects_who_kills_at_once() {
    TRIAL.rejects(supervisors::kills_at_once, "kills where it should ask");
}

#[test]
fn your_trial_rejects_who_never_kills() {
    TRIAL.rejects(supervisors::never_kills, "waits for who does not go, as long as it takes");
}

#[test]
fn your_trial_rejects_who_never_sees_who_hangs() {
    TRIAL.rejects(supervisors::never_sees_who_hangs, "does not notice that a worker is silent");
}

#[test]
fn your_trial_rejects_who_replaces_too_early() {
    TRIAL.rejects(supervisors::replaces_too_early, "ends a worker before its successor is ready");
}

#[test]
fn your_trial_rejects_who_believes_the_dead() {
    TRIAL.rejects(
        supervisors::believes_the_dead,
        "starts another one each time the same life has ended",
    );
}

#[test]
fn your_trial_rejects_who_starts_while_it_stops() {
    TRIAL.rejects(supervisors::starts_while_it_stops, "starts a worker when it was told to stop");
}

#[test]
fn your_trial_rejects_who_adopts_what_failed() {
    TRIAL.rejects(supervisors::adopts_what_failed, "adopts settings whose first worker has failed");
}
