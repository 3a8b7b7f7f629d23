//! Work for another thread, given up when nobody waits for it.
