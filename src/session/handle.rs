//! Reading and writing a mounted side.

use std::sync::Arc;

use uuid::Uuid;

use super::Context;
use super::mounted::ended;
use crate::catalog::{Transaction, medium_key};
use crate::device::{
    BlockLimits, Capacity, DeviceError, DeviceErrorKind, DeviceResult, MediumIo, Position,
    ReadOutcome, Space, Spaced, Written,
};
use crate::error::{Error, ErrorKind, Result};
use crate::library::{Lease, OpenMedium};
use crate::model::{ObjectType, SideState};

/// Counts a handle that is about to be opened, if the mount lasts.
pub(super) fn enter_handle(
    transaction: &Transaction<'_>,
    side: i64,
    session: Uuid,
    writes: bool,
) -> Result<()> {
    let mount = transaction.mount_of_medium(medium_key(side))?;
    mount.filter(|m| m.side == side && m.session == session).ok_or_else(ended)?;
    let cartridge = transaction.cartridge(medium_key(side))?;
    let row = cartridge.sides.iter().find(|row| row.key == side);
    if let Some(row) = row.filter(|row| writes && row.state == SideState::Complete) {
        return Err(Error::new(ErrorKind::WriteProtect, "the side is Complete")
            .about(ObjectType::Side, row.id));
    }
    transaction.count_handles(medium_key(side), 1)
}

/// A handle was closed.
pub(super) fn leave_handle(context: &Context, side: i64, session: Uuid) {
    let left = context.catalog.write(move |transaction| {
        let mount = transaction.mount_of_medium(medium_key(side))?;
        match mount.filter(|m| m.side == side && m.session == session && m.handles > 0) {
            Some(_) => transaction.count_handles(medium_key(side), -1),
            None => Ok(()),
        }
    });
    if let Err(error) = left {
        tracing::warn!(%error, "a closed handle counts until its mount ends");
    }
}

/// An open mounted medium, from [`Mount::open`](super::Mount::open): [`MediumIo`] on its side, for
/// as long as the mount lasts.
///
/// Its verbs are those of the trait [`MediumIo`], which must be in scope, and fail with
/// [`DeviceError`]. Opened for reading, it refuses to write with
/// [`WriteProtected`](DeviceErrorKind::WriteProtected); when the mount has ended, every verb fails
/// with [`NoMedium`](DeviceErrorKind::NoMedium), as it does in a forked child.
///
/// Nothing here looks at a label: an application writes its own as the first block, and says so
/// with [`Session::update_omid`](super::Session::update_omid).
///
/// Dropping it closes the medium, as [`MediumIo`] says: what was written without a following
/// [`write_filemarks`](MediumIo::write_filemarks) or [`flush`](MediumIo::flush) may be lost. The
/// side stays mounted.
pub struct MediumHandle {
    context: Arc<Context>,
    lease: Arc<Lease>,
    medium: OpenMedium,
    writable: bool,
}

impl MediumHandle {
    pub(super) fn new(
        context: Arc<Context>,
        lease: Arc<Lease>,
        medium: OpenMedium,
        writable: bool,
    ) -> Self {
        Self { context, lease, medium, writable }
    }

    fn with<T>(
        &mut self,
        command: impl FnOnce(&mut dyn MediumIo) -> DeviceResult<T>,
    ) -> DeviceResult<T> {
        self.context.check_process().map_err(|error| {
            DeviceError::new(DeviceErrorKind::NoMedium, error.reason().to_owned())
        })?;
        let mut medium = self.medium.lock();
        self.lease.check()?;
        match medium.as_mut() {
            Some(medium) => command(medium.as_mut()),
            None => Err(DeviceError::new(DeviceErrorKind::NoMedium, "the mount has ended")),
        }
    }

    fn check_writable(&self) -> DeviceResult<()> {
        if self.writable {
            return Ok(());
        }
        Err(DeviceError::new(DeviceErrorKind::WriteProtected, "the medium is open for reading"))
    }
}

impl Drop for MediumHandle {
    fn drop(&mut self) {
        if self.context.is_kept_for_parent() {
            std::mem::forget(Arc::clone(&self.medium));
            return;
        }
        *self.medium.lock() = None;
        if !self.lease.has_ended() {
            leave_handle(&self.context, self.lease.side, self.lease.session);
        }
    }
}

impl std::fmt::Debug for MediumHandle {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("MediumHandle").field("writable", &self.writable).finish_non_exhaustive()
    }
}

impl MediumIo for MediumHandle {
    fn block_limits(&mut self) -> DeviceResult<BlockLimits> {
        self.with(|medium| medium.block_limits())
    }

    fn capacity(&mut self) -> DeviceResult<Capacity> {
        self.with(|medium| medium.capacity())
    }

    fn read_block(&mut self, buffer: &mut [u8]) -> DeviceResult<ReadOutcome> {
        self.with(|medium| medium.read_block(buffer))
    }

    fn write_block(&mut self, data: &[u8]) -> DeviceResult<Written> {
        self.check_writable()?;
        self.with(|medium| medium.write_block(data))
    }

    fn write_filemarks(&mut self, count: u32) -> DeviceResult<Written> {
        self.check_writable()?;
        self.with(|medium| medium.write_filemarks(count))
    }

    fn space(&mut self, by: Space) -> DeviceResult<Spaced> {
        self.with(|medium| medium.space(by))
    }

    fn rewind(&mut self) -> DeviceResult<()> {
        self.with(|medium| medium.rewind())
    }

    fn locate(&mut self, position: Position) -> DeviceResult<()> {
        self.with(|medium| medium.locate(position))
    }

    fn position(&mut self) -> DeviceResult<Position> {
        self.with(|medium| medium.position())
    }

    fn flush(&mut self) -> DeviceResult<()> {
        self.with(|medium| medium.flush())
    }
}
