//! The length of the name decides where it is counted.
//!
//! Rejected by: the benchmark
//!
//! Names of the same length are all in one shard, and most names are about as long as others. What divides must spread: take a
//! hash of the whole name.
// ANCHOR: counters
/// More than there are processors, so that few meet.
const SHARDS: usize = 64;

/// A shard.
#[derive(Debug, Default)]
#[repr(align(128))]
struct Shard(Mutex<Counts>);

/// Counters.
#[derive(Debug)]
pub struct Counters {
    shards: Box<[Shard]>,
}

impl Counters {
    /// All of them are zero.
    #[must_use]
    pub fn new() -> Self {
        Self { shards: (0..SHARDS).map(|_| Shard::default()).collect() }
    }

    /// Adds to a counter.
    #[inline]
    pub fn add(&self, name: &str, amount: u64) {
        add(&mut self.shard(name), name, amount);
    }

    /// What it says.
    #[must_use]
    pub fn get(&self, name: &str) -> u64 {
        self.shard(name).get(name).copied().unwrap_or(0)
    }

    /// All counters and what they say, sorted by name. While others count, it is no single moment's.
    #[must_use]
    pub fn all(&self) -> Vec<(String, u64)> {
        let shards = self.shards.iter();
        sorted(shards.flat_map(|Shard(shard)| lock(shard).iter().map(entry).collect::<Vec<_>>()))
    }

    #[inline]
    fn shard(&self, name: &str) -> MutexGuard<'_, Counts> {
        let Shard(shard) = &self.shards[name.len() / 8 % SHARDS];
        lock(shard)
    }
}
// ANCHOR_END: counters
