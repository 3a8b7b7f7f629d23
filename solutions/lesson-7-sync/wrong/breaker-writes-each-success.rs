//! Each success is written down.
//!
//! Rejected by: `healthy_calls_write_nothing`
//!
//! Then every call takes the word's cache line away from all other processors, on the path on which nothing is wrong.
//! `None` where nothing changes: then nothing is written.
// ANCHOR: success
Some(Self { phase: Phase::Closed { failures: 0 }, ..self })
// ANCHOR_END: success
