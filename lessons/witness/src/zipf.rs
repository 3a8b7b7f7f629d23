//! Keys as a server sees them: few are asked for often, most hardly ever.

/// The keys 0, 1, 2, …, of which key `k` comes with a frequency in proportion to `1 / (k + 1)`: Zipf's law. The same
/// seed gives the same sequence on every machine.
#[derive(Debug, Clone)]
pub struct Zipf {
    /// For each key, how much of all weight lies on it and on those before it.
    cumulative: Vec<f64>,
    state: u64,
}

impl Zipf {
    /// A sequence over so many `keys`.
    ///
    /// # Panics
    ///
    /// There is no key.
    #[must_use]
    pub fn new(keys: u64, seed: u64) -> Self {
        assert!(keys > 0, "a sequence needs a key");
        let mut sum = 0.0;
        let cumulative = (1..=keys).map(|rank| {
            sum += 1.0 / rank as f64;
            sum
        });
        Self { cumulative: cumulative.collect(), state: seed }
    }

    /// SplitMix64 (Steele, Lea and Flood, "Fast Splittable Pseudorandom Number Generators", 2014).
    fn random(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }
}

impl Iterator for Zipf {
    type Item = u64;

    fn next(&mut self) -> Option<u64> {
        // The 53 bits that a float holds, as a number from 0 up to but not including 1.
        let uniform = (self.random() >> 11) as f64 / (1_u64 << 53) as f64;
        let (all, sums) = self.cumulative.split_last().expect("there is a key");
        Some(sums.partition_point(|sum| *sum <= uniform * all) as u64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_key_comes_as_often_as_its_weight_says_and_all_keys_come() {
        let mut seen = [0; 4];
        Zipf::new(4, 1).take(25_000).for_each(|key| seen[key as usize] += 1);
        // 1 : 1/2 : 1/3 : 1/4 of 25,000.
        for (seen, expected) in seen.into_iter().zip([12_000_i32, 6_000, 4_000, 3_000]) {
            assert!((seen - expected).abs() < 300, "{seen} is near {expected}");
        }
    }

    #[test]
    fn a_seed_is_a_sequence() {
        let keys = |seed| Zipf::new(1000, seed).take(10).collect::<Vec<_>>();
        assert_eq!(keys(7), keys(7));
        assert_ne!(keys(7), keys(8));
    }
}
