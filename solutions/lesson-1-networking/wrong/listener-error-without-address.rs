//! The message does not say which address was refused.
//!
//! Rejected by: `a_failure_names_the_address`
//!
//! "address already in use" in a log at night: which one? The kernel does not say, and only your code knows. The
//! cause is not repeated: whoever prints the error prints its `source` too.
// ANCHOR: display
write!(f, "cannot listen: {}", self.cause)
// ANCHOR_END: display
