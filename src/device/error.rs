//! How devices fail.

use std::borrow::Cow;
use std::fmt;

/// Result of a device's verbs.
pub type DeviceResult<T> = Result<T, DeviceError>;

/// Why a verb of a device failed, typed by what the caller can do next.
///
/// Unless its [kind](DeviceErrorKind) says otherwise, the verb did nothing.
#[derive(Debug, thiserror::Error)]
#[error("{}{}", reason, SenseSuffix(*sense))]
pub struct DeviceError {
    kind: DeviceErrorKind,
    reason: Cow<'static, str>,
    sense: Option<Sense>,
    source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

impl DeviceError {
    /// An error of this kind, with the reason a person should read.
    pub fn new(kind: DeviceErrorKind, reason: impl Into<Cow<'static, str>>) -> Self {
        Self { kind, reason: reason.into(), sense: None, source: None }
    }

    /// The verb was refused: [`DeviceErrorKind::Refused`].
    pub fn refused(why: Refusal, reason: impl Into<Cow<'static, str>>) -> Self {
        Self::new(DeviceErrorKind::Refused(why), reason)
    }

    /// The same error, with what the device itself said.
    #[must_use]
    pub fn with_sense(mut self, sense: Sense) -> Self {
        self.sense = Some(sense);
        self
    }

    /// The same error, with what caused it.
    #[must_use]
    pub fn caused_by(
        mut self,
        source: impl Into<Box<dyn std::error::Error + Send + Sync>>,
    ) -> Self {
        self.source = Some(source.into());
        self
    }

    /// What can be done next; match on this.
    pub fn kind(&self) -> DeviceErrorKind {
        self.kind
    }

    /// The reason in words.
    pub fn reason(&self) -> &str {
        &self.reason
    }

    /// What the device itself said, if it said anything.
    pub fn sense(&self) -> Option<Sense> {
        self.sense
    }
}

/// What can be done about a failed verb.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum DeviceErrorKind {
    /// Something happened to the device since it was last asked (a unit attention). The verb was
    /// not carried out: look at what may have changed, then ask again.
    LookAgain(Attention),
    /// The device is becoming ready. Wait, then ask again.
    NotReady,
    /// There is no cartridge in the drive.
    NoMedium,
    /// A person has to do something: close a door, unjam the robot, put a magazine back.
    NeedsOperator,
    /// The cartridge is at fault, as far as the device can tell. The device stays usable.
    MediumFault,
    /// The drive is at fault; another drive may do.
    DriveFault,
    /// The changer is at fault: it can move nothing for now.
    ChangerFault,
    /// The device does not answer any more, or is another one now.
    Gone,
    /// The answer was lost or did not come in time. The verb may have been carried out, in part or
    /// in full: look at the element status or the position before doing anything else.
    OutcomeUnknown,
    /// Somebody else has reserved the device.
    Reserved,
    /// The device will not do this; the same call fails again until something else changes.
    Refused(Refusal),
    /// The medium is full: the block or mark was not written.
    EndOfMedium,
    /// The medium cannot be written: a switch on the cartridge, or written once already.
    WriteProtected,
}

/// What a device has noticed since it was last asked.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Attention {
    /// Power came on or the device was reset: positions and locks are lost.
    Reset,
    /// The medium may have been exchanged (in a changer: any of them).
    MediumChanged,
    /// An import/export port was used by a person.
    PortAccessed,
    /// Anything else.
    Other,
}

/// Why a device refuses.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Refusal {
    /// The device has no such verb.
    Unsupported,
    /// An argument makes no sense to the device.
    Invalid,
    /// There is no element with this address.
    NoSuchElement,
    /// The source of a move holds nothing.
    SourceEmpty,
    /// The destination of a move holds a cartridge already.
    DestinationFull,
    /// The transport cannot reach the cartridge: it is still in a drive's tape path, or in a
    /// port or magazine that is pulled out.
    NotAccessible,
    /// Removal is prevented by [`Changer::prevent_removal`](crate::device::Changer::prevent_removal)
    /// or its like of a drive.
    RemovalPrevented,
    /// Cartridge and drive do not fit.
    Incompatible,
    /// The drive is open already, or busy with something that must end first.
    InUse,
}

/// Sense data of a SCSI device, or what stands for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Sense {
    /// The sense key, 0 to 15.
    pub key: u8,
    /// The additional sense code.
    pub code: u8,
    /// The additional sense code qualifier.
    pub qualifier: u8,
}

impl fmt::Display for Sense {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:X}/{:02X}/{:02X}", self.key, self.code, self.qualifier)
    }
}

struct SenseSuffix(Option<Sense>);

impl fmt::Display for SenseSuffix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(sense) => write!(f, " (sense {sense})"),
            None => Ok(()),
        }
    }
}
