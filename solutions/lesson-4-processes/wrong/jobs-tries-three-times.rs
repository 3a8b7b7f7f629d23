//! It is tried `attempts_max` times *again*.
//!
//! Rejected by: `a_job_is_tried_twice_and_not_three_times`
//!
//! `attempts_max` is how often a job is begun, the first time included. A job that kills its process does so each time; count
//! from 1, and stop when the count has reached the limit.
// ANCHOR: attempts
let mut again = 0;
loop {
    let runner = spare.take().map_or_else(|| Runner::start(command, limits), Ok);
    let outcome = match runner {
        Ok(runner) => run(queue, limits, runner, id, job),
        Err(error) => {
            Err(Failure { cause: Cause::NoProcess(error.to_string()), said: String::new() })
        }
    };
    let is_final = match &outcome {
        Ok(_) => true,
        Err(failure) => matches!(failure.cause, Cause::Refused(_) | Cause::Cancelled),
    };
    if is_final || again >= limits.attempts_max {
        return outcome;
    }
    again += 1;
}
// ANCHOR_END: attempts
