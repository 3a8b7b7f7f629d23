//! The shards lie side by side.
//!
//! Rejected by: the benchmark
//!
//! Each thread has a shard of its own, and yet a step is slower while another thread counts: the end of one shard and the
//! beginning of the next one lie in the same cache line. Give each shard lines of its own, with `#[repr(align(128))]`.
// ANCHOR: counters
/// More than there are threads that count, as a rule.
const SHARDS: usize = 64;

/// Threads that have counted so far: the next one's number.
static THREADS: AtomicUsize = AtomicUsize::new(0);

thread_local! {
    /// The shard of this thread.
    static OWN: usize = THREADS.fetch_add(1, Relaxed) % SHARDS;
}

/// A shard.
#[derive(Debug, Default)]
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
        let Shard(own) = &self.shards[OWN.with(|&own| own)];
        add(&mut lock(own), name, amount);
    }

    /// What it says. While others count, it is no single moment's.
    #[must_use]
    pub fn get(&self, name: &str) -> u64 {
        self.shards.iter().filter_map(|Shard(shard)| lock(shard).get(name).copied()).sum()
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
}
// ANCHOR_END: counters
