//! Who lives, who dies, and when to try again.
//!
//! [`Supervisor`] is a pure state machine: events and the time go in, actions come out, and it
//! touches no process, no clock and no signal. What it decides can so be tested with a million
//! invented histories. [`run`] is the loop that feeds it real ones, and [`trial`] tries other supervisors.
//!
//! # State
//!
//! A *worker* is an index, which owns a listener. A *life* of it is one process. A worker has one
//! active life (starting or ready), and a second one only while that one is replaced. Lives of an
//! older *generation* run with older settings.
//!
//! ```text
//!             Ready          Leaving, Stop, replaced          deadline
//!  Starting ─────────▶ Ready ─────────────────────▶ Leaving ───────────▶ Killed
//!     │                  │ no beat                     │                    │
//!     └── too slow ──────┴─────────────▶ Killed        └──────┬─────────────┘
//!                                                         Exited: gone
//! ```
//!
//! # What holds after each event
//!
//! 1. Every worker has an active life, or one is due, unless the server stops.
//! 2. There are at most two lives of a worker, whatever happens.
//! 3. Whatever waits, waits for a deadline: [`Supervisor::deadline`] is when to look again.
//! 4. No worker is told to go before its successor is ready, unless the server stops or shrinks.
//! 5. When the server stops, nothing is started any more, and it is finished when the last life is gone.

mod machine;
mod policy;
mod run;
mod signals;
pub mod trial;

pub use machine::Supervisor;
pub use policy::Policy;
pub use run::{BEAT, Crew, LEAVING, Process, READY, run};
pub use signals::Signals;

/// One process in the place of a worker. No two have the same number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Life(pub u64);

/// Which settings a life runs with; higher is newer.
pub type Generation = u64;

/// What has happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Event {
    /// It accepts connections.
    Ready(Life),
    /// It was seen to be alive.
    Beat(Life),
    /// It goes without having been told to, and takes no more connections.
    Leaving(Life),
    /// Its process is gone.
    Exited(Life, Ending),
    /// Renew all workers, with new settings and this number of workers.
    Reload {
        /// At least one.
        workers: usize,
    },
    /// End; again, a second later: at once.
    Stop,
    /// Time has passed.
    Tick,
}

/// How a process ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// With status 0.
    Clean,
    /// With another, by a signal, or it could not be started.
    Failed,
}

/// What is to be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// Start a process.
    Start {
        /// The new life.
        life: Life,
        /// Whose.
        worker: usize,
        /// With which settings.
        generation: Generation,
    },
    /// Tell it to finish what it has begun and to go.
    Terminate(Life),
    /// End it now.
    Kill(Life),
    /// These are the settings now; no life with older ones will be started.
    Adopted(Generation),
    /// Forget these settings: their first worker failed.
    Abandoned(Generation),
    /// The server ends: nothing is started any more.
    End,
    /// All lives are gone.
    Finish(Outcome),
}

/// How it ended altogether.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Outcome {
    /// As asked, and nothing was cut off.
    Stopped,
    /// As asked, but something was cut off.
    Cut,
    /// The first start failed.
    NeverReady,
    /// A worker failed again and again.
    CrashLoop,
}
