//! A library that this process has attached: it owns it, or waits to take it over.

use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;

use super::Attached;
use super::crew::no_thread;
use super::host::Host;
use crate::catalog::LibraryRow;
use crate::clock::{Participation, Signal, Thread, Woken};
use crate::error::{Error, ErrorKind, Result};
use crate::model::{LibraryId, ObjectType};

/// A library that this process has attached, with the thread that works for it.
///
/// `role` and `thread` are held for a few instructions.
pub(super) struct Member {
    pub(super) host: Host,
    pub(super) key: i64,
    pub(super) id: LibraryId,
    role: Mutex<Role>,
    /// Raised when the role has changed.
    pub(super) changed: Arc<Signal>,
    thread: Mutex<Option<Thread<()>>>,
}

/// What this process is to a library.
#[derive(Debug)]
pub(super) enum Role {
    /// Another process owns it.
    Standby,
    /// The owner is gone: what he left is being put in order.
    TakingOver,
    Owner(Arc<Attached>),
    /// It is given back.
    Ended,
}

impl Member {
    /// A library that this process owns. Its worker starts, and it is Ready.
    pub(super) fn owner(host: Host, attached: Arc<Attached>) -> Arc<Self> {
        let changed = Signal::new();
        let (key, id) = (attached.key(), attached.id());
        Arc::new(Self {
            host,
            key,
            id,
            role: Mutex::new(Role::Owner(attached)),
            changed,
            thread: Mutex::default(),
        })
    }

    /// A library that another process owns. `changed` is raised when that may be over.
    pub(super) fn standby(host: Host, row: &LibraryRow, changed: Arc<Signal>) -> Arc<Self> {
        Arc::new(Self {
            host,
            key: row.key,
            id: row.id,
            role: Mutex::new(Role::Standby),
            changed,
            thread: Mutex::default(),
        })
    }

    /// Starts the thread that works for the library, with this place in its time.
    pub(super) fn start(
        &self,
        place: Participation,
        work: impl FnOnce() + Send + 'static,
    ) -> Result<()> {
        let thread = Thread::start(&self.host.clock, place, "rsm-library", work);
        *self.thread.lock() = Some(thread.map_err(no_thread)?);
        Ok(())
    }

    /// The library, if this process owns it.
    pub(super) fn owned(&self) -> Option<Arc<Attached>> {
        match &*self.role.lock() {
            Role::Owner(attached) => Some(Arc::clone(attached)),
            _ => None,
        }
    }

    pub(super) fn is_taking_over(&self) -> bool {
        matches!(*self.role.lock(), Role::TakingOver)
    }

    pub(super) fn has_ended(&self) -> bool {
        matches!(*self.role.lock(), Role::Ended)
    }

    /// Changes the role, unless the library is given back; says whether it did.
    pub(super) fn change_role(&self, role: Role) -> bool {
        {
            let mut now = self.role.lock();
            if matches!(*now, Role::Ended) {
                return false;
            }
            *now = role;
        }
        self.changed.raise();
        true
    }

    /// Waits until the library can do nothing more; says whether that was before the deadline. A
    /// standby has nothing to do.
    pub(super) fn wait_until_rested(&self, deadline: Option<Duration>) -> bool {
        loop {
            let seen = self.changed.count();
            if let Some(attached) = self.owned() {
                return attached.wait_until_rested(deadline);
            }
            if !self.is_taking_over() {
                return true;
            }
            if self.host.clock.wait(&self.changed, seen, deadline) == Woken::Deadline {
                return false;
            }
        }
    }

    /// Gives the library back. Ends its thread; waits for that while it uses devices only if told
    /// so.
    pub(super) fn end(&self, waits: bool) -> Result<()> {
        let role = std::mem::replace(&mut *self.role.lock(), Role::Ended);
        if let Role::Owner(attached) = &role {
            attached.stop();
        }
        self.changed.raise();
        let uses_devices = matches!(role, Role::TakingOver);
        let thread = self.thread.lock().take().filter(|_| waits || !uses_devices);
        if thread.is_some_and(|thread| thread.join().is_err()) {
            tracing::error!("a library's thread has panicked");
        }
        if let Role::Owner(attached) = &role {
            if waits {
                attached.wait_for_crew();
            }
            // A standby who hears of what follows can take it. As long as the crew still needs it,
            // it goes with the last of them.
            if !attached.is_at_work() {
                attached.unlock();
            }
        }
        drop(role);
        self.leave()
    }

    /// This process has the library no more.
    pub(super) fn leave(&self) -> Result<()> {
        leave(&self.host, self.key)
    }

    /// Says in the catalog that this process waits to take over.
    pub(super) fn wait(&self) -> Result<()> {
        let (library, process) = (self.key, self.host.catalog.process());
        let id = self.id;
        self.host.catalog.write(move |transaction| {
            if transaction.library_by_id(id)?.is_none() {
                return Err(Error::new(ErrorKind::InvalidLibrary, "the library was deleted")
                    .about(ObjectType::Library, id));
            }
            transaction.stand_by_for_library(library, process)
        })
    }
}

impl std::fmt::Debug for Member {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Member").field("id", &self.id).field("role", &self.role).finish()
    }
}

/// This process has the library no more.
pub(super) fn leave(host: &Host, library: i64) -> Result<()> {
    let (process, now) = (host.catalog.process(), host.now());
    host.catalog.write(move |transaction| transaction.leave_library(library, process, now))
}
