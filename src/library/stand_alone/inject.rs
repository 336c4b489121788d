//! A medium is put into a stand-alone drive.

use std::time::Duration;

use crate::catalog::LibraryRequestRow;
use crate::error::Result;
use crate::library::Attached;
use crate::library::jobs::{Ended, Stop};

impl Attached {
    /// Waits until people have put a medium into the drive and it is known what that is, or until
    /// the time of the port is over. The drive is watched meanwhile.
    pub(in crate::library) fn inject_by_hand(
        &self,
        row: &LibraryRequestRow,
        stop: &Stop,
    ) -> Result<Ended> {
        let drive = self.only_drive()?.key;
        let ports = self.host.catalog.read(|view| view.ports_of_library(row.library))?;
        let limit = ports.first().map_or(0, |port| u64::from(port.max_extend));
        let clock = &self.host.clock;
        let deadline = clock.monotonic().saturating_add(Duration::from_secs(limit));
        loop {
            let seen = stop.signal().count();
            let is_in = self.host.catalog.read(|view| {
                let is_moving = view.movement_of_drive(drive)?.is_some();
                Ok(!is_moving && view.medium_in_drive(drive)?.is_some())
            })?;
            if is_in {
                return Ok(stop.asked().map_or(Ended::Passed, Ended::from));
            }
            if let Some(how) = stop.asked() {
                return Ok(how.into());
            }
            if stop.was_hurried() || clock.monotonic() >= deadline {
                return Ok(Ended::Passed);
            }
            self.wait_for_people(stop, seen, Some(deadline));
        }
    }
}
