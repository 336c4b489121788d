//! Facts about the rest of a medium that the transitions of a side depend on.

use crate::model::pool_matrix::{claimed, owned};
use crate::model::{MediaState, PoolType, SideState};

/// Whether the library of a medium can be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LibraryStanding {
    /// The offline library, or one that is not present.
    Offline,
    /// Present, but not ready.
    Online,
    /// Ready.
    Ready,
}

/// The facts around a side, as they are before the change.
#[derive(Clone, Copy, Debug)]
pub struct SideContext<'a> {
    /// The pool the medium is in.
    pub pool: PoolType,
    /// The states of the other sides.
    pub siblings: &'a [SideState],
    /// Whether the medium was allocated with `NEW` and is still in use.
    pub exclusive: bool,
    /// What is being done with the medium.
    pub media_state: MediaState,
    /// Whether medium and library are enabled.
    pub enabled: bool,
    /// Its library.
    pub library: LibraryStanding,
    /// Whether the side is up in a drive for another session.
    pub up_for_other_session: bool,
    /// Whether a label is recorded for the side.
    pub labelled: bool,
    /// Whether a label is recorded for another side.
    pub sibling_labelled: bool,
}

impl<'a> SideContext<'a> {
    /// A medium at rest in a ready library: enabled, idle, not exclusive, no label recorded.
    pub const fn at_rest(pool: PoolType, siblings: &'a [SideState]) -> Self {
        Self {
            pool,
            siblings,
            exclusive: false,
            media_state: MediaState::Idle,
            enabled: true,
            library: LibraryStanding::Ready,
            up_for_other_session: false,
            labelled: false,
            sibling_labelled: false,
        }
    }

    pub(super) fn idle(&self) -> bool {
        self.media_state == MediaState::Idle
    }

    pub(super) fn sibling_in(&self, state: SideState) -> bool {
        self.siblings.contains(&state)
    }

    pub(super) fn sibling_owned(&self) -> bool {
        self.siblings.iter().any(|state| owned(*state))
    }

    pub(super) fn sibling_claimed(&self) -> bool {
        self.siblings.iter().any(|state| claimed(*state))
    }

    /// Whether every other side lets this one, or another one, be taken with `NEW`.
    pub(super) fn siblings_allow_new(&self, named: bool) -> bool {
        self.siblings.iter().all(|state| match state {
            SideState::Available | SideState::Decommissioned => true,
            SideState::Import => named,
            _ => false,
        })
    }
}
