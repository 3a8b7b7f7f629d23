//! A job that was cancelled looks like one whose process has died.
//!
//! Rejected by: `a_full_queue_gives_the_job_back`, `a_job_can_be_cancelled_until_it_ends`, `nothing_is_left_of_a_pool_that_ends`
//!
//! It *has* died: `cancel` kills it. But its submitter is told that it was killed, and it is tried once more. `queue.pause` says
//! whether anybody still wants it.
// ANCHOR: run
let answer = if queue.begin(id, runner.id()) { runner.ask(job, limits) } else { None };
queue.pause(id);
let ending = runner.end();
match answer {
    Some(Ok(answer)) => Ok(answer),
    Some(Err(cause)) => Err(Failure { cause, said: ending.said }),
    None => Err(Failure { cause: ending.cause, said: ending.said }),
}
// ANCHOR_END: run
