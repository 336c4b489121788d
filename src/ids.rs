//! Where new ids come from.

use std::fmt::Debug;
use std::sync::Arc;

use parking_lot::Mutex;
use uuid::{Builder, Uuid};

use crate::clock::Clock;
use crate::model::Id;

/// A source of random bits for new ids. They must be unpredictable enough never to repeat within
/// one catalog, in all processes that share it; they protect nothing.
pub trait Randomness: Send + Sync + Debug {
    /// 128 random bits.
    fn bits(&self) -> u128;
}

/// Random bits from the operating system.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemRandomness;

impl Randomness for SystemRandomness {
    fn bits(&self) -> u128 {
        Uuid::new_v4().as_u128()
    }
}

/// The same bits for the same seed: for tests and simulations in one process only.
#[derive(Debug)]
pub struct SeededRandomness(Mutex<u64>);

impl SeededRandomness {
    /// A source that depends on nothing but `seed`.
    pub fn new(seed: u64) -> Self {
        Self(Mutex::new(seed))
    }

    /// SplitMix64, a public-domain generator by Sebastiano Vigna.
    pub(crate) fn next(state: &mut u64) -> u64 {
        *state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = *state;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }
}

impl Randomness for SeededRandomness {
    fn bits(&self) -> u128 {
        let mut state = self.0.lock();
        (u128::from(Self::next(&mut state)) << 64) | u128::from(Self::next(&mut state))
    }
}

/// Makes ids: ordered by time, never twice.
#[derive(Clone, Debug)]
pub(crate) struct Ids {
    clock: Arc<dyn Clock>,
    randomness: Arc<dyn Randomness>,
}

impl Ids {
    pub(crate) fn new(clock: Arc<dyn Clock>, randomness: Arc<dyn Randomness>) -> Self {
        Self { clock, randomness }
    }

    /// A fresh 128-bit value (UUID version 7).
    pub(crate) fn uuid(&self) -> Uuid {
        let millis = u64::try_from(self.clock.now().as_micros() / 1000).unwrap_or(0);
        let [r0, r1, r2, r3, r4, r5, r6, r7, r8, r9, ..] = self.randomness.bits().to_le_bytes();
        let random = [r0, r1, r2, r3, r4, r5, r6, r7, r8, r9];
        Builder::from_unix_timestamp_millis(millis, &random).into_uuid()
    }

    /// A fresh id of some kind.
    pub(crate) fn fresh<T: Id>(&self) -> T {
        T::from_uuid(self.uuid())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::VirtualClock;
    use crate::model::PoolId;

    #[test]
    fn ids_depend_on_time_and_seed_and_differ() {
        let make = |seed| Ids::new(VirtualClock::new(), Arc::new(SeededRandomness::new(seed)));
        let (a, b) = (make(1), make(1));
        let first: PoolId = a.fresh();
        assert_eq!(first, b.fresh::<PoolId>());
        assert_ne!(first, a.fresh::<PoolId>());
        assert_ne!(first, make(2).fresh::<PoolId>());
        assert_eq!(first.as_uuid().get_version_num(), 7);
    }
}
