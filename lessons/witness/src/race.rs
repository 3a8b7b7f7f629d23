//! The time of two threads that work at once, for benchmarks.

use std::sync::Barrier;
use std::thread;
use std::time::{Duration, Instant};

/// How long two threads take that begin together; starting them is not timed.
///
/// # Panics
///
/// When one of them does.
pub fn both_at_once(one: impl FnOnce() + Send, other: impl FnOnce()) -> Duration {
    let ready = Barrier::new(2);
    thread::scope(|scope| {
        let thread = scope.spawn(|| {
            ready.wait();
            one();
        });
        ready.wait();
        let begin = Instant::now();
        other();
        thread.join().expect("it asserts nothing that does not hold");
        begin.elapsed()
    })
}
