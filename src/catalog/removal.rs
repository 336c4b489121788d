//! Drives and libraries that are deleted.

use rusqlite::params;

use super::column::id;
use super::drive::DriveRow;
use super::library::{LibraryRow, OFFLINE_LIBRARY};
use super::library_request::Because;
use super::transaction::{Transaction, View};
use crate::error::{ErrorKind, Result};
use crate::model::{
    ChangerId, DoorId, DriveId, Id, LibraryRequestId, LibraryRequestState, MountOptions, ObjectId,
    ObjectType, PhysicalMediaId, PortId, SlotId, Timestamp,
};

// States: 0 Idle, 6 WaitingForOperator. What else a medium is in says more than where it is.
const MEDIA_AT_REST: &str = "UPDATE medium SET library = ?2, slot = NULL, drive = NULL, \
     port = NULL, home_slot = NULL, mounted_side = NULL, modified = ?3 \
     WHERE library = ?1 AND state IN (0, 6) RETURNING key, id";
const SLOTS: &str = "DELETE FROM slot WHERE library = ?1 RETURNING id";
const DRIVES: &str = "DELETE FROM drive WHERE library = ?1 RETURNING id";
const DOORS: &str = "DELETE FROM door WHERE library = ?1 RETURNING id";
const PORTS: &str = "DELETE FROM port WHERE library = ?1 RETURNING id";
const CHANGERS: &str = "DELETE FROM changer WHERE library = ?1 RETURNING id";
const DRIVE: &str = "DELETE FROM drive WHERE key = ?1";
const LIBRARY: &str = "DELETE FROM library WHERE key = ?1";
// By key, as they lie: an index for this alone would cost every request.
const REQUESTS: &str = "DELETE FROM library_request WHERE key > 0 AND +library = ?1 RETURNING id";
const HAS_SLOTS: &str = "SELECT 1 FROM slot WHERE library = ?1 LIMIT 1";

impl View<'_> {
    /// Whether the library has any slot, present or not.
    pub(crate) fn has_slots(&self, library: i64) -> Result<bool> {
        Ok(self.first(HAS_SLOTS, params![library], |_| Ok(()))?.is_some())
    }

    /// Whether an object belongs to the library, or is the library.
    fn is_part_of(&self, library: &LibraryRow, kind: ObjectType, id: ObjectId) -> Result<bool> {
        if kind == ObjectType::Library {
            return Ok(ObjectId::from(library.id) == id);
        }
        Ok(self.library_of_part(kind, id)? == Some(library.key))
    }

    /// The library an element belongs to.
    pub(crate) fn library_of_part(&self, kind: ObjectType, id: ObjectId) -> Result<Option<i64>> {
        let uuid = id.as_uuid();
        Ok(match kind {
            ObjectType::StorageSlot => {
                self.slot_by_id(SlotId::from_uuid(uuid))?.map(|row| row.library)
            }
            ObjectType::Drive => self.drive_by_id(DriveId::from_uuid(uuid))?.map(|row| row.library),
            ObjectType::InsertEjectDoor => {
                self.door_by_id(DoorId::from_uuid(uuid))?.map(|row| row.library)
            }
            ObjectType::InsertEjectPort => {
                self.port_by_id(PortId::from_uuid(uuid))?.map(|row| row.library)
            }
            ObjectType::Changer => {
                self.changer_by_id(ChangerId::from_uuid(uuid))?.map(|row| row.library)
            }
            _ => None,
        })
    }
}

impl Transaction<'_> {
    /// The media of a library that are idle, or waited for, are in the offline library: a large
    /// library's at once. The others are left.
    pub(crate) fn shelve_media_at_rest(&self, library: i64, now: Timestamp) -> Result<()> {
        let values = params![library, OFFLINE_LIBRARY, now.as_micros()];
        let shelved = self.all(MEDIA_AT_REST, values, |row| {
            Ok((row.get::<_, i64>(0)?, id::<PhysicalMediaId>(row, 1)?))
        })?;
        for (key, id) in &shelved {
            self.move_sides(*key, OFFLINE_LIBRARY)?;
            self.updated(ObjectType::PhysicalMedia, *id);
        }
        if shelved.is_empty() {
            return Ok(());
        }
        let count = shelved.len() as i64;
        self.count_in_library(library, -count, now)?;
        self.count_in_library(OFFLINE_LIBRARY, count, now)
    }

    /// Whoever waits for a request of the library is told that it is cancelled; then they are gone.
    pub(crate) fn delete_requests_of_library(&self, library: i64, now: Timestamp) -> Result<()> {
        let because = Because::new(ErrorKind::Cancelled, "the library was deleted");
        let rows = self.unfinished_requests(library)?;
        self.cancel_requests(&rows, &because, now)?;
        let gone: Vec<LibraryRequestId> = self.all(REQUESTS, params![library], |row| id(row, 0))?;
        gone.into_iter().try_for_each(|id| self.request_gone(id))
    }

    /// Nobody needs to do any more what was asked about a library that goes, or a part of it.
    pub(crate) fn delete_open_requests_about_library(&self, library: &LibraryRow) -> Result<()> {
        for request in self.open_operator_requests()? {
            for (kind, id) in request.arguments.into_iter().flatten() {
                if self.is_part_of(library, kind, id)? {
                    self.delete_operator_request(request.id)?;
                    break;
                }
            }
        }
        Ok(())
    }

    /// Deletes a library from which everything else has been taken, with its elements.
    pub(crate) fn delete_library(&self, library: &LibraryRow) -> Result<()> {
        self.end_reservations_of_library(library.key, ErrorKind::InvalidDrive)?;
        self.delete_elements::<SlotId>(SLOTS, library.key, ObjectType::StorageSlot)?;
        self.delete_elements::<DriveId>(DRIVES, library.key, ObjectType::Drive)?;
        self.delete_elements::<DoorId>(DOORS, library.key, ObjectType::InsertEjectDoor)?;
        self.delete_elements::<PortId>(PORTS, library.key, ObjectType::InsertEjectPort)?;
        self.delete_elements::<ChangerId>(CHANGERS, library.key, ObjectType::Changer)?;
        self.delete_ui_destinations_of(library.id.as_uuid())?;
        self.execute(LIBRARY, params![library.key])?;
        self.deleted(ObjectType::Library, library.id);
        self.wake(library.id.as_uuid());
        Ok(())
    }

    fn delete_elements<I: Id + Into<ObjectId>>(
        &self,
        sql: &'static str,
        library: i64,
        kind: ObjectType,
    ) -> Result<()> {
        let gone: Vec<I> = self.all(sql, params![library], |row| id(row, 0))?;
        gone.into_iter().for_each(|id| self.deleted(kind, id));
        Ok(())
    }

    /// Deletes a drive that nothing is in. What waits for this very drive ends.
    pub(crate) fn delete_drive(&self, drive: &DriveRow, now: Timestamp) -> Result<()> {
        let library = self.library(drive.library)?;
        let because = Because::new(ErrorKind::InvalidDrive, "the drive was deleted");
        for row in self.unfinished_requests(drive.library)? {
            let named = row.task.mount_options.contains(MountOptions::SPECIFIC_DRIVE)
                || row.task.side.is_none();
            let is_over = || {
                let row = self.library_request(row.id)?;
                Ok::<bool, crate::Error>(row.is_none_or(|row| row.completed.is_some()))
            };
            if row.task.drive == Some(drive.id) && named && !is_over()? {
                self.end_call(&row, LibraryRequestState::Invalid, &because, now)?;
            }
        }
        self.delete_open_requests_about(drive.id)?;
        self.end_reservation_of_drive(drive.key, ErrorKind::InvalidDrive)?;
        self.execute(DRIVE, params![drive.key])?;
        self.deleted(ObjectType::Drive, drive.id);
        self.touch_library(&library, 1, now)?;
        self.wake(library.id.as_uuid());
        Ok(())
    }
}
