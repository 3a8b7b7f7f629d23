//! The test that you have written, run with pools that are right, and with some that are wrong in one way each.

use std::panic;

use async_io::pool::trial::{Lender, trial};
use solution::mutants::pool as pools;

/// Demands that the trial ends with a panic.
#[track_caller]
fn rejects(wrong: fn() -> Lender, what_it_does: &str) {
    // A trial that rejects everybody has noticed nothing, and one that is not written says so.
    if let Err(payload) = panic::catch_unwind(|| trial(pools::right)) {
        let message = payload.downcast_ref::<&str>();
        if message.is_some_and(|it| it.starts_with("not yet implemented")) {
            panic::resume_unwind(payload);
        }
        panic!("your trial rejects a pool that is right: the first of these tests says where");
    }
    let rejected = panic::catch_unwind(|| trial(wrong)).is_err();
    assert!(rejected, "your trial lets a pool pass that {what_it_does}");
}

#[test]
fn your_trial_lets_right_pools_pass() {
    trial(pools::right);
    trial(pools::right_and_small);
}

#[test]
fn your_trial_rejects_who_serves_who_came_last() {
    rejects(pools::serves_who_came_last, "serves who came last");
}

#[test]
fn your_trial_rejects_who_builds_too_many() {
    rejects(pools::builds_too_many, "does not count what is being built");
}

#[test]
fn your_trial_rejects_who_lends_what_is_broken() {
    rejects(pools::lends_what_is_broken, "lends a broken boat again");
}

#[test]
fn your_trial_rejects_who_lends_for_ever() {
    rejects(pools::lends_for_ever, "lends a boat more than three times");
}

#[test]
fn your_trial_rejects_who_lends_to_who_has_left() {
    rejects(pools::lends_to_who_has_left, "lends a boat to somebody who has left the queue");
}

#[test]
fn your_trial_rejects_who_scraps_what_nobody_waits_for() {
    rejects(pools::scraps_what_nobody_waits_for, "scraps a new boat when its client has left");
}

#[test]
fn your_trial_rejects_who_loses_the_place_of_a_failure() {
    rejects(pools::loses_the_place_of_a_failure, "never uses a place again whose boat failed");
}

#[test]
fn your_trial_rejects_who_forgets_who_waits() {
    rejects(pools::forgets_who_waits, "builds nothing for who waits when a boat breaks");
}

#[test]
fn your_trial_rejects_who_keeps_quiet_about_failures() {
    rejects(pools::keeps_quiet_about_failures, "says nothing when a boat cannot be built");
}

#[test]
fn your_trial_rejects_who_keeps_what_comes_back_late() {
    rejects(pools::keeps_what_comes_back_late, "keeps a boat that comes back behind the end");
}
