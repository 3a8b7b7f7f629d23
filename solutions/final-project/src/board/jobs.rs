//! What is seen of background jobs.

use solution_4_processes::shared::{Counter, Gauge, Plain};

/// Of all keepers of this machine; what waits, of the whole database.
#[derive(Debug, Default)]
#[repr(C)]
pub struct Jobs {
    /// It grows when there may be something to do for a keeper.
    pub submitted: Counter,
    /// How many wait, as a keeper has last seen it.
    pub waiting: Gauge,
    /// How many run here.
    pub running: Gauge,
    /// How many had a result.
    pub done: Counter,
    /// How many had none.
    pub failed: Counter,
    /// How many were cancelled while they ran.
    pub cancelled: Counter,
}

// SAFETY: `repr(C)`, and all of it is plain.
unsafe impl Plain for Jobs {}
