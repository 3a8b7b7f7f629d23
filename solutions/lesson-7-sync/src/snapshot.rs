//! A value that readers never wait for.
