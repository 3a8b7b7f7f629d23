//! An accept loop with limits and time-outs.
