//! Threads that take buffers, write into them, and let others give them back.

use std::io::Write as _;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, mpsc};
use std::thread;

use memory::buffers::Buffers;
use witness::rendezvous::{Rendezvous, WAIT_MAX};

const WRITERS: usize = 3;
const ROUNDS: usize = 300;
const COUNT_MAX: usize = 4;

#[test]
fn threads_have_each_buffer_alone_and_never_too_many() {
    let (buffers, out) = (Buffers::new(64, COUNT_MAX), Arc::new(AtomicUsize::new(0)));
    let (give, given) = mpsc::channel();
    let together = Rendezvous::of(WRITERS);
    for writer in 0..WRITERS {
        let (buffers, out) = (buffers.clone(), Arc::clone(&out));
        let (give, together) = (give.clone(), together.clone());
        thread::spawn(move || {
            together.meet().expect("all begin");
            for round in 0..ROUNDS {
                let mut buffer = loop {
                    match buffers.take() {
                        Some(buffer) => break buffer,
                        None => thread::yield_now(),
                    }
                };
                assert!(out.fetch_add(1, SeqCst) < COUNT_MAX, "more are out than there may be");
                assert_eq!(buffer.len(), 0);
                let stamp = (writer * ROUNDS + round).to_le_bytes();
                buffer.write_all(&stamp.repeat(8)).expect("there is room");
                thread::yield_now();
                give.send((stamp, buffer)).expect("the test reads");
            }
        });
    }
    for _ in 0..WRITERS * ROUNDS {
        let (stamp, buffer) = given.recv_timeout(WAIT_MAX).expect("the writers go on");
        assert_eq!(*buffer, *stamp.repeat(8), "nobody else wrote into it");
        out.fetch_sub(1, SeqCst);
        drop(buffer);
    }
    assert_eq!(buffers.out(), 0);
    assert!((1..=COUNT_MAX).contains(&buffers.idle()));
}
