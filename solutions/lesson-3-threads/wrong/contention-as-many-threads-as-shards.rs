//! There is no shard for the sixty-fifth thread.
//!
//! Rejected by: `a_thousand_threads_one_after_the_other_can_count` (panicked)
//!
//! A program may start more threads than there are shards, one after the other if not at once. Those that come later share a
//! shard with one that came before: take the rest of a division by their number. That is what the lock is for.
// ANCHOR: counters
/// One for each thread.
const SHARDS: usize = 64;

/// Threads that have counted so far: the next one's number.
static THREADS: AtomicUsize = AtomicUsize::new(0);

thread_local! {
    /// The shard of this thread.
    static OWN: usize = THREADS.fetch_add(1, Relaxed);
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
