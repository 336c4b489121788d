//! MountNtmsMedia: brings sides up in drives.

mod checks;
mod queue;
mod wait;

use super::Session;
use super::context::present;
use super::mounted::Mount;
use crate::catalog::View;
use crate::error::{Error, ErrorKind, Result};
use crate::model::{
    LibraryRequestId, MediaRef, MountOptions, MountRequest, ObjectId, ObjectType, Timeout,
};

impl Session {
    /// Mounts a side of a medium, by its logical medium or by the id of the side. The medium is
    /// brought into a drive, its label is read and compared with the record, and the side is this
    /// session's until it is dismounted, or the session closed.
    ///
    /// Nobody gets a medium whose label is not the recorded one: the cartridge goes back to be
    /// identified, and the call fails. A medium that lies in a drive since a deferred dismount is
    /// mounted there, and checked again.
    ///
    /// A medium that a drive cannot load or read is tried once more in another drive, if the library
    /// has one that takes it and the call leaves the choice: what fails is counted for
    /// [drive](Session::drive_health) and [medium](Session::medium_health). When the robot needs a
    /// person, the call waits until it goes on; it fails with `DeviceNotAvailable` when the operator
    /// request for the library is refused.
    ///
    /// The mount is a [library request](crate::model::LibraryRequest), which waits in the queue of
    /// the library until medium and drive are free: higher priorities first, equal ones in the order
    /// in which they came. The call waits until its time-out, which counts from its start. When it
    /// ends without success, because of its time-out, because the request is cancelled or because
    /// the session is closed, it returns at once; a movement that is under way is finished and undone
    /// by the library. With [`Timeout::NoWait`] it succeeds only if the side is up already. A request
    /// without statement [waits for ever](MountRequest): closing the session in another thread ends
    /// that.
    ///
    /// For a medium that is in no online library an operator is asked: a
    /// [`MoveMedia`](crate::model::OperatorRequestKind) request says where it is to go. The mount goes
    /// on when an [inventory](Session::inventory_library) of that library has seen the medium, and
    /// asks again when somebody says that it is there and none has. A stand-alone drive in which it
    /// may be put needs no inventory: it is watched meanwhile. `ERROR_IF_OFFLINE` fails instead. A
    /// person is asked, too, to turn over a medium whose other side is up in a stand-alone drive.
    ///
    /// A drive whose medium was dismounted deferred, by dropping a [`Mount`] among others, is kept
    /// for that medium for a [delay](crate::model::Drive::defer_dismount_delay) of five minutes
    /// unless set otherwise. Mounts of other media that find no other drive wait for its end;
    /// an immediate [`dismount`](Mount::dismount) does without.
    ///
    /// Two sessions that each keep what the other waits for wait until one of them gives up.
    ///
    /// The library must be attached by some process; in another process than this one the side
    /// comes up as well, but can only be [opened](Mount::open) there.
    ///
    /// # Errors
    /// In the order of the checks:
    /// * `InvalidHandle`: the session is closed.
    /// * `InvalidParameter`: not exactly one side is named, or not as many drives as sides; an id is
    ///   missing; an option is unknown, `SPECIFIC_DRIVE` without drives, or `NO_WAIT`.
    /// * `InvalidMedia`: no such logical medium or side.
    /// * `InvalidDrive`: no such drive.
    /// * `AccessDenied`: USE on the pool or on the library is missing.
    /// * `DriveMediaMismatch`: the drive is in another library than the medium.
    /// * `ResourceDisabled`: the library, the medium or the drive is disabled.
    /// * `WriteProtect`: for writing, and the side is Complete or its media type cannot be written.
    /// * `ResourceNotAvailable`: no enabled drive can take the medium.
    /// * `Busy`: this session has the medium mounted.
    /// * `ResourceNotAvailable`: the medium is offline, and no online library takes its media type.
    /// * `MediaOffline`: with `ERROR_IF_OFFLINE`, the medium is in no online library.
    /// * `Busy`: with `ERROR_IF_UNAVAILABLE`, the medium or every drive is in use.
    ///
    /// And from what happens then:
    /// * `Timeout`: the time is over.
    /// * `Cancelled`: the session was closed, the request cancelled, or the process that owned the
    ///   library ended while it brought the medium.
    /// * `InvalidMedia`, caused by `UnexpectedOmid`: another cartridge is in the medium's place, or was
    ///   found there before and nothing has changed since. Or the medium was deleted meanwhile.
    /// * `MediaOffline`: the medium was not in its slot, or went offline with `ERROR_IF_OFFLINE`.
    /// * `RequestRefused`: an operator refused to bring the medium, or
    ///   [nobody is there](Session::leave_unattended) to bring it.
    /// * `ResourceNotAvailable`: while the call waited the library was given back or its owner died,
    ///   nobody stood by, and no other library takes the medium.
    /// * `LibraryFull`: another medium is in the drive, and no slot is empty for it.
    /// * `UnableToLoadMedium`, `DriveMediaMismatch`, `MediumNotAccessible`, `NotReady`, `Empty`,
    ///   `DeviceNotAvailable`: what the devices say; the [source](std::error::Error::source) is their
    ///   [`DeviceError`](crate::device::DeviceError), if this process has the library attached.
    ///
    /// ```no_run
    /// use rsm::device::MediumIo;
    /// use rsm::model::{Access, DismountOptions, LogicalMediaId, MountRequest};
    /// # fn example(
    /// #     session: &rsm::Session,
    /// #     held: LogicalMediaId,
    /// # ) -> Result<(), Box<dyn std::error::Error>> {
    /// let mount = session.mount(MountRequest::from(held).for_writing())?;
    /// let mut medium = mount.open(Access::Write)?;
    /// medium.rewind()?;
    /// let near_the_end = medium.write_block(b"our label")?.early_warning;
    /// let _ = medium.write_filemarks(1)?; // now it is on the medium to stay
    /// drop(medium);
    /// mount.dismount(DismountOptions::DEFERRED)?;
    /// # Ok(())
    /// # }
    /// ```
    #[doc(alias = "MountNtmsMedia")]
    pub fn mount(&self, request: impl Into<MountRequest>) -> Result<Mount> {
        let request = request.into();
        if request.media.len() > 1 {
            return Err(invalid("this call mounts one side; `mount_all` mounts several"));
        }
        let mounts = self.mount_all(request)?;
        mounts.into_iter().next().ok_or_else(|| ErrorKind::Internal.into())
    }

    /// Mounts sides of several media, all or none, in the order of the request. They must be in one
    /// library.
    ///
    /// Drives are taken for all of them at once; nothing is held while the call waits, so a call for
    /// many drives may be overtaken by others for few. If one of the media fails, those that are up
    /// are put away, and the call returns the error of the first that failed.
    ///
    /// # Errors
    /// As [`mount`](Session::mount), and:
    /// * `InvalidMedia`: two entries mean the same medium.
    /// * `InvalidLibrary`: the media are in different libraries.
    /// * `InvalidDrive`: a drive is named twice.
    /// * `ResourceNotAvailable`: there are more media than enabled drives that can take them.
    ///
    /// ```no_run
    /// use rsm::model::{LogicalMediaId, MountRequest};
    /// # fn example(
    /// #     session: &rsm::Session,
    /// #     from: LogicalMediaId,
    /// #     to: LogicalMediaId,
    /// # ) -> rsm::Result<()> {
    /// let mounts = session.mount_all(MountRequest::all([from, to]).for_writing())?;
    /// # drop(mounts);
    /// # Ok(())
    /// # }
    /// ```
    #[doc(alias = "MountNtmsMedia")]
    pub fn mount_all(&self, request: impl Into<MountRequest>) -> Result<Vec<Mount>> {
        self.check_open()?;
        let request = request.into();
        check_request(&request)?;
        if request.options.contains(MountOptions::NO_WAIT) {
            return Err(invalid("`queue_mount` mounts without waiting"));
        }
        self.mount_and_wait(request)
    }

    /// Queues the mount of sides, all or none, and returns at once with the library requests, one
    /// for each side. The time-out of the request is not looked at.
    ///
    /// What becomes of it is in the records of the requests, which are to be looked at from time to
    /// time: no call waits for a library request. When they have passed,
    /// [`mounted`](Session::mounted) gives the mounts, which belong to this session: they stay until
    /// they are dismounted or the session ends, whether or not anybody fetches them. Closing the
    /// session, or the end of its process, cancels what has not been mounted by then;
    /// [`cancel_library_request`](Session::cancel_library_request) ends it before, for this session
    /// and for callers with CONTROL on the library. As long as it waits,
    /// [`reason`](crate::model::LibraryRequest::reason) says what for.
    ///
    /// # Errors
    /// As [`mount_all`](Session::mount_all), as far as the checks go.
    ///
    /// ```no_run
    /// use rsm::model::{LibraryRequestState, SideId};
    /// # fn example(session: &rsm::Session, side: SideId) -> rsm::Result<()> {
    /// let requests = session.queue_mount(side)?;
    /// // Later, and again until they are final:
    /// for request in requests {
    ///     let request = session.info(request)?;
    ///     match request.state {
    ///         LibraryRequestState::Passed => drop(session.mounted(side)?),
    ///         state if state.is_final() => println!("not mounted: {}", request.reason),
    ///         _ => {}
    ///     }
    /// }
    /// # Ok(())
    /// # }
    /// ```
    #[doc(alias("MountNtmsMedia", "NTMS_MOUNT_NOWAIT"))]
    pub fn queue_mount(&self, request: impl Into<MountRequest>) -> Result<Vec<LibraryRequestId>> {
        self.check_open()?;
        let request = request.into().options(MountOptions::NO_WAIT).timeout(Timeout::Forever);
        check_request(&request)?;
        self.mount_later(request)
    }
}

fn invalid(reason: &'static str) -> Error {
    Error::new(ErrorKind::InvalidParameter, reason)
}

fn check_request(request: &MountRequest) -> Result<()> {
    check_media(&request.media)?;
    request.drives.iter().try_for_each(|drive| present(*drive, "the drive"))?;
    let in_drives = request.options.known()?.contains(MountOptions::SPECIFIC_DRIVE);
    let drives = if in_drives { request.media.len() } else { 0 };
    if request.drives.len() != drives {
        return Err(invalid("with SPECIFIC_DRIVE there is a drive for each side, else none"));
    }
    Ok(())
}

/// At least one side is named, and no id is missing.
pub(super) fn check_media(media: &[MediaRef]) -> Result<()> {
    if media.is_empty() {
        return Err(invalid("no side is named"));
    }
    media.iter().try_for_each(|media| match media {
        MediaRef::Logical(id) => present(*id, "the logical medium"),
        MediaRef::Side(id) => present(*id, "the side"),
    })
}

/// The key of the side that is meant.
pub(super) fn find_side(view: &View<'_>, media: MediaRef) -> Result<i64> {
    let found = match media {
        MediaRef::Logical(id) => view.side_of_logical(id)?,
        MediaRef::Side(id) => view.side_key(id)?,
    };
    let (object_type, id) = named(media);
    found.ok_or_else(|| {
        Error::new(ErrorKind::InvalidMedia, "no such logical medium or side").about(object_type, id)
    })
}

/// What a reference names.
pub(super) fn named(media: MediaRef) -> (ObjectType, ObjectId) {
    match media {
        MediaRef::Logical(id) => (ObjectType::LogicalMedia, id.into()),
        MediaRef::Side(id) => (ObjectType::Side, id.into()),
    }
}
