#![allow(unused)] // delete when done
//! A circuit breaker: a dependency that fails is left alone for a while.
//!
//! A dependency that is down is worse than none: each call waits for its time limit, holds what it needs meanwhile, and
//! adds to the load under which the dependency should recover. So callers ask here first, and while the circuit is open
//! they fail at once, or do without. The pattern is from Michael Nygard's *Release It!*, chapter "Stability Patterns".
//!
//! ```text
//!          failures_max in a row           open_for later, the next call
//! closed ────────────────────────▶ open ─────────────────────────────────▶ half-open
//!   ▲                               ▲ ▲                                      │ │ │
//!   │                               │ └───────── the probe is dropped ───────┘ │ │
//!   │                               └─────────── the probe fails ──────────────┘ │
//!   └─────────────────────────────────────────── the probe succeeds ─────────────┘
//! ```
//!
//! # State
//!
//! All of it is one word: the phase, a generation, and what belongs to the phase, the failures or a time; `word` packs it,
//! and has the transitions. A generation begins whenever the circuit opens.
//!
//! # Exactly one probe
//!
//! A probe begins with the compare-and-swap from open to half-open, which one caller wins. Half-open lets nobody in, and
//! only the probe ends it: by its verdict, or because it is dropped.
//!
//! # Late verdicts
//!
//! Within a generation the circuit is open, then half-open, back to open if the probe is dropped, and closed at the end.
//! When it opens again, that is the next generation. So a call that was let in through the closed circuit finds its
//! generation closed or gone, and the probe finds its own half-open. A verdict needs to know nothing but its generation:
//! if that is gone, it changes nothing. Nor does the drop of a call that has given its verdict: its generation is not
//! half-open any more.
//!
//! # The closed path
//!
//! While no failure is recorded, a call loads the word and writes nothing: the processors keep their copies of it.
//!
//! # Memory ordering
//!
//! The verdicts are Releases and [`enter`](Breaker::enter) is an Acquire, as with a lock: whoever is let in behind a
//! probe sees what the probe has done. All changes are read-modify-writes, which continue the release sequence.
//!
//! # Limits
//!
//! Each process has its own. In shared memory a probe that is killed would keep its place for ever.
//!
//! Times are kept in milliseconds and last for 139 years. A generation has 20 bits: a verdict that comes after exactly a
//! multiple of 2^20 openings is taken for a current one.

pub mod trial;
mod word;

use std::fmt;
use std::sync::atomic::Ordering::{Acquire, Relaxed, Release};
use std::time::Duration;

use self::word::{Phase, Word};
use crate::sync::AtomicU64;

/// How long to stay away while a probe is under way. Its verdict comes soon, and one second is the shortest wait that a
/// `Retry-After` can ask for (RFC 9110 §10.2.3).
const PROBE_PATIENCE: Duration = Duration::from_secs(1);

/// When the circuit opens, and for how long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Policy {
    /// So many failures in a row open it. Zero is as one.
    pub failures_max: u32,
    /// After this time a probe is let in. It is rounded up to a millisecond since the epoch.
    pub open_for: Duration,
}

impl Default for Policy {
    /// Five failures, one minute.
    fn default() -> Self {
        Self { failures_max: 5, open_for: Duration::from_secs(60) }
    }
}

/// How it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// Calls are let in.
    Closed,
    /// Nobody is let in.
    Open,
    /// A probe is under way, or the next call will be one.
    HalfOpen,
}

/// The circuit is open: do without the dependency.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Open {
    /// After what time a probe is let in; while one is under way, when to look again.
    pub retry_after: Duration,
}

/// Between callers and a dependency.
///
/// Times are durations since an epoch that all callers have in common, say since the server started: so a test can make
/// them up. `Instant::elapsed` of one instant is such a clock, or `CLOCK_MONOTONIC` itself.
pub struct Breaker {
    word: AtomicU64,
    policy: Policy,
}

impl Breaker {
    /// A closed circuit.
    #[must_use]
    pub fn new(policy: Policy) -> Self {
        Self { word: AtomicU64::new(0), policy }
    }

    /// Asks to call the dependency. Whoever is let in says how it went, with [`Call::succeeded`] or [`Call::failed`].
    ///
    /// While the circuit is closed this is one load; it waits for nobody in any case.
    ///
    /// # Errors
    ///
    /// [`Open`]: the dependency is to be left alone, or somebody else is trying it.
    #[inline]
    pub fn enter(&self, now: Duration) -> Result<Call<'_>, Open> {
        let probe = |word| Word::unpack(word).probe(now).map(Word::pack);
        // Acquire pairs with `change`'s Release: whoever is let in after a probe sees what it has done.
        match self.word.try_update(Acquire, Acquire, probe) {
            Ok(word) => Ok(self.call(word)),
            Err(word) => match Word::unpack(word).phase {
                Phase::Closed { .. } => Ok(self.call(word)),
                Phase::Open { until } => Err(Open { retry_after: until - now }),
                Phase::HalfOpen { .. } => {
                    Err(Open { retry_after: PROBE_PATIENCE.min(self.policy.open_for) })
                }
            },
        }
    }

    /// How it stands.
    #[must_use]
    pub fn state(&self, now: Duration) -> State {
        match Word::unpack(self.word.load(Relaxed)).phase {
            Phase::Closed { .. } => State::Closed,
            Phase::Open { until } if now < until => State::Open,
            Phase::Open { .. } | Phase::HalfOpen { .. } => State::HalfOpen,
        }
    }

    #[inline]
    fn call(&self, word: u64) -> Call<'_> {
        Call { breaker: self, generation: Word::unpack(word).generation }
    }

    /// Makes a transition, unless `generation` is gone or there is none to make. Returns the word before it.
    #[inline]
    fn change(&self, generation: u64, transition: impl Fn(Word) -> Option<Word>) -> Option<Word> {
        let next = |word| {
            let word = Word::unpack(word);
            if word.generation == generation { transition(word).map(Word::pack) } else { None }
        };
        // Release pairs with `enter`'s Acquire.
        self.word.try_update(Release, Relaxed, next).ok().map(Word::unpack)
    }
}

/// Leave to call the dependency, once. With it goes the duty to say how it went.
///
/// Dropped without a verdict, as when its future is cancelled, it counts neither as a success nor as a failure; if it was
/// the probe, the next caller may probe. Put a time limit into the call: while a probe lasts, nobody else is let in, and
/// one that is forgotten (`mem::forget`) lasts for ever.
#[must_use = "a call that is dropped has no verdict"]
pub struct Call<'a> {
    breaker: &'a Breaker,
    generation: u64,
}

impl Call<'_> {
    /// The dependency has answered. What has failed before is forgotten, and the probe closes the circuit.
    ///
    /// Returns whether this closed it.
    #[inline]
    pub fn succeeded(self) -> bool {
        let before = self.breaker.change(self.generation, Word::success);
        before.is_some_and(|word| matches!(word.phase, Phase::HalfOpen { .. }))
    }

    /// The dependency has failed: could not be reached, broke off, or took too long. That it has said no is no failure.
    ///
    /// Returns whether this opened the circuit.
    pub fn failed(self, now: Duration) -> bool {
        let failure = |word: Word| word.failure(now, &self.breaker.policy);
        let before = self.breaker.change(self.generation, |word| Some(failure(word)));
        before.is_some_and(|word| failure(word).generation != self.generation)
    }
}

impl Drop for Call<'_> {
    #[inline]
    fn drop(&mut self) {
        self.breaker.change(self.generation, Word::give_back);
    }
}

impl fmt::Debug for Breaker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let word = Word::unpack(self.word.load(Relaxed));
        f.debug_struct("Breaker").field("word", &word).field("policy", &self.policy).finish()
    }
}

impl fmt::Debug for Call<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Call").field("generation", &self.generation).finish_non_exhaustive()
    }
}

impl fmt::Display for Open {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the circuit is open (try again in `{:?}`)", self.retry_after)
    }
}

impl std::error::Error for Open {}
