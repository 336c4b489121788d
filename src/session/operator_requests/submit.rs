//! SubmitNtmsOperatorRequest: an application asks a person for something.

use std::sync::Arc;

use crate::catalog::{
    Answer, LibraryRow, OperatorRequestRow, Origin, Submitter, Transaction, View,
};
use crate::error::{Error, ErrorKind, Result};
use crate::model::{
    AccessRights, CleanerTarget, LibraryId, ObjectId, ObjectType, OperatorRequestId,
    OperatorRequestState, OperatorTask, PhysicalMediaId, ServiceTarget, text,
};
use crate::session::Session;
use crate::session::context::{Actor, require_on_computer, require_on_library};

impl Session {
    /// Asks a person for something. Returns at once;
    /// [`wait_operator_request`](Session::wait_operator_request) waits for the answer.
    ///
    /// The request is Submitted until an operator reads it, and is answered by people only: it is
    /// never completed because the library sees that it was done, and it stays when its session or
    /// process ends. The message is what the operator reads besides: at most 255 characters, line
    /// ends and tabs permitted; [`OperatorTask::Message`] is nothing without it.
    ///
    /// | task | CONTROL is needed on |
    /// |---|---|
    /// | new media | the pool |
    /// | cleaner, service | the library, or the computer |
    /// | move a medium | the pool the medium is in |
    /// | message | nothing; USE on the computer |
    ///
    /// The rules of Windows XP ask for no right.
    ///
    /// ```no_run
    /// use rsm::model::{OperatorTask, Timeout};
    /// # fn example(session: &rsm::Session) -> rsm::Result<()> {
    /// let request = session.submit_operator_request(OperatorTask::Message, Some("insert set 7"))?;
    /// session.wait_operator_request(request, Timeout::Forever)?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// * `InvalidHandle`: the session is closed.
    /// * `MessageExceedsMaxSize`: the message is longer than 255 characters.
    /// * `InvalidParameter`: a message request without text, or with blanks only; a control
    ///   character; a required id is missing.
    /// * `ObjectNotFound`: no such pool, library, slot, drive, door or medium.
    /// * `AccessDenied`: the right is missing.
    #[doc(alias = "SubmitNtmsOperatorRequest")]
    pub fn submit_operator_request(
        &self,
        task: OperatorTask,
        message: Option<&str>,
    ) -> Result<OperatorRequestId> {
        self.check_open()?;
        let message = text::operator_message(message.unwrap_or_default())?;
        // [D] a message says something.
        if task == OperatorTask::Message && message.trim().is_empty() {
            return Err(Error::new(ErrorKind::InvalidParameter, "the message is empty"));
        }
        let task = OperatorTask::from_arguments(task.kind(), task.arguments())?;
        let context = self.context();
        let submission = Submission {
            id: context.ids.fresh(),
            task,
            message: message.to_owned(),
            submitter: self.submitter(),
            actor: self.actor(),
        };
        let id = submission.id;
        context.catalog.write(move |transaction| submission.run(transaction))?;
        Ok(id)
    }
}

struct Submission {
    id: OperatorRequestId,
    task: OperatorTask,
    message: String,
    submitter: Arc<Submitter>,
    actor: Actor,
}

impl Submission {
    fn run(&self, transaction: &Transaction<'_>) -> Result<()> {
        self.check(transaction)?;
        transaction.insert_operator_request(&OperatorRequestRow {
            key: 0,
            id: self.id,
            kind: self.task.kind(),
            state: OperatorRequestState::Submitted,
            origin: Origin::Application,
            message: self.message.clone(),
            description: String::new(),
            arguments: self.task.arguments(),
            submitter: Arc::clone(&self.submitter),
            submitted: self.actor.now,
            modified: self.actor.now,
            answer: Answer::default(),
        })
    }

    /// What the task names exists, and the caller has the right.
    fn check(&self, view: &View<'_>) -> Result<()> {
        match self.task {
            OperatorTask::NewMedia { pool, library } => {
                let row = view.pool_by_id(pool)?;
                let row = row.ok_or_else(|| missing(ObjectType::MediaPool, pool))?;
                if let Some(library) = library {
                    find_library(view, library)?;
                }
                self.actor.require_on_pool(&row, AccessRights::CONTROL, AccessRights::empty())
            }
            OperatorTask::Cleaner { target } => {
                self.require_on_library(view, &library_of_cleaner(view, target)?)
            }
            OperatorTask::DeviceService { device } => {
                self.require_on_library(view, &library_of_device(view, device)?)
            }
            OperatorTask::MoveMedia { medium, to } => {
                let key = find_medium(view, medium)?;
                find_library(view, to)?;
                let pool = view.pool(view.cartridge(key)?.medium.pool)?;
                self.actor.require_on_pool(&pool, AccessRights::CONTROL, AccessRights::empty())
            }
            OperatorTask::Message => {
                let wanted = self.actor.model.choose(AccessRights::USE, AccessRights::empty());
                require_on_computer(view, &self.actor.caller, wanted).map(drop)
            }
        }
    }

    fn require_on_library(&self, view: &View<'_>, library: &LibraryRow) -> Result<()> {
        let wanted = self.actor.model.choose(AccessRights::CONTROL, AccessRights::empty());
        require_on_library(&self.actor.caller, view, library, wanted)
    }
}

fn library_of_cleaner(view: &View<'_>, target: CleanerTarget) -> Result<LibraryRow> {
    match target {
        CleanerTarget::Library(library) => find_library(view, library),
        CleanerTarget::Slot(slot) => {
            let row = view.slot_by_id(slot)?;
            view.library(row.ok_or_else(|| missing(ObjectType::StorageSlot, slot))?.library)
        }
    }
}

fn library_of_device(view: &View<'_>, device: ServiceTarget) -> Result<LibraryRow> {
    match device {
        ServiceTarget::Door(door) => {
            let row = view.door_by_id(door)?;
            view.library(row.ok_or_else(|| missing(ObjectType::InsertEjectDoor, door))?.library)
        }
        ServiceTarget::Library(library) => find_library(view, library),
        ServiceTarget::Medium(medium) => {
            view.library(view.cartridge(find_medium(view, medium)?)?.medium.library)
        }
        ServiceTarget::Drive(drive) => {
            let row = view.drive_by_id(drive)?;
            view.library(row.ok_or_else(|| missing(ObjectType::Drive, drive))?.library)
        }
        ServiceTarget::Computer(computer) => {
            let reason = "applications ask for no service of the computer";
            Err(Error::new(ErrorKind::ObjectNotFound, reason).about(ObjectType::Computer, computer))
        }
    }
}

fn find_library(view: &View<'_>, library: LibraryId) -> Result<LibraryRow> {
    view.library_by_id(library)?.ok_or_else(|| missing(ObjectType::Library, library))
}

fn find_medium(view: &View<'_>, medium: PhysicalMediaId) -> Result<i64> {
    view.medium_key(medium)?.ok_or_else(|| missing(ObjectType::PhysicalMedia, medium))
}

fn missing(object_type: ObjectType, id: impl Into<ObjectId>) -> Error {
    Error::new(ErrorKind::ObjectNotFound, format!("no such {object_type:?}")).about(object_type, id)
}
