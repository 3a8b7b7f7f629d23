//! The message repeats its cause.
//!
//! Rejected by: `the_cause_is_said_once`
//!
//! Whoever prints an error prints its `source` too, so the reader sees "address already in use" twice. Each error says
//! its own level: here, which address could not be listened on.
// ANCHOR: display
write!(f, "cannot listen on `{}`: {}", self.address, self.cause)
// ANCHOR_END: display
