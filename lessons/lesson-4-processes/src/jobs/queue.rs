//! What waits and what runs.
//!
//! Both are behind one lock, so that a job is always in exactly one place, also for who cancels it. A process is killed by
//! its number, and numbers are used again: so a keeper waits for its process, which frees the number, only when it has taken
//! it out of here, and who cancels kills under the lock.

use std::collections::{BTreeMap, VecDeque};
use std::mem;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use rustix::process::{Pid, Signal, kill_process_group};

use super::{Cause, Failure, Outcome};

/// A job that was taken.
pub(super) struct Task {
    pub(super) id: u64,
    pub(super) job: Vec<u8>,
    pub(super) done: Box<dyn FnOnce(Outcome) + Send>,
}

/// Waiting and running jobs.
pub(super) struct Queue {
    state: Mutex<State>,
    wake: Condvar,
    queued_max: usize,
}

#[derive(Default)]
struct State {
    waiting: VecDeque<Task>,
    running: BTreeMap<u64, Running>,
    ending: bool,
}

/// A job that a keeper has taken out.
#[derive(Default)]
struct Running {
    /// The leader of the process group that runs it, from its start to its end.
    process: Option<Pid>,
    cancelled: bool,
}

impl Queue {
    pub(super) fn new(queued_max: usize) -> Self {
        Self { state: Mutex::default(), wake: Condvar::new(), queued_max }
    }

    pub(super) fn push(&self, task: Task) -> Result<(), Task> {
        let mut state = self.state();
        if state.ending || state.waiting.len() >= self.queued_max {
            return Err(task);
        }
        state.waiting.push_back(task);
        drop(state);
        self.wake.notify_one();
        Ok(())
    }

    /// The next job, when there is one; nothing at the end.
    pub(super) fn next(&self) -> Option<Task> {
        let state = self.state();
        let idle = |state: &mut State| state.waiting.is_empty() && !state.ending;
        let mut state = self.wake.wait_while(state, idle).unwrap_or_else(PoisonError::into_inner);
        if state.ending {
            return None;
        }
        let task = state.waiting.pop_front()?;
        state.running.insert(task.id, Running::default());
        Some(task)
    }

    /// This process runs the job; unless it is not to run any more.
    pub(super) fn begin(&self, id: u64, process: Pid) -> bool {
        let mut state = self.state();
        let wanted = !state.ending;
        let Some(running) = state.running.get_mut(&id) else { return false };
        running.process = Some(process);
        wanted && !running.cancelled
    }

    /// The process is about to be waited for. Returns whether its job is still wanted.
    pub(super) fn pause(&self, id: u64) -> bool {
        let mut state = self.state();
        let wanted = !state.ending;
        let Some(running) = state.running.get_mut(&id) else { return false };
        running.process = None;
        wanted && !running.cancelled
    }

    /// The job has come to its end.
    pub(super) fn finish(&self, id: u64) {
        self.state().running.remove(&id);
    }

    pub(super) fn cancel(&self, id: u64) -> bool {
        let mut state = self.state();
        if let Some(place) = state.waiting.iter().position(|task| task.id == id) {
            let task = state.waiting.remove(place).expect("it is there");
            drop(state);
            (task.done)(Err(Failure { cause: Cause::Cancelled, said: String::new() }));
            return true;
        }
        let Some(running) = state.running.get_mut(&id) else { return false };
        running.cancelled = true;
        running.process.into_iter().for_each(kill);
        true
    }

    pub(super) fn load(&self) -> (usize, usize) {
        let state = self.state();
        (state.waiting.len(), state.running.len())
    }

    /// Nothing is begun any more, and what runs is killed.
    pub(super) fn end(&self) {
        let mut state = self.state();
        state.ending = true;
        state.running.values().filter_map(|running| running.process).for_each(kill);
        let waiting = mem::take(&mut state.waiting);
        drop(state);
        self.wake.notify_all();
        for task in waiting {
            (task.done)(Err(Failure { cause: Cause::Cancelled, said: String::new() }));
        }
    }

    /// Nothing panics while it is held.
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn kill(leader: Pid) {
    // It may have ended: as long as nobody has waited for it, the number is its own.
    let _ = kill_process_group(leader, Signal::KILL);
}
