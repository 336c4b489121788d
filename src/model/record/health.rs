//! How drives and media fare: what is counted, and what happened.

use crate::model::{DriveId, PhysicalMediaId, Timestamp, numbered};

numbered! {
    /// What happened to a drive or a medium.
    DeviceEventKind: u8 {
        /// The medium could not be loaded in the drive.
        LoadFailed = 1,
        /// The medium could not be unloaded from the drive.
        UnloadFailed = 2,
        /// What is on the medium could not be read in the drive.
        ReadFailed = 3,
        /// The medium could not be written in the drive.
        WriteFailed = 4,
        /// The robot could not move the medium. Counted for nobody: the robot is at fault.
        MoveFailed = 5,
        /// The drive was cleaned.
        Cleaned = 6,
        /// The drive was taken out of service: too much failed in it.
        OutOfService = 7,
        /// The drive is in service again.
        InService = 8,
        /// The medium is believed to be at fault: it failed wherever it was tried.
        MediumSuspect = 9,
        /// The medium is believed to be well again.
        MediumWell = 10,
    }
}

impl DeviceEventKind {
    /// Whether something went wrong with the medium in the drive.
    pub(crate) fn is_failure(self) -> bool {
        matches!(self, Self::LoadFailed | Self::UnloadFailed | Self::ReadFailed | Self::WriteFailed)
    }
}

/// The last failure of a drive or a medium.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct LastFailure {
    /// When it was noticed.
    pub time: Timestamp,
    /// What it was.
    pub what: DeviceEventKind,
    /// What the device said.
    pub reason: String,
}

/// Failures, counted since the drive or medium is in the catalog. Counts stop at 4,294,967,295.
///
/// A failure in a drive counts for the drive and for the medium: which of them is at fault is known
/// when the medium has been tried in another drive.
#[non_exhaustive]
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct FailureCounts {
    /// Failures to load.
    pub loads: u32,
    /// Failures to unload.
    pub unloads: u32,
    /// Failures to read that the library has seen, when it read labels.
    pub reads: u32,
    /// Failures to write that the library has seen, when it wrote free labels.
    pub writes: u32,
    /// The last of them.
    pub last: Option<LastFailure>,
}

/// How a drive fares, from [`Session::drive_health`](crate::Session::drive_health).
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct DriveHealth {
    /// The drive.
    pub drive: DriveId,
    /// Mounts in it, as in its [record](crate::model::Drive::mount_count).
    pub mounts: u32,
    /// What failed in it.
    pub failures: FailureCounts,
    /// How often the library has cleaned it.
    pub cleanings: u32,
    /// Whether it has asked to be cleaned, and has not been since.
    pub needs_cleaning: bool,
    /// The media that failed in it lately, the last one first. None of them is tried in it again
    /// within an hour, if another drive of the library can take it.
    pub failed_with: Vec<PhysicalMediaId>,
    /// Whether it is out of service because too much failed in it.
    pub is_suspect: bool,
}

/// How a medium fares, from [`Session::medium_health`](crate::Session::medium_health).
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct MediumHealth {
    /// The medium.
    pub medium: PhysicalMediaId,
    /// Mounts of all its sides.
    pub mounts: u64,
    /// What failed with it.
    pub failures: FailureCounts,
    /// The drives in which it failed lately, the last one first.
    pub failed_in: Vec<DriveId>,
    /// Whether it is believed to be at fault: it failed in two drives, or in the only one.
    pub is_suspect: bool,
}

/// One entry of the history, from [`Session::device_history`](crate::Session::device_history).
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct DeviceEvent {
    /// Its place in the history: later entries have greater numbers.
    pub number: u64,
    /// When it was noticed.
    pub time: Timestamp,
    /// What happened.
    pub what: DeviceEventKind,
    /// The drive, if one was concerned; it may be gone.
    pub drive: Option<DriveId>,
    /// The medium, if one was concerned and known; it may be gone.
    pub medium: Option<PhysicalMediaId>,
    /// What the device said, or why it was decided.
    pub reason: String,
}

/// Whose history is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum HistoryOf {
    /// All drives and media, also those that are gone.
    Everything,
    /// One drive.
    Drive(DriveId),
    /// One medium.
    Medium(PhysicalMediaId),
}

impl From<DriveId> for HistoryOf {
    fn from(drive: DriveId) -> Self {
        Self::Drive(drive)
    }
}

impl From<PhysicalMediaId> for HistoryOf {
    fn from(medium: PhysicalMediaId) -> Self {
        Self::Medium(medium)
    }
}
