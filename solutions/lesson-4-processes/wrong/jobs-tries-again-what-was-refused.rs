//! Every failure is tried again.
//!
//! Rejected by: `who_says_that_it_cannot_be_done_is_not_asked_again`
//!
//! A job that *says* that it cannot be done has come to its end, and would say the same again, after the same work. Try again
//! only where the process died, which may have been an accident.
// ANCHOR: attempts
let mut attempt = 1;
loop {
    let runner = spare.take().map_or_else(|| Runner::start(command, limits), Ok);
    let outcome = match runner {
        Ok(runner) => run(queue, limits, runner, id, job),
        Err(error) => {
            Err(Failure { cause: Cause::NoProcess(error.to_string()), said: String::new() })
        }
    };
    let cancelled = |failure: &Failure| failure.cause == Cause::Cancelled;
    if outcome.is_ok() || outcome.as_ref().is_err_and(cancelled) || attempt >= limits.attempts_max {
        return outcome;
    }
    attempt += 1;
}
// ANCHOR_END: attempts
