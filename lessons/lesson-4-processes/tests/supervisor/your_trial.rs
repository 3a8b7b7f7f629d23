//! The test that you have written, run with supervisors that are right, and with some that are wrong in one way each.

use std::panic;

use processes::supervisor::trial::{Machine, trial};
use solution::mutants::supervisor as supervisors;

/// Demands that the trial ends with a panic.
#[track_caller]
fn rejects(wrong: fn(usize) -> Machine, what_it_does: &str) {
    // A trial that rejects everybody has noticed nothing, and one that is not written says so.
    if let Err(payload) = panic::catch_unwind(|| trial(supervisors::right)) {
        let message = payload.downcast_ref::<&str>();
        if message.is_some_and(|it| it.starts_with("not yet implemented")) {
            panic::resume_unwind(payload);
        }
        panic!(
            "your trial rejects a supervisor that is right: the first of these tests says where"
        );
    }
    let rejected = panic::catch_unwind(|| trial(wrong)).is_err();
    assert!(rejected, "your trial lets a supervisor pass that {what_it_does}");
}

#[test]
fn your_trial_lets_right_supervisors_pass() {
    trial(supervisors::right);
    trial(supervisors::right_backwards);
}

#[test]
fn your_trial_rejects_who_never_waits() {
    rejects(supervisors::never_waits, "starts a worker again at once, however often it has failed");
}

#[test]
fn your_trial_rejects_who_never_gives_up() {
    rejects(supervisors::never_gives_up, "goes on after ten failures in a row");
}

#[test]
fn your_trial_rejects_who_kills_at_once() {
    rejects(supervisors::kills_at_once, "kills where it should ask");
}

#[test]
fn your_trial_rejects_who_never_kills() {
    rejects(supervisors::never_kills, "waits for who does not go, as long as it takes");
}

#[test]
fn your_trial_rejects_who_never_sees_who_hangs() {
    rejects(supervisors::never_sees_who_hangs, "does not notice that a worker is silent");
}

#[test]
fn your_trial_rejects_who_replaces_too_early() {
    rejects(supervisors::replaces_too_early, "ends a worker before its successor is ready");
}

#[test]
fn your_trial_rejects_who_believes_the_dead() {
    rejects(supervisors::believes_the_dead, "starts another one each time the same life has ended");
}

#[test]
fn your_trial_rejects_who_starts_while_it_stops() {
    rejects(supervisors::starts_while_it_stops, "starts a worker when it was told to stop");
}

#[test]
fn your_trial_rejects_who_adopts_what_failed() {
    rejects(supervisors::adopts_what_failed, "adopts settings whose first worker has failed");
}
