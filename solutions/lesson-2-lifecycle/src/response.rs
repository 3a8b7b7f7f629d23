//! Which representation the client asked for.
