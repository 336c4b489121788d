//! The one computer object, and the catalog's sequence of media.

use rusqlite::{Row, params};

use super::column::{id, parsed, time};
use super::failure::damaged;
use super::transaction::{Transaction, View};
use crate::error::Result;
use crate::model::{
    ComputerId, Id, LibraryRequestFlags, MediaPoolPolicy, ObjectType, OperatorRequestFlags,
    SecurityDescriptor, Timestamp,
};

/// The computer's row.
#[derive(Clone, Debug)]
pub(crate) struct ComputerRow {
    pub(crate) id: ComputerId,
    pub(crate) name: String,
    pub(crate) description: String,
    pub(crate) created: Timestamp,
    pub(crate) modified: Timestamp,
    pub(crate) security: SecurityDescriptor,
    /// User id of the catalog's creator.
    pub(crate) creator: u32,
    /// In seconds, as the other one.
    pub(crate) library_request_purge: u32,
    pub(crate) operator_request_purge: u32,
    pub(crate) library_request_flags: LibraryRequestFlags,
    pub(crate) operator_request_flags: OperatorRequestFlags,
    pub(crate) media_pool_policy: MediaPoolPolicy,
    /// Whether media that turn up complete requests.
    pub(crate) detection: bool,
}

const COMPUTER: &str = "SELECT id, name, description, created, modified, security, creator, \
     library_request_purge, operator_request_purge, library_request_flags, \
     operator_request_flags, media_pool_policy, detection FROM computer WHERE key = 1";
const INSERT: &str = "INSERT INTO computer (key, id, name, created, modified, security, creator, \
     next_sequence) VALUES (1, ?1, ?2, ?3, ?3, ?4, ?5, 1)";
const SET: &str = "UPDATE computer SET description = ?1, library_request_purge = ?2, \
     operator_request_purge = ?3, library_request_flags = ?4, operator_request_flags = ?5, \
     media_pool_policy = ?6, detection = ?7, modified = ?8 WHERE key = 1";
const TAKE_SEQUENCE: &str = "UPDATE computer SET next_sequence = next_sequence + 1 WHERE key = 1 RETURNING next_sequence - 1";

const GENERATION: &str = "SELECT generation FROM computer WHERE key = 1";

fn read(row: &Row<'_>) -> rusqlite::Result<ComputerRow> {
    Ok(ComputerRow {
        id: id(row, 0)?,
        name: row.get(1)?,
        description: row.get(2)?,
        created: time(row, 3)?,
        modified: time(row, 4)?,
        security: parsed(row, 5)?,
        creator: row.get(6)?,
        library_request_purge: row.get(7)?,
        operator_request_purge: row.get(8)?,
        library_request_flags: LibraryRequestFlags::from_bits_retain(row.get(9)?),
        operator_request_flags: OperatorRequestFlags::from_bits_retain(row.get(10)?),
        media_pool_policy: MediaPoolPolicy::from_bits_retain(row.get(11)?),
        detection: row.get(12)?,
    })
}

impl View<'_> {
    pub(crate) fn computer(&self) -> Result<ComputerRow> {
        self.first(COMPUTER, [], read)?.ok_or_else(|| damaged("the catalog has no computer object"))
    }

    /// How often the catalog has been imported, plus one.
    pub(super) fn generation(&self) -> Result<u64> {
        self.first(GENERATION, [], |row| row.get(0))?
            .and_then(|generation: i64| u64::try_from(generation).ok())
            .ok_or_else(|| damaged("the catalog has no computer object, or a strange one"))
    }
}

impl Transaction<'_> {
    pub(crate) fn insert_computer(
        &self,
        id: ComputerId,
        name: &str,
        security: &SecurityDescriptor,
        creator: u32,
        now: Timestamp,
    ) -> Result<()> {
        let values = params![id.to_bytes(), name, now.as_micros(), security.to_string(), creator];
        self.insert(INSERT, values)?;
        Ok(())
    }

    /// Stores the settable fields.
    pub(crate) fn set_computer(&self, row: &ComputerRow, now: Timestamp) -> Result<()> {
        self.execute(
            SET,
            params![
                row.description,
                row.library_request_purge,
                row.operator_request_purge,
                row.library_request_flags.bits(),
                row.operator_request_flags.bits(),
                row.media_pool_policy.bits(),
                row.detection,
                now.as_micros()
            ],
        )?;
        self.updated(ObjectType::Computer, row.id);
        self.supplied_everywhere();
        Ok(())
    }

    /// The next number of the running count of media; used once.
    pub(crate) fn take_sequence_number(&self) -> Result<i64> {
        self.first(TAKE_SEQUENCE, [], |row| row.get(0))?
            .ok_or_else(|| damaged("the catalog has no computer object"))
    }
}
