//! The test that you have written, run with caches that are right, and with some that are wrong in one way each.

use std::panic;

use memory::cache::trial::{Shelf, trial};
use solution::mutants::cache as shelves;

/// Demands that the trial ends with a panic.
#[track_caller]
fn rejects(wrong: fn() -> Shelf, what_it_does: &str) {
    // A trial that rejects everybody has noticed nothing, and one that is not written says so.
    if let Err(payload) = panic::catch_unwind(|| trial(shelves::right)) {
        let message = payload.downcast_ref::<&str>();
        if message.is_some_and(|it| it.starts_with("not yet implemented")) {
            panic::resume_unwind(payload);
        }
        panic!("your trial rejects a cache that is right: the first of these tests says where");
    }
    let rejected = panic::catch_unwind(|| trial(wrong)).is_err();
    assert!(rejected, "your trial lets a cache pass that {what_it_does}");
}

#[test]
fn your_trial_lets_right_caches_pass() {
    trial(shelves::right);
    trial(shelves::right_and_slow);
}

#[test]
fn your_trial_rejects_who_counts_no_items() {
    rejects(shelves::counts_no_items, "keeps more than three items");
}

#[test]
fn your_trial_rejects_who_counts_no_bytes() {
    rejects(shelves::counts_no_bytes, "keeps more than 100 bytes");
}

#[test]
fn your_trial_rejects_who_throws_out_only_one() {
    rejects(shelves::throws_out_only_one, "throws out one, though that does not make enough room");
}

#[test]
fn your_trial_rejects_who_lives_on_when_asked_for() {
    rejects(shelves::lives_on_when_asked_for, "lets an entry live longer when it is asked for");
}

#[test]
fn your_trial_rejects_who_serves_at_the_last_moment() {
    rejects(shelves::serves_at_the_last_moment, "serves an entry that is 60 seconds old");
}

#[test]
fn your_trial_rejects_who_counts_what_is_written_again_twice() {
    rejects(
        shelves::counts_what_is_written_again_twice,
        "counts the bytes of both when a key is written again",
    );
}

#[test]
fn your_trial_rejects_who_forgets_the_bytes_of_what_is_removed() {
    rejects(
        shelves::forgets_the_bytes_of_what_is_removed,
        "still counts the bytes of what was removed",
    );
}

#[test]
fn your_trial_rejects_who_throws_out_who_came_first() {
    rejects(shelves::throws_out_who_came_first, "throws out the oldest, though it was asked for");
}

#[test]
fn your_trial_rejects_who_keeps_the_old_value() {
    rejects(shelves::keeps_the_old_value, "serves the old value when the new one was too large");
}

#[test]
fn your_trial_rejects_who_throws_out_the_living() {
    rejects(shelves::throws_out_the_living, "throws out an entry that lives while another is dead");
}
