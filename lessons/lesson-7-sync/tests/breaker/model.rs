//! Random histories, on the breaker and on a model of it.
//!
//! The model packs nothing and numbers nothing: when it opens, it goes through the calls that are under way, and notes
//! which of them are late.

use std::time::Duration;

use proptest::prelude::*;
use proptest::test_runner::RngSeed;
use sync::breaker::{Breaker, Call, Policy, State};

#[derive(Debug, Clone, Copy)]
enum Step {
    Enter,
    /// One of the calls that are under way.
    Succeed(prop::sample::Index),
    Fail(prop::sample::Index),
    Drop(prop::sample::Index),
    /// In milliseconds.
    Wait(u64),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        10 => Just(Step::Enter),
        2 => any::<prop::sample::Index>().prop_map(Step::Succeed),
        6 => any::<prop::sample::Index>().prop_map(Step::Fail),
        1 => any::<prop::sample::Index>().prop_map(Step::Drop),
        4 => (0..80_u64).prop_map(Step::Wait),
    ];
    prop::collection::vec(step, 0..300)
}

/// What a call is to the model.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Regular,
    Probe,
    Late,
}

/// In milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Circuit {
    Closed { failures: u32 },
    Open { until: u64 },
}

#[derive(Debug)]
struct Model {
    failures_max: u32,
    open_for: u64,
    circuit: Circuit,
    /// Those that are under way.
    calls: Vec<Kind>,
}

impl Model {
    fn probes(&self) -> bool {
        self.calls.contains(&Kind::Probe)
    }

    /// Or after how many milliseconds to come again.
    fn enter(&mut self, now: u64) -> Result<(), u64> {
        let kind = match self.circuit {
            Circuit::Closed { .. } => Kind::Regular,
            Circuit::Open { .. } if self.probes() => return Err(self.open_for.min(1000)),
            Circuit::Open { until } if now < until => return Err(until - now),
            Circuit::Open { .. } => Kind::Probe,
        };
        self.calls.push(kind);
        Ok(())
    }

    /// Whether it closes.
    fn succeeds(&mut self, kind: Kind) -> bool {
        if kind != Kind::Late {
            self.circuit = Circuit::Closed { failures: 0 };
        }
        kind == Kind::Probe
    }

    /// Whether it opens.
    fn fails(&mut self, kind: Kind, now: u64) -> bool {
        let opens = match (kind, &mut self.circuit) {
            (Kind::Late, _) => false,
            (Kind::Regular, Circuit::Closed { failures }) => {
                *failures += 1;
                *failures == self.failures_max
            }
            _ => true,
        };
        if opens {
            self.circuit = Circuit::Open { until: now + self.open_for };
            self.calls.fill(Kind::Late);
        }
        opens
    }

    fn state(&self, now: u64) -> State {
        match self.circuit {
            Circuit::Closed { .. } => State::Closed,
            Circuit::Open { until } if now < until && !self.probes() => State::Open,
            Circuit::Open { .. } => State::HalfOpen,
        }
    }
}

/// The breaker beside its model.
struct Both<'a> {
    breaker: &'a Breaker,
    calls: Vec<Call<'a>>,
    model: Model,
}

impl<'a> Both<'a> {
    fn enter(&mut self, now: u64) {
        match (self.breaker.enter(time(now)), self.model.enter(now)) {
            (Ok(call), Ok(())) => self.calls.push(call),
            (Err(open), Err(wait)) => assert_eq!(open.retry_after, time(wait)),
            (call, expected) => panic!("{call:?}, and the model says {expected:?}"),
        }
    }

    fn take(&mut self, index: prop::sample::Index) -> Option<(Call<'a>, Kind)> {
        if self.calls.is_empty() {
            return None;
        }
        let index = index.index(self.calls.len());
        Some((self.calls.swap_remove(index), self.model.calls.swap_remove(index)))
    }

    fn step(&mut self, step: Step, now: u64) {
        match step {
            Step::Enter => self.enter(now),
            Step::Succeed(index) => {
                if let Some((call, kind)) = self.take(index) {
                    assert_eq!(call.succeeded(), self.model.succeeds(kind));
                }
            }
            Step::Fail(index) => {
                if let Some((call, kind)) = self.take(index) {
                    assert_eq!(call.failed(time(now)), self.model.fails(kind, now));
                }
            }
            Step::Drop(index) => drop(self.take(index)),
            Step::Wait(_) => {}
        }
        assert_eq!(self.breaker.state(time(now)), self.model.state(now));
    }
}

fn time(ms: u64) -> Duration {
    Duration::from_millis(ms)
}

/// The same histories in every run, and no file that keeps those that failed.
fn fixed() -> ProptestConfig {
    let (cases, rng_seed) = (500, RngSeed::Fixed(7));
    ProptestConfig { cases, rng_seed, failure_persistence: None, ..ProptestConfig::default() }
}

proptest! {
    #![proptest_config(fixed())]

    #[test]
    fn it_does_what_the_model_does(
        failures_max in 1..5_u32,
        open_for in prop_oneof![0..100_u64, Just(2000)],
        steps in steps(),
    ) {
        let breaker = Breaker::new(Policy { failures_max, open_for: time(open_for) });
        let circuit = Circuit::Closed { failures: 0 };
        let model = Model { failures_max, open_for, circuit, calls: Vec::new() };
        let mut both = Both { breaker: &breaker, calls: Vec::new(), model };
        let mut now = 0;
        for step in steps {
            if let Step::Wait(ms) = step {
                now += ms;
            }
            both.step(step, now);
        }
    }
}
