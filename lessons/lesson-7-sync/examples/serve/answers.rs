//! What the small API answers, and what stands before it.
//!
//! ```text
//! limiter ─▶ cache ─▶ single-flight ─▶ breaker ─▶ database
//! ```

use std::cell::RefCell;
use std::error::Error;
use std::net::IpAddr;
use std::rc::Rc;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering::Relaxed;
use std::time::{Duration, Instant};

use memory::cache::{Bounds, Cache};
use rustix::time::{ClockId, clock_gettime};
use solution_2_lifecycle::connection::Request;
use solution_2_lifecycle::response::Response;
use solution_4_processes::rung::Worker;
use solution_4_processes::shared::Plain;
use sync::breaker::{Breaker, Policy};
use sync::flight::Flight;
use sync::limiter::{Limit, Limiter, Verdict};

use crate::connection::Answered;
use crate::database::{Database, Question};
use crate::files::text;

/// Its users may change, if only in theory: nothing is older than a second.
const BOUNDS: Bounds = Bounds { items: 1000, bytes: 4 << 20, ttl: Duration::from_secs(1) };
/// Three failures in a row, and five seconds of rest.
const POLICY: Policy = Policy { failures_max: 3, open_for: Duration::from_secs(5) };
const RATE: u32 = 1_000_000;

/// A worker's process.
pub(crate) type Process = Worker<Common>;

/// What all workers have in common, in memory that all of them map.
#[repr(C)]
pub(crate) struct Common {
    limiter: Limiter<4096>,
    /// When the database is up again, in milliseconds since the boot.
    up_again: AtomicU64,
}

// SAFETY: Both are atomic integers, in the order in which they are written here: any bits are a value, zeros are an empty
// limiter and a database that is up, and neither has a destructor.
unsafe impl Plain for Common {}

/// The API of a worker.
pub(crate) struct Answers {
    process: Rc<Process>,
    limit: Limit,
    cache: RefCell<Cache<Box<str>, Rc<Response>>>,
    flight: Flight<Question, Rc<Response>>,
    breaker: Breaker,
    database: Database,
    /// A key of the cache, as it is looked for.
    key: RefCell<String>,
    /// An answer that is not kept.
    draft: RefCell<Response>,
}

impl Answers {
    pub(crate) fn new(process: &Rc<Process>) -> Result<Self, Box<dyn Error>> {
        let rate = std::env::var("RATE").map_or(Ok(RATE), |rate| rate.parse())?;
        let limit =
            Limit::new(rate, Duration::from_secs(1), rate).ok_or("`RATE` is not possible")?;
        Ok(Self {
            process: Rc::clone(process),
            limit,
            cache: RefCell::new(Cache::new(BOUNDS)),
            flight: Flight::new(),
            breaker: Breaker::new(POLICY),
            database: Database::new()?,
            key: RefCell::default(),
            draft: RefCell::default(),
        })
    }

    /// Hands the answer to a request to `encode`, or promises one.
    pub(crate) fn answer(
        &self,
        peer: IpAddr,
        request: &Request<'_>,
        encode: impl FnOnce(&Response),
    ) -> Answered<'_> {
        let now = since_boot();
        if let Verdict::Refused { retry_after, .. } =
            self.common().limiter.check(key_of(peer), now, &self.limit)
        {
            encode(&later(429, "too many requests from this address", retry_after));
            return Answered::Now;
        }
        let head = &request.head;
        if head.path().starts_with("/users/") && matches!(head.method(), "GET" | "HEAD") {
            return self.user(request, encode);
        }
        let mut draft = self.draft.borrow_mut();
        draft.clear();
        match head.path().strip_prefix("/outage/").map(str::parse::<u16>) {
            Some(Ok(seconds)) if head.method() == "POST" => {
                let again = now + Duration::from_secs(u64::from(seconds));
                self.common().up_again.store(again.as_millis() as u64, Relaxed);
                draft.status = 204;
            }
            _ => self.database.api().handle(request, &mut draft),
        }
        encode(&draft);
        Answered::Now
    }

    /// A user: as somebody has got it within the last second, or from the database.
    fn user(&self, request: &Request<'_>, encode: impl FnOnce(&Response)) -> Answered<'_> {
        let mut key = self.key.borrow_mut();
        key.clear();
        key.push_str(request.head.path());
        for line in request.head.all("accept") {
            key.push('\n');
            key.push_str(str::from_utf8(line).unwrap_or_default());
        }
        if let Some(known) = self.cache.borrow_mut().get(key.as_str(), Instant::now()) {
            encode(known);
            return Answered::Now;
        }
        let question = Question(key.as_str().into());
        Answered::Later(Box::pin(self.flight.load(question.clone(), || self.ask(question))))
    }

    /// Asks the database, unless it is to be left alone, and keeps what it answers.
    async fn ask(&self, question: Question) -> Rc<Response> {
        let call = match self.breaker.enter(since_boot()) {
            Ok(call) => call,
            Err(open) => {
                return Rc::new(later(503, "the database is left alone", open.retry_after));
            }
        };
        let is_down = since_boot().as_millis() < u128::from(self.common().up_again.load(Relaxed));
        let Ok(response) = self.database.user(&question, is_down).await else {
            call.failed(since_boot());
            return Rc::new(later(503, "the database does not answer", Duration::from_secs(1)));
        };
        call.succeeded();
        let bytes = question.0.len() + response.body.len();
        self.cache.borrow_mut().insert(question.0, Rc::clone(&response), bytes, Instant::now());
        response
    }

    fn common(&self) -> &Common {
        self.process.shared()
    }
}

/// A refusal, and when to come again.
fn later(status: u16, words: &str, after: Duration) -> Response {
    let mut refused = text(status, words);
    let seconds = after.as_nanos().div_ceil(1_000_000_000);
    refused.add("retry-after", seconds.to_string()).expect("digits are visible");
    refused
}

/// A client's key at the limiter. Whoever knows how it is made, and has many addresses, can choose whose slot to share; the
/// server of the last lesson hashes with a secret.
fn key_of(peer: IpAddr) -> u64 {
    let bits = match peer.to_canonical() {
        IpAddr::V4(address) => u64::from(address.to_bits()),
        // Whoever has one address of IPv6 has 2^64 of them: the upper half says who it is.
        IpAddr::V6(address) => (address.to_bits() >> 64) as u64,
    };
    let mixed = bits.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    mixed ^ (mixed >> 32)
}

/// The host's clock: the same in all processes.
fn since_boot() -> Duration {
    let now = clock_gettime(ClockId::Monotonic);
    Duration::new(now.tv_sec as u64, now.tv_nsec as u32)
}
