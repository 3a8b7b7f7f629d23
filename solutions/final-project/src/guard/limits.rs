//! How often a client may ask: one limit for all workers, in shared memory; or for all servers, in Redis.
//!
//! Refusals are told to the client with the time after which it will be let in, and to the operator with a line a second
//! at most, whatever the number: who floods the server must not flood its log as well.

use std::cell::Cell;
use std::net::IpAddr;
use std::rc::Rc;
use std::sync::Arc;
use std::time::{Duration, Instant};

use siphasher::sip::SipHasher13;
use solution_4_processes::shared::Region;
use solution_7_sync::limiter::{Limit, Verdict};
use xxhash_rust::xxh3::xxh3_64;

use super::shared_limit::SharedLimit;
use crate::board::Board;
use crate::clock::Clock;
use crate::log::Log;
use crate::message::{Reply, Response};
use crate::problem::{problem, retry_after};
use crate::settings::Rate;

/// How often violations are told.
const TELL: Duration = Duration::from_secs(1);

/// A worker's view of the limit.
pub struct Limits {
    rate: Rate,
    burst: u32,
    limit: Limit,
    /// The limit as a number.
    name: u64,
    clock: Clock,
    board: Arc<Region<Board>>,
    shared: Option<SharedLimit>,
    violations: Violations,
}

/// `rate` and `burst` as the limiter counts them; none when together they need more than its word.
#[must_use]
pub fn limit(rate: Rate, burst: usize) -> Option<Limit> {
    Limit::new(u32::try_from(rate.count).ok()?, rate.period, u32::try_from(burst).ok()?)
}

impl Limits {
    /// A limit that is counted on this host, and in Redis if there is one to count in.
    ///
    /// # Panics
    ///
    /// The master has not checked the limit.
    #[must_use]
    pub fn new(
        (rate, burst): (Rate, usize),
        clock: Clock,
        board: Arc<Region<Board>>,
        shared: Option<SharedLimit>,
    ) -> Self {
        let limit = limit(rate, burst).expect("the master has checked it");
        let burst = u32::try_from(burst).expect("it is one");
        let name = xxh3_64(format!("{rate:?} {burst}").as_bytes());
        Self { rate, burst, limit, name, clock, board, shared, violations: Violations::default() }
    }

    /// Whether the limit is counted elsewhere, so that one must wait for the verdict.
    #[must_use]
    pub fn is_shared(&self) -> bool {
        self.shared.is_some()
    }

    /// Whether a client may ask now, as far as this host knows.
    #[must_use]
    pub fn check(&self, client: IpAddr) -> Verdict {
        self.board.limiter.check(self.hash(client), self.clock.now(), &self.limit)
    }

    /// Whether a client may ask now, as far as all servers know; without Redis, as far as this host does.
    pub async fn check_shared(&self, client: IpAddr) -> Verdict {
        let Some(shared) = &self.shared else { return self.check(client) };
        match shared.check(client, &self.clock, self.rate, self.burst).await {
            Ok(verdict) => verdict,
            Err(_) => self.check(client),
        }
    }

    /// Keyed with a secret, so that nobody can choose an address that shares another one's bucket; and with the limit: what
    /// was counted by another one, before the settings were read again, says nothing about this one.
    fn hash(&self, client: IpAddr) -> u64 {
        let [one, two] = &self.board.secret;
        let hasher = SipHasher13::new_with_keys(one.get() ^ self.name, two.get());
        match client {
            IpAddr::V4(address) => hasher.hash(&address.octets()),
            IpAddr::V6(address) => hasher.hash(&address.octets()),
        }
    }

    /// The answer to who asks too often.
    #[must_use]
    pub fn refusal(&self, client: IpAddr, verdict: Verdict, log: &Log) -> Response {
        let wait = match verdict {
            Verdict::Refused { retry_after, .. } => retry_after,
            Verdict::Admitted { .. } => Duration::ZERO,
        };
        self.violations.note(client, self.rate, log);
        let response = problem(429, "this client asks too often");
        self.tell(response.with("retry-after", retry_after(wait)), verdict)
    }

    /// An answer that says how much is left, where that is little or nothing. Who is far from the limit does not have to
    /// know it, and is most requests.
    #[must_use]
    pub fn tell(&self, response: Response, verdict: Verdict) -> Response {
        if !self.is_worth_telling(verdict) {
            return response;
        }
        let (remaining, reset) = match verdict {
            Verdict::Admitted { remaining, reset } => (remaining, reset),
            Verdict::Refused { retry_after, .. } => (0, retry_after),
        };
        let seconds = reset.as_millis().div_ceil(1000);
        // draft-ietf-httpapi-ratelimit-headers-10: the quota in a window, and what is left of it until then.
        let window = self.limit_window();
        response
            .with("ratelimit-policy", format!("\"client\";q={};w={window}", self.burst))
            .with("ratelimit", format!("\"client\";r={remaining};t={seconds}"))
    }

    /// As [`Limits::tell`], when the answer is there.
    #[must_use]
    pub fn tell_later(self: &Rc<Self>, reply: Reply, verdict: Verdict) -> Reply {
        match reply {
            Reply::Now(response) => Reply::Now(self.tell(response, verdict)),
            Reply::Later(response) if self.is_worth_telling(verdict) => {
                let limits = Rc::clone(self);
                Reply::later(async move { limits.tell(response.await, verdict) })
            }
            later => later,
        }
    }

    fn is_worth_telling(&self, verdict: Verdict) -> bool {
        !matches!(verdict, Verdict::Admitted { remaining, .. } if remaining > self.burst / 10)
    }

    /// In how many seconds the whole burst comes back.
    fn limit_window(&self) -> u128 {
        let all = self.rate.period.as_millis() * u128::from(self.burst);
        all.div_ceil(u128::from(self.rate.count)).div_ceil(1000)
    }
}

/// What was refused and is not told yet.
#[derive(Debug, Default)]
struct Violations {
    told: Cell<Option<Instant>>,
    untold: Cell<u64>,
}

impl Violations {
    fn note(&self, client: IpAddr, rate: Rate, log: &Log) {
        self.untold.set(self.untold.get() + 1);
        if self.told.get().is_none_or(|told| told.elapsed() >= TELL) {
            self.told.set(Some(Instant::now()));
            let count = self.untold.take();
            let Rate { count: most, period } = rate;
            log.error(&format!(
                "too many requests: {count} refused since this was said last, now one of `{client}` (limit {most} in {period:?})"
            ));
        }
    }
}
