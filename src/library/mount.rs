//! Mounting the sides of one call, and what a label that is not the right one does.

use std::sync::Arc;
use std::thread;

use parking_lot::Mutex;

use super::Attached;
use super::bring::{NotUp, Read, Trouble};
use super::claim::{relinquish, way_of};
use super::crew::{catch, caught};
use super::failure::device;
use super::lease::Lease;
use super::plan::{Claim, Way};
use super::put_away::Rest;
use super::verify::{Check, check};
use crate::catalog::{
    Because, Call, Cartridge, LibraryRequestRow, MountRow, Place, SideRow, Transaction, Waiter,
    first_side_key, medium_key, side_number,
};
use crate::clock::{Clock, Running};
use crate::device::{DeviceError, DeviceErrorKind, LoadedMedium};
use crate::error::{Error, ErrorKind, Result};
use crate::model::{
    DeviceEventKind, DriveState, LibraryRequestId, LibraryRequestState, MediaState, MountOptions,
    ObjectType, SideState, Timestamp,
};

/// One side that comes up.
#[derive(Clone, Debug)]
struct Rise {
    request: LibraryRequestId,
    side: i64,
    claim: Claim,
    waiter: Waiter,
    writable: bool,
}

/// How the mounts of a call ended.
enum Ending {
    Mounted,
    /// Somebody ended the call, or one of its mounts failed: what is up goes home.
    Undone,
}

/// What was found on a side that came up.
type Found = Arc<(LoadedMedium, Read)>;

/// Why a call's mounts did not come up: the request that failed first, and its reason.
#[derive(Clone, Debug)]
struct Failed {
    request: LibraryRequestId,
    because: Because,
    /// Another drive may do better: the call goes on waiting, for that.
    wants_second: bool,
    /// The robot needs a person: the call goes on waiting, for that.
    is_stuck: bool,
}

/// Raises each in a thread of its own.
fn side_by_side<T: Send>(
    clock: &dyn Clock,
    rises: &[Rise],
    raise: &(impl Fn(&Rise) -> Option<T> + Sync),
) -> Vec<T> {
    let running = Running::default();
    thread::scope(|scope| {
        let begun: Vec<_> = rises
            .iter()
            .map(|rise| {
                let thread = thread::Builder::new().name("rsm-movement".into());
                let (place, call) = (clock.participate(), running.begin());
                let work = move || {
                    let _here = place.begin();
                    let _call = call;
                    raise(rise)
                };
                (rise, thread.spawn_scoped(scope, work))
            })
            .collect();
        running.wait_for_end(clock);
        let ended = begun.into_iter().map(|(rise, thread)| match thread {
            Ok(thread) => thread.join().ok().flatten(),
            // One after the other, then.
            Err(_) => raise(rise),
        });
        ended.flatten().collect()
    })
}

/// How the error of a call is noted at the request: by what was found, not by what it means for
/// the caller.
pub(super) fn because_of(error: &Error) -> Because {
    let kind = match error.kind() {
        ErrorKind::InvalidMedia => ErrorKind::UnexpectedOmid,
        ErrorKind::MediaOffline => ErrorKind::Empty,
        other => other,
    };
    Because::new(kind, error.reason())
}

/// The error of a call, as far as its request tells.
pub(crate) fn error_of(because: &Because) -> Error {
    let kind = match because.kind {
        ErrorKind::UnexpectedOmid => ErrorKind::InvalidMedia,
        ErrorKind::Empty => ErrorKind::MediaOffline,
        other => return Error::new(other, because.reason.clone()),
    };
    Error::new(kind, because.reason.clone()).caused_by(Error::from(because.kind))
}

impl Attached {
    /// Brings up the sides of a call, all or none. Each one's label is checked; they are the
    /// session's when the last one is up.
    pub(super) fn carry_out_mounts(&self, call: Call) -> Result<()> {
        let Some(rises) = self.rises_of(call)? else { return Ok(()) };
        if self.puts_off_for_cleaning(call, &rises)? {
            return Ok(());
        }
        let (up, failed) = self.raise_all(call, &rises);
        let up = Arc::new(up);
        let unwritten = match self.conclude(call, Arc::clone(&up), failed) {
            Ok(Ending::Mounted) => return Ok(()),
            Ok(Ending::Undone) => None,
            Err(error) => {
                let because = Because::from(&error);
                self.host.outcomes.tell_last(call.watched, error);
                Some(because)
            }
        };
        // Each of them, whatever becomes of the others.
        let mut done = Ok(());
        for (rise, _) in up.iter() {
            let drive = self.drive_unit(rise.claim.drive);
            let put_away = drive
                .and_then(|drive| self.put_away(drive, medium_key(rise.side), Rest::WELL, true));
            done = done.and(put_away);
        }
        let told = unwritten.map_or(Ok(()), |because| self.fail_call(call, because));
        done.and(told)
    }

    /// What is to be done for a call. If it has ended already, everything is given back.
    fn rises_of(&self, call: Call) -> Result<Option<Vec<Rise>>> {
        let now = self.now();
        self.host.catalog.write(move |transaction| {
            let rows = transaction.requests_of_call(call)?;
            let is_wanted = rows.iter().all(|row| row.state == LibraryRequestState::InProcess);
            let mut rises = Vec::with_capacity(rows.len());
            for row in &rows {
                let medium = row.task.medium.map(|id| transaction.medium_key(id));
                let Some(medium) = medium.transpose()?.flatten() else { continue };
                let Some(movement) = transaction.movement_of_medium(medium)? else { continue };
                if !is_wanted {
                    relinquish(transaction, movement.drive, Some(medium), now)?;
                    continue;
                }
                match rise(transaction, row, movement.drive, medium)? {
                    Some(rise) => rises.push(rise),
                    None => relinquish(transaction, movement.drive, Some(medium), now)?,
                }
            }
            Ok(is_wanted.then_some(rises))
        })
    }

    /// Before something is brought into a drive, it is asked whether it must be cleaned. If it is to
    /// be, and can be, the call waits for that, or for other drives; if it cannot be, another drive
    /// may still be better.
    fn puts_off_for_cleaning(&self, call: Call, rises: &[Rise]) -> Result<bool> {
        let mut puts_off = false;
        for rise in rises {
            let drive = rise.claim.drive;
            if matches!(rise.claim.way, Way::Fetch { .. } | Way::Transfer { .. })
                && let Ok(unit) = self.drive_unit(drive)
            {
                puts_off |= self.note_needs_of(unit)
                    || self.host.catalog.read(|view| view.is_about_to_be_cleaned(drive))?;
            }
        }
        if !puts_off {
            return Ok(false);
        }
        let taken: Vec<(i64, i64)> =
            rises.iter().map(|rise| (rise.claim.drive, medium_key(rise.side))).collect();
        let now = self.now();
        self.host.catalog.write(move |transaction| {
            for row in transaction.requests_of_call(call)? {
                if row.state == LibraryRequestState::InProcess {
                    transaction.advance_request(&row, LibraryRequestState::Waiting, now)?;
                }
            }
            taken
                .iter()
                .try_for_each(|(drive, medium)| relinquish(transaction, *drive, Some(*medium), now))
        })?;
        self.changed.raise();
        Ok(true)
    }

    /// Brings up all of them, side by side. Gives those that came up, and what failed first.
    fn raise_all(&self, call: Call, rises: &[Rise]) -> (Vec<(Rise, Found)>, Option<Failed>) {
        let failed = Mutex::new(None);
        let raise = |rise: &Rise| match self.bring_checked(&rise.claim, rise.side) {
            Ok(found) => Some((rise.clone(), Arc::new(found))),
            Err(not) => {
                failed.lock().get_or_insert((rise.request, not));
                None
            }
        };
        let up = match rises {
            [only] => raise(only).into_iter().collect(),
            _ => side_by_side(self.host.clock.as_ref(), rises, &raise),
        };
        let failed = failed.into_inner().map(|(request, not)| {
            let NotUp { error, wants_second, is_stuck } = not;
            // Cartridges have been exchanged or moved, or a label was written that nobody told of.
            if matches!(error.kind(), ErrorKind::InvalidMedia | ErrorKind::MediaOffline) {
                self.want_recovery();
            }
            let because = because_of(&error);
            self.host.outcomes.tell(call.watched, error);
            Failed { request, because, wants_second, is_stuck }
        });
        (up, failed)
    }

    /// The mounts are the session's, if all are up and still wanted.
    fn conclude(
        &self,
        call: Call,
        up: Arc<Vec<(Rise, Found)>>,
        failed: Option<Failed>,
    ) -> Result<Ending> {
        let (now, library, detached) = (self.now(), self.key, self.is_stopped());
        let own = self.host.catalog.process();
        let here = up.iter().filter(|(rise, _)| rise.waiter.process == own && failed.is_none());
        // Whoever is woken by the commit finds its lease.
        let leases: Vec<Arc<Lease>> = here
            .map(|(rise, _)| {
                let at = (library, rise.claim.drive);
                let lease = Lease::new(rise.waiter.session, at, rise.side, rise.writable);
                self.host.leases.give(lease)
            })
            .collect();
        let drives: Vec<i64> = up.iter().map(|(rise, _)| rise.claim.drive).collect();
        let media: Vec<i64> = up.iter().map(|(rise, _)| medium_key(rise.side)).collect();
        let done = self.host.catalog.write(move |transaction| {
            let rows = transaction.requests_of_call(call)?;
            if rows.iter().any(|row| row.state != LibraryRequestState::InProcess) {
                return Ok(Ending::Undone);
            }
            let mut failed = failed.clone();
            if detached && let Some(first) = rows.first() {
                let reason = "the library is being given back";
                let because = Because::new(ErrorKind::DeviceNotAvailable, reason);
                failed = Some(Failed {
                    request: first.id,
                    because,
                    wants_second: false,
                    is_stuck: false,
                });
            }
            if let Some(failed) = failed {
                end_or_wait(transaction, &rows, &failed, now)?;
                return Ok(Ending::Undone);
            }
            let is_up =
                |row: &&LibraryRequestRow| up.iter().any(|(rise, _)| rise.request == row.id);
            if let Some(missing) = rows.iter().find(|row| !is_up(row)) {
                let because = Because::new(ErrorKind::Empty, "the medium has lost its place");
                transaction.end_call(missing, LibraryRequestState::Failed, &because, now)?;
                return Ok(Ending::Undone);
            }
            for (rise, found) in up.iter() {
                record_mount(transaction, rise, &found.0, &found.1, now)?;
            }
            for row in &rows {
                transaction.finish_request(row, LibraryRequestState::Passed, None, now)?;
            }
            Ok(Ending::Mounted)
        });
        match &done {
            Ok(Ending::Mounted) => media.into_iter().for_each(|medium| self.saw(medium)),
            _ => {
                leases.iter().for_each(|lease| lease.end());
                drives.into_iter().for_each(|drive| self.revoke_lease(drive));
            }
        }
        done
    }

    /// Brings a side up and makes sure that it is the right one; else everything is undone.
    pub(super) fn bring_checked(
        &self,
        claim: &Claim,
        side: i64,
    ) -> std::result::Result<(LoadedMedium, Read), NotUp> {
        self.or_settle(claim, || self.bring_and_check(claim, side))
    }

    /// Does something with a drive. Whoever fails puts it in order; whoever panics does not.
    pub(super) fn or_settle<T, E: From<Error>>(
        &self,
        claim: &Claim,
        work: impl FnOnce() -> std::result::Result<T, E>,
    ) -> std::result::Result<T, E> {
        catch(work).unwrap_or_else(|panic| {
            let from = match claim.way {
                Way::Transfer { from, .. } => Some(from),
                Way::InPlace | Way::Turn | Way::Fetch { .. } => None,
            };
            for drive in from.into_iter().chain([claim.drive]) {
                caught(|| self.settle_drive(drive))?;
            }
            Err(panic.into())
        })
    }

    fn bring_and_check(
        &self,
        claim: &Claim,
        side: i64,
    ) -> std::result::Result<(LoadedMedium, Read), NotUp> {
        let medium = medium_key(side);
        let loaded = match self.bring_up(claim, medium, side_number(side)) {
            Ok(loaded) => loaded,
            Err(trouble) => return Err(self.give_up(claim, medium, trouble)),
        };
        let read = self
            .drive_unit(claim.drive)
            .map_err(Trouble::Failed)
            .and_then(|drive| self.read_side(drive).map_err(Trouble::NotRead));
        let read = match read {
            Ok(read) => read,
            Err(trouble) => return Err(self.give_up(claim, medium, trouble)),
        };
        let cartridge = self.host.catalog.read(|view| view.cartridge(medium))?;
        let row = side_of(&cartridge, side)?;
        match check(row, &read.label) {
            Check::Same | Check::Pending(_) => Ok((loaded, read)),
            Check::Unreadable => {
                let error = read.error.unwrap_or_else(|| {
                    DeviceError::new(DeviceErrorKind::MediumFault, "the label is unreadable")
                });
                Err(self.refuse_unreadable(claim, &cartridge, error))
            }
            Check::NowLabelled | Check::Different => {
                let reason =
                    format!("the label read is {}, not {}", describe(&read), recorded(row));
                let cause = Error::new(ErrorKind::UnexpectedOmid, reason);
                let cause = cause.about(ObjectType::Side, row.id);
                Err(self.refuse(claim, &cartridge, Rest::IN_DOUBT, cause).into())
            }
        }
    }

    /// The label could not be read: the cartridge goes back, to be tried in another drive or to be
    /// identified.
    fn refuse_unreadable(&self, claim: &Claim, cartridge: &Cartridge, error: DeviceError) -> NotUp {
        let couple = (claim.drive, cartridge.medium.key);
        let opinion = self.count_failure(DeviceEventKind::ReadFailed, couple, &error);
        let rest = if opinion.wants_second { Rest::UNREAD } else { Rest::UNREADABLE };
        let cause = device("the label could not be read", error);
        let error = self.refuse(claim, cartridge, rest, cause);
        NotUp { error, wants_second: opinion.wants_second, is_stuck: self.is_stuck() }
    }

    /// The cartridge is not the one it should be: it goes back, to be identified.
    fn refuse(&self, claim: &Claim, cartridge: &Cartridge, rest: Rest, cause: Error) -> Error {
        let put_away = self
            .drive_unit(claim.drive)
            .and_then(|drive| self.put_away(drive, cartridge.medium.key, rest, true));
        if let Err(error) = put_away {
            tracing::warn!(%error, "a cartridge with a wrong label stays in its drive");
        }
        let title = cartridge.medium.title();
        let (kind, reason) = if cause.kind() == ErrorKind::UnexpectedOmid {
            let reason = format!(
                "another cartridge is in the place of medium {title}, or its label has changed"
            );
            (ErrorKind::InvalidMedia, reason)
        } else {
            (cause.kind(), format!("medium {title}: its label could not be read"))
        };
        Error::new(kind, reason)
            .about(ObjectType::PhysicalMedia, cartridge.medium.id)
            .caused_by(cause)
    }
}

/// Another drive is tried, if the caller leaves the choice and waits for drives; else the call has
/// failed.
fn end_or_wait(
    transaction: &Transaction<'_>,
    rows: &[LibraryRequestRow],
    failed: &Failed,
    now: Timestamp,
) -> Result<()> {
    let Some(row) = rows.iter().find(|row| row.id == failed.request) else { return Ok(()) };
    let options = row.task.mount_options;
    let no_other = MountOptions::SPECIFIC_DRIVE | MountOptions::ERROR_IF_UNAVAILABLE;
    let tries_other = failed.wants_second && !options.intersects(no_other);
    let waits = failed.is_stuck && !options.contains(MountOptions::ERROR_IF_UNAVAILABLE);
    if !tries_other && !waits {
        return transaction.end_call(row, LibraryRequestState::Failed, &failed.because, now);
    }
    rows.iter()
        .try_for_each(|row| transaction.advance_request(row, LibraryRequestState::Waiting, now))
}

/// What a request in process asks for; nothing when its medium has lost its place.
fn rise(
    transaction: &Transaction<'_>,
    row: &LibraryRequestRow,
    drive: i64,
    medium: i64,
) -> Result<Option<Rise>> {
    let cartridge = transaction.cartridge(medium)?;
    let side = cartridge.sides.iter().find(|side| Some(side.id) == row.task.side);
    let (Some(side), Some(waiter)) = (side.map(|side| side.key), row.waiter) else {
        return Ok(None);
    };
    let way = way_of(transaction, drive, &cartridge, side)?;
    let writable = row.task.mount_options.contains(MountOptions::WRITE);
    Ok(way.map(|way| Rise { request: row.id, side, claim: Claim { drive, way }, waiter, writable }))
}

fn side_of(cartridge: &Cartridge, side: i64) -> Result<&SideRow> {
    let found = cartridge.sides.iter().find(|row| row.key == side);
    found.ok_or_else(|| Error::new(ErrorKind::InvalidMedia, "the medium has no such side"))
}

fn describe(read: &Read) -> String {
    match read.label.label() {
        Some(info) => format!("{} {}", info.label_type(), info.label_id().escape_ascii()),
        None => read.label.hint().unwrap_or_else(|| "unreadable".to_owned()),
    }
}

fn recorded(side: &SideRow) -> String {
    match &side.label {
        Some(label) => format!("{} {}", label.label_type, label.label_id.escape_ascii()),
        None => "blank or unknown".to_owned(),
    }
}

/// What a mount changes in the catalog, in one transaction.
fn record_mount(
    transaction: &Transaction<'_>,
    rise: &Rise,
    loaded: &LoadedMedium,
    read: &Read,
    now: Timestamp,
) -> Result<()> {
    let drive = rise.claim.drive;
    let before = transaction.cartridge(medium_key(rise.side))?;
    let mut after = before.clone();
    let number = side_number(rise.side);
    after.medium.state = MediaState::Loaded;
    after.medium.place = Place::Drive(drive);
    after.medium.mounted_side = Some(number);
    for side in after.sides.iter_mut().filter(|side| side.key == rise.side) {
        if side.mount_count == 0 {
            after.medium.media_code = loaded.medium_code.map_or(after.medium.media_code, u32::from);
            after.medium.density_code = loaded.density.map_or(after.medium.density_code, u32::from);
            let capacity = read.capacity.and_then(|bytes| i64::try_from(bytes).ok());
            side.capacity = capacity.unwrap_or(side.capacity);
        }
        side.mount_count = side.mount_count.saturating_add(1);
        adopt_pending(side, read);
    }
    transaction.store_cartridge(&before, after, now)?;
    transaction.change_drive(drive, now, |row| {
        row.state = DriveState::Loaded;
        row.saved_side = Some(first_side_key(before.medium.key) + i64::from(number));
        row.deferred_since = None;
        row.mount_count = row.mount_count.saturating_add(1);
    })?;
    transaction.end_movement(drive)?;
    transaction.medium_works(before.medium.key, drive, now)?;
    transaction.pass_deferred_dismounts(before.medium.id, now)?;
    let Waiter { process, session, .. } = rise.waiter;
    let writable = rise.writable;
    let mount = MountRow { side: rise.side, drive, process, session, handles: 0, writable };
    transaction.insert_mount(&mount, now)
}

/// A free label whose record was lost turns out to be there.
pub(super) fn adopt_pending(side: &mut SideRow, read: &Read) {
    if let Check::Pending(label) = check(side, &read.label) {
        side.label = Some(label);
        side.pending_label = None;
        if side.state == SideState::Unprepared {
            side.state = SideState::Available;
        }
    }
}
