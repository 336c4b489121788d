//! What a change of a medium means for the requests that concern it.

use rusqlite::params;

use super::cartridge::{Cartridge, Place, SideRow, first_side_key};
use super::library_request::{Because, LibraryRequestRow, NewRequests, Task};
use super::transaction::{Transaction, View};
use crate::error::{ErrorKind, Result};
use crate::model::{
    LibraryOperation, LibraryRequestState, LogicalMediaId, ObjectType, PhysicalMediaId, SideId,
    SideState, Timestamp,
};

const HAS_UNPREPARED: &str =
    "SELECT 1 FROM side WHERE key BETWEEN ?1 AND ?1 + 255 AND state = 1 LIMIT 1";

/// How many media get their requests in one transaction.
const AT_ONCE: usize = 256;

fn is_label_of(row: &LibraryRequestRow, side: SideId) -> bool {
    row.task.operation == LibraryOperation::WriteFreeLabel && row.task.side == Some(side)
}

impl View<'_> {
    fn has_unprepared_side(&self, medium: i64) -> Result<bool> {
        Ok(self.first(HAS_UNPREPARED, params![first_side_key(medium)], |_| Ok(()))?.is_some())
    }

    fn dismounts_of_medium(&self, medium: PhysicalMediaId) -> Result<Vec<LibraryRequestRow>> {
        let mut rows = self.requests_of_medium(medium)?;
        rows.retain(|row| row.task.operation == LibraryOperation::Dismount);
        Ok(rows)
    }
}

impl Transaction<'_> {
    /// Dismounts are done when the medium has left its drive.
    pub(super) fn follow_dismounts(
        &self,
        before: &Cartridge,
        after: &Cartridge,
        now: Timestamp,
    ) -> Result<()> {
        let has_left = matches!(before.medium.place, Place::Drive(_))
            && before.medium.place != after.medium.place;
        if has_left { self.pass_dismounts(after.medium.id, now) } else { Ok(()) }
    }

    /// The medium is in its drive no longer, or stays there for good: its dismounts are over.
    pub(crate) fn pass_dismounts(&self, medium: PhysicalMediaId, now: Timestamp) -> Result<()> {
        for row in self.dismounts_of_medium(medium)? {
            self.pass_dismount(&row, now)?;
        }
        Ok(())
    }

    fn pass_dismount(&self, row: &LibraryRequestRow, now: Timestamp) -> Result<()> {
        if let Some(asked) = row.operator_request {
            self.end_wait_for_room(row, asked, now)?;
        }
        self.finish_request(row, LibraryRequestState::Passed, None, now)
    }

    /// The medium is mounted again where a deferred dismount had left it, or one that found no slot:
    /// that is over.
    pub(crate) fn pass_deferred_dismounts(
        &self,
        medium: PhysicalMediaId,
        now: Timestamp,
    ) -> Result<()> {
        let mut rows = self.dismounts_of_medium(medium)?;
        let is_left = |row: &LibraryRequestRow| {
            row.state == LibraryRequestState::Deferred || row.operator_request.is_some()
        };
        rows.retain(is_left);
        for row in rows {
            self.pass_dismount(&row, now)?;
        }
        Ok(())
    }

    /// Free labels are asked for when a side becomes Unprepared and when its medium comes into
    /// another library, and are no longer when it is something else, or its medium leaves.
    pub(super) fn follow_free_labels(
        &self,
        before: &Cartridge,
        after: &Cartridge,
        now: Timestamp,
    ) -> Result<()> {
        let is_unprepared = |side: &SideRow| side.state == SideState::Unprepared;
        if !before.sides.iter().chain(&after.sides).any(is_unprepared) {
            return Ok(());
        }
        let moved = before.medium.library != after.medium.library;
        let rows = self.requests_of_medium(after.medium.id)?;
        let mut goes_on = Vec::new();
        for (old, new) in before.sides.iter().zip(&after.sides) {
            if !is_unprepared(old) || (is_unprepared(new) && !moved) {
                continue;
            }
            for row in rows.iter().filter(|row| is_label_of(row, new.id)) {
                if is_unprepared(new) && self.is_being_turned(row, after)? {
                    goes_on.push(new.id);
                } else {
                    self.end_label_request(row, new.state, now)?;
                }
            }
        }
        let wanted = |(old, new): (&SideRow, &SideRow)| {
            let is_new = moved || !is_unprepared(old);
            (is_unprepared(new) && is_new && !goes_on.contains(&new.id)).then_some(new.id)
        };
        let sides: Vec<SideId> = before.sides.iter().zip(&after.sides).filter_map(wanted).collect();
        self.ask_for_labels(after.medium.library, after.medium.id, &sides, now)
    }

    /// Whether a person was asked to turn the medium over for a label, and may be at that.
    fn is_being_turned(&self, row: &LibraryRequestRow, cartridge: &Cartridge) -> Result<bool> {
        let library = cartridge.medium.library;
        Ok(row.operator_request.is_some()
            && (library == row.library || self.library(library)?.is_offline()))
    }

    /// The side does not wait for this label any more.
    fn end_label_request(
        &self,
        row: &LibraryRequestRow,
        state: SideState,
        now: Timestamp,
    ) -> Result<()> {
        if state == SideState::Available {
            return self.finish_request(row, LibraryRequestState::Passed, None, now);
        }
        let because = match state {
            SideState::Unprepared => Because::new(ErrorKind::MediaOffline, "the medium has left"),
            _ => Because::new(ErrorKind::InvalidState, "the side needs no free label any more"),
        };
        self.finish_request(row, LibraryRequestState::Cancelled, Some(&because), now)
    }

    /// One request for each of the sides, if the library is there to serve them.
    fn ask_for_labels(
        &self,
        library: i64,
        medium: PhysicalMediaId,
        sides: &[SideId],
        now: Timestamp,
    ) -> Result<()> {
        if sides.is_empty() || self.library(library)?.is_offline() {
            return Ok(());
        }
        for side in sides {
            let task = Task::on_side(LibraryOperation::WriteFreeLabel, medium, *side);
            let state = LibraryRequestState::Queued;
            let new = NewRequests { library, tasks: &[task], state, waiter: None, watched: None };
            self.insert_library_requests(&new, now)?;
        }
        Ok(())
    }

    /// Each Unprepared side of the medium for whose label nobody has asked gets its request.
    pub(crate) fn ask_for_missing_labels(&self, medium: i64, now: Timestamp) -> Result<()> {
        if !self.has_unprepared_side(medium)? {
            return Ok(());
        }
        let cartridge = self.cartridge(medium)?;
        let mut rows = self.requests_of_medium(cartridge.medium.id)?;
        for row in rows.extract_if(.., |row| row.library != cartridge.medium.library) {
            if row.task.operation == LibraryOperation::WriteFreeLabel
                && !self.is_being_turned(&row, &cartridge)?
            {
                self.end_label_request(&row, SideState::Unprepared, now)?;
            }
        }
        let sides: Vec<SideId> = cartridge
            .sides
            .iter()
            .filter(|side| side.state == SideState::Unprepared)
            .filter(|side| !rows.iter().any(|row| is_label_of(row, side.id)))
            .map(|side| side.id)
            .collect();
        self.ask_for_labels(cartridge.medium.library, cartridge.medium.id, &sides, now)
    }

    /// The same for the media of a library from a side on; gives the side to go on with.
    pub(crate) fn ask_for_missing_labels_from(
        &self,
        library: i64,
        from: i64,
        now: Timestamp,
    ) -> Result<Option<i64>> {
        let mut from = from;
        for _ in 0..AT_ONCE {
            let Some(side) = self.unprepared_side(library, from)? else { return Ok(None) };
            let medium = super::cartridge::medium_key(side);
            self.ask_for_missing_labels(medium, now)?;
            from = first_side_key(medium + 1);
        }
        Ok(Some(from))
    }

    /// Logical media have left their sides.
    pub(super) fn follow_logical_media(
        &self,
        before: &Cartridge,
        after: &Cartridge,
        now: Timestamp,
    ) -> Result<()> {
        let id = |side: &SideRow| side.logical.as_ref().map(|logical| logical.id);
        for (old, new) in before.sides.iter().zip(&after.sides) {
            if let Some(ended) = id(old).filter(|ended| id(new) != Some(*ended)) {
                self.follow_logical(after.medium.id, ended, now)?;
            }
        }
        Ok(())
    }

    /// A logical medium is on its side no longer: what it was to be mounted for is not there, and
    /// the side may become somebody else's. What is under way is that of the session, as a mount is.
    pub(super) fn follow_logical(
        &self,
        medium: PhysicalMediaId,
        logical: LogicalMediaId,
        now: Timestamp,
    ) -> Result<()> {
        let subject = Some((ObjectType::LogicalMedia, logical.into()));
        let because =
            Because::new(ErrorKind::InvalidMedia, "the logical medium is not on the side any more");
        for row in self.requests_of_medium(medium)? {
            let is_mount = row.task.operation == LibraryOperation::Mount && row.is_waiting();
            if is_mount && row.task.subject == subject {
                self.end_call(&row, LibraryRequestState::Invalid, &because, now)?;
            }
        }
        Ok(())
    }

    /// The medium is gone: nothing can be done with it, and calls that wait for it end.
    pub(super) fn end_requests_of_medium(
        &self,
        medium: PhysicalMediaId,
        now: Timestamp,
    ) -> Result<()> {
        let because = Because::new(ErrorKind::InvalidMedia, "the medium does not exist any more");
        for row in self.requests_of_medium(medium)? {
            // One that puts it out has just done so.
            let is_out = row.task.operation == LibraryOperation::Eject
                && row.state == LibraryRequestState::InProcess;
            if !is_out {
                self.end_call(&row, LibraryRequestState::Invalid, &because, now)?;
            }
        }
        Ok(())
    }

    /// A request ends its call: the others of the same call are cancelled with it.
    pub(crate) fn end_call(
        &self,
        row: &LibraryRequestRow,
        state: LibraryRequestState,
        because: &Because,
        now: Timestamp,
    ) -> Result<()> {
        self.finish_request(row, state, Some(because), now)?;
        let others = self.requests_of_call(row.call)?;
        let reason = "another request of the same call did not succeed";
        self.cancel_requests(&others, &Because::new(ErrorKind::Cancelled, reason), now)
    }
}
