//! Which stand-alone libraries are watched for changes, and who asks for it.
//!
//! A library is watched while a row says so: whoever owns its hardware looks, in whatever process.
//! The manager watches by itself where a person may put in what somebody waits for.

use rusqlite::params;
use uuid::Uuid;

use super::absent::is_bound;
use super::transaction::{Transaction, View};
use crate::error::{ErrorKind, Result};
use crate::model::{Id, LibraryOperation, LibraryType};

/// Who watches a library.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Watching {
    pub(crate) process: i64,
    pub(crate) session: Uuid,
    /// The detection set, or the call that waits for one look.
    pub(crate) handle: Uuid,
}

const IS_WATCHED: &str = "SELECT 1 FROM detection WHERE library = ?1 AND outcome IS NULL LIMIT 1";
const ADD: &str = "INSERT INTO detection (library, handle, process, session, once) \
     VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT (handle, library) DO NOTHING";
const END: &str = "DELETE FROM detection WHERE handle = ?1";
const END_OF_SESSION: &str = "DELETE FROM detection WHERE session = ?1";
const END_OF_PROCESS: &str = "DELETE FROM detection WHERE process = ?1";
const LAST_POLL: &str = "SELECT max(key) FROM detection WHERE library = ?1 AND once = 1 \
     AND outcome IS NULL";
const POLLS: &str = "SELECT key, handle FROM detection WHERE library = ?1 AND key <= ?2 \
     AND once = 1 AND outcome IS NULL ORDER BY key";
const ANSWER: &str = "UPDATE detection SET outcome = ?2 WHERE key = ?1";
const UNANSWERED: &str = "SELECT 1 FROM detection WHERE handle = ?1 AND outcome IS NULL LIMIT 1";
const FAILED: &str = "SELECT outcome FROM detection WHERE handle = ?1 AND outcome <> 0 \
     ORDER BY library LIMIT 1";

impl View<'_> {
    /// Whether changes in a stand-alone library are to be seen: somebody watches it, or waits for
    /// what people could put in there.
    pub(crate) fn is_watched(&self, library: i64) -> Result<bool> {
        Ok(self.first(IS_WATCHED, params![library], |_| Ok(()))?.is_some()
            || self.has_requests(library, LibraryOperation::Inject)?
            || self.may_meet_a_mount(library)?
            || self.may_meet_an_allocation(library)?)
    }

    /// Whether a mount that waits for a person could go on in this library, or a label.
    fn may_meet_a_mount(&self, library: i64) -> Result<bool> {
        for other in self.libraries()? {
            for row in self.requests_with_operator(other.key)? {
                if other.key == library && row.task.operation.brings_up_side() {
                    return Ok(true);
                }
                if row.task.operation != LibraryOperation::Mount {
                    continue;
                }
                let medium = row.task.medium.map(|id| self.medium_key(id)).transpose()?.flatten();
                if let Some(medium) = medium.filter(|_| !is_bound(&row))
                    && self.lists_media_type(library, self.cartridge(medium)?.medium.media_type)?
                {
                    return Ok(true);
                }
            }
        }
        Ok(false)
    }

    fn may_meet_an_allocation(&self, library: i64) -> Result<bool> {
        for pool in self.pools_waited_for()? {
            if let Some(media_type) = self.pool(pool)?.media_type
                && self.lists_media_type(library, media_type)?
            {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// The last of the calls that wait for one look into this library.
    pub(crate) fn last_poll_of(&self, library: i64) -> Result<Option<i64>> {
        Ok(self.first(LAST_POLL, params![library], |row| row.get(0))?.flatten())
    }

    /// Whether a library has still to be looked into for a call.
    pub(crate) fn has_unanswered_poll(&self, handle: Uuid) -> Result<bool> {
        Ok(self.first(UNANSWERED, params![handle.as_bytes()], |_| Ok(()))?.is_some())
    }

    /// Why a library could not be looked into for a call.
    pub(crate) fn failure_of_poll(&self, handle: Uuid) -> Result<Option<ErrorKind>> {
        let code: Option<u32> = self.first(FAILED, params![handle.as_bytes()], |row| row.get(0))?;
        Ok(code.and_then(ErrorKind::of_code))
    }
}

impl Transaction<'_> {
    /// Watches libraries, and wakes them; `once`: until each of them has been looked into.
    pub(crate) fn watch_libraries(
        &self,
        libraries: &[i64],
        by: &Watching,
        once: bool,
    ) -> Result<()> {
        for library in libraries {
            let (handle, session) = (by.handle.as_bytes(), by.session.as_bytes());
            self.execute(ADD, params![library, handle, by.process, session, once])?;
            self.wake_library(*library)?;
        }
        Ok(())
    }

    /// The libraries have been looked into for all calls up to this one: they are told.
    pub(crate) fn answer_polls(
        &self,
        library: i64,
        last: i64,
        failure: Option<ErrorKind>,
    ) -> Result<()> {
        let outcome = failure.map_or(0, ErrorKind::code);
        let polls: Vec<(i64, Uuid)> = self.all(POLLS, params![library, last], |row| {
            Ok((row.get(0)?, super::column::uuid(row, 1)?))
        })?;
        for (key, handle) in polls {
            self.execute(ANSWER, params![key, outcome])?;
            self.wake(handle);
        }
        Ok(())
    }

    /// Nobody is there any more to look into the library.
    pub(super) fn end_polls(&self, library: i64) -> Result<()> {
        match self.last_poll_of(library)? {
            Some(last) => self.answer_polls(library, last, None),
            None => Ok(()),
        }
    }

    /// A detection set ends, or a call that waits for a look.
    pub(crate) fn end_detection(&self, handle: Uuid) -> Result<()> {
        self.execute(END, params![handle.as_bytes()])?;
        Ok(())
    }

    pub(crate) fn end_detection_of_session(&self, session: Uuid) -> Result<()> {
        self.execute(END_OF_SESSION, params![session.as_bytes()])?;
        Ok(())
    }

    pub(super) fn end_detection_of_process(&self, process: i64) -> Result<()> {
        self.execute(END_OF_PROCESS, params![process])?;
        Ok(())
    }

    /// People are asked for something: the stand-alone libraries may be where they put it.
    pub(super) fn wake_stand_alone_libraries(&self) -> Result<()> {
        for library in self.libraries()? {
            if library.library_type == LibraryType::Standalone {
                self.wake(library.id.as_uuid());
            }
        }
        Ok(())
    }
}
