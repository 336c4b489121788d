//! Chance that comes from the seed.

use std::time::Duration;

use rsm::{Randomness, SeededRandomness};

/// Dice of one thread.
pub struct Chance(SeededRandomness);

impl Chance {
    /// Those of thread `number` of the day with this seed.
    pub fn new(seed: u64, number: u64) -> Self {
        Self(SeededRandomness::new(seed.wrapping_mul(1_000_003).wrapping_add(number)))
    }

    /// A number below `count`; 0 when that is 0.
    pub fn below(&mut self, count: usize) -> usize {
        (self.0.bits() % count.max(1) as u128) as usize
    }

    pub fn pick<T: Copy>(&mut self, from: &[T]) -> Option<T> {
        from.get(self.below(from.len())).copied()
    }

    /// Minutes between these two.
    pub fn minutes(&mut self, least: u64, most: u64) -> Duration {
        let spread = usize::try_from((most - least) * 60).unwrap_or(usize::MAX);
        Duration::from_secs(least * 60 + self.below(spread) as u64)
    }

    /// A time between events that come at random, so long on average.
    pub fn until_next(&mut self, mean: Duration) -> Duration {
        let unit = (self.below(1 << 24) as f64 + 1.0) / f64::from(1 << 24);
        mean.mul_f64(-unit.ln())
    }
}
