//! The test that you have written, run with pools that are right, and with some that are wrong in one way each.

use async_io::pool::trial::{Lender, trial};
use solution::mutants::pool as pools;
use witness::trial::Trial;

const TRIAL: Trial<fn() -> Lender> = Trial { of: "a pool", run: trial, right: pools::right };

#[test]
fn your_trial_lets_right_pools_pass() {
    TRIAL.lets_pass(pools::right);
    TRIAL.lets_pass(pools::right_and_small);
}

#[test]
fn your_trial_rejects_who_serves_who_came_last() {
    TRIAL.rejects(pools::serves_who_came_last, "serves who came last");
}

#[test]
fn your_trial_rejects_who_builds_too_many() {
    TRIAL.rejects(pools::builds_too_many, "does not count what is being built");
}

#[test]
fn your_trial_rejects_who_lends_what_is_broken() {
    TRIAL.rejects(pools::lends_what_is_broken, "lends a broken boat again");
}

#[test]
fn your_trial_rejects_who_lends_for_ever() {
    TRIAL.rejects(pools::lends_for_ever, "lends a boat more than three times");
}

#[test]
fn your_trial_rejects_who_lends_to_who_has_left() {
    TRIAL.rejects(pools::lends_to_who_has_left, "lends a boat to somebody who has left the queue");
}

#[test]
fn your_trial_rejects_who_scraps_what_nobody_waits_for() {
    TRIAL
        .rejects(pools::scraps_what_nobody_waits_for, "scraps a new boat when its client has left");
}

#[test]
fn your_trial_rejects_who_loses_the_place_of_a_failure() {
    TRIAL
        .rejects(pools::loses_the_place_of_a_failure, "never uses a place again whose boat failed");
}

#[test]
fn your_trial_rejects_who_forgets_who_waits() {
    TRIAL.rejects(pools::forgets_who_waits, "builds nothing for who waits when a boat breaks");
}

#[test]
fn your_trial_rejects_who_keeps_quiet_about_failures() {
    TRIAL.rejects(pools::keeps_quiet_about_failures, "says nothing when a boat cannot be built");
}

#[test]
fn your_trial_rejects_who_keeps_what_comes_back_late() {
    TRIAL.rejects(pools::keeps_what_comes_back_late, "keeps a boat that comes back behind the end");
}
