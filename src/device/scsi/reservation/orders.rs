//! PERSISTENT RESERVE OUT.

use std::num::NonZeroU64;

use crate::device::scsi::Unit;
use crate::device::scsi::command::reservation::{
    ReservationAction, ReservationType, persistent_reserve_out, reserve_parameters,
};
use crate::device::{DeviceErrorKind, DeviceResult};

/// How it went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    /// It was done.
    Done,
    /// Somebody else's reservation, or a missing registration, is against it.
    Conflict,
}

/// Does something with our key and, where it is about another, that.
pub(super) fn give(
    unit: &Unit,
    action: ReservationAction,
    kind: ReservationType,
    ours: NonZeroU64,
    about: u64,
) -> DeviceResult<Outcome> {
    send(unit, action, kind, ours.get(), about)
}

/// Registers our key for the way that the unit uses.
pub(super) fn register(unit: &Unit, ours: NonZeroU64) -> DeviceResult<()> {
    let none = ReservationType::Other(0);
    let ignoring = ReservationAction::RegisterAndIgnoreExistingKey;
    match send(unit, ignoring, none, 0, ours.get()) {
        // Old drives do not know this.
        Err(error) if matches!(error.kind(), DeviceErrorKind::Refused(_)) => {}
        done => return done.map(drop),
    }
    let register = ReservationAction::Register;
    if send(unit, register, none, 0, ours.get())? == Outcome::Conflict {
        // It may be registered with this key already; otherwise what follows says so.
        send(unit, register, none, ours.get(), ours.get())?;
    }
    Ok(())
}

/// Forgets our key for the way that the unit uses.
pub(super) fn unregister(unit: &Unit, ours: NonZeroU64) -> DeviceResult<Outcome> {
    give(unit, ReservationAction::Register, ReservationType::Other(0), ours, 0)
}

/// Takes the reservation from the holder of a key, and ends his commands where the drive can.
pub(super) fn preempt(
    unit: &Unit,
    kind: ReservationType,
    ours: NonZeroU64,
    theirs: u64,
) -> DeviceResult<Outcome> {
    match give(unit, ReservationAction::PreemptAndAbort, kind, ours, theirs) {
        Err(error) if matches!(error.kind(), DeviceErrorKind::Refused(_)) => {
            give(unit, ReservationAction::Preempt, kind, ours, theirs)
        }
        done => done,
    }
}

fn send(
    unit: &Unit,
    action: ReservationAction,
    kind: ReservationType,
    key: u64,
    about: u64,
) -> DeviceResult<Outcome> {
    let command = persistent_reserve_out(action, kind);
    match unit.write(&command, &reserve_parameters(key, about)) {
        Ok(()) => Ok(Outcome::Done),
        Err(error) if error.kind() == DeviceErrorKind::Reserved => Ok(Outcome::Conflict),
        Err(error) => Err(error),
    }
}
