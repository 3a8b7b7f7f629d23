//! It locks all shards.
//!
//! Rejected by: `different_shards_do_not_wait_for_each_other` (hung)
//!
//! Nothing can go wrong then, and nothing is won: every thread waits for every other. What is under a key is in one
//! shard, and its lock is enough.
// ANCHOR: update
let mut all: Vec<_> = self.shards.iter().map(lock).collect();
let number = (self.hasher.hash_one(&key) >> SHARD_BIT) as usize & (all.len() - 1);
let before = all[number].remove(&key);
if let Some(after) = change(before) {
    all[number].insert(key, after);
}
// ANCHOR_END: update
