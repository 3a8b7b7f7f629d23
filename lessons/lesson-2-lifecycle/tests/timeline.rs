//! Goal: every nanosecond of a request belongs to one stage, for requests of a microsecond and of an hour, at no cost in
//! memory.
//!
//! Method: instants that the test makes up, counted allocations, and the size.
//! Not proven: what a mark costs (the benchmark), and that a server puts its marks where they belong.

use std::time::{Duration, Instant};

use lifecycle::timeline::{Breakdown, Stage, Timeline};
use witness::allocations::{CountingAllocator, counted};

#[global_allocator]
static ALLOCATOR: CountingAllocator = CountingAllocator;

/// A clock that shows what the test says. Only where it begins is the machine's.
struct Clock(Instant);

impl Clock {
    fn new() -> Self {
        Self(Instant::now())
    }

    fn after(&mut self, nanoseconds: u64) -> Instant {
        self.0 += Duration::from_nanos(nanoseconds);
        self.0
    }
}

/// A request whose stages take these times, one behind the other.
fn request(stages: &[(Stage, u64)]) -> Timeline {
    let mut clock = Clock::new();
    let mut timeline = Timeline::start(clock.0);
    for (stage, nanoseconds) in stages {
        timeline.finish(*stage, clock.after(*nanoseconds));
    }
    timeline
}

#[test]
fn a_stage_gets_what_has_passed_since_the_last_mark() {
    let timeline = request(&[(Stage::Read, 700), (Stage::Parse, 200), (Stage::Write, 5000)]);
    assert_eq!(timeline.spent(Stage::Read), Duration::from_nanos(700));
    assert_eq!(timeline.spent(Stage::Parse), Duration::from_nanos(200));
    assert_eq!(timeline.spent(Stage::Write), Duration::from_nanos(5000));
}

#[test]
fn a_stage_that_does_not_happen_takes_no_time() {
    let timeline = request(&[(Stage::Read, 700), (Stage::Write, 100)]);
    assert_eq!(timeline.spent(Stage::Query), Duration::ZERO);
    assert_eq!(timeline.spent(Stage::Write), Duration::from_nanos(100), "and the next is not late");
}

#[test]
fn time_that_is_skipped_belongs_to_no_stage() {
    let mut clock = Clock::new();
    let mut timeline = Timeline::start(clock.0);
    timeline.skip(clock.after(700));
    timeline.finish(Stage::Parse, clock.after(200));
    assert_eq!(timeline.spent(Stage::Parse), Duration::from_nanos(200));
    assert_eq!(timeline.total(), Duration::from_nanos(200));
}

#[test]
fn a_new_timeline_has_spent_nothing() {
    let timeline = Timeline::start(Clock::new().0);
    assert_eq!(timeline.total(), Duration::ZERO);
}

#[test]
fn a_stage_that_ends_twice_gets_the_sum() {
    let timeline = request(&[(Stage::Read, 30), (Stage::Parse, 5), (Stage::Read, 400)]);
    assert_eq!(timeline.spent(Stage::Read), Duration::from_nanos(430));
    assert_eq!(timeline.total(), Duration::from_nanos(435));
}

#[test]
fn the_stages_add_up_to_the_whole() {
    let mut clock = Clock::new();
    let start = clock.0;
    let mut timeline = Timeline::start(start);
    // Steps from a nanosecond to half a minute, of which none is round.
    for step in 0..200_u64 {
        let stage = Stage::ALL[(step * 5 % 8) as usize];
        timeline.finish(stage, clock.after(3_u64.pow((step % 23) as u32) + step % 7));
        let sum: Duration = Stage::ALL.map(|stage| timeline.spent(stage)).iter().sum();
        assert_eq!(sum, clock.0 - start, "after step {step}");
        assert_eq!(timeline.total(), clock.0 - start, "after step {step}");
    }
}

#[test]
fn a_request_of_an_hour_takes_an_hour() {
    let hour = 3600 * 1_000_000_000;
    let timeline = request(&[(Stage::Read, 1), (Stage::Query, hour), (Stage::Write, 1)]);
    assert_eq!(timeline.spent(Stage::Query), Duration::from_secs(3600));
    assert_eq!(timeline.total(), Duration::new(3600, 2));
}

#[test]
fn time_that_runs_backwards_is_no_time() {
    let start = Clock::new().0;
    let at = |nanoseconds| start + Duration::from_nanos(nanoseconds);
    let mut timeline = Timeline::start(start);
    timeline.finish(Stage::Read, at(100));
    timeline.finish(Stage::Parse, at(60));
    timeline.finish(Stage::Route, at(110));
    let spent = [Stage::Read, Stage::Parse, Stage::Route].map(|stage| timeline.spent(stage));
    assert_eq!(spent, [100, 0, 10].map(Duration::from_nanos), "read, parse, route");
}

#[test]
fn marking_allocates_nothing() {
    let mut clock = Clock::new();
    let (total, counts) = counted(|| {
        let mut timeline = Timeline::start(clock.0);
        for stage in Stage::ALL {
            timeline.finish(stage, clock.after(10));
        }
        let mut breakdown = Breakdown::default();
        breakdown.add(&timeline);
        timeline.total()
    });
    assert_eq!((total, counts.allocations), (Duration::from_nanos(80), 0));
}

#[test]
fn a_timeline_is_a_mark_and_eight_numbers() {
    fn is_copied<T: Copy>() {}
    is_copied::<Timeline>();
    let size = size_of::<Timeline>();
    assert!(size <= 80, "an instant of 16 bytes and eight numbers of 8 are 80 bytes, not {size}");
}

#[test]
fn the_stages_have_an_order_and_names() {
    let names = Stage::ALL.map(Stage::name);
    assert_eq!(
        names,
        ["read", "parse", "route", "validate", "query", "handle", "serialize", "write"]
    );
}

#[test]
fn a_breakdown_says_where_the_time_went() {
    let mut breakdown = Breakdown::default();
    breakdown.add(&request(&[(Stage::Read, 100), (Stage::Query, 800), (Stage::Write, 100)]));
    breakdown.add(&request(&[(Stage::Read, 300), (Stage::Query, 2700)]));
    assert_eq!(breakdown.requests(), 2);
    assert_eq!(breakdown.share(Stage::Read), 0.1);
    assert_eq!(breakdown.share(Stage::Query), 0.875);
    assert_eq!(breakdown.share(Stage::Write), 0.025);
    assert_eq!(breakdown.share(Stage::Handle), 0.0);
}

#[test]
fn the_shares_add_up_to_one() {
    let mut breakdown = Breakdown::default();
    for request_number in 1..=100 {
        breakdown
            .add(&request(&Stage::ALL.map(|stage| (stage, 7 * request_number + stage as u64))));
    }
    let sum: f64 = Stage::ALL.map(|stage| breakdown.share(stage)).iter().sum();
    assert!((sum - 1.0).abs() < 1e-12, "the shares of all stages are {sum}");
}

#[test]
fn no_time_has_no_shares() {
    let mut breakdown = Breakdown::default();
    breakdown.add(&Timeline::start(Clock::new().0));
    assert_eq!((breakdown.requests(), breakdown.share(Stage::Read)), (1, 0.0));
}
