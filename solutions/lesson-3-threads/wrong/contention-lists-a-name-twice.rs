//! A name is listed once for each shard that knows it.
//!
//! Rejected by: `nothing_is_lost_when_threads_count_at_once`, `what_two_threads_counted_is_listed_once`
//!
//! Several shards know the same name. `all` is to add them up; put them into one map first.
// ANCHOR: counters
/// More than there are threads that count, as a rule.
const SHARDS: usize = 64;

/// Threads that have counted so far: the next one's number.
static THREADS: AtomicUsize = AtomicUsize::new(0);

thread_local! {
    /// The shard of this thread.
    static OWN: usize = THREADS.fetch_add(1, Relaxed) % SHARDS;
}

/// A shard. 128 bytes are two lines, which processors fetch together.
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
        let shards = self.shards.iter();
        let mut all: Vec<_> = shards.flat_map(|Shard(shard)| sorted(&lock(shard))).collect();
        all.sort_unstable();
        all
    }
}
// ANCHOR_END: counters
