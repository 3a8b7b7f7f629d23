//! The gate's arithmetic: from times of three implementations, measured in turn, to a verdict.
//!
//! In each round, `d = ln(naive / yours) − bar · ln(naive / reference)`: above zero the learner's code has more than that
//! share of the reference's gain. Quotients within a round cancel whatever slows the machine for a while; the
//! median over rounds ignores a round that was disturbed in its middle; the bootstrap says how sure the median is.

use super::report::GateVerdict;

/// How many rounds there are before the first verdict.
pub const ROUNDS_MIN: usize = 7;

/// A gate is worth nothing where the reference gains less than this.
pub const GAIN_MIN: f64 = 1.5;

/// How many times the rounds are drawn again.
const RESAMPLES: usize = 2000;

/// The share of resamples that the interval leaves out at each end.
const TAIL: f64 = 0.005;

/// Nanoseconds for one iteration of each implementation, measured shortly after one another.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Round {
    /// What a competent beginner writes.
    pub naive: f64,
    /// The learner's.
    pub yours: f64,
    /// The reference.
    pub reference: f64,
}

impl Round {
    /// 0 for naive, 1 for as good as the reference.
    fn score(&self) -> f64 {
        (self.naive / self.yours).ln() / (self.naive / self.reference).ln()
    }

    fn above(&self, bar: f64) -> f64 {
        (self.naive / self.yours).ln() - bar * (self.naive / self.reference).ln()
    }
}

/// A number and how sure it is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Estimate {
    /// The median over the rounds.
    pub median: f64,
    /// 99 of 100 resamples lie above.
    pub low: f64,
    /// And below this.
    pub high: f64,
}

/// The learner's share of the reference's gain.
#[must_use]
pub fn score(rounds: &[Round]) -> Estimate {
    estimate(rounds.iter().map(Round::score).collect())
}

/// What can be said by now; `None` asks for another round.
#[must_use]
pub fn verdict(rounds: &[Round], bar: f64) -> Option<GateVerdict> {
    if rounds.len() < ROUNDS_MIN {
        return None;
    }
    let above = estimate(rounds.iter().map(|round| round.above(bar)).collect());
    if above.low > 0.0 {
        Some(GateVerdict::Passed)
    } else if above.high < 0.0 {
        Some(GateVerdict::Failed)
    } else {
        None
    }
}

/// How many times faster than the naive version the reference is.
#[must_use]
pub fn gain(rounds: &[Round]) -> f64 {
    median(rounds.iter().map(|round| round.naive / round.reference).collect())
}

/// The middle one; the lower of the two in the middle.
#[must_use]
pub fn median(mut values: Vec<f64>) -> f64 {
    values.sort_unstable_by(f64::total_cmp);
    values.get(values.len().saturating_sub(1) / 2).copied().unwrap_or(f64::NAN)
}

/// The median of some numbers, and how sure it is.
///
/// # Panics
///
/// There are none.
#[must_use]
pub fn estimate(values: Vec<f64>) -> Estimate {
    // xorshift64* (Vigna 2016) with a fixed seed: the same rounds give the same verdict. Without the product, its
    // remainders repeat: one round of nine was drawn five times in nine four times too often.
    let mut random: u64 = 0x9e37_79b9_7f4a_7c15;
    let mut draw = || {
        random ^= random >> 12;
        random ^= random << 25;
        random ^= random >> 27;
        let high = random.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 32;
        values[(high % values.len() as u64) as usize]
    };
    let mut medians: Vec<f64> =
        (0..RESAMPLES).map(|_| median((0..values.len()).map(|_| draw()).collect())).collect();
    medians.sort_unstable_by(f64::total_cmp);
    let cut = (TAIL * RESAMPLES as f64) as usize;
    Estimate { median: median(values), low: medians[cut], high: medians[RESAMPLES - 1 - cut] }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Rounds of a naive 100 ns and a reference of 10 ns, with the learner's times.
    fn rounds(yours: &[f64]) -> Vec<Round> {
        yours.iter().map(|&yours| Round { naive: 100.0, yours, reference: 10.0 }).collect()
    }

    #[test]
    fn a_score_is_the_share_of_the_gain() {
        let close = |found: f64, expected: f64| (found - expected).abs() < 1e-9;
        assert!(close(score(&rounds(&[100.0; 7])).median, 0.0), "as slow as naive");
        assert!(close(score(&rounds(&[10.0; 7])).median, 1.0), "as fast as the reference");
        assert!(close(score(&rounds(&[1000_f64.sqrt(); 7])).median, 0.5), "halfway, in factors");
    }

    #[test]
    fn clear_cases_are_decided_after_seven_rounds() {
        assert_eq!(verdict(&rounds(&[11.0; 6]), 0.7), None, "six are not enough");
        assert_eq!(verdict(&rounds(&[11.0; 7]), 0.7), Some(GateVerdict::Passed));
        assert_eq!(verdict(&rounds(&[90.0; 7]), 0.7), Some(GateVerdict::Failed));
    }

    #[test]
    fn one_disturbed_round_decides_nothing() {
        let mut yours = [11.0; 9];
        yours[4] = 500.0;
        assert_eq!(verdict(&rounds(&yours), 0.7), Some(GateVerdict::Passed));
    }

    #[test]
    fn across_the_bar_asks_for_more() {
        // At a bar of 0.7 the learner's time must be under 100 / 10^0.7 = 19.95 ns.
        let across = [18.0, 22.0, 17.0, 23.0, 19.0, 21.0, 20.0];
        assert_eq!(verdict(&rounds(&across), 0.7), None);
    }
}
