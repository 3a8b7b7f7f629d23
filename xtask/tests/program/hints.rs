//! Goal: hints come one at a time, and the reference only when it is earned or asked for.
//!
//! Method: the commands again and again.
//!
//! What it does not prove: that the hints help.

use crate::course::{Course, assert_has};

#[test]
fn each_time_there_is_the_next_hint_and_in_the_end_all() {
    let course = Course::new();
    for shown in ["1", "2", "3", "123"] {
        let ran = course.run(&["hint", "1/add"]);
        assert_eq!(ran.status, Some(0));
        let numbers: String = ["1", "2", "3"]
            .into_iter()
            .filter(|number| ran.stdout.contains(&format!("Hint {number} of 3")))
            .collect();
        assert_eq!(numbers, shown, "{}", ran.stdout);
        assert_eq!(ran.stdout.contains("That was the last one."), shown.ends_with('3'));
    }
    assert_eq!(course.run(&["hint", "1/count"]).stdout.matches("Hint ").count(), 1);
}

#[test]
fn without_a_target_the_hint_is_for_what_comes_next() {
    assert_has(&Course::new().run(&["hint"]).stdout, "Hint 1 of 3  lesson-1/add");
}

#[test]
fn the_reference_is_not_shown_before_it_is_asked_for() {
    let course = Course::new();
    let ran = course.run(&["solution", "1/guess"]);
    assert_eq!(ran.status, Some(1));
    assert_has(&ran.stdout, "lesson-1/guess has not passed yet.");
    assert_has(&ran.stdout, "cargo xtask solution lesson-1/guess --spoil");
    assert!(!ran.stdout.contains("42"), "{}", ran.stdout);
    let ran = course.run(&["solution", "1/guess", "--spoil"]);
    assert_eq!(ran.status, Some(0));
    assert_has(&ran.stdout, "-     todo!(\"return the number\")\n+     42\n");
    assert!(!ran.stdout.contains("ANCHOR"), "markers are not shown:\n{}", ran.stdout);
}

#[test]
fn after_a_pass_the_difference_is_shown() {
    let course = Course::new();
    course.write(
        &Course::file("guess"),
        "//! Guessing.\n\n/// The number.\npub fn number() -> u32 {\n    6 * 7\n}\n",
    );
    course.run(&["check", "1/guess"]);
    let ran = course.run(&["solution"]);
    assert_eq!(ran.status, Some(0), "{ran:?}");
    assert_has(&ran.stdout, "-     6 * 7\n+     42\n");
    course.solve("guess");
    assert_has(&course.run(&["solution", "1/guess"]).stdout, "yours is the reference");
}
