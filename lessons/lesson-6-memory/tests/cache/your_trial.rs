//! The test that you have written, run with caches that are right, and with some that are wrong in one way each.

use memory::cache::trial::{Shelf, trial};
use solution::mutants::cache as shelves;
use witness::trial::Trial;

const TRIAL: Trial<fn() -> Shelf> = Trial { of: "a cache", run: trial, right: shelves::right };

#[test]
fn your_trial_lets_right_caches_pass() {
    TRIAL.lets_pass(shelves::right);
    TRIAL.lets_pass(shelves::right_and_slow);
    TRIAL.lets_pass(shelves::right_and_tidy);
}

#[test]
fn your_trial_rejects_who_counts_no_items() {
    TRIAL.rejects(shelves::counts_no_items, "keeps more than three items");
}

#[test]
fn your_trial_rejects_who_counts_no_bytes() {
    TRIAL.rejects(shelves::counts_no_bytes, "keeps more than 100 bytes");
}

#[test]
fn your_trial_rejects_who_throws_out_only_one() {
    TRIAL.rejects(
        shelves::throws_out_only_one,
        "throws out one, though that does not make enough room",
    );
}

#[test]
fn your_trial_rejects_who_lives_on_when_asked_for() {
    TRIAL.rejects(
        shelves::lives_on_when_asked_for,
        "lets an entry live longer when it is asked for",
    );
}

#[test]
fn your_trial_rejects_who_serves_at_the_last_moment() {
    TRIAL.rejects(shelves::serves_at_the_last_moment, "serves an entry that is 60 seconds old");
}

#[test]
fn your_trial_rejects_who_counts_what_is_written_again_twice() {
    TRIAL.rejects(
        shelves::counts_what_is_written_again_twice,
        "counts the bytes of both when a key is written again",
    );
}

#[test]
fn your_trial_rejects_who_forgets_the_bytes_of_what_is_removed() {
    TRIAL.rejects(
        shelves::forgets_the_bytes_of_what_is_removed,
        "still counts the bytes of what was removed",
    );
}

#[test]
fn your_trial_rejects_who_throws_out_who_came_first() {
    TRIAL.rejects(
        shelves::throws_out_who_came_first,
        "throws out the oldest, though it was asked for",
    );
}

#[test]
fn your_trial_rejects_who_keeps_the_old_value() {
    TRIAL.rejects(
        shelves::keeps_the_old_value,
        "serves the old value when the new one was too large",
    );
}

#[test]
fn your_trial_rejects_who_throws_out_the_living() {
    TRIAL.rejects(
        shelves::throws_out_the_living,
        "throws out an entry that lives while another is dead",
    );
}
