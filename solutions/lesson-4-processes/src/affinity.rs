//! Which processor each worker runs on.
