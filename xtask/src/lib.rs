//! The workbook's runner.
//!
//! # Map
//!
//! The course, as its files say it:
//!
//! - [`workbook`]: the table of contents; [`target`]: what a reader may type for a part of it.
//! - [`region`], [`starter`], [`mistake`]: one reference, and what is derived from it.
//!
//! The reader's work, which nothing may harm:
//!
//! - [`write`](mod@write), [`digest`], [`snapshot`], [`state`].
//!
//! Judging it:
//!
//! - [`check`]: builds, runs tests one process each, then the benchmark gate.
//! - [`next`]: where the reader is; [`difference`]: theirs beside the reference.
//!
//! The commands:
//!
//! - [`cli`], [`verbs`]; [`scratch`]: where authors try things.
//! - [`table`] and [`machine`]: what a lab measured, and where; [`trace`]: what happened, event by event.
//! - [`paint`], [`status`], [`terminal`]: the terminal.

#![forbid(unsafe_code)]

pub mod workbook;

pub mod target;

pub mod region;

pub mod starter;

pub mod mistake;

pub mod write;

pub mod digest;

pub mod snapshot;

pub mod state;

pub mod check;

pub mod next;

pub mod difference;

pub mod paint;

pub mod status;

pub mod cli;

pub mod verbs;

pub mod table;

pub mod machine;

pub mod trace;

pub mod terminal;

pub mod scratch;
