//! The libraries that this process has attached.

use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;

use super::Attached;
use super::attach::Attachment;
use super::guard::Guarded;
use super::host::Host;
use super::lease::Leases;
use super::lock::attached_already;
use super::member::Member;
use super::outcome::Outcomes;
use super::standby::Failed;
use super::timeouts::Patience;
use super::trouble::tell_trouble;
use crate::catalog::LibraryRow;
use crate::clock::{Clock, Participation};
use crate::device::LibraryDevice;
use crate::error::{Error, ErrorKind, Result};
use crate::model::{Id, LibraryId, ObjectType, Timeout};

/// The libraries that this process has attached. Dropping it gives them back and waits for no
/// device: a worker that is using one ends by itself, and has the library until then.
#[derive(Debug, Default)]
pub(crate) struct Libraries {
    list: Mutex<Vec<Arc<Member>>>,
    /// The identities of libraries that are being attached now.
    attaching: Mutex<Vec<String>>,
    leases: Arc<Leases>,
    outcomes: Arc<Outcomes>,
    patience: Arc<Patience>,
}

impl Libraries {
    /// Attaches a library and starts its thread. Calls that wait for it are woken at the end.
    pub(crate) fn attach(&self, host: Host, device: Arc<dyn LibraryDevice>) -> Result<LibraryId> {
        let device: Arc<dyn LibraryDevice> = Guarded::new(device).map_err(|error| {
            super::failure::device("the library does not tell who it is", error)
        })?;
        let identity = device.identity();
        let known = host.catalog.read(|view| view.library_by_identity(&identity.key))?;
        self.begin_attaching(&identity.key, known.as_ref())?;
        let done = self.attach_member(host, device, known);
        self.attaching.lock().retain(|attaching| *attaching != identity.key);
        done
    }

    /// Refuses what this process has attached, or is attaching in another thread.
    fn begin_attaching(&self, identity: &str, known: Option<&LibraryRow>) -> Result<()> {
        let mut attaching = self.attaching.lock();
        let list = self.list.lock();
        let attached = known.filter(|row| list.iter().any(|member| member.key == row.key));
        if let Some(row) = attached {
            return Err(attached_already(row));
        }
        if attaching.iter().any(|other| other == identity) {
            let reason = format!("process {} is attaching the library", std::process::id());
            return Err(Error::new(ErrorKind::Busy, reason));
        }
        attaching.push(identity.to_owned());
        Ok(())
    }

    fn attach_member(
        &self,
        host: Host,
        device: Arc<dyn LibraryDevice>,
        known: Option<LibraryRow>,
    ) -> Result<LibraryId> {
        let member = match Attached::attach(host.clone(), Arc::clone(&device), known)? {
            Attachment::Owned(attached) => {
                let member = Member::owner(host, Arc::clone(&attached));
                let worker = Arc::clone(&attached);
                self.enter(
                    &member,
                    member.host.clock.participate(),
                    move || worker.work(),
                    || attached.begin_service(),
                )?;
                member
            }
            Attachment::Elsewhere(row) => {
                let watch = host.catalog.watch(row.id.as_uuid());
                let member = Member::standby(host, &row, Arc::clone(watch.signal()));
                // Before its thread can say that the library is ours.
                member.wait()?;
                let waiting = Arc::clone(&member);
                // It looks in real time.
                let place = Participation::default();
                let work = move || waiting.stand_by(&device, watch, None);
                self.enter(&member, place, work, || Ok(()))?;
                member
            }
            Attachment::Broken(row, error) => {
                tracing::error!(%error, library = %row.name, "the library cannot be used");
                let watch = host.catalog.watch(row.id.as_uuid());
                let member = Member::standby(host, &row, Arc::clone(watch.signal()));
                member.wait()?;
                tell_trouble(&member.host, member.key, &error)?;
                let waiting = Arc::clone(&member);
                let place = member.host.clock.participate();
                let failed = Failed { place, asked: member.what_is_asked() };
                let work = move || waiting.stand_by(&device, watch, Some(failed));
                self.enter(&member, Participation::default(), work, || Ok(()))?;
                member
            }
        };
        Ok(member.id)
    }

    /// Starts a library's thread, and then tells the catalog.
    fn enter(
        &self,
        member: &Arc<Member>,
        place: Participation,
        work: impl FnOnce() + Send + 'static,
        tell: impl FnOnce() -> Result<()>,
    ) -> Result<()> {
        // Who learns of it from the catalog finds it here.
        self.list.lock().push(Arc::clone(member));
        let told = member.start(place, work).and_then(|()| tell());
        if told.is_err() {
            self.list.lock().retain(|other| !Arc::ptr_eq(other, member));
            member.end(true)?;
        }
        told
    }

    /// Gives a library back.
    pub(crate) fn detach(&self, library: LibraryId) -> Result<()> {
        let member = {
            let mut list = self.list.lock();
            let at = list.iter().position(|member| member.id == library);
            let at = at.ok_or_else(|| {
                Error::new(ErrorKind::InvalidLibrary, "this process has no such library attached")
                    .about(ObjectType::Library, library)
            })?;
            if let Some(attached) = list.get(at).and_then(|member| member.owned()) {
                attached.check_unused()?;
            }
            list.remove(at)
        };
        member.end(true)
    }

    /// Whether this process owns the library's hardware.
    pub(crate) fn owns(&self, library: LibraryId) -> bool {
        let list = self.list.lock();
        list.iter().any(|member| member.id == library && member.owned().is_some())
    }

    /// The library with this row, if this process owns it.
    pub(crate) fn find(&self, key: i64) -> Option<Arc<Attached>> {
        let list = self.list.lock();
        list.iter().find(|member| member.key == key).and_then(|member| member.owned())
    }

    fn all(&self) -> Vec<Arc<Attached>> {
        self.list.lock().iter().filter_map(|member| member.owned()).collect()
    }

    /// What could not be done may be possible now.
    pub(crate) fn look_again(&self) {
        self.all().iter().for_each(|attached| attached.changed().raise());
    }

    /// What sessions of this process have been given.
    pub(crate) fn leases(&self) -> &Arc<Leases> {
        &self.leases
    }

    pub(crate) fn patience(&self) -> &Arc<Patience> {
        &self.patience
    }

    pub(crate) fn outcomes(&self) -> &Arc<Outcomes> {
        &self.outcomes
    }

    /// Waits until no library can do anything more.
    pub(crate) fn wait_until_idle(&self, clock: &dyn Clock, timeout: Timeout) -> Result<()> {
        let deadline = deadline_of(clock, timeout);
        let members = self.list.lock().clone();
        for member in members {
            if !member.wait_until_rested(deadline) {
                let reason = "the library has not finished its work";
                return Err(
                    Error::new(ErrorKind::Timeout, reason).about(ObjectType::Library, member.id)
                );
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

impl Drop for Libraries {
    fn drop(&mut self) {
        for member in std::mem::take(&mut *self.list.lock()) {
            if let Err(error) = member.end(false) {
                tracing::warn!(%error, "a library could not be marked as not present");
            }
        }
    }
}
