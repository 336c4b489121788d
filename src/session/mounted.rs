//! A mounted side, and reading and writing it.

use std::sync::Arc;

use uuid::Uuid;

use super::handle::{MediumHandle, enter_handle, leave_handle};
use super::{Context, Session};
use crate::catalog::{Transaction, medium_key};
use crate::error::{Error, ErrorKind, Result};
use crate::library::{Attached, Dismounting, Lease, begin_dismount};
use crate::model::{
    Access, DismountOptions, DriveId, MountOptions, ObjectId, ObjectType, SideId, Timestamp,
};

/// A mounted side of a medium, from [`Session::mount`]. It is the session's until the mount is
/// dismounted or dropped, or the session closed.
///
/// Dropping it dismounts deferred: the medium stays in the drive until the drive is needed. That
/// writes to the catalog and never waits for a robot. An error of it is only logged (`tracing`):
/// who wants to know calls [`dismount`](Mount::dismount).
#[must_use = "dropping a mount dismounts it"]
pub struct Mount {
    context: Arc<Context>,
    library: Arc<Attached>,
    lease: Arc<Lease>,
    drive: DriveId,
    side: SideId,
    writable: bool,
    session: Uuid,
}

impl Session {
    /// Wraps what was mounted. A session that was closed meanwhile gets nothing.
    pub(super) fn mounted(
        &self,
        library: Arc<Attached>,
        lease: Arc<Lease>,
        options: MountOptions,
    ) -> Result<Mount> {
        self.count_mount();
        let context = self.context();
        let found = context.catalog.read(|view| {
            let cartridge = view.cartridge(medium_key(lease.side))?;
            let side = cartridge.sides.iter().find(|side| side.key == lease.side);
            Ok((view.drive(lease.drive)?.id, side.map(|side| side.id)))
        })?;
        let mount = Mount {
            context: Arc::clone(context),
            library,
            drive: found.0,
            side: found.1.ok_or_else(|| Error::from(ErrorKind::Internal))?,
            writable: options.contains(MountOptions::WRITE),
            session: self.id(),
            lease,
        };
        if self.is_closed() {
            return Err(Error::new(ErrorKind::Cancelled, "the session was closed"));
        }
        Ok(mount)
    }
}

impl Mount {
    /// The drive it is in.
    pub fn drive(&self) -> DriveId {
        self.drive
    }

    /// The side that is up.
    pub fn side(&self) -> SideId {
        self.side
    }

    /// Opens the medium. It stands wherever it was left: rewind first. One handle at a time: drop
    /// the one for writing before opening one for reading.
    ///
    /// The handle ends with the mount: when the side is dismounted or the session closed, it
    /// refuses every command.
    ///
    /// # Errors
    /// * `InvalidState`: the mount has ended.
    /// * `WriteProtect`: for writing, and it was mounted for reading, or the side is Complete.
    /// * `Busy`: it is open already.
    /// * `NotReady`, `Empty`, `UnableToLoadMedium`, `DriveMediaMismatch`, `MediumNotAccessible`,
    ///   `DeviceNotAvailable`: what the drive says; the [source](std::error::Error::source) is its
    ///   [`DeviceError`](crate::device::DeviceError).
    /// * [Those of the catalog](Session#errors-of-the-catalog).
    pub fn open(&self, access: Access) -> Result<MediumHandle> {
        self.context.check_process()?;
        if self.lease.has_ended() {
            return Err(ended());
        }
        if access == Access::Write && !self.writable {
            return Err(Error::new(ErrorKind::WriteProtect, "the side is mounted for reading")
                .about(ObjectType::Side, self.side));
        }
        let (side, session) = (self.lease.side, self.session);
        self.context.catalog.write(move |transaction| {
            enter_handle(transaction, side, session, access == Access::Write)
        })?;
        let opened = self.library.open_medium(&self.lease);
        let medium = match opened {
            Ok(medium) => medium,
            Err(error) => {
                leave_handle(&self.context, side, session);
                return Err(error);
            }
        };
        let writable = access == Access::Write;
        let (context, lease) = (Arc::clone(&self.context), Arc::clone(&self.lease));
        Ok(MediumHandle::new(context, lease, medium, writable))
    }

    /// Dismounts the side: at once, so that its medium goes home, or deferred, so that it stays
    /// until the drive is needed. The library does the work after the call; the medium is Idle
    /// when it is done.
    ///
    /// A mount that could not be ended is dropped nevertheless, which tries a deferred dismount.
    ///
    /// # Errors
    /// * `InvalidParameter`: options are unknown, or contradict each other.
    /// * `InvalidState`: the mount has ended, by [`Session::dismount`] or [`Session::close`].
    /// * [Those of the catalog](Session#errors-of-the-catalog).
    pub fn dismount(self, options: DismountOptions) -> Result<()> {
        self.context.check_process()?;
        let deferred = options.checked()?.contains(DismountOptions::DEFERRED);
        let asked = (ObjectType::Side, self.side.into());
        end_mount(&self.context, &self.library, &self.lease, asked, deferred)
    }
}

impl Drop for Mount {
    fn drop(&mut self) {
        if self.context.is_kept_for_parent() {
            std::mem::forget(Arc::clone(&self.library));
            return;
        }
        if self.lease.has_ended() {
            return;
        }
        let asked = (ObjectType::Side, self.side.into());
        if let Err(error) = end_mount(&self.context, &self.library, &self.lease, asked, true) {
            tracing::warn!(%error, "a mount ends when its session or process does");
        }
    }
}

impl std::fmt::Debug for Mount {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Mount")
            .field("side", &self.side)
            .field("drive", &self.drive)
            .finish_non_exhaustive()
    }
}

pub(super) fn ended() -> Error {
    Error::new(ErrorKind::InvalidState, "the mount has ended")
}

/// Ends the mount behind a lease.
fn end_mount(
    context: &Context,
    library: &Attached,
    lease: &Lease,
    asked: (ObjectType, ObjectId),
    deferred: bool,
) -> Result<()> {
    if lease.has_ended() {
        return Err(ended());
    }
    let (side, session, now) = (lease.side, lease.session, context.clock.now());
    let going = context.catalog.write(move |transaction| {
        dismount_side(transaction, side, session, asked, deferred, now)
    })?;
    lease.end();
    going.into_iter().for_each(|dismounting| library.queue_dismount(dismounting));
    library.want_labels();
    Ok(())
}

/// Ends a session's mount of a side. Returns what the library has to do.
pub(super) fn dismount_side(
    transaction: &Transaction<'_>,
    side: i64,
    session: Uuid,
    asked: (ObjectType, ObjectId),
    deferred: bool,
    now: Timestamp,
) -> Result<Option<Dismounting>> {
    let mount = transaction.mount_of_medium(medium_key(side))?;
    let mount = mount.filter(|m| m.side == side && m.session == session).ok_or_else(|| {
        Error::new(ErrorKind::InvalidState, "the session does not have the side mounted")
            .about(asked.0, asked.1)
    })?;
    if deferred {
        transaction.release_mount(&mount, now)?;
        transaction.completed(asked.0, asked.1);
        return Ok(None);
    }
    let before = transaction.cartridge(medium_key(side))?;
    begin_dismount(transaction, &mount, &before, now)?;
    Ok(Some(Dismounting { drive: mount.drive, side, asked }))
}
