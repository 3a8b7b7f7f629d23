//! Every fault of an input at once.
