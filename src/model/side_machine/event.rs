//! What can happen to a side.

use crate::model::{DeallocationPolicy, MediaPoolPolicy, PoolType, SideState};

/// What reading the labels of a medium says about one of its sides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LabelReading {
    /// The label belongs to a catalogued medium that may return; this side is in that state.
    Catalogued(SideState),
    /// A label of a known type on this or another side, and no record has its identity.
    New,
    /// Blank, or a label nobody claims, on every side.
    Unclaimed,
    /// It could not be read, and no side is claimed.
    Unreadable,
}

/// A trigger.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SideEvent {
    /// A label was read on arrival, at a mount or at an identification.
    LabelRead(LabelReading),
    /// Drive or library cannot use the type of the medium.
    FoundIncompatible,
    /// The side was registered as offline, in that state.
    Created(SideState),
    /// The medium is moved to the free pool.
    MovedToFree,
    /// The free label was written.
    FreeLabelWritten {
        /// Whether the label found before writing was the recorded one.
        found_recorded: bool,
    },
    /// Writing the free label failed or was cancelled, or another label was found.
    FreeLabelNotWritten,
    /// The side is allocated, by a search or because it was named.
    Allocated {
        /// Whether the side was named.
        named: bool,
        /// Whether the other sides are to be reserved.
        new: bool,
        /// Whether the medium changes its pool.
        pool_change: bool,
    },
    /// Another side of the medium is allocated with `NEW`.
    Reserved {
        /// Whether that side was named.
        named: bool,
    },
    /// The side is allocated as the next one of an exclusive medium.
    AllocatedNext {
        /// Whether the logical medium that was handed in is on the same medium.
        same_medium: bool,
    },
    /// The application closes the side for writing.
    Completed,
    /// The application releases the side.
    Deallocated {
        /// How often the side was allocated.
        allocate_count: u32,
        /// The limit of its pool; 0 and `0xFFFFFFFF` mean none.
        max_allocates: u32,
    },
    /// The last owner on the medium is gone.
    OwnersGone,
    /// The medium goes back to the free pool by the policy of its pool.
    ReturnedToFree {
        /// The policy of the pool.
        policy: DeallocationPolicy,
        /// Whether the media type may be in a free pool.
        fit: bool,
    },
    /// The side is retired for good.
    Decommissioned,
    /// Its logical medium is exchanged with that of another side.
    Swapped {
        /// Whether the other medium is idle.
        other_idle: bool,
        /// Whether both are in one pool.
        same_pool: bool,
    },
    /// The offline medium is forgotten.
    Deleted,
    /// The medium leaves its library.
    LeftLibrary {
        /// What happens to media of system pools.
        policy: MediaPoolPolicy,
        /// Whether a user keeps it and nobody forces it out.
        kept_by_user: bool,
    },
    /// The medium gets another type and goes to a pool of this kind.
    Retyped(PoolType),
    /// The label read is not the recorded one.
    LabelDiffers,
    /// The application reports the label it wrote.
    LabelReported {
        /// Whether a label format recognises it.
        recognised: bool,
    },
}
