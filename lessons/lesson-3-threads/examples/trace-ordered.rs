//! The same two transfers, with the locks in one order.

#[path = "trace-deadlock.rs"]
mod deadlock;

use std::error::Error;

use deadlock::Step::{GiveBack, Take};

fn main() -> Result<(), Box<dyn Error>> {
    deadlock::play(&[Take(0, 0), Take(1, 0), Take(0, 1), GiveBack(0), Take(1, 1), GiveBack(1)])
}
