//! Goal: who runs the server sees what it does: the numbers are those that clients saw, and they are for nobody else.
//!
//! Method: the load tester's own counts beside those of `/metrics`, also when workers are killed.
//! Not proven: that a number which nobody compares is right.

#[path = "observe/access.rs"]
mod access;
#[path = "observe/dashboard.rs"]
mod dashboard;
#[path = "observe/errors.rs"]
mod errors;
#[path = "observe/goals.rs"]
mod goals;
mod house;
#[path = "observe/log.rs"]
mod log;
#[path = "observe/metrics.rs"]
mod metrics;
#[path = "observe/recent.rs"]
mod recent;
#[path = "observe/traces.rs"]
mod traces;
#[path = "observe/visitors.rs"]
mod visitors;
#[path = "observe/webhook.rs"]
mod webhook;
