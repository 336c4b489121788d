//! Drives are asked whether they must be cleaned.

use super::Attached;
use super::units::{DriveUnit, asking};
use crate::device::TapeAlerts;
use crate::error::Result;

impl Attached {
    /// Asks a drive, and remembers what it says: some forget it once they have told. It is cleaned
    /// before it is used again, if it can be. That it asks is no failure of anything. Says whether it
    /// is news.
    pub(super) fn note_needs_of(&self, drive: &DriveUnit) -> bool {
        let Ok(health) = asking(|| drive.device.health()) else { return false };
        let alerts = health.alerts;
        let asks = health.needs_cleaning
            || alerts.has(TapeAlerts::CLEAN_NOW)
            || alerts.has(TapeAlerts::CLEAN_PERIODIC);
        if !asks {
            return false;
        }
        let (drive, now) = (drive.key, self.now());
        let noted =
            self.host.catalog.write(move |transaction| match transaction.find_drive(drive)? {
                Some(_) => transaction.want_cleaning(drive, now),
                None => Ok(false),
            });
        noted.unwrap_or_else(|error| {
            tracing::warn!(%error, "a drive that asks for cleaning is asked again later");
            false
        })
    }

    /// Drives that asked for cleaning before the library was attached still do.
    pub(super) fn resume_cleaning(&self) -> Result<()> {
        let (library, now) = (self.key, self.now());
        self.host.catalog.write(move |transaction| transaction.resume_cleaning(library, now))
    }
}
