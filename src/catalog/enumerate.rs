//! Lists of objects, page by page in the order of their keys, which is that of their creation.
//!
//! Each statement gives key and id of the next objects behind a key, so that a list of any length
//! needs the memory of one page, and nothing is held between two pages.

use rusqlite::params;

use super::cartridge::first_side_key;
use super::column::id;
use super::transaction::View;
use crate::error::Result;
use crate::model::ObjectId;

/// A list of objects. Numbers are keys of the container.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Listing {
    Computer,
    Libraries,
    MediaTypes,
    MediaTypesOfLibrary(i64),
    PoolsOfPool(i64),
    Media,
    MediaOfLibrary(i64),
    MediaOfPool(i64),
    Sides,
    SidesOfMedium(i64),
    SidesOfPool(i64),
    /// The side itself.
    Side(i64),
    LogicalMedia,
    LogicalMediaOfPool(i64),
    LogicalMediaOfSide(i64),
    ChangerTypes,
    DriveTypes,
    Changers,
    ChangersOfLibrary(i64),
    Drives,
    DrivesOfLibrary(i64),
    Doors,
    DoorsOfLibrary(i64),
    Ports,
    PortsOfLibrary(i64),
    Slots,
    SlotsOfLibrary(i64),
    LibraryRequests,
    LibraryRequestsOfLibrary(i64),
    OperatorRequests,
}

/// Where a page ended; the beginning of a list is the default.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Position(i64);

const COMPUTER: &str =
    "SELECT key, id FROM computer WHERE key > ?2 AND ?1 = 0 ORDER BY key LIMIT ?3";
const LIBRARIES: &str =
    "SELECT key, id FROM library WHERE key > ?2 AND ?1 = 0 ORDER BY key LIMIT ?3";
const MEDIA_TYPES: &str =
    "SELECT key, id FROM media_type WHERE key > ?2 AND ?1 = 0 ORDER BY key LIMIT ?3";
const MEDIA_TYPES_OF_LIBRARY: &str = "SELECT t.key, t.id FROM library_media_type l \
     JOIN media_type t ON t.key = l.media_type \
     WHERE l.library = ?1 AND l.media_type > ?2 ORDER BY l.media_type LIMIT ?3";
const POOLS_OF_POOL: &str =
    "SELECT key, id FROM pool WHERE parent = ?1 AND key > ?2 ORDER BY key LIMIT ?3";
const MEDIA: &str = "SELECT key, id FROM medium WHERE key > ?2 AND ?1 = 0 ORDER BY key LIMIT ?3";
const MEDIA_OF_LIBRARY: &str =
    "SELECT key, id FROM medium WHERE library = ?1 AND key > ?2 ORDER BY key LIMIT ?3";
const MEDIA_OF_POOL: &str =
    "SELECT key, id FROM medium WHERE pool = ?1 AND key > ?2 ORDER BY key LIMIT ?3";
const SIDES: &str = "SELECT key, id FROM side WHERE key > ?2 AND ?1 = 0 ORDER BY key LIMIT ?3";
const SIDES_OF_MEDIUM: &str =
    "SELECT key, id FROM side WHERE key BETWEEN ?1 AND ?1 + 255 AND key > ?2 ORDER BY key LIMIT ?3";
// Media in their order, and of each its sides: both come from an index in that order.
const SIDES_OF_POOL: &str = "SELECT s.key, s.id FROM medium m \
     CROSS JOIN side s ON s.key BETWEEN m.key << 8 AND (m.key << 8) + 255 \
     WHERE m.pool = ?1 AND m.key >= ?2 >> 8 AND s.key > ?2 ORDER BY m.key, s.key LIMIT ?3";
const SIDE: &str = "SELECT key, id FROM side WHERE key = ?1 AND key > ?2 ORDER BY key LIMIT ?3";
const LOGICAL: &str = "SELECT key, logical FROM side \
     WHERE logical IS NOT NULL AND key > ?2 AND ?1 = 0 ORDER BY key LIMIT ?3";
const LOGICAL_OF_POOL: &str = "SELECT s.key, s.logical FROM medium m \
     CROSS JOIN side s ON s.key BETWEEN m.key << 8 AND (m.key << 8) + 255 \
     WHERE m.pool = ?1 AND m.key >= ?2 >> 8 AND s.key > ?2 AND s.logical IS NOT NULL \
     ORDER BY m.key, s.key LIMIT ?3";
const LOGICAL_OF_SIDE: &str = "SELECT key, logical FROM side \
     WHERE key = ?1 AND logical IS NOT NULL AND key > ?2 LIMIT ?3";
const CHANGER_TYPES: &str =
    "SELECT key, id FROM device_type WHERE +kind = 3 AND key > ?2 AND ?1 = 0 ORDER BY key LIMIT ?3";
const DRIVE_TYPES: &str =
    "SELECT key, id FROM device_type WHERE +kind = 6 AND key > ?2 AND ?1 = 0 ORDER BY key LIMIT ?3";
// A unary plus keeps the order of keys: there are few libraries, and no sorting is needed.
const CHANGERS: &str =
    "SELECT key, id FROM changer WHERE key > ?2 AND ?1 = 0 ORDER BY key LIMIT ?3";
const CHANGERS_OF_LIBRARY: &str =
    "SELECT key, id FROM changer WHERE +library = ?1 AND key > ?2 ORDER BY key LIMIT ?3";
const DRIVES: &str = "SELECT key, id FROM drive WHERE key > ?2 AND ?1 = 0 ORDER BY key LIMIT ?3";
const DRIVES_OF_LIBRARY: &str =
    "SELECT key, id FROM drive WHERE +library = ?1 AND key > ?2 ORDER BY key LIMIT ?3";
const DOORS: &str = "SELECT key, id FROM door WHERE key > ?2 AND ?1 = 0 ORDER BY key LIMIT ?3";
const DOORS_OF_LIBRARY: &str =
    "SELECT key, id FROM door WHERE +library = ?1 AND key > ?2 ORDER BY key LIMIT ?3";
const PORTS: &str = "SELECT key, id FROM port WHERE key > ?2 AND ?1 = 0 ORDER BY key LIMIT ?3";
const PORTS_OF_LIBRARY: &str =
    "SELECT key, id FROM port WHERE +library = ?1 AND key > ?2 ORDER BY key LIMIT ?3";
const SLOTS: &str = "SELECT key, id FROM slot WHERE key > ?2 AND ?1 = 0 ORDER BY key LIMIT ?3";
const SLOTS_OF_LIBRARY: &str =
    "SELECT key, id FROM slot WHERE +library = ?1 AND key > ?2 ORDER BY key LIMIT ?3";
const OPERATOR_REQUESTS: &str =
    "SELECT key, id FROM operator_request WHERE key > ?2 AND ?1 = 0 ORDER BY key LIMIT ?3";

const LIBRARY_REQUESTS: &str =
    "SELECT key, id FROM library_request WHERE key > ?2 AND ?1 = 0 ORDER BY key LIMIT ?3";
const LIBRARY_REQUESTS_OF_LIBRARY: &str =
    "SELECT key, id FROM library_request WHERE +library = ?1 AND key > ?2 ORDER BY key LIMIT ?3";

impl Listing {
    /// The statement, and the key it asks about.
    fn statement(self) -> (&'static str, i64) {
        match self {
            Self::Computer => (COMPUTER, 0),
            Self::Libraries => (LIBRARIES, 0),
            Self::MediaTypes => (MEDIA_TYPES, 0),
            Self::MediaTypesOfLibrary(library) => (MEDIA_TYPES_OF_LIBRARY, library),
            Self::PoolsOfPool(pool) => (POOLS_OF_POOL, pool),
            Self::Media => (MEDIA, 0),
            Self::MediaOfLibrary(library) => (MEDIA_OF_LIBRARY, library),
            Self::MediaOfPool(pool) => (MEDIA_OF_POOL, pool),
            Self::Sides => (SIDES, 0),
            Self::SidesOfMedium(medium) => (SIDES_OF_MEDIUM, first_side_key(medium)),
            Self::SidesOfPool(pool) => (SIDES_OF_POOL, pool),
            Self::Side(side) => (SIDE, side),
            Self::LogicalMedia => (LOGICAL, 0),
            Self::LogicalMediaOfPool(pool) => (LOGICAL_OF_POOL, pool),
            Self::LogicalMediaOfSide(side) => (LOGICAL_OF_SIDE, side),
            Self::ChangerTypes => (CHANGER_TYPES, 0),
            Self::DriveTypes => (DRIVE_TYPES, 0),
            Self::Changers => (CHANGERS, 0),
            Self::ChangersOfLibrary(library) => (CHANGERS_OF_LIBRARY, library),
            Self::Drives => (DRIVES, 0),
            Self::DrivesOfLibrary(library) => (DRIVES_OF_LIBRARY, library),
            Self::Doors => (DOORS, 0),
            Self::DoorsOfLibrary(library) => (DOORS_OF_LIBRARY, library),
            Self::Ports => (PORTS, 0),
            Self::PortsOfLibrary(library) => (PORTS_OF_LIBRARY, library),
            Self::Slots => (SLOTS, 0),
            Self::SlotsOfLibrary(library) => (SLOTS_OF_LIBRARY, library),
            Self::LibraryRequests => (LIBRARY_REQUESTS, 0),
            Self::LibraryRequestsOfLibrary(library) => (LIBRARY_REQUESTS_OF_LIBRARY, library),
            Self::OperatorRequests => (OPERATOR_REQUESTS, 0),
        }
    }
}

impl View<'_> {
    /// Up to `limit` objects behind a position, and the position behind them; none at the end.
    pub(crate) fn page(
        &self,
        listing: Listing,
        from: Position,
        limit: u32,
    ) -> Result<(Vec<ObjectId>, Option<Position>)> {
        let (sql, container) = listing.statement();
        let mut last = from;
        let ids = self.all(sql, params![container, from.0, limit], |row| {
            last = Position(row.get(0)?);
            id(row, 1)
        })?;
        let is_full = u32::try_from(ids.len()).is_ok_and(|count| count == limit);
        Ok((ids, is_full.then_some(last)))
    }
}
