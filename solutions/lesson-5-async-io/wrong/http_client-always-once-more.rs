//! A repetition is made as long as there is anything in the budget.
//!
//! Rejected by: `retry::an_outage_is_not_multiplied`
//!
//! A fifth of a repetition is none. If each request pays in a fifth and may take out a whole one, every request is sent
//! twice, and the outage is twice as large. `checked_sub` says whether there is a whole one.
// ANCHOR: withdraw
let left = self.balance.get().saturating_sub(WHOLE);
let any = self.balance.get() > 0;
self.balance.set(left);
any
// ANCHOR_END: withdraw
