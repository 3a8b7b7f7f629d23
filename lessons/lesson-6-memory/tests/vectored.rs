//! Goal: what waits goes out whole and in order, in as few calls as possible, wherever a write ends; what has gone is
//! dropped at once; and no more waits than the bound.
//!
//! Method: a writer that takes as many bytes as the test says and counts its calls; random pieces and random writes; and
//! a real connection whose buffers are full again and again.
//! Not proven: what a call costs, which the benchmark times.

use std::collections::VecDeque;
use std::io::{self, ErrorKind, IoSlice, Read, Write};
use std::sync::Arc;
use std::thread;

use memory::vectored::Outbox;
use proptest::prelude::*;
use proptest::test_runner::Config;
use witness::allocations::{CountingAllocator, counted};
use witness::tcp;

#[global_allocator]
static ALLOCATOR: CountingAllocator = CountingAllocator;

const ROOM: usize = 1 << 20;

/// What a writer does with a call.
enum Call {
    /// It takes so many bytes, or all if there are fewer.
    Takes(usize),
    Fails(ErrorKind),
}

/// A writer with a plan. Behind its end it takes everything.
#[derive(Default)]
struct Writer {
    plan: VecDeque<Call>,
    taken: Vec<u8>,
    calls: usize,
}

impl Writer {
    fn that(plan: impl IntoIterator<Item = Call>) -> Self {
        Self { plan: plan.into_iter().collect(), ..Self::default() }
    }
}

impl Write for Writer {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.write_vectored(&[IoSlice::new(bytes)])
    }

    fn write_vectored(&mut self, slices: &[IoSlice<'_>]) -> io::Result<usize> {
        self.calls += 1;
        assert!(self.calls < 10_000, "10,000 calls, and still something waits");
        assert!(
            slices.len() <= 1024,
            "{} pieces in a call, and the kernel takes 1024",
            slices.len()
        );
        let room = match self.plan.pop_front() {
            Some(Call::Takes(bytes)) => bytes,
            Some(Call::Fails(kind)) => return Err(kind.into()),
            None => usize::MAX,
        };
        let all: Vec<u8> = slices.iter().flat_map(|slice| slice.iter().copied()).collect();
        let taken = &all[..room.min(all.len())];
        self.taken.extend(taken);
        Ok(taken.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn outbox<'a, const N: usize>(answers: impl IntoIterator<Item = [&'a str; N]>) -> Outbox<&'a str> {
    let mut outbox = Outbox::new(ROOM);
    for answer in answers {
        outbox.push(answer).expect("there is room");
    }
    outbox
}

#[test]
fn all_that_waits_goes_out_in_one_call() {
    let mut outbox = outbox([["head ", "body "], ["second ", "answer"]]);
    assert_eq!(outbox.left(), 23);
    let mut writer = Writer::default();
    outbox.send(&mut writer).expect("the writer takes all");
    assert_eq!(String::from_utf8_lossy(&writer.taken), "head body second answer");
    assert_eq!((writer.calls, outbox.left()), (1, 0), "calls, bytes left");
}

#[test]
fn nothing_is_written_when_nothing_waits() {
    let mut writer = Writer::default();
    let mut outbox = outbox([["head", "body"]]);
    outbox.send(&mut writer).expect("the writer takes all");
    outbox.send(&mut writer).expect("nothing waits");
    assert_eq!(writer.calls, 1);
}

#[test]
fn a_write_may_end_anywhere() {
    let text = "head body second answer";
    for end in 1..text.len() {
        let mut outbox = outbox([["head ", "body "], ["second ", "answer"]]);
        let mut writer = Writer::that([Call::Takes(end), Call::Fails(ErrorKind::WouldBlock)]);
        let error = outbox.send(&mut writer).expect_err("the socket is full");
        assert_eq!((error.kind(), outbox.left()), (ErrorKind::WouldBlock, text.len() - end));
        outbox.send(&mut writer).expect("there is room again");
        let taken = String::from_utf8_lossy(&writer.taken);
        assert_eq!(taken, text, "what came behind a write that took {end} bytes");
        assert_eq!(
            writer.calls, 3,
            "a call that ended after {end} bytes, one that failed, one for the rest"
        );
    }
}

#[test]
fn one_byte_at_a_time_arrives_in_order() {
    let mut outbox = outbox([["a", "bcd"], ["ef", "g"]]);
    let mut writer = Writer::that((0..7).map(|_| Call::Takes(1)));
    outbox.send(&mut writer).expect("the writer takes all");
    assert_eq!((&writer.taken[..], writer.calls), (&b"abcdefg"[..], 7));
}

#[test]
fn an_interrupted_call_is_made_again() {
    let mut outbox = outbox([["head ", "body"]]);
    let interrupted = || Call::Fails(ErrorKind::Interrupted);
    let mut writer = Writer::that([interrupted(), Call::Takes(3), interrupted()]);
    outbox.send(&mut writer).expect("a signal is no error");
    assert_eq!(writer.taken, b"head body");
}

#[test]
fn an_error_is_reported_and_what_has_not_gone_stays() {
    let mut outbox = outbox([["head ", "body"]]);
    let mut writer = Writer::that([Call::Takes(7), Call::Fails(ErrorKind::BrokenPipe)]);
    let error = outbox.send(&mut writer).expect_err("the peer has gone");
    assert_eq!((error.kind(), outbox.left(), writer.calls), (ErrorKind::BrokenPipe, 2, 2));
}

#[test]
fn a_writer_that_takes_nothing_is_an_error() {
    let mut outbox = outbox([["head ", "body"]]);
    let mut writer = Writer::that([Call::Takes(0)]);
    let error = outbox.send(&mut writer).expect_err("it took nothing");
    assert_eq!((error.kind(), outbox.left(), writer.calls), (ErrorKind::WriteZero, 9, 1));
}

#[test]
fn an_empty_piece_is_no_end() {
    for answers in
        [[["", "one"], ["two", ""]], [["", ""], ["one", "two"]], [["one", ""], ["", "two"]]]
    {
        let mut outbox = outbox(answers);
        let mut writer = Writer::that([Call::Takes(3)]);
        outbox.send(&mut writer).expect("the writer takes all");
        assert_eq!(writer.taken, b"onetwo", "{answers:?}");
    }
    let mut writer = Writer::default();
    outbox([["", ""]]).send(&mut writer).expect("nothing waits");
    assert_eq!(
        writer.calls, 0,
        "of a list of empty pieces a socket takes 0 bytes, as if it were closed"
    );
}

#[test]
fn a_crowd_of_empty_pieces_hides_nothing() {
    // More of them than go out in one call.
    let mut outbox = Outbox::new(100);
    for _ in 0..2000 {
        outbox.push([""]).expect("it needs no room");
    }
    outbox.push(["one"]).expect("there is room");
    let mut writer = Writer::default();
    outbox.send(&mut writer).expect("the writer takes all");
    assert_eq!((writer.taken.as_slice(), writer.calls), (&b"one"[..], 1));
}

#[test]
fn an_answer_that_is_larger_than_the_bound_has_never_room() {
    let mut outbox = Outbox::new(5);
    assert_eq!(outbox.push(["head", "body"]), Err(["head", "body"]), "though nothing waits");
    assert_eq!(outbox.push(["he", "ad"]), Ok(()));
    assert_eq!(outbox.left(), 4);
}

#[test]
fn many_pieces_go_out_in_few_calls() {
    let mut outbox = outbox((0..1000).map(|_| ["head ", "body "]));
    let mut writer = Writer::default();
    outbox.send(&mut writer).expect("the writer takes all");
    assert_eq!(String::from_utf8_lossy(&writer.taken), "head body ".repeat(1000));
    assert!(writer.calls <= 32, "{} calls for 2000 pieces, of which 64 fit into one", writer.calls);
}

#[test]
fn what_has_gone_is_dropped_at_once() {
    let pieces = [(); 3].map(|()| Arc::<[u8]>::from([0; 4]));
    let mut outbox = Outbox::new(ROOM);
    outbox.push(pieces.clone()).expect("there is room");
    let held = || pieces.each_ref().map(Arc::strong_count);
    let full = || Call::Fails(ErrorKind::WouldBlock);
    let mut writer =
        Writer::that([Call::Takes(3), full(), Call::Takes(1), full(), Call::Takes(5), full()]);
    for after in [[2, 2, 2], [1, 2, 2], [1, 1, 2]] {
        outbox.send(&mut writer).expect_err("the socket is full");
        assert_eq!(held(), after, "who has the pieces when {} bytes have gone", writer.taken.len());
    }
    outbox.send(&mut writer).expect("the writer takes all");
    assert_eq!(held(), [1, 1, 1]);
}

#[test]
fn an_answer_without_room_is_given_back_whole() {
    let mut outbox = Outbox::new(10);
    outbox.push(["12", "345"]).expect("there is room");
    assert_eq!(outbox.push(["67", "8901"]), Err(["67", "8901"]), "one byte too many");
    assert_eq!(outbox.left(), 5, "nothing of it waits");
    outbox.push(["67", "89"]).expect("there is room for that");
    assert_eq!(outbox.push(["123"]), Err(["123"]));
    let mut writer = Writer::that([Call::Takes(3), Call::Fails(ErrorKind::WouldBlock)]);
    outbox.send(&mut writer).expect_err("the socket is full");
    outbox.push(["abc"]).expect("three bytes have gone");
    outbox.send(&mut writer).expect("the writer takes all");
    assert_eq!(writer.taken, b"123456789abc");
}

#[test]
fn an_answer_that_fills_the_room_exactly_is_taken() {
    let mut outbox = Outbox::new(10);
    outbox.push(["12", "345"]).expect("there is room");
    outbox.push(["67", "890"]).expect("exactly what there is room for");
    assert_eq!((outbox.left(), outbox.push(["1"])), (10, Err(["1"])));
}

#[test]
fn a_warm_outbox_allocates_nothing() {
    let mut outbox = outbox((0..32).map(|_| ["head ", "body "]));
    outbox.send(&mut io::sink()).expect("a sink takes all");
    let ((), counts) = counted(|| {
        for _ in 0..100 {
            for _ in 0..32 {
                outbox.push(["head ", "body "]).expect("there is room");
            }
            outbox.send(&mut io::sink()).expect("a sink takes all");
        }
    });
    assert_eq!(counts.allocations, 0, "in 100 rounds of 32 answers");
}

#[test]
fn over_a_connection_that_is_often_full_all_arrives() {
    let (mut client, server) = tcp::pair();
    server.set_nonblocking(true).expect("a socket can be non-blocking");
    let body = "x".repeat(100_000);
    let mut outbox = outbox((0..10).map(|_| ["head ", &body[..]]));
    let mut expected = Vec::new();
    (0..10).for_each(|_| expected.extend([b"head ", body.as_bytes()].concat()));
    let reader = thread::spawn(move || {
        let mut read = Vec::new();
        client.read_to_end(&mut read).map(|_| read)
    });
    while let Err(error) = outbox.send(&mut &server) {
        assert_eq!(error.kind(), ErrorKind::WouldBlock);
        tcp::until_writable(&server).expect("the peer reads");
    }
    drop(server);
    let read = reader.join().expect("no panic").expect("the connection lasts");
    assert!(read == expected, "{} bytes arrived of {}", read.len(), expected.len());
}

proptest! {
    #![proptest_config(Config { failure_persistence: None, ..Config::default() })]

    #[test]
    fn whatever_the_pieces_and_the_writes(
        answers in prop::collection::vec(["[a-z]{0,5}", "[a-z]{0,9}"], 0..200),
        writes in prop::collection::vec(1..40_usize, 0..100),
    ) {
        let expected: String = answers.iter().flatten().map(String::as_str).collect();
        let mut outbox = outbox(answers.iter().map(|answer| answer.each_ref().map(String::as_str)));
        let mut writer = Writer::that(writes.into_iter().map(Call::Takes));
        outbox.send(&mut writer).expect("the writer takes all");
        prop_assert_eq!(String::from_utf8_lossy(&writer.taken), expected);
        prop_assert_eq!(outbox.left(), 0);
    }
}
