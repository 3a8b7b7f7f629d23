//! The workbook's runner.
//!
//! # Map
//!
//! - [`workbook`]: the table of contents.

#![forbid(unsafe_code)]

pub mod workbook;
