//! Races that can be seen: two threads, each on a processor of its own, store and load at the same time. How often is a store
//! overtaken by a load, and how many additions are lost?

use std::error::Error;
use std::hint::spin_loop;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering::{self, AcqRel, Acquire, Relaxed, Release, SeqCst};
use std::thread::yield_now;
use std::time::Duration;

use witness::lab::{Column, Table, parameter, progress};
use witness::race::both_at_once;

/// How many pairs of words the threads go through in a round, side by side.
const PAIRS: usize = 10_000;
/// After so many they wait for each other, or one of them would soon be far ahead.
const TOGETHER: usize = 20;

/// Two words, in cache lines of their own.
#[repr(align(128))]
#[derive(Default)]
struct Apart(AtomicU64);

#[derive(Default)]
struct Pair {
    /// What each thread stores, and the other one loads.
    words: [Apart; 2],
    /// What each thread has loaded.
    seen: [Apart; 2],
}

fn main() -> Result<(), Box<dyn Error>> {
    let rounds = parameter("rounds") as usize;
    let mut table = Table::new(vec![
        Column { key: "million", title: "of a million", unit: "", digits: 0 },
        Column { key: "each", title: "time for each", unit: "ns", digits: 1 },
    ]);
    progress(0, 5);
    let orderings = [
        ("relaxed", "both loads miss both stores, all Relaxed", [Relaxed, Relaxed]),
        ("acquire", "the same with Release and Acquire", [Release, Acquire]),
        ("seqcst", "the same with SeqCst", [SeqCst, SeqCst]),
    ];
    for (done, (key, title, orderings)) in orderings.into_iter().enumerate() {
        let (missed, time) = store_and_load(rounds, orderings);
        table.row(key, title, &of_a_million(missed, rounds * PAIRS, time).map(Some));
        progress(done + 1, 5);
    }
    let additions = rounds * PAIRS;
    let count = Apart::default();
    let time = twice(|| {
        for _ in 0..additions {
            count.0.store(count.0.load(Relaxed) + 1, Relaxed);
        }
    });
    let lost = 2 * additions as u64 - count.0.load(Relaxed);
    let row = of_a_million(lost, 2 * additions, time);
    table.row("lost", "additions that are lost, with load and store", &row.map(Some));
    progress(4, 5);
    let count = Apart::default();
    let time = twice(|| {
        for _ in 0..additions {
            count.0.fetch_add(1, AcqRel);
        }
    });
    let lost = 2 * additions as u64 - count.0.load(Relaxed);
    let row = of_a_million(lost, 2 * additions, time);
    table.row("added", "additions that are lost, with fetch_add", &row.map(Some));
    progress(5, 5);
    table.note("How often depends on how well the two threads run side by side. That SeqCst and fetch_add have 0 does not.");
    table.print();
    Ok(())
}

/// Each thread stores 1 into its word of a pair, and loads the other's. How often have both loaded 0?
fn store_and_load(rounds: usize, [store, load]: [Ordering; 2]) -> (u64, Duration) {
    let pairs: Vec<Pair> = (0..PAIRS).map(|_| Pair::default()).collect();
    let (mut missed, mut time) = (0, Duration::ZERO);
    for _ in 0..rounds {
        let arrived = Apart::default();
        let thread = |own: usize| {
            for (number, pair) in pairs.iter().enumerate() {
                if number % TOGETHER == 0 {
                    meet(&arrived);
                }
                pair.words[own].0.store(1, store);
                let seen = pair.words[1 - own].0.load(load);
                pair.seen[own].0.store(seen, Relaxed);
            }
        };
        time += both_at_once(|| thread(0), || thread(1));
        for pair in &pairs {
            let both = pair.seen.iter().all(|seen| seen.0.swap(1, Relaxed) == 0);
            missed += u64::from(both);
            pair.words.iter().for_each(|word| word.0.store(0, Relaxed));
        }
    }
    (missed, time)
}

/// Waits until the other thread is there, too.
fn meet(arrived: &Apart) {
    const SPINS: u32 = 10_000;
    let both = (arrived.0.fetch_add(1, AcqRel) / 2 + 1) * 2;
    let mut spins = 0;
    while arrived.0.load(Acquire) < both {
        spins += 1;
        if spins < SPINS { spin_loop() } else { yield_now() }
    }
}

fn twice(work: impl Fn() + Sync) -> Duration {
    both_at_once(&work, &work)
}

fn of_a_million(count: u64, of: usize, time: Duration) -> [f64; 2] {
    [count as f64 * 1e6 / of as f64, time.as_secs_f64() * 1e9 / of as f64]
}
