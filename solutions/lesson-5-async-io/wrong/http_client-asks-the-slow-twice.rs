//! Who was too slow is asked again.
//!
//! Rejected by: `limits::who_comes_when_too_many_wait_is_told_at_once`,
//! `names::all_who_want_to_know_get_to_know_a_failure`, `names::that_a_name_is_unknown_is_not_remembered`,
//! `names::when_who_asks_gives_up_the_next_one_asks`, `retry::who_is_too_slow_is_not_asked_twice`,
//! `time::a_request_that_nobody_takes_is_given_up`, `time::each_phase_has_its_own_limit`,
//! `time::who_waits_for_its_turn_waits_no_longer_than_for_a_connection`
//!
//! A server that needs a minute for an answer has too much to do, and now it has your request twice. `error.may_pass()`
//! tells a broken connection, which another one may mend, from a time-out, which it will not.
// ANCHOR: again
let harmless = unsent || request.idempotent;
if attempt >= shared.options.retries.attempts_max || !harmless {
    return Err(error);
}
if !authority.budget.withdraw() {
    shared.refused.set(shared.refused.get() + 1);
    return Err(ClientError::BudgetSpent(Box::new(error)));
}
shared.repeated.set(shared.repeated.get() + 1);
// ANCHOR_END: again
