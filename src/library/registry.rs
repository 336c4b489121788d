//! The libraries that this process has attached.

use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::Duration;

use parking_lot::Mutex;

use super::Attached;
use super::host::Host;
use super::lease::Leases;
use super::outcome::Outcomes;
use crate::clock::Clock;
use crate::device::LibraryDevice;
use crate::error::{Error, ErrorKind, Result};
use crate::model::{LibraryId, ObjectType, OperationalState, Timeout};

/// The libraries that this process has attached. Dropping it gives them back and waits for no
/// device: a worker that is using one ends by itself, and has the library until then.
#[derive(Debug, Default)]
pub(crate) struct Libraries {
    list: Mutex<Vec<Member>>,
    leases: Arc<Leases>,
    outcomes: Arc<Outcomes>,
}

#[derive(Debug)]
struct Member {
    attached: Arc<Attached>,
    worker: JoinHandle<()>,
}

impl Libraries {
    /// Attaches a library and starts its worker.
    pub(crate) fn attach(&self, host: Host, device: Arc<dyn LibraryDevice>) -> Result<LibraryId> {
        let attached = Attached::attach(host, device)?;
        let id = attached.id();
        let worker = {
            let attached = Arc::clone(&attached);
            thread::Builder::new().name("rsm-library".into()).spawn(move || attached.work())
        };
        let worker = worker.map_err(|error| {
            Error::new(ErrorKind::NotEnoughMemory, "cannot start a thread").caused_by(error)
        })?;
        // Who sees it Ready finds it here.
        self.list.lock().push(Member { attached: Arc::clone(&attached), worker });
        if let Err(error) = attached.set_state(OperationalState::Ready) {
            self.detach(id)?;
            return Err(error);
        }
        Ok(id)
    }

    /// Gives a library back.
    pub(crate) fn detach(&self, library: LibraryId) -> Result<()> {
        let member = {
            let mut list = self.list.lock();
            let at = list.iter().position(|member| member.attached.id() == library);
            let at = at.ok_or_else(|| {
                Error::new(ErrorKind::InvalidLibrary, "this process has no such library attached")
                    .about(ObjectType::Library, library)
            })?;
            if let Some(member) = list.get(at) {
                member.attached.check_unused()?;
            }
            list.remove(at)
        };
        member.end(true)
    }

    /// The attached library with this row.
    pub(crate) fn find(&self, key: i64) -> Option<Arc<Attached>> {
        let list = self.list.lock();
        list.iter().map(|member| &member.attached).find(|a| a.key() == key).map(Arc::clone)
    }

    fn all(&self) -> Vec<Arc<Attached>> {
        self.list.lock().iter().map(|member| Arc::clone(&member.attached)).collect()
    }

    /// What could not be done may be possible now.
    pub(crate) fn look_again(&self) {
        self.all().iter().for_each(|attached| attached.changed().raise());
    }

    /// What sessions of this process have been given.
    pub(crate) fn leases(&self) -> &Arc<Leases> {
        &self.leases
    }

    pub(crate) fn outcomes(&self) -> &Arc<Outcomes> {
        &self.outcomes
    }

    /// Waits until no library can do anything more.
    pub(crate) fn wait_until_idle(&self, clock: &dyn Clock, timeout: Timeout) -> Result<()> {
        let deadline = deadline_of(clock, timeout);
        for attached in self.all() {
            if !attached.wait_until_rested(deadline) {
                let reason = "the library has not finished its work";
                return Err(Error::new(ErrorKind::Timeout, reason)
                    .about(ObjectType::Library, attached.id()));
            }
        }
        Ok(())
    }
}

/// When a time-out that starts now is over; `None` for never.
pub(crate) fn deadline_of(clock: &dyn Clock, timeout: Timeout) -> Option<Duration> {
    match timeout {
        Timeout::Forever => None,
        Timeout::NoWait => Some(clock.monotonic()),
        Timeout::After(time) => clock.monotonic().checked_add(time),
    }
}

impl Member {
    /// Ends the worker; waits for those who use devices only if told so.
    fn end(self, waits: bool) -> Result<()> {
        self.attached.stop();
        if self.worker.join().is_err() {
            tracing::error!("a library's worker has panicked");
        }
        if waits {
            self.attached.wait_for_crew();
        }
        self.attached.set_state(OperationalState::NotPresent)
    }
}

impl Drop for Libraries {
    fn drop(&mut self) {
        for member in std::mem::take(&mut *self.list.lock()) {
            if let Err(error) = member.end(false) {
                tracing::warn!(%error, "a library could not be marked as not present");
            }
        }
    }
}
