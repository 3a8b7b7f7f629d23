//! Two threads that count, each in a counter of its own, nearer and nearer: what a step costs.

use std::io;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;

use witness::race::both_at_once;
use witness::trace::{Gauge, Recorder, program};

const STEPS: u64 = 1_000_000;
const ROUNDS: usize = 5;

/// So many that two of them can be 128 bytes apart.
#[repr(align(128))]
struct Counters([AtomicU64; 32]);

fn main() -> io::Result<()> {
    let trace = Recorder::new(
        &[program("thread 1"), program("thread 2")],
        &[Gauge { key: "step", title: "a step", unit: "tenths of ns", max: 500 }],
    );
    let counters = Counters([const { AtomicU64::new(0) }; 32]);
    let first = &counters.0[0];
    let alone = median(|| both_at_once(|| (), || count(first)));
    told(&trace, "alone", None, "alone", alone);
    for (kind, distance) in [("far", 128), ("two-lines", 64), ("one-line", 8)] {
        let second = &counters.0[distance / 8];
        let time = median(|| both_at_once(|| count(first), || count(second)));
        told(&trace, kind, Some("thread 2"), &format!("{distance} bytes apart"), time);
    }
    let time = median(|| both_at_once(|| count(first), || count(first)));
    told(&trace, "same", Some("thread 2"), "the same counter", time);
    trace.print()
}

fn told(
    trace: &Recorder,
    kind: &'static str,
    to: Option<&'static str>,
    says: &str,
    time: Duration,
) {
    let tenths = time.as_nanos() as u64 * 10 / STEPS;
    let event = trace.event("thread 1", kind);
    let event = if let Some(to) = to { event.to(to) } else { event };
    let (whole, tenth) = (tenths / 10, tenths % 10);
    event.gauge("step", tenths).says(format!("{says}: {whole}.{tenth} ns a step"));
}

fn median(measure: impl Fn() -> Duration) -> Duration {
    let mut times: Vec<_> = (0..ROUNDS).map(|_| measure()).collect();
    times.sort_unstable();
    times[ROUNDS / 2]
}

fn count(counter: &AtomicU64) {
    for _ in 0..STEPS {
        counter.fetch_add(1, Relaxed);
    }
}
