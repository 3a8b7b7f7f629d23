//! The time of two threads that work at once, for benchmarks.
//!
//! Each is kept on a processor of its own, where there are two: on one, two threads would take turns and never meet.

use std::sync::Barrier;
use std::sync::mpsc::sync_channel;
use std::thread;
use std::time::{Duration, Instant};

use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};

/// How long two threads take that begin together; starting them is not timed.
///
/// # Panics
///
/// When one of them does.
pub fn both_at_once(one: impl FnOnce() + Send, other: impl FnOnce()) -> Duration {
    let ready = Barrier::new(2);
    let allowed = sched_getaffinity(None).ok();
    let time = thread::scope(|scope| {
        let thread = scope.spawn(|| {
            keep_to(allowed.as_ref(), 1);
            ready.wait();
            one();
        });
        keep_to(allowed.as_ref(), 0);
        ready.wait();
        let begin = Instant::now();
        other();
        thread.join().expect("it asserts nothing that does not hold");
        begin.elapsed()
    });
    if let Some(allowed) = allowed {
        let _ = sched_setaffinity(None, &allowed);
    }
    time
}

/// Calls `measure` with what lets both work at once, as often as it is called, and tells how long they took. It is the same two
/// threads each time, so what they keep in thread-local variables stays theirs.
///
/// # Panics
///
/// When one of them does.
pub fn both_again_and_again(
    one: impl Fn() + Send,
    other: impl Fn(),
    measure: impl FnOnce(&dyn Fn() -> Duration),
) {
    let (begin, begun) = sync_channel(0);
    let (end, ended) = sync_channel(0);
    let allowed = sched_getaffinity(None).ok();
    thread::scope(|scope| {
        let processors = allowed.as_ref();
        scope.spawn(move || {
            keep_to(processors, 1);
            for () in begun {
                one();
                // Nobody waits for it where the other one has panicked.
                let _ = end.send(());
            }
        });
        keep_to(processors, 0);
        measure(&|| {
            begin.send(()).expect("the thread works as long as it is told to");
            let beginning = Instant::now();
            other();
            ended.recv().expect("it asserts nothing that does not hold");
            beginning.elapsed()
        });
        drop(begin);
    });
    if let Some(allowed) = allowed {
        let _ = sched_setaffinity(None, &allowed);
    }
}

/// Keeps the calling thread to one of the processors, if there are several. Where that is not possible, nothing is changed.
fn keep_to(allowed: Option<&CpuSet>, which: usize) {
    let Some(allowed) = allowed else { return };
    let mut processors = (0..CpuSet::MAX_CPU).filter(|&processor| allowed.is_set(processor));
    if let Some(processor) = processors.nth(which) {
        let mut one = CpuSet::new();
        one.set(processor);
        let _ = sched_setaffinity(None, &one);
    }
}
