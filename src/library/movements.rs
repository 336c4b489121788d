//! What has been granted is carried out: each mount of a call, each dismount and each label in a
//! thread.
//!
//! The journal says what is to be done, whoever decided it, in whatever process. What is under way
//! here is remembered by its drive.

use std::sync::Arc;

use super::Attached;
use super::crew::caught;
use super::free_label::label_of_medium;
use super::read_slot::Reading;
use crate::catalog::{Because, Call, Glance, LibraryRequestRow, MovementRow, Purpose, View};
use crate::error::{Error, Result};
use crate::model::{LibraryOperation, LibraryRequestId, LibraryRequestState, OperationOption};

/// Something to be carried out.
#[derive(Clone, Debug)]
pub(super) enum Job {
    /// The sides of a call come up, each in a drive.
    Mount { call: Call, drives: Vec<i64> },
    /// A medium goes home; without one, whatever is in the drive goes into a slot.
    Dismount { drive: i64, medium: Option<i64> },
    /// A medium gets a free label.
    Label { drive: i64, medium: i64 },
    /// What is in a slot is read.
    Read(Reading),
    /// Whoever wanted this has gone before it was begun.
    GiveBack { drive: i64, medium: Option<i64> },
}

impl Job {
    fn drives(&self) -> &[i64] {
        match self {
            Self::Mount { drives, .. } => drives,
            Self::Read(Reading { drive, .. })
            | Self::Dismount { drive, .. }
            | Self::Label { drive, .. }
            | Self::GiveBack { drive, .. } => std::slice::from_ref(drive),
        }
    }
}

impl Job {
    /// Whether this is what the movement is for.
    fn is_it(&self, movement: &MovementRow) -> bool {
        match self {
            Self::Mount { .. } => movement.purpose == Purpose::Mount,
            Self::GiveBack { medium, .. } => {
                let purposes = [Purpose::Mount, Purpose::Label, Purpose::Identify];
                purposes.contains(&movement.purpose) && movement.medium == *medium
            }
            Self::Read(reading) => {
                movement.purpose == Purpose::Identify && movement.slot == Some(reading.slot)
            }
            Self::Label { medium, .. } => {
                movement.purpose == Purpose::Label && movement.medium == Some(*medium)
            }
            Self::Dismount { medium, .. } => {
                movement.purpose == Purpose::Dismount && movement.medium == *medium
            }
        }
    }
}

/// The mount for which a medium is moved.
fn mount_of(view: &View<'_>, medium: i64) -> Result<Option<LibraryRequestRow>> {
    let rows = view.requests_of_medium(view.cartridge(medium)?.medium.id)?;
    let is_it = |row: &LibraryRequestRow| {
        row.task.operation == LibraryOperation::Mount && row.state == LibraryRequestState::InProcess
    };
    Ok(rows.into_iter().find(is_it))
}

fn job_of(view: &View<'_>, movement: &MovementRow, all: &[MovementRow]) -> Result<Option<Job>> {
    let drive = movement.drive;
    Ok(match (movement.purpose, movement.medium) {
        (Purpose::Dismount, medium) => Some(Job::Dismount { drive, medium }),
        (Purpose::Mount, Some(medium)) => Some(match mount_of(view, medium)? {
            None => Job::GiveBack { drive, medium: Some(medium) },
            Some(row) => {
                let media: Vec<i64> = view
                    .requests_of_call(row.call)?
                    .iter()
                    .filter_map(|row| row.task.medium)
                    .filter_map(|id| view.medium_key(id).transpose())
                    .collect::<Result<_>>()?;
                let is_of_call = |m: &&MovementRow| m.medium.is_some_and(|m| media.contains(&m));
                let drives = all.iter().filter(is_of_call).map(|m| m.drive).collect();
                Job::Mount { call: row.call, drives }
            }
        }),
        (Purpose::Label, Some(medium)) => Some(match label_of_medium(view, medium)? {
            None => Job::GiveBack { drive, medium: Some(medium) },
            Some(_) => Job::Label { drive, medium },
        }),
        (Purpose::Identify, medium) => match movement.slot {
            Some(slot) => Some(reading_of(view, movement, (slot, medium))?),
            // What is in a stand-alone drive is read by whoever has taken that.
            None => None,
        },
        (Purpose::Mount | Purpose::Label | Purpose::Tidy | Purpose::Work, _) => None,
    })
}

fn reading_of(
    view: &View<'_>,
    movement: &MovementRow,
    (slot, occupant): (i64, Option<i64>),
) -> Result<Job> {
    let drive = movement.drive;
    let id = Some(view.slot(slot)?.id);
    let is_it = |row: &LibraryRequestRow| {
        row.task.slot == id && row.state == LibraryRequestState::InProcess
    };
    Ok(match view.readings(movement.library)?.iter().find(|row| is_it(row)) {
        Some(row) => {
            let stays = row.task.option == OperationOption::Deferred;
            let number = row.number_set_aside();
            Job::Read(Reading { request: row.id, slot, drive, occupant, stays, number })
        }
        None => Job::GiveBack { drive, medium: occupant },
    })
}

impl Attached {
    /// What waits, and what has been granted and is not under way.
    pub(super) fn glance(&self) -> Result<(Glance, Vec<Job>)> {
        let library = self.key;
        // Noted before: what ends meanwhile is not begun again from what was seen then.
        let under_way = self.under_way.lock().clone();
        self.host.catalog.read(|view| {
            let all = view.movements_of_library(library)?;
            let new = all.iter().filter(|movement| !under_way.contains(&movement.drive));
            let jobs = new.filter_map(|movement| job_of(view, movement, &all).transpose());
            let jobs = jobs.collect::<Result<Vec<_>>>()?;
            let is_held = !jobs.is_empty() && view.is_shut(&view.library(library)?)?;
            Ok((view.glance(library)?, if is_held { Vec::new() } else { jobs }))
        })
    }

    /// Begins what has been granted.
    pub(super) fn start_movements(self: &Arc<Self>, granted: Vec<Job>) -> Result<()> {
        granted.into_iter().try_for_each(|job| self.begin(job))
    }

    fn begin(self: &Arc<Self>, job: Job) -> Result<()> {
        let drives = job.drives().to_vec();
        {
            let mut under_way = self.under_way.lock();
            if drives.iter().any(|drive| under_way.contains(drive)) {
                return Ok(());
            }
            under_way.extend(&drives);
        }
        let reads = usize::from(matches!(job, Job::Read(_)));
        self.tasks.lock().reading += reads;
        let started = self.employ(move |library| {
            let done = caught(|| library.carry_out(&job));
            if let Err(error) = &done {
                tracing::error!(%error, "a movement could not be carried out");
                library.clear_up(&job, error);
            }
            library.let_go(&job);
            library.tasks.lock().reading -= reads;
        });
        if !matches!(started, Ok(true)) {
            self.tasks.lock().reading -= reads;
            self.under_way.lock().retain(|drive| !drives.contains(drive));
        }
        started.map(drop)
    }

    /// A movement failed half-way: whoever waits for it is told, and the drives are emptied.
    fn clear_up(&self, job: &Job, error: &Error) {
        let told = match job {
            Job::Mount { call, .. } => {
                let because = Because::from(error);
                let told = self.fail_call(*call, because.clone());
                told.inspect_err(|_| self.owe_call(*call, because))
            }
            Job::Label { medium, .. } => self.fail_label(*medium, error),
            Job::Dismount { .. } | Job::Read(_) | Job::GiveBack { .. } => Ok(()),
        };
        let settled = job.drives().iter().try_for_each(|drive| match self.is_left(job, *drive) {
            Ok(true) => caught(|| self.settle_drive(*drive)),
            other => other.map(drop).inspect_err(|_| self.owe_drive(*drive)),
        });
        if let Err(error) = told.and(settled) {
            tracing::error!(%error, "what a failed movement left could not be put in order");
        }
    }

    /// Drives whose movements have ended can be used again, and may be somebody else's by now. The
    /// others are put in order later.
    fn let_go(&self, job: &Job) {
        for drive in job.drives().iter().filter(|drive| self.is_owed(**drive)) {
            // Else what has been granted since then would be ended, and whoever waits for it would
            // wait for ever.
            if matches!(self.is_left(job, *drive), Ok(false)) {
                self.owe_no_longer(*drive);
            }
        }
        let over: Vec<i64> =
            job.drives().iter().copied().filter(|drive| !self.is_owed(*drive)).collect();
        self.under_way.lock().retain(|drive| !over.contains(drive));
    }

    /// Whether the movement in the drive is still that of the job.
    fn is_left(&self, job: &Job, drive: i64) -> Result<bool> {
        self.host.catalog.read(|view| {
            let movement = view.movement_of_drive(drive)?;
            let Some(movement) = movement.filter(|movement| job.is_it(movement)) else {
                return Ok(false);
            };
            let (Job::Mount { call, .. }, Some(medium)) = (job, movement.medium) else {
                return Ok(true);
            };
            Ok(mount_of(view, medium)?.is_none_or(|row| row.call == *call))
        })
    }

    /// What was seen before the drives were noted may have been cancelled since.
    fn carry_out(&self, job: &Job) -> Result<()> {
        match job {
            Job::Mount { call, drives } => self.carry_out_mounts(*call, drives),
            Job::Dismount { drive, medium } => self.carry_out_dismount(*drive, *medium),
            Job::Label { drive, medium } if self.is_there(job, *drive)? => {
                self.carry_out_label(*drive, *medium)
            }
            Job::Read(reading) if self.is_there(job, reading.drive)? => {
                self.carry_out_reading(*reading)
            }
            Job::GiveBack { drive, medium } if self.is_there(job, *drive)? => {
                self.relinquish(*drive, *medium)
            }
            Job::Label { .. } | Job::Read(_) | Job::GiveBack { .. } => Ok(()),
        }
    }

    fn is_there(&self, job: &Job, drive: i64) -> Result<bool> {
        let movement = self.host.catalog.read(|view| view.movement_of_drive(drive))?;
        Ok(movement.is_some_and(|movement| job.is_it(&movement)))
    }

    /// The mounts of a call have failed, unless they were ended meanwhile.
    pub(super) fn fail_call(&self, call: Call, because: Because) -> Result<()> {
        let now = self.now();
        self.host.catalog.write(move |transaction| {
            let rows = transaction.requests_of_call(call)?;
            match rows.iter().find(|row| row.completed.is_none()) {
                Some(row) => transaction.end_call(row, LibraryRequestState::Failed, &because, now),
                None => Ok(()),
            }
        })
    }

    fn fail_label(&self, medium: i64, error: &Error) -> Result<()> {
        match self.host.catalog.read(|view| label_of_medium(view, medium))? {
            Some(row) => {
                let because = Some(Because::from(error));
                let told = self.end_request(row.id, because.clone());
                told.inspect_err(|_| self.owe_request(row.id, because))
            }
            None => Ok(()),
        }
    }

    /// A request has failed, or passed if nothing says why it should not have, unless it was ended
    /// meanwhile.
    pub(super) fn end_request(
        &self,
        request: LibraryRequestId,
        because: Option<Because>,
    ) -> Result<()> {
        let now = self.now();
        let failed = because.as_ref().map(|_| LibraryRequestState::Failed);
        let state = failed.unwrap_or(LibraryRequestState::Passed);
        self.host.catalog.write(move |transaction| {
            match transaction.unfinished_request(request)? {
                Some(row) => transaction.finish_request(&row, state, because.as_ref(), now),
                None => Ok(()),
            }
        })
    }
}
