//! The slot that is reserved for the cleaning cartridge, and what is known of that cartridge.

use rusqlite::params;

use super::library::LibraryRow;
use super::submitter::Submitter;
use super::transaction::{Transaction, View};
use crate::error::Result;
use crate::model::{LibraryFlags, ObjectType, OperatorRequestKind, OperatorTask, Timestamp};

const RESERVE: &str = "UPDATE library SET cleaner_slot = ?2, modified = ?3 WHERE key = ?1";
const PRESENT: &str =
    "UPDATE library SET flags = ?2, modified = ?3 WHERE key = ?1 AND flags <> ?2 RETURNING key";
const GONE: &str = "UPDATE library SET flags = ?2, cleaner_uses = 0, modified = ?3 WHERE key = ?1";
const SET_USES: &str =
    "UPDATE library SET flags = ?2, cleaner_uses = ?3, modified = ?4 WHERE key = ?1";
const CLEANERS: &str = "SELECT key FROM slot WHERE library = ?1 AND cleaner = 1";
const IS_HOME: &str = "SELECT 1 FROM medium WHERE home_slot = ?1 AND home_slot IS NOT NULL \
     AND slot IS NULL LIMIT 1";
const CLEANED: &str = "SELECT 1 FROM drive WHERE library = ?1 AND state = 6 LIMIT 1";

impl View<'_> {
    /// The slots of a library in which cleaning cartridges lie.
    pub(crate) fn slots_of_cleaners(&self, library: i64) -> Result<Vec<i64>> {
        self.all(CLEANERS, params![library], |row| row.get(0))
    }

    /// Whether a cartridge will come back to this slot: that of a medium that calls it its home, or
    /// one that is being moved.
    pub(crate) fn is_slot_awaited(&self, slot: i64) -> Result<bool> {
        Ok(self.first(IS_HOME, params![slot], |_| Ok(()))?.is_some()
            || self.movement_of_slot(slot)?.is_some())
    }

    /// Whether a drive of the library is being cleaned: the cleaner is in it.
    pub(crate) fn is_cleaning(&self, library: i64) -> Result<bool> {
        Ok(self.first(CLEANED, params![library], |_| Ok(()))?.is_some())
    }
}

impl Transaction<'_> {
    /// Reserves a slot for the cleaner, or releases the one that was.
    pub(crate) fn set_cleaner_slot(
        &self,
        library: &LibraryRow,
        slot: Option<i64>,
        now: Timestamp,
    ) -> Result<()> {
        self.execute(RESERVE, params![library.key, slot, now.as_micros()])?;
        self.updated(ObjectType::Library, library.id);
        Ok(())
    }

    /// A cleaning cartridge is in this slot. If that is not the reserved one, a person is asked once
    /// to move it.
    pub(crate) fn cleaner_seen(
        &self,
        library: &LibraryRow,
        slot: i64,
        now: Timestamp,
    ) -> Result<()> {
        self.set_slot_of_cleaner(slot, now)?;
        if library.cleaner_slot == Some(slot) {
            return self.cleaner_present(library, now);
        }
        let row = self.slot(slot)?;
        let there = match library.cleaner_slot {
            Some(reserved) => {
                format!("the slot that is reserved for it, number {}", self.slot(reserved)?.number)
            }
            None => "a slot that is reserved for it; none is yet".to_owned(),
        };
        let message = format!(
            "Move the cleaning cartridge in slot {} of library {} to {there}.",
            row.number, library.name
        );
        let task = OperatorTask::Cleaner { target: row.id.into() };
        let manager = std::sync::Arc::new(Submitter::manager());
        self.ask_people(&task, &message, &manager, now).map(drop)
    }

    /// Stores what is known of the cleaner.
    pub(super) fn set_cleaner(&self, library: &LibraryRow, now: Timestamp) -> Result<()> {
        let (flags, uses) = (library.flags.bits(), library.cleaner_uses);
        self.execute(SET_USES, params![library.key, flags, uses, now.as_micros()])?;
        self.updated(ObjectType::Library, library.id);
        Ok(())
    }

    /// The cleaner is where it belongs. How often it can be used is for people to say.
    fn cleaner_present(&self, library: &LibraryRow, now: Timestamp) -> Result<()> {
        let flags = library.flags | LibraryFlags::CLEANER_PRESENT;
        let values = params![library.key, flags.bits(), now.as_micros()];
        if self.first(PRESENT, values, |_| Ok(()))?.is_some() {
            self.updated(ObjectType::Library, library.id);
        }
        Ok(())
    }

    /// The cleaning cartridge that was in this slot is there no more. Without the one of the
    /// reserved slot the library has none; it is not known any more.
    pub(crate) fn cleaner_left(
        &self,
        library: &LibraryRow,
        slot: i64,
        now: Timestamp,
    ) -> Result<()> {
        if library.cleaner_slot == Some(slot) {
            return if self.is_cleaning(library.key)? {
                Ok(())
            } else {
                self.cleaner_gone(library, now)
            };
        }
        if self.computer()?.detection {
            let kind = OperatorRequestKind::Cleaner;
            self.complete_requests_about(kind, self.slot_id(slot)?, now)?;
        }
        Ok(())
    }

    pub(super) fn cleaner_gone(&self, library: &LibraryRow, now: Timestamp) -> Result<()> {
        let flags = library.flags
            - (LibraryFlags::CLEANER_PRESENT | LibraryFlags::IGNORE_CLEANER_USES_REMAINING);
        self.execute(GONE, params![library.key, flags.bits(), now.as_micros()])?;
        self.updated(ObjectType::Library, library.id);
        Ok(())
    }
}
