//! What it costs to count one latency: behind a lock, in a histogram that several write, and in one of one's own. Two threads
//! do it at the same time, each on a processor of its own where there are two.

use std::time::Duration;

use processes::shared::{Histogram, Region};
use solution::naive::shared::Latencies;
use witness::lab::{Column, Table, parameter, progress};
use witness::race::both_at_once;

const ROUNDS: usize = 5;
/// Latencies as a server sees them: many are alike.
const LATENCIES: [Duration; 8] = [
    Duration::from_micros(80),
    Duration::from_micros(85),
    Duration::from_micros(90),
    Duration::from_micros(120),
    Duration::from_micros(83),
    Duration::from_micros(95),
    Duration::from_millis(2),
    Duration::from_micros(81),
];

fn main() -> std::io::Result<()> {
    let times = parameter("times");
    let mut table = Table::new(vec![
        Column { key: "time", title: "each", unit: "ns", digits: 1 },
        Column { key: "times", title: "as much as in one's own", unit: "×", digits: 1 },
    ]);
    let locked = Latencies::default();
    let shared = [Region::<Histogram>::create("lab")?, Region::<Histogram>::create("lab")?];
    let each = |count: &(dyn Fn(Duration) + Sync), other: &(dyn Fn(Duration) + Sync)| {
        let all = |count: &(dyn Fn(Duration) + Sync)| {
            (0..times).for_each(|number| count(LATENCIES[number as usize % LATENCIES.len()]));
        };
        let rounds = (0..ROUNDS).map(|_| both_at_once(|| all(count), || all(other)));
        let best = rounds.min().expect("there are rounds");
        best.as_nanos() as f64 / times as f64
    };
    let lock = |latency| locked.record(latency);
    let one = |latency| shared[0].record(latency);
    let other = |latency| shared[1].record(latency);
    progress(0, 3);
    let with_a_lock = each(&lock, &lock);
    progress(1, 3);
    let in_one = each(&one, &one);
    progress(2, 3);
    let in_own = each(&one, &other);
    progress(3, 3);
    let rows = [
        ("lock", "a map behind a lock", with_a_lock),
        ("one", "one histogram", in_one),
        ("own", "a histogram each", in_own),
    ];
    for (key, title, time) in rows {
        table.row(key, title, &[Some(time), Some(time / in_own)]);
    }
    table
        .note("Each of the two threads, while the other one counts, too; the best of five rounds.");
    table.print();
    Ok(())
}
