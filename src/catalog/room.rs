//! Dismounts that find no empty slot: the medium stays in its drive, a person is asked to take one
//! out, and the dismount goes on when there is room.

use super::attendance::Unattended;
use super::cartridge::{Cartridge, Place};
use super::free_pool::finish_pending_return;
use super::library::OFFLINE_LIBRARY;
use super::library_request::{Because, LibraryRequestRow};
use super::operator_request::{Answer, OperatorRequestRow};
use super::transaction::{Transaction, View};
use crate::error::{ErrorKind, Result};
use crate::model::{
    DriveState, LibraryOperation, LibraryRequestState, MediaState, OperatorRequestId,
    OperatorRequestState, OperatorTask, Timestamp,
};

const NO_SLOT: &str = "no slot is empty";

impl View<'_> {
    /// What people are asked to do for a dismount that waits for a slot.
    fn room_wanted(
        &self,
        row: &LibraryRequestRow,
        cartridge: &Cartridge,
    ) -> Result<(OperatorTask, String)> {
        let target = self.library(OFFLINE_LIBRARY)?;
        let message = format!(
            "No slot of library {} is empty: take out medium {}, or another one.",
            self.library(row.library)?.name,
            cartridge.medium.title()
        );
        Ok((OperatorTask::MoveMedia { medium: cartridge.medium.id, to: target.id }, message))
    }
}

impl Transaction<'_> {
    /// The dismount waits for a slot. When nobody is there, one that a session has asked for fails,
    /// and the medium stays in its drive.
    pub(crate) fn want_room(
        &self,
        row: &LibraryRequestRow,
        cartridge: &Cartridge,
        drive: i64,
        now: Timestamp,
    ) -> Result<()> {
        match self.why_unattended_work(row, now)? {
            Some(why) => self.leave_without_room(row, &why, now),
            None => self.ask_for_room(row, cartridge, drive, now),
        }
    }

    /// Nobody is there to make room for a dismount: it fails, and the medium stays in its drive.
    pub(super) fn leave_without_room(
        &self,
        row: &LibraryRequestRow,
        why: &Unattended,
        now: Timestamp,
    ) -> Result<()> {
        let medium = row.task.medium.map(|id| self.medium_key(id)).transpose()?.flatten();
        let Some(medium) = medium else { return Ok(()) };
        let cartridge = self.cartridge(medium)?;
        let (task, message) = self.room_wanted(row, &cartridge)?;
        self.note_unattended(&task, &message, &row.submitter, why, now)?;
        self.fail_for_want_of_room(row, medium, &why.answer, now)
    }

    fn fail_for_want_of_room(
        &self,
        row: &LibraryRequestRow,
        medium: i64,
        answer: &Answer,
        now: Timestamp,
    ) -> Result<()> {
        let because = Because::new(ErrorKind::LibraryFull, answer.refusal(NO_SLOT));
        self.finish_request(row, LibraryRequestState::Failed, Some(&because), now)?;
        let cartridge = self.cartridge(medium)?;
        let others = self.requests_of_medium(cartridge.medium.id)?;
        let is_waited_for = others.iter().any(|row| {
            row.task.operation == LibraryOperation::Dismount
                && row.state != LibraryRequestState::Deferred
        });
        match cartridge.medium.place {
            Place::Drive(drive) if !is_waited_for => self.stay_in_drive(medium, drive, now),
            _ => Ok(()),
        }
    }

    /// The dismount waits for a slot, whoever is there.
    pub(crate) fn ask_for_room(
        &self,
        row: &LibraryRequestRow,
        cartridge: &Cartridge,
        drive: i64,
        now: Timestamp,
    ) -> Result<()> {
        let (task, message) = self.room_wanted(row, cartridge)?;
        let request = self.ask_people(&task, &message, &row.submitter, now)?;
        self.set_request_operator(row, Some(request))?;
        self.advance_request(row, LibraryRequestState::Waiting, now)?;
        let mut after = cartridge.clone();
        after.medium.state = MediaState::Unloaded;
        self.store_cartridge(cartridge, after, now)?;
        self.change_drive(drive, now, |row| row.state = DriveState::Unloaded)
    }

    /// There is room: what a person was asked is done.
    pub(crate) fn end_wait_for_room(
        &self,
        row: &LibraryRequestRow,
        asked: OperatorRequestId,
        now: Timestamp,
    ) -> Result<()> {
        self.set_request_operator(row, None)?;
        self.set_operator_request_state(asked, OperatorRequestState::Complete, now)
    }

    /// Nobody takes the medium home: it stays in the drive, for a later mount.
    pub(crate) fn stay_in_drive(&self, medium: i64, drive: i64, now: Timestamp) -> Result<()> {
        let before = self.cartridge(medium)?;
        let mut after = before.clone();
        after.medium.state = MediaState::Idle;
        finish_pending_return(self, &mut after)?;
        self.store_cartridge(&before, after, now)?;
        self.change_drive(drive, now, |row| {
            row.state = DriveState::Dismountable;
            row.deferred_since = Some(now);
        })
    }

    /// A dismount that waits for a slot heeds what a person says; that there is one, the library
    /// sees.
    pub(super) fn tend_dismount(
        &self,
        row: &LibraryRequestRow,
        medium: i64,
        asked: Option<&OperatorRequestRow>,
        now: Timestamp,
    ) -> Result<()> {
        match asked.map(|asked| asked.state) {
            Some(OperatorRequestState::Refused) => {
                let answer = asked.map(|asked| asked.answer.clone()).unwrap_or_default();
                self.fail_for_want_of_room(row, medium, &answer, now)
            }
            Some(OperatorRequestState::Complete) | None => {
                self.set_request_operator(row, None)?;
                self.wake_library(row.library)?;
                Ok(())
            }
            Some(_) => Ok(()),
        }
    }
}
