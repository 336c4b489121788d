//! How jobs ended becomes the final state of their requests.

use std::time::Duration;

use super::needs::Needs;
use super::{Ended, Job, Stop};
use crate::catalog::{LibraryRequestRow, Purpose};
use crate::error::Result;
use crate::library::Attached;
use crate::library::crew::caught;
use crate::model::{ObjectType, Timestamp};

/// When a result that could not be written is tried again.
const RETRY: Duration = Duration::from_secs(1);

impl Attached {
    /// The job has ended. If that cannot be written now, it is kept for a later look.
    pub(in crate::library) fn end_job(&self, key: i64, ended: Ended) {
        if ended == Ended::GoesOn {
            self.jobs.lock().remove(&key);
            return;
        }
        match self.write_ending(key, ended.clone()) {
            Ok(()) => drop(self.jobs.lock().remove(&key)),
            Err(error) => {
                tracing::error!(%error, "the result of a library's work is written later");
                let mut jobs = self.jobs.lock();
                let job = jobs.entry(key);
                job.or_insert_with(|| Job { stop: Stop::new(), ended: None }).ended = Some(ended);
            }
        }
    }

    /// Writes the results that could not be written before. Says when to try again, if some still
    /// cannot.
    pub(super) fn write_endings(&self) -> Option<Timestamp> {
        let unwritten: Vec<(i64, Ended)> = {
            let jobs = self.jobs.lock();
            let ended = jobs.iter().filter_map(|(key, job)| Some((*key, job.ended.clone()?)));
            ended.collect()
        };
        for (key, ended) in unwritten {
            self.end_job(key, ended);
        }
        let is_left = self.jobs.lock().values().any(|job| job.ended.is_some());
        is_left.then(|| self.now().saturating_add(RETRY))
    }

    /// The request ends, unless it has been ended meanwhile.
    fn write_ending(&self, key: i64, ended: Ended) -> Result<()> {
        let now = self.now();
        self.host.catalog.write(move |transaction| {
            let row = transaction.library_request_by_key(key)?;
            let Some(row) = row.filter(|row| row.completed.is_none()) else { return Ok(()) };
            if ended == Ended::Waits {
                return transaction.advance_request(&row, ended.state(), now);
            }
            let because = ended.because();
            transaction.finish_request(&row, ended.state(), because.as_ref(), now)?;
            if matches!(ended, Ended::Stopped | Ended::Cancelled) {
                transaction.completed(ObjectType::LibraryRequest, row.id);
            }
            Ok(())
        })
    }

    /// Settles the drive that a job had, if it has left it to others.
    pub(super) fn give_back_drive(&self, row: &LibraryRequestRow) {
        if Needs::of(row.task.operation) != Needs::Drive {
            return;
        }
        let Some(id) = row.task.drive else { return };
        let settled = caught(|| {
            let movement = self.host.catalog.read(|view| match view.drive_by_id(id)? {
                Some(drive) => view.movement_of_drive(drive.key),
                None => Ok(None),
            })?;
            match movement.filter(|movement| movement.purpose == Purpose::Work) {
                Some(movement) => self.settle_drive(movement.drive),
                None => Ok(()),
            }
        });
        if let Err(error) = settled {
            tracing::error!(%error, "what a library's work left could not be put in order");
        }
    }
}
