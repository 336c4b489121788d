//! A look at the work that waits: what can be begun is, in the order of the queue.

use std::collections::HashSet;
use std::sync::Arc;

use super::Job;
use super::needs::{Busy, Having, InUse, Needs};
use super::stop::Stop;
use crate::catalog::{
    Because, LibraryRequestRow, LibraryRow, MovementRow, Purpose, RETRACT, Removal, Transaction,
    Unattended, View,
};
use crate::error::{Error, ErrorKind, Result};
use crate::library::Attached;
use crate::model::{
    LibraryOperation, LibraryRequestState, OperationalState, OperatorRequestState, Timestamp,
};

/// What becomes of a request that waits.
enum Decision {
    Begins,
    Waits,
    /// A person has to see to the cleaner first.
    AsksForCleaner,
    /// Nobody is there to do that.
    NobodyComes(Unattended),
    /// A person will not.
    Refused(Because),
    /// Something it names is gone.
    Invalid(Because),
}

/// Goes through the work that waits. What comes to nothing new is left out.
fn decide(
    view: &View<'_>,
    library: i64,
    busy: &Busy,
    now: Timestamp,
) -> Result<Vec<(LibraryRequestRow, Decision)>> {
    let work = view.work_of_library(library)?;
    let mut decided = Vec::new();
    if work.is_empty() {
        return Ok(decided);
    }
    let library = view.library(library)?;
    // Out of order, it can still be asked for what needs no device.
    let is_there =
        library.is_working() || library.operational_state == OperationalState::NeedsService;
    if !is_there {
        return Ok(decided);
    }
    let works = library.enabled && library.is_working();
    let mut in_use = InUse::of(view, &library, &work, busy)?;
    let is_work = |row: &LibraryRequestRow| row.task.operation != LibraryOperation::RemoveRequest;
    for row in work.into_iter().filter(|row| row.is_waiting() && is_work(row)) {
        let operation = row.task.operation;
        let having =
            if works || operation.is_switch() { in_use.having(&row)? } else { Having::Taken };
        if let Some(because) = gone(view, &row)? {
            decided.push((row, Decision::Invalid(because)));
        } else if let Some(cleaner) = cleaner_for(view, &library, &row, now)? {
            decided.extend(cleaner.map(|decision| (row, decision)));
        } else if having == Having::Free {
            in_use.take(&row);
            decided.push((row, Decision::Begins));
        } else if having == Having::All {
            break;
        } else if row.state == LibraryRequestState::Queued {
            decided.push((row, Decision::Waits));
        }
    }
    Ok(decided)
}

/// What becomes of a cleaning for want of a cleaner; none for anything else, and when there is one.
/// It waits, if nothing is new.
fn cleaner_for(
    view: &View<'_>,
    library: &LibraryRow,
    row: &LibraryRequestRow,
    now: Timestamp,
) -> Result<Option<Option<Decision>>> {
    if row.task.operation != LibraryOperation::CleanDrive {
        return Ok(None);
    }
    let asked = row.operator_request.map(|asked| view.operator_request(asked)).transpose()?;
    Ok(match asked.flatten() {
        Some(asked) if asked.state == OperatorRequestState::Refused => {
            let reason = asked.answer.refusal("an operator will not put in a cleaning cartridge");
            let because = Because::new(ErrorKind::UnableToClean, reason);
            Some(Some(Decision::Refused(because)))
        }
        Some(asked) if !asked.state.is_final() => Some(None),
        _ if view.can_clean(library)? => None,
        _ => Some(Some(match view.why_unattended_work(row, now)? {
            Some(why) => Decision::NobodyComes(why),
            None => Decision::AsksForCleaner,
        })),
    })
}

/// Why nothing can be done about a request any more.
fn gone(view: &View<'_>, row: &LibraryRequestRow) -> Result<Option<Because>> {
    let gone = |kind, what| Ok(Some(Because::new(kind, format!("{what} does not exist any more"))));
    if let Some(drive) = row.task.drive
        && view.drive_by_id(drive)?.is_none()
    {
        return gone(ErrorKind::InvalidDrive, "the drive");
    }
    if let Some(medium) = row.task.medium
        && view.medium_key(medium)?.is_none()
    {
        return gone(ErrorKind::InvalidMedia, "the medium");
    }
    Ok(None)
}

fn apply(
    transaction: &Transaction<'_>,
    row: &LibraryRequestRow,
    decision: &Decision,
    now: Timestamp,
) -> Result<()> {
    match decision {
        Decision::Waits => transaction.advance_request(row, LibraryRequestState::Waiting, now),
        Decision::AsksForCleaner => {
            let library = transaction.library(row.library)?;
            let asked = transaction.ask_for_cleaner(&library, "a drive is to be cleaned", now)?;
            transaction.set_request_operator(row, Some(asked))?;
            transaction.advance_request(row, LibraryRequestState::Waiting, now)
        }
        Decision::NobodyComes(why) => transaction.leave_uncleaned(row, why, now),
        Decision::Refused(because) => {
            transaction.finish_request(row, LibraryRequestState::Failed, Some(because), now)
        }
        Decision::Invalid(because) => {
            transaction.finish_request(row, LibraryRequestState::Invalid, Some(because), now)
        }
        Decision::Begins => {
            if Needs::of(row.task.operation) == Needs::Drive {
                take_drive(transaction, row, now)?;
                transaction.set_request_operator(row, None)?;
            }
            transaction.advance_request(row, LibraryRequestState::InProcess, now)
        }
    }
}

/// The drive belongs to the request until its movement ends.
fn take_drive(
    transaction: &Transaction<'_>,
    row: &LibraryRequestRow,
    now: Timestamp,
) -> Result<()> {
    let drive = row.task.drive.map(|id| transaction.drive_by_id(id)).transpose()?.flatten();
    let drive = drive.ok_or_else(|| Error::from(ErrorKind::InvalidDrive))?.key;
    let purpose = Purpose::Work;
    // The cleaner belongs to its slot until it is back.
    let slot = transaction.library(row.library)?.cleaner_slot;
    let movement = MovementRow { drive, library: row.library, medium: None, slot, purpose };
    transaction.begin_movement(&movement, now)
}

impl Attached {
    /// Whether somebody is at work that was asked for, or its result is to be written.
    pub(in crate::library) fn has_jobs(&self) -> bool {
        !self.jobs.lock().is_empty()
    }

    /// Begins the work that can be begun, and passes on to work under way that it is not wanted.
    /// Says when to look again, if nothing happens before.
    pub(in crate::library) fn tend_work(self: &Arc<Self>) -> Result<Option<Timestamp>> {
        let until = self.write_endings();
        // Noted before: what ends meanwhile is not begun again from what was seen then.
        let known: HashSet<i64> = self.jobs.lock().keys().copied().collect();
        self.decide_about_work()?;
        let library = self.key;
        let work = self.host.catalog.read(|view| view.work_of_library(library))?;
        for row in work {
            match row.task.operation {
                LibraryOperation::RemoveRequest => self.heed_removal(&row)?,
                _ if row.state != LibraryRequestState::InProcess || row.has_looked() => {}
                _ if !known.contains(&row.key) => self.start_job(row)?,
                _ => {}
            }
        }
        self.rouse_jobs();
        Ok(until)
    }

    fn decide_about_work(&self) -> Result<()> {
        let (library, now) = (self.key, self.now());
        let drives = self.under_way.lock().clone();
        let busy = Arc::new(Busy { drives, ports: self.tasks.lock().at_ports });
        if self.host.catalog.read(|view| decide(view, library, &busy, now))?.is_empty() {
            return Ok(());
        }
        self.host.catalog.write(move |transaction| {
            for (row, decision) in decide(transaction, library, &busy, now)? {
                apply(transaction, &row, &decision, now)?;
            }
            Ok(())
        })
    }

    fn start_job(self: &Arc<Self>, row: LibraryRequestRow) -> Result<()> {
        let key = row.key;
        let stop = self.enter_job(key);
        let sent = self.employ(move |library| library.run_job(&row, &stop));
        if !matches!(sent, Ok(true)) {
            self.jobs.lock().remove(&key);
        }
        sent.map(drop)
    }

    /// What tells whoever is at a request to stop; the run of an inventory, when it has looked.
    fn stop_of(&self, key: i64) -> Option<Arc<Stop>> {
        let job = self.jobs.lock().get(&key).map(|job| Arc::clone(&job.stop));
        job.or_else(|| self.run.lock().as_ref().and_then(|run| run.stop_of(key)))
    }

    /// Somebody is at a request, or will be. Gives what tells whether to stop.
    pub(in crate::library) fn enter_job(&self, key: i64) -> Arc<Stop> {
        let run = self.run.lock().clone();
        let mut jobs = self.jobs.lock();
        let known = run.and_then(|run| run.stop_of(key));
        let job = || Job { stop: known.unwrap_or_else(Stop::new), ended: None };
        let job = jobs.entry(key).or_insert_with(job);
        Arc::clone(&job.stop)
    }

    /// Somebody wants a request off the queue. The removal passes when the request has ended.
    fn heed_removal(&self, removal: &LibraryRequestRow) -> Result<()> {
        let target = removal.task.work_item;
        let target = self
            .host
            .catalog
            .read(|view| Ok(target.map(|id| view.library_request(id)).transpose()?.flatten()))?;
        let how = Removal::try_from(i64::from(removal.task.argument)).unwrap_or(Removal::Cancel);
        let under_way = target.as_ref().filter(|row| row.completed.is_none());
        let job = under_way.and_then(|row| self.stop_of(row.key));
        let only_hurries = removal.task.argument == RETRACT;
        if let Some(stop) = job {
            if only_hurries { self.hurry(&stop) } else { self.ask_to_stop(&stop, how) }
        }
        let state = match under_way.filter(|_| !only_hurries) {
            None => LibraryRequestState::Passed,
            Some(_) => LibraryRequestState::InProcess,
        };
        if state == removal.state {
            return Ok(());
        }
        let (removal, now) = (removal.clone(), self.now());
        self.host.catalog.write(move |transaction| match state {
            LibraryRequestState::Passed => transaction.finish_request(&removal, state, None, now),
            _ => transaction.advance_request(&removal, state, now),
        })
    }

    /// The library is given back: whatever can be left is.
    pub(in crate::library) fn stop_jobs(&self) {
        self.stops().iter().for_each(|stop| self.ask_to_stop(stop, Removal::Cancel));
    }
}
