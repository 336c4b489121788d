//! Mounting the sides of one call: all come up, or none.

use std::sync::Arc;

use parking_lot::Mutex;

use super::Attached;
use super::bring::{NotUp, Read};
use super::failure::because_of;
use super::lease::Lease;
use super::put_away::Rest;
use super::record_mount::record_mount;
use super::rise::Rise;
use super::side_by_side::side_by_side;
use super::stuck::NEEDS_PERSON;
use crate::catalog::{Because, Call, LibraryRequestRow, Transaction, medium_key};
use crate::device::LoadedMedium;
use crate::error::{ErrorKind, Result};
use crate::model::{LibraryRequestId, LibraryRequestState, MountOptions, Timestamp};

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

impl Attached {
    /// Brings up the sides of a call, all or none. Each one's label is checked; they are the
    /// session's when the last one is up. Nothing is done when the drives are not the call's any
    /// more.
    pub(super) fn carry_out_mounts(&self, call: Call, drives: &[i64]) -> Result<()> {
        let Some(rises) = self.rises_of(call, drives)? else { return Ok(()) };
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
            Ok(Ending::Mounted) => media.into_iter().for_each(|medium| self.saw_label(medium)),
            _ => {
                leases.iter().for_each(|lease| lease.end());
                drives.into_iter().for_each(|drive| self.revoke_lease(drive));
            }
        }
        done
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
    let obstacle = if failed.is_stuck { NEEDS_PERSON } else { "it is tried in another drive" };
    rows.iter().try_for_each(|row| transaction.let_wait(row, obstacle, now))
}
