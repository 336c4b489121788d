//! Media that are in no online library while mounts wait for them: a person is asked to bring them.
//!
//! A mount that waits for a person has the operator request in its row; it goes on when that is
//! empty. One open request serves all who wait for the same medium in the same library.

use rusqlite::params;

use super::cartridge::{Cartridge, Place, side_number};
use super::drive::DriveRow;
use super::free_pool::finish_pending_return;
use super::library::LibraryRow;
use super::library_request::{Because, LibraryRequestRow};
use super::operator_request::{OperatorRequestRow, Origin, WaitingCaller};
use super::transaction::{Transaction, View};
use crate::error::{ErrorKind, Result};
use crate::model::{
    Id, LibraryOperation, LibraryRequestState, LibraryType, MediaState, MountOptions, ObjectType,
    OperatorRequestId, OperatorRequestKind, OperatorRequestState, OperatorTask, PhysicalMediaId,
    Timestamp,
};

const PID: &str = "SELECT pid FROM process WHERE key = ?1";

impl View<'_> {
    /// The first library, by age, that is there, may be used and lists all these media types.
    pub(crate) fn library_for_types(&self, types: &[i64]) -> Result<Option<LibraryRow>> {
        for library in self.libraries()? {
            if library.is_offline() || !library.enabled {
                continue;
            }
            let mut lists_all = true;
            for media_type in types {
                lists_all &= self.lists_media_type(library.key, *media_type)?;
            }
            if lists_all {
                return Ok(Some(library));
            }
        }
        Ok(None)
    }

    /// The number by which the operating system knows a process.
    pub(crate) fn pid_of_process(&self, process: i64) -> Result<Option<u32>> {
        self.first(PID, params![process], |row| row.get(0))
    }

    /// What waits for people in the queues of all libraries.
    pub(crate) fn all_requests_with_operator(&self) -> Result<Vec<LibraryRequestRow>> {
        let mut rows = Vec::new();
        for library in self.libraries()? {
            rows.extend(self.requests_with_operator(library.key)?);
        }
        Ok(rows)
    }

    /// Who waits for a request of a library.
    pub(crate) fn caller_of(&self, row: &LibraryRequestRow) -> Result<WaitingCaller> {
        let process = row.waiter.map(|waiter| self.pid_of_process(waiter.process)).transpose()?;
        Ok(WaitingCaller {
            application: row.submitter.application.clone(),
            user: row.submitter.user.clone(),
            process: process.flatten(),
            session: row.waiter.map(|waiter| waiter.session),
            since: row.queued,
            deadline: row.waiter.and_then(|waiter| waiter.deadline),
        })
    }

    /// Whether a request of the library waits for what people were asked.
    fn is_waited_for(&self, library: i64, asked: OperatorRequestId) -> Result<bool> {
        let rows = self.requests_with_operator(library)?;
        Ok(rows.iter().any(|row| row.operator_request == Some(asked)))
    }

    /// Whether any other request waits for what people were asked for these.
    fn is_waited_for_by_others(
        &self,
        rows: &[LibraryRequestRow],
        asked: OperatorRequestId,
    ) -> Result<bool> {
        match rows.iter().find(|row| row.operator_request == Some(asked)) {
            Some(row) => self.is_waited_for(row.library, asked),
            None => Ok(false),
        }
    }

    /// The work of libraries that waits for what this request asks for.
    pub(in crate::catalog) fn work_waiting_for(
        &self,
        row: &OperatorRequestRow,
    ) -> Result<Vec<LibraryRequestRow>> {
        let mut rows = self.all_requests_with_operator()?;
        rows.retain(|work| work.operator_request == Some(row.id));
        Ok(rows)
    }

    /// The mounts that wait for what this request asks for.
    pub(super) fn mounts_waiting_for(
        &self,
        row: &OperatorRequestRow,
    ) -> Result<Vec<LibraryRequestRow>> {
        let Some((ObjectType::PhysicalMedia, medium)) = row.arguments[0] else {
            return Ok(Vec::new());
        };
        let mut rows = self.requests_of_medium(PhysicalMediaId::from_uuid(medium.as_uuid()))?;
        rows.retain(|mount| mount.operator_request == Some(row.id));
        Ok(rows)
    }
}

fn is_waiting_mount(row: &LibraryRequestRow) -> bool {
    row.task.operation == LibraryOperation::Mount && row.is_waiting()
}

/// What waits for a person, for that person.
fn what_waits(row: &LibraryRequestRow) -> &'static str {
    match row.task.operation {
        LibraryOperation::WriteFreeLabel => "a free label",
        _ => "a mount",
    }
}

/// Whether the medium lies in a stand-alone drive with another side up than the mount wants.
fn is_wrong_side_up(row: &LibraryRequestRow, cartridge: &Cartridge, library: &LibraryRow) -> bool {
    let is_inside = library.library_type == LibraryType::Standalone
        && library.key == cartridge.medium.library
        && matches!(cartridge.medium.place, Place::Drive(_));
    let wanted = cartridge.sides.iter().find(|side| Some(side.id) == row.task.side);
    is_inside
        && cartridge.medium.mounted_side.is_some()
        && wanted.is_some_and(|side| !cartridge.medium.is_up(side_number(side.key)))
}

/// Whether the mount is bound to its library: by its drive, or by others of its call.
pub(super) fn is_bound(row: &LibraryRequestRow) -> bool {
    row.task.mount_options.contains(MountOptions::SPECIFIC_DRIVE) || !row.call.is_single()
}

impl Transaction<'_> {
    /// A mount waits for a medium that is in no online library, or it or a free label for one whose
    /// other side is up in a stand-alone drive: a person is asked to bring it, or to turn it over. When nobody is there,
    /// its call fails.
    pub(crate) fn ask_for_medium(
        &self,
        row: &LibraryRequestRow,
        cartridge: &Cartridge,
        now: Timestamp,
    ) -> Result<()> {
        let target = self.library(row.library)?;
        let unattended = self.why_unattended(row.submitter.attendance, now)?;
        if let Some(why) = unattended {
            return self.leave_without_people(row, &why, now);
        }
        if is_wrong_side_up(row, cartridge, &target) {
            return self.ask_to_turn(row, cartridge, &target, now);
        }
        // A stand-alone drive is watched while somebody waits for what people put in.
        let how = if target.library_type == LibraryType::Standalone {
            ""
        } else {
            " and take an inventory"
        };
        let message = format!(
            "Bring medium {} of pool {} into library {}{how}: {} waits for it.",
            cartridge.medium.title(),
            self.pool(cartridge.medium.pool)?.name,
            target.name,
            what_waits(row)
        );
        let task = OperatorTask::MoveMedia { medium: cartridge.medium.id, to: target.id };
        let request = self.ask_people(&task, &message, &row.submitter, now)?;
        self.set_request_operator(row, Some(request))?;
        let title = cartridge.medium.title();
        let obstacle = format!("a person is asked to bring medium {title} to {}", target.name);
        self.let_wait(row, &obstacle, now)?;
        self.set_waiting(cartridge, MediaState::WaitingForOperator, now)
    }

    /// The medium stays what it is: whoever wants the side that is up can have it meanwhile.
    fn ask_to_turn(
        &self,
        row: &LibraryRequestRow,
        cartridge: &Cartridge,
        library: &LibraryRow,
        now: Timestamp,
    ) -> Result<()> {
        let title = cartridge.medium.title();
        let message = format!(
            "Take medium {title} out of library {}, turn it over and put it in again: {} waits \
             for its other side.",
            library.name,
            what_waits(row)
        );
        let task = OperatorTask::MoveMedia { medium: cartridge.medium.id, to: library.id };
        let request = self.ask_people(&task, &message, &row.submitter, now)?;
        self.set_request_operator(row, Some(request))?;
        let obstacle = format!("a person is asked to turn medium {title} over in {}", library.name);
        self.let_wait(row, &obstacle, now)
    }

    fn set_waiting(&self, before: &Cartridge, state: MediaState, now: Timestamp) -> Result<()> {
        let mut after = before.clone();
        after.medium.state = state;
        if state == MediaState::Idle && after.medium.enabled {
            finish_pending_return(self, &mut after)?;
        }
        self.store_cartridge(before, after, now)
    }

    /// Looks whether the media that mounts wait for are there.
    pub(crate) fn tend_absent_media(&self, now: Timestamp) -> Result<()> {
        let detects = self.computer()?.detection;
        self.all_requests_with_operator()?.iter().try_for_each(|row| self.tend(row, detects, now))
    }

    fn tend(&self, row: &LibraryRequestRow, detects: bool, now: Timestamp) -> Result<()> {
        // Whoever carries out anything else looks at the answer himself.
        let is_dismount = row.task.operation == LibraryOperation::Dismount;
        if !row.task.operation.brings_up_side() && !is_dismount {
            return Ok(());
        }
        let medium = row.task.medium.map(|id| self.medium_key(id)).transpose()?.flatten();
        let (Some(medium), Some(asked)) = (medium, row.operator_request) else { return Ok(()) };
        // It may have ended with another one of its call.
        if self.library_request(row.id)?.is_none_or(|row| row.completed.is_some()) {
            return Ok(());
        }
        let cartridge = self.cartridge(medium)?;
        let place = self.place_for(row, &cartridge)?;
        let request = self.operator_request(asked)?;
        let state = request.as_ref().map(|request| request.state);
        if is_dismount {
            return self.tend_dismount(row, medium, request.as_ref(), now);
        }
        match (state, place) {
            (Some(OperatorRequestState::Refused), _) => {
                let refused =
                    format!("an operator refused to bring medium {}", cartridge.medium.title());
                let reason = request.map(|request| request.answer.refusal(&refused));
                let because = Because::new(ErrorKind::RequestRefused, reason.unwrap_or(refused));
                self.end_call(row, LibraryRequestState::Failed, &because, now)
            }
            (Some(OperatorRequestState::Complete) | None, Some(library)) => {
                self.go_on_in(row, library, now)
            }
            // Somebody says that it is there, and it is not.
            (Some(OperatorRequestState::Complete) | None, None) => {
                self.ask_for_medium(row, &cartridge, now)
            }
            (Some(_), Some(library)) if detects => {
                self.go_on_in(row, library, now)?;
                self.complete_if_done(asked, now)
            }
            (Some(_), _) => Ok(()),
        }
    }

    /// Nobody waits for it any more: what was asked for has been seen.
    fn complete_if_done(&self, asked: OperatorRequestId, now: Timestamp) -> Result<()> {
        match self.operator_request(asked)? {
            Some(request) if self.mounts_waiting_for(&request)?.is_empty() => {
                self.set_operator_request_state(asked, OperatorRequestState::Complete, now)
            }
            _ => Ok(()),
        }
    }

    /// The library in which the mount can go on, if the medium is in one: its own; for one medium
    /// that may go into any drive, any that has one.
    fn place_for(&self, row: &LibraryRequestRow, cartridge: &Cartridge) -> Result<Option<i64>> {
        let library = self.library(cartridge.medium.library)?;
        if library.is_offline() {
            return Ok(None);
        }
        if library.key == row.library {
            let is_ready = !is_wrong_side_up(row, cartridge, &library);
            return Ok(is_ready.then_some(library.key));
        }
        let has_drive = self.drives_of_library(library.key)?.iter().any(DriveRow::is_in_service);
        Ok((!is_bound(row) && has_drive).then_some(library.key))
    }

    fn go_on_in(&self, row: &LibraryRequestRow, library: i64, now: Timestamp) -> Result<()> {
        self.set_request_operator(row, None)?;
        if library != row.library {
            self.move_request(row, library)?;
        }
        self.let_wait(row, "the medium has come; it waits for a drive", now)?;
        self.stop_waiting(row, now)?;
        self.wake(row.call.watched);
        self.wake_library(library)?;
        Ok(())
    }

    /// A medium is in another library now: mounts that wait for it go on there, or as mounts of an
    /// offline medium.
    pub(super) fn follow_move(&self, medium: PhysicalMediaId, now: Timestamp) -> Result<()> {
        let rows = self.requests_of_medium(medium)?;
        // Those who have asked a person are looked at by the library.
        let is_concerned =
            |row: &&LibraryRequestRow| is_waiting_mount(row) && row.operator_request.is_none();
        for row in rows.iter().filter(is_concerned) {
            let Some(key) = self.medium_key(medium)? else { return Ok(()) };
            let cartridge = self.cartridge(key)?;
            match self.place_for(row, &cartridge)? {
                Some(library) => self.go_on_in(row, library, now)?,
                None => self.miss(row, key, now)?,
            }
        }
        Ok(())
    }

    /// What a mount waits for is not there any more.
    fn miss(&self, row: &LibraryRequestRow, medium: i64, now: Timestamp) -> Result<()> {
        if self.library_request(row.id)?.is_none_or(|row| row.completed.is_some()) {
            return Ok(());
        }
        self.stop_asking(row, now)?;
        let cartridge = self.cartridge(medium)?;
        let title = cartridge.medium.title();
        if row.task.mount_options.contains(MountOptions::ERROR_IF_OFFLINE) {
            let because =
                Because::new(ErrorKind::MediaOffline, format!("medium {title} went offline"));
            return self.end_call(row, LibraryRequestState::Cancelled, &because, now);
        }
        if !self.library(row.library)?.is_offline() {
            return self.ask_for_medium(row, &cartridge, now);
        }
        let other = self.library_for_types(&[cartridge.medium.media_type])?;
        match other.filter(|_| !is_bound(row)) {
            Some(library) => {
                self.move_request(row, library.key)?;
                let row = LibraryRequestRow { library: library.key, ..row.clone() };
                self.ask_for_medium(&row, &cartridge, now)
            }
            None => {
                let reason = format!("no library that takes medium {title} is there any more");
                let because = Because::new(ErrorKind::ResourceNotAvailable, reason);
                self.end_call(row, LibraryRequestState::Failed, &because, now)
            }
        }
    }

    /// A library's hardware is gone: so are its media, for those who wait for mounts.
    pub(super) fn miss_library(&self, library: i64, now: Timestamp) -> Result<()> {
        for row in self.request_queue(library, LibraryOperation::Mount)? {
            let medium = row.task.medium.map(|id| self.medium_key(id)).transpose()?.flatten();
            if let Some(medium) = medium.filter(|_| is_waiting_mount(&row)) {
                self.miss(&row, medium, now)?;
            }
        }
        Ok(())
    }

    /// A request that waited for a person has ended: nobody is asked any more, unless others wait
    /// for the same. What the library asked for its own work is refused.
    pub(super) fn stop_asking(&self, row: &LibraryRequestRow, now: Timestamp) -> Result<()> {
        let Some(asked) = row.operator_request else { return Ok(()) };
        self.set_request_operator(row, None)?;
        if row.task.operation != LibraryOperation::Mount {
            let request = self.operator_request(asked)?.filter(|r| !r.state.is_final());
            let refused = OperatorRequestState::Refused;
            return match request {
                // Others of its library may wait for the same.
                Some(_) if self.is_waited_for(row.library, asked)? => Ok(()),
                Some(_) => self.set_operator_request_state(asked, refused, now),
                None => Ok(()),
            };
        }
        if let Some(request) = self.operator_request(asked)?.filter(|r| !r.state.is_final())
            && self.mounts_waiting_for(&request)?.is_empty()
        {
            self.delete_operator_request(asked)?;
        }
        self.stop_waiting(row, now)
    }

    /// The medium of a mount waits for nobody any more, unless others wait for it.
    fn stop_waiting(&self, row: &LibraryRequestRow, now: Timestamp) -> Result<()> {
        let medium = row.task.medium.map(|id| self.medium_key(id)).transpose()?.flatten();
        let Some(medium) = medium else { return Ok(()) };
        let cartridge = self.cartridge(medium)?;
        let others = self.requests_of_medium(cartridge.medium.id)?;
        // What else is done with it may wait for people for other reasons.
        let waits = |other: &LibraryRequestRow| {
            other.task.operation == LibraryOperation::Mount && other.operator_request.is_some()
        };
        let is_waited_for = others.iter().any(waits);
        if cartridge.medium.state == MediaState::WaitingForOperator && !is_waited_for {
            self.set_waiting(&cartridge, MediaState::Idle, now)?;
        }
        Ok(())
    }

    /// Somebody has cancelled these mounts: what was asked for them is refused, unless others wait
    /// for it.
    pub(crate) fn refuse_what_was_asked(
        &self,
        rows: &[LibraryRequestRow],
        now: Timestamp,
    ) -> Result<()> {
        for row in rows {
            self.set_request_operator(row, None)?;
        }
        for asked in rows.iter().filter_map(|row| row.operator_request) {
            if let Some(request) = self.operator_request(asked)?.filter(|r| !r.state.is_final())
                && self.mounts_waiting_for(&request)?.is_empty()
                && !self.is_waited_for_by_others(rows, asked)?
            {
                self.set_operator_request_state(asked, OperatorRequestState::Refused, now)?;
            }
        }
        Ok(())
    }

    /// A person has answered: the mounts that wait for it go on, ask again or fail.
    pub(super) fn heed_answer(&self, answered: OperatorRequestId, now: Timestamp) -> Result<()> {
        let Some(request) = self.operator_request(answered)? else { return Ok(()) };
        if request.origin != Origin::Manager {
            return Ok(());
        }
        if request.kind == OperatorRequestKind::DeviceService {
            return self.heed_service(&request, now);
        }
        if let (OperatorRequestKind::Cleaner, Some((ObjectType::Library, library))) =
            (request.kind, request.arguments[0])
        {
            // Whatever is to be cleaned there is looked at.
            self.wake(library.as_uuid());
            return Ok(());
        }
        for mount in self.mounts_waiting_for(&request)? {
            self.tend(&mount, true, now)?;
        }
        Ok(())
    }
}
