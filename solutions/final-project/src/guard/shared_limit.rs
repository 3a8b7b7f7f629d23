//! One limit for several servers: the same algorithm as in shared memory, in a script of Redis.
//!
//! Each admission costs a way to Redis and back, so it is exact: all servers together admit what one bucket would. A
//! refusal is remembered until the client may come again. The bucket cannot admit it earlier, whoever asks meanwhile; so
//! who floods one server costs Redis nothing more.
//!
//! The time is Redis's own: clocks of several machines differ.

use std::cell::RefCell;
use std::net::IpAddr;
use std::rc::Rc;
use std::time::{Duration, Instant};

use redis::Script;
use solution_6_memory::cache::{Bounds, Cache};
use solution_7_sync::limiter::Verdict;

use crate::clock::Clock;
use crate::remote::{Remote, Unanswered};
use crate::settings::Rate;

/// KEYS: the client's bucket. ARGV: microseconds from one request to the next, the burst, and the time in microseconds if
/// it is not Redis's. Returns whether one is admitted, how many more would be, and after how many microseconds one is, and
/// all are.
const CHECK: &str = "
    local now = tonumber(ARGV[3])
    local stays = 3600000
    if not now then
        local time = redis.call('TIME')
        now = time[1] * 1000000 + time[2]
        stays = 0
    end
    local interval, burst = tonumber(ARGV[1]), tonumber(ARGV[2])
    local arrival = math.max(tonumber(redis.call('GET', KEYS[1]) or 0), now)
    -- A clock that was set back makes nobody wait for longer than the burst takes to come back.
    arrival = math.min(arrival, now + burst * interval)
    local early = arrival - now - (burst - 1) * interval
    if early > 0 then
        return {0, 0, math.ceil(early), math.ceil(arrival - now)}
    end
    local next = arrival + interval
    stays = stays + math.ceil((next - now) / 1000)
    redis.call('SET', KEYS[1], string.format('%.3f', next), 'PX', math.max(stays, 1))
    local remaining = math.floor((now + burst * interval - next) / interval)
    return {1, remaining, 0, math.ceil(next - now)}";

/// How many refused clients are remembered, and how long at most.
const REFUSED: Bounds = Bounds { items: 10_000, bytes: usize::MAX, ttl: Duration::from_secs(3600) };

/// The limit, as a worker sees it.
pub struct SharedLimit {
    redis: Rc<Remote>,
    script: Script,
    refused: RefCell<Cache<IpAddr, Remembered>>,
}

/// Until when a client is refused, by its own clock.
#[derive(Debug, Clone, Copy)]
struct Remembered {
    again: Duration,
    reset: Duration,
}

impl SharedLimit {
    /// Counted in this Redis.
    #[must_use]
    pub fn new(redis: Rc<Remote>) -> Self {
        Self { redis, script: Script::new(CHECK), refused: RefCell::new(Cache::new(REFUSED)) }
    }

    /// Whether a client may ask now.
    ///
    /// # Errors
    ///
    /// [`Unanswered`].
    pub async fn check(
        &self,
        client: IpAddr,
        clock: &Clock,
        rate: Rate,
        burst: u32,
    ) -> Result<Verdict, Unanswered> {
        if let Some(refused) = self.remembered(client, clock.now()) {
            return Ok(refused);
        }
        let (admitted, remaining, wait, reset) = self.ask(client, clock, rate, burst).await?;
        let (wait, reset) = (Duration::from_micros(wait), Duration::from_micros(reset));
        if admitted == 1 {
            return Ok(Verdict::Admitted { remaining, reset });
        }
        let now = clock.now();
        let remembered = Remembered { again: now + wait, reset: now + reset };
        self.refused.borrow_mut().insert(client, remembered, 1, Instant::now());
        Ok(Verdict::Refused { retry_after: wait, reset })
    }

    fn remembered(&self, client: IpAddr, now: Duration) -> Option<Verdict> {
        let mut refused = self.refused.borrow_mut();
        let Remembered { again, reset } = *refused.get(&client, Instant::now())?;
        if again <= now {
            refused.remove(&client);
            return None;
        }
        Some(Verdict::Refused { retry_after: again - now, reset: reset.saturating_sub(now) })
    }

    async fn ask(
        &self,
        client: IpAddr,
        clock: &Clock,
        rate: Rate,
        burst: u32,
    ) -> Result<(u8, u32, u64, u64), Unanswered> {
        let interval = rate.period.as_secs_f64() * 1e6 / rate.count as f64;
        let time = match clock {
            Clock::Kernel => String::new(),
            Clock::File(_) => clock.now().as_micros().to_string(),
        };
        let mut script = self.script.prepare_invoke();
        let bucket = format!("api-server:limit:{burst}:{interval}:{client}");
        script.key(bucket).arg(interval).arg(burst).arg(time);
        self.redis.ask(async |mut redis| script.invoke_async(&mut redis).await).await
    }
}
