//! Goal: what stands in front of the database is never seen, and what stands behind the server may fail: what was
//! acknowledged is what everybody answers with, and without a service the rest goes on.
//!
//! Method: connections to each worker, told apart by what it says of itself; writers that disagree; real services, which
//! are stopped, slow, cut off, or answer rubbish.
//! Not proven: coherence over several machines. There, a copy may be as old as its time to live.

#![allow(clippy::duplicate_mod, reason = "the same tests run on each database")]

#[path = "tiers/given_up.rs"]
mod given_up;
mod house;
#[path = "tiers/on_postgres.rs"]
mod on_postgres;
#[path = "tiers/on_sqlite.rs"]
mod on_sqlite;
#[path = "tiers/on_tiers.rs"]
mod on_tiers;
#[path = "tiers/outages.rs"]
mod outages;
#[path = "tiers/pool.rs"]
mod pool;
#[path = "tiers/queue.rs"]
mod queue;
#[path = "tiers/start.rs"]
mod start;
