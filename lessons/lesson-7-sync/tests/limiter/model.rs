//! Random histories, on the limiter and on a bucket with a hole.
//!
//! I.371 defines the algorithm in two forms that admit the same: virtual scheduling, which the limiter is, and the
//! continuous-state leaky bucket, which this is. What the model cannot say, because the clock goes back or keys share a
//! slot, the bound says: whichever admissions one takes, there are not too many between the first and the last.

use std::time::Duration;

use proptest::prelude::*;
use proptest::test_runner::RngSeed;
use sync::limiter::{Limit, Limiter, Verdict};

use super::{TICK, key};

/// A limit of whole ticks.
#[derive(Debug, Clone, Copy)]
struct Parameters {
    /// In ticks.
    interval: u64,
    burst: u32,
}

impl Parameters {
    fn limit(self) -> Limit {
        Limit::new(1, time(self.interval), self.burst).expect("a limit")
    }

    fn is_kept_by(self, admitted: &[u64]) -> bool {
        let pairs = (0..admitted.len())
            .flat_map(|first| (first..admitted.len()).map(move |last| (first, last)));
        pairs.into_iter().all(|(first, last)| {
            let passed = i128::from(admitted[last]) - i128::from(admitted[first]);
            let beyond = (last - first + 1) as i128 - i128::from(self.burst);
            beyond * i128::from(self.interval) <= passed
        })
    }
}

fn time(ticks: u64) -> Duration {
    Duration::from_nanos(100 * ticks)
}

fn parameters() -> impl Strategy<Value = Parameters> {
    (1..100_u64, 1..8_u32).prop_map(|(interval, burst)| Parameters { interval, burst })
}

/// A bucket that leaks a unit each tick. A request pours in an interval's worth.
#[derive(Debug, Clone, Copy)]
struct Bucket {
    parameters: Parameters,
    level: u64,
    /// In ticks.
    last: u64,
}

impl Bucket {
    fn is_admitted(&mut self, now: u64) -> bool {
        let Parameters { interval, burst } = self.parameters;
        let level = self.level.saturating_sub(now - self.last);
        if level + interval > interval * u64::from(burst) {
            return false;
        }
        (self.level, self.last) = (level + interval, now);
        true
    }

    /// How many more would be admitted.
    fn remaining(mut self, now: u64) -> u32 {
        (0..).find(|_| !self.is_admitted(now)).expect("there is an end")
    }

    fn would_admit(mut self, now: u64) -> bool {
        self.is_admitted(now)
    }
}

/// The same histories in every run, and no file that keeps those that failed.
fn fixed() -> ProptestConfig {
    let (cases, rng_seed) = (500, RngSeed::Fixed(7));
    ProptestConfig { cases, rng_seed, failure_persistence: None, ..ProptestConfig::default() }
}

proptest! {
    #![proptest_config(fixed())]

    #[test]
    fn it_admits_what_a_leaky_bucket_does(
        parameters in parameters(),
        begin in 0..1_u64 << 51,
        pauses in prop::collection::vec(prop_oneof![3 => Just(0), 6 => 0..60_u64, 1 => 0..2000_u64], 0..200),
    ) {
        let (limiter, limit) = (Limiter::<8>::default(), parameters.limit());
        let mut model = Bucket { parameters, level: 0, last: begin };
        let mut now = begin;
        for pause in pauses {
            now += pause;
            let admitted = model.is_admitted(now);
            let level = model.level - (now - model.last).min(model.level);
            match limiter.check(key(1), time(now), &limit) {
                Verdict::Admitted { remaining, reset } => {
                    prop_assert!(admitted);
                    prop_assert_eq!(remaining, model.remaining(now));
                    prop_assert_eq!(reset, time(level));
                }
                Verdict::Refused { retry_after, reset } => {
                    prop_assert!(!admitted);
                    let ticks = retry_after.div_duration_f64(TICK) as u64;
                    prop_assert!(model.would_admit(now + ticks));
                    prop_assert!(!model.would_admit(now + ticks - 1));
                    prop_assert_eq!(reset, time(level));
                }
            }
        }
    }

    #[test]
    fn whatever_the_clock_does_the_bound_holds(
        parameters in parameters(),
        nows in prop::collection::vec(0..3000_u64, 0..200),
    ) {
        let (limiter, limit) = (Limiter::<8>::default(), parameters.limit());
        let admitted = |now: &u64| {
            matches!(limiter.check(key(1), time(*now), &limit), Verdict::Admitted { .. })
        };
        let admitted: Vec<_> = nows.into_iter().filter(admitted).collect();
        prop_assert!(parameters.is_kept_by(&admitted), "{admitted:?}");
    }

    #[test]
    fn each_key_keeps_its_limit_in_a_slot_that_others_share(
        parameters in [parameters(), parameters(), parameters()],
        requests in prop::collection::vec((0..3_usize, 0..60_u64), 0..200),
    ) {
        let limiter = Limiter::<1>::default();
        let mut admitted = [const { Vec::new() }; 3];
        let mut now = 0;
        for (number, pause) in requests {
            now += pause;
            let limit = parameters[number].limit();
            if let Verdict::Admitted { .. } = limiter.check(key(number as u64), time(now), &limit) {
                admitted[number].push(now);
            }
        }
        for (parameters, admitted) in parameters.iter().zip(&admitted) {
            prop_assert!(parameters.is_kept_by(admitted), "{admitted:?}");
        }
    }
}
