//! A mounted side, and reading and writing it.

use std::sync::Arc;

use uuid::Uuid;

use super::context::present;
use super::handle::{MediumHandle, enter_handle, leave_handle};
use super::{Context, Session};
use crate::catalog::{Submitter, Transaction, medium_key};
use crate::error::{Error, ErrorKind, Result};
use crate::library::{Lease, begin_dismount};
use crate::model::{Access, DismountOptions, DriveId, ObjectId, ObjectType, SideId, Timestamp};

/// A mounted side of a medium, from [`Session::mount`]. It is the session's until the mount is
/// dismounted or dropped, or the session closed.
///
/// Dropping it dismounts deferred: the medium stays in the drive until the drive is needed, and
/// its [delay](crate::model::Drive::defer_dismount_delay) is over. That writes to the catalog and never waits for a robot. An error of it is only logged (`tracing`):
/// who wants to know calls [`dismount`](Mount::dismount).
#[must_use = "dropping a mount dismounts it"]
pub struct Mount {
    context: Arc<Context>,
    lease: Arc<Lease>,
    drive: DriveId,
    side: SideId,
    submitter: Arc<Submitter>,
}

impl Session {
    /// The mount of a side that this session has mounted: after
    /// [`queue_mount`](Session::queue_mount), which gives none. As any other it dismounts when it is
    /// dropped; of several for one side, the first that goes does.
    ///
    /// # Errors
    /// * `InvalidHandle`, `InvalidParameter`: the session is closed, the id is missing.
    /// * `InvalidMedia`: no such side.
    /// * `InvalidState`: this session does not have it mounted.
    pub fn mounted(&self, side: SideId) -> Result<Mount> {
        self.check_open()?;
        present(side, "the side")?;
        let key = self.context().catalog.read(|view| view.side_key(side))?;
        let key = key.ok_or_else(|| {
            Error::new(ErrorKind::InvalidMedia, "no such side").about(ObjectType::Side, side)
        })?;
        let mount = self.mount_of(key)?;
        mount.ok_or_else(|| not_mounted((ObjectType::Side, side.into())))
    }

    /// Wraps what was mounted.
    pub(super) fn mounts_of(&self, sides: &[i64]) -> Result<Vec<Mount>> {
        let mut mounts = Vec::with_capacity(sides.len());
        for side in sides {
            mounts.extend(self.mount_of(*side)?);
        }
        if mounts.len() < sides.len() {
            return Err(Error::new(ErrorKind::Cancelled, "the mount was ended by somebody else"));
        }
        Ok(mounts)
    }

    /// The session's mount of a side, if it has one.
    fn mount_of(&self, side: i64) -> Result<Option<Mount>> {
        let context = self.context();
        let session = self.id();
        let found = context.catalog.read(|view| {
            let mount = view.mount_of_medium(medium_key(side))?;
            let mount = mount.filter(|mount| mount.side == side && mount.session == session);
            let Some(mount) = mount else { return Ok(None) };
            let cartridge = view.cartridge(medium_key(side))?;
            let row = cartridge.sides.iter().find(|row| row.key == side);
            let id = row.map(|row| row.id);
            Ok(Some((mount, view.drive_id(mount.drive)?, id, cartridge.medium.library)))
        })?;
        let Some((mount, drive, Some(id), library)) = found else { return Ok(None) };
        let leases = context.libraries.leases();
        // Another process may have brought it up.
        let lease = leases.find(session, side).unwrap_or_else(|| {
            leases.give(Lease::new(session, (library, mount.drive), side, mount.writable))
        });
        let (context, submitter) = (Arc::clone(context), self.submitter());
        Ok(Some(Mount { context, lease, drive, side: id, submitter }))
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
    /// * `DeviceNotAvailable`: this process does not own the library.
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
        let library = self.context.libraries.find(self.lease.library).ok_or_else(|| {
            let reason =
                "this process does not own the library of the medium; only its owner can open it";
            Error::new(ErrorKind::DeviceNotAvailable, reason).about(ObjectType::Side, self.side)
        })?;
        if access == Access::Write && !self.lease.writable {
            return Err(Error::new(ErrorKind::WriteProtect, "the side is mounted for reading")
                .about(ObjectType::Side, self.side));
        }
        let (side, session) = (self.lease.side, self.lease.session);
        self.context.catalog.write(move |transaction| {
            enter_handle(transaction, side, session, access == Access::Write)
        })?;
        let opened = library.open_medium(&self.lease);
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
        self.end(asked, deferred)
    }
}

impl Drop for Mount {
    fn drop(&mut self) {
        if self.context.is_kept_for_parent() || self.lease.has_ended() {
            return;
        }
        let asked = (ObjectType::Side, self.side.into());
        if let Err(error) = self.end(asked, true) {
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

fn not_mounted(asked: (ObjectType, ObjectId)) -> Error {
    Error::new(ErrorKind::InvalidState, "the session does not have the side mounted")
        .about(asked.0, asked.1)
}

impl Mount {
    fn end(&self, asked: (ObjectType, ObjectId), deferred: bool) -> Result<()> {
        if self.lease.has_ended() {
            return Err(ended());
        }
        let (side, session) = (self.lease.side, self.lease.session);
        let (submitter, now) = (Arc::clone(&self.submitter), self.context.clock.now());
        self.context.catalog.write(move |transaction| {
            transaction.act_for(&submitter);
            dismount_side(transaction, side, session, asked, deferred, now)
        })?;
        self.lease.end();
        Ok(())
    }
}

/// Ends a session's mount of a side.
pub(super) fn dismount_side(
    transaction: &Transaction<'_>,
    side: i64,
    session: Uuid,
    asked: (ObjectType, ObjectId),
    deferred: bool,
    now: Timestamp,
) -> Result<()> {
    let mount = transaction.mount_of_medium(medium_key(side))?;
    let mount = mount.filter(|m| m.side == side && m.session == session);
    let mount = mount.ok_or_else(|| not_mounted(asked))?;
    if deferred {
        transaction.release_mount(&mount, Some(asked), now)
    } else {
        begin_dismount(transaction, &mount, asked, now)
    }
}
