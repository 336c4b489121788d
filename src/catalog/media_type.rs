//! Media types.

use rusqlite::{Row, params};

use super::column::{id, numbered, time};
use super::failure::damaged;
use super::transaction::{Transaction, View};
use crate::error::Result;
use crate::model::{DeviceType, Id, MediaTypeId, ObjectType, ReadWriteKind, Timestamp};

/// A media type's row.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct MediaTypeRow {
    pub(crate) key: i64,
    pub(crate) id: MediaTypeId,
    pub(crate) code: u32,
    pub(crate) name: String,
    pub(crate) description: String,
    pub(crate) sides: u16,
    pub(crate) recording: ReadWriteKind,
    pub(crate) device_type: DeviceType,
    pub(crate) created: Timestamp,
    pub(crate) modified: Timestamp,
}

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT key, id, code, name, description, sides, recording, device_type, created, \
             modified FROM media_type ",
            $rest
        )
    };
}

const BY_KEY: &str = select!("WHERE key = ?1");
const BY_ID: &str = select!("WHERE id = ?1");
const BY_CODE: &str = select!("WHERE code = ?1");
const OF_LIBRARY: &str = select!(
    "JOIN library_media_type l ON l.media_type = key WHERE l.library = ?1 ORDER BY l.media_type"
);
const INSERT: &str = "INSERT INTO media_type (id, code, name, sides, recording, device_type, \
     created, modified) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?7)";
const DESCRIBE: &str = "UPDATE media_type SET description = ?2, modified = ?3 WHERE key = ?1";

fn read(row: &Row<'_>) -> rusqlite::Result<MediaTypeRow> {
    Ok(MediaTypeRow {
        key: row.get(0)?,
        id: id(row, 1)?,
        code: row.get(2)?,
        name: row.get(3)?,
        description: row.get(4)?,
        sides: row.get(5)?,
        recording: numbered(row, 6)?,
        device_type: numbered(row, 7)?,
        created: time(row, 8)?,
        modified: time(row, 9)?,
    })
}

impl View<'_> {
    pub(crate) fn media_type(&self, key: i64) -> Result<MediaTypeRow> {
        self.first(BY_KEY, params![key], read)?
            .ok_or_else(|| damaged("a media type that is referred to does not exist"))
    }

    pub(crate) fn media_type_by_id(&self, id: MediaTypeId) -> Result<Option<MediaTypeRow>> {
        self.first(BY_ID, params![id.to_bytes()], read)
    }

    pub(crate) fn media_type_by_code(&self, code: u32) -> Result<Option<MediaTypeRow>> {
        self.first(BY_CODE, params![code], read)
    }

    /// The media types that a library lists.
    pub(crate) fn listed_media_types(&self, library: i64) -> Result<Vec<MediaTypeRow>> {
        self.all(OF_LIBRARY, params![library], read)
    }
}

impl Transaction<'_> {
    pub(crate) fn insert_media_type(&self, row: &MediaTypeRow) -> Result<i64> {
        let key = self.insert(
            INSERT,
            params![
                row.id.to_bytes(),
                row.code,
                row.name,
                row.sides,
                row.recording.value(),
                row.device_type.value(),
                row.created.as_micros()
            ],
        )?;
        self.inserted(ObjectType::MediaType, row.id);
        Ok(key)
    }

    pub(crate) fn describe_media_type(
        &self,
        row: &MediaTypeRow,
        description: &str,
        now: Timestamp,
    ) -> Result<()> {
        self.execute(DESCRIBE, params![row.key, description, now.as_micros()])?;
        self.updated(ObjectType::MediaType, row.id);
        Ok(())
    }
}
