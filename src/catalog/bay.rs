//! The drives of a library as far as it matters who can have one: read all at once, in one
//! statement, and no more of those that nobody can have.

use std::time::Duration;

use rusqlite::{Row, params};
use uuid::Uuid;

use super::column::{numbered, time};
use super::reservation::Keeper;
use super::transaction::View;
use crate::error::Result;
use crate::model::{DriveState, OperationalState, Timestamp};

/// A drive, and what is in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct BayRow {
    pub(crate) key: i64,
    pub(crate) changer: Option<i64>,
    pub(crate) enabled: bool,
    pub(crate) operational_state: OperationalState,
    pub(crate) state: DriveState,
    pub(crate) wants_cleaning: bool,
    /// Since when its medium is left there: since it was, else since the drive changed last.
    pub(crate) left_since: Timestamp,
    /// In seconds.
    defer_delay: u32,
    /// Something is being done in it. Not asked of a drive in use.
    pub(crate) is_moving: bool,
    /// What lies in it. Not asked of a drive in use.
    pub(crate) medium: Option<i64>,
    /// Who has reserved it.
    pub(crate) keeper: Option<Keeper>,
}

impl BayRow {
    /// Whether the drive can be used, apart from what is in it now.
    pub(crate) fn is_in_service(&self) -> bool {
        self.enabled && self.operational_state == OperationalState::Ready
    }

    /// How long a medium stays at least after a deferred dismount.
    pub(crate) fn delay(&self) -> Duration {
        Duration::from_secs(u64::from(self.defer_delay))
    }
}

/// Empty, unloaded or left: the states in which somebody may have a drive.
const OF_LIBRARY: &str = "SELECT d.key, d.changer, d.enabled, d.operational_state, d.state, \
     d.wants_cleaning, coalesce(d.deferred_since, d.modified), d.defer_delay, \
     CASE WHEN d.state IN (0, 5, 7) \
     THEN EXISTS (SELECT 1 FROM movement v WHERE v.drive = d.key) ELSE 0 END, \
     CASE WHEN d.state IN (0, 5, 7) \
     THEN (SELECT m.key FROM medium m WHERE m.drive = d.key) END, \
     r.process, r.session FROM drive d \
     LEFT JOIN drive_reservation r ON r.drive = d.key AND r.ended IS NULL \
     WHERE d.library = ?1 ORDER BY d.number";
const IN_SERVICE: &str = "SELECT count(*) FROM drive WHERE library = ?1 AND enabled = 1 \
     AND operational_state = 0 AND (?2 IS NULL OR changer = ?2)";

fn read(row: &Row<'_>) -> rusqlite::Result<BayRow> {
    let process: Option<i64> = row.get(10)?;
    let session: Option<[u8; 16]> = row.get(11)?;
    let keeper = |process| Keeper { process, session: session.map(Uuid::from_bytes) };
    Ok(BayRow {
        key: row.get(0)?,
        changer: row.get(1)?,
        enabled: row.get(2)?,
        operational_state: numbered(row, 3)?,
        state: numbered(row, 4)?,
        wants_cleaning: row.get(5)?,
        left_since: time(row, 6)?,
        defer_delay: row.get(7)?,
        is_moving: row.get(8)?,
        medium: row.get(9)?,
        keeper: process.map(keeper),
    })
}

impl View<'_> {
    /// A library's drives by number, and what is in them.
    pub(crate) fn bays_of_library(&self, library: i64) -> Result<Vec<BayRow>> {
        self.all(OF_LIBRARY, params![library], read)
    }

    /// How many drives of a library are in service that a changer reaches, or of any changer.
    pub(crate) fn drives_in_service(&self, library: i64, changer: Option<i64>) -> Result<u32> {
        Ok(self.first(IN_SERVICE, params![library, changer], |row| row.get(0))?.unwrap_or(0))
    }
}
