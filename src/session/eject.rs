//! EjectNtmsMedia: media leave a library through its ports.

use super::Session;
use super::ask_library::insert;
use super::context::{Actor, check_works, present, require_on_library};
use super::eject_standalone::take_away;
use super::inject::unfinished;
use crate::catalog::{Cartridge, DriveRow, Place, Removal, Task, Transaction, View};
use crate::error::{Error, ErrorKind, Result};
use crate::model::{
    AccessRights, EjectAction, LibraryOperation, LibraryRequestId, LibraryType, ObjectType,
    OperationOption, PhysicalMediaId,
};

impl Session {
    /// Puts media out of their libraries, for people to take.
    ///
    /// [`Queue`](EjectAction::Queue) adds a medium to the session's batch, which closing the session
    /// forgets. [`Start`](EjectAction::Start) makes one request for each library of what is in the
    /// batch, and of the medium named, and returns the id of the first; with a medium, only for the
    /// library of that. [`Force`](EjectAction::Force) takes its medium away from whoever has it
    /// mounted. The requests go on when the session is closed.
    ///
    /// A request fetches media that nobody uses from their drives, carries all into a port, extends
    /// it, and waits until it is empty. After
    /// [`max_extend_secs`](crate::model::InsertEjectPort::max_extend_secs) a person is asked to empty
    /// it; when that is refused the media go back, and the request fails with `ControllingPort`. A
    /// medium that is out is in the offline library, or is forgotten: import media unless
    /// [`KEEP_OFFLINE_IMPORT`](crate::model::MediaPoolPolicy), unrecognized and incompatible ones,
    /// free ones with `PURGE_OFFLINE_FREE`. Where a port does not tell what is in it, media count as
    /// taken as soon as it is extended. The medium of a stand-alone drive comes out of it, and has left
    /// when it is taken or the time is over.
    ///
    /// [`Stop`](EjectAction::Stop) ends a request: media that are still in a port go back to their
    /// slots, and the request is Stopped.
    ///
    /// ```no_run
    /// use rsm::model::{EjectAction, PhysicalMediaId};
    /// # fn example(session: &rsm::Session, set: &[PhysicalMediaId]) -> rsm::Result<()> {
    /// for medium in set {
    ///     session.eject_media(EjectAction::Queue(*medium))?;
    /// }
    /// let request = session.eject_media(EjectAction::Start(None))?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// * `InvalidHandle`, `InvalidParameter`: the session is closed; an id is missing; nothing is
    ///   named, and nothing is queued.
    /// * `InvalidMedia`: no such medium.
    /// * `AccessDenied`: CONTROL on its library is missing, and on the computer.
    /// * `LibraryOffline`: it is in the offline library.
    /// * `ResourceDisabled`, `DeviceNotAvailable`: its library or drive is disabled; its library is
    ///   not present.
    /// * `MediaNotAvailable`: it is disabled.
    /// * `ResourceNotPresent`: its library has no port.
    /// * `Busy`: it is mounted or about to be, or being put out; the batch is larger than what fits
    ///   into the ports. The batch stays as it was.
    /// * `InvalidOperation`: to stop: no such request, one of another kind, one that has ended.
    #[doc(alias = "EjectNtmsMedia")]
    pub fn eject_media(&self, action: EjectAction) -> Result<Option<LibraryRequestId>> {
        self.check_open()?;
        match action {
            EjectAction::Start(medium) => self.start_batch(medium, false),
            EjectAction::Force(medium) => self.start_batch(Some(medium), true),
            EjectAction::Queue(medium) => self.queue_in_batch(medium).map(|()| None),
            EjectAction::Stop(request) => {
                present(request, "the request")?;
                let actor = self.actor();
                self.write(move |transaction| stop(transaction, &actor, request))?;
                self.context().libraries.look_again();
                Ok(None)
            }
        }
    }

    fn queue_in_batch(&self, medium: PhysicalMediaId) -> Result<()> {
        present(medium, "the medium")?;
        let actor = self.actor();
        let mut wanted = self.batch.lock().clone();
        if !wanted.contains(&medium) {
            wanted.push(medium);
        }
        let call = Ejection { media: wanted, newest: Some(medium), force: false, actor };
        self.context().catalog.read(|view| call.check_newest(view))?;
        let mut batch = self.batch.lock();
        if !batch.contains(&medium) {
            batch.push(medium);
        }
        Ok(())
    }

    fn start_batch(
        &self,
        medium: Option<PhysicalMediaId>,
        force: bool,
    ) -> Result<Option<LibraryRequestId>> {
        medium.map_or(Ok(()), |medium| present(medium, "the medium"))?;
        // Nobody else starts the same; what is queued meanwhile is for the next time.
        let batch = std::mem::take(&mut *self.batch.lock());
        let mut media = batch.clone();
        media.extend(medium.filter(|medium| !batch.contains(medium)));
        let call = Ejection { media, newest: medium, force, actor: self.actor() };
        let started = self.write(move |transaction| call.start(transaction));
        let kept = match &started {
            Ok(started) => started.kept.clone(),
            Err(_) => batch,
        };
        let mut now = self.batch.lock();
        let queued: Vec<_> = now.drain(..).filter(|medium| !kept.contains(medium)).collect();
        now.extend(kept);
        now.extend(queued);
        drop(now);
        started.map(|started| started.first)
    }
}

/// What came of a batch.
struct Started {
    first: Option<LibraryRequestId>,
    /// What is for another time.
    kept: Vec<PhysicalMediaId>,
}

/// A batch, prepared.
struct Ejection {
    /// In the order in which they were named.
    media: Vec<PhysicalMediaId>,
    /// The one that is named now.
    newest: Option<PhysicalMediaId>,
    /// Whoever uses that one loses it.
    force: bool,
    actor: Actor,
}

/// A medium that can be put out.
struct Ready {
    cartridge: Cartridge,
    /// Whose ports it goes through; none: out of its drive.
    changer: Option<i64>,
    /// The stand-alone drive in which it is.
    stand_alone: Option<DriveRow>,
}

impl Ejection {
    /// The medium that is named, with what is queued already.
    fn check_newest(&self, view: &View<'_>) -> Result<()> {
        let Some(medium) = self.newest else { return Ok(()) };
        let ready = self.check(view, medium)?;
        let place = Some((ready.cartridge.medium.library, ready.changer));
        let mut together = 1;
        // What has become of the others is seen when they are to go.
        for other in self.media.iter().filter(|other| **other != medium) {
            together += usize::from(place_of(view, *other)? == place);
        }
        check_fits(view, &ready, together)
    }

    fn start(&self, transaction: &Transaction<'_>) -> Result<Started> {
        if self.media.is_empty() {
            return Err(Error::new(ErrorKind::InvalidParameter, "nothing is queued to be put out"));
        }
        let only = match self.newest {
            Some(medium) => Some(self.check(transaction, medium)?.cartridge.medium.library),
            None => None,
        };
        let (mut ready, mut kept): (Vec<Ready>, Vec<PhysicalMediaId>) = Default::default();
        for medium in &self.media {
            let place = place_of(transaction, *medium)?;
            if only.is_some() && place.is_some_and(|(library, _)| Some(library) != only) {
                kept.push(*medium);
            } else {
                ready.push(self.check(transaction, *medium)?);
            }
        }
        let mut libraries: Vec<i64> = Vec::new();
        for medium in &ready {
            let library = medium.cartridge.medium.library;
            let is_beside = |other: &&Ready| {
                other.cartridge.medium.library == library && other.changer == medium.changer
            };
            check_fits(transaction, medium, ready.iter().filter(is_beside).count())?;
            if !libraries.contains(&library) {
                libraries.push(library);
            }
        }
        let mut first = None;
        for library in libraries {
            let of_library = |medium: &&Ready| medium.cartridge.medium.library == library;
            let request = self.request(transaction, library, ready.iter().filter(of_library))?;
            first = first.or(Some(request));
        }
        Ok(Started { first, kept })
    }

    fn request<'a>(
        &self,
        transaction: &Transaction<'_>,
        library: i64,
        media: impl Iterator<Item = &'a Ready> + Clone,
    ) -> Result<LibraryRequestId> {
        let named = media.clone().next().map(|medium| medium.cartridge.medium.id);
        let is_forced = |medium: &Cartridge| self.force && self.newest == Some(medium.medium.id);
        let any_forced = media.clone().any(|medium| is_forced(&medium.cartridge));
        let option = match any_forced {
            true => OperationOption::ForceImmediate,
            false => OperationOption::Immediate,
        };
        let drive = media.clone().next().and_then(|medium| medium.stand_alone.as_ref());
        if let Some(drive) = drive.filter(|_| any_forced) {
            take_away(transaction, &self.actor, drive)?;
        }
        let drive = drive.map(|drive| drive.id);
        let task = Task { option, medium: named, drive, ..Task::new(LibraryOperation::Eject) };
        let row = insert(transaction, library, task, None, self.actor.now)?;
        let row = row.ok_or_else(|| Error::from(ErrorKind::Internal))?;
        for Ready { cartridge, .. } in media.filter(|medium| medium.stand_alone.is_none()) {
            transaction.plan_port_move(cartridge.medium.key, row.key, is_forced(cartridge))?;
        }
        Ok(row.id)
    }

    fn check(&self, view: &View<'_>, medium: PhysicalMediaId) -> Result<Ready> {
        let fail = |kind, reason: String| {
            Error::new(kind, reason).about(ObjectType::PhysicalMedia, medium)
        };
        let key = view.medium_key(medium)?;
        let key = key.ok_or_else(|| fail(ErrorKind::InvalidMedia, "no such medium".to_owned()))?;
        let cartridge = view.cartridge(key)?;
        let title = cartridge.medium.title();
        let fail = |kind, reason: &str| fail(kind, format!("medium {title}: {reason}"));
        let library = view.library(cartridge.medium.library)?;
        require_on_library(&self.actor.caller, view, &library, AccessRights::CONTROL)?;
        if library.library_type == LibraryType::Offline {
            return Err(fail(ErrorKind::LibraryOffline, "it is in no library"));
        }
        check_works(&library, ErrorKind::ResourceDisabled)?;
        if let Place::Drive(drive) = cartridge.medium.place
            && !view.drive(drive)?.enabled
        {
            return Err(fail(ErrorKind::ResourceDisabled, "its drive is disabled"));
        }
        if !cartridge.medium.enabled {
            return Err(fail(ErrorKind::MediaNotAvailable, "it is disabled"));
        }
        if view.ports_of_library(library.key)?.is_empty() {
            return Err(fail(ErrorKind::ResourceNotPresent, "its library has no port"));
        }
        let is_forced = self.force && self.newest == Some(medium);
        let is_used =
            view.mount_of_medium(key)?.is_some() || view.movement_of_medium(key)?.is_some();
        let requests = view.requests_of_medium(medium)?;
        let is_leaving = view.is_leaving(key)?
            || requests.iter().any(|row| row.task.operation == LibraryOperation::Eject);
        if is_leaving || (is_used && !is_forced) {
            return Err(fail(ErrorKind::Busy, "it is in use, or being put out"));
        }
        let drive = match cartridge.medium.place {
            Place::Drive(drive) => Some(view.drive(drive)?),
            _ => None,
        };
        let stand_alone = drive.filter(|_| library.library_type == LibraryType::Standalone);
        let changer = changer_of(view, cartridge.medium.place)?;
        if changer.is_none() && stand_alone.is_none() {
            return Err(fail(ErrorKind::Busy, "it is in no slot and no drive"));
        }
        Ok(Ready { cartridge, changer, stand_alone })
    }
}

/// Whether so many media fit into the ports through which this one goes.
fn check_fits(view: &View<'_>, medium: &Ready, count: usize) -> Result<()> {
    let ports = view.ports_of_library(medium.cartridge.medium.library)?;
    let of_changer = ports.iter().filter(|port| port.changer == medium.changer);
    let cells: u64 = of_changer.map(|port| u64::from(port.cells)).sum();
    let fail = |kind, reason: String| {
        let id = medium.cartridge.medium.id;
        Err(Error::new(kind, reason).about(ObjectType::PhysicalMedia, id))
    };
    if cells == 0 {
        let reason = "no port of its library is within reach of its robot".to_owned();
        return fail(ErrorKind::ResourceNotPresent, reason);
    }
    if count as u64 > cells {
        return fail(ErrorKind::Busy, format!("the ports hold {cells} media, not {count}"));
    }
    Ok(())
}

fn changer_of(view: &View<'_>, place: Place) -> Result<Option<i64>> {
    Ok(match place {
        Place::Slot(slot) => Some(view.slot(slot)?.changer),
        Place::Drive(drive) => view.drive(drive)?.changer,
        Place::Port(_) | Place::Nowhere => None,
    })
}

/// The library of a medium, and the changer that reaches it.
fn place_of(view: &View<'_>, medium: PhysicalMediaId) -> Result<Option<(i64, Option<i64>)>> {
    let Some(key) = view.medium_key(medium)? else { return Ok(None) };
    let medium = view.cartridge(key)?.medium;
    Ok(Some((medium.library, changer_of(view, medium.place)?)))
}

fn stop(transaction: &Transaction<'_>, actor: &Actor, request: LibraryRequestId) -> Result<()> {
    let row = unfinished(transaction, request, LibraryOperation::Eject, None)?;
    let library = transaction.library(row.library)?;
    require_on_library(&actor.caller, transaction, &library, AccessRights::CONTROL)?;
    transaction.remove_request(&row, Removal::Stop, actor.now)
}
