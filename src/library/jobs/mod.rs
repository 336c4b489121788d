//! Work of a library that is no mount, no dismount and no label.
//!
//! A call queues a request; the worker's look [begins](begin) it when what it [needs](needs) is
//! free, and sends one of the crew to carry it out: one file for each operation. How that ended
//! becomes the final state of the request, written by what is here: a result that cannot be
//! written is kept, and written at a later look.

mod begin;
mod clean;
mod cleaner;
mod door;
mod eject;
mod endings;
mod inject;
mod inventory;
mod needs;
mod people;
mod stop;
mod switch;

use std::sync::Arc;

use super::Attached;
use super::crew::caught;
use crate::catalog::{Because, LibraryRequestRow, Removal};
use crate::error::{Error, ErrorKind, Result};
use crate::model::{LibraryOperation, LibraryRequestState};
pub(super) use stop::Stop;

/// How work ended: the final state of its request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Ended {
    Passed,
    Failed(Because),
    /// Whoever asked for it said that it was enough.
    Stopped,
    Cancelled,
    /// It cannot be done yet: it waits again.
    Waits,
    /// What is left is done by others, who end it.
    GoesOn,
}

impl From<Removal> for Ended {
    fn from(how: Removal) -> Self {
        match how {
            Removal::Cancel => Self::Cancelled,
            Removal::Stop => Self::Stopped,
        }
    }
}

impl Ended {
    fn state(&self) -> LibraryRequestState {
        match self {
            Self::Passed => LibraryRequestState::Passed,
            Self::Failed(_) => LibraryRequestState::Failed,
            Self::Stopped => Removal::Stop.state(),
            Self::Cancelled => Removal::Cancel.state(),
            Self::Waits => LibraryRequestState::Waiting,
            Self::GoesOn => LibraryRequestState::InProcess,
        }
    }

    fn because(&self) -> Option<Because> {
        match self {
            Self::Passed | Self::Waits | Self::GoesOn => None,
            Self::Failed(because) => Some(because.clone()),
            Self::Stopped => Some(Removal::Stop.because()),
            Self::Cancelled => Some(Removal::Cancel.because()),
        }
    }
}

/// Work that one of the crew is at.
#[derive(Debug)]
pub(super) struct Job {
    stop: Arc<Stop>,
    /// How it ended, while that is not written yet.
    ended: Option<Ended>,
}

impl Attached {
    /// Does what a request asks for. An error is a failure of the request. Whoever gets here has
    /// what the operation [needs](needs); a drive among it is settled afterwards, unless its
    /// movement has been ended.
    fn carry_out_work(
        self: &Arc<Self>,
        row: &LibraryRequestRow,
        stop: &Arc<Stop>,
    ) -> Result<Ended> {
        if let Some(how) = stop.asked() {
            return Ok(how.into());
        }
        match row.task.operation {
            operation if operation.is_switch() => self.carry_out_switch(row),
            LibraryOperation::CleanDrive => self.carry_out_cleaning(row),
            LibraryOperation::InjectCleaner => self.carry_out_cleaner_inject(row, stop),
            LibraryOperation::EjectCleaner => self.carry_out_cleaner_eject(row, stop),
            LibraryOperation::Eject if self.is_stand_alone() => self.eject_by_hand(row, stop),
            LibraryOperation::Eject => self.carry_out_eject(row, stop),
            LibraryOperation::Inject if self.is_stand_alone() => self.inject_by_hand(row, stop),
            LibraryOperation::Inject => self.carry_out_inject(row, stop),
            LibraryOperation::DoorAccess => self.carry_out_door_access(row, stop),
            LibraryOperation::Inventory => self.carry_out_inventory(row, stop),
            other => {
                let reason = format!("libraries do not do this: {other:?}");
                Err(Error::new(ErrorKind::InvalidOperation, reason))
            }
        }
    }

    /// The life of a job. Its row is in process.
    fn run_job(self: &Arc<Self>, row: &LibraryRequestRow, stop: &Arc<Stop>) {
        let ended = caught(|| self.carry_out_work(row, stop)).unwrap_or_else(|error| {
            tracing::warn!(%error, operation = ?row.task.operation, "a library's work failed");
            Ended::Failed(Because::from(&error))
        });
        self.give_back_drive(row);
        self.end_job(row.key, ended);
    }
}
