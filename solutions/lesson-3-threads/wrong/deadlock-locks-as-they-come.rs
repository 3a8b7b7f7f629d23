//! First the account that gives, then the one that gets.
//!
//! Rejected by: `opposite_transfers_do_not_wait_for_each_other`, `transfers_in_a_circle_do_not_wait_for_each_other`,
//! `nobody_sees_money_on_the_way`
//!
//! One thread moves money from 0 to 1, another one from 1 to 0. Each has its first lock, and each wants the other's. Take the
//! two in an order that does not depend on the direction.
// ANCHOR: transfer
let mut source = self.lock(from)?;
let mut target = self.lock(to)?;
pay(&mut source, &mut target, amount)
// ANCHOR_END: transfer
