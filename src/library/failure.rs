//! What devices report, as the crate's errors.

use crate::device::{DeviceError, DeviceErrorKind, Refusal};
use crate::error::{Error, ErrorKind};

/// A device that could not do something.
pub(super) fn device(what: &str, error: DeviceError) -> Error {
    let kind = match error.kind() {
        DeviceErrorKind::NotReady => ErrorKind::NotReady,
        DeviceErrorKind::NoMedium | DeviceErrorKind::Refused(Refusal::SourceEmpty) => {
            ErrorKind::Empty
        }
        DeviceErrorKind::Refused(Refusal::InUse) => ErrorKind::Busy,
        DeviceErrorKind::WriteProtected => ErrorKind::WriteProtect,
        DeviceErrorKind::MediumFault => ErrorKind::UnableToLoadMedium,
        DeviceErrorKind::Refused(Refusal::Incompatible) => ErrorKind::DriveMediaMismatch,
        DeviceErrorKind::Refused(Refusal::NotAccessible) => ErrorKind::MediumNotAccessible,
        _ => ErrorKind::DeviceNotAvailable,
    };
    Error::new(kind, format!("{what}: {error}")).caused_by(error)
}

/// A drive that could not load a medium.
pub(super) fn loading(title: &str, error: DeviceError) -> Error {
    let reason = format!("the drive could not load medium {title}: {error}");
    Error::new(ErrorKind::UnableToLoadMedium, reason).caused_by(error)
}
