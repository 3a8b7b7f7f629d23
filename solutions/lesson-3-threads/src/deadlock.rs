//! A bank. Money moves between two accounts, and nobody sees it on the way.
//!
//! Each account has a lock of its own, so that transfers between different accounts do not wait for each other. A transfer
//! holds two of them: whoever looks at both accounts sees the money in one place or in the other.
// ANCHOR: proof
// HIDE
//!
//! # Why nobody waits for ever
//!
//! Whoever holds a lock and wants another one wants one with a higher number. In a circle of threads that wait for each other
//! each would hold a lock with a lower number than the one it wants; going round, the numbers would grow, and come back to
//! where they began. So there is no circle, and the thread that holds the highest lock waits for nobody.
// ANCHOR_END: proof

use std::{error, fmt};

mod watched;

pub use watched::Wait;
use watched::{Guard, Watch, Watched};

/// Accounts, by number, with whole pennies.
#[derive(Debug)]
pub struct Bank {
    accounts: Vec<Watched<u64>>,
    watch: Watch,
}

/// Why no money was moved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TransferError {
    /// There is no account of that number.
    NoAccount(usize),
    /// The account has less than that.
    TooLittle,
    /// The other account has no room for it.
    TooMuch,
}

impl Bank {
    /// A bank with these accounts.
    #[must_use]
    pub fn new(balances: &[u64]) -> Self {
        let watch = Watch::default();
        let account = |(number, &balance)| Watched::new(balance, number, watch.clone());
        Self { accounts: balances.iter().enumerate().map(account).collect(), watch }
    }

    /// Moves `amount` from one account to another one, or does nothing.
    ///
    /// # Errors
    ///
    /// As [`TransferError`] says.
    pub fn transfer(&self, from: usize, to: usize, amount: u64) -> Result<(), TransferError> {
        if from == to {
            return if *self.lock(from)? < amount { Err(TransferError::TooLittle) } else { Ok(()) };
        }
        // ANCHOR: transfer
        // GIVEN: wrong/deadlock-locks-as-they-come.rs
        let mut low = self.lock(from.min(to))?;
        let mut high = self.lock(from.max(to))?;
        if from < to { pay(&mut low, &mut high, amount) } else { pay(&mut high, &mut low, amount) }
        // ANCHOR_END: transfer
    }

    /// What is in all accounts together, at one moment.
    #[must_use]
    pub fn total(&self) -> u64 {
        let all: Vec<_> = self.accounts.iter().map(Watched::lock).collect();
        all.iter().map(|balance| **balance).sum()
    }

    /// Threads that wait for each other in a circle, if there are any. They will do so for ever.
    #[must_use]
    pub fn circle(&self) -> Option<Vec<Wait>> {
        self.watch.circle()
    }

    fn lock(&self, account: usize) -> Result<Guard<'_, u64>, TransferError> {
        self.accounts.get(account).map(Watched::lock).ok_or(TransferError::NoAccount(account))
    }
}

fn pay(source: &mut u64, target: &mut u64, amount: u64) -> Result<(), TransferError> {
    let left = source.checked_sub(amount).ok_or(TransferError::TooLittle)?;
    // Nothing is changed before both are known.
    let more = target.checked_add(amount).ok_or(TransferError::TooMuch)?;
    (*source, *target) = (left, more);
    Ok(())
}

impl fmt::Display for TransferError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoAccount(number) => write!(f, "there is no account `{number}`"),
            Self::TooLittle => f.write_str("there is too little in the account"),
            Self::TooMuch => f.write_str("the other account has no room for it"),
        }
    }
}

impl error::Error for TransferError {}
