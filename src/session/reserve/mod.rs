//! Drive reservations: a drive is kept for one session or process, apart from any mount.

mod checks;
mod list;
mod release;
mod request;
mod wait;

use std::sync::Arc;

use uuid::Uuid;

use super::{Context, Session};
use crate::catalog::Keeper;
use crate::error::Result;
use crate::model::{DriveId, DriveSelector, OwnerId, Released, ReserveOptions};

pub(crate) use list::holder_of_drive;

/// A drive that is kept, from [`Session::reserve_drive`]: for the calling session, or for the
/// process it was reserved for.
///
/// Dropping it releases the drive, whatever is mounted there, and of several for one reservation the
/// first that is dropped; closing the session and the end of
/// the owning process do as well. That writes to the catalog and never waits for a robot; an error
/// of it is only logged (`tracing`), and it is tried again.
#[must_use = "dropping a reservation releases the drive"]
pub struct DriveReservation {
    context: Arc<Context>,
    id: Uuid,
    drive: DriveId,
    owner: OwnerId,
}

impl Session {
    /// Reserves a drive: nobody else gets it until it is released.
    ///
    /// Other sessions do not see the drive: their mounts use other drives, or wait; those that name
    /// it wait, or fail with `Busy` if they asked not to wait. The library itself does not use it to
    /// read labels or to write free labels. The owner's mounts use it first, without naming it. Its
    /// [record](crate::model::Drive::reservation) says who keeps it.
    ///
    /// The call waits for a drive until its time-out, which counts from its start. Who came first is
    /// served first, and before mounts. A medium that was left in the drive by a deferred dismount
    /// goes home before the call returns, also of a call that does not wait; one that the session
    /// itself has mounted there stays. Of several drives, an empty one is taken first.
    ///
    /// Reserving a drive again that one has reserved, by its id, gives the same reservation; one
    /// release ends it.
    ///
    /// Disabling the drive or its library ends the reservation, as does the loss of either. The next
    /// release by the owner says so. Reservations are kept nowhere beyond the life of their owners.
    ///
    /// # Errors
    /// In the order of the checks:
    /// * `InvalidHandle`: the session is closed.
    /// * `InvalidParameter`: an id is missing; no living process with the number of the owner has
    ///   the catalog open, or more than one.
    /// * `InvalidDrive`, `InvalidLibrary`, `InvalidMedia`: no such drive; library; medium, side or
    ///   media type.
    /// * `DriveMediaMismatch`: no library lists the media type.
    /// * `AccessDenied`: USE on the library is missing.
    /// * `LibraryOffline`: the offline library, or a medium in no library.
    /// * `ResourceDisabled`: the library or the drive, or every drive in question, is disabled.
    /// * `DeviceNotAvailable`: the library or the drive, or every drive in question, is not there.
    /// * `DriveMediaMismatch`: no drive can take the medium.
    /// * `Busy`: the owner has all drives in question, and would wait for itself; or with
    ///   [`Timeout::NoWait`](crate::model::Timeout::NoWait), others use or reserve them, or what was
    ///   left in the drive goes home only when a person has helped.
    ///
    /// And from what happens then:
    /// * `Timeout`: the time is over.
    /// * `Cancelled`: the session was closed; somebody released the drive by force, or cancelled the
    ///   dismount of what was in it.
    /// * `ResourceDisabled`, `DeviceNotAvailable`: as above, while the call waited.
    /// * `LibraryFull` and what the devices say: the medium in the drive could not be put away. The
    ///   drive is not reserved then.
    ///
    /// ```no_run
    /// use rsm::model::{LibraryId, LogicalMediaId, MountRequest, ReserveOptions};
    /// # fn example(
    /// #     session: &rsm::Session,
    /// #     library: LibraryId,
    /// #     tapes: Vec<LogicalMediaId>,
    /// # ) -> rsm::Result<()> {
    /// let drive = session.reserve_drive(library, ReserveOptions::default())?;
    /// for tape in tapes {
    ///     // Nobody gets the drive between two tapes.
    ///     let request = MountRequest::from(tape).in_drives([drive.drive()]);
    ///     let mount = session.mount(request)?;
    ///     // ... read it ...
    ///     mount.dismount(rsm::model::DismountOptions::IMMEDIATE)?;
    /// }
    /// drive.release()?;
    /// # Ok(())
    /// # }
    /// ```
    #[doc(alias = "AIFMOALLOCATE")]
    pub fn reserve_drive(
        &self,
        selector: impl Into<DriveSelector>,
        options: impl Into<ReserveOptions>,
    ) -> Result<DriveReservation> {
        self.check_open()?;
        let selector = selector.into();
        checks::present(selector)?;
        self.reserve_and_wait(selector, options.into())
    }

    /// Who this session is to others, as the owner of what it reserves.
    ///
    /// # Errors
    /// * `InvalidHandle`: the session is closed.
    /// * [Those of the catalog](Session#errors-of-the-catalog).
    pub fn owner_id(&self) -> Result<OwnerId> {
        self.check_open()?;
        let own = Keeper::session(self.context().catalog.process(), self.id());
        self.context().catalog.read(|view| list::owner_of(view, own))
    }
}

impl DriveReservation {
    /// The drive.
    pub fn drive(&self) -> DriveId {
        self.drive
    }

    /// Whose the reservation is.
    pub fn owner(&self) -> OwnerId {
        self.owner
    }

    /// Releases the drive: it is open to others when the call returns. A medium stays mounted there
    /// until its session dismounts it.
    ///
    /// # Errors
    /// * `ResourceDisabled`, `DeviceNotAvailable`: the reservation had ended before, since the drive
    ///   was disabled, or is not there any more.
    /// * `InvalidHandle`: this is a fork of the process that reserved it.
    /// * [Those of the catalog](Session#errors-of-the-catalog); the release is tried again then.
    pub fn release(mut self) -> Result<Released> {
        self.context.check_process()?;
        self.end()
    }

    /// This one, unless the other stands for the same reservation, which stays then.
    pub(crate) fn unless_same(mut self, other: &Self) -> Option<Self> {
        if self.id != other.id {
            return Some(self);
        }
        self.id = Uuid::nil();
        None
    }

    fn end(&mut self) -> Result<Released> {
        let id = std::mem::take(&mut self.id);
        let done = release::release_by_id(&self.context, id);
        if done.is_err() {
            self.context.catalog.abandon(id, self.context.clock.now());
        }
        done.and_then(release::Outcome::into_result)
    }
}

impl Drop for DriveReservation {
    fn drop(&mut self) {
        if self.context.is_kept_for_parent() || self.id.is_nil() {
            return;
        }
        if let Err(error) = self.end() {
            tracing::warn!(%error, "a reservation did not end with its handle");
        }
    }
}

impl std::fmt::Debug for DriveReservation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("DriveReservation")
            .field("drive", &self.drive)
            .field("owner", &self.owner)
            .finish_non_exhaustive()
    }
}
