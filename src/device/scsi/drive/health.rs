//! What a drive says about its health.

use std::sync::atomic::AtomicBool;

use super::ScsiDrive;
use super::held::Kept;
use crate::device::scsi::reply::log::{self, DEVICE_STATISTICS, DeviceStatistics, TAPE_ALERT};
use crate::device::{DeviceResult, DriveHealth, TapeAlerts};

impl ScsiDrive {
    /// The alerts are kept until they are told, since the drive forgets them once it was asked.
    pub(super) fn ask_health(&self) -> DeviceResult<DriveHealth> {
        if !self.is_tape() {
            return Ok(DriveHealth::default());
        }
        let learned = &self.shared.learned;
        let alerts = self.log(&learned.no_alerts, TAPE_ALERT)?;
        if let Some(Ok(alerts)) = alerts.map(|page| log::tape_alerts(&page)) {
            self.shared.keep(alerts);
        }
        let statistics = self.log(&learned.no_statistics, DEVICE_STATISTICS)?;
        let statistics = statistics.and_then(|page| DeviceStatistics::read(&page).ok());
        let Kept { alerts, asks_for_cleaning } = self.shared.tell();
        Ok(DriveHealth {
            needs_cleaning: asks_for_cleaning || alerts.has(TapeAlerts::CLEAN_NOW),
            alerts,
            head_time: statistics.and_then(|statistics| statistics.head_time),
        })
    }

    /// A log page; `None` where the drive does not have it.
    fn log(&self, missing: &AtomicBool, page: u8) -> DeviceResult<Option<Vec<u8>>> {
        self.shared.unless_known(missing, || self.shared.unit.log_sense(page))
    }
}
