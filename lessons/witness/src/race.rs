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
    let processors = Processors::of_this_thread();
    thread::scope(|scope| {
        let thread = scope.spawn(|| {
            processors.keep_to(1);
            ready.wait();
            one();
        });
        processors.keep_to(0);
        ready.wait();
        let begin = Instant::now();
        other();
        thread.join().expect("it asserts nothing that does not hold");
        begin.elapsed()
    })
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
    let processors = &Processors::of_this_thread();
    thread::scope(|scope| {
        // Dropped when the other one panics: then `end` finds nobody, and the thread ends, too.
        let (begin, ended) = (begin, ended);
        scope.spawn(move || {
            processors.keep_to(1);
            for () in begun {
                one();
                let _ = end.send(());
            }
        });
        processors.keep_to(0);
        measure(&|| {
            begin.send(()).expect("the thread works as long as it is told to");
            let beginning = Instant::now();
            other();
            ended.recv().expect("it asserts nothing that does not hold");
            beginning.elapsed()
        });
    });
}

/// The processors that a thread may use; it may use all of them again when this is dropped. Where the kernel does not tell,
/// nothing is changed.
struct Processors(Option<CpuSet>);

impl Processors {
    fn of_this_thread() -> Self {
        Self(sched_getaffinity(None).ok())
    }

    /// Keeps the calling thread to one of them, if there are several.
    fn keep_to(&self, which: usize) {
        let Some(allowed) = &self.0 else { return };
        let mut processors = (0..CpuSet::MAX_CPU).filter(|&processor| allowed.is_set(processor));
        if let Some(processor) = processors.nth(which) {
            let mut one = CpuSet::new();
            one.set(processor);
            let _ = sched_setaffinity(None, &one);
        }
    }
}

impl Drop for Processors {
    fn drop(&mut self) {
        if let Some(allowed) = &self.0 {
            let _ = sched_setaffinity(None, allowed);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::panic::{AssertUnwindSafe, catch_unwind};

    use super::*;

    #[test]
    fn a_panic_of_either_side_is_the_callers() {
        let panics = || panic!("not me");
        let nothing = || ();
        let once = |measured: &dyn Fn() -> Duration| assert!(!measured().is_zero());
        let before = sched_getaffinity(None).expect("the kernel tells");
        let caught: [_; 4] = [
            catch_unwind(AssertUnwindSafe(|| both_again_and_again(nothing, panics, once))).is_err(),
            catch_unwind(AssertUnwindSafe(|| both_again_and_again(panics, nothing, once))).is_err(),
            catch_unwind(AssertUnwindSafe(|| both_at_once(nothing, panics))).is_err(),
            catch_unwind(AssertUnwindSafe(|| both_at_once(panics, nothing))).is_err(),
        ];
        assert_eq!(caught, [true; 4]);
        assert_eq!(sched_getaffinity(None).expect("the kernel tells"), before);
    }
}
