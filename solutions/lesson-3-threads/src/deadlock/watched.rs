//! Locks that say who has them and who wants them.
//!
//! What a debugger finds out by looking at each thread's stack, these write down: a thread *wants* a lock before it has it,
//! and *has* it until it gives it back. Threads that want what the next one has, in a circle, wait for ever.

use std::collections::BTreeMap;
use std::fmt;
use std::ops::{Deref, DerefMut};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

/// How long who has got a lock rests.
const REST: Duration = Duration::from_micros(20);

/// A value behind a lock with a number.
#[derive(Debug)]
pub(super) struct Watched<T> {
    value: Mutex<T>,
    number: usize,
    watch: Watch,
}

/// What is known of all threads. Clones are the same.
#[derive(Debug, Clone, Default)]
pub(super) struct Watch {
    threads: Arc<Mutex<BTreeMap<String, State>>>,
}

#[derive(Debug, Default)]
struct State {
    has: Vec<usize>,
    wants: Option<usize>,
}

/// A thread that waits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wait {
    /// Its name.
    pub thread: String,
    /// The locks that it has.
    pub has: Vec<usize>,
    /// The one that it waits for.
    pub wants: usize,
}

impl<T> Watched<T> {
    pub(super) fn new(value: T, number: usize, watch: Watch) -> Self {
        Self { value: Mutex::new(value), number, watch }
    }

    pub(super) fn lock(&self) -> Guard<'_, T> {
        self.watch.note(|state| state.wants = Some(self.number));
        let value = self.value.lock().unwrap_or_else(PoisonError::into_inner);
        self.watch.note(|state| {
            state.wants = None;
            state.has.push(self.number);
        });
        // Others get their chance, so that whatever can happen in between does.
        thread::sleep(REST);
        Guard { value, lock: self }
    }
}

/// The value, until it is dropped.
pub(super) struct Guard<'l, T> {
    value: MutexGuard<'l, T>,
    lock: &'l Watched<T>,
}

impl<T> Drop for Guard<'_, T> {
    fn drop(&mut self) {
        let number = self.lock.number;
        self.lock.watch.note(|state| state.has.retain(|&has| has != number));
    }
}

impl<T> Deref for Guard<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.value
    }
}

impl<T> DerefMut for Guard<'_, T> {
    fn deref_mut(&mut self) -> &mut T {
        &mut self.value
    }
}

impl Watch {
    fn note(&self, change: impl FnOnce(&mut State)) {
        let thread = thread::current();
        let name = thread.name().map_or_else(|| format!("{:?}", thread.id()), str::to_owned);
        let mut threads = self.threads.lock().unwrap_or_else(PoisonError::into_inner);
        change(threads.entry(name).or_default());
    }

    /// Follows who waits for whom, from each thread that waits.
    pub(super) fn circle(&self) -> Option<Vec<Wait>> {
        let threads = self.threads.lock().unwrap_or_else(PoisonError::into_inner);
        let wait = |name: &str| {
            let State { has, wants } = &threads[name];
            Some(Wait { thread: name.to_owned(), has: has.clone(), wants: (*wants)? })
        };
        let holder = |number| threads.iter().find(|(_, state)| state.has.contains(&number));
        threads.keys().find_map(|first| {
            let mut circle = vec![wait(first)?];
            // No circle is longer than there are threads.
            while circle.len() <= threads.len() {
                let (next, _) = holder(circle.last()?.wants)?;
                if next == first {
                    return Some(circle);
                }
                circle.push(wait(next)?);
            }
            None
        })
    }
}

impl fmt::Display for Wait {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { thread, has, wants } = self;
        write!(f, "`{thread}` has {has:?} and waits for {wants}")
    }
}
