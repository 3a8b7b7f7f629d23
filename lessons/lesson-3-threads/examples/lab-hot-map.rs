//! A step of a counter by name, in three designs: alone, while another thread counts the same names, and the same with nothing
//! else to do between two steps.

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};
use std::hint::black_box;
use std::sync::{Mutex, PoisonError};

use witness::lab::{Column, Table, parameter, progress};
use witness::race::both_again_and_again;

const ROUNDS: usize = 15;
const NAMES: [&str; 8] =
    ["accounts", "agents", "brands", "carriers", "customers", "orders", "partners", "shops"];

type Counts = HashMap<Box<str>, u64>;

/// A map behind a lock, in lines of its own.
#[derive(Default)]
#[repr(align(128))]
struct Shard(Mutex<Counts>);

impl Shard {
    fn add(&self, name: &str) {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match counts.get_mut(name) {
            Some(count) => *count += 1,
            None => drop(counts.insert(name.into(), 1)),
        }
    }
}

/// Nanoseconds for a step of the second thread: the median of some rounds, in which the first one, too, takes so many.
fn step(steps: [u64; 2], add: &(dyn Fn(usize, &str) + Sync), work: fn()) -> f64 {
    let count = |thread: usize| {
        for step in 0..steps[thread] as usize {
            add(thread, NAMES[(step + 3 * thread) % NAMES.len()]);
            work();
        }
    };
    let mut rounds = Vec::new();
    both_again_and_again(
        || count(0),
        || count(1),
        |both| rounds.extend((0..ROUNDS).map(|_| both().as_nanos())),
    );
    rounds.sort_unstable();
    rounds[ROUNDS / 2] as f64 / steps[1] as f64
}

/// Some 80 ns of a thread's other work.
fn work() {
    black_box((0..200_u64).fold(1, |number: u64, _| black_box(number.wrapping_mul(3))));
}

fn nothing() {}

fn main() {
    let steps = parameter("steps");
    let column = |key, title| Column { key, title, unit: "ns", digits: 0 };
    let mut table = Table::new(vec![
        column("alone", "one thread alone"),
        column("two", "two threads"),
        column("tight", "two, without other work"),
    ]);
    let locked = Shard::default();
    let shards: Vec<_> = (0..64).map(|_| Shard::default()).collect();
    let hasher = RandomState::new();
    let own = [Shard::default(), Shard::default()];
    let by_name = |_, name: &str| shards[hasher.hash_one(name) as usize % shards.len()].add(name);
    let mut row = |done, key, title, add: &(dyn Fn(usize, &str) + Sync), tight| {
        progress(done, 4);
        let alone = step([0, steps], add, work);
        let two = step([steps; 2], add, work);
        let tight = Some(nothing).filter(|_| tight).map(|nothing| step([steps; 2], add, nothing));
        table.row(key, title, &[Some(alone), Some(two), tight]);
    };
    row(0, "work", "the other work, and no counting", &|_, _| (), false);
    row(1, "lock", "one map, one lock", &|_, name| locked.add(name), true);
    row(2, "name", "64 shards, by name", &by_name, true);
    row(3, "thread", "a shard for each thread", &|thread, name| own[thread].add(name), true);
    progress(4, 4);
    table.note("A step with its other work; the median of fifteen rounds.");
    table.print();
}
