//! Which sides may be in which pools, and which moves between pools are permitted.

use super::{PoolType, ReadWriteKind, SideState};

/// Whether a side in this state may be in a pool of this kind.
pub const fn permitted(state: SideState, pool: PoolType) -> bool {
    use PoolType as P;
    use SideState as S;
    match state {
        S::Unknown | S::Unrecognized => matches!(pool, P::Unrecognized),
        S::Unprepared => matches!(pool, P::Free),
        S::Incompatible => !matches!(pool, P::Unknown),
        S::Decommissioned | S::Available => matches!(pool, P::Free | P::Application),
        S::Allocated | S::Complete | S::Reserved => matches!(pool, P::Application),
        S::Import => matches!(pool, P::Import | P::Application),
    }
}

/// Whether a side in this state is somebody's: an application holds a logical medium on it.
pub const fn owned(state: SideState) -> bool {
    matches!(state, SideState::Allocated | SideState::Complete)
}

/// Whether a side in this state is owned, or kept for the owner of another side.
pub const fn claimed(state: SideState) -> bool {
    owned(state) || matches!(state, SideState::Reserved)
}

/// Whether the sides of one medium agree with its pool, with each other, and with the `exclusive`
/// flag of the medium: a reserved side and the flag need an owner, a reserved side needs the flag.
pub fn consistent(pool: PoolType, states: &[SideState], exclusive: bool) -> bool {
    let has_owner = states.iter().any(|state| owned(*state));
    let has_reserved = states.contains(&SideState::Reserved);
    states.iter().all(|state| permitted(*state, pool))
        && (!exclusive || has_owner)
        && (!has_reserved || exclusive)
}

/// Whether an offline medium whose sides are in these states may be registered in a pool of this
/// kind.
pub fn creation_permitted(pool: PoolType, states: &[SideState]) -> bool {
    match pool {
        // [D] only media nobody claims are registered for import.
        PoolType::Import => states.iter().all(|state| *state == SideState::Import),
        PoolType::Application => {
            let creatable = |state: &SideState| {
                !matches!(state, SideState::Incompatible)
                    && permitted(*state, PoolType::Application)
            };
            let reserved_has_owner =
                !states.contains(&SideState::Reserved) || states.iter().any(|state| owned(*state));
            let all_import = states.iter().all(|state| *state == SideState::Import);
            states.iter().all(creatable) && reserved_has_owner && !all_import
        }
        PoolType::Unknown | PoolType::Free | PoolType::Unrecognized => false,
    }
}

/// Whether a medium whose sides are in these states may be moved from one pool to another pool of
/// the same media type. A move to the pool it is in is permitted always and not asked here.
pub fn move_permitted(from: PoolType, to: PoolType, states: &[SideState]) -> bool {
    use PoolType as P;
    match (from, to) {
        (P::Application | P::Free, P::Application) => true,
        (P::Application, P::Free) => !states.iter().any(|state| claimed(*state)),
        (P::Application, P::Import) => states.iter().all(|state| *state == SideState::Import),
        (P::Import | P::Unrecognized, P::Free) => true,
        _ => false,
    }
}

/// Whether a medium whose sides are in these states may be moved to a pool of another media type.
pub fn retype_permitted(from: PoolType, to: PoolType, states: &[SideState]) -> bool {
    use PoolType as P;
    // [D] what lies in a system pool stays what it is; only its type was wrong.
    matches!((from, to), (P::Unrecognized, P::Unrecognized) | (P::Import, P::Import))
        || move_permitted(from, to, states)
}

/// Whether media recorded this way may be in a free pool, where a free label is written on them.
/// `labelled`: a label is recorded for one of the sides.
// [D] a label cannot be replaced on write-once media.
pub const fn fit_for_free_pool(recording: ReadWriteKind, labelled: bool) -> bool {
    match recording {
        ReadWriteKind::Unknown | ReadWriteKind::Rewritable => true,
        ReadWriteKind::WriteOnce => !labelled,
        ReadWriteKind::ReadOnly => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use SideState::*;

    const POOLS: [PoolType; 4] =
        [PoolType::Free, PoolType::Import, PoolType::Unrecognized, PoolType::Application];

    /// The published table, a line per state, a column per pool in the order of `POOLS`.
    const MATRIX: [(SideState, [bool; 4]); 10] = [
        (Unknown, [false, false, true, false]),
        (Unprepared, [true, false, false, false]),
        (Incompatible, [true, true, true, true]),
        (Decommissioned, [true, false, false, true]),
        (Available, [true, false, false, true]),
        (Allocated, [false, false, false, true]),
        (Complete, [false, false, false, true]),
        (Reserved, [false, false, false, true]),
        (Unrecognized, [false, false, true, false]),
        (Import, [false, true, false, true]),
    ];

    #[test]
    fn states_in_pools() {
        for (state, row) in MATRIX {
            for (pool, expected) in POOLS.into_iter().zip(row) {
                assert_eq!(permitted(state, pool), expected, "{state:?} in {pool:?}");
            }
            assert!(!permitted(state, PoolType::Unknown));
        }
    }

    /// The published two-sided combinations, in both orders of the sides.
    fn published(a: SideState, b: SideState, exclusive: bool) -> bool {
        let one_way = |a: SideState, b: SideState| match (a, b) {
            (Available, Available | Import) => !exclusive,
            (Allocated | Complete, Available | Allocated | Complete | Import) => true,
            (Allocated | Complete, Reserved) => exclusive,
            (Import, Import | Decommissioned) => !exclusive,
            // "Any but Reserved without owner"; the flag needs an owner as everywhere (I9).
            (Incompatible | Decommissioned, Allocated | Complete) => true,
            (Incompatible | Decommissioned, Available | Import | Incompatible | Decommissioned) => {
                !exclusive
            }
            _ => false,
        };
        one_way(a, b) || one_way(b, a)
    }

    #[test]
    fn two_sided_combinations_in_an_application_pool() {
        for a in SideState::ALL {
            for b in SideState::ALL {
                for exclusive in [false, true] {
                    assert_eq!(
                        consistent(PoolType::Application, &[*a, *b], exclusive),
                        published(*a, *b, exclusive),
                        "{a:?}, {b:?}, exclusive {exclusive}"
                    );
                }
            }
        }
    }

    #[test]
    fn states_a_medium_may_be_registered_in() {
        let application = |states: &[SideState]| creation_permitted(PoolType::Application, states);
        for state in [Available, Allocated, Complete, Decommissioned] {
            assert!(application(&[state]), "{state:?}");
        }
        for state in [Unknown, Unprepared, Incompatible, Unrecognized, Reserved, Import] {
            assert!(!application(&[state]), "{state:?}");
        }
        assert!(application(&[Allocated, Reserved]) && application(&[Reserved, Complete]));
        assert!(!application(&[Available, Reserved]) && !application(&[Reserved, Reserved]));
        assert!(application(&[Import, Available]) && application(&[Decommissioned, Import]));
        assert!(!application(&[Import, Import]));
        assert!(creation_permitted(PoolType::Import, &[Import, Import]));
        assert!(!creation_permitted(PoolType::Import, &[Import, Available]));
        for pool in [PoolType::Free, PoolType::Unrecognized, PoolType::Unknown] {
            assert!(!creation_permitted(pool, &[Available]));
        }
    }

    #[test]
    fn moves_between_pools() {
        use PoolType as P;
        let moves = |states: &[SideState]| -> Vec<(PoolType, PoolType)> {
            POOLS
                .into_iter()
                .flat_map(|from| POOLS.map(|to| (from, to)))
                .filter(|(from, to)| move_permitted(*from, *to, states))
                .collect()
        };
        let always = [(P::Free, P::Application), (P::Import, P::Free)];
        let always = always
            .into_iter()
            .chain([(P::Unrecognized, P::Free), (P::Application, P::Application)]);
        let with = |more: &[(PoolType, PoolType)]| {
            let mut all: Vec<_> = always.clone().chain(more.iter().copied()).collect();
            all.sort_unstable();
            all
        };
        let sorted = |states: &[SideState]| {
            let mut all = moves(states);
            all.sort_unstable();
            all
        };
        assert_eq!(sorted(&[Available, Available]), with(&[(P::Application, P::Free)]));
        for state in [Allocated, Complete, Reserved] {
            assert_eq!(sorted(&[Available, state]), with(&[]), "{state:?}");
        }
        assert_eq!(
            sorted(&[Import, Import]),
            with(&[(P::Application, P::Free), (P::Application, P::Import)])
        );
        assert_eq!(sorted(&[Import, Available]), with(&[(P::Application, P::Free)]));
    }

    #[test]
    fn moves_to_a_pool_of_another_type() {
        use PoolType as P;
        assert!(retype_permitted(P::Unrecognized, P::Unrecognized, &[Unrecognized]));
        assert!(retype_permitted(P::Import, P::Import, &[Import]));
        assert!(retype_permitted(P::Unrecognized, P::Free, &[Unrecognized]));
        assert!(!retype_permitted(P::Unrecognized, P::Application, &[Unrecognized]));
        assert!(!retype_permitted(P::Application, P::Free, &[Allocated]));
        assert!(!retype_permitted(P::Free, P::Free, &[Available]));
    }

    #[test]
    fn free_pools_need_media_that_can_be_labelled() {
        assert!(fit_for_free_pool(ReadWriteKind::Rewritable, true));
        assert!(fit_for_free_pool(ReadWriteKind::WriteOnce, false));
        assert!(!fit_for_free_pool(ReadWriteKind::WriteOnce, true));
        assert!(!fit_for_free_pool(ReadWriteKind::ReadOnly, false));
    }
}
