//! The name decides in which shard it is counted.
//!
//! Rejected by: the benchmark
//!
//! Two threads that count the same names want the same shards. They seldom wait for each other now; but the lines of a shard
//! travel to whoever counts in it, and each step fetches some. Let the *thread* decide where it counts, and not the name.
// ANCHOR: counters
/// More than there are processors, so that few meet.
const SHARDS: usize = 64;

/// A shard. 128 bytes are two lines, which processors fetch together.
#[derive(Debug, Default)]
#[repr(align(128))]
struct Shard(Mutex<Counts>);

/// Counters.
#[derive(Debug)]
pub struct Counters {
    shards: Box<[Shard]>,
    hasher: std::hash::RandomState,
}

impl Counters {
    /// All of them are zero.
    #[must_use]
    pub fn new() -> Self {
        let shards = (0..SHARDS).map(|_| Shard::default()).collect();
        Self { shards, hasher: std::hash::RandomState::new() }
    }

    /// Adds to a counter.
    #[inline]
    pub fn add(&self, name: &str, amount: u64) {
        add(&mut self.shard(name), name, amount);
    }

    /// What it says. While others count, it is no single moment's.
    #[must_use]
    pub fn get(&self, name: &str) -> u64 {
        self.shard(name).get(name).copied().unwrap_or(0)
    }

    /// All counters and what they say, sorted by name. While others count, it is no single moment's.
    #[must_use]
    pub fn all(&self) -> Vec<(String, u64)> {
        let mut all = Counts::new();
        for Shard(shard) in &self.shards {
            for (name, &amount) in lock(shard).iter() {
                add(&mut all, name, amount);
            }
        }
        sorted(&all)
    }

    #[inline]
    fn shard(&self, name: &str) -> MutexGuard<'_, Counts> {
        use std::hash::BuildHasher as _;
        let Shard(shard) = &self.shards[self.hasher.hash_one(name) as usize % SHARDS];
        lock(shard)
    }
}
// ANCHOR_END: counters
