//! Goal: there are never more buffers than the bound; each comes back, from any thread and whatever happens; a pool
//! that is warm allocates nothing; and a buffer never shows what was in it before.
//!
//! Method: allocations are counted, and memory is known by its address. Real files are read in `fill`, real threads
//! hand buffers to each other in `threads`; `meanwhile` stops in the middle of an allocation. `buffers_loom` tries every
//! order of events of two threads.
//! Not proven: that memory which is trimmed, or of a pool that has gone, is freed; and that a read which a signal
//! interrupts is tried again.

#[path = "buffers/fill.rs"]
mod fill;
#[path = "buffers/meanwhile.rs"]
mod meanwhile;
#[path = "buffers/threads.rs"]
mod threads;

use std::io::{ErrorKind, Write};
use std::panic::catch_unwind;
use std::thread;

use memory::buffers::{Buffer, Buffers};
use witness::allocations::counted;

#[global_allocator]
static ALLOCATOR: meanwhile::PausingAllocator = meanwhile::PausingAllocator;

/// What another client sent.
const SECRET: &[u8] = b"secret";

fn taken(buffers: &Buffers) -> Buffer {
    buffers.take().expect("one is left")
}

#[test]
fn a_buffer_begins_empty_and_shows_what_was_written() {
    let mut buffer = taken(&Buffers::new(16, 1));
    assert_eq!((buffer.len(), buffer.room()), (0, 16));
    buffer.write_all(b"Ada").expect("there is room");
    buffer.write_all(b" Lovelace").expect("there is room");
    assert_eq!((&*buffer, buffer.room()), (&b"Ada Lovelace"[..], 4));
    buffer.clear();
    assert_eq!((buffer.len(), buffer.room()), (0, 16));
}

#[test]
fn a_buffer_takes_what_there_is_room_for_and_no_more() {
    let mut buffer = taken(&Buffers::new(4, 1));
    assert_eq!(buffer.write(b"Ada ").ok(), Some(4));
    assert_eq!(buffer.write(b"Lovelace").ok(), Some(0), "it is full");
    buffer.clear();
    assert_eq!(buffer.write(b"Lovelace").ok(), Some(4));
    assert_eq!(&*buffer, b"Love");
    let error = buffer.write_all(b"lace").expect_err("it is full");
    assert_eq!(error.kind(), ErrorKind::WriteZero);
    assert_eq!(&*buffer, b"Love");
}

#[test]
fn there_are_no_more_than_the_bound() {
    let buffers = Buffers::new(16, 3);
    let mut all: Vec<_> = (0..3).map(|_| taken(&buffers)).collect();
    assert!(buffers.take().is_none());
    assert_eq!((buffers.out(), buffers.idle()), (3, 0), "who gets none changes nothing");
    all.pop();
    assert_eq!((buffers.out(), buffers.idle()), (2, 1));
    all.push(taken(&buffers));
    assert!(buffers.take().is_none());
    drop(all);
    assert_eq!((buffers.out(), buffers.idle()), (0, 3));
    assert!(Buffers::new(16, 0).take().is_none());
}

#[test]
fn no_buffer_is_made_before_it_is_needed() {
    let (buffers, counts) = counted(|| Buffers::new(1 << 20, 100));
    assert!(counts.bytes < 1 << 20, "the list only");
    let (one, counts) = counted(|| taken(&buffers));
    assert_eq!((counts.allocations, counts.bytes), (1, 1 << 20));
    drop(one);
    let (_both, counts) = counted(|| (taken(&buffers), taken(&buffers)));
    assert_eq!((counts.allocations, counts.bytes), (1, 1 << 20), "one was there");
}

// ANCHOR: count
#[test]
fn a_warm_pool_allocates_nothing() {
    let buffers = Buffers::new(4096, 8);
    drop((0..8).map(|_| taken(&buffers)).collect::<Vec<_>>());
    let mut held = Vec::with_capacity(8);
    let ((), counts) = counted(|| {
        for round in 0..1000 {
            for _ in 0..=round % 8 {
                let mut buffer = taken(&buffers);
                buffer.write_all(SECRET).expect("there is room");
                held.push(buffer);
            }
            held.clear();
        }
    });
    assert_eq!(counts.allocations, 0);
}
// ANCHOR_END: count

#[test]
fn coming_back_allocates_nothing_even_when_all_do_at_once() {
    let buffers = Buffers::new(16, 100);
    let all: Vec<_> = (0..100).map(|_| taken(&buffers)).collect();
    let ((), counts) = counted(|| drop(all));
    assert_eq!((counts.allocations, buffers.idle()), (0, 100));
}

#[test]
fn the_last_to_come_back_is_the_first_to_be_taken() {
    let buffers = Buffers::new(16, 3);
    let [first, second, third] = [(); 3].map(|()| taken(&buffers));
    let addresses = [&first, &second, &third].map(|buffer| buffer.as_ptr());
    drop(second);
    drop(third);
    drop(first);
    let again = [(); 3].map(|()| taken(&buffers));
    let again = again.each_ref().map(|buffer| buffer.as_ptr());
    assert_eq!(again, [addresses[0], addresses[2], addresses[1]]);
}

#[test]
fn a_buffer_never_shows_what_was_in_it_before() {
    let buffers = Buffers::new(16, 1);
    let mut before = taken(&buffers);
    before.write_all(SECRET).expect("there is room");
    let address = before.as_ptr();
    drop(before);
    let mut buffer = taken(&buffers);
    assert_eq!(buffer.as_ptr(), address, "it is the same memory");
    assert_eq!(&*buffer, b"");
    buffer.write_all(b"Ad").expect("there is room");
    assert_eq!(buffer.as_ref(), b"Ad");
    buffer.clear();
    buffer.write_all(b"G").expect("there is room");
    assert_eq!(&*buffer, b"G", "nor what it had itself before it was cleared");
}

#[test]
fn what_is_printed_of_it_has_none_of_its_bytes() {
    let buffers = Buffers::new(16, 2);
    let mut idle = taken(&buffers);
    let mut buffer = taken(&buffers);
    buffer.write_all(SECRET).expect("there is room");
    idle.write_all(SECRET).expect("there is room");
    drop(idle);
    let byte = format!("{}", SECRET[0]);
    let printed = format!("{buffers:?} {buffer:?}");
    assert!(!printed.contains("secret") && !printed.contains(&byte), "{printed}");
}

#[test]
fn a_buffer_comes_back_from_any_thread() {
    let buffers = Buffers::new(16, 1);
    let mut buffer = taken(&buffers);
    buffer.write_all(b"Ada").expect("there is room");
    let sends = move || {
        assert_eq!(&*buffer, b"Ada");
        counted(|| drop(buffer)).1
    };
    let counts = thread::spawn(sends).join().expect("it does not panic");
    assert_eq!((counts.allocations, buffers.out(), buffers.idle()), (0, 0, 1));
    assert_eq!(taken(&buffers).len(), 0);
}

#[test]
fn a_buffer_comes_back_from_a_panic() {
    let buffers = Buffers::new(16, 1);
    let mut buffer = taken(&buffers);
    let unwound = catch_unwind(move || {
        buffer.write_all(SECRET).expect("there is room");
        panic!("the handler's own fault");
    });
    assert!(unwound.is_err());
    assert_eq!((buffers.out(), buffers.idle()), (0, 1));
    assert_eq!(&*taken(&buffers), b"");
}

#[test]
fn buffers_outlive_their_pool() {
    let buffers = Buffers::new(16, 2);
    let (mut first, second) = (taken(&buffers), taken(&buffers));
    drop(buffers);
    first.write_all(b"Ada").expect("there is room");
    drop(second);
    assert_eq!(&*first, b"Ada");
    thread::spawn(move || drop(first)).join().expect("it does not panic");
}

#[test]
fn clones_are_the_same_pool() {
    let buffers = Buffers::new(16, 1);
    let buffer = taken(&buffers.clone());
    assert!(buffers.take().is_none());
    drop(buffer);
    assert_eq!(buffers.idle(), 1);
}

#[test]
fn what_was_used_least_recently_is_trimmed() {
    let buffers = Buffers::new(1 << 20, 4);
    let all = [(); 4].map(|()| taken(&buffers));
    let hot = all[3].as_ptr();
    drop(all);
    buffers.trim(5);
    assert_eq!(buffers.idle(), 4, "it keeps what it may");
    buffers.trim(1);
    assert_eq!((buffers.out(), buffers.idle()), (0, 1));
    let (all, counts) = counted(|| [(); 4].map(|()| buffers.take()));
    let all = all.map(|buffer| buffer.expect("what was trimmed may be made again"));
    assert_eq!((counts.allocations, all[0].as_ptr()), (3, hot));
    assert!(buffers.take().is_none());
    let ((), counts) = counted(|| drop(all));
    assert_eq!(counts.allocations, 0, "there is still room in the list");
}

#[test]
fn a_buffer_can_own_bytes_for_others() {
    /// What `bytes::Bytes::from_owner` asks for.
    fn owner<T: AsRef<[u8]> + Send + 'static>(owner: T) -> Box<dyn AsRef<[u8]> + Send> {
        Box::new(owner)
    }
    let buffers = Buffers::new(16, 1);
    let mut buffer = taken(&buffers);
    buffer.write_all(b"Ada").expect("there is room");
    let owner = owner(buffer);
    assert_eq!((*owner).as_ref(), b"Ada");
    drop(owner);
    assert_eq!(buffers.idle(), 1);
}
