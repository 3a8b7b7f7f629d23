//! Random operations, on the budget and on a model of it that is too simple to be wrong: two lists that are added up
//! each time.

use std::task::Poll;

use memory::budget::{Admission, Budget, Shed};
use proptest::prelude::*;
use proptest::sample::Index;
use proptest::test_runner::RngSeed;

use super::task::Task;

#[derive(Debug, Clone)]
enum Step {
    TryAdmit(usize),
    Admit(usize),
    /// Polls one that waits, woken or not.
    Poll(Index),
    /// Drops one that waits.
    Leave(Index),
    Release(Index),
    Grow(Index, usize),
    Shrink(Index, usize),
}

fn step() -> impl Strategy<Value = Step> {
    let weight = 0..14_usize;
    prop_oneof![
        3 => weight.clone().prop_map(Step::TryAdmit),
        5 => weight.clone().prop_map(Step::Admit),
        6 => any::<Index>().prop_map(Step::Poll),
        2 => any::<Index>().prop_map(Step::Leave),
        5 => any::<Index>().prop_map(Step::Release),
        2 => (any::<Index>(), weight.clone()).prop_map(|(index, more)| Step::Grow(index, more)),
        2 => (any::<Index>(), weight).prop_map(|(index, to)| Step::Shrink(index, to)),
    ]
}

/// Whom the model knows, the longest waiting first.
struct Model {
    limit: usize,
    waiting_max: usize,
    tasks: Vec<Known>,
    guards: Vec<Admission>,
    peak: usize,
}

/// A future that has been polled, and not to its end.
struct Known {
    task: Task,
    weight: usize,
    admitted: bool,
}

impl Model {
    fn used(&self) -> usize {
        let guards: usize = self.guards.iter().map(Admission::weight).sum();
        let admitted = self.tasks.iter().filter(|known| known.admitted);
        guards + admitted.map(|known| known.weight).sum::<usize>()
    }

    fn waiting(&self) -> usize {
        self.tasks.iter().filter(|known| !known.admitted).count()
    }

    /// What a newcomer of `weight` must be told.
    fn verdict(&self, weight: usize) -> Result<(), Shed> {
        if weight > self.limit {
            Err(Shed::NeverFits)
        } else if self.waiting() > 0 || self.used() + weight > self.limit {
            Err(Shed::NoRoom)
        } else {
            Ok(())
        }
    }

    /// Admits who waits until one does not fit.
    fn admit_waiting(&mut self) {
        while let Some(first) = self.tasks.iter().position(|known| !known.admitted)
            && self.used() + self.tasks[first].weight <= self.limit
        {
            self.tasks[first].admitted = true;
        }
        self.peak = self.peak.max(self.used());
    }

    fn step(&mut self, budget: &Budget, step: &Step) -> Result<(), TestCaseError> {
        match step {
            Step::TryAdmit(weight) => {
                let verdict = self.verdict(*weight);
                let admitted = budget.try_admit(*weight);
                prop_assert_eq!(admitted.as_ref().map(|_| ()).map_err(|shed| *shed), verdict);
                self.guards.extend(admitted);
            }
            Step::Admit(weight) => self.begin(budget, *weight)?,
            Step::Poll(_) | Step::Leave(_) if self.tasks.is_empty() => {}
            Step::Poll(index) => self.poll(index.index(self.tasks.len()))?,
            Step::Leave(index) => drop(self.tasks.remove(index.index(self.tasks.len()))),
            _ if self.guards.is_empty() => {}
            Step::Release(index) => drop(self.guards.swap_remove(index.index(self.guards.len()))),
            Step::Grow(index, more) => {
                let (used, limit) = (self.used(), self.limit);
                let guard = index.get_mut(&mut self.guards);
                let verdict = match guard.weight() + more {
                    weight if weight > limit => Err(Shed::NeverFits),
                    _ if used + more > limit => Err(Shed::NoRoom),
                    _ => Ok(()),
                };
                prop_assert_eq!(guard.grow(*more), verdict);
            }
            Step::Shrink(index, to) => {
                let guard = index.get_mut(&mut self.guards);
                let weight = guard.weight().min(*to);
                guard.shrink_to(*to);
                prop_assert_eq!(guard.weight(), weight);
            }
        }
        self.admit_waiting();
        self.compare(budget)
    }

    fn begin(&mut self, budget: &Budget, weight: usize) -> Result<(), TestCaseError> {
        let verdict = self.verdict(weight);
        let mut task = Task::new(budget.admit(weight));
        match (task.poll(), verdict) {
            (Poll::Ready(Ok(guard)), Ok(())) => self.guards.push(guard),
            (Poll::Pending, Err(Shed::NoRoom)) if self.waiting() < self.waiting_max => {
                self.tasks.push(Known { task, weight, admitted: false });
            }
            (Poll::Ready(Err(Shed::TooManyWait)), Err(Shed::NoRoom)) => {
                prop_assert_eq!(self.waiting(), self.waiting_max);
            }
            (Poll::Ready(Err(Shed::NeverFits)), Err(Shed::NeverFits)) => {}
            (poll, verdict) => prop_assert!(false, "{poll:?}, and not {verdict:?}"),
        }
        Ok(())
    }

    fn poll(&mut self, index: usize) -> Result<(), TestCaseError> {
        let known = &mut self.tasks[index];
        match known.task.poll() {
            Poll::Ready(Ok(guard)) if known.admitted => {
                prop_assert_eq!(guard.weight(), known.weight);
                self.guards.push(guard);
                self.tasks.remove(index);
            }
            Poll::Pending if !known.admitted => {}
            poll => prop_assert!(false, "{poll:?}"),
        }
        Ok(())
    }

    fn compare(&self, budget: &Budget) -> Result<(), TestCaseError> {
        prop_assert!(budget.used() <= self.limit);
        let seen = (budget.used(), budget.peak(), budget.waiting());
        prop_assert_eq!(seen, (self.used(), self.peak, self.waiting()));
        for known in &self.tasks {
            prop_assert_eq!(known.task.woken(), usize::from(known.admitted));
        }
        Ok(())
    }
}

/// The same sequences in every run, and no file that keeps those that failed.
fn fixed() -> ProptestConfig {
    let (cases, rng_seed) = (300, RngSeed::Fixed(6));
    ProptestConfig { cases, rng_seed, failure_persistence: None, ..ProptestConfig::default() }
}

proptest! {
    #![proptest_config(fixed())]

    #[test]
    fn it_does_what_the_model_does(
        limit in 0..12_usize,
        waiting_max in 0..6_usize,
        steps in prop::collection::vec(step(), 0..200),
    ) {
        let budget = Budget::new(limit, waiting_max);
        let (tasks, guards) = (Vec::new(), Vec::new());
        let mut model = Model { limit, waiting_max, tasks, guards, peak: 0 };
        for step in &steps {
            model.step(&budget, step)?;
        }
        while let Some(guard) = model.guards.pop() {
            drop(guard);
            model.admit_waiting();
            model.compare(&budget)?;
        }
        drop(model);
        prop_assert_eq!((budget.used(), budget.waiting()), (0, 0), "all comes back");
    }
}
