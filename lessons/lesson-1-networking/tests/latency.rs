//! Goal: percentiles are exact, and a sample is the whole round trip and nothing else.
//!
//! Method: small sets against the definition, counted out; a virtual clock that only the stream
//! moves. Not proven: that `Instant::now` is cheap here (`cargo xtask doctor` measures it).

use std::cell::Cell;
use std::io::{self, ErrorKind, Read, Write};
use std::rc::Rc;
use std::time::{Duration, Instant};

use networking::latency::{Samples, ping_pong};
use witness::script::Script;

fn milliseconds(values: impl IntoIterator<Item = u64>) -> Samples {
    Samples::new(values.into_iter().map(Duration::from_millis).collect())
}

#[test]
fn known_percentiles_are_found() {
    let samples = milliseconds([15, 20, 35, 40, 50]);
    let found = [0.0, 5.0, 30.0, 40.0, 50.0, 100.0]
        .map(|percent| samples.percentile(percent).map(|time| time.as_millis()));
    assert_eq!(
        found,
        [15, 15, 20, 20, 35, 50].map(Some),
        "0, 5, 30, 40, 50 and 100 % of 15, 20, 35, 40, 50"
    );
}

#[test]
fn order_does_not_matter() {
    let samples = milliseconds([50, 15, 40, 35, 20]);
    assert_eq!(samples.percentile(50.0), Some(Duration::from_millis(35)));
    assert_eq!(samples.count(), 5);
}

#[test]
fn no_samples_have_no_percentile() {
    assert_eq!(milliseconds([]).percentile(50.0), None);
    assert_eq!(milliseconds([]).percentile(0.0), None);
}

#[test]
fn one_sample_is_every_percentile() {
    let samples = milliseconds([7]);
    for percent in [0.0, 0.001, 50.0, 99.9, 100.0] {
        assert_eq!(samples.percentile(percent), Some(Duration::from_millis(7)), "{percent} %");
    }
}

#[test]
fn a_rank_between_two_is_the_upper_one() {
    let samples = milliseconds([10, 20]);
    let found = samples.percentile(51.0);
    assert_eq!(found, Some(Duration::from_millis(20)), "51 % of 10 and 20 ms: one is too few");
}

/// The definition, counted out in whole numbers: the smallest sample that at least `percent` % of
/// all do not exceed.
fn by_definition(sorted: &[u64], percent: u64) -> u64 {
    let covers = |&&sample: &&u64| {
        let not_above = sorted.iter().filter(|&&other| other <= sample).count() as u64;
        not_above * 100 >= percent * sorted.len() as u64
    };
    *sorted.iter().find(covers).expect("the largest covers all")
}

#[test]
fn every_percentile_of_small_sets_is_exact() {
    for count in 1..=120 {
        let values: Vec<u64> = (0..count).map(|position| 3 * position).collect();
        let samples = milliseconds(values.iter().copied());
        for percent in 0..=100 {
            let expected = Duration::from_millis(by_definition(&values, percent));
            let found = samples.percentile(percent as f64);
            assert_eq!(found, Some(expected), "{percent} % of the {count} samples 0, 3, 6, … ms");
        }
    }
}

#[test]
fn a_slow_one_in_a_thousand_is_seen() {
    let samples = milliseconds((0..1000).map(|position| if position == 500 { 40 } else { 1 }));
    assert_eq!(samples.percentile(99.9), Some(Duration::from_millis(1)), "999 of 1,000 took 1 ms");
    assert_eq!(samples.percentile(99.91), Some(Duration::from_millis(40)));
}

/// A peer in virtual time: a `write` costs 3 µs, the first `read` of an answer 100 µs and each
/// further one 10 µs.
struct VirtualPeer {
    clock: Rc<Cell<Duration>>,
    waiting: Vec<u8>,
    answered: bool,
    read_limit: usize,
    writes: usize,
}

impl VirtualPeer {
    fn new(read_limit: usize) -> Self {
        Self { clock: Rc::default(), waiting: Vec::new(), answered: false, read_limit, writes: 0 }
    }

    fn pass(&self, microseconds: u64) {
        self.clock.set(self.clock.get() + Duration::from_micros(microseconds));
    }
}

impl Write for VirtualPeer {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.pass(3);
        self.writes += 1;
        self.answered = false;
        self.waiting.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Read for VirtualPeer {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.pass(if self.answered { 10 } else { 100 });
        self.answered = true;
        let taken = buffer.len().min(self.waiting.len()).min(self.read_limit);
        buffer[..taken].copy_from_slice(&self.waiting[..taken]);
        self.waiting.drain(..taken);
        Ok(taken)
    }
}

/// `rounds` of "ping!" in virtual time.
fn probe(peer: &mut VirtualPeer, rounds: usize) -> Samples {
    let (start, clock) = (Instant::now(), Rc::clone(&peer.clock));
    ping_pong(peer, b"ping!", rounds, move || start + clock.get()).expect(
        "what comes back is `ping!` each time, if in several pieces; was all of it compared?",
    )
}

#[test]
fn each_round_asks_the_clock_that_it_is_given_twice() {
    let mut peer = Script::new().reads("ping!").reads("ping!").reads("ping!");
    let (start, mut asked) = (Instant::now(), 0);
    let now = || {
        asked += 1;
        start
    };
    ping_pong(&mut peer, b"ping!", 3, now).expect("`ping!` comes back each time");
    assert_eq!(asked, 6, "times that three rounds called `now`, for their beginning and their end");
}

#[test]
fn a_ping_is_one_write() {
    let mut peer = VirtualPeer::new(usize::MAX);
    probe(&mut peer, 10);
    assert_eq!(peer.writes, 10, "`write` calls for 10 pings");
}

#[test]
fn a_sample_is_the_whole_round_trip() {
    let samples = probe(&mut VirtualPeer::new(usize::MAX), 3);
    assert_eq!(samples.count(), 3, "samples of 3 rounds");
    assert_eq!(
        samples.percentile(100.0),
        Some(Duration::from_micros(103)),
        "`write` takes 3 µs and `read` 100 µs, on the clock that `ping_pong` is given"
    );
    assert_eq!(samples.percentile(0.0), Some(Duration::from_micros(103)));
}

#[test]
fn a_round_lasts_until_the_last_byte() {
    let samples = probe(&mut VirtualPeer::new(2), 2);
    let expected = Some(Duration::from_micros(3 + 100 + 10 + 10));
    assert_eq!(
        samples.percentile(50.0),
        expected,
        "5 bytes came back in three reads of 100, 10 and 10 µs"
    );
}

#[test]
fn a_partial_write_is_completed() {
    let mut peer = Script::new().write_takes(2).reads("ping!");
    ping_pong(&mut peer, b"ping!", 1, Instant::now)
        .expect("the first `write` takes 2 of 5 bytes, and `ping!` comes back in one piece");
    let written = peer.written();
    assert_eq!(
        String::from_utf8_lossy(&written),
        "ping!",
        "what was written in all, if the first `write` takes 2 of 5 bytes"
    );
}

#[test]
fn the_end_inside_a_round_is_an_error() {
    let mut peer = Script::new().reads("pi");
    let error = ping_pong(&mut peer, b"ping!", 1, Instant::now)
        .expect_err("the stream ends after two of five bytes");
    assert_eq!(error.kind(), ErrorKind::UnexpectedEof);
}

#[test]
fn another_answer_is_an_error() {
    let mut peer = Script::new().reads("pong!");
    let error = ping_pong(&mut peer, b"ping!", 1, Instant::now)
        .expect_err("`pong!` came back for `ping!`, which is an error; but these were returned");
    assert_eq!(error.kind(), ErrorKind::InvalidData);
}
