//! Moving, loading and unloading, until it is known how it went.
//!
//! The verbs of devices fail in ways that can be waited for, asked again or looked at. What comes
//! out here is final.

use std::time::Duration;

use super::Attached;
use super::failure::device;
use super::timeouts::pauses;
use super::units::{ChangerUnit, DriveUnit, asking};
use crate::device::{
    DeviceError, DeviceErrorKind, DeviceResult, DriveStatus, ElementAddress, ElementKind,
    LoadedMedium, Occupancy, Refusal,
};
use crate::error::Result;

/// Why a cartridge was not carried. It is where it was, unless the device's error says otherwise.
#[derive(Debug)]
pub(super) enum NotCarried {
    /// There was nothing to carry.
    SourceEmpty,
    /// Something else lies at the destination, or it was taken away with its magazine.
    DestinationFull,
    /// The robot could not.
    Failed(DeviceError),
}

/// How often a movement is tried.
const TRIES: usize = 3;

/// Where the cartridge of a failed movement is.
enum Whereabouts {
    Source,
    Destination,
    Transport(ElementAddress),
    Unknown,
}

impl Attached {
    /// Carries a cartridge. When it has arrived, `arrived` tells the catalog, before the robot does
    /// anything else.
    pub(super) fn carry(
        &self,
        changer: &ChangerUnit,
        (from, to): (ElementAddress, ElementAddress),
        flip: bool,
        arrived: impl FnOnce() -> Result<()>,
    ) -> Result<std::result::Result<(), NotCarried>> {
        let _arm = changer.arm.take(self.host.clock.as_ref());
        match self.carry_surely(changer, from, to, flip) {
            Ok(()) => arrived().map(Ok),
            Err(not) => {
                if matches!(not, NotCarried::Failed(_)) {
                    self.look_after_robot(changer);
                }
                Ok(Err(not))
            }
        }
    }

    fn carry_surely(
        &self,
        changer: &ChangerUnit,
        from: ElementAddress,
        to: ElementAddress,
        flip: bool,
    ) -> std::result::Result<(), NotCarried> {
        let (mut source, mut flip) = (from, flip);
        let mut last = None;
        let mut tries = TRIES;
        while tries > 0 {
            let moved = self.waiting(self.timeouts_of_changer(changer).ready, || {
                changer.device.move_medium(source, to, flip)
            });
            let error = match moved {
                Ok(()) => return Ok(()),
                Err(error) => error,
            };
            match error.kind() {
                DeviceErrorKind::Refused(Refusal::SourceEmpty) => {
                    return Err(NotCarried::SourceEmpty);
                }
                DeviceErrorKind::Refused(Refusal::DestinationFull) => {
                    return Err(NotCarried::DestinationFull);
                }
                DeviceErrorKind::Refused(Refusal::NotAccessible) if is_missing(changer, to) => {
                    return Err(NotCarried::DestinationFull);
                }
                DeviceErrorKind::Refused(_) | DeviceErrorKind::Gone => {
                    return Err(NotCarried::Failed(error));
                }
                DeviceErrorKind::NeedsOperator if self.await_closed_doors() => {}
                _ => tries -= 1,
            }
            tracing::warn!(%error, %from, %to, "a movement failed; looking where the cartridge is");
            match whereabouts(changer, source, to) {
                Whereabouts::Destination => return Ok(()),
                Whereabouts::Source => {}
                Whereabouts::Transport(hand) => {
                    source = hand;
                    // It was turned on its way to the hand, if at all.
                    flip = false;
                }
                Whereabouts::Unknown => return Err(NotCarried::Failed(error)),
            }
            last = Some(error);
        }
        let lost = || DeviceError::new(DeviceErrorKind::ChangerFault, "the robot did not move");
        Err(NotCarried::Failed(last.unwrap_or_else(lost)))
    }

    /// Loads what is in the drive and waits until it can be used.
    pub(super) fn load(&self, drive: &DriveUnit) -> DeviceResult<LoadedMedium> {
        let limit = self.timeouts_of_drive(drive).load;
        let deadline = self.host.clock.monotonic().saturating_add(limit);
        self.waiting(limit, || drive.device.load())?;
        let late = "the drive did not become ready";
        self.await_drive(drive, deadline, late, |status| match status {
            DriveStatus::Ready(medium) => Ok(Some(medium)),
            DriveStatus::Empty => {
                Err(DeviceError::new(DeviceErrorKind::NoMedium, "the drive is empty"))
            }
            DriveStatus::NotUsable => {
                drive.device.load()?;
                let reason = "the drive cannot use the medium";
                Err(DeviceError::new(DeviceErrorKind::MediumFault, reason))
            }
            DriveStatus::Unloaded => drive.device.load().map(|()| None),
            DriveStatus::BecomingReady => Ok(None),
        })
    }

    /// Rewinds and unloads, and waits until the robot can take the cartridge.
    pub(super) fn unload(&self, drive: &DriveUnit) -> DeviceResult<()> {
        let limit = self.timeouts_of_drive(drive).unload;
        let deadline = self.host.clock.monotonic().saturating_add(limit);
        match self.waiting(limit, || drive.device.unload()) {
            Err(error) if error.kind() == DeviceErrorKind::NoMedium => return Ok(()),
            other => other?,
        }
        self.await_drive(drive, deadline, "the drive did not unload", |status| match status {
            DriveStatus::BecomingReady => Ok(None),
            DriveStatus::Ready(_) => drive.device.unload().map(|()| None),
            DriveStatus::Empty | DriveStatus::Unloaded | DriveStatus::NotUsable => Ok(Some(())),
        })
    }

    /// Unloads; a drive that cannot holds what is in it, and that is noted.
    pub(super) fn unload_or_note(&self, drive: &DriveUnit, medium: Option<i64>) -> Result<()> {
        self.unload(drive).map_err(|error| {
            self.note_stuck(drive.key, medium, &error);
            device("the drive could not unload", error)
        })
    }

    /// Asks a drive how it is until that concludes something, ever less often. When it is too `late`,
    /// the drive is at fault.
    pub(super) fn await_drive<T>(
        &self,
        drive: &DriveUnit,
        deadline: Duration,
        late: &'static str,
        conclude: impl Fn(DriveStatus) -> DeviceResult<Option<T>>,
    ) -> DeviceResult<T> {
        for pause in pauses() {
            match asking(|| drive.device.status()) {
                Ok(status) => {
                    if let Some(concluded) = conclude(status)? {
                        return Ok(concluded);
                    }
                }
                Err(error) if error.kind() == DeviceErrorKind::NotReady => {}
                Err(error) => return Err(error),
            }
            if self.host.clock.monotonic() >= deadline {
                break;
            }
            self.host.clock.pause(pause);
        }
        Err(DeviceError::new(DeviceErrorKind::DriveFault, late))
    }

    /// Asks again while the device is becoming ready.
    pub(super) fn waiting<T>(
        &self,
        limit: Duration,
        ask: impl Fn() -> DeviceResult<T>,
    ) -> DeviceResult<T> {
        let deadline = self.host.clock.monotonic().saturating_add(limit);
        let mut pauses = pauses();
        loop {
            match asking(&ask) {
                Err(error)
                    if error.kind() == DeviceErrorKind::NotReady
                        && self.host.clock.monotonic() < deadline =>
                {
                    pauses.next().into_iter().for_each(|pause| self.host.clock.pause(pause));
                }
                other => return other,
            }
        }
    }
}

fn is_missing(changer: &ChangerUnit, address: ElementAddress) -> bool {
    let status = changer.look(address).ok().flatten();
    status.is_some_and(|status| status.occupancy == Occupancy::NotPresent)
}

fn whereabouts(changer: &ChangerUnit, from: ElementAddress, to: ElementAddress) -> Whereabouts {
    let occupancy = |address| match changer.look(address) {
        Ok(Some(status)) => status.occupancy,
        Ok(None) | Err(_) => Occupancy::Unknown,
    };
    match (occupancy(from), occupancy(to)) {
        (Occupancy::Full, _) => Whereabouts::Source,
        (Occupancy::Empty, Occupancy::Full) => Whereabouts::Destination,
        (Occupancy::Empty, Occupancy::Empty) => {
            let hands = changer.look_at_all(ElementKind::Transport).unwrap_or_default();
            let holding = hands.into_iter().find(|hand| hand.occupancy == Occupancy::Full);
            holding.map_or(Whereabouts::Unknown, |hand| Whereabouts::Transport(hand.address))
        }
        _ => Whereabouts::Unknown,
    }
}
