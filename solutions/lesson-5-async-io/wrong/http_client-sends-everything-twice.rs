//! Whatever failed is sent again.
//!
//! Rejected by: `retry::the_caller_knows_better_what_may_be_done_twice`, `retry::what_may_not_be_done_twice_is_not`
//!
//! The connection broke before the answer came. The server may have done what was asked: booked the payment, and died
//! before it could say so. What is sent twice is then done twice. Only what was never sent, or is idempotent (RFC 9110,
//! section 9.2.2), may be sent again.
// ANCHOR: again
let harmless = unsent || request.idempotent;
if attempt >= shared.options.retries.attempts_max || !error.may_pass() {
    return Err(error);
}
if !authority.budget.withdraw() {
    shared.refused.set(shared.refused.get() + 1);
    return Err(ClientError::BudgetSpent(Box::new(error)));
}
shared.repeated.set(shared.repeated.get() + 1);
// ANCHOR_END: again
