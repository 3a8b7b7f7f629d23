//! Background jobs: work for which nobody waits, and that must not hurt who does.
//!
//! ```text
//!  POST /jobs ─▶ worker ─▶ database ◀── claims ── keeper ── socket ── process: one job, limited
//!  GET /jobs/7 ─▶ worker ─▶ database ◀── results ──┘
//! ```
//!
//! A job is accepted when it is in the database: from then on it is run, though every process of the server is killed and
//! started again. It may be run twice, when a keeper dies in the middle. Jobs are started in the order in which they came.
//!
//! - [`kinds`]: what can be done.
//! - [`keeper`]: a process that claims jobs and keeps the processes (lesson 4's `jobs`) that run them.
//! - [`process`]: such a process, from the inside.

pub mod keeper;
pub mod kinds;
pub mod process;
