//! Supervisors. Each does what somebody thought was right.

use std::time::{Duration, Instant};

use crate::supervisor::trial::Machine;
use crate::supervisor::{Action, Ending, Event, Life, Policy, Supervisor};

/// The reference.
#[must_use]
pub fn right(workers: usize) -> Machine {
    with(workers, Policy::default(), |_, actions| actions)
}

/// Right, too: the last worker is the first one whom it tells to go.
#[must_use]
pub fn right_backwards(workers: usize) -> Machine {
    with(workers, Policy::default(), |_, mut actions| {
        actions.reverse();
        actions
    })
}

/// Starts again at once, each time.
#[must_use]
pub fn never_waits(workers: usize) -> Machine {
    let policy = Policy { back_off_min: Duration::ZERO, ..Policy::default() };
    with(workers, policy, |_, actions| actions)
}

/// Tries for ever.
#[must_use]
pub fn never_gives_up(workers: usize) -> Machine {
    let policy = Policy { failures_max: u32::MAX, ..Policy::default() };
    with(workers, policy, |_, actions| actions)
}

/// Kills where it should ask.
#[must_use]
pub fn kills_at_once(workers: usize) -> Machine {
    with(workers, Policy::default(), |_, actions| {
        let kill = |action: String| action.replace("terminate", "kill");
        actions.into_iter().map(kill).collect()
    })
}

/// Asks, and waits for as long as it takes.
#[must_use]
pub fn never_kills(workers: usize) -> Machine {
    with(workers, Policy::default(), |_, actions| {
        actions.into_iter().filter(|action| !action.starts_with("kill")).collect()
    })
}

/// Does not notice that somebody says nothing any more.
#[must_use]
pub fn never_sees_who_hangs(workers: usize) -> Machine {
    let policy = Policy { hang_max: Duration::from_secs(1 << 30), ..Policy::default() };
    with(workers, policy, |_, actions| actions)
}

/// Tells the old worker to go when the new one is started, and not when that is ready.
#[must_use]
pub fn replaces_too_early(workers: usize) -> Machine {
    let mut replaced = Vec::new();
    with(workers, Policy::default(), move |event, mut actions| {
        let started =
            actions.iter().find_map(|action| action.strip_prefix("start ")?.split(' ').next());
        if event == "reload" && started.is_some() {
            replaced.push("terminate 0".to_owned());
            actions.push("terminate 0".to_owned());
        } else {
            actions.retain(|action| !replaced.contains(action));
        }
        actions
    })
}

/// Believes whatever it is told of lives that are gone.
#[must_use]
pub fn believes_the_dead(workers: usize) -> Machine {
    let mut dead = Vec::new();
    let mut more = 100;
    with(workers, Policy::default(), move |event, mut actions| {
        if event.starts_with("failed") {
            if dead.iter().any(|told| told == event) {
                actions.push(format!("start {more} of 0"));
                more += 1;
            }
            dead.push(event.to_owned());
        }
        actions
    })
}

/// Starts a worker in the place of one that was told to go.
#[must_use]
pub fn starts_while_it_stops(workers: usize) -> Machine {
    let mut stopping = false;
    with(workers, Policy::default(), move |event, mut actions| {
        stopping |= event == "stop";
        if stopping && (event.starts_with("ended") || event.starts_with("failed")) {
            actions.push("start 100 of 0".to_owned());
        }
        actions
    })
}

/// Takes settings whose first worker has failed for good ones.
#[must_use]
pub fn adopts_what_failed(workers: usize) -> Machine {
    with(workers, Policy::default(), |_, actions| {
        actions.into_iter().map(|action| action.replace("abandoned", "adopted")).collect()
    })
}

/// The reference with another policy, whose wishes are changed.
fn with(
    workers: usize,
    policy: Policy,
    mut change: impl FnMut(&str, Vec<String>) -> Vec<String> + 'static,
) -> Machine {
    let begin = Instant::now();
    let mut supervisor = Supervisor::new(policy, workers, begin);
    Box::new(move |milliseconds, words| {
        let event = event(words, workers);
        let actions = supervisor.handle(event, begin + Duration::from_millis(milliseconds));
        change(words, actions.into_iter().map(in_words).collect())
    })
}

fn event(words: &str, workers: usize) -> Event {
    let (what, life) = words.split_once(' ').unwrap_or((words, ""));
    let life = || Life(life.parse().expect("the number of a life"));
    match what {
        "tick" => Event::Tick,
        "stop" => Event::Stop,
        "reload" => Event::Reload { workers },
        "ready" => Event::Ready(life()),
        "beat" => Event::Beat(life()),
        "failed" => Event::Exited(life(), Ending::Failed),
        "ended" => Event::Exited(life(), Ending::Clean),
        _ => panic!("a machine cannot be told `{words}`"),
    }
}

fn in_words(action: Action) -> String {
    match action {
        Action::Start { life, worker, .. } => format!("start {} of {worker}", life.0),
        Action::Terminate(life) => format!("terminate {}", life.0),
        Action::Kill(life) => format!("kill {}", life.0),
        Action::Adopted(_) => "adopted".to_owned(),
        Action::Abandoned(_) => "abandoned".to_owned(),
        Action::End => "end".to_owned(),
        Action::Finish(outcome) => format!("finish {outcome:?}"),
    }
}
