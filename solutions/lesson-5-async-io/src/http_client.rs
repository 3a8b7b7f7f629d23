//! A client for HTTP/1.1 that keeps its connections, and itself, within limits.
//!
//! # The way of a request
//!
//! ```text
//!  send ─▶ Authority ─▶ its pool ── an idle connection ─────────────▶ exchange ─▶ answer
//!            │ budget        │                                           │
//!            │               └ none: a place ─▶ addresses ─▶ connect ────┘
//!            └◀── a pause, if it may be repeated and the budget allows ◀─ failure
//! ```
//!
//! - An *authority* is a host and a port. Each has a [`Pool`](crate::pool::Pool) of connections, and a budget for
//!   repetitions. So many are remembered at most, and the one used least lately is forgotten for a new one.
//! - Over all of them so many connections are open at most: each takes a *place*, which its driver gives back when the
//!   socket is closed. When there is none left, an idle connection of the authority used least lately makes room.
//! - Addresses come from a cache. All of a host's are tried, one after the other.
//! - An exchange is one request and the whole of its answer. A connection in the middle of one counts as broken: whoever
//!   drops the future, for whatever reason, closes it, and nobody gets the rest of another one's answer.
//!
//! # What is repeated
//!
//! What was never sent may be sent again: no connection came about, or a kept one was closed before the request went out.
//! What was sent may have been done, even if not one byte of an answer came: only a request that is
//! [`idempotent`](Request::idempotent) is sent again then (RFC 9110 §9.2.2), and only when its connection broke. Who is
//! too slow is not asked twice, and an answer is an answer: `503` is the caller's to judge.
//!
//! All of that within the [`budget`](Retries): in an outage each request fails, and clients that send each of them three
//! times turn the outage into three.
//!
//! # Not here
//!
//! TLS: an `https` URL is an error. Redirects, cookies and compression. HTTP/2. Happy eyeballs (RFC 8305): a host whose
//! first address is dead costs each new connection [`Options::connect_max`].

use std::cell::Cell;
use std::fmt;
use std::rc::Rc;

use tokio::time::sleep;

mod authority;
mod budget;
mod connect;
mod dns;
mod error;
mod exchange;
mod message;
mod options;
mod places;
mod target;

pub use connect::{Connect, Tcp};
pub use dns::{Resolve, System};
pub use error::{ClientError, Phase};
pub use message::{Request, Response};
pub use options::{Names, Options, Retries};

use authority::{Authorities, Authority};
use budget::BackOff;
use dns::Dns;
use exchange::Failure;
use places::Places;
use target::Target;

use crate::pool::LimitsError;

/// A client, for one event loop: it needs a [`LocalSet`](tokio::task::LocalSet) and tokio's timer around it. Dropping it
/// closes its connections, except those of requests that are under way.
pub struct Client<R: Resolve = System, C: Connect = Tcp> {
    shared: Rc<Shared<R, C>>,
    back_off: BackOff,
}

/// What the client and its pools share. The pools only have it weakly.
struct Shared<R: Resolve, C: Connect> {
    options: Options,
    dns: Dns<R>,
    connector: C,
    places: Places,
    authorities: Authorities<R, C>,
    requests: Cell<u64>,
    repeated: Cell<u64>,
    refused: Cell<u64>,
}

/// What a client has, and has done so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Statistics {
    /// Connections that are open or coming about.
    pub connections: usize,
    /// Authorities that are remembered.
    pub authorities: usize,
    /// How many requests were sent, each counted once.
    pub requests: u64,
    /// How often one was sent again.
    pub repeated: u64,
    /// How often one might have been, and the budget did not allow it.
    pub refused: u64,
    /// How often a name was looked up.
    pub lookups: u64,
}

impl<R: Resolve> Client<R> {
    /// A client that connects over TCP.
    ///
    /// # Errors
    ///
    /// The options contradict themselves.
    pub fn new(options: Options, resolver: R) -> Result<Self, LimitsError> {
        Self::over(options, resolver, Tcp)
    }
}

impl<R: Resolve, C: Connect> Client<R, C> {
    /// A client that connects by `connector`.
    ///
    /// # Errors
    ///
    /// The options contradict themselves.
    pub fn over(options: Options, resolver: R, connector: C) -> Result<Self, LimitsError> {
        options.check()?;
        let shared = Shared {
            options,
            dns: Dns::new(resolver, options.names, options.authorities_max),
            connector,
            places: Places::new(options.connections_max),
            authorities: Authorities::default(),
            requests: Cell::new(0),
            repeated: Cell::new(0),
            refused: Cell::new(0),
        };
        Ok(Self { shared: Rc::new(shared), back_off: BackOff::default() })
    }

    /// Sends `request`, and returns the whole answer, whatever its status is.
    ///
    /// It takes at most the sum of the time-outs of [`Options`] for each attempt, and the pauses between them; whoever has
    /// less time drops the future.
    ///
    /// # Errors
    ///
    /// See [`ClientError`]: the failure of the last attempt.
    ///
    /// # Panics
    ///
    /// There is no [`LocalSet`](tokio::task::LocalSet) around.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future closes the connection if the request has been begun. The other side may have done what it says.
    pub async fn send(&self, request: Request) -> Result<Response, ClientError> {
        let shared = &self.shared;
        let target = Target::of(&request.uri)?;
        shared.requests.set(shared.requests.get() + 1);
        // If it is forgotten meanwhile, it stays as it is for this request.
        let authority = Authority::of(shared, &target)?;
        authority.budget.deposit();
        for attempt in 1.. {
            let Failure { error, unsent } =
                match authority.exchange(shared, &request, &target).await {
                    Ok(response) => return Ok(response),
                    Err(failure) => failure,
                };
            // ANCHOR: again
            // TASK: return the error, unless it may be tried again
            // STEP: pay for that out of the budget, and count it
            // STEP: not behind `attempts_max` attempts; not what was sent, if it is not idempotent; not what will not pass
            // STEP: the budget's refusal is counted, and is an error of its own, with this one as its cause
            let harmless = unsent || request.idempotent;
            if attempt >= shared.options.retries.attempts_max || !harmless || !error.may_pass() {
                return Err(error);
            }
            if !authority.budget.withdraw() {
                shared.refused.set(shared.refused.get() + 1);
                return Err(ClientError::BudgetSpent(Box::new(error)));
            }
            shared.repeated.set(shared.repeated.get() + 1);
            // ANCHOR_END: again
            sleep(self.back_off.pause(attempt)).await;
        }
        unreachable!("the last attempt has returned")
    }

    /// What the client has, and has done so far. It copies a few numbers.
    pub fn statistics(&self) -> Statistics {
        let Shared { dns, places, authorities, requests, repeated, refused, .. } = &*self.shared;
        Statistics {
            connections: places.taken(),
            authorities: authorities.len(),
            requests: requests.get(),
            repeated: repeated.get(),
            refused: refused.get(),
            lookups: dns.lookups(),
        }
    }
}

impl<R: Resolve, C: Connect> Drop for Client<R, C> {
    fn drop(&mut self) {
        // What is just coming about still has the rest; it is closed as soon as it has come about.
        self.shared.authorities.forget();
    }
}

impl<R: Resolve, C: Connect> fmt::Debug for Client<R, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("options", &self.shared.options)
            .field("statistics", &self.statistics())
            .finish_non_exhaustive()
    }
}
