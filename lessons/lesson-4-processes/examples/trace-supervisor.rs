//! What the supervisor's machine decides: a crash, a second one, a worker that hangs, and the end.
//!
//! The time is invented: it is in the texts. What the machine is told, this program has made up; what it says, it has said.

use std::error::Error;
use std::time::{Duration, Instant};

use processes::supervisor::{Action, Ending, Event, Life, Policy, Supervisor};
use witness::trace::{Gauge, Recorder, program};

/// A worker that is not mentioned beats this often.
const BEAT_MILLISECONDS: u64 = 500;

fn main() -> Result<(), Box<dyn Error>> {
    let trace = Recorder::new(
        &[program("world"), program("supervisor"), program("workers")],
        &[Gauge { key: "lives", title: "processes", unit: "", max: 2 }],
    );
    let begin = Instant::now();
    let supervisor = Supervisor::new(Policy::default(), 2, begin);
    let mut stage =
        Stage { trace: &trace, begin, supervisor, time: 0, lives: Vec::new(), silent: Vec::new() };
    stage.at(0, "start", Event::Tick, "there should be two workers");
    stage.at(40, "ready", Event::Ready(Life(0)), "life 0 accepts");
    stage.at(41, "ready", Event::Ready(Life(1)), "life 1 accepts");
    stage.at(3000, "crash", Event::Exited(Life(1), Ending::Failed), "life 1 has crashed");
    stage.at(3040, "ready", Event::Ready(Life(2)), "life 2 accepts");
    stage.at(4000, "crash", Event::Exited(Life(2), Ending::Failed), "life 2 has crashed, too");
    stage.at(4100, "tick", Event::Tick, "100 ms have passed");
    stage.at(4140, "ready", Event::Ready(Life(3)), "life 3 accepts");
    stage.silent.push(Life(0));
    stage.at(
        9100,
        "tick",
        Event::Tick,
        "life 0 has not beaten for five seconds (beats are not shown)",
    );
    stage.at(9101, "exited", Event::Exited(Life(0), Ending::Failed), "life 0 is gone");
    stage.at(9140, "ready", Event::Ready(Life(4)), "life 4 accepts");
    stage.at(12_000, "stop", Event::Stop, "SIGTERM");
    stage.at(12_050, "exited", Event::Exited(Life(3), Ending::Clean), "life 3 has finished");
    stage.at(12_060, "exited", Event::Exited(Life(4), Ending::Clean), "life 4 has finished");
    Ok(trace.print()?)
}

struct Stage<'t> {
    trace: &'t Recorder,
    begin: Instant,
    supervisor: Supervisor,
    /// In milliseconds since the beginning.
    time: u64,
    lives: Vec<Life>,
    silent: Vec<Life>,
}

impl Stage<'_> {
    /// Lets time pass until then, in which all beat that are not silent, and tells the machine what happens.
    fn at(&mut self, time: u64, kind: &'static str, event: Event, what: &str) {
        for time in (self.time..time).step_by(BEAT_MILLISECONDS as usize) {
            for life in self.lives.clone() {
                if !self.silent.contains(&life) {
                    self.decide(time, Event::Beat(life));
                }
            }
        }
        self.time = time;
        if let Event::Exited(life, _) = event {
            self.lives.retain(|other| *other != life);
        }
        let told = self.trace.event("world", kind).to("supervisor");
        let told = told.gauge("lives", self.lives.len() as u64);
        told.says(format!("at {time} ms: {what}"));
        self.decide(time, event);
    }

    fn decide(&mut self, time: u64, event: Event) {
        let now = self.begin + Duration::from_millis(time);
        for action in self.supervisor.handle(event, now) {
            let (kind, text) = match action {
                Action::Start { life, worker, .. } => {
                    self.lives.push(life);
                    ("start", format!("start a process for worker {worker}: life {}", life.0))
                }
                Action::Terminate(life) => {
                    ("terminate", format!("tell life {} to finish, and to go", life.0))
                }
                Action::Kill(life) => ("kill", format!("kill life {}", life.0)),
                Action::Adopted(_) => ("adopted", "the new settings hold".to_owned()),
                Action::Abandoned(_) => ("abandoned", "the new settings are forgotten".to_owned()),
                Action::End => ("end", "nobody is started any more".to_owned()),
                Action::Finish(outcome) => ("finish", format!("all are gone: {outcome:?}")),
            };
            let decided = self.trace.event("supervisor", kind).to("workers");
            decided.gauge("lives", self.lives.len() as u64).says(text);
        }
    }
}
