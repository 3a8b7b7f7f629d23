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
    // `limits.attempts_max` times at most; what was refused or cancelled is not tried again
    // for the first attempt there is a spare process, if it could be started; for each other one start a new one
    // a process that cannot be started is a failed attempt, too: `Cause::NoProcess`
    todo!("try until there is an answer, or no sense in another try")
}

fn run(queue: &Queue, limits: &Limits, mut runner: Runner, id: u64, job: &[u8]) -> Outcome {
    // `queue.begin` before it is asked: false when the job is not to run any more
    // `queue.pause` before `runner.end()` waits for the process, which frees its number
    // a result is a result, in any case; else a job that nobody wants any more was cancelled; else it is told what was
    // answered, or how the process ended
    todo!("have the process run the job, wait for its end, and say what came of it")
}
