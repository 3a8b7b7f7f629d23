//! Circuit breakers. Each does what somebody thought was right.

use std::collections::HashMap;
use std::time::Duration;

use crate::breaker::trial::Circuit;
use crate::breaker::{Breaker, Policy};

const FAILURES_MAX: u32 = 3;
const OPEN_FOR: u64 = 60;

/// The lesson's own.
#[must_use]
pub fn right() -> Circuit {
    let policy = Policy { failures_max: FAILURES_MAX, open_for: Duration::from_secs(OPEN_FOR) };
    // Calls borrow it, and both are the closure's.
    let breaker: &'static Breaker = Box::leak(Box::new(Breaker::new(policy)));
    let mut calls = HashMap::new();
    Box::new(move |event| {
        let (now, who, what) = event_of(event);
        let clock = Duration::from_secs(now);
        if what == "asks" {
            return match breaker.enter(clock) {
                Ok(call) => {
                    calls.insert(who.to_owned(), call);
                    "in".to_owned()
                }
                Err(open) => format!("wait {}", open.retry_after.as_secs()),
            };
        }
        let call = calls.remove(who).expect("it was let in");
        let (changed, to) = match what {
            "succeeded" => (call.succeeded(), "closed"),
            "failed" => (call.failed(clock), "open"),
            _ => (false, ""),
        };
        if changed { to.to_owned() } else { String::new() }
    })
}

/// Right, too: three numbers and a table.
#[must_use]
pub fn right_and_small() -> Circuit {
    with(Rules::default())
}

/// A success forgets nothing: failures are counted, not failures in a row.
#[must_use]
pub fn counts_all_failures() -> Circuit {
    with(Rules { success_forgets: false, ..Rules::default() })
}

/// When its time is over, lets everybody in.
#[must_use]
pub fn lets_all_in_after_the_time() -> Circuit {
    with(Rules { one_probes: false, ..Rules::default() })
}

/// When the probe fails, the next caller is a probe at once.
#[must_use]
pub fn forgets_the_time_when_a_probe_fails() -> Circuit {
    with(Rules { probe_reopens: false, ..Rules::default() })
}

/// A probe that is given up keeps its place.
#[must_use]
pub fn waits_for_a_probe_that_was_given_up() -> Circuit {
    with(Rules { probe_gives_back: false, ..Rules::default() })
}

/// The success of a call that was let in long ago closes it.
#[must_use]
pub fn believes_late_successes() -> Circuit {
    with(Rules { late_successes: true, ..Rules::default() })
}

/// The failure of a call that was let in long ago begins the time again.
#[must_use]
pub fn believes_late_failures() -> Circuit {
    with(Rules { late_failures: true, ..Rules::default() })
}

/// When it closes, it still knows what had failed before.
#[must_use]
pub fn opens_at_the_first_failure_behind_a_probe() -> Circuit {
    with(Rules { closing_forgets: false, ..Rules::default() })
}

/// Whatever is left, it says the whole time.
#[must_use]
pub fn always_says_the_whole_time() -> Circuit {
    with(Rules { says_what_is_left: false, ..Rules::default() })
}

/// A call that is given up is a failure.
#[must_use]
pub fn counts_who_gave_up() -> Circuit {
    with(Rules { giving_up_is_failure: true, ..Rules::default() })
}

/// The first one who comes at the time itself is refused.
#[must_use]
pub fn lets_nobody_in_at_the_time_itself() -> Circuit {
    with(Rules { the_time_itself_is_over: false, ..Rules::default() })
}

/// Verdicts that come late change nothing while it is open; beside a probe, a success closes it.
#[must_use]
pub fn believes_late_successes_beside_a_probe() -> Circuit {
    with(Rules { late_successes_beside_a_probe: true, ..Rules::default() })
}

/// Whoever gives up leaves the probe's place, which it may not have had.
#[must_use]
pub fn gives_back_for_others() -> Circuit {
    with(Rules { late_give_ups: true, ..Rules::default() })
}

/// Behind a probe that has failed, everybody probes.
#[must_use]
pub fn lets_all_in_beside_the_second_probe() -> Circuit {
    with(Rules { later_ones_probe_alone: false, ..Rules::default() })
}

/// What a circuit pays attention to.
struct Rules {
    success_forgets: bool,
    one_probes: bool,
    probe_reopens: bool,
    probe_gives_back: bool,
    late_successes: bool,
    late_failures: bool,
    closing_forgets: bool,
    says_what_is_left: bool,
    giving_up_is_failure: bool,
    the_time_itself_is_over: bool,
    late_successes_beside_a_probe: bool,
    late_give_ups: bool,
    later_ones_probe_alone: bool,
}

impl Default for Rules {
    fn default() -> Self {
        Self {
            success_forgets: true,
            one_probes: true,
            probe_reopens: true,
            probe_gives_back: true,
            late_successes: false,
            late_failures: false,
            closing_forgets: true,
            says_what_is_left: true,
            giving_up_is_failure: false,
            the_time_itself_is_over: true,
            late_successes_beside_a_probe: false,
            late_give_ups: false,
            later_ones_probe_alone: true,
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Phase {
    Closed,
    Open,
    HalfOpen,
}

struct Small {
    rules: Rules,
    phase: Phase,
    failures: u32,
    until: u64,
    /// How often it has opened.
    generation: u32,
    /// In which generation each call was let in.
    calls: HashMap<String, u32>,
}

fn with(rules: Rules) -> Circuit {
    let mut circuit = Small {
        rules,
        phase: Phase::Closed,
        failures: 0,
        until: 0,
        generation: 0,
        calls: HashMap::new(),
    };
    Box::new(move |event| {
        let (now, who, what) = event_of(event);
        if what == "asks" {
            return circuit.ask(now, who);
        }
        let generation = circuit.calls.remove(who).expect("it was let in");
        let late = generation != circuit.generation;
        match what {
            "succeeded" => circuit.succeed(late),
            "failed" => circuit.fail(now, late),
            "gave up" if circuit.rules.giving_up_is_failure => circuit.fail(now, late),
            "gave up" => circuit.give_up(late),
            other => panic!("nobody knows what `{other}` means"),
        }
    })
}

impl Small {
    fn ask(&mut self, now: u64, who: &str) -> String {
        let refused = match self.phase {
            Phase::Closed => false,
            Phase::Open if self.rules.the_time_itself_is_over => now < self.until,
            Phase::Open => now <= self.until,
            Phase::HalfOpen if self.generation > 1 => self.rules.later_ones_probe_alone,
            Phase::HalfOpen => self.rules.one_probes,
        };
        if refused {
            let left = if self.phase == Phase::HalfOpen { 1 } else { self.until - now };
            let said = if self.rules.says_what_is_left { left } else { OPEN_FOR };
            return format!("wait {said}");
        }
        if self.phase == Phase::Open {
            self.phase = Phase::HalfOpen;
        }
        self.calls.insert(who.to_owned(), self.generation);
        "in".to_owned()
    }

    fn succeed(&mut self, late: bool) -> String {
        let beside_a_probe =
            self.rules.late_successes_beside_a_probe && self.phase == Phase::HalfOpen;
        if late && !self.rules.late_successes && !beside_a_probe {
            return String::new();
        }
        let closes = self.phase != Phase::Closed;
        self.phase = Phase::Closed;
        if closes && self.rules.closing_forgets || !closes && self.rules.success_forgets {
            self.failures = 0;
        }
        if closes { "closed".to_owned() } else { String::new() }
    }

    fn fail(&mut self, now: u64, late: bool) -> String {
        if late {
            if self.rules.late_failures {
                self.until = now + OPEN_FOR;
            }
            return String::new();
        }
        let probe = self.phase == Phase::HalfOpen;
        self.failures += 1;
        if !probe && self.failures < FAILURES_MAX {
            return String::new();
        }
        self.phase = Phase::Open;
        self.generation += 1;
        if !probe || self.rules.probe_reopens {
            self.until = now + OPEN_FOR;
        }
        "open".to_owned()
    }

    fn give_up(&mut self, late: bool) -> String {
        let counts = !late || self.rules.late_give_ups;
        if counts && self.phase == Phase::HalfOpen && self.rules.probe_gives_back {
            self.phase = Phase::Open;
        }
        String::new()
    }
}

/// The second, the caller, and what happens.
fn event_of(event: &str) -> (u64, &str, &str) {
    let (now, rest) = event.split_once(' ').expect("a second comes first");
    let (who, what) = rest.split_once(' ').expect("a caller comes second");
    (now.parse().expect("a number of seconds"), who, what)
}
