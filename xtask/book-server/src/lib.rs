//! Builds and serves the book.
#![forbid(unsafe_code)]
