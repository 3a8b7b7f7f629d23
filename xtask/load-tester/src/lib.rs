//! Loads an HTTP/1.1 server of this machine and says what it did.
//!
//! # Map
//!
//! [`target`] takes a URL apart; [`plan`] is what a run is to do. [`run`] starts the threads, each with its connections
//! (`connection.rs`), which take turns (`phase.rs`, [`pacer`]), verify what comes ([`answers`]) and count it
//! ([`tally`]). [`processes`] reads what the server spent. [`ramp`] and [`versus`] are made of many runs; [`report`]
//! shows what came out.

#![forbid(unsafe_code)]

pub mod answers;
mod connection;
pub mod pacer;
mod phase;
pub mod plan;
pub mod probe;
pub mod processes;
pub mod ramp;
pub mod report;
pub mod run;
pub mod tally;
pub mod target;
pub mod versus;
