//! One call, from its checks to the row by which it waits.

use uuid::Uuid;

use super::checks::{Choice, allowed, find, usable};
use super::list::owner_of;
use crate::catalog::{Asker, DriveWaitRow, Keeper, Living, ReservationRow, Transaction, View};
use crate::error::{Error, ErrorKind, Result};
use crate::library::grant_reservations;
use crate::model::{Caller, DriveSelector, OwnerId, ProcessId, Timestamp};

/// A call, prepared.
#[derive(Clone)]
pub(super) struct Reserving {
    /// What it watches, and what the reservation will be called.
    pub(super) id: Uuid,
    pub(super) selector: DriveSelector,
    pub(super) caller: Caller,
    /// Where the call waits.
    pub(super) process: i64,
    pub(super) asker: Asker,
    pub(super) deadline: Option<Timestamp>,
    pub(super) waits: bool,
}

/// What the first look came to.
pub(super) enum Begun {
    /// The owner has the drive already.
    Had(ReservationRow),
    /// The call has a drive, or waits.
    Waits,
    /// It does not wait, and would have to.
    Nothing,
}

/// The process for which a drive is to be kept.
pub(super) fn find_owner(living: &Living, view: &View<'_>, owner: ProcessId) -> Result<Keeper> {
    let process = living.find(view, owner.value())?.ok_or_else(no_such_owner)?;
    Ok(Keeper { process, session: None })
}

fn no_such_owner() -> Error {
    let reason = "not exactly one living process with the owner's number has the catalog open";
    Error::new(ErrorKind::InvalidParameter, reason)
}

impl Reserving {
    pub(super) fn begin(&self, transaction: &Transaction<'_>, living: &Living) -> Result<Begun> {
        // It may have died since it was found.
        if !living.is_alive(transaction, self.asker.keeper.process)? {
            return Err(no_such_owner());
        }
        let found = find(transaction, self.selector)?;
        let choices = usable(transaction, allowed(transaction, &self.caller, found)?)?;
        if let Some(had) = self.own(transaction, &choices)? {
            return Ok(Begun::Had(had));
        }
        for choice in &choices {
            self.wait_in(transaction, choice)?;
        }
        for choice in &choices {
            grant_reservations(transaction, choice.library.key, self.asker.since)?;
        }
        let has_one = transaction.reservation(self.id)?.is_some();
        if !has_one && !self.waits {
            transaction.end_drive_waits(self.id)?;
            return Ok(Begun::Nothing);
        }
        Ok(Begun::Waits)
    }

    /// The reservation of the one drive in question that the owner has already. He does not wait for
    /// himself.
    fn own(&self, view: &View<'_>, choices: &[Choice]) -> Result<Option<ReservationRow>> {
        let mut own = None;
        for choice in choices {
            for drive in choice.drives(view)?.iter().filter(|drive| drive.is_in_service()) {
                let reservation = view.reservation_of_drive(drive.key)?;
                own = reservation.filter(|row| row.asker.keeper.covers(self.asker.keeper));
                if own.is_none() {
                    return Ok(None);
                }
            }
        }
        match (self.selector, own) {
            (_, None) => Ok(None),
            (DriveSelector::Drive(_), own) => Ok(own),
            _ => {
                let reason = "the caller has reserved every drive in question";
                Err(Error::new(ErrorKind::Busy, reason))
            }
        }
    }

    fn wait_in(&self, transaction: &Transaction<'_>, choice: &Choice) -> Result<()> {
        transaction.insert_drive_wait(&DriveWaitRow {
            key: 0,
            id: self.id,
            library: choice.library.key,
            drive: choice.drive,
            changer: choice.changer,
            process: self.process,
            asker: self.asker.clone(),
            deadline: self.deadline,
        })
    }

    /// Whether a drive may still become free for the call.
    pub(super) fn check(&self, view: &View<'_>) -> Result<()> {
        usable(view, find(view, self.selector)?).map(drop)
    }

    /// What the call waits for, for people.
    pub(super) fn obstacle(&self, view: &View<'_>) -> Result<String> {
        let mut texts = Vec::new();
        for choice in usable(view, find(view, self.selector)?)? {
            for drive in choice.drives(view)?.iter().filter(|drive| drive.is_in_service()) {
                let text = match view.reservation_of_drive(drive.key)? {
                    Some(row) => {
                        let OwnerId { process, .. } = owner_of(view, row.asker.keeper)?;
                        let Asker { application, user, .. } = row.asker;
                        format!("reserved by {application} of {user}, process {process}")
                    }
                    None => "in use".to_owned(),
                };
                texts.push(format!("drive {} is {text}", drive.number));
            }
        }
        texts.truncate(4);
        Ok(texts.join("; "))
    }
}
