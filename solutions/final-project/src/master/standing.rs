//! How the server stands, for the service manager.

use solution_4_processes::supervisor::{Generation, Life};

use super::Master;

impl Master {
    /// The life accepts connections, or does so no longer.
    pub(super) fn serves(&mut self, life: Life, serves: bool) {
        if let Some(given) = self.lives.get_mut(&life) {
            given.serves = serves;
        }
    }

    /// Tells the manager, if it is something else than before.
    pub(super) fn say_how_it_stands(&mut self) {
        if !self.notify.is_heard() {
            return;
        }
        let workers = self.workers(&self.settings);
        let serving = |since: Generation| {
            let lives =
                || self.lives.values().filter(|life| life.serves && life.generation >= since);
            (0..workers).filter(|&worker| lives().any(|life| life.member == worker)).count()
        };
        let is_reloaded = self.waiting.is_none() && self.candidate.is_none();
        let is_settled = is_reloaded && serving(self.generation) == workers;
        let serving = serving(0);
        self.notify.standing(workers, serving, is_settled);
    }
}
