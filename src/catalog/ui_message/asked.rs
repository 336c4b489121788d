//! What people are asked: told once to each destination, and recalled when it is done.

use rusqlite::params;
use uuid::Uuid;

use crate::catalog::operator_request::OperatorRequestRow;
use crate::catalog::transaction::{Transaction, View};
use crate::catalog::ui_destination::{UiList, UiOwner, folded};
use crate::error::Result;
use crate::model::{
    CleanerTarget, Id, LibraryId, OperatorRequestId, OperatorRequestKind, OperatorRequestState,
    OperatorTask, PhysicalMediaId, ServiceTarget, Timestamp, UiMessageType,
};

const POST: &str = "INSERT INTO ui_message (request, kind, destination, folded, time) \
     SELECT ?1, ?2, name, folded, ?3 FROM ui_destination WHERE scope = ?4 AND kind = ?2 \
     ON CONFLICT (request, kind, folded) DO NOTHING";
const POST_TO: &str = "INSERT INTO ui_message (request, kind, destination, folded, time) \
     VALUES (?1, ?2, ?4, ?5, ?3) ON CONFLICT (request, kind, folded) DO NOTHING";
const DROP_WAITING: &str = "DELETE FROM ui_message WHERE request = ?1 AND state = 0";
const RECALL: &str = "UPDATE ui_message SET state = 2, outcome = ?2 \
     WHERE request = ?1 AND state = 1";

/// As what requests of a kind are told.
fn type_of(kind: OperatorRequestKind) -> UiMessageType {
    match kind {
        OperatorRequestKind::DeviceService => UiMessageType::Error,
        _ => UiMessageType::Request,
    }
}

impl View<'_> {
    /// The libraries that a task is about.
    fn libraries_of(&self, task: &OperatorTask) -> Result<Vec<LibraryId>> {
        let of_medium = |medium: PhysicalMediaId| -> Result<Option<i64>> {
            let key = self.medium_key(medium)?;
            key.map(|key| self.cartridge(key).map(|it| it.medium.library)).transpose()
        };
        let (named, key) = match *task {
            OperatorTask::NewMedia { library, .. } => (library, None),
            OperatorTask::MoveMedia { medium, to } => (Some(to), of_medium(medium)?),
            OperatorTask::Message
            | OperatorTask::DeviceService { device: ServiceTarget::Computer(_) } => (None, None),
            OperatorTask::Cleaner { target: CleanerTarget::Library(library) }
            | OperatorTask::DeviceService { device: ServiceTarget::Library(library) } => {
                (Some(library), None)
            }
            OperatorTask::Cleaner { target: CleanerTarget::Slot(slot) } => {
                (None, self.slot_by_id(slot)?.map(|row| row.library))
            }
            OperatorTask::DeviceService { device: ServiceTarget::Door(door) } => {
                (None, self.door_by_id(door)?.map(|row| row.library))
            }
            OperatorTask::DeviceService { device: ServiceTarget::Drive(drive) } => {
                (None, self.drive_by_id(drive)?.map(|row| row.library))
            }
            OperatorTask::DeviceService { device: ServiceTarget::Medium(medium) } => {
                (None, of_medium(medium)?)
            }
        };
        let other = key.map(|key| self.library(key).map(|row| row.id)).transpose()?;
        Ok(named.into_iter().chain(other).collect())
    }

    /// The libraries that a request is about, and the computer.
    fn scopes_of(&self, request: &OperatorRequestRow) -> Result<Vec<Uuid>> {
        let libraries = self.libraries_of(&request.task()?)?.into_iter();
        let computer = self.computer()?.id.as_uuid();
        Ok(libraries.map(|library| library.as_uuid()).chain([computer]).collect())
    }

    /// Whether the lists of this owner are told of an open request.
    fn is_told(&self, owner: UiOwner, request: &OperatorRequestRow) -> Result<bool> {
        match owner {
            UiOwner::Object(id) => Ok(self.scopes_of(request)?.contains(&id)),
            // [D] errors are never told to a session.
            UiOwner::Session(..) if type_of(request.kind) == UiMessageType::Error => Ok(false),
            UiOwner::Session(id, _) => {
                let work = self.work_waiting_for(request)?;
                let mut submitters =
                    work.iter().map(|row| &row.submitter).chain([&request.submitter]);
                Ok(submitters.any(|submitter| submitter.session == Some(id)))
            }
        }
    }
}

impl Transaction<'_> {
    /// Tells of a request: once for each destination of the session that caused it, of the libraries
    /// it is about and of the computer.
    pub(in crate::catalog) fn post_ui_messages(
        &self,
        request: &OperatorRequestRow,
        session: Option<Uuid>,
        now: Timestamp,
    ) -> Result<()> {
        let kind = type_of(request.kind).value();
        // [D] errors are never told to a session.
        let session = session.filter(|_| kind != UiMessageType::Error.value());
        let mut posted = 0;
        for scope in session.into_iter().chain(self.scopes_of(request)?) {
            let (request, now) = (request.id.to_bytes(), now.as_micros());
            posted += self.execute(POST, params![request, kind, now, scope.as_bytes()])?;
        }
        if posted > 0 { self.wake_ui_services() } else { Ok(()) }
    }

    /// A destination that is new in a list is told of what people are asked already.
    pub(crate) fn tell_new_ui_destination(
        &self,
        list: &UiList,
        name: &str,
        now: Timestamp,
    ) -> Result<()> {
        let mut posted = 0;
        for request in self.open_operator_requests()? {
            if type_of(request.kind) != list.kind || !self.is_told(list.owner, &request)? {
                continue;
            }
            let (request, kind) = (request.id.to_bytes(), list.kind.value());
            let values = params![request, kind, now.as_micros(), name, folded(name)];
            posted += self.execute(POST_TO, values)?;
        }
        if posted > 0 { self.wake_ui_services() } else { Ok(()) }
    }

    /// Nobody needs to do any more what messages ask for.
    pub(in crate::catalog) fn recall_ui_messages(
        &self,
        request: OperatorRequestId,
        outcome: Option<OperatorRequestState>,
    ) -> Result<()> {
        self.execute(DROP_WAITING, params![request.to_bytes()])?;
        let outcome = outcome.map(OperatorRequestState::value);
        let values = params![request.to_bytes(), outcome];
        if self.execute(RECALL, values)? > 0 { self.wake_ui_services() } else { Ok(()) }
    }
}
