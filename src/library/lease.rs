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
    pub(crate) library: i64,
    pub(crate) drive: i64,
    pub(crate) side: i64,
    pub(crate) writable: bool,
    ended: AtomicBool,
    open: Mutex<Vec<Weak<Handle>>>,
}

impl Lease {
    /// A session's permission to use a side, in a drive of a library.
    pub(crate) fn new(
        session: Uuid,
        (library, drive): (i64, i64),
        side: i64,
        writable: bool,
    ) -> Self {
        Self {
            session,
            library,
            drive,
            side,
            writable,
            ended: AtomicBool::new(false),
            open: Mutex::default(),
        }
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

/// The leases of this process, over all its libraries and those of others.
#[derive(Debug, Default)]
pub(crate) struct Leases(Mutex<Vec<Arc<Lease>>>);

impl Leases {
    /// Gives out a new lease. What was given out before for the drive or the side has ended.
    pub(crate) fn give(&self, lease: Lease) -> Arc<Lease> {
        let lease = Arc::new(lease);
        let mut list = self.0.lock();
        let ends = |other: &Arc<Lease>| other.drive == lease.drive || other.side == lease.side;
        list.iter().filter(|other| ends(other)).for_each(|other| other.end());
        list.retain(|other| !other.has_ended());
        list.push(Arc::clone(&lease));
        lease
    }

    /// The lease of a session on a side.
    pub(crate) fn find(&self, session: Uuid, side: i64) -> Option<Arc<Lease>> {
        let list = self.0.lock();
        let is_it = |lease: &&Arc<Lease>| lease.session == session && lease.side == side;
        list.iter().filter(|lease| !lease.has_ended()).find(is_it).map(Arc::clone)
    }

    /// Ends what the session was given. Waits for nothing.
    pub(crate) fn end_of_session(&self, session: Uuid) {
        self.0.lock().iter().filter(|lease| lease.session == session).for_each(|lease| lease.end());
    }

    /// Ends what was given out for this drive. Waits for nothing.
    pub(crate) fn end_of_drive(&self, drive: i64) {
        self.0.lock().iter().filter(|lease| lease.drive == drive).for_each(|lease| lease.end());
    }

    /// What was given out for this drive counts no more; everything open there is closed.
    pub(super) fn revoke(&self, drive: i64) {
        let ended: Vec<Arc<Lease>> = {
            let mut list = self.0.lock();
            let (ended, kept) =
                std::mem::take(&mut *list).into_iter().partition(|lease| lease.drive == drive);
            *list = kept;
            ended
        };
        ended.iter().for_each(|lease| lease.revoke());
    }
}

impl super::Attached {
    /// What was given out for this drive counts no more; everything open there is closed.
    pub(super) fn revoke_lease(&self, drive: i64) {
        self.host.leases.revoke(drive);
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
}
