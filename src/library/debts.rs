//! What could not be written, or not be put in order: it is done again, ever more rarely, until it
//! is done. Meanwhile the drives concerned are nobody's.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use super::Attached;
use super::dismount::dismounts_of;
use crate::catalog::{Because, Call, LibraryRequestRow};
use crate::error::Result;
use crate::model::{LibraryRequestId, LibraryRequestState, Timestamp};

/// The first and the longest pause between two tries.
const FIRST_PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_secs(60);

/// What is still to be done.
#[derive(Debug, Default)]
pub(super) struct Debts {
    /// Calls that have failed, and are not told so in the catalog.
    calls: Vec<(Call, Because)>,
    /// Requests that have failed, or passed if there is no reason, and do not say so.
    requests: Vec<(LibraryRequestId, Option<Because>)>,
    /// Drives whose movements are over, and that hold nobody knows what.
    drives: BTreeSet<i64>,
    pause: Duration,
    due: Option<Timestamp>,
    /// Somebody is at it.
    is_paying: bool,
}

impl Debts {
    fn is_empty(&self) -> bool {
        self.calls.is_empty() && self.requests.is_empty() && self.drives.is_empty()
    }
}

impl Attached {
    fn owe(&self, what: impl FnOnce(&mut Debts)) {
        let mut debts = self.debts.lock();
        what(&mut debts);
        if debts.due.is_none() {
            debts.pause = FIRST_PAUSE;
            debts.due = Some(self.now().saturating_add(FIRST_PAUSE));
        }
        drop(debts);
        self.changed.raise();
    }

    /// A call has failed, and that could not be written.
    pub(super) fn owe_call(&self, call: Call, because: Because) {
        self.owe(|debts| debts.calls.push((call, because)));
    }

    /// A request has failed, or passed without a reason, and that could not be written.
    pub(super) fn owe_request(&self, request: LibraryRequestId, because: Option<Because>) {
        self.owe(|debts| debts.requests.push((request, because)));
    }

    /// A drive could not be put in order, or not be recorded as such. Nothing begins in it.
    pub(super) fn owe_drive(&self, drive: i64) {
        self.under_way.lock().insert(drive);
        self.owe(|debts| {
            debts.drives.insert(drive);
        });
    }

    /// The same, if its movement is still that of the medium. What is not known is owed.
    pub(super) fn owe_if_left(&self, drive: i64, medium: i64) {
        let is_over = self.host.catalog.read(|view| {
            let movement = view.movement_of_drive(drive)?;
            Ok(movement.is_none_or(|movement| movement.medium != Some(medium)))
        });
        if !matches!(is_over, Ok(true)) {
            self.owe_drive(drive);
        }
    }

    /// The drive has been put in order meanwhile.
    pub(super) fn owe_no_longer(&self, drive: i64) {
        self.debts.lock().drives.remove(&drive);
    }

    pub(super) fn is_owed(&self, drive: i64) -> bool {
        self.debts.lock().drives.contains(&drive)
    }

    /// Sends somebody to do again what is due. Says when there will be more.
    pub(super) fn pay_debts(self: &Arc<Self>) -> Result<Option<Timestamp>> {
        {
            let mut debts = self.debts.lock();
            if debts.is_paying || debts.due.is_none_or(|due| due > self.now()) {
                return Ok(debts.due.filter(|_| !debts.is_paying));
            }
            debts.is_paying = true;
        }
        let sent = self.employ(|library| library.pay());
        if !matches!(sent, Ok(true)) {
            self.debts.lock().is_paying = false;
        }
        sent.map(|_| None)
    }

    /// Does at once whatever is owed, as far as it can be done.
    pub(super) fn settle_debts(&self) {
        if !std::mem::replace(&mut self.debts.lock().is_paying, true) {
            self.pay();
        }
    }

    fn pay(&self) {
        let (calls, requests, drives) = {
            let debts = self.debts.lock();
            (debts.calls.clone(), debts.requests.clone(), debts.drives.clone())
        };
        for (call, because) in calls {
            if self.is_paid(self.fail_call(call, because)) {
                self.debts.lock().calls.retain(|(owed, _)| *owed != call);
            }
        }
        for (request, because) in requests {
            if self.is_paid(self.end_request(request, because)) {
                self.debts.lock().requests.retain(|(owed, _)| *owed != request);
            }
        }
        for drive in drives.into_iter().filter(|_| !self.is_stuck()) {
            if self.is_owed(drive) && self.is_paid(self.settle_owed(drive)) {
                self.debts.lock().drives.remove(&drive);
                self.under_way.lock().remove(&drive);
            }
        }
        let mut debts = self.debts.lock();
        debts.is_paying = false;
        debts.pause = (debts.pause * 2).min(LONGEST_PAUSE);
        let next = self.now().saturating_add(debts.pause);
        debts.due = (!debts.is_empty()).then_some(next);
    }

    fn is_paid(&self, done: Result<()>) -> bool {
        if let Err(error) = &done {
            tracing::warn!(%error, "what could not be put in order is tried again later");
        }
        done.is_ok()
    }

    /// Empties the drive if its movement is still there; at least ends the movement, and the
    /// dismounts that were to empty it.
    fn settle_owed(&self, drive: i64) -> Result<()> {
        let Some(movement) = self.host.catalog.read(|view| view.movement_of_drive(drive))? else {
            return Ok(());
        };
        let Err(error) = self.empty_drive(drive) else { return Ok(()) };
        self.leave_inside(drive)?;
        let begun = self.host.catalog.read(|view| {
            let mut rows = dismounts_of(view, drive, movement.medium)?;
            let is_begun = |row: &LibraryRequestRow| {
                matches!(row.state, LibraryRequestState::InProcess | LibraryRequestState::Waiting)
            };
            rows.retain(is_begun);
            Ok(rows)
        })?;
        let because = Some(Because::from(&error));
        begun.iter().try_for_each(|row| self.end_request(row.id, because.clone()))
    }
}
