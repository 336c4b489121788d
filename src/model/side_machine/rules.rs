//! The transitions. Numbers in comments are rows of the published table.

use super::{LabelReading, LibraryStanding, SideContext, SideEvent};
use crate::model::leave_rule::{Leaving, leave};
use crate::model::pool_matrix::{claimed, creation_permitted};
use crate::model::refused::{Guard, NOT_LISTED, must};
use crate::model::{DeallocationPolicy, MediaState, PoolType, SideState};

use SideState::{
    Allocated, Available, Complete, Decommissioned, Import, Incompatible, Reserved, Unknown,
    Unprepared, Unrecognized,
};

type After = Result<Option<SideState>, &'static str>;

pub(super) fn after(from: Option<SideState>, event: SideEvent, context: &SideContext<'_>) -> After {
    let Some(from) = from else { return arrival(event, context) };
    match event {
        SideEvent::LabelRead(reading) => read_again(from, reading, context).map(Some),
        SideEvent::FoundIncompatible => found_incompatible(from).map(Some),
        SideEvent::Created(_) => Err("the side exists"),
        SideEvent::Deleted => deleted(from, context).map(|()| None),
        SideEvent::LeftLibrary { policy, kept_by_user } => {
            must(!kept_by_user, "a user keeps the medium")?;
            let states: Vec<_> = context.siblings.iter().copied().chain([from]).collect();
            Ok(match leave(context.pool, &states, policy) {
                Leaving::Kept => Some(from),
                Leaving::Removed => None,
            })
        }
        SideEvent::Allocated { .. }
        | SideEvent::Reserved { .. }
        | SideEvent::AllocatedNext { .. }
        | SideEvent::Completed
        | SideEvent::Deallocated { .. }
        | SideEvent::OwnersGone
        | SideEvent::Decommissioned
        | SideEvent::Swapped { .. } => use_of_side(from, event, context).map(Some),
        SideEvent::MovedToFree
        | SideEvent::ReturnedToFree { .. }
        | SideEvent::Retyped(_)
        | SideEvent::FreeLabelWritten { .. }
        | SideEvent::FreeLabelNotWritten
        | SideEvent::LabelDiffers
        | SideEvent::LabelReported { .. } => content_of_side(from, event, context).map(Some),
    }
}

/// Rows 1 to 6: a side becomes known.
fn arrival(event: SideEvent, context: &SideContext<'_>) -> After {
    match event {
        SideEvent::LabelRead(LabelReading::Catalogued(state)) => Ok(Some(state)),
        SideEvent::LabelRead(LabelReading::New) => Ok(Some(Import)),
        SideEvent::LabelRead(LabelReading::Unclaimed) => Ok(Some(Unrecognized)),
        SideEvent::LabelRead(LabelReading::Unreadable) => Ok(Some(Unknown)),
        SideEvent::FoundIncompatible => Ok(Some(Incompatible)),
        SideEvent::Created(state) => {
            let states: Vec<_> = context.siblings.iter().copied().chain([state]).collect();
            must(creation_permitted(context.pool, &states), "not permitted in this kind of pool")?;
            Ok(Some(state))
        }
        _ => Err(NOT_LISTED),
    }
}

/// Rows 4 and 31: a side whose label is not recorded is read again.
fn read_again(
    from: SideState,
    reading: LabelReading,
    context: &SideContext<'_>,
) -> Result<SideState, &'static str> {
    let claimed_now = match (from, reading) {
        (Unknown | Unrecognized, LabelReading::Unclaimed) => return Ok(Unrecognized),
        (Unknown | Unrecognized, LabelReading::Catalogued(state)) => state,
        (Unknown | Unrecognized, LabelReading::New) => Import,
        _ => return Err(NOT_LISTED),
    };
    // [D] a record with a label is never turned into another medium.
    must(!context.sibling_labelled, "another side has a recorded label")?;
    Ok(claimed_now)
}

/// Row 5. Sides that belong to somebody, and retired ones, are never classified anew.
fn found_incompatible(from: SideState) -> Result<SideState, &'static str> {
    match from {
        Unknown | Unrecognized | Import | Available | Unprepared => Ok(Incompatible),
        Incompatible | Decommissioned | Allocated | Complete | Reserved => Err(NOT_LISTED),
    }
}

/// Row 24.
fn deleted(from: SideState, context: &SideContext<'_>) -> Guard {
    must(!claimed(from), NOT_LISTED)?;
    must(!context.sibling_claimed(), "another side is in use")?;
    must(context.library == LibraryStanding::Offline, "the medium is not offline")
}

/// Rows 12 to 20, 22 and 23: who may use a side.
fn use_of_side(
    from: SideState,
    event: SideEvent,
    context: &SideContext<'_>,
) -> Result<SideState, &'static str> {
    match (from, event) {
        (Available, SideEvent::Allocated { named, new, pool_change }) => {
            allocatable(named, new, pool_change, context).map(|()| Allocated)
        }
        (Import, SideEvent::Allocated { named: true, new, pool_change }) => {
            allocatable(true, new, pool_change, context).map(|()| Allocated)
        }
        (Available, SideEvent::Reserved { named }) => {
            must(context.siblings_allow_new(named), "the medium is not free of other users")?;
            Ok(Reserved)
        }
        (Reserved | Available | Import, SideEvent::AllocatedNext { same_medium }) => {
            must(context.exclusive, "the medium is not exclusive")?;
            must(same_medium, "the logical medium is on another medium")?;
            let first = from == Reserved || !context.sibling_in(Reserved);
            must(first, "a reserved side comes first")?;
            Ok(Allocated)
        }
        (Allocated, SideEvent::Completed) => {
            must(context.idle(), "the medium is not idle")?;
            Ok(Complete)
        }
        (Allocated | Complete, SideEvent::Deallocated { allocate_count, max_allocates }) => {
            Ok(if limit_reached(allocate_count, max_allocates) {
                Decommissioned
            } else {
                Available
            })
        }
        (Reserved, SideEvent::OwnersGone) => {
            must(!context.sibling_owned(), "another side still has an owner")?;
            Ok(Available)
        }
        (Available, SideEvent::Decommissioned) => {
            must(context.enabled, "the medium is disabled")?;
            Ok(Decommissioned)
        }
        (Allocated, SideEvent::Swapped { other_idle, same_pool }) => {
            must(context.idle() && other_idle, "a medium is not idle")?;
            must(same_pool, "the pools differ")?;
            Ok(Allocated)
        }
        _ => Err(NOT_LISTED),
    }
}

/// The conditions of rows 12 and 16.
fn allocatable(named: bool, new: bool, pool_change: bool, context: &SideContext<'_>) -> Guard {
    must(!context.exclusive, "the medium is exclusive")?;
    must(context.enabled, "the medium is disabled")?;
    let least = if named { LibraryStanding::Online } else { LibraryStanding::Ready };
    must(context.library >= least, "the library cannot be used")?;
    let readable = named || context.media_state != MediaState::RecoverableError;
    must(readable, "the medium has an error")?;
    must(!context.up_for_other_session, "the side is up in a drive for another session")?;
    must(!new || context.siblings_allow_new(named), "the medium is not free of other users")?;
    if pool_change {
        must(context.idle(), "the medium is not idle")?;
        must(!context.sibling_claimed(), "another side is in use")?;
        must(!context.sibling_in(Unprepared), "another side has no free label yet")?;
    }
    Ok(())
}

/// Whether a release retires a side.
// [D] both values that a caller may take for "none" mean no limit.
fn limit_reached(allocate_count: u32, max_allocates: u32) -> bool {
    !matches!(max_allocates, 0 | u32::MAX) && allocate_count >= max_allocates
}

/// Rows 7 to 11, 21, 30, 32 and 33: what is on a side.
fn content_of_side(
    from: SideState,
    event: SideEvent,
    context: &SideContext<'_>,
) -> Result<SideState, &'static str> {
    match (from, event) {
        (Unrecognized | Import | Available, SideEvent::MovedToFree) => {
            movable_to_free(from, context).map(|()| Unprepared)
        }
        (Unprepared, SideEvent::FreeLabelWritten { found_recorded }) => {
            must(found_recorded, "another label was found")?;
            Ok(Available)
        }
        (Unprepared, SideEvent::FreeLabelNotWritten) => Ok(Unprepared),
        (Available, SideEvent::ReturnedToFree { policy, fit }) => {
            returnable(policy, fit, context).map(|()| Unprepared)
        }
        (Incompatible, SideEvent::Retyped(to)) => retyped(to, context),
        (_, SideEvent::LabelDiffers) => {
            must(context.labelled, "no label is recorded")?;
            Ok(from)
        }
        (Allocated | Complete, SideEvent::LabelReported { recognised }) => {
            must(recognised, "no format recognises the label")?;
            Ok(from)
        }
        _ => Err(NOT_LISTED),
    }
}

/// The conditions of rows 7 to 9.
fn movable_to_free(from: SideState, context: &SideContext<'_>) -> Guard {
    let listed = match from {
        Available => context.pool == PoolType::Application,
        _ => context.pool != PoolType::Free,
    };
    must(listed, NOT_LISTED)?;
    must(context.idle(), "the medium is not idle")?;
    must(context.enabled, "the medium is disabled")?;
    must(!context.sibling_in(Unknown), "another side could not be read")?;
    must(!context.sibling_in(Incompatible), "another side is incompatible")?;
    must(!context.sibling_claimed(), "another side is in use")
}

/// The conditions of row 21.
fn returnable(policy: DeallocationPolicy, fit: bool, context: &SideContext<'_>) -> Guard {
    must(context.pool == PoolType::Application, NOT_LISTED)?;
    must(policy.contains(DeallocationPolicy::RETURN_TO_FREE), "the pool keeps its media")?;
    must(fit, "the type cannot be in a free pool")?;
    let all_available = context.siblings.iter().all(|state| *state == Available);
    must(all_available, "another side is not available")?;
    must(context.enabled, "the medium is disabled")?;
    must(context.idle(), "the medium is not idle")
}

/// Row 30. [D] a side that waited for import must not be found by a search.
fn retyped(to: PoolType, context: &SideContext<'_>) -> Result<SideState, &'static str> {
    must(context.library != LibraryStanding::Offline, "the medium is offline")?;
    must(context.enabled, "the medium is disabled")?;
    must(context.idle(), "the medium is not idle")?;
    must(!context.sibling_in(Unprepared), "another side has no free label yet")?;
    match to {
        PoolType::Free => Ok(Unprepared),
        PoolType::Unrecognized => Ok(Unrecognized),
        PoolType::Import | PoolType::Application => Ok(Import),
        PoolType::Unknown => Err("no such kind of pool"),
    }
}
