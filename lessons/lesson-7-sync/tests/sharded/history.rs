//! Linearizability (Herlihy and Wing, 1990): what each thread was told must fit into one order of all operations, in which
//! each lies between its call and its return, and which a plain map could have gone through.

use std::collections::HashMap;
use std::sync::Barrier;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering::SeqCst;
use std::thread;

use sync::sharded::Sharded;

/// How many histories are looked at.
const HISTORIES: u64 = 300;

/// How many operations each of the two threads does in one.
const OPERATIONS: usize = 5;

#[derive(Debug, Clone, Copy)]
enum Operation {
    Get,
    Insert(u64),
    Remove,
    /// Adds to what is there, and tells what was.
    Add(u64),
}

/// An operation, what it was told, and when it was called and returned.
#[derive(Debug, Clone, Copy)]
struct Event {
    operation: Operation,
    key: u8,
    told: Option<u64>,
    called: usize,
    returned: usize,
}

/// A small generator, so that each history can be run again.
fn next(seed: &mut u64) -> u64 {
    *seed ^= *seed << 13;
    *seed ^= *seed >> 7;
    *seed ^= *seed << 17;
    *seed
}

fn operations(number: u64) -> Vec<(Operation, u8)> {
    let mut seed = number.wrapping_mul(0x9E37_79B9_7F4A_7C15);
    let operation = |seed: &mut u64| {
        let value = next(seed) % 100;
        let operation = match next(seed) % 8 {
            0 | 1 => Operation::Get,
            2 => Operation::Insert(value),
            3 => Operation::Remove,
            _ => Operation::Add(value),
        };
        (operation, (next(seed) % 2) as u8)
    };
    (0..OPERATIONS).map(|_| operation(&mut seed)).collect()
}

fn run(
    map: &Sharded<u8, u64>,
    clock: &AtomicUsize,
    operations: Vec<(Operation, u8)>,
) -> Vec<Event> {
    let event = |(operation, key)| {
        let called = clock.fetch_add(1, SeqCst);
        let told = match operation {
            Operation::Get => map.get(&key),
            Operation::Insert(value) => map.insert(key, value),
            Operation::Remove => map.remove(&key),
            Operation::Add(value) => {
                let mut told = None;
                map.update(key, |before| {
                    told = before;
                    // Long enough for others to come in between, if they can.
                    thread::yield_now();
                    Some(before.unwrap_or(0) + value)
                });
                told
            }
        };
        Event { operation, key, told, called, returned: clock.fetch_add(1, SeqCst) }
    };
    operations.into_iter().map(event).collect()
}

/// Whether the rest of the events has an order that fits, behind what is in `map`.
fn has_order(rest: [&[Event]; 2], map: &HashMap<u8, u64>) -> bool {
    if rest.iter().all(|events| events.is_empty()) {
        return true;
    }
    (0..2).any(|thread| {
        let Some((event, later)) = rest[thread].split_first() else { return false };
        // Not before one of the other thread that had returned when this one was called.
        if rest[1 - thread].first().is_some_and(|other| other.returned < event.called) {
            return false;
        }
        let mut map = map.clone();
        let told = match event.operation {
            Operation::Get => map.get(&event.key).copied(),
            Operation::Insert(value) => map.insert(event.key, value),
            Operation::Remove => map.remove(&event.key),
            Operation::Add(value) => {
                let before = map.get(&event.key).copied();
                map.insert(event.key, before.unwrap_or(0) + value);
                before
            }
        };
        let rest = if thread == 0 { [later, rest[1]] } else { [rest[0], later] };
        told == event.told && has_order(rest, &map)
    })
}

/// A line for each operation of both threads, in the order in which they were called.
fn told(histories: &[Vec<Event>; 2]) -> String {
    let mut lines: Vec<_> = histories
        .iter()
        .zip(["A", "B"])
        .flat_map(|(events, thread)| events.iter().map(move |event| (event, thread)))
        .collect();
    lines.sort_by_key(|(event, _)| event.called);
    let line = |(event, thread): (&Event, &str)| {
        let Event { operation, key, told, called, returned } = event;
        let told = told.map_or("nothing".into(), |told| told.to_string());
        format!(
            "  {called:2} to {returned:2}  {thread}: {operation:?} at key {key}: {told} was there"
        )
    };
    lines.into_iter().map(line).collect::<Vec<_>>().join("\n")
}

#[test]
fn what_two_threads_are_told_has_an_order() {
    for seed in 1..=HISTORIES {
        let map = Sharded::new(2);
        let (clock, ready) = (AtomicUsize::new(0), Barrier::new(2));
        let run = |seed| {
            let operations = operations(seed);
            ready.wait();
            run(&map, &clock, operations)
        };
        let histories = thread::scope(|scope| {
            let other = scope.spawn(|| run(seed * 2));
            [run(seed * 2 + 1), other.join().expect("no panic")]
        });
        assert!(
            has_order([&histories[0], &histories[1]], &HashMap::new()),
            "no order of these operations makes a map answer like this:\n{}",
            told(&histories)
        );
    }
}
