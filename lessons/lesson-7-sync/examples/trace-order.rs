//! Two threads, each of which stores to one word and then loads the other: the first time that both loads have missed both
//! stores, which no order of the four explains. Then the same with SeqCst, where it never happens; and a message that is
//! handed over with Release and Acquire.

use std::error::Error;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering::{self, Acquire, Relaxed, Release, SeqCst};

use witness::race::both_at_once;
use witness::trace::{Recorder, program};

/// How many pairs of words the threads go through side by side, and how often.
const PAIRS: usize = 10_000;
const ROUNDS: usize = 200;

/// In cache lines of its own.
#[repr(align(128))]
#[derive(Default)]
struct Apart(AtomicU64);

#[derive(Default)]
struct Pair {
    words: [Apart; 2],
    seen: [Apart; 2],
}

fn main() -> Result<(), Box<dyn Error>> {
    let trace = Recorder::new(&[program("A"), program("memory"), program("B")], &[]);
    let relaxed = until_both_miss(Relaxed, Relaxed);
    if relaxed.is_none() {
        return Err(
            "in two million tries it did not happen (do two processors belong to this program?)"
                .into(),
        );
    }
    let says = |lane, kind, text: &str| trace.event(lane, kind).to("memory").says(text);
    says("A", "store", "x = 1, Relaxed");
    says("B", "store", "y = 1, Relaxed");
    says("A", "load", "y is 0");
    says("B", "load", "x is 0");
    let text = "each load came before the other's store: both stores were still on their way";
    trace.event("memory", "impossible").bad().says(text);

    let ordered = until_both_miss(SeqCst, SeqCst);
    says("A", "store", "x = 1, SeqCst");
    says("B", "store", "y = 1, SeqCst");
    let text = format!("in {} tries, never did both loads see 0", ROUNDS * PAIRS);
    match ordered {
        None => trace.event("memory", "ordered").says(text),
        Some(_) => trace.event("memory", "broken").bad().says("both loads saw 0"),
    }

    let stale = hand_over();
    says("A", "store", "the message, Relaxed");
    says("A", "publish", "ready = 1, Release: nothing before it may come after it");
    trace.event("memory", "pair").to("B").says("B loads ready with Acquire, and sees 1");
    trace
        .event("B", "load")
        .says(format!("so it sees the message: {stale} of {PAIRS} times it did not"));
    Ok(trace.print()?)
}

/// In which round both loads missed both stores.
fn until_both_miss(store: Ordering, load: Ordering) -> Option<usize> {
    (0..ROUNDS).find(|_| {
        let pairs: Vec<Pair> = (0..PAIRS).map(|_| Pair::default()).collect();
        let thread = |own: usize| {
            for pair in &pairs {
                pair.words[own].0.store(1, store);
                let seen = pair.words[1 - own].0.load(load);
                pair.seen[own].0.store(seen, Relaxed);
            }
        };
        both_at_once(|| thread(0), || thread(1));
        pairs.iter().any(|pair| pair.seen.iter().all(|seen| seen.0.load(Relaxed) == 0))
    })
}

/// How often whoever sees that it is ready does not see the message.
fn hand_over() -> usize {
    let pairs: Vec<Pair> = (0..PAIRS).map(|_| Pair::default()).collect();
    let (write, read) = (
        || {
            for pair in &pairs {
                pair.words[0].0.store(7, Relaxed);
                pair.words[1].0.store(1, Release);
            }
        },
        || {
            for pair in &pairs {
                while pair.words[1].0.load(Acquire) == 0 {
                    std::hint::spin_loop();
                }
                pair.seen[0].0.store(pair.words[0].0.load(Relaxed), Relaxed);
            }
        },
    );
    both_at_once(write, read);
    pairs.iter().filter(|pair| pair.seen[0].0.load(Relaxed) != 7).count()
}
