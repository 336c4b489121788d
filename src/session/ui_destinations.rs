//! GetNtmsUIOptions and SetNtmsUIOptions: where messages to people go.

use std::borrow::Cow;

use uuid::Uuid;

use super::Session;
use super::context::{Actor, present, require_on_computer, require_on_library};
use crate::catalog::{Transaction, UiList, UiOwner, View};
use crate::error::{Error, ErrorKind, Result};
use crate::model::{
    AccessRights, Id, LibraryId, ObjectId, ObjectType, UiDestinationAction, UiMessageType, UiScope,
    text,
};

impl Session {
    /// The destinations to which messages of one kind go, in the order in which they were added;
    /// none: nobody is told. A message goes to those of the session that caused it, of the library
    /// it is about, and of the computer, to each once.
    ///
    /// # Errors
    /// * `InvalidHandle`: the session is closed.
    /// * `InvalidParameter`: the kind is `Invalid`; the id of the library is missing, or that of
    ///   another object.
    /// * `ObjectNotFound`: no such library.
    /// * `AccessDenied`: USE is missing on the library, or on the computer. For the session's own
    ///   lists no right is needed.
    #[doc(alias = "GetNtmsUIOptions")]
    pub fn ui_destinations(&self, scope: UiScope, kind: UiMessageType) -> Result<Vec<String>> {
        self.check_open()?;
        let lists = self.lists(scope, kind)?;
        self.context().catalog.read(|view| {
            let list = lists.find(view, AccessRights::USE)?;
            view.ui_destinations(&list)
        })
    }

    /// Adds a destination for messages of one kind, removes one, or removes all.
    ///
    /// A destination is a name, 1 to 63 characters: whoever
    /// [serves](Session::serve_ui_destinations) it shows what comes.
    /// Names are compared without regard to case, and nobody checks that anybody serves them.
    /// Without a name, or with an empty one, this computer is meant. `DeleteAll` takes no notice of
    /// the name. A name that is added gets what people are asked already; of work, what comes next.
    ///
    /// The lists of libraries and of the computer stay; those of a session end with it.
    ///
    /// ```no_run
    /// use rsm::model::{UiDestinationAction, UiMessageType, UiScope};
    /// # fn example(session: &rsm::Session) -> rsm::Result<()> {
    /// let (add, request) = (UiDestinationAction::Add, UiMessageType::Request);
    /// session.set_ui_destinations(UiScope::Computer, request, add, Some("operators"))?;
    /// assert_eq!(session.ui_destinations(UiScope::Computer, request)?, ["operators"]);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// * `InvalidHandle`: the session is closed.
    /// * `InvalidParameter`: the kind is `Invalid`; the id of the library is missing, or that of
    ///   another object; the name is longer than 63 characters or holds a control character.
    /// * `ObjectNotFound`: no such library; or the name that is to be removed is not in the list.
    /// * `AccessDenied`: USE or MODIFY is missing on the library, or on the computer. For the
    ///   session's own lists no right is needed.
    /// * `AlreadyExists`: the name that is to be added is in the list.
    #[doc(alias = "SetNtmsUIOptions")]
    pub fn set_ui_destinations(
        &self,
        scope: UiScope,
        kind: UiMessageType,
        action: UiDestinationAction,
        destination: Option<&str>,
    ) -> Result<()> {
        self.check_open()?;
        let lists = self.lists(scope, kind)?;
        let name = destination.filter(|name| !name.is_empty()).map(str::to_owned);
        let change = Change { lists, action, name, id: self.context().ids.uuid() };
        if scope == UiScope::Application {
            // Closing has something to remove now.
            self.count_mount();
        }
        self.write(move |transaction| change.run(transaction))?;
        if scope == UiScope::Application && self.is_closed() {
            self.release_all()?;
        }
        Ok(())
    }

    fn lists(&self, scope: UiScope, kind: UiMessageType) -> Result<Lists> {
        if kind == UiMessageType::Invalid {
            return Err(Error::new(ErrorKind::InvalidParameter, "messages of no kind"));
        }
        if let UiScope::Library(library) = scope {
            present(library, "the library")?;
        }
        let session = UiOwner::Session(self.id(), self.context().catalog.process());
        Ok(Lists { scope, kind, session, actor: self.actor() })
    }
}

/// Which list a call is about.
struct Lists {
    scope: UiScope,
    kind: UiMessageType,
    session: UiOwner,
    actor: Actor,
}

impl Lists {
    /// The list, if the caller has the right.
    fn find(&self, view: &View<'_>, wanted: AccessRights) -> Result<UiList> {
        let caller = &self.actor.caller;
        let owner = match self.scope {
            UiScope::Application => self.session,
            UiScope::Computer => {
                let computer = require_on_computer(view, caller, wanted)?;
                UiOwner::Object(computer.id.as_uuid())
            }
            UiScope::Library(id) => {
                let row = view.library_by_id(id)?;
                let row = row.map_or_else(|| Err(no_library(view, id)?), Ok)?;
                require_on_library(caller, view, &row, wanted)?;
                UiOwner::Object(id.as_uuid())
            }
        };
        Ok(UiList { owner, kind: self.kind })
    }
}

/// The id is that of something else, or of nothing.
fn no_library(view: &View<'_>, id: LibraryId) -> Result<Error> {
    let (kind, reason) = match view.kind_of(id.into())? {
        Some(_) => (ErrorKind::InvalidParameter, "messages go by library or computer"),
        None => (ErrorKind::ObjectNotFound, "no such library"),
    };
    Ok(Error::new(kind, reason).about(ObjectType::Library, ObjectId::from(id)))
}

struct Change {
    lists: Lists,
    action: UiDestinationAction,
    name: Option<String>,
    id: Uuid,
}

impl Change {
    fn run(&self, transaction: &Transaction<'_>) -> Result<()> {
        let list = self.lists.find(transaction, AccessRights::USE | AccessRights::MODIFY)?;
        if self.action == UiDestinationAction::DeleteAll {
            return transaction.delete_ui_list(&list);
        }
        let name = self.name(transaction)?;
        let name = text::object_name(&name)?;
        let (done, kind, reason) = if self.action == UiDestinationAction::Add {
            let done = transaction.add_ui_destination(self.id, &list, name)?;
            if done {
                transaction.tell_new_ui_destination(&list, name, self.lists.actor.now)?;
            }
            (done, ErrorKind::AlreadyExists, "is in the list already")
        } else {
            let done = transaction.delete_ui_destination(&list, name)?;
            (done, ErrorKind::ObjectNotFound, "is not in the list")
        };
        if done { Ok(()) } else { Err(Error::new(kind, format!("destination {name} {reason}"))) }
    }

    /// The name that was given; without, that of this computer.
    fn name(&self, view: &View<'_>) -> Result<Cow<'_, str>> {
        match &self.name {
            Some(name) => Ok(Cow::Borrowed(name)),
            None => Ok(Cow::Owned(view.computer()?.name)),
        }
    }
}
