//! The runner as a program, at work on a tiny course of its own (`tests/tiny`).
//!
//! # Map
//!
//! - [`course`], [`terminal`]: a copy of the tiny course, and how to run the runner in it, with and without a terminal.
//! - [`usage`], [`contents`]: what is typed, and what stands in `workbook.toml`.
//! - [`verdicts`], [`broken`], [`misbehaviour`], [`gates`], [`schema`]: what a check says.
//! - [`cache`], [`progress`], [`files`], [`kills`]: what is kept, whatever happens.
//! - [`hints`], [`labs`], [`traces`], [`authors`]: the other commands.
//! - [`screen`], [`watch`]: terminals.

mod course;
mod terminal;

mod contents;
mod usage;

mod broken;
mod gates;
mod misbehaviour;
mod schema;
mod verdicts;

mod cache;
mod files;
mod kills;
mod progress;

mod authors;
mod hints;
mod labs;
mod traces;

mod screen;
mod watch;
