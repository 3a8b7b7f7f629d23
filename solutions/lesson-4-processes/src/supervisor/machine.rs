//! The state machine, without processes and clocks.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use super::{Action, Ending, Event, Generation, Life, Outcome, Policy};

/// A second request to stop kills, but not sooner than this behind the first: a terminal and the program that started
/// the server may both pass on the same one.
const IMPATIENT_AFTER: Duration = Duration::from_secs(1);

/// What is to be done, so far.
type Actions = Vec<Action>;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    Starting,
    Ready,
    Leaving,
    Killed,
}

#[derive(Debug)]
struct State {
    worker: usize,
    generation: Generation,
    phase: Phase,
    /// When this phase began.
    since: Instant,
    /// When the process began.
    born: Instant,
    beat: Instant,
    /// Whether it was ever ready: then it may have requests that its end cuts off.
    served: bool,
}

impl State {
    fn move_to(&mut self, phase: Phase, now: Instant) {
        self.phase = phase;
        self.since = now;
    }

    fn active(&self) -> bool {
        matches!(self.phase, Phase::Starting | Phase::Ready)
    }
}

/// A worker's record.
#[derive(Debug, Clone, Copy, Default)]
struct Record {
    /// How many lives in a row have failed before they were [`Policy::healthy_after`] old.
    failures: u32,
    /// Not to be started before.
    not_before: Option<Instant>,
}

/// Settings that are being brought in.
#[derive(Debug, Clone, Copy)]
struct Reload {
    workers: usize,
}

/// The machine.
#[derive(Debug)]
pub struct Supervisor {
    policy: Policy,
    records: Vec<Record>,
    lives: BTreeMap<Life, State>,
    lives_ever: u64,
    generation: Generation,
    /// The generation after this one, until its first worker is ready.
    trial: Option<Reload>,
    /// At most one waits, the last that was asked for.
    waiting: Option<Reload>,
    /// Whether any life was ever ready.
    proven: bool,
    stopping: Option<Outcome>,
    /// Since when it has been told to stop.
    told: Option<Instant>,
    finished: bool,
    /// When the machine was last asked: a long gap is a pause of its own, not of the workers.
    asked: Instant,
}

impl Supervisor {
    /// A machine that wants `workers` lives; the first [`Event::Tick`] starts them.
    #[must_use]
    pub fn new(policy: Policy, workers: usize, now: Instant) -> Self {
        Self {
            policy,
            records: vec![Record::default(); workers.max(1)],
            lives: BTreeMap::new(),
            lives_ever: 0,
            generation: 0,
            trial: None,
            waiting: None,
            proven: false,
            stopping: None,
            told: None,
            finished: false,
            asked: now,
        }
    }

    /// Takes in one event, and says what is to be done, in this order. Events of lives that are gone
    /// change nothing.
    pub fn handle(&mut self, event: Event, now: Instant) -> Vec<Action> {
        let mut actions = Vec::new();
        self.forgive_own_pause(now);
        match event {
            Event::Ready(life) => self.ready(life, now, &mut actions),
            Event::Beat(life) => self.beat(life, now),
            Event::Leaving(life) => self.leaving(life, now, &mut actions),
            Event::Exited(life, ending) => self.exited(life, ending, now, &mut actions),
            Event::Reload { workers } => self.waiting = Some(Reload { workers: workers.max(1) }),
            Event::Stop => self.stop(now, &mut actions),
            Event::Tick => {}
        }
        self.enforce_deadlines(now, &mut actions);
        if self.stopping.is_none() {
            self.begin_reload();
            self.fill(now, &mut actions);
            self.renew(now, &mut actions);
        } else if self.lives.is_empty() && !self.finished {
            self.finished = true;
            actions.extend(self.stopping.map(Action::Finish));
        }
        actions
    }

    /// When the next [`Event::Tick`] is wanted, if nothing else happens.
    #[must_use]
    pub fn deadline(&self) -> Option<Instant> {
        let lives = self.lives.values().filter_map(|life| self.limit(life));
        let starts = self.records.iter().filter_map(|record| record.not_before);
        // One that is due already waits for an exit, not for the time.
        let starts = starts.filter(|&time| self.stopping.is_none() && time > self.asked);
        lives.chain(starts).min()
    }

    /// For each listener the life that is to accept from it in place of its own worker, which is not
    /// there or has gone quiet. Listeners of workers that are no more are always such.
    #[must_use]
    pub fn adopters(
        &self,
        listeners: usize,
        holds: impl Fn(Life, usize) -> bool,
        now: Instant,
    ) -> Vec<Option<Life>> {
        let attentive = |state: &State| {
            state.phase == Phase::Ready
                && now.saturating_duration_since(state.beat) < self.policy.quiet_max
        };
        let ready: Vec<_> = self.lives.iter().filter(|(_, state)| attentive(state)).collect();
        let adopter = |listener: usize| {
            let its = |life: Life, state: &State| state.worker == listener && holds(life, listener);
            let own = ready.iter().any(|(life, state)| its(**life, state));
            let able: Vec<_> = ready.iter().filter(|(life, _)| holds(**life, listener)).collect();
            let other = able.get(listener % able.len().max(1)).map(|(life, _)| **life);
            other.filter(|_| !own && self.stopping.is_none())
        };
        (0..listeners).map(adopter).collect()
    }

    /// Another patience, from now on.
    pub fn set_policy(&mut self, policy: Policy) {
        self.policy = policy;
    }

    /// How many workers there should be.
    #[must_use]
    pub fn workers(&self) -> usize {
        self.records.len()
    }

    fn ready(&mut self, life: Life, now: Instant, actions: &mut Actions) {
        let Some(state) = self.lives.get_mut(&life) else { return };
        state.beat = now;
        if state.phase != Phase::Starting {
            return;
        }
        state.move_to(Phase::Ready, now);
        state.served = true;
        self.proven = true;
        let (worker, generation) = (state.worker, state.generation);
        if generation > self.generation {
            self.adopt(generation, now, actions);
        }
        let older: Vec<_> = self.active_of(worker).filter(|&other| other < life).collect();
        for older in older {
            self.terminate(older, now, actions);
        }
    }

    /// The first worker with new settings is ready: they hold for all from now on.
    fn adopt(&mut self, generation: Generation, now: Instant, actions: &mut Actions) {
        let Some(Reload { workers }) = self.trial.take() else { return };
        self.generation = generation;
        actions.push(Action::Adopted(generation));
        self.records.resize(workers, Record::default());
        let surplus =
            self.lives.iter().filter(|(_, state)| state.active() && state.worker >= workers);
        let surplus: Vec<_> = surplus.map(|(life, _)| *life).collect();
        for life in surplus {
            self.terminate(life, now, actions);
        }
    }

    fn beat(&mut self, life: Life, now: Instant) {
        let Some(state) = self.lives.get_mut(&life) else { return };
        state.beat = now;
        let grown_up = now.saturating_duration_since(state.born) >= self.policy.healthy_after;
        if grown_up && let Some(record) = self.records.get_mut(state.worker) {
            record.failures = 0;
        }
    }

    /// It goes of its own accord. One that does so young has failed, or it would be replaced without end.
    fn leaving(&mut self, life: Life, now: Instant, actions: &mut Actions) {
        let Some(state) = self.lives.get_mut(&life).filter(|state| state.active()) else { return };
        state.move_to(Phase::Leaving, now);
        let young = now.saturating_duration_since(state.born) < self.policy.healthy_after;
        let on_trial = state.generation > self.generation;
        if young && !on_trial && self.stopping.is_none() {
            let worker = state.worker;
            self.failed(worker, now, actions);
        }
    }

    fn exited(&mut self, life: Life, ending: Ending, now: Instant, actions: &mut Actions) {
        // ANCHOR: exited
        // TASK: forget the life, and see to what its end means
        // STEP: while the server stops: the outcome is `Cut` if it had served, is needed and has not ended cleanly; unless the
        // STEP: outcome is a worse one already (they are ordered)
        // STEP: of a generation on probation: there is no `trial` any more, and its settings are abandoned
        // STEP: it was leaving: nothing; who was leaving and had to be killed is `Phase::Killed`
        // STEP: else it has failed, too; if no life was ever ready and it is needed, the server ends, `Outcome::NeverReady`
        let Some(state) = self.lives.remove(&life) else { return };
        let is_needed = state.worker < self.policy.needed;
        let cut_off = state.served && ending == Ending::Failed && is_needed;
        if self.stopping.is_some() {
            self.stopping = self.stopping.max(cut_off.then_some(Outcome::Cut));
        } else if state.generation > self.generation {
            self.trial = None;
            actions.push(Action::Abandoned(state.generation));
        } else if state.phase == Phase::Leaving {
            // It was to go, and what it cut off, it has said itself.
        } else if self.proven || !is_needed {
            self.failed(state.worker, now, actions);
        } else {
            self.end(Outcome::NeverReady, now, actions);
        }
        // ANCHOR_END: exited
    }

    /// One more life of this worker has failed in a row: the next one waits, if there is to be one.
    fn failed(&mut self, worker: usize, now: Instant, actions: &mut Actions) {
        let Some(record) = self.records.get_mut(worker) else { return };
        record.failures += 1;
        record.not_before = Some(now + self.policy.back_off(record.failures));
        if worker < self.policy.needed && record.failures >= self.policy.failures_max {
            self.end(Outcome::CrashLoop, now, actions);
        }
    }

    fn stop(&mut self, now: Instant, actions: &mut Actions) {
        let told = *self.told.get_or_insert(now);
        if self.stopping.is_none() {
            self.end(Outcome::Stopped, now, actions);
        }
        if now.saturating_duration_since(told) < IMPATIENT_AFTER {
            return;
        }
        let lives: Vec<_> = self.lives.keys().copied().collect();
        for life in lives {
            self.kill(life, now, actions);
        }
    }

    fn end(&mut self, outcome: Outcome, now: Instant, actions: &mut Actions) {
        self.stopping = Some(outcome);
        actions.push(Action::End);
        let active = self.lives.iter().filter(|(_, state)| state.active());
        let active: Vec<_> = active.map(|(life, _)| *life).collect();
        for life in active {
            self.terminate(life, now, actions);
        }
    }

    /// A reload begins when the one before has left no traces.
    fn begin_reload(&mut self) {
        let quiet = self.trial.is_none()
            && self
                .lives
                .values()
                .all(|state| state.phase == Phase::Ready && state.generation == self.generation);
        if quiet && let Some(reload) = self.waiting.take() {
            self.trial = Some(reload);
        }
    }

    /// Starts a life for each worker that has none and may have one.
    fn fill(&mut self, now: Instant, actions: &mut Actions) {
        for worker in 0..self.records.len() {
            let due = self.records[worker].not_before.is_none_or(|time| time <= now);
            let room = self.of(worker).count() < 2;
            if due
                && room
                && self.active_of(worker).next().is_none()
                && !self.is_being_killed(worker)
            {
                self.records[worker].not_before = None;
                self.start(worker, self.generation, now, actions);
            }
        }
    }

    /// Replaces workers of an older generation, one at a time.
    fn renew(&mut self, now: Instant, actions: &mut Actions) {
        let target = self.generation + u64::from(self.trial.is_some());
        let on_trial = |state: &State| state.generation > self.generation;
        if self.lives.values().any(|state| state.phase == Phase::Starting || on_trial(state)) {
            return;
        }
        let outdated = |state: &&State| state.phase == Phase::Ready && state.generation < target;
        let next = self.lives.values().filter(outdated).map(|state| state.worker).min();
        if let Some(worker) = next.filter(|&worker| self.of(worker).count() < 2) {
            self.start(worker, target, now, actions);
        }
    }

    fn start(
        &mut self,
        worker: usize,
        generation: Generation,
        now: Instant,
        actions: &mut Actions,
    ) {
        let life = Life(self.lives_ever);
        self.lives_ever += 1;
        let phase = Phase::Starting;
        self.lives.insert(
            life,
            State { worker, generation, phase, since: now, born: now, beat: now, served: false },
        );
        actions.push(Action::Start { life, worker, generation });
    }

    fn terminate(&mut self, life: Life, now: Instant, actions: &mut Actions) {
        if let Some(state) = self.lives.get_mut(&life) {
            state.move_to(Phase::Leaving, now);
            actions.push(Action::Terminate(life));
        }
    }

    fn kill(&mut self, life: Life, now: Instant, actions: &mut Actions) {
        let Some(state) = self.lives.get_mut(&life) else { return };
        if state.phase == Phase::Killed {
            return;
        }
        state.move_to(Phase::Killed, now);
        actions.push(Action::Kill(life));
    }

    fn enforce_deadlines(&mut self, now: Instant, actions: &mut Actions) {
        let late = self
            .lives
            .iter()
            .filter(|(_, state)| self.limit(state).is_some_and(|limit| limit <= now));
        let late: Vec<_> = late.map(|(life, _)| *life).collect();
        for life in late {
            self.kill(life, now, actions);
        }
    }

    /// How long a life may stay in its phase. One that is killed is gone as soon as the kernel lets
    /// it go; there is nothing more to be done.
    fn limit(&self, state: &State) -> Option<Instant> {
        // ANCHOR: limit
        // TASK: for each phase, until when it may last
        // STEP: three of the policy's times count, two of them from `since`; for a killed life nothing more can be done
        match state.phase {
            Phase::Starting => Some(state.since + self.policy.start_max),
            Phase::Ready => Some(state.beat + self.policy.hang_max),
            Phase::Leaving => Some(state.since + self.policy.drain_max),
            Phase::Killed => None,
        }
        // ANCHOR_END: limit
    }

    /// Whoever stops the master, with Ctrl-Z say, mostly stops the workers too. They have not hung.
    fn forgive_own_pause(&mut self, now: Instant) {
        let pause = now.saturating_duration_since(self.asked);
        if pause >= self.policy.hang_max / 2 {
            for state in self.lives.values_mut() {
                state.beat += pause;
                state.since += pause;
            }
        }
        self.asked = now;
    }

    fn of(&self, worker: usize) -> impl Iterator<Item = (Life, &State)> {
        let of_it = move |(life, state): (&Life, _)| (*life, state);
        self.lives
            .iter()
            .map(of_it)
            .filter(move |(_, state): &(Life, &State)| state.worker == worker)
    }

    fn active_of(&self, worker: usize) -> impl Iterator<Item = Life> {
        self.of(worker).filter(|(_, state)| state.active()).map(|(life, _)| life)
    }

    fn is_being_killed(&self, worker: usize) -> bool {
        self.of(worker).any(|(_, state)| state.phase == Phase::Killed)
    }
}
