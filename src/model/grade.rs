//! How a side can be found by an allocation that names none.

use super::numbered::numbered;
use super::{MediaState, PoolType, SideState};

numbered! {
    /// How a side can be found by a search. It is stored with the side and indexed, so that a
    /// search is a probe. Whether the library is ready is judged by the search itself.
    Grade: u8 {
        /// Not at all.
        None = 0,
        /// By an allocation without `NEW`.
        Plain = 1,
        /// By an allocation without and with `NEW`.
        New = 2,
    }
}

/// What a search asks of the medium of a side.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct MediumFacts {
    /// Whether the medium itself is enabled.
    pub enabled: bool,
    /// What is being done with it.
    pub state: MediaState,
    /// Whether it was allocated with `NEW` and is still in use.
    pub exclusive: bool,
    /// Whether a side of it is up in a drive for a session. Such a medium is looked at apart from
    /// the index, since what may be taken depends on who asks.
    pub mounted_for_session: bool,
}

/// How a side can be found, given the other sides of its medium and the pool it is in.
pub fn grade(
    side: SideState,
    siblings: &[SideState],
    medium: MediumFacts,
    pool: PoolType,
) -> Grade {
    let found = side == SideState::Available
        && medium.enabled
        && medium.state != MediaState::RecoverableError
        && !medium.exclusive
        && !medium.mounted_for_session
        && match pool {
            PoolType::Application => true,
            // [D] a medium that changes pool must be at rest, and labelled on every side.
            PoolType::Free => {
                medium.state == MediaState::Idle && !siblings.contains(&SideState::Unprepared)
            }
            PoolType::Unknown | PoolType::Unrecognized | PoolType::Import => false,
        };
    if !found {
        Grade::None
    } else if siblings.iter().all(|state| leaves_room_for_new(*state)) {
        Grade::New
    } else {
        Grade::Plain
    }
}

/// Whether a side in this state lets a search take another side of its medium with `NEW`.
fn leaves_room_for_new(sibling: SideState) -> bool {
    matches!(sibling, SideState::Available | SideState::Decommissioned)
}

#[cfg(test)]
mod tests {
    use super::*;
    use SideState::*;

    const AT_REST: MediumFacts = MediumFacts {
        enabled: true,
        state: MediaState::Idle,
        exclusive: false,
        mounted_for_session: false,
    };

    fn in_pool(pool: PoolType, side: SideState, siblings: &[SideState]) -> Grade {
        grade(side, siblings, AT_REST, pool)
    }

    #[test]
    fn only_available_sides_are_found() {
        for state in SideState::ALL {
            let expected = if *state == Available { Grade::New } else { Grade::None };
            assert_eq!(in_pool(PoolType::Application, *state, &[]), expected, "{state:?}");
        }
    }

    #[test]
    fn only_free_and_application_pools_are_searched() {
        for pool in PoolType::ALL {
            let searched = matches!(pool, PoolType::Free | PoolType::Application);
            assert_eq!(in_pool(*pool, Available, &[]) != Grade::None, searched, "{pool:?}");
        }
    }

    #[test]
    fn the_other_side_decides_about_new() {
        for sibling in SideState::ALL {
            let expected = match sibling {
                Available | Decommissioned => Grade::New,
                _ => Grade::Plain,
            };
            assert_eq!(in_pool(PoolType::Application, Available, &[*sibling]), expected);
        }
        assert_eq!(in_pool(PoolType::Free, Available, &[Available]), Grade::New);
        assert_eq!(in_pool(PoolType::Free, Available, &[Unprepared]), Grade::None);
        assert_eq!(in_pool(PoolType::Free, Available, &[Incompatible]), Grade::Plain);
    }

    #[test]
    fn facts_about_the_medium_hide_its_sides() {
        for medium in [
            MediumFacts { enabled: false, ..AT_REST },
            MediumFacts { state: MediaState::RecoverableError, ..AT_REST },
            MediumFacts { exclusive: true, ..AT_REST },
            MediumFacts { mounted_for_session: true, ..AT_REST },
        ] {
            assert_eq!(grade(Available, &[], medium, PoolType::Application), Grade::None);
        }
    }

    #[test]
    fn a_medium_at_work_is_found_in_its_own_pool_only() {
        for state in MediaState::ALL {
            let medium = MediumFacts { state: *state, ..AT_REST };
            let own = grade(Available, &[], medium, PoolType::Application);
            assert_eq!(own == Grade::None, *state == MediaState::RecoverableError, "{state:?}");
            let free = grade(Available, &[], medium, PoolType::Free);
            assert_eq!(free == Grade::New, *state == MediaState::Idle, "{state:?}");
        }
    }
}
