//! The permission to use a loaded medium: it ends with the mount, whatever handles are still open.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Weak};

use parking_lot::Mutex;
use uuid::Uuid;

use super::failure::device;
use super::units::asking;
use crate::device::{DeviceError, DeviceErrorKind, DeviceResult, MediumIo};
use crate::error::Result;

/// A medium that somebody has open; empty once it has been closed.
pub(crate) type OpenMedium = Arc<Handle>;

/// Where an open medium is, until it is closed.
type Handle = Mutex<Option<Box<dyn MediumIo>>>;

/// The permission to use what is loaded in a drive.
///
/// `open` is held for a few instructions. The lock of an open medium is held by whoever does
/// something with it, for one command.
#[derive(Debug)]
pub(crate) struct Lease {
    pub(crate) session: Uuid,
    pub(crate) drive: i64,
    pub(crate) side: i64,
    ended: AtomicBool,
    open: Mutex<Vec<Weak<Handle>>>,
}

impl Lease {
    pub(super) fn new(session: Uuid, drive: i64, side: i64) -> Arc<Self> {
        Arc::new(Self {
            session,
            drive,
            side,
            ended: AtomicBool::new(false),
            open: Mutex::default(),
        })
    }

    /// Nobody may use the medium by this lease from now on. Waits for nothing.
    pub(crate) fn end(&self) {
        self.ended.store(true, Ordering::Release);
    }

    pub(crate) fn has_ended(&self) -> bool {
        self.ended.load(Ordering::Acquire)
    }

    /// Refuses use after the end.
    pub(crate) fn check(&self) -> DeviceResult<()> {
        if self.has_ended() {
            return Err(DeviceError::new(DeviceErrorKind::NoMedium, "the mount has ended"));
        }
        Ok(())
    }

    /// Remembers an open medium, to close it when the lease has ended.
    pub(crate) fn keep(&self, medium: Box<dyn MediumIo>) -> OpenMedium {
        let medium = Arc::new(Mutex::new(Some(medium)));
        let mut open = self.open.lock();
        open.retain(|kept| kept.strong_count() > 0);
        open.push(Arc::downgrade(&medium));
        medium
    }

    /// Ends the lease and closes what is open by it. Waits until the command of the moment is done.
    pub(super) fn revoke(&self) {
        self.end();
        let open = std::mem::take(&mut *self.open.lock());
        for medium in open.iter().filter_map(Weak::upgrade) {
            *medium.lock() = None;
        }
    }
}

impl super::Attached {
    /// What was given out for this drive counts no more; everything open there is closed.
    pub(super) fn revoke_lease(&self, drive: i64) {
        let lease = self.leases.lock().remove(&drive);
        lease.into_iter().for_each(|lease| lease.revoke());
    }

    /// Opens what is loaded, for the holder of a lease.
    pub(crate) fn open_medium(&self, lease: &Lease) -> Result<OpenMedium> {
        let drive = self.drive_unit(lease.drive)?;
        let medium = asking(|| drive.device.open())
            .map_err(|error| device("the medium could not be opened", error))?;
        let opened = lease.keep(medium);
        // Had the lease ended before the medium was kept, nobody would close it.
        if lease.has_ended() {
            *opened.lock() = None;
        }
        Ok(opened)
    }

    /// Ends what the session was given. Waits for nothing.
    pub(crate) fn end_leases_of(&self, session: Uuid) {
        for lease in self.leases.lock().values().filter(|lease| lease.session == session) {
            lease.end();
        }
    }

    /// Ends what was given out for this drive. Waits for nothing.
    pub(crate) fn end_lease(&self, drive: i64) {
        if let Some(lease) = self.leases.lock().get(&drive) {
            lease.end();
        }
    }
}
