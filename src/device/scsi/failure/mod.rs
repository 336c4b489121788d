//! What the end of a command means for whoever sent it.
//!
//! | the device or the way to it says | from | [`DeviceErrorKind`] |
//! |---|---|---|
//! | RESERVATION CONFLICT (SAM-5, 5.3.1) | all | `Reserved` |
//! | BUSY, TASK SET FULL, ACA ACTIVE (SAM-5, 5.3.1), also after [waiting](super::Unit) | all | `NotReady` |
//! | TASK ABORTED, any other status, or CHECK CONDITION without sense data | all | `OutcomeUnknown` |
//! | no answer in time, or the answer lost | all | `OutcomeUnknown` |
//! | the way to the device is gone | all | `Gone` |
//! | this process may not use the device | all | `NeedsOperator` |
//! | the transfer is too long for the way to the device | all | `Refused(Invalid)` |
//! | 2/04/03, 2/04/12 (SPC-5): somebody has to do something, offline | all | `NeedsOperator` |
//! | 2/04/80 to FF: the maker's own, mostly open doors | changer | `NeedsOperator` |
//! | 2/04/.. (SPC-5), 2/3E/..: becoming ready, busy with itself | all | `NotReady` |
//! | 2/3A/.. (SPC-5) | drive | `NoMedium` |
//! | 2/3A/.., 2/3B/.. (SMC-3): no magazine | changer | `NeedsOperator` |
//! | 2/30/03 (SPC-5): a cleaning cartridge at work | drive | `NotReady` |
//! | ./30/07 (SPC-5): cleaning failed | drive | `MediumFault` |
//! | ./30/0C (SSC-5): written once already | drive | `WriteProtected` |
//! | ./30/0D (SSC-5), 2/31/.., 3/30/10 | drive | `MediumFault` |
//! | ./30/.. (SPC-5): medium and drive do not fit | all | `Refused(Incompatible)` |
//! | 2 otherwise | all | `NotReady` |
//! | ./53/02, ./53/03 (SMC-3, SSC-5) | all | `Refused(RemovalPrevented)` |
//! | ./3B/0D (SMC-3) | changer | `Refused(DestinationFull)` |
//! | ./3B/0E (SMC-3), 5/3A/.. | changer | `Refused(SourceEmpty)` |
//! | ./3B/11, 12, 14, 18, 1A, 5/3B/.. (SMC-3), 5/44/80 to FF, 5/53/.. | changer | `Refused(NotAccessible)` |
//! | ./21/01 (SMC-3) | changer | `Refused(NoSuchElement)` |
//! | ./27/.., 7 otherwise (SPC-5, SSC-5) | all | `WriteProtected` |
//! | 3 (SPC-5, SSC-5) | all | `MediumFault` |
//! | 4/04/03 | all | `NeedsOperator` |
//! | 4/53/.. (SMC-3): the drive does not give or take the cartridge | changer | `DriveFault` |
//! | 4 (SPC-5) | changer | `ChangerFault` |
//! | 4 (SPC-5) | drive | `DriveFault` |
//! | 5/20/00, 5/20/09, 5/39/00 (SPC-5) | all | `Refused(Unsupported)` |
//! | 5/25/00 (SPC-5): no such unit any more | all | `Gone` |
//! | 5/3A/.. | drive | `NoMedium` |
//! | 5/55/.. (SPC-5): no room for it | all | `Refused(InUse)` |
//! | 5 otherwise | all | `Refused(Invalid)` |
//! | 6/28/00, 6/28/02, 6/3B/12, 6/3B/13 (SPC-5, SMC-3) | all | `LookAgain(MediumChanged)` |
//! | 6/28/01, 6/28/03 (SMC-3) | all | `LookAgain(PortAccessed)` |
//! | 6/29/.. (SPC-5) | all | `LookAgain(Reset)` |
//! | 6 otherwise | all | `LookAgain(Other)` |
//! | 8 (SSC-5): nothing was ever written here | all | `MediumFault` |
//! | B (SPC-5) | all | `OutcomeUnknown` |
//! | D (SSC-5) | all | `EndOfMedium` |
//! | any other key | changer | `ChangerFault` |
//! | any other key | drive | `DriveFault` |
//!
//! The keys and codes are those of SPC-5 (sense keys, and the annex of additional sense codes);
//! SMC-3 and SSC-5 say what changers and tape drives mean by them. A *deferred* error is about an
//! earlier command and has the same kind; the command that brought it was not carried out.

mod table;

use super::reply::sense::SenseData;
use super::{Command, Completion, Status, TransportError, TransportErrorKind};
use crate::device::{Attention, DeviceClass, DeviceError, DeviceErrorKind, Refusal};

/// What the end of a command means, when it did not end well.
pub(super) fn of_completion(
    class: DeviceClass,
    command: &Command,
    completion: &Completion,
) -> DeviceError {
    match completion.status {
        Status::CHECK_CONDITION => of_sense(class, command, &completion.sense),
        status => {
            let (kind, text) = of_status(status);
            DeviceError::new(kind, format!("{}: {text}", command.name()))
        }
    }
}

/// What it means that a command did not end.
pub(super) fn of_transport(command: &Command, error: TransportError) -> DeviceError {
    let kind = match error.kind() {
        TransportErrorKind::TimedOut | TransportErrorKind::Lost => DeviceErrorKind::OutcomeUnknown,
        TransportErrorKind::TooLong => DeviceErrorKind::Refused(Refusal::Invalid),
        TransportErrorKind::Gone => DeviceErrorKind::Gone,
        TransportErrorKind::Denied => DeviceErrorKind::NeedsOperator,
    };
    DeviceError::new(kind, format!("{}: {error}", command.name())).caused_by(error)
}

fn of_status(status: Status) -> (DeviceErrorKind, &'static str) {
    match status {
        Status::RESERVATION_CONFLICT => {
            (DeviceErrorKind::Reserved, "another host has reserved the device")
        }
        Status::BUSY | Status::TASK_SET_FULL | Status::ACA_ACTIVE => {
            (DeviceErrorKind::NotReady, "the device is busy")
        }
        Status::TASK_ABORTED => (DeviceErrorKind::OutcomeUnknown, "another host ended the command"),
        _ => (DeviceErrorKind::OutcomeUnknown, "the device did not say how the command ended"),
    }
}

fn of_sense(class: DeviceClass, command: &Command, sense: &[u8]) -> DeviceError {
    let name = command.name();
    let sense = match SenseData::read(sense) {
        Ok(sense) => sense,
        Err(malformed) => {
            let reason = format!("{name}: the device refused it and did not say why");
            return DeviceError::new(DeviceErrorKind::OutcomeUnknown, reason).caused_by(malformed);
        }
    };
    let (kind, text) = if sense.deferred && sense.key <= SenseData::RECOVERED_ERROR {
        (DeviceErrorKind::LookAgain(Attention::Other), "something was noticed")
    } else {
        table::find(class, &sense)
    };
    let about = if sense.deferred { ", about an earlier command" } else { "" };
    DeviceError::new(kind, format!("{name}: {text}{about}")).with_sense(sense.sense())
}
