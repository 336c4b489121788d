//! What a mount is asked for.

use crate::model::{DriveId, LogicalMediaId, MountOptions, MountPriority, SideId, Timeout};

/// One side of a medium, named by what an application holds or by its own id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum MediaRef {
    /// The side this logical medium is on.
    Logical(LogicalMediaId),
    /// The side itself.
    Side(SideId),
}

impl From<LogicalMediaId> for MediaRef {
    fn from(id: LogicalMediaId) -> Self {
        Self::Logical(id)
    }
}

impl From<SideId> for MediaRef {
    fn from(id: SideId) -> Self {
        Self::Side(id)
    }
}

/// What to mount, for [`Session::mount`](crate::Session::mount) and the calls beside it. They take
/// the id of a logical medium or of a side as well: for reading then, without limit of time.
///
/// ```
/// use rsm::model::{LogicalMediaId, MountOptions, MountRequest};
///
/// let request = MountRequest::from(LogicalMediaId::NULL).for_writing();
/// assert!(request.options.contains(MountOptions::WRITE));
/// ```
#[doc(alias = "NTMS_MOUNT_INFORMATION")]
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct MountRequest {
    /// The sides, each of another medium.
    #[doc(alias = "lpMediaId")]
    pub media: Vec<MediaRef>,
    /// The drives for them, in their order; empty: the library chooses.
    #[doc(alias = "lpDriveId")]
    pub drives: Vec<DriveId>,
    /// Options.
    #[doc(alias = "dwOptions")]
    pub options: MountOptions,
    /// Who goes first among those who wait.
    #[doc(alias = "dwPriority")]
    pub priority: MountPriority,
    /// How long to wait for media and drives. Without a statement, without limit.
    #[doc(alias = "dwTimeout")]
    pub timeout: Timeout,
}

impl<T: Into<MediaRef>> From<T> for MountRequest {
    /// This side for reading, with normal priority, however long it takes.
    fn from(media: T) -> Self {
        Self::all([media])
    }
}

impl MountRequest {
    /// All these sides or none, in one library, for reading, with normal priority, however long it
    /// takes.
    pub fn all<T: Into<MediaRef>>(media: impl IntoIterator<Item = T>) -> Self {
        Self {
            media: media.into_iter().map(Into::into).collect(),
            drives: Vec::new(),
            options: MountOptions::empty(),
            priority: MountPriority::NORMAL,
            timeout: Timeout::Forever,
        }
    }

    /// In these drives and no others, one for each side, in their order.
    #[must_use]
    pub fn in_drives(self, drives: impl IntoIterator<Item = DriveId>) -> Self {
        let drives = drives.into_iter().collect();
        Self { drives, ..self }.options(MountOptions::SPECIFIC_DRIVE)
    }

    /// For writing as well.
    #[must_use]
    pub fn for_writing(self) -> Self {
        self.options(MountOptions::READ | MountOptions::WRITE)
    }

    /// With these options besides those it has.
    #[must_use]
    pub fn options(mut self, options: MountOptions) -> Self {
        self.options |= options;
        self
    }

    /// With this priority.
    #[must_use]
    pub fn priority(mut self, priority: MountPriority) -> Self {
        self.priority = priority;
        self
    }

    /// Waits as stated.
    #[must_use]
    pub fn timeout(mut self, timeout: Timeout) -> Self {
        self.timeout = timeout;
        self
    }
}

/// What an open medium may be used for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum Access {
    /// Reading.
    Read,
    /// Reading and writing.
    Write,
}

/// The new label of a side, as its application wrote it.
#[doc(alias = "UpdateNtmsOmidInfo")]
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LabelUpdate<'a> {
    /// The first block of the side. A known format must recognise it.
    Raw(&'a [u8]),
    /// What identifies the side's file system.
    FileSystem(FileSystemLabel<'a>),
}

/// What identifies a file system on a side.
#[doc(alias = "NTMS_FILESYSTEM_INFO")]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FileSystemLabel<'a> {
    /// The kind of file system, 1 to 63 characters.
    pub file_system: &'a str,
    /// The name of the volume, at most 255 characters.
    pub volume_name: &'a str,
    /// The serial number of the volume.
    pub serial_number: u32,
}
