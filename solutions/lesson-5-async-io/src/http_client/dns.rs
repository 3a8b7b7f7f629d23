//! Names and their addresses, remembered for a while.
//!
//! What was asked less than a `ttl` ago is believed. After that it is asked again, once for all who want to know. If nobody
//! answers, the old addresses are used for a bounded time, and it is not asked again before half a minute has passed
//! (RFC 8767: a name server that is down should not take with it what still works). What never was known is not
//! remembered as unknown: the next one asks again. And when none of the addresses can be connected to, they may be wrong:
//! it is asked again after half a minute, too, instead of after the `ttl`.
//!
//! A connection that is open stays where it is, whatever its name says meanwhile.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::io;
use std::net::IpAddr;
use std::rc::Rc;
use std::time::Duration;

use tokio::net::lookup_host;
use tokio::sync::OnceCell;
use tokio::time::{Instant, timeout};

use super::options::Names;

/// Finds the addresses of a name.
pub trait Resolve: 'static {
    /// The addresses of `host`, in the order in which they are to be tried.
    ///
    /// # Errors
    ///
    /// The name has none, or nobody knows.
    fn resolve(&self, host: &str) -> impl Future<Output = io::Result<Vec<IpAddr>>>;
}

/// The system's resolver, `getaddrinfo`: it waits in a thread of tokio's.
#[derive(Debug, Clone, Copy, Default)]
pub struct System;

impl Resolve for System {
    async fn resolve(&self, host: &str) -> io::Result<Vec<IpAddr>> {
        Ok(lookup_host((host, 0)).await?.map(|address| address.ip()).collect())
    }
}

/// How soon it is asked again what should be known already: the RFC's failure recheck timer (RFC 8767 §5).
const RECHECK: Duration = Duration::from_secs(30);

type Addresses = Rc<[IpAddr]>;

/// What all who ask at the same time get to know. An [`io::Error`] cannot be copied: its kind and its text can.
type Outcome = Result<Addresses, (io::ErrorKind, Rc<str>)>;

pub(super) struct Dns<R> {
    resolver: R,
    options: Names,
    names_max: usize,
    names: RefCell<HashMap<Box<str>, Entry>>,
    lookups: Cell<u64>,
}

/// What is known of a name.
#[derive(Default)]
struct Entry {
    answer: Option<Answer>,
    /// It is being asked. Who asked first goes on asking; if it leaves, the next one asks.
    asking: Option<Rc<OnceCell<Outcome>>>,
}

impl Entry {
    /// Whether somebody waits for the answer: all who asked may have left.
    fn is_being_asked(&self) -> bool {
        self.asking.as_ref().is_some_and(|asking| Rc::strong_count(asking) > 1)
    }
}

struct Answer {
    addresses: Addresses,
    /// When it came.
    since: Instant,
    /// When it was asked last, with or without an answer.
    asked: Instant,
    /// How long from then on it is not asked again.
    rest: Duration,
}

impl Answer {
    /// Whether it is used without asking.
    fn is_good(&self, options: &Names) -> bool {
        // ANCHOR: is_good
        // TASK: not when it has rested for too long since it was asked
        // STEP: and not when it is too old to be used at all
        self.asked.elapsed() < self.rest && self.is_usable(options)
        // ANCHOR_END: is_good
    }

    /// Whether it is used when nobody answers.
    fn is_usable(&self, options: &Names) -> bool {
        self.since.elapsed() < options.ttl.saturating_add(options.stale_max)
    }
}

impl<R: Resolve> Dns<R> {
    pub(super) fn new(resolver: R, options: Names, names_max: usize) -> Self {
        let (names, lookups) = (RefCell::default(), Cell::new(0));
        Self { resolver, options, names_max, names, lookups }
    }

    /// The addresses of `host`: at least one.
    ///
    /// # Cancel safety
    ///
    /// If it is this one that asks, the next one who wants to know begins again.
    pub(super) async fn lookup(&self, host: &str) -> io::Result<Addresses> {
        let asking = {
            let mut names = self.names.borrow_mut();
            make_room(&mut names, self.names_max, host);
            let entry = names.entry(host.into()).or_default();
            match &entry.answer {
                Some(answer) if answer.is_good(&self.options) => {
                    return Ok(Rc::clone(&answer.addresses));
                }
                _ => Rc::clone(entry.asking.get_or_insert_default()),
            }
        };
        let outcome = asking.get_or_init(|| self.ask(host)).await;
        outcome.clone().map_err(|(kind, text)| io::Error::new(kind, &*text))
    }

    /// None of its addresses can be connected to.
    pub(super) fn doubt(&self, host: &str) {
        let mut names = self.names.borrow_mut();
        if let Some(answer) = names.get_mut(host).and_then(|entry| entry.answer.as_mut()) {
            answer.rest = answer.rest.min(RECHECK);
        }
    }

    pub(super) fn lookups(&self) -> u64 {
        self.lookups.get()
    }

    async fn ask(&self, host: &str) -> Outcome {
        self.lookups.set(self.lookups.get() + 1);
        let resolved = match timeout(self.options.lookup_max, self.resolver.resolve(host)).await {
            Ok(Ok(addresses)) if addresses.is_empty() => {
                Err((io::ErrorKind::NotFound, "it has no address".into()))
            }
            Ok(Ok(addresses)) => Ok(Addresses::from(addresses)),
            Ok(Err(error)) => Err((error.kind(), error.to_string().into())),
            Err(_) => Err((io::ErrorKind::TimedOut, "the resolver did not answer in time".into())),
        };
        self.note(host, resolved)
    }

    /// Remembers what the resolver said, and returns what is to be used.
    fn note(&self, host: &str, resolved: Outcome) -> Outcome {
        let mut names = self.names.borrow_mut();
        let Some(entry) = names.get_mut(host) else { return resolved };
        entry.asking = None;
        let now = Instant::now();
        // ANCHOR: note
        // TASK: keep an answer for the `ttl`
        // STEP: instead of an error use the old answer, as long as it is usable
        // STEP: with the old one, it is not asked again before `RECHECK` has passed; what was never known stays unknown
        match (resolved, &mut entry.answer) {
            (Ok(addresses), answer) => {
                let known = Rc::clone(&addresses);
                let rest = self.options.ttl;
                *answer = Some(Answer { addresses: known, since: now, asked: now, rest });
                Ok(addresses)
            }
            (Err(_), Some(answer)) if answer.is_usable(&self.options) => {
                (answer.asked, answer.rest) = (now, RECHECK);
                Ok(Rc::clone(&answer.addresses))
            }
            (Err(error), _) => Err(error),
        }
        // ANCHOR_END: note
    }
}

/// Forgets what was asked longest ago if there is no room for `host`. Names that somebody is asking stay; there are no more
/// of them than connections that are coming about.
fn make_room(names: &mut HashMap<Box<str>, Entry>, max: usize, host: &str) {
    if names.len() < max || names.contains_key(host) {
        return;
    }
    let asked = |entry: &Entry| entry.answer.as_ref().map(|answer| answer.asked);
    let settled = names.iter().filter(|(_, entry)| !entry.is_being_asked());
    let oldest = settled.min_by_key(|(_, entry)| asked(entry)).map(|(name, _)| name.clone());
    if let Some(oldest) = oldest {
        names.remove(&oldest);
    }
}
