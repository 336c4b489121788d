//! How an automatic search may find a side.

use super::{MediaState, PoolType, SideState};

/// How an automatic search may find a side. Stored with the side, so that a search is one look
/// into an index. Whether the library can be used now is judged by the search itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Grade {
    /// Not at all.
    Hidden,
    /// By a search without NEW.
    Plain,
    /// By every search: the other sides are free as well.
    New,
}

/// What a side's grade depends on besides the states of the sides.
#[derive(Clone, Copy, Debug)]
pub(crate) struct MediumFacts {
    pub(crate) enabled: bool,
    pub(crate) state: MediaState,
    pub(crate) exclusive: bool,
    /// The side that is up in a drive, whose user may still be writing.
    pub(crate) side_up: Option<u8>,
    pub(crate) pool: PoolType,
}

impl Grade {
    /// The grade of side `number` of a medium whose sides have these states.
    pub(crate) fn of_side(number: usize, sides: &[SideState], medium: &MediumFacts) -> Self {
        let usable =
            medium.enabled && !medium.exclusive && medium.state != MediaState::RecoverableError;
        let in_place = match medium.pool {
            PoolType::Application => true,
            PoolType::Free => {
                medium.state == MediaState::Idle && !sides.contains(&SideState::Unprepared)
            }
            PoolType::Unknown | PoolType::Import | PoolType::Unrecognized => false,
        };
        let is_up = medium.side_up.is_some_and(|up| usize::from(up) == number);
        let available = sides.get(number) == Some(&SideState::Available);
        if !(usable && in_place && available) || is_up {
            return Self::Hidden;
        }
        let siblings = sides.iter().enumerate().filter(|(n, _)| *n != number);
        let whole = siblings
            .map(|(_, state)| *state)
            .all(|state| matches!(state, SideState::Available | SideState::Decommissioned));
        if whole && medium.side_up.is_none() { Self::New } else { Self::Plain }
    }

    /// The number in the catalog; hidden sides have none.
    pub(crate) const fn stored(self) -> Option<i64> {
        match self {
            Self::Hidden => None,
            Self::Plain => Some(1),
            Self::New => Some(2),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use SideState::{Allocated, Available, Decommissioned, Import, Reserved, Unprepared};

    const SHELVED: MediumFacts = MediumFacts {
        enabled: true,
        state: MediaState::Idle,
        exclusive: false,
        side_up: None,
        pool: PoolType::Application,
    };

    fn grade(sides: &[SideState], medium: MediumFacts) -> Grade {
        Grade::of_side(0, sides, &medium)
    }

    #[test]
    fn an_available_side_is_found_by_every_search() {
        assert_eq!(grade(&[Available], SHELVED), Grade::New);
        assert_eq!(grade(&[Available, Available], SHELVED), Grade::New);
        assert_eq!(grade(&[Available, Decommissioned], SHELVED), Grade::New);
    }

    #[test]
    fn a_shared_medium_is_not_found_with_new() {
        for sibling in [Allocated, Import, Reserved] {
            assert_eq!(grade(&[Available, sibling], SHELVED), Grade::Plain);
        }
        assert_eq!(grade(&[Allocated, Available], SHELVED), Grade::Hidden);
    }

    #[test]
    fn what_cannot_be_used_is_hidden() {
        for hidden in [
            MediumFacts { enabled: false, ..SHELVED },
            MediumFacts { exclusive: true, ..SHELVED },
            MediumFacts { state: MediaState::RecoverableError, ..SHELVED },
            MediumFacts { pool: PoolType::Import, ..SHELVED },
            MediumFacts { state: MediaState::InUse, pool: PoolType::Free, ..SHELVED },
        ] {
            assert_eq!(grade(&[Available], hidden), Grade::Hidden, "{hidden:?}");
        }
    }

    #[test]
    fn a_side_up_in_a_drive_is_hidden_and_its_medium_is_not_whole() {
        let up = MediumFacts { state: MediaState::Loaded, side_up: Some(0), ..SHELVED };
        assert_eq!(grade(&[Available, Available], up), Grade::Hidden);
        assert_eq!(Grade::of_side(1, &[Available, Available], &up), Grade::Plain);
    }

    #[test]
    fn a_free_medium_waits_until_every_side_has_its_label() {
        let free = MediumFacts { pool: PoolType::Free, ..SHELVED };
        assert_eq!(grade(&[Available, Unprepared], free), Grade::Hidden);
        assert_eq!(grade(&[Available, Decommissioned], free), Grade::New);
    }
}
