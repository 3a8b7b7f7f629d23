//! A dependency goes down and comes back: what a circuit breaker that opens at three failures, for a minute, does meanwhile.
//!
//! The times are made up: nobody waits a minute.

use std::error::Error;
use std::time::{Duration, Instant};

use sync::breaker::{Breaker, Policy, State};
use witness::trace::{Event, Gauge, Recorder, program};

struct Stage {
    trace: Recorder,
    breaker: Breaker,
    begin: Instant,
    /// Calls that the dependency has seen, and callers that were told at once.
    calls: u64,
    spared: u64,
}

fn main() -> Result<(), Box<dyn Error>> {
    let gauge = |key, title, max| Gauge { key, title, unit: "", max };
    let trace = Recorder::new(
        &[program("callers"), program("breaker"), program("service")],
        &[gauge("calls", "calls", 8), gauge("spared", "spared", 8)],
    );
    let policy = Policy { failures_max: 3, open_for: Duration::from_secs(60) };
    let breaker = Breaker::new(policy);
    let mut stage = Stage { trace, breaker, begin: Instant::now(), calls: 0, spared: 0 };
    stage.call(0, true);
    (1..4).for_each(|second| stage.call(second, false));
    (4..7).for_each(|second| stage.call(second, true));
    stage.probe(63);
    stage.call(64, true);
    stage.call(123, true);
    stage.call(124, true);
    Ok(stage.trace.print()?)
}

impl Stage {
    /// A caller asks, and calls if it may. Its call ends well, if the service is up.
    fn call(&mut self, second: u64, up: bool) {
        let now = Duration::from_secs(second);
        match self.breaker.enter(now) {
            Err(open) => {
                self.spared += 1;
                let seconds = open.retry_after.as_secs();
                let event = self.event(second, "breaker", "refuse").bad().to("callers");
                event.says(format!(
                    "open: the caller is told at once, and to come again in {seconds} s"
                ));
            }
            Ok(call) if up => {
                let closes = call.succeeded();
                self.calls += 1;
                let event = self.event(second, "service", "answer").to("callers");
                event.says(if closes { "the probe is answered: closed" } else { "answered" });
            }
            Ok(call) => {
                let opens = call.failed(now);
                self.calls += 1;
                let event = self.event(second, "service", "fail").bad().to("callers");
                event.says(if opens { "failed, and that is one too many: open" } else { "failed" });
            }
        }
    }

    /// A caller that is the probe; while it waits for the answer, another one comes. Then it fails.
    fn probe(&mut self, second: u64) {
        let now = Duration::from_secs(second);
        let probe = self.breaker.enter(now).expect("the time is over");
        assert_eq!(self.breaker.state(now), State::HalfOpen);
        let beside = self.breaker.enter(now).expect_err("one probes at a time");
        let seconds = beside.retry_after.as_secs();
        let opens = probe.failed(now);
        self.calls += 1;
        self.event(second, "breaker", "probe")
            .to("service")
            .says("a minute is over: one caller may try");
        self.spared += 1;
        let event = self.event(second, "breaker", "refuse").bad().to("callers");
        event.says(format!("half-open: another one is told to look again in {seconds} s"));
        let event = self.event(second, "service", "fail").bad().to("callers");
        event.says(if opens { "the probe fails: open for another minute" } else { "failed" });
    }

    fn event(&self, second: u64, lane: &'static str, kind: &'static str) -> Event<'_> {
        let at = self.begin + Duration::from_secs(second);
        self.trace.event(lane, kind).at(at).gauge("calls", self.calls).gauge("spared", self.spared)
    }
}
