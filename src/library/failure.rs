//! What devices report, as the crate's errors, and what a request keeps of an error.

use crate::catalog::Because;
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

/// How the error of a call is noted at the request: by what was found, not by what it means for
/// the caller.
pub(super) fn because_of(error: &Error) -> Because {
    let kind = match error.kind() {
        ErrorKind::InvalidMedia => ErrorKind::UnexpectedOmid,
        ErrorKind::MediaOffline => ErrorKind::Empty,
        other => other,
    };
    Because::new(kind, error.reason())
}

/// The error of a call, as far as its request tells.
pub(crate) fn error_of(because: &Because) -> Error {
    let kind = match because.kind {
        ErrorKind::UnexpectedOmid => ErrorKind::InvalidMedia,
        ErrorKind::Empty => ErrorKind::MediaOffline,
        other => return Error::new(other, because.reason.clone()),
    };
    Error::new(kind, because.reason.clone()).caused_by(Error::from(because.kind))
}
