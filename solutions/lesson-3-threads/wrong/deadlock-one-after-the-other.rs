//! Never two locks at once: the money is taken first, and given later.
//!
//! Rejected by: `nobody_sees_money_on_the_way`, `a_transfer_that_fails_changes_nothing`
//!
//! It cannot deadlock, and in between the money is nowhere. Whoever looks at that moment finds too little; and where the second
//! account does not exist, it is gone for good. Both locks must be held at once; only their order is wrong.
// ANCHOR: transfer
let mut source = self.lock(from)?;
*source = source.checked_sub(amount).ok_or(TransferError::TooLittle)?;
drop(source);
let mut target = self.lock(to)?;
*target += amount;
Ok(())
// ANCHOR_END: transfer
