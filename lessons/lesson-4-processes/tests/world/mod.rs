//! A machine room of invented processes, which do what the supervisor says, when they feel like it.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use processes::supervisor::{Action, Ending, Event, Life, Policy, Supervisor};
use proptest::prelude::*;

/// One moment of the invented time.
const MOMENT: Duration = Duration::from_millis(100);

/// What may happen next. A number picks one of the processes that there are.
#[derive(Debug, Clone)]
pub(crate) enum Step {
    Moments(u32),
    Crash(usize),
    Hang(usize),
    /// It will not go when it is told to.
    Defy(usize),
    Leave(usize),
    Reload(usize),
    /// From now on, new processes fail, or do not.
    Break(bool),
}

impl Step {
    pub(crate) fn any() -> impl Strategy<Value = Self> {
        prop_oneof![
            6 => (1_u32..80).prop_map(Self::Moments),
            4 => any::<usize>().prop_map(Self::Crash),
            2 => any::<usize>().prop_map(Self::Hang),
            1 => any::<usize>().prop_map(Self::Defy),
            1 => any::<usize>().prop_map(Self::Leave),
            2 => (1_usize..6).prop_map(Self::Reload),
            1 => any::<bool>().prop_map(Self::Break),
        ]
    }
}

#[derive(Debug)]
struct Process {
    worker: usize,
    generation: u64,
    age: u32,
    ready: bool,
    hung: bool,
    defiant: bool,
    broken: bool,
    told: bool,
    killed: bool,
}

pub(crate) struct World {
    supervisor: Supervisor,
    now: Instant,
    processes: BTreeMap<Life, Process>,
    broken: bool,
    stopping: bool,
    /// It has given up by itself.
    ending: bool,
    finished: bool,
}

impl World {
    pub(crate) fn new(workers: usize) -> Self {
        let now = Instant::now();
        let supervisor = Supervisor::new(Policy::default(), workers, now);
        let (processes, broken) = (BTreeMap::new(), false);
        let mut world = Self {
            supervisor,
            now,
            processes,
            broken,
            stopping: false,
            ending: false,
            finished: false,
        };
        world.happens(Event::Tick);
        world
    }

    pub(crate) fn step(&mut self, step: Step) {
        match step {
            Step::Moments(moments) => (0..moments).for_each(|_| self.moment()),
            Step::Crash(which) => {
                if let Some(life) = self.pick(which) {
                    self.processes.remove(&life);
                    self.happens(Event::Exited(life, Ending::Failed));
                }
            }
            Step::Hang(which) => self.change(which, |process| process.hung = true),
            Step::Defy(which) => self.change(which, |process| process.defiant = true),
            Step::Leave(which) => {
                if let Some(life) = self.pick(which).filter(|life| self.processes[life].ready) {
                    self.change(which, |process| process.told = true);
                    self.happens(Event::Leaving(life));
                }
            }
            Step::Reload(workers) => self.happens(Event::Reload { workers }),
            Step::Break(broken) => self.broken = broken,
        }
    }

    /// Two minutes in which nothing goes wrong: all workers are there, with the same settings.
    pub(crate) fn is_well_again(&mut self) {
        self.broken = false;
        (0..1200).for_each(|_| self.moment());
        if self.finished {
            return;
        }
        let workers: Vec<_> =
            self.processes.values().map(|process| (process.worker, process.ready)).collect();
        let mut sorted = workers.clone();
        sorted.sort_unstable();
        let wanted: Vec<_> = (0..self.supervisor.workers()).map(|worker| (worker, true)).collect();
        assert_eq!(sorted, wanted, "(worker, ready) when all is well again");
        let mut generations: Vec<_> =
            self.processes.values().map(|process| process.generation).collect();
        generations.dedup();
        assert_eq!(generations.len(), 1, "generations when all is well again");
    }

    /// However things stand, a stop ends everything within the time that workers have.
    pub(crate) fn can_be_stopped(&mut self) {
        self.stopping = true;
        self.happens(Event::Stop);
        for _ in 0..360 {
            self.moment();
        }
        assert!(
            self.finished && self.processes.is_empty(),
            "36 s after a stop: {:?}",
            self.processes
        );
    }

    fn pick(&self, which: usize) -> Option<Life> {
        self.processes.keys().nth(which % self.processes.len().max(1)).copied()
    }

    fn change(&mut self, which: usize, change: impl FnOnce(&mut Process)) {
        let life = self.pick(which);
        if let Some(process) = life.and_then(|life| self.processes.get_mut(&life)) {
            change(process);
        }
    }

    fn moment(&mut self) {
        self.now += MOMENT;
        let lives: Vec<_> = self.processes.keys().copied().collect();
        for life in lives {
            if let Some(event) = self.behave(life) {
                if matches!(event, Event::Exited(..)) {
                    self.processes.remove(&life);
                }
                self.happens(event);
            }
        }
        self.happens(Event::Tick);
    }

    /// What a process does in a moment.
    fn behave(&mut self, life: Life) -> Option<Event> {
        let process = self.processes.get_mut(&life)?;
        process.age += 1;
        if process.killed {
            return Some(Event::Exited(life, Ending::Failed));
        }
        if process.told && !process.defiant && !process.hung {
            return Some(Event::Exited(life, Ending::Clean));
        }
        if process.hung || process.age < 3 {
            return None;
        }
        if process.broken {
            return Some(Event::Exited(life, Ending::Failed));
        }
        if !process.ready {
            process.ready = true;
            return Some(Event::Ready(life));
        }
        Some(Event::Beat(life))
    }

    fn happens(&mut self, event: Event) {
        let actions = self.supervisor.handle(event, self.now);
        for action in &actions {
            self.obey(*action);
        }
        self.check(event, &actions);
    }

    fn obey(&mut self, action: Action) {
        match action {
            Action::Start { life, worker, generation } => {
                assert!(!self.stopping && !self.finished, "{life:?} is started after the end");
                let process = Process {
                    worker,
                    generation,
                    age: 0,
                    ready: false,
                    hung: false,
                    defiant: false,
                    broken: self.broken,
                    told: false,
                    killed: false,
                };
                assert!(
                    self.processes.insert(life, process).is_none(),
                    "{life:?} is started twice"
                );
            }
            Action::Terminate(life) => {
                self.processes.get_mut(&life).expect("it is there").told = true;
            }
            Action::Kill(life) => self.processes.get_mut(&life).expect("it is there").killed = true,
            Action::Adopted(_) | Action::Abandoned(_) => {}
            Action::End => self.ending = true,
            Action::Finish(_) => {
                assert!(self.processes.is_empty(), "left behind: {:?}", self.processes);
                assert!(!self.finished, "it ends twice");
                self.finished = true;
            }
        }
    }

    /// What holds after each event.
    fn check(&self, event: Event, actions: &[Action]) {
        let of = |worker| self.processes.values().filter(move |process| process.worker == worker);
        for worker in 0..6 {
            assert!(
                of(worker).count() <= 2,
                "lives of worker {worker} after {event:?}: {:?}",
                self.processes
            );
        }
        if let Some(deadline) = self.supervisor.deadline() {
            assert!(
                deadline > self.now,
                "after {event:?} it wants to be asked again at once, for ever"
            );
        }
        let ending = self.stopping || self.finished || self.ending;
        for action in actions.iter().filter(|_| !ending) {
            if let Action::Terminate(life) = action {
                let worker = self.processes[life].worker;
                let surplus = worker >= self.supervisor.workers();
                assert!(
                    surplus || of(worker).any(|other| other.ready && !other.told),
                    "{life:?} goes too early"
                );
            }
        }
        if !ending {
            for worker in 0..self.supervisor.workers() {
                let there = of(worker).next().is_some();
                assert!(
                    there || self.supervisor.deadline().is_some(),
                    "nobody looks after worker {worker}"
                );
            }
        }
    }
}
