//! What becomes of the record of a medium that leaves its library.

use super::{MediaPoolPolicy, PoolType, SideState};

/// What becomes of a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Leaving {
    /// Kept, in the offline library.
    Kept,
    /// Removed with all its sides.
    Removed,
}

/// Decides for a whole medium, by its pool and the states of all its sides.
pub fn leave(pool: PoolType, states: &[SideState], policy: MediaPoolPolicy) -> Leaving {
    // [D] a decommissioned side must be known again wherever it turns up.
    let retired = states.contains(&SideState::Decommissioned);
    let unusable = states.iter().all(|state| *state == SideState::Incompatible);
    let kept = !unusable
        && (retired
            || match pool {
                PoolType::Application => true,
                PoolType::Free => !policy.contains(MediaPoolPolicy::PURGE_OFFLINE_FREE),
                PoolType::Import => policy.contains(MediaPoolPolicy::KEEP_OFFLINE_IMPORT),
                PoolType::Unrecognized | PoolType::Unknown => false,
            });
    if kept { Leaving::Kept } else { Leaving::Removed }
}

#[cfg(test)]
mod tests {
    use super::*;
    use SideState::*;

    const DEFAULT: MediaPoolPolicy = MediaPoolPolicy::empty();

    #[test]
    fn the_pool_decides() {
        for (pool, state, by_default, by_policy) in [
            (PoolType::Application, Available, Leaving::Kept, Leaving::Kept),
            (PoolType::Free, Available, Leaving::Kept, Leaving::Removed),
            (PoolType::Import, Import, Leaving::Removed, Leaving::Kept),
            (PoolType::Unrecognized, Unknown, Leaving::Removed, Leaving::Removed),
        ] {
            assert_eq!(leave(pool, &[state], DEFAULT), by_default, "{pool:?}");
            assert_eq!(leave(pool, &[state], MediaPoolPolicy::all()), by_policy, "{pool:?}");
        }
    }

    #[test]
    fn incompatible_on_every_side_is_forgotten_anywhere() {
        assert_eq!(leave(PoolType::Application, &[Incompatible; 2], DEFAULT), Leaving::Removed);
        assert_eq!(
            leave(PoolType::Application, &[Incompatible, Allocated], DEFAULT),
            Leaving::Kept
        );
    }

    #[test]
    fn a_decommissioned_side_keeps_the_record() {
        let purge = MediaPoolPolicy::PURGE_OFFLINE_FREE;
        assert_eq!(leave(PoolType::Free, &[Available, Decommissioned], purge), Leaving::Kept);
    }
}
