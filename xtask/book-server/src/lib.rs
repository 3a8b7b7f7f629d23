//! Builds the workbook's book with mdBook's library and serves it to the reader alone.
//!
//! # Map
//!
//! What chapters ask for, and where it comes from:
//!
//! - [`directive`]: `{{#…}}` in a chapter; [`layout`]: where code and headings are.
//! - [`chapter`]: a chapter with every directive replaced.
//! - [`include`], [`figure`], [`recorded`], [`trace`], [`panel`], [`predict`], [`quiz`]: what directives become.
//! - [`sources`]: every file that is read, kept inside the workspace and remembered.
//!
//! From chapters to pages:
//!
//! - [`book`]: the build, step by step; [`publish`]: into a folder, whole or not at all.
//! - [`warnings`]: what mdBook only logs.
//! - [`finish`]: the last work on a page, with [`contents`] and [`highlight`].
//! - [`links`]: what pages lead to and promise; [`search`]: the index; [`script`]: the pages' script.
//!
//! The live book:
//!
//! - [`serve`]: watches, rebuilds, serves on loopback, tells open pages.
//!
//! Small tools: [`problem`], [`suggest`], [`markup`], [`html`], [`files`].

#![forbid(unsafe_code)]

pub mod directive;
pub mod layout;

pub mod chapter;
pub mod figure;
pub mod include;
pub mod panel;
pub mod predict;
pub mod quiz;
pub mod recorded;
pub mod sources;
pub mod trace;

pub mod book;
pub mod contents;
pub mod finish;
pub mod highlight;
pub mod links;
pub mod publish;
pub mod script;
pub mod search;
pub mod warnings;

pub mod serve;

pub mod files;
pub mod html;
pub mod markup;
pub mod problem;
pub mod suggest;
