//! Two threads count, each in a counter of its own. What one step costs depends on where the counters lie.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;

use witness::lab::{Column, Table, parameter, progress};
use witness::race::both_at_once;

const ROUNDS: usize = 5;

/// Two counters side by side: in one cache line.
#[derive(Default)]
#[repr(align(128))]
struct SideBySide([AtomicU64; 2]);

/// A counter with room around it. 128 bytes are two lines, which processors fetch together.
#[derive(Default)]
#[repr(align(128))]
struct Padded(AtomicU64);

fn main() {
    let steps = parameter("steps");
    let mut table =
        Table::new(vec![Column { key: "time", title: "a step", unit: "ns", digits: 2 }]);
    let mut row = |done, key, title, times: u64, measure: &dyn Fn() -> Duration| {
        progress(done, 4);
        let mut rounds: Vec<_> = (0..ROUNDS).map(|_| measure()).collect();
        rounds.sort_unstable();
        let median = rounds[ROUNDS / 2].as_nanos() as f64;
        table.row(key, title, &[Some(median / times as f64)]);
    };
    let beside = SideBySide::default();
    let padded = [Padded::default(), Padded::default()];
    row(0, "alone", "one thread alone", steps, &|| {
        both_at_once(|| (), || count(&padded[0].0, steps))
    });
    row(1, "apart", "two threads, counters 128 bytes apart", steps, &|| {
        both_at_once(|| count(&padded[0].0, steps), || count(&padded[1].0, steps))
    });
    row(2, "beside", "two threads, counters side by side", steps, &|| {
        both_at_once(|| count(&beside.0[0], steps), || count(&beside.0[1], steps))
    });
    row(3, "same", "two threads, the same counter", steps, &|| {
        both_at_once(|| count(&padded[0].0, steps), || count(&padded[0].0, steps))
    });
    progress(4, 4);
    table
        .note("Steps of each thread, while the other one does as many; the median of five rounds.");
    table.print();
}

fn count(counter: &AtomicU64, steps: u64) {
    for _ in 0..steps {
        counter.fetch_add(1, Relaxed);
    }
}
