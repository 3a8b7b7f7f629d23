//! The runner as a program, at work on a tiny course of its own (`tests/tiny`).
//!
//! # Map
//!
//! - [`course`]: a copy of the tiny course, and how to run the runner in it.
//! - [`usage`], [`contents`]: what is typed, and what stands in `workbook.toml`.
//! - [`verdicts`], [`broken`], [`misbehaviour`], [`gates`]: what a check says.
//! - [`kills`], [`cache`], [`progress`], [`files`]: what is kept, whatever happens.
//! - [`hints`], [`labs`], [`authors`]: the other commands.
//! - [`screen`], [`watch`], [`schema`]: terminals, and programs that read.

mod course;

mod misbehaviour;
