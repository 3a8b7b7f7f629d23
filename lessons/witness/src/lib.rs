//! What tests use to see how code works.
