//! Looking into a stand-alone drive.

use super::sight::{Conclusion, Inside, Known, Look, Sight, conclude};
use crate::catalog::{Cartridge, PortRow, View};
use crate::device::{Attention, DeviceError, DeviceErrorKind, DeviceResult, DriveStatus};
use crate::error::Result;
use crate::library::Attached;
use crate::library::failure::device;
use crate::library::timeouts::pauses;
use crate::library::units::DriveUnit;
use crate::model::{DriveState, MediaState, PortContent, PortPosition, SideState};

/// Whether a look came to an end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::library) enum Looked {
    Done,
    /// Something is being done in the drive; when that is over, look again.
    Busy,
}

/// How often a drive may have something to tell before it says what is inside.
const TELLINGS: usize = 8;

impl Attached {
    /// Looks into the drive and brings the catalog up to date. Waits until the drive has finished
    /// what it is doing by itself, and reads what must be read.
    pub(in crate::library) fn look_inside(&self, look: Look) -> Result<Looked> {
        let drive = self.only_drive()?;
        let known = self.host.catalog.read(|view| known_of(view, self.key, drive.key))?;
        let Some(known) = known else { return Ok(Looked::Busy) };
        let sight = self
            .sight(drive, || self.host.catalog.read(|view| is_moving(view, drive.key)))
            .map_err(|error| device("the drive could not be looked at", error))?;
        let Some(sight) = sight else { return Ok(Looked::Busy) };
        match conclude(&known, sight, look) {
            Conclusion::Same => Ok(Looked::Done),
            Conclusion::Empty => self.record_taken(drive, false),
            Conclusion::Ejected => self.record_taken(drive, true),
            Conclusion::Read => self.read_inside(drive, known.is_mounted),
        }
    }

    /// Whether the medium in the drive could not be read.
    pub(in crate::library) fn is_inside_unreadable(&self) -> Result<bool> {
        let drive = self.only_drive()?.key;
        let state = self.host.catalog.read(|view| {
            let medium = view.medium_in_drive(drive)?;
            medium.map(|medium| Ok(view.cartridge(medium)?.medium.state)).transpose()
        })?;
        Ok(state == Some(MediaState::RecoverableError))
    }

    /// What is in the drive, once it has finished loading or unloading by itself; none when somebody
    /// else makes it do so.
    pub(super) fn sight(
        &self,
        drive: &DriveUnit,
        is_moving: impl Fn() -> Result<bool>,
    ) -> DeviceResult<Option<Sight>> {
        let limit = self.timeouts_of_drive(drive).load;
        let deadline = self.host.clock.monotonic().saturating_add(limit);
        let (mut exchanged, mut tellings, mut pauses) = (false, 0, pauses());
        let mut looked_twice = false;
        loop {
            let inside = match still_busy(drive.device.status()) {
                Ok(DriveStatus::Empty) => Inside::Nothing,
                Ok(DriveStatus::Unloaded) => Inside::Unloaded,
                Ok(_) => Inside::Loaded,
                Err(error) => match error.kind() {
                    DeviceErrorKind::NoMedium => Inside::Nothing,
                    DeviceErrorKind::LookAgain(what) if tellings < TELLINGS => {
                        tellings += 1;
                        // With the power, people may have been there.
                        exchanged |= matches!(what, Attention::MediumChanged | Attention::Reset);
                        continue;
                    }
                    DeviceErrorKind::NotReady if self.host.clock.monotonic() < deadline => {
                        if is_moving().unwrap_or(true) {
                            return Ok(None);
                        }
                        // Whoever was at work may have ended just now.
                        if std::mem::replace(&mut looked_twice, true) {
                            pauses.next().into_iter().for_each(|p| self.host.clock.pause(p));
                        }
                        continue;
                    }
                    _ => return Err(error),
                },
            };
            return Ok(Some(Sight { inside, exchanged }));
        }
    }
}

/// A drive that is loading or unloading is waited for as one that is not ready.
fn still_busy(status: DeviceResult<DriveStatus>) -> DeviceResult<DriveStatus> {
    match status {
        Ok(DriveStatus::BecomingReady) => {
            let reason = "the drive did not become ready";
            Err(DeviceError::new(DeviceErrorKind::NotReady, reason))
        }
        other => other,
    }
}

fn is_moving(view: &View<'_>, drive: i64) -> Result<bool> {
    Ok(view.movement_of_drive(drive)?.is_some())
}

/// What the catalog knows of the drive; none while something is being done in it.
fn known_of(view: &View<'_>, library: i64, drive: i64) -> Result<Option<Known>> {
    if is_moving(view, drive)? {
        return Ok(None);
    }
    let is_out = |port: &PortRow| {
        (port.content, port.position) == (PortContent::Full, PortPosition::Extended)
    };
    let medium = view.medium_in_drive(drive)?;
    Ok(Some(Known {
        medium,
        is_unusable: medium
            .map_or(Ok(false), |medium| view.cartridge(medium).map(|c| is_unusable(&c)))?,
        is_mounted: view.mount_of_drive(drive)?.is_some(),
        is_occupied: view.drive(drive)?.state != DriveState::Dismounted,
        is_out: view.ports_of_library(library)?.iter().any(is_out),
    }))
}

/// Whether the drive could do nothing with it when it was read.
fn is_unusable(cartridge: &Cartridge) -> bool {
    let mut states = cartridge.sides.iter().map(|side| side.state);
    cartridge.medium.state == MediaState::RecoverableError
        || states.all(|state| state == SideState::Incompatible)
}
