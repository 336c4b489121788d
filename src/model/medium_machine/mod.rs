//! The state machine of a physical medium: what is being done with it, and where it is.
//!
//! Every trigger not listed for a state is refused and leaves it alone.

use super::MediaState;
use super::leave_rule::Leaving;
use super::refused::{Guard, NOT_LISTED, Refused, must};
use MediaState::{Idle, InUse, Loaded, Mounted, RecoverableError, Unloaded, WaitingForOperator};

/// What kind of place a medium is in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Place {
    /// In no device.
    Offline,
    /// In a storage slot, or in a port.
    Slot,
    /// In a drive of a robotic library.
    Drive,
    /// In a stand-alone drive.
    StandaloneDrive,
}

impl Place {
    fn is_drive(self) -> bool {
        matches!(self, Self::Drive | Self::StandaloneDrive)
    }
}

/// State and place of a medium.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct MediumAt {
    /// What is being done with it.
    pub state: MediaState,
    /// Where it is.
    pub place: Place,
}

/// An operation that concerns a medium.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum MediumWork {
    /// A mount for a session.
    Mount,
    /// An eject.
    Eject,
    /// Writing the free label.
    LabelWrite,
    /// An inventory.
    Inventory,
    /// Finding out what it is.
    Identification,
}

/// A trigger.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MediumEvent {
    /// Registered, or arrived and identified.
    Arrived(Place),
    /// An operation was accepted. A mount of an offline medium waits for an operator.
    Accepted(MediumWork),
    /// The operator's task is done, and the medium is online there.
    BroughtOnline(Place),
    /// Nobody waits for the operator any more.
    LastWaiterGone,
    /// Put into a drive (in a stand-alone drive it is there already).
    PutIntoDrive,
    /// The drive is ready.
    DriveReady,
    /// The drive could not load it.
    LoadFailed,
    /// The label differs, an identification or label write is done, or a mount is undone.
    Released,
    /// Its label cannot be read.
    LabelUnreadable,
    /// An error is cleared and the label read; whether an operation still waits for it.
    Recovered {
        /// Whether an accepted operation concerns it.
        wanted: bool,
    },
    /// Its user is done with it.
    Dismounted {
        /// Whether it may stay in the drive until the drive is needed.
        deferred: bool,
    },
    /// Mounted again in the drive that still holds it.
    MountedInPlace {
        /// Whether it is the side that was up, with its label checked.
        same_side_checked: bool,
    },
    /// The drive that still holds it is needed, or is to be empty.
    PutAway {
        /// Whether the delay is over. Counts for another mount only.
        delay_over: bool,
        /// Whether another mount needs the drive.
        for_mount: bool,
    },
    /// Carried to its slot.
    CarriedToSlot,
    /// No slot is empty and the operator refused to make room.
    NoSlotRefused,
    /// An eject is done.
    Ejected(Leaving),
    /// An operation ended without a movement, or the medium was carried back.
    EndedInPlace,
    /// Taken out of a stand-alone drive by hand.
    TakenOut(Leaving),
    /// Its drive or library is not present any more.
    DeviceLost,
    /// Its drive was deleted: it leaves its library.
    DriveDeleted(Leaving),
    /// Its library was deleted.
    LibraryDeleted,
}

/// State and place after a trigger. None stands for no record.
///
/// # Errors
/// [`Refused`] when the table has no such transition, or its condition does not hold.
pub fn medium_after(
    from: Option<MediumAt>,
    event: MediumEvent,
) -> Result<Option<MediumAt>, Refused> {
    let after = match from {
        Some(at) => after(at, event),
        None => arrival(event),
    };
    after.map_err(|why| Refused::new(from, event, why))
}

type After = Result<Option<MediumAt>, &'static str>;

fn at(state: MediaState, place: Place) -> After {
    Ok(Some(MediumAt { state, place }))
}

fn arrival(event: MediumEvent) -> After {
    match event {
        MediumEvent::Arrived(place) => at(Idle, place),
        _ => Err(NOT_LISTED),
    }
}

fn after(from: MediumAt, event: MediumEvent) -> After {
    let MediumAt { state, place } = from;
    match (state, event) {
        (Idle | RecoverableError, MediumEvent::Accepted(work)) => accepted(from, work),
        (WaitingForOperator, MediumEvent::BroughtOnline(there)) => {
            must(there != Place::Offline, "the medium is offline")?;
            at(InUse, there)
        }
        (WaitingForOperator, MediumEvent::LastWaiterGone) => at(Idle, place),
        (_, MediumEvent::LabelUnreadable) => {
            must(place == Place::Slot, NOT_LISTED)?;
            at(RecoverableError, place)
        }
        (RecoverableError, MediumEvent::Recovered { wanted }) => {
            at(if wanted { InUse } else { Idle }, place)
        }
        (InUse, MediumEvent::EndedInPlace) => at(Idle, place),
        (InUse, MediumEvent::Ejected(leaving)) => left(leaving),
        (_, MediumEvent::TakenOut(leaving)) => {
            must(place == Place::StandaloneDrive, NOT_LISTED)?;
            left(leaving)
        }
        (_, MediumEvent::DeviceLost) => at(Idle, place),
        (_, MediumEvent::DriveDeleted(leaving)) => {
            must(place.is_drive(), NOT_LISTED)?;
            left(leaving)
        }
        (_, MediumEvent::LibraryDeleted) => at(Idle, Place::Offline),
        _ => in_drive(from, event),
    }
}

fn accepted(from: MediumAt, work: MediumWork) -> After {
    match (from.state, from.place, work) {
        (Idle, Place::Offline, MediumWork::Mount) => at(WaitingForOperator, from.place),
        (_, Place::Offline, _) => Err("the medium is offline"),
        (RecoverableError, _, MediumWork::LabelWrite) => Err(NOT_LISTED),
        _ => at(InUse, from.place),
    }
}

fn left(leaving: Leaving) -> After {
    match leaving {
        Leaving::Kept => at(Idle, Place::Offline),
        Leaving::Removed => Ok(None),
    }
}

/// What happens to a medium on its way into, in and out of a drive.
fn in_drive(from: MediumAt, event: MediumEvent) -> After {
    let MediumAt { state, place } = from;
    let standalone = place == Place::StandaloneDrive;
    match (state, event) {
        (InUse, MediumEvent::PutIntoDrive) => match place {
            Place::Offline => Err("the medium is offline"),
            Place::Slot | Place::Drive => at(Mounted, Place::Drive),
            Place::StandaloneDrive => at(Mounted, place),
        },
        (Mounted, MediumEvent::DriveReady) => at(Loaded, place),
        (Mounted, MediumEvent::LoadFailed) => at(RecoverableError, place),
        (Mounted | Loaded, MediumEvent::Released) => {
            at(if standalone { Idle } else { Unloaded }, place)
        }
        (Loaded, MediumEvent::Dismounted { deferred }) => {
            at(if standalone || deferred { Idle } else { Unloaded }, place)
        }
        (Idle, MediumEvent::MountedInPlace { same_side_checked }) => {
            in_a_drive(place)?;
            must(same_side_checked, "another side is up, or its label was not checked")?;
            at(Loaded, place)
        }
        (Idle, MediumEvent::PutAway { delay_over, for_mount }) => {
            in_a_drive(place)?;
            must(delay_over || !for_mount, "the delay of the deferred dismount is not over")?;
            at(Unloaded, place)
        }
        (Unloaded, MediumEvent::CarriedToSlot) => at(Idle, Place::Slot),
        (Unloaded, MediumEvent::NoSlotRefused) => at(Idle, place),
        _ => Err(NOT_LISTED),
    }
}

fn in_a_drive(place: Place) -> Guard {
    must(place.is_drive(), "the medium is in no drive")
}

#[cfg(test)]
mod tests;
