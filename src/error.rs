//! The one error of the crate.

use std::borrow::Cow;
use std::fmt;

use crate::model::{ObjectId, ObjectType};

/// Result of the crate's calls.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why a call failed: a [kind](ErrorKind), the object concerned, a reason in words, and the cause.
///
/// A call that returns an error has changed nothing, unless it says otherwise.
///
/// `Display` gives one line for a person: the reason, the object, the original's name of the kind.
/// Causes are in [`source`](std::error::Error::source); what a device said is there as a
/// [`DeviceError`](crate::device::DeviceError).
///
/// ```
/// use rsm::{ErrorKind, OpenOptions};
/// # let directory = tempfile::tempdir()?;
///
/// let error = OpenOptions::new().open(directory.path()).expect_err("nobody made a catalog");
/// match error.kind() {
///     ErrorKind::ObjectNotFound => {} // ask whether to make one
///     ErrorKind::Busy => {}           // try again later
///     _ => eprintln!("{error}"),
/// }
/// assert!(error.to_string().ends_with("[ERROR_OBJECT_NOT_FOUND]"));
/// # Ok::<(), std::io::Error>(())
/// ```
pub struct Error(Box<Inner>);

struct Inner {
    kind: ErrorKind,
    object: Option<(ObjectType, ObjectId)>,
    reason: Cow<'static, str>,
    source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

impl Error {
    /// An error of this kind, with the reason a person should read.
    pub fn new(kind: ErrorKind, reason: impl Into<Cow<'static, str>>) -> Self {
        Self(Box::new(Inner { kind, object: None, reason: reason.into(), source: None }))
    }

    /// The same error, naming the object it is about.
    #[must_use]
    pub fn about(mut self, object_type: ObjectType, id: impl Into<ObjectId>) -> Self {
        self.0.object = Some((object_type, id.into()));
        self
    }

    /// The same error, with what caused it.
    #[must_use]
    pub fn caused_by(
        mut self,
        source: impl Into<Box<dyn std::error::Error + Send + Sync>>,
    ) -> Self {
        self.0.source = Some(source.into());
        self
    }

    /// The same error, with where it happened before the reason, unless that is in it.
    #[must_use]
    pub(crate) fn at(mut self, place: &str) -> Self {
        if !self.0.reason.contains(place) {
            self.0.reason = format!("{place}: {}", self.0.reason).into();
        }
        self
    }

    /// What kind of error this is; match on this.
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// The object the error is about, if one can be named.
    pub fn object(&self) -> Option<(ObjectType, ObjectId)> {
        self.0.object
    }

    /// The reason in words.
    pub fn reason(&self) -> &str {
        &self.0.reason
    }

    /// The number the original API used. Not invertible: three kinds share 4300.
    pub fn code(&self) -> u32 {
        self.0.kind.code()
    }

    /// The original's remote form, `0x80070000 | code`.
    pub fn hresult(&self) -> u32 {
        self.0.kind.hresult()
    }

    /// Whether the same call can succeed later without anything else being changed by the caller:
    /// `Busy`, `NotReady`, `SharingViolation`, `Timeout` and `MediaUnavailable`.
    pub fn is_retryable(&self) -> bool {
        self.0.kind.is_retryable()
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0.reason)?;
        if let Some((object_type, id)) = self.0.object {
            write!(f, " ({object_type:?} {id})")?;
        }
        write!(f, " [{}]", self.0.kind.name())
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Error")
            .field("kind", &self.0.kind)
            .field("object", &self.0.object)
            .field("reason", &self.0.reason)
            .field("source", &self.0.source)
            .finish()
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.0.source.as_deref().map(|e| e as &(dyn std::error::Error + 'static))
    }
}

impl From<ErrorKind> for Error {
    fn from(kind: ErrorKind) -> Self {
        Self::new(kind, kind.meaning())
    }
}

macro_rules! kinds {
    ($($kind:ident = $code:literal, $name:literal, $meaning:literal;)*) => {
        /// The kinds of error, one per error name of the original API.
        ///
        /// The documentation of a call says when it gives which. Kinds may be added: a `match`
        /// needs a `_` arm.
        #[non_exhaustive]
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
        pub enum ErrorKind {
            $(#[doc = $meaning] #[doc = concat!("\n\n`", $name, "`, number ", stringify!($code), ".")] #[doc(alias = $name)] $kind,)*
        }

        impl ErrorKind {
            /// Every kind.
            pub const ALL: &'static [Self] = &[$(Self::$kind),*];

            /// The number the original API used.
            pub const fn code(self) -> u32 {
                match self { $(Self::$kind => $code,)* }
            }

            /// The name in the original API.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$kind => $name,)* }
            }

            /// What it means, in one sentence.
            pub const fn meaning(self) -> &'static str {
                match self { $(Self::$kind => $meaning,)* }
            }
        }
    };
}

kinds! {
    AccessDenied = 5, "ERROR_ACCESS_DENIED", "the caller lacks a right";
    InvalidHandle = 6, "ERROR_INVALID_HANDLE", "the session or channel is closed";
    NotEnoughMemory = 8, "ERROR_NOT_ENOUGH_MEMORY", "memory ran out";
    BadFormat = 11, "ERROR_BAD_FORMAT", "no label format recognises the label";
    InvalidDrive = 15, "ERROR_INVALID_DRIVE", "no such drive";
    WriteProtect = 19, "ERROR_WRITE_PROTECT", "the side cannot be written";
    NotReady = 21, "ERROR_NOT_READY", "not ready yet";
    SharingViolation = 32, "ERROR_SHARING_VIOLATION", "an export is in use";
    InvalidParameter = 87, "ERROR_INVALID_PARAMETER", "an argument is missing or not valid";
    CallNotImplemented = 120, "ERROR_CALL_NOT_IMPLEMENTED", "the function is switched off";
    InvalidName = 123, "ERROR_INVALID_NAME", "the name is empty, malformed or too long";
    Busy = 170, "ERROR_BUSY", "in use";
    AlreadyExists = 183, "ERROR_ALREADY_EXISTS", "an object with this name or id exists";
    NoData = 232, "ERROR_NO_DATA", "too much data, or a channel that lost events";
    InvalidComputerName = 1210, "ERROR_INVALID_COMPUTERNAME", "malformed computer name";
    Cancelled = 1223, "ERROR_CANCELLED", "refused by an operator, cancelled, or the session was closed";
    NoSecurityOnObject = 1350, "ERROR_NO_SECURITY_ON_OBJECT", "the object holds no access list";
    Timeout = 1460, "ERROR_TIMEOUT", "the time is over";
    NotConnected = 2250, "ERROR_NOT_CONNECTED", "not this computer";
    InvalidMedia = 4300, "ERROR_INVALID_MEDIA", "no such medium, side, logical medium or media type, or not valid here";
    InvalidPartition = 4300, "ERROR_INVALID_PARTITION", "the side behind the logical medium does not exist";
    DuplicateOmid = 4300, "ERROR_DUPLICATE_OMID", "the on-media identifier is catalogued already";
    InvalidLibrary = 4301, "ERROR_INVALID_LIBRARY", "no such library, or not suitable";
    InvalidMediaPool = 4302, "ERROR_INVALID_MEDIA_POOL", "no such media pool, or not allowed here";
    DriveMediaMismatch = 4303, "ERROR_DRIVE_MEDIA_MISMATCH", "drive and medium do not go together";
    MediaOffline = 4304, "ERROR_MEDIA_OFFLINE", "the medium is in no online library";
    LibraryOffline = 4305, "ERROR_LIBRARY_OFFLINE", "this is the offline library";
    Empty = 4306, "ERROR_EMPTY", "drive, slot or port holds no medium";
    NotEmpty = 4307, "ERROR_NOT_EMPTY", "it still holds objects";
    MediaUnavailable = 4308, "ERROR_MEDIA_UNAVAILABLE", "no side can be allocated";
    ResourceDisabled = 4309, "ERROR_RESOURCE_DISABLED", "library, drive or medium is disabled";
    InvalidCleaner = 4310, "ERROR_INVALID_CLEANER", "the cartridge is no cleaner";
    UnableToClean = 4311, "ERROR_UNABLE_TO_CLEAN", "the drive could not be cleaned";
    ObjectNotFound = 4312, "ERROR_OBJECT_NOT_FOUND", "no such object, attribute or pool";
    DatabaseFailure = 4313, "ERROR_DATABASE_FAILURE", "the catalog cannot be read or is damaged";
    DatabaseFull = 4314, "ERROR_DATABASE_FULL", "the catalog cannot grow";
    MediaIncompatible = 4315, "ERROR_MEDIA_INCOMPATIBLE", "media type or number of sides does not fit";
    ResourceNotPresent = 4316, "ERROR_RESOURCE_NOT_PRESENT", "door, port, slot or cleaner is absent";
    InvalidOperation = 4317, "ERROR_INVALID_OPERATION", "no such running operation";
    MediaNotAvailable = 4318, "ERROR_MEDIA_NOT_AVAILABLE", "the medium cannot be used now";
    DeviceNotAvailable = 4319, "ERROR_DEVICE_NOT_AVAILABLE", "a device or free pool that is needed is missing";
    RequestRefused = 4320, "ERROR_REQUEST_REFUSED", "the operator refused";
    LibraryFull = 4322, "ERROR_LIBRARY_FULL", "no empty slot";
    MediumNotAccessible = 4323, "ERROR_MEDIUM_NOT_ACCESSIBLE", "the transport cannot reach the medium";
    UnableToLoadMedium = 4324, "ERROR_UNABLE_TO_LOAD_MEDIUM", "the drive could not load the medium";
    UnableToInventoryDrive = 4325, "ERROR_UNABLE_TO_INVENTORY_DRIVE", "the state of the drive could not be read";
    UnableToInventorySlot = 4326, "ERROR_UNABLE_TO_INVENTORY_SLOT", "the state of the slot could not be read";
    UnableToInventoryTransport = 4327, "ERROR_UNABLE_TO_INVENTORY_TRANSPORT", "the state of the transport could not be read";
    TransportFull = 4328, "ERROR_TRANSPORT_FULL", "the transport holds a cartridge already";
    ControllingPort = 4329, "ERROR_CONTROLLING_IEPORT", "port or door could not be operated";
    UnableToEjectMountedMedia = 4330, "ERROR_UNABLE_TO_EJECT_MOUNTED_MEDIA", "a mounted medium cannot be ejected";
    CleanerSlotSet = 4331, "ERROR_CLEANER_SLOT_SET", "a cleaner slot is reserved already";
    CleanerSlotNotSet = 4332, "ERROR_CLEANER_SLOT_NOT_SET", "no cleaner slot is reserved";
    CleanerCartridgeSpent = 4333, "ERROR_CLEANER_CARTRIDGE_SPENT", "the cleaner has no uses left";
    UnexpectedOmid = 4334, "ERROR_UNEXPECTED_OMID", "the label read is not the one catalogued";
    MessageExceedsMaxSize = 4336, "ERROR_MESSAGE_EXCEEDS_MAX_SIZE", "the message is too long";
    PortFull = 4341, "ERROR_IEPORT_FULL", "the port is full";
    ResourceNotAvailable = 5006, "ERROR_RESOURCE_NOT_AVAILABLE", "the resource cannot be provided";
    InvalidState = 5023, "ERROR_INVALID_STATE", "the state of the object does not permit this";
    Internal = 1359, "ERROR_INTERNAL_ERROR", "a rule of the library itself was broken; please report it";
}

impl ErrorKind {
    /// The kind with this number; of the three that share 4300, the first.
    pub(crate) fn of_code(code: u32) -> Option<Self> {
        Self::ALL.iter().copied().find(|kind| kind.code() == code)
    }

    /// The original's remote form, `0x80070000 | code`.
    pub const fn hresult(self) -> u32 {
        0x8007_0000 | self.code()
    }

    /// Whether the same call can succeed later without anything else being changed by the caller:
    /// `Busy`, `NotReady`, `SharingViolation`, `Timeout` and `MediaUnavailable`.
    pub const fn is_retryable(self) -> bool {
        matches!(
            self,
            Self::Busy
                | Self::NotReady
                | Self::SharingViolation
                | Self::Timeout
                | Self::MediaUnavailable
        )
    }
}

impl fmt::Display for ErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Id, PoolId};

    #[test]
    fn an_error_says_what_and_why() {
        let pool = PoolId::from_uuid(uuid::Uuid::from_u128(7));
        let error = Error::new(ErrorKind::NotEmpty, "the pool holds 3 media")
            .about(ObjectType::MediaPool, pool)
            .caused_by(std::io::Error::other("root"));
        let text = error.to_string();
        assert!(text.contains("holds 3 media") && text.contains(&pool.to_string()), "{text}");
        assert_eq!(error.code(), 4307);
        assert_eq!(error.hresult(), 0x8007_10D3);
        assert!(std::error::Error::source(&error).is_some());
        assert!(!error.is_retryable());
    }

    #[test]
    fn three_kinds_share_4300_and_no_others_share_a_number() {
        let mut seen = std::collections::HashMap::new();
        for kind in ErrorKind::ALL {
            seen.entry(kind.code()).or_insert_with(Vec::new).push(*kind);
        }
        for (code, kinds) in seen {
            assert_eq!(kinds.len(), if code == 4300 { 3 } else { 1 }, "{code}: {kinds:?}");
        }
    }
}
