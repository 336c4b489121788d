//! Where messages to people go: lists of names, one for each kind of message of the computer, a
//! library or a session.

use rusqlite::params;
use uuid::Uuid;

use super::column::uuid;
use super::transaction::{Transaction, View};
use crate::error::Result;
use crate::model::{Id, ObjectId, ObjectType, UiMessageType};

/// Whose a list is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum UiOwner {
    /// The computer or a library, by id: the list stays.
    Object(Uuid),
    /// A session, and its process: the list ends with it.
    Session(Uuid, i64),
}

/// One list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct UiList {
    pub(crate) owner: UiOwner,
    pub(crate) kind: UiMessageType,
}

impl UiList {
    fn scope(&self) -> [u8; 16] {
        match self.owner {
            UiOwner::Object(id) | UiOwner::Session(id, _) => *id.as_bytes(),
        }
    }

    fn process(&self) -> Option<i64> {
        match self.owner {
            UiOwner::Object(_) => None,
            UiOwner::Session(_, process) => Some(process),
        }
    }
}

const OF_LIST: &str = "SELECT name FROM ui_destination WHERE scope = ?1 AND kind = ?2 ORDER BY key";
const ADD: &str = "INSERT INTO ui_destination (id, scope, process, kind, name, folded) \
     VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT (scope, kind, folded) DO NOTHING";
const DELETE: &str =
    "DELETE FROM ui_destination WHERE scope = ?1 AND kind = ?2 AND folded = ?3 RETURNING id";
const DELETE_LIST: &str = "DELETE FROM ui_destination WHERE scope = ?1 AND kind = ?2 RETURNING id";
const DELETE_OF: &str = "DELETE FROM ui_destination WHERE scope = ?1 RETURNING id";
const DELETE_OF_PROCESS: &str = "DELETE FROM ui_destination WHERE process = ?1 RETURNING id";

/// Names are compared in this form.
pub(super) fn folded(name: &str) -> String {
    name.to_lowercase()
}

impl View<'_> {
    /// The names of a list, in the order in which they were added.
    pub(crate) fn ui_destinations(&self, list: &UiList) -> Result<Vec<String>> {
        self.all(OF_LIST, params![list.scope(), list.kind.value()], |row| row.get(0))
    }
}

impl Transaction<'_> {
    /// Adds a name to a list; says whether it was not in it.
    pub(crate) fn add_ui_destination(&self, id: Uuid, list: &UiList, name: &str) -> Result<bool> {
        let (scope, kind) = (list.scope(), list.kind.value());
        let values = params![id.as_bytes(), scope, list.process(), kind, name, folded(name)];
        let is_new = self.execute(ADD, values)? > 0;
        if is_new {
            self.inserted(ObjectType::UiDestination, ObjectId::from_uuid(id));
        }
        Ok(is_new)
    }

    /// Takes a name from a list; says whether it was in it.
    pub(crate) fn delete_ui_destination(&self, list: &UiList, name: &str) -> Result<bool> {
        let values = params![list.scope(), list.kind.value(), folded(name)];
        Ok(self.ui_destinations_gone(&self.all(DELETE, values, |row| uuid(row, 0))?) > 0)
    }

    pub(crate) fn delete_ui_list(&self, list: &UiList) -> Result<()> {
        let values = params![list.scope(), list.kind.value()];
        self.ui_destinations_gone(&self.all(DELETE_LIST, values, |row| uuid(row, 0))?);
        Ok(())
    }

    /// A library or session is gone, and with it its lists.
    pub(crate) fn delete_ui_destinations_of(&self, owner: Uuid) -> Result<()> {
        let gone = self.all(DELETE_OF, params![owner.as_bytes()], |row| uuid(row, 0))?;
        self.ui_destinations_gone(&gone);
        Ok(())
    }

    /// A process has died, and with it its sessions.
    pub(super) fn delete_ui_destinations_of_process(&self, process: i64) -> Result<()> {
        let gone = self.all(DELETE_OF_PROCESS, params![process], |row| uuid(row, 0))?;
        self.ui_destinations_gone(&gone);
        Ok(())
    }

    fn ui_destinations_gone(&self, ids: &[Uuid]) -> usize {
        let gone = |id: &Uuid| self.deleted(ObjectType::UiDestination, ObjectId::from_uuid(*id));
        ids.iter().for_each(gone);
        ids.len()
    }
}
