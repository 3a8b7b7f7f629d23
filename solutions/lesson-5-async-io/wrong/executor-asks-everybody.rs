//! Each turn looks at the flag of every task.
//!
//! Rejected by: the benchmark
//!
//! Nobody is polled in vain, and that is the larger half. But a turn still costs as much as there are tasks, and with ten
//! thousand connections, of which one has something to do, that is nearly all that a turn costs. Whoever is woken knows
//! itself who it is: let it put its key into a queue, so that a turn looks at nobody else.
// ANCHOR: turn
/// One turn.
#[inline]
pub fn turn(&self) -> usize {
    self.queue.swap(&mut Vec::new());
    let woken = |task: &Option<Task>| task.as_ref().is_some_and(|task| task.summons.woken.load(Acquire));
    let tasks = self.tasks.borrow();
    let all: Vec<Key> = tasks.keys().filter(|&key| tasks.get(key).is_some_and(woken)).collect();
    drop(tasks);
    all.into_iter().filter(|&key| self.poll(key)).count()
}

#[inline]
fn poll(&self, key: Key) -> bool {
    let task = self.tasks.borrow_mut().get_mut(key).and_then(Option::take);
    let Some(mut task) = task else { return false };
    task.summons.woken.swap(false, Acquire);
    let ended = task.future.as_mut().poll(&mut Context::from_waker(&task.waker)).is_ready();
    let mut tasks = self.tasks.borrow_mut();
    if ended {
        tasks.remove(key);
    } else if let Some(place) = tasks.get_mut(key) {
        place.replace(task);
    }
    true
}
// ANCHOR_END: turn
