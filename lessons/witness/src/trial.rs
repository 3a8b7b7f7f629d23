//! Tests that learners write, tried on what is right and on what is wrong in one way.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

use crate::script::WRONG;

/// A trial: it panics if what it is given is wrong.
#[derive(Debug)]
pub struct Trial<S> {
    /// What is tried, with its article: `a cache`.
    pub of: &'static str,
    /// The learner's.
    pub run: fn(S),
    /// One that is right.
    pub right: S,
}

impl<S: Copy> Trial<S> {
    /// Demands that one which is right passes.
    ///
    /// # Panics
    ///
    /// It does not, or the trial is not written yet.
    pub fn lets_pass(&self, right: S) {
        if let Err(message) = self.verdict(right) {
            panic!("{WRONG}your trial rejects {} that is right:\n{message}", self.of);
        }
    }

    /// Demands that one does not pass which is wrong, by a trial that lets pass what is right.
    ///
    /// # Panics
    ///
    /// It passes, the trial rejects everybody, or it is not written yet.
    pub fn rejects(&self, wrong: S, what_it_does: &str) {
        self.lets_pass(self.right);
        let is_rejected = self.verdict(wrong).is_err();
        assert!(is_rejected, "your trial lets {} pass that {what_it_does}", self.of);
    }

    fn verdict(&self, of: S) -> Result<(), String> {
        // What is tried is made anew each time, so nothing that a panic has left is seen again.
        let caught = catch_unwind(AssertUnwindSafe(|| (self.run)(of)));
        caught.map_err(|payload| {
            let message = said(&*payload);
            if message.starts_with("not yet implemented") {
                resume_unwind(payload);
            }
            message
        })
    }
}

fn said(payload: &(dyn Any + Send)) -> String {
    let text = payload.downcast_ref::<&str>().map(|text| (*text).to_owned());
    text.or_else(|| payload.downcast_ref::<String>().cloned()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    const STRICT: Trial<u32> = Trial { of: "a number", run: |_| panic!("never"), right: 1 };
    const PATIENT: Trial<u32> = Trial { of: "a number", run: |_| {}, right: 1 };
    const GOOD: Trial<u32> = Trial { of: "a number", run: |it| assert_eq!(it, 1, "one"), right: 1 };

    fn message(work: impl FnOnce()) -> String {
        said(&*catch_unwind(AssertUnwindSafe(work)).expect_err("it panics"))
    }

    #[test]
    fn a_trial_that_tells_right_from_wrong_passes() {
        GOOD.lets_pass(1);
        GOOD.rejects(2, "is two");
    }

    #[test]
    fn a_trial_that_rejects_everybody_has_noticed_nothing() {
        let expected = "witness: wrong: your trial rejects a number that is right:\nnever";
        assert_eq!(message(|| STRICT.lets_pass(1)), expected);
        assert_eq!(message(|| STRICT.rejects(2, "is two")), expected);
    }

    #[test]
    fn a_trial_that_lets_a_wrong_one_pass_is_told_which() {
        let told = message(|| PATIENT.rejects(2, "is two"));
        assert_eq!(told, "your trial lets a number pass that is two");
    }

    #[test]
    fn a_trial_that_is_not_written_says_so() {
        const OPEN: Trial<u32> = Trial { of: "a number", run: |_| todo!("write it"), right: 1 };
        assert_eq!(message(|| OPEN.rejects(2, "is two")), "not yet implemented: write it");
    }
}
