//! Workers that inherit what the master opened.
