//! Goal: every process sees what every other has counted, exactly, also when one of them is killed in the middle.
//!
//! Method: real processes on one region; a histogram against sorted samples; folds while somebody reads.
//! Not proven: the order of memory accesses (`shared_loom.rs` tries them), speed (the benchmark).

use std::cell::Cell as LocalCell;
use std::io;
use std::os::fd::AsFd;
use std::process::{Command, Stdio};
use std::sync::atomic::{self, AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

use processes::prefork::spawn;
use processes::shared::{Cell, Counter, Gauge, Histogram, Lives, Region, Tally};
use proptest::prelude::*;
use rustix::fs::{MemfdFlags, SealFlags, fcntl_add_seals, ftruncate, memfd_create};
use witness::tcp::until;

type Numbers = [Counter; 16];

fn worker(task: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_lesson-4-worker"));
    command.arg(task).stdin(Stdio::null());
    command
}

#[test]
fn what_one_mapping_writes_the_other_reads() {
    let here = Region::<Numbers>::create("test").unwrap();
    let there = Region::<Numbers>::open(here.as_fd().try_clone_to_owned().unwrap()).unwrap();
    assert_eq!(there[3].get(), 0, "new memory is zero");
    here[3].add(7);
    there[3].add(1);
    assert_eq!((here[3].get(), there[3].get()), (8, 8));
}

#[test]
fn nobody_can_make_the_memory_shorter() {
    let region = Region::<Numbers>::create("test").unwrap();
    let refused = ftruncate(region.as_fd(), 0).unwrap_err();
    assert_eq!(refused, rustix::io::Errno::PERM);
}

#[test]
fn memory_of_another_size_is_refused() {
    let region = Region::<Numbers>::create("test").unwrap();
    let memory = || region.as_fd().try_clone_to_owned().unwrap();
    let shorter = Region::<[Counter; 15]>::open(memory()).expect_err("there are 16 counters");
    let longer = Region::<[Counter; 4096]>::open(memory()).expect_err("there are fewer than 4,096");
    assert_eq!([shorter, longer].map(|error| error.kind()), [io::ErrorKind::InvalidData; 2]);
}

#[test]
fn memory_that_may_shrink_is_refused() {
    let unsealed = memfd_create("test", MemfdFlags::CLOEXEC | MemfdFlags::ALLOW_SEALING).unwrap();
    ftruncate(&unsealed, size_of::<Numbers>() as u64).unwrap();
    fcntl_add_seals(&unsealed, SealFlags::GROW).unwrap();
    let refused = Region::<Numbers>::open(unsealed).expect_err("somebody could cut it off");
    assert_eq!(refused.kind(), io::ErrorKind::InvalidData, "anybody can make it shorter");
}

#[test]
fn a_gauge_goes_up_and_down() {
    let gauge = Gauge::<AtomicU64>::default();
    gauge.rise();
    gauge.rise();
    gauge.fall();
    assert_eq!(gauge.get(), 1);
    gauge.set(9);
    assert_eq!(gauge.get(), 9);
}

#[test]
fn totals_are_exact_over_processes() {
    let numbers = Region::<Numbers>::create("test").unwrap();
    let start = |_| spawn(&mut worker("count"), &[numbers.as_fd()]).unwrap();
    let workers: Vec<_> = (0..4).map(start).collect();
    for mut worker in workers {
        assert!(worker.wait().unwrap().success());
    }
    assert_eq!(numbers[0].get(), 400_000);
}

#[test]
fn a_worker_that_is_killed_leaves_every_number_whole() {
    let numbers = Region::<Numbers>::create("numbers").unwrap();
    let latencies = Region::<Histogram>::create("latencies").unwrap();
    for _ in 0..20 {
        let before = numbers[1].get();
        let mut worker =
            spawn(&mut worker("count-for-ever"), &[numbers.as_fd(), latencies.as_fd()]).unwrap();
        until(|| Ok(numbers[1].get() > before + 1000)).unwrap();
        worker.kill().unwrap();
        worker.wait().unwrap();
    }
    // It counts, records, counts: each life may have been killed between two of these.
    let (begun, recorded, ended) = (numbers[0].get(), latencies.count(), numbers[1].get());
    assert!(
        begun >= recorded && recorded >= ended && begun - ended <= 20,
        "{begun} {recorded} {ended}"
    );
    // And the next one can go on.
    numbers[0].add(1);
    assert_eq!(numbers[0].get(), begun + 1);
}

/// A word that notes how it is changed.
#[derive(Default)]
struct Noted(AtomicU64);

thread_local! {
    static ADDED: LocalCell<u32> = const { LocalCell::new(0) };
    static STORED: LocalCell<u32> = const { LocalCell::new(0) };
}

impl Cell for Noted {
    fn load(&self, order: Ordering) -> u64 {
        self.0.load(order)
    }

    fn store(&self, value: u64, order: Ordering) {
        STORED.set(STORED.get() + 1);
        self.0.store(value, order);
    }

    fn add(&self, value: u64, order: Ordering) -> u64 {
        ADDED.set(ADDED.get() + 1);
        self.0.fetch_add(value, order)
    }

    fn fence(order: Ordering) {
        atomic::fence(order);
    }
}

#[test]
fn each_number_changes_in_one_step() {
    let histogram = Histogram::<Noted>::default();
    histogram.record(Duration::from_micros(80));
    assert_eq!((histogram.count(), histogram.sum()), (1, Duration::from_micros(80)));
    // Between a load and a store, another process could count, and it would be lost.
    assert_eq!((ADDED.get(), STORED.get()), (2, 0), "numbers that were added to, and overwritten");
}

/// The value of a rank among sorted samples, as the histogram defines it.
fn exact(samples: &mut [u64], quantile: f64) -> u64 {
    samples.sort_unstable();
    let rank = (quantile * samples.len() as f64).ceil() as usize;
    samples[rank.clamp(1, samples.len()) - 1]
}

#[test]
fn an_empty_histogram_has_no_quantiles() {
    let empty = Histogram::<AtomicU64>::default();
    assert_eq!((empty.quantile(0.5), empty.count(), empty.sum()), (None, 0, Duration::ZERO));
}

#[test]
fn small_values_are_exact() {
    let histogram = Histogram::<AtomicU64>::default();
    (0..64).for_each(|nanoseconds| histogram.record(Duration::from_nanos(nanoseconds)));
    for rank in 1..=64_u32 {
        let quantile = histogram.quantile(f64::from(rank) / 64.0);
        assert_eq!(quantile, Some(Duration::from_nanos(u64::from(rank) - 1)));
    }
}

#[test]
fn what_is_too_long_counts_as_the_longest() {
    let histogram = Histogram::<AtomicU64>::default();
    histogram.record(Duration::MAX);
    let longest = histogram.quantile(1.0).unwrap();
    assert_eq!(longest, Duration::from_nanos((1 << 36) - 1));
    assert_eq!(histogram.at_most(Duration::MAX), 1);
}

#[test]
fn what_was_counted_before_can_be_taken_away() {
    let [before, now] = [(); 2].map(|()| Histogram::<AtomicU64>::default());
    let record_all = |histogram: &Histogram, range: std::ops::Range<u64>| {
        range.for_each(|nanoseconds| histogram.record(Duration::from_nanos(nanoseconds)));
    };
    record_all(&before, 0..60);
    record_all(&now, 0..60);
    record_all(&now, 10..20);
    now.subtract(&before);
    assert_eq!((now.count(), now.sum()), (10, Duration::from_nanos((10..20).sum())));
    assert_eq!(now.quantile(1.0), Some(Duration::from_nanos(19)));
    // What was counted while `before` was taken is not less than nothing.
    now.subtract(&before);
    assert_eq!(now.count(), 0);
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_quantile_is_never_too_small_and_at_most_a_32nd_too_large(
        mut samples in prop::collection::vec((0_u64..1 << 36, 0_u32..36).prop_map(|(value, fewer)| value >> fewer), 1..200),
        quantile in 0.0..=1.0,
    ) {
        let histogram = Histogram::<AtomicU64>::default();
        samples.iter().for_each(|&nanoseconds| histogram.record(Duration::from_nanos(nanoseconds)));
        let found = histogram.quantile(quantile).unwrap().as_nanos() as u64;
        let exact = exact(&mut samples, quantile);
        prop_assert!((exact..=exact + exact / 32).contains(&found), "{found} for {exact}");
        prop_assert_eq!(histogram.count(), samples.len() as u64);
        prop_assert_eq!(histogram.sum(), Duration::from_nanos(samples.iter().sum()));
    }
}

/// Two numbers that are always counted together.
#[derive(Default)]
struct Pair(Counter, Counter);

impl Tally for Pair {
    fn add(&self, other: &Self) {
        self.0.add(other.0.get());
        self.1.add(other.1.get());
    }

    fn clear(&self) {
        self.0.clear();
        self.1.clear();
    }
}

fn sum<const N: usize>(lives: &Lives<Pair, N>) -> u64 {
    let sum = Pair::default();
    // Whoever folds may have lost its processor in the middle.
    let mut tries = 0;
    while !lives.sum(&sum) {
        tries += 1;
        assert!(tries < 10_000, "a whole sum");
        thread::yield_now();
    }
    assert_eq!(sum.0.get(), sum.1.get(), "counted together");
    sum.0.get()
}

#[test]
fn totals_outlive_the_lives_that_counted() {
    let lives = Lives::<Pair, 4>::default();
    for life in 1..=10 {
        let place = life as usize % 4;
        lives.begin(place);
        lives.place(place).add(&Pair(counter(life), counter(life)));
        assert_eq!(sum(&lives), (1..=life).sum::<u64>(), "while life {life} goes on");
        lives.fold(place);
        assert_eq!(sum(&lives), (1..=life).sum::<u64>(), "after life {life}");
        assert_eq!(lives.place(place).0.get(), 0, "an empty place for the next");
    }
}

fn counter(value: u64) -> Counter {
    let counter = Counter::default();
    counter.add(value);
    counter
}

#[test]
fn nobody_sees_a_fold_half_done() {
    let lives = Lives::<Pair, 2>::default();
    lives.begin(0);
    lives.place(0).add(&Pair(counter(5), counter(5)));
    thread::scope(|scope| {
        let folding = scope.spawn(|| {
            (0..20_000).for_each(|_| {
                lives.fold(0);
                lives.place(0).clear();
            })
        });
        while !folding.is_finished() {
            assert_eq!(sum(&lives), 5);
        }
    });
    assert_eq!(sum(&lives), 5);
}
