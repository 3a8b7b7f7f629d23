//! Which representation the client asked for.
//!
//! # Map
//!
//! - [`negotiation`]: the choice among those that there are.

pub mod negotiation;
