//! An accept loop with limits and time-outs.
//!
//! A connection is always in one [`Phase`], and a phase has a limit. Nothing sets a timer for a
//! request: [`Server::sweep`] looks at all connections twice a second, and cuts those that have been
//! in their phase for too long. Ten thousand connections cost some ten microseconds a second like
//! this, and a request costs a few stores; a limit is kept to within half a second, and limits are
//! seconds.
//!
//! ```text
//!        first byte        head is read         answer begins        all written
//!  Idle ────────────▶ Head ────────────▶ Working ────────────▶ Writing ──────────▶ Idle
//!                                 │  Body  ▲
//!                                 └────────┘
//! ```
//!
//! A client that ends its sending side has left: what is being worked on for it is given up. Who has closed and who only
//! sends no more look the same until something is sent to them, and a computation that nobody waits for costs those who
//! do.

use std::time::Duration;

mod accept;
mod connection;
mod outbox;
mod phase;
mod registry;
mod watched;

pub use phase::Phase;
pub use registry::{Server, Statistics};
pub use watched::{Receiving, Uncopied};

/// How many connections there may be, and how long one may stay in each phase.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// How many connections are open at once. More wait in the kernel's queue, where they cost less.
    pub connections: usize,
    /// From the first byte of a request to the end of its head.
    pub head: Duration,
    /// From there to the end of its body.
    pub body: Duration,
    /// How long a peer may take no byte of an answer.
    pub write: Duration,
    /// How long a connection may wait for its next request.
    pub idle: Duration,
    /// The longest head, in bytes.
    pub head_bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections: 10_000,
            head: Duration::from_secs(10),
            body: Duration::from_secs(30),
            write: Duration::from_secs(30),
            idle: Duration::from_secs(60),
            head_bytes: 16 * 1024,
        }
    }
}

/// How often connections are looked at.
pub const SWEEP: Duration = Duration::from_millis(500);
