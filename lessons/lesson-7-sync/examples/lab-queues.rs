//! Queues with a bound, side by side: on one thread, and from one thread to another one.

use std::collections::VecDeque;
use std::error::Error;
use std::hint::{black_box, spin_loop};
use std::sync::Mutex;
use std::sync::mpsc::sync_channel;
use std::time::{Duration, Instant};

use crossbeam_queue::ArrayQueue;
use sync::ring::ring;
use witness::lab::{Column, Table, parameter, progress};
use witness::race::both_at_once;

const PLACES: usize = 4096;
/// Some microseconds.
const PAUSE: usize = 256;

/// Whether there was room.
type Push<'a> = &'a mut (dyn FnMut(u64) -> bool + Send);
type Pop<'a> = &'a mut dyn FnMut() -> Option<u64>;

fn main() -> Result<(), Box<dyn Error>> {
    let items = parameter("items");
    let column = |key, title| Column { key, title, unit: "ns", digits: 1 };
    let mut table = Table::new(vec![
        column("alone", "in and out, one thread"),
        column("across", "from thread to thread"),
    ]);
    let mut row = |done, key, title, push: Push<'_>, pop: Pop<'_>| {
        progress(done, 4);
        let [alone, across] = [alone(items, push, pop), across(items, push, pop)]
            .map(|time| Some(time.as_secs_f64() * 1e9 / items as f64));
        table.row(key, title, &[alone, across]);
    };
    let (mut producer, mut consumer) = ring(PLACES);
    row(0, "ours", "yours", &mut |item| producer.push(item).is_ok(), &mut || consumer.pop());
    let many = ArrayQueue::new(PLACES);
    row(1, "crossbeam", "crossbeam's ArrayQueue", &mut |item| many.push(item).is_ok(), &mut || {
        many.pop()
    });
    let (sender, receiver) = sync_channel(PLACES);
    row(
        2,
        "std",
        "std::sync::mpsc::sync_channel",
        &mut |item| sender.try_send(item).is_ok(),
        &mut || receiver.try_recv().ok(),
    );
    let locked = Mutex::new(VecDeque::with_capacity(PLACES));
    let locked = || locked.lock().expect("nobody panics");
    let push = |item| {
        let mut queue = locked();
        let has_room = queue.len() < PLACES;
        if has_room {
            queue.push_back(item);
        }
        has_room
    };
    row(3, "locked", "a VecDeque behind a lock", &mut { push }, &mut || locked().pop_front());
    progress(4, 4);
    table.note(
        "The time for one item. Whoever finds the queue empty waits some microseconds, as long as to be woken takes. All but yours \
         let any number of threads put in, and two of them let any number take out, too.",
    );
    table.print();
    Ok(())
}

/// Each item goes in and comes out again.
fn alone(items: u64, push: Push<'_>, pop: Pop<'_>) -> Duration {
    let begin = Instant::now();
    for number in 0..items {
        assert!(push(black_box(number)), "there is room");
        assert_eq!(pop(), Some(number));
    }
    begin.elapsed()
}

/// One thread puts in, another one takes out.
fn across(items: u64, push: Push<'_>, pop: Pop<'_>) -> Duration {
    let put_in = || {
        for number in 0..items {
            while !push(number) {
                spin_loop();
            }
        }
    };
    let take_out = || {
        for number in 0..items {
            let item = loop {
                match pop() {
                    Some(item) => break item,
                    None => (0..PAUSE).for_each(|_| spin_loop()),
                }
            };
            assert_eq!(item, number);
        }
    };
    both_at_once(put_in, take_out)
}
