//! Each unlock asks the kernel to wake somebody.
//!
//! Rejected by: the benchmark
//!
//! Mostly nobody sleeps, and a system call costs more than the whole turn. The word says whether anybody might: what the
//! `swap` returns is `AWAITED`, or there is nobody to wake.
// ANCHOR: unlock
self.lock.state.word().swap(FREE, Release);
self.lock.state.wake_one();
// ANCHOR_END: unlock
