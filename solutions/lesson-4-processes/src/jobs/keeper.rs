//! A thread that keeps a process ready, and sees to the job that it runs.

use super::queue::{Queue, Task};
use super::runner::{Make, Runner};
use super::{Cause, Failure, Limits, Outcome};

/// Until the queue ends.
pub(super) fn keep(queue: &Queue, limits: &Limits, command: &Make) {
    // Started before there is a job for it. If that fails, it is tried again when there is one.
    let mut spare = Runner::start(command, limits).ok();
    while let Some(Task { id, job, done }) = queue.next() {
        let outcome = attempts(queue, limits, command, &mut spare, id, &job);
        queue.finish(id);
        done(outcome);
        spare = spare.or_else(|| Runner::start(command, limits).ok());
    }
}

/// Runs a job until there is an answer, or it has failed too often.
fn attempts(
    queue: &Queue,
    limits: &Limits,
    command: &Make,
    spare: &mut Option<Runner>,
    id: u64,
    job: &[u8],
) -> Outcome {
    // ANCHOR: attempts
    // TASK: try until there is an answer, or no sense in another try
    // STEP: `limits.attempts_max` times at most; what was refused or cancelled is not tried again
    // STEP: for the first attempt there is a spare process, if it could be started; for each other one start a new one
    // STEP: a process that cannot be started is a failed attempt, too: `Cause::NoProcess`
    let mut attempt = 1;
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
        if is_final || attempt >= limits.attempts_max {
            return outcome;
        }
        attempt += 1;
    }
    // ANCHOR_END: attempts
}

fn run(queue: &Queue, limits: &Limits, mut runner: Runner, id: u64, job: &[u8]) -> Outcome {
    // ANCHOR: run
    // TASK: have the process run the job, wait for its end, and say what came of it
    // STEP: `queue.begin` before it is asked: false when the job is not to run any more
    // STEP: `queue.pause` before `runner.end()` waits for the process, which frees its number
    // STEP: a result is a result, in any case; else a job that nobody wants any more was cancelled; else it is told what was
    // STEP: answered, or how the process ended
    // One that was killed while it waited for a job is as good as one that never started: it will be seen to be dead.
    let answer = if queue.begin(id, runner.id()) { runner.ask(job, limits) } else { None };
    let is_wanted = queue.pause(id);
    let ending = runner.end();
    match answer {
        Some(Ok(answer)) => Ok(answer),
        _ if !is_wanted => Err(Failure { cause: Cause::Cancelled, said: ending.said }),
        Some(Err(cause)) => Err(Failure { cause, said: ending.said }),
        None => Err(Failure { cause: ending.cause, said: ending.said }),
    }
    // ANCHOR_END: run
}
