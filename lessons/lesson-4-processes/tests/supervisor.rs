//! Goal: whatever workers do, each is there again soon, at most twice, and the server can always be stopped.
//!
//! Method: the state machine on invented histories with invented time, one by one and thousands at random; then the
//! loop on real processes that crash, hang, and do not want to go (`real.rs`); and the learner's own test (`your_trial.rs`).
//! Not proven: what a worker serves while it lives.

mod world;

use std::time::{Duration, Instant};

use processes::supervisor::{Action, Ending, Event, Life, Outcome, Policy, Supervisor};
use proptest::prelude::*;

use world::{Step, World};

/// A machine for tests, its time, and what it has said last.
struct Machine {
    supervisor: Supervisor,
    now: Instant,
}

impl Machine {
    /// With `workers` that are all ready: lives 0, 1, …
    fn ready(workers: usize) -> Self {
        let now = Instant::now();
        let mut machine =
            Self { supervisor: Supervisor::new(Policy::default(), workers, now), now };
        assert_eq!(machine.handle(Event::Tick), starts(0..workers, 0, 0));
        for life in 0..workers as u64 {
            assert_eq!(machine.handle(Event::Ready(Life(life))), []);
        }
        machine
    }

    fn handle(&mut self, event: Event) -> Vec<Action> {
        self.supervisor.handle(event, self.now)
    }

    /// Lets time pass in which the given lives beat, and collects what is to be done.
    fn pass(&mut self, time: Duration, beating: &[u64]) -> Vec<Action> {
        let mut actions = Vec::new();
        let end = self.now + time;
        while self.now < end {
            self.now += Duration::from_millis(100).min(end - self.now);
            beating.iter().for_each(|&life| actions.extend(self.handle(Event::Beat(Life(life)))));
            actions.extend(self.handle(Event::Tick));
        }
        actions
    }
}

fn start(life: u64, worker: usize, generation: u64) -> Action {
    Action::Start { life: Life(life), worker, generation }
}

fn starts(workers: std::ops::Range<usize>, first_life: u64, generation: u64) -> Vec<Action> {
    workers.map(|worker| start(first_life + worker as u64, worker, generation)).collect()
}

const SECOND: Duration = Duration::from_secs(1);

#[test]
fn every_worker_is_started_once() {
    let mut machine = Machine::ready(3);
    assert_eq!(machine.pass(60 * SECOND, &[0, 1, 2]), []);
}

#[test]
fn a_worker_that_dies_is_started_again_at_once() {
    let mut machine = Machine::ready(2);
    assert_eq!(machine.handle(Event::Exited(Life(1), Ending::Failed)), [start(2, 1, 0)]);
    assert_eq!(machine.handle(Event::Exited(Life(1), Ending::Failed)), [], "nobody dies twice");
}

#[test]
fn each_failure_in_a_row_waits_longer_than_the_one_before() {
    let mut machine = Machine::ready(1);
    let mut waits = Vec::new();
    for life in 0..9 {
        let died = machine.now;
        let mut actions = machine.handle(Event::Exited(Life(life), Ending::Failed));
        while actions.is_empty() {
            machine.now = machine.supervisor.deadline().expect("a restart is due");
            actions = machine.handle(Event::Tick);
        }
        assert_eq!(actions, [start(life + 1, 0, 0)]);
        waits.push((machine.now - died).as_millis());
        machine.handle(Event::Ready(Life(life + 1)));
    }
    assert_eq!(waits, [0, 100, 200, 400, 800, 1600, 3200, 5000, 5000]);
}

#[test]
fn no_number_of_failures_is_too_large_for_a_wait() {
    let policy = Policy { failures_max: u32::MAX, ..Policy::default() };
    for failures in [10, 33, 34, 35, 64, 66, 1000, u32::MAX] {
        assert_eq!(policy.back_off(failures), policy.back_off_max, "after {failures} failures");
    }
}

#[test]
fn a_crash_loop_ends_the_server() {
    let mut machine = Machine::ready(2);
    let mut actions = Vec::new();
    for life in [0, 2, 3, 4, 5, 6, 7, 8, 9, 10] {
        actions = machine.handle(Event::Exited(Life(life), Ending::Failed));
        if actions.is_empty() {
            actions = machine.pass(6 * SECOND, &[1]);
        }
    }
    let last = [Action::End, Action::Terminate(Life(1))];
    assert_eq!(actions, last, "the tenth failure: the other worker goes");
    let last = machine.handle(Event::Exited(Life(1), Ending::Clean));
    assert_eq!(last, [Action::Finish(Outcome::CrashLoop)]);
}

#[test]
fn a_crash_loop_is_told_also_when_something_was_cut_off_behind_it() {
    let mut machine = Machine::ready(2);
    for life in [0, 2, 3, 4, 5, 6, 7, 8, 9, 10] {
        if machine.handle(Event::Exited(Life(life), Ending::Failed)).is_empty() {
            machine.pass(6 * SECOND, &[1]);
        }
    }
    let last = machine.handle(Event::Exited(Life(1), Ending::Failed));
    assert_eq!(last, [Action::Finish(Outcome::CrashLoop)], "the worse of the two");
}

#[test]
fn old_failures_are_forgotten() {
    let mut machine = Machine::ready(1);
    for life in 0..30 {
        let actions = machine.handle(Event::Exited(Life(life), Ending::Failed));
        assert_eq!(actions, [start(life + 1, 0, 0)], "each time at once");
        machine.handle(Event::Ready(Life(life + 1)));
        assert_eq!(machine.pass(11 * SECOND, &[life + 1]), []);
    }
}

#[test]
fn what_cannot_start_at_all_ends_the_server_at_once() {
    let now = Instant::now();
    let mut machine = Machine { supervisor: Supervisor::new(Policy::default(), 2, now), now };
    machine.handle(Event::Tick);
    let actions = machine.handle(Event::Exited(Life(0), Ending::Failed));
    assert_eq!(actions, [Action::End, Action::Terminate(Life(1))]);
    // It was told to go before it could say that it would: no requests were cut off.
    let actions = machine.handle(Event::Exited(Life(1), Ending::Failed));
    assert_eq!(actions, [Action::Finish(Outcome::NeverReady)]);
}

#[test]
fn a_worker_that_never_gets_ready_is_killed() {
    let mut machine = Machine::ready(1);
    machine.handle(Event::Exited(Life(0), Ending::Failed));
    assert_eq!(machine.pass(29 * SECOND, &[]), []);
    assert_eq!(machine.pass(2 * SECOND, &[]), [Action::Kill(Life(1))]);
    assert_eq!(machine.pass(60 * SECOND, &[]), [], "its successor waits until it is gone");
    assert_eq!(machine.handle(Event::Exited(Life(1), Ending::Failed)), []);
    assert_eq!(machine.pass(SECOND, &[]), [start(2, 0, 0)]);
}

#[test]
fn a_worker_that_hangs_is_killed_and_replaced() {
    let mut machine = Machine::ready(2);
    assert_eq!(machine.pass(6 * SECOND, &[0]), [Action::Kill(Life(1))]);
    assert_eq!(machine.handle(Event::Exited(Life(1), Ending::Failed)), [start(2, 1, 0)]);
}

#[test]
fn a_pause_of_the_master_is_nobody_elses_fault() {
    let mut machine = Machine::ready(2);
    machine.now += Duration::from_secs(3600);
    assert_eq!(machine.handle(Event::Tick), []);
    assert_eq!(
        machine.pass(6 * SECOND, &[0]),
        [Action::Kill(Life(1))],
        "but it is not blind afterwards"
    );
}

#[test]
fn a_quiet_workers_listener_is_looked_after_by_another() {
    let mut machine = Machine::ready(3);
    let adopters = |machine: &Machine| machine.supervisor.adopters(3, |_, _| true, machine.now);
    assert_eq!(adopters(&machine), [None, None, None]);
    machine.pass(2 * SECOND, &[0, 2]);
    assert!(matches!(adopters(&machine)[..], [None, Some(Life(0 | 2)), None]));
    machine.pass(SECOND, &[0, 1, 2]);
    assert_eq!(adopters(&machine), [None, None, None], "until it beats again");
    machine.handle(Event::Exited(Life(0), Ending::Failed));
    assert!(
        matches!(adopters(&machine)[..], [Some(Life(1 | 2)), None, None]),
        "nor is it ready at once"
    );
}

#[test]
fn nobody_adopts_a_listener_that_was_opened_after_its_start() {
    let mut machine = Machine::ready(2);
    machine.handle(Event::Reload { workers: 3 });
    machine.handle(Event::Ready(Life(2)));
    // The third worker's listener is new: only lives from the second on have inherited it.
    let holds = |life: Life, listener: usize| listener < 2 || life >= Life(2);
    let adopters = machine.supervisor.adopters(3, holds, machine.now);
    assert_eq!(adopters, [None, None, Some(Life(2))]);
    let nobody = machine.supervisor.adopters(3, |_, listener| listener < 2, machine.now);
    assert_eq!(nobody, [None, None, None]);
}

/// A program may supervise processes that accept nothing, too.
#[test]
fn who_holds_no_listener_leaves_it_to_others() {
    let mut machine = Machine::ready(3);
    machine.pass(SECOND / 2, &[0, 1, 2]);
    let holds = |life: Life, _| life < Life(2);
    let adopters = machine.supervisor.adopters(3, holds, machine.now);
    assert!(matches!(adopters[..], [None, None, Some(Life(0 | 1))]), "{adopters:?}");
}

#[test]
fn with_nobody_left_nobody_adopts() {
    let mut machine = Machine::ready(2);
    machine.pass(2 * SECOND, &[]);
    assert_eq!(machine.supervisor.adopters(2, |_, _| true, machine.now), [None, None]);
}

#[test]
fn who_is_not_needed_is_tried_for_ever_and_ends_nothing() {
    let mut machine = Machine::ready(2);
    machine.supervisor.set_policy(Policy { needed: 1, ..Policy::default() });
    for life in 1..30 {
        let mut actions = machine.handle(Event::Exited(Life(life), Ending::Failed));
        if actions.is_empty() {
            actions = machine.pass(6 * SECOND, &[0]);
        }
        assert_eq!(actions, [start(life + 1, 1, 0)]);
    }
    machine.handle(Event::Ready(Life(30)));
    machine.handle(Event::Stop);
    machine.handle(Event::Exited(Life(0), Ending::Clean));
    let end = machine.handle(Event::Exited(Life(30), Ending::Failed));
    assert_eq!(end, [Action::Finish(Outcome::Stopped)], "nobody's request was cut off");
}

#[test]
fn stop_tells_everybody_to_go_and_waits() {
    let mut machine = Machine::ready(2);
    let told = machine.handle(Event::Stop);
    assert_eq!(told, [Action::End, Action::Terminate(Life(0)), Action::Terminate(Life(1))]);
    assert_eq!(machine.handle(Event::Exited(Life(0), Ending::Clean)), [], "and starts nobody");
    let last = machine.handle(Event::Exited(Life(1), Ending::Clean));
    assert_eq!(last, [Action::Finish(Outcome::Stopped)]);
    assert_eq!(machine.pass(60 * SECOND, &[]), [], "once");
}

#[test]
fn a_worker_that_is_ended_before_it_was_ready_had_nothing_to_cut_off() {
    let mut machine = Machine::ready(1);
    machine.handle(Event::Exited(Life(0), Ending::Failed));
    assert_eq!(machine.handle(Event::Stop), [Action::End, Action::Terminate(Life(1))]);
    // It did not know the signal yet, and died of it.
    let last = machine.handle(Event::Exited(Life(1), Ending::Failed));
    assert_eq!(last, [Action::Finish(Outcome::Stopped)]);
}

#[test]
fn who_does_not_go_in_time_is_killed_and_that_is_said() {
    let mut machine = Machine::ready(1);
    machine.handle(Event::Stop);
    assert_eq!(machine.pass(34 * SECOND, &[0]), []);
    assert_eq!(machine.pass(2 * SECOND, &[0]), [Action::Kill(Life(0))]);
    let last = machine.handle(Event::Exited(Life(0), Ending::Failed));
    assert_eq!(last, [Action::Finish(Outcome::Cut)]);
}

#[test]
fn a_second_stop_kills() {
    let mut machine = Machine::ready(2);
    machine.handle(Event::Stop);
    assert_eq!(machine.handle(Event::Stop), [], "the same request, passed on by two");
    assert_eq!(machine.pass(SECOND, &[0, 1]), []);
    let told = machine.handle(Event::Stop);
    assert_eq!(told, [Action::Kill(Life(0)), Action::Kill(Life(1))]);
}

#[test]
fn a_reload_replaces_one_worker_after_the_other_and_never_lacks_one() {
    let mut machine = Machine::ready(2);
    assert_eq!(machine.handle(Event::Reload { workers: 2 }), [start(2, 0, 1)]);
    assert_eq!(
        machine.pass(SECOND, &[0, 1, 2]),
        [],
        "the old one stays until the new one is ready"
    );
    let actions = machine.handle(Event::Ready(Life(2)));
    assert_eq!(actions, [Action::Adopted(1), Action::Terminate(Life(0)), start(3, 1, 1)]);
    let actions = machine.handle(Event::Ready(Life(3)));
    assert_eq!(actions, [Action::Terminate(Life(1))]);
    machine.handle(Event::Exited(Life(0), Ending::Clean));
    assert_eq!(machine.handle(Event::Exited(Life(1), Ending::Clean)), []);
    assert_eq!(
        machine.handle(Event::Exited(Life(2), Ending::Failed)),
        [start(4, 0, 1)],
        "new settings stay"
    );
}

#[test]
fn a_reload_whose_first_worker_fails_changes_nothing() {
    let mut machine = Machine::ready(2);
    machine.handle(Event::Reload { workers: 5 });
    let actions = machine.handle(Event::Exited(Life(2), Ending::Failed));
    assert_eq!(actions, [Action::Abandoned(1)]);
    assert_eq!(machine.supervisor.workers(), 2);
    assert_eq!(
        machine.handle(Event::Exited(Life(1), Ending::Failed)),
        [start(3, 1, 0)],
        "old settings stay"
    );
}

#[test]
fn a_reload_can_change_the_number_of_workers() {
    let mut machine = Machine::ready(2);
    machine.handle(Event::Reload { workers: 3 });
    let actions = machine.handle(Event::Ready(Life(2)));
    assert_eq!(actions, [Action::Adopted(1), Action::Terminate(Life(0)), start(3, 2, 1)]);
    machine.handle(Event::Exited(Life(0), Ending::Clean));
    assert_eq!(machine.handle(Event::Ready(Life(3))), [start(4, 1, 1)]);
    machine.handle(Event::Ready(Life(4)));
    machine.handle(Event::Exited(Life(1), Ending::Clean));
    machine.handle(Event::Reload { workers: 1 });
    let actions = machine.handle(Event::Ready(Life(5)));
    let gone = [3, 4, 2].map(|life| Action::Terminate(Life(life)));
    assert_eq!(actions, [&[Action::Adopted(2)], &gone[..]].concat());
    assert_eq!(
        machine.supervisor.adopters(3, |_, _| true, machine.now),
        [None, Some(Life(5)), Some(Life(5))]
    );
}

#[test]
fn a_reload_during_a_reload_comes_afterwards() {
    let mut machine = Machine::ready(1);
    machine.handle(Event::Reload { workers: 1 });
    assert_eq!(machine.handle(Event::Reload { workers: 1 }), []);
    assert_eq!(
        machine.handle(Event::Ready(Life(1))),
        [Action::Adopted(1), Action::Terminate(Life(0))]
    );
    assert_eq!(machine.handle(Event::Exited(Life(0), Ending::Clean)), [start(2, 0, 2)]);
}

#[test]
fn a_worker_that_goes_by_itself_is_replaced_before_it_is_gone() {
    let mut machine = Machine::ready(2);
    machine.pass(11 * SECOND, &[0, 1]);
    assert_eq!(machine.handle(Event::Leaving(Life(1))), [start(2, 1, 0)]);
    assert_eq!(machine.handle(Event::Exited(Life(1), Ending::Clean)), []);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 100, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_history_breaks_what_must_hold(workers in 1_usize..5, steps in prop::collection::vec(Step::any(), 1..120)) {
        let mut world = World::new(workers);
        for step in steps {
            world.step(step);
        }
        world.is_well_again();
        world.can_be_stopped();
    }
}

#[path = "supervisor/real.rs"]
mod real;
#[path = "supervisor/your_trial.rs"]
mod your_trial;
