//! Which processes have a library's devices, and which of them owns it.
//!
//! Who owns a library holds its lock; the rows here tell those who cannot look at that. A process
//! that has the devices and does not own the library is a standby: it takes over when the owner
//! dies or gives the library back.

use rusqlite::params;

use super::library::Trouble;
use super::live::{Living, bury};
use super::transaction::{Transaction, View};
use crate::error::{ErrorKind, Result};
use crate::model::{Id, OperationalState, ServiceTarget, Timestamp};

const OWNER: &str = "SELECT process FROM attachment WHERE library = ?1 AND owner = 1";
const IS_ATTACHED: &str = "SELECT 1 FROM attachment WHERE library = ?1 LIMIT 1";
const OF_PROCESS: &str = "SELECT library FROM attachment WHERE process = ?1 ORDER BY library";
const ALL: &str = "SELECT process FROM attachment WHERE library = ?1 ORDER BY process";
const DISOWN: &str = "UPDATE attachment SET owner = 0 WHERE library = ?1 AND owner = 1";
const ENTER: &str = "INSERT INTO attachment (library, process, owner) VALUES (?1, ?2, ?3) \
     ON CONFLICT (library, process) DO UPDATE SET owner = excluded.owner";
const LEAVE: &str = "DELETE FROM attachment WHERE library = ?1 AND process = ?2";

impl View<'_> {
    /// The row of the process that owns the library's hardware.
    pub(crate) fn owner_of_library(&self, library: i64) -> Result<Option<i64>> {
        self.first(OWNER, params![library], |row| row.get(0))
    }

    /// Whether a process has the library's devices, or will have them.
    pub(crate) fn is_attached_anywhere(&self, library: i64) -> Result<bool> {
        Ok(self.first(IS_ATTACHED, params![library], |_| Ok(()))?.is_some())
    }
}

impl Transaction<'_> {
    /// The process has taken the library, which is Initializing now.
    pub(crate) fn own_library(&self, library: i64, process: i64, now: Timestamp) -> Result<()> {
        self.execute(DISOWN, params![library])?;
        self.execute(ENTER, params![library, process, true])?;
        self.change_library_state(library, OperationalState::Initializing, now)
    }

    /// The process waits to take over the library.
    pub(crate) fn stand_by_for_library(&self, library: i64, process: i64) -> Result<()> {
        self.execute(ENTER, params![library, process, false])?;
        Ok(())
    }

    /// The process has the library no more. If nobody owns it now, it is Initializing while somebody
    /// is there to take over, else NotPresent.
    pub(crate) fn leave_library(&self, library: i64, process: i64, now: Timestamp) -> Result<()> {
        self.execute(LEAVE, params![library, process])?;
        if self.owner_of_library(library)?.is_some() {
            return Ok(());
        }
        self.cancel_interrupted_requests(library, now)?;
        let state = if self.is_attached_anywhere(library)? {
            OperationalState::Initializing
        } else {
            OperationalState::NotPresent
        };
        self.change_library_state(library, state, now)
    }

    /// Buries those of the dead that had the library's devices; says whether somebody alive has.
    pub(crate) fn is_attached_by_the_living(
        &self,
        library: i64,
        living: &Living,
        now: Timestamp,
    ) -> Result<bool> {
        let mut alive = false;
        for process in self.all(ALL, params![library], |row| row.get(0))? {
            if living.is_alive(self, process)? {
                alive = true;
            } else {
                bury(self, process, now)?;
            }
        }
        Ok(alive)
    }

    /// The process has died.
    pub(super) fn leave_libraries(&self, process: i64, now: Timestamp) -> Result<()> {
        for library in self.all(OF_PROCESS, params![process], |row| row.get(0))? {
            self.leave_library(library, process, now)?;
        }
        Ok(())
    }

    /// The library needs service, for this reason: a person is asked.
    pub(crate) fn trouble_library(
        &self,
        library: i64,
        trouble: &Trouble,
        now: Timestamp,
    ) -> Result<()> {
        let row = self.library(library)?;
        let message = format!("Look at library {}: {}.", row.name, trouble.reason);
        self.ask_for_service(ServiceTarget::Library(row.id), &message, now)?;
        if row.trouble.as_ref() != Some(trouble) {
            self.set_library_state(&row, OperationalState::NeedsService, Some(trouble), now)?;
            self.wake(row.id.as_uuid());
        }
        if trouble.stops {
            self.let_inventories_wait(library, now)?;
            self.end_polls(library)?;
        }
        Ok(())
    }

    /// All of the library can be used.
    pub(crate) fn library_is_well(&self, library: i64, now: Timestamp) -> Result<()> {
        let id = self.library(library)?.id;
        self.change_library_state(library, OperationalState::Ready, now)?;
        self.end_service(ServiceTarget::Library(id), now)
    }

    /// Changes the state, if it is another, and wakes who watches the library.
    pub(crate) fn change_library_state(
        &self,
        library: i64,
        state: OperationalState,
        now: Timestamp,
    ) -> Result<()> {
        let row = self.library(library)?;
        if row.operational_state != state {
            self.set_library_state(&row, state, None, now)?;
            self.wake(row.id.as_uuid());
            self.wake_drive_waits(library)?;
            if state == OperationalState::NotPresent {
                self.end_polls(library)?;
                self.end_work_of_library(library, now)?;
                self.miss_library(library, now)?;
                self.end_reservations_of_library(library, ErrorKind::DeviceNotAvailable)?;
            }
        }
        Ok(())
    }
}
