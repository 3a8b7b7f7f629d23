//! What is seen of background jobs.

use solution_4_processes::shared::{Counter, Gauge, Plain};

use super::sign::Sign;

/// Of all keepers of this machine; what waits, of the whole database.
#[derive(Debug)]
#[repr(C)]
pub struct Jobs {
    /// It grows when there may be something to do for a keeper.
    pub submitted: Counter,
    /// How many wait, as a keeper has last seen it.
    pub waiting: Gauge,
    /// How many had a result.
    pub done: Counter,
    /// How many had none.
    pub failed: Counter,
    /// How many were cancelled while they ran.
    pub cancelled: Counter,
    /// The keeper's own, with those of its jobs' processes; of two keepers, whose has shown itself last.
    pub keeper: Sign,
    /// Processor time of all keepers and jobs, in microseconds.
    pub processor: Counter,
}

// SAFETY: `repr(C)`, and all of it is plain.
unsafe impl Plain for Jobs {}
