//! MountNtmsMedia: brings a side up in a drive.

use std::sync::Arc;
use std::time::Duration;

use uuid::Uuid;

use super::Session;
use super::context::{present, require, require_on_pool};
use super::mounted::Mount;
use crate::catalog::{
    Cartridge, LibraryRow, Purpose, SideRow, Transaction, View, medium_key, side_number,
};
use crate::clock::Woken;
use crate::error::{Error, ErrorKind, Result};
use crate::library::{Attached, Claiming, deadline_of};
use crate::model::{
    AccessRights, Caller, MediaRef, MountOptions, MountRequest, ObjectId, ObjectType,
    OperationalState, ReadWriteKind, SideState, Timeout, Timestamp,
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
    /// While the medium is in use or no drive is free the call waits until its time-out, which
    /// counts from its start; what has begun by then is finished. With [`Timeout::NoWait`] it
    /// succeeds only if the side is up already. A request without statement
    /// [waits for ever](MountRequest): closing the session in another thread ends that.
    ///
    /// In this release a call mounts one side, drives cannot be named, and a medium that is
    /// offline is not asked for: the call fails with `MediaOffline` whatever its options. It must
    /// be made in the process that has the library attached.
    ///
    /// # Errors
    /// * `InvalidHandle`, `InvalidParameter`: the session is closed; the id is missing, an option
    ///   is unknown.
    /// * `CallNotImplemented`: the options `SPECIFIC_DRIVE` and `NO_WAIT`.
    /// * `InvalidMedia`: no such logical medium or side; or, caused by `UnexpectedOmid`, another
    ///   cartridge is in its place.
    /// * `AccessDenied`: USE on the pool or on the library is missing.
    /// * `ResourceDisabled`: the library or the medium is disabled.
    /// * `WriteProtect`: for writing, and the side is Complete or its media type cannot be written.
    /// * `ResourceNotAvailable`: no enabled drive can take the medium.
    /// * `Busy`: this session has the medium mounted; or, with `ERROR_IF_UNAVAILABLE`, the medium
    ///   or every drive is in use.
    /// * `MediaOffline`: the medium is in no online library, or not in its slot.
    /// * `Timeout`, `Cancelled`: the time is over; the session was closed.
    /// * `DeviceNotAvailable`: this process does not have the library attached; a device does not
    ///   answer.
    /// * `LibraryFull`: another medium is in the drive, and no slot is empty for it.
    /// * `UnableToLoadMedium`, `DriveMediaMismatch`, `MediumNotAccessible`, `NotReady`, `Empty`:
    ///   what the devices say; the [source](std::error::Error::source) is their
    ///   [`DeviceError`](crate::device::DeviceError).
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
        self.check_open()?;
        let request = request.into();
        check_request(&request)?;
        let context = self.context();
        let deadline = deadline_of(context.clock.as_ref(), request.timeout);
        let call = Call { request, caller: self.caller().clone(), session: self.id() };
        loop {
            let library = context.catalog.read(|view| call.library(view))?;
            let attached = self.attached(&library, &call)?;
            let Some(attached) = attached else {
                // It is being attached: everything may be different with the next commit.
                let committed = Arc::clone(context.catalog.committed());
                let seen = committed.count();
                if context.libraries.is_attaching() {
                    self.wait(&committed, seen, deadline, &call)?;
                }
                continue;
            };
            let seen = attached.changed().count();
            let (now, again, library) = (context.clock.now(), call.clone(), Arc::clone(&attached));
            let claiming = context
                .catalog
                .write(move |transaction| again.claim(transaction, &library, now))?;
            match claiming {
                (Claiming::Granted(claim), side) => {
                    let lease = attached.perform_mount(&claim, side, self.id())?;
                    return self.mounted(attached, lease, request.options);
                }
                (Claiming::Wait(until), _) => {
                    let until = until.map(|until| attached.monotonic_of(until));
                    let until = until.into_iter().chain(deadline).min();
                    if self.wait(attached.changed(), seen, until, &call)? == Woken::Deadline
                        && deadline.is_some_and(|d| context.clock.monotonic() >= d)
                    {
                        return Err(self.in_use(&call, ErrorKind::Timeout));
                    }
                }
            }
        }
    }

    /// The library as this process has it; `None` while this process is attaching it.
    fn attached(&self, library: &LibraryRow, call: &Call) -> Result<Option<Arc<Attached>>> {
        let libraries = &self.context().libraries;
        let attaching = libraries.is_attaching();
        if let Some(attached) = libraries.find(library.key) {
            return Ok(Some(attached));
        }
        // The checks that come before this one decide first.
        self.context().catalog.read(|view| call.check(view, None).map(drop))?;
        if attaching && library.operational_state == OperationalState::Initializing {
            return Ok(None);
        }
        let reason = format!("this process does not own library {}", library.name);
        Err(Error::new(ErrorKind::DeviceNotAvailable, reason)
            .about(ObjectType::Library, library.id))
    }

    fn wait(
        &self,
        signal: &Arc<crate::clock::Signal>,
        seen: u64,
        until: Option<Duration>,
        call: &Call,
    ) -> Result<Woken> {
        if call.request.options.contains(MountOptions::ERROR_IF_UNAVAILABLE) {
            return Err(self.in_use(call, ErrorKind::Busy));
        }
        if call.request.timeout == Timeout::NoWait {
            return Err(self.in_use(call, ErrorKind::Timeout));
        }
        let woken = self.context().clock.wait(signal, seen, until);
        if self.is_closed() {
            return Err(Error::new(ErrorKind::Cancelled, "the session was closed"));
        }
        Ok(woken)
    }

    /// What the call would have had to wait for, for people.
    fn in_use(&self, call: &Call, kind: ErrorKind) -> Error {
        // Only a text depends on it.
        let why = self.context().catalog.read(|view| call.obstacle(view));
        let mut reason = why.unwrap_or_else(|_| "the medium or every drive is in use".to_owned());
        if kind == ErrorKind::Timeout {
            reason.push_str(match call.request.timeout {
                Timeout::NoWait => ", and the call does not wait",
                _ => ", and the time to wait is over",
            });
        }
        let (object_type, id) = named(call.request.media);
        Error::new(kind, reason).about(object_type, id)
    }
}

fn check_request(request: &MountRequest) -> Result<()> {
    match request.media {
        MediaRef::Logical(id) => present(id, "the logical medium")?,
        MediaRef::Side(id) => present(id, "the side")?,
    }
    let options = request.options.known()?;
    if options.intersects(MountOptions::SPECIFIC_DRIVE | MountOptions::NO_WAIT) {
        return Err(Error::new(
            ErrorKind::CallNotImplemented,
            "mounting in a named drive and mounting without waiting come with a later release",
        ));
    }
    Ok(())
}

/// Whether the medium has lost its place: nobody is moving it, and it is nowhere.
fn is_lost(view: &View<'_>, cartridge: &Cartridge) -> Result<bool> {
    Ok(cartridge.medium.place == crate::catalog::Place::Nowhere
        && view.movement_of_medium(cartridge.medium.key)?.is_none())
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

/// One mount, prepared.
#[derive(Clone)]
struct Call {
    request: MountRequest,
    caller: Caller,
    session: Uuid,
}

impl Call {
    fn library(&self, view: &View<'_>) -> Result<LibraryRow> {
        let side = find_side(view, self.request.media)?;
        view.library(view.cartridge(medium_key(side))?.medium.library)
    }

    /// Why the side cannot come up at once.
    fn obstacle(&self, view: &View<'_>) -> Result<String> {
        let side = find_side(view, self.request.media)?;
        let medium = view.cartridge(medium_key(side))?.medium;
        let title = medium.title();
        let library = view.library(medium.library)?;
        if library.operational_state == OperationalState::Initializing {
            return Ok(format!("library {} is being attached", library.name));
        }
        let is_taken = view.mount_of_medium(medium.key)?.is_some()
            || view.movement_of_medium(medium.key)?.is_some();
        if is_taken {
            return Ok(format!("medium {title} is in use"));
        }
        if self.request.timeout == Timeout::NoWait && medium.mounted_side != Some(side_number(side))
        {
            return Ok(format!("the side of medium {title} is not up in a drive"));
        }
        Ok(format!("every drive for medium {title} is in use"))
    }

    /// The checks, and the claim on a drive, in one transaction. Returns the side as well.
    fn claim(
        &self,
        transaction: &Transaction<'_>,
        library: &Attached,
        now: Timestamp,
    ) -> Result<(Claiming, i64)> {
        let (cartridge, side) = self.check(transaction, Some(library))?;
        let no_wait = self.request.timeout == Timeout::NoWait;
        let is_up = cartridge.medium.mounted_side == Some(side_number(side));
        let elsewhere = cartridge.medium.library != library.key();
        if elsewhere || library.is_stopped() || (no_wait && !is_up) {
            return Ok((Claiming::Wait(None), side));
        }
        if is_lost(transaction, &cartridge)? && !library.is_looking() {
            let reason = "the medium is not where it was, and no inventory looks for it";
            return Err(about(&cartridge, ErrorKind::MediaOffline, reason));
        }
        let number = side_number(side);
        let claims = library.claims();
        let claim = claims.claim_side(transaction, &cartridge, number, Purpose::Mount, now)?;
        Ok((claim, side))
    }

    /// 16.2, in its order.
    fn check(&self, view: &View<'_>, library: Option<&Attached>) -> Result<(Cartridge, i64)> {
        let side = find_side(view, self.request.media)?;
        let cartridge = view.cartridge(medium_key(side))?;
        let row = view.library(cartridge.medium.library)?;
        self.check_rights(view, &cartridge, &row)?;
        check_enabled(&cartridge, &row)?;
        let wanted = cartridge.sides.iter().find(|s| s.key == side);
        let wanted = wanted.ok_or_else(|| Error::from(ErrorKind::InvalidPartition))?;
        self.check_writing(view, &cartridge, wanted)?;
        if let Some(library) = library.filter(|_| !row.is_offline()) {
            check_drives(view, library, &cartridge)?;
        }
        let mount = view.mount_of_medium(cartridge.medium.key)?;
        if mount.is_some_and(|mount| mount.session == self.session) {
            return Err(about(&cartridge, ErrorKind::Busy, "this session has it mounted"));
        }
        if row.is_offline() {
            let reason = "it is in no online library";
            return Err(about(&cartridge, ErrorKind::MediaOffline, reason));
        }
        Ok((cartridge, side))
    }

    fn check_rights(
        &self,
        view: &View<'_>,
        cartridge: &Cartridge,
        library: &LibraryRow,
    ) -> Result<()> {
        require_on_pool(&self.caller, &view.pool(cartridge.medium.pool)?, AccessRights::USE)?;
        let (wanted, object_type) = (AccessRights::USE, ObjectType::Library);
        require(&self.caller, &library.security, wanted, object_type, library.id)
    }

    fn check_writing(&self, view: &View<'_>, cartridge: &Cartridge, side: &SideRow) -> Result<()> {
        if !self.request.options.contains(MountOptions::WRITE) {
            return Ok(());
        }
        let read_only =
            view.media_type(cartridge.medium.media_type)?.recording == ReadWriteKind::ReadOnly;
        if side.state == SideState::Complete || read_only {
            let what = if read_only { "of a type that cannot be written" } else { "Complete" };
            let reason = format!("the side of medium {} is {what}", cartridge.medium.title());
            return Err(
                Error::new(ErrorKind::WriteProtect, reason).about(ObjectType::Side, side.id)
            );
        }
        Ok(())
    }
}

fn about(cartridge: &Cartridge, kind: ErrorKind, reason: &'static str) -> Error {
    let reason = format!("medium {}: {reason}", cartridge.medium.title());
    Error::new(kind, reason).about(ObjectType::PhysicalMedia, cartridge.medium.id)
}

fn check_enabled(cartridge: &Cartridge, library: &LibraryRow) -> Result<()> {
    if !library.enabled {
        let reason = format!("library {} is disabled", library.name);
        return Err(
            Error::new(ErrorKind::ResourceDisabled, reason).about(ObjectType::Library, library.id)
        );
    }
    if !cartridge.medium.enabled {
        return Err(about(cartridge, ErrorKind::ResourceDisabled, "it is disabled"));
    }
    Ok(())
}

/// At least one drive that is in service, busy or not, reaches the medium.
fn check_drives(view: &View<'_>, library: &Attached, cartridge: &Cartridge) -> Result<()> {
    let changer = match cartridge.medium.place {
        crate::catalog::Place::Slot(slot) => Some(view.slot(slot)?.changer),
        _ => None,
    };
    let reaches = |row: &crate::catalog::DriveRow| {
        library.claims().is_in_service(row) && (changer.is_none() || row.changer == changer)
    };
    if view.drives_of_library(library.key())?.iter().any(reaches) {
        return Ok(());
    }
    Err(about(cartridge, ErrorKind::ResourceNotAvailable, "no drive that is in service reaches it"))
}
