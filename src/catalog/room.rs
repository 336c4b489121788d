//! Dismounts that find no empty slot: the medium stays in its drive, a person is asked to take one
//! out, and the dismount goes on when there is room.

use super::cartridge::Cartridge;
use super::free_pool::finish_pending_return;
use super::library::OFFLINE_LIBRARY;
use super::library_request::{Because, LibraryRequestRow};
use super::transaction::Transaction;
use crate::error::{ErrorKind, Result};
use crate::model::{
    DriveState, LibraryRequestState, MediaState, OperatorRequestId, OperatorRequestState,
    OperatorTask, Timestamp,
};

impl Transaction<'_> {
    /// The dismount waits for a slot.
    pub(crate) fn ask_for_room(
        &self,
        row: &LibraryRequestRow,
        cartridge: &Cartridge,
        drive: i64,
        now: Timestamp,
    ) -> Result<()> {
        let target = self.library(OFFLINE_LIBRARY)?;
        let message = format!(
            "No slot of library {} is empty: take out medium {}, or another one.",
            self.library(row.library)?.name,
            cartridge.medium.title()
        );
        let task = OperatorTask::MoveMedia { medium: cartridge.medium.id, to: target.id };
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
        asked: Option<OperatorRequestState>,
        now: Timestamp,
    ) -> Result<()> {
        match asked {
            Some(OperatorRequestState::Refused) => {
                let because = Because::new(ErrorKind::LibraryFull, "no slot is empty");
                let state = LibraryRequestState::Failed;
                self.finish_request(row, state, Some(&because), now)?;
                match self.cartridge(medium)?.medium.place {
                    super::Place::Drive(drive) => self.stay_in_drive(medium, drive, now),
                    _ => Ok(()),
                }
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
