//! What a closure may do inside a transaction, or a read.

use std::cell::{Cell, RefCell};
use std::sync::Arc;

use rusqlite::{Connection, OptionalExtension, Params, Row};
use uuid::Uuid;

use super::change_log::{Change, Kinds};
use super::submitter::Submitter;
use super::supply::Noted;
use crate::error::Result;
use crate::model::{ObjectId, ObjectType};

/// A consistent view of the catalog. The object families add their reading functions to it.
#[derive(Clone, Copy)]
pub(crate) struct View<'c> {
    connection: &'c Connection,
}

impl<'c> View<'c> {
    pub(super) fn new(connection: &'c Connection) -> Self {
        Self { connection }
    }

    /// The first row, if there is one.
    pub(super) fn first<T, P: Params>(
        &self,
        sql: &'static str,
        params: P,
        read: impl FnOnce(&Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<Option<T>> {
        let mut statement = self.connection.prepare_cached(sql)?;
        Ok(statement.query_row(params, read).optional()?)
    }

    /// Every row.
    pub(super) fn all<T, P: Params>(
        &self,
        sql: &'static str,
        params: P,
        read: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<Vec<T>> {
        let mut statement = self.connection.prepare_cached(sql)?;
        let rows = statement.query_map(params, read)?.collect::<rusqlite::Result<Vec<T>>>()?;
        Ok(rows)
    }

    /// The first rows, at most so many.
    pub(super) fn some<T, P: Params>(
        &self,
        sql: &'static str,
        params: P,
        most: usize,
        read: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<Vec<T>> {
        let mut statement = self.connection.prepare_cached(sql)?;
        let rows = statement.query_map(params, read)?.take(most);
        Ok(rows.collect::<rusqlite::Result<Vec<T>>>()?)
    }

    /// Shows every row to `look`, one at a time.
    pub(super) fn each<P: Params>(
        &self,
        sql: &'static str,
        params: P,
        mut look: impl FnMut(&Row<'_>) -> rusqlite::Result<()>,
    ) -> Result<()> {
        let mut statement = self.connection.prepare_cached(sql)?;
        let mut rows = statement.query(params)?;
        while let Some(row) = rows.next()? {
            look(row)?;
        }
        Ok(())
    }
}

/// Who is to be told of operations when they are durable.
#[derive(Debug, Default)]
pub(super) struct Told {
    /// Ids that are watched.
    pub(super) woken: Vec<Uuid>,
    /// Kinds of the objects that have changed.
    pub(super) kinds: Kinds,
}

impl Told {
    pub(super) fn append(&mut self, mut other: Self) {
        self.woken.append(&mut other.woken);
        self.kinds = self.kinds.or(other.kinds);
    }
}

/// A view that can be changed. Every change names the objects it changes; they go into the change
/// log with the operation.
pub(crate) struct Transaction<'c> {
    view: View<'c>,
    changes: RefCell<Vec<Change>>,
    woken: RefCell<Vec<Uuid>>,
    kinds: Cell<Kinds>,
    submitter: RefCell<Option<Arc<Submitter>>>,
    pub(super) noted: Noted,
}

impl<'c> std::ops::Deref for Transaction<'c> {
    type Target = View<'c>;

    fn deref(&self) -> &View<'c> {
        &self.view
    }
}

impl<'c> Transaction<'c> {
    pub(super) fn new(connection: &'c Connection) -> Self {
        Self::noting(connection, Noted::default())
    }

    pub(super) fn noting(connection: &'c Connection, noted: Noted) -> Self {
        Self {
            view: View::new(connection),
            changes: RefCell::default(),
            woken: RefCell::default(),
            kinds: Cell::default(),
            submitter: RefCell::default(),
            noted,
        }
    }

    /// Runs a statement that changes rows; says how many.
    pub(super) fn execute<P: Params>(&self, sql: &'static str, params: P) -> Result<usize> {
        Ok(self.view.connection.prepare_cached(sql)?.execute(params)?)
    }

    /// Runs an INSERT; returns the new row's key.
    pub(super) fn insert<P: Params>(&self, sql: &'static str, params: P) -> Result<i64> {
        Ok(self.view.connection.prepare_cached(sql)?.insert(params)?)
    }

    pub(crate) fn inserted(&self, object_type: ObjectType, id: impl Into<ObjectId>) {
        self.changes.borrow_mut().push(Change::inserted(object_type, id.into()));
    }

    pub(crate) fn updated(&self, object_type: ObjectType, id: impl Into<ObjectId>) {
        self.changes.borrow_mut().push(Change::updated(object_type, id.into()));
    }

    pub(crate) fn deleted(&self, object_type: ObjectType, id: impl Into<ObjectId>) {
        self.changes.borrow_mut().push(Change::deleted(object_type, id.into()));
    }

    /// Something that was made in this operation has gone on in it.
    pub(crate) fn went_on(&self, object_type: ObjectType, id: impl Into<ObjectId>) {
        self.changes.borrow_mut().push(Change::went_on(object_type, id.into()));
    }

    /// The operation that gives this id as a result has ended.
    pub(crate) fn completed(&self, object_type: ObjectType, id: impl Into<ObjectId>) {
        self.changes.borrow_mut().push(Change::completed(object_type, id.into()));
    }

    /// Requests that the operation makes from here on are this submitter's. Before, they are the
    /// manager's own.
    pub(crate) fn act_for(&self, submitter: &Arc<Submitter>) {
        self.submitter.replace(Some(Arc::clone(submitter)));
    }

    pub(super) fn submitter(&self) -> Arc<Submitter> {
        self.submitter.borrow().clone().unwrap_or_else(|| Arc::new(Submitter::manager()))
    }

    /// Whoever [watches](super::Catalog::watch) the thing with this id is woken when the operation
    /// is durable.
    pub(crate) fn wake(&self, id: Uuid) {
        self.woken.borrow_mut().push(id);
    }

    /// Who is to be woken when the operation is durable.
    pub(super) fn into_told(self) -> Told {
        Told { woken: self.woken.into_inner(), kinds: self.kinds.get() }
    }

    /// Writes the operation's row of the change log, if it changed anything. What belongs to objects
    /// that are gone goes, too.
    pub(super) fn append_changes(&self) -> Result<()> {
        let changes = self.changes.take();
        changes
            .iter()
            .filter_map(Change::gone)
            .try_for_each(|object| self.delete_attributes(object))?;
        if !changes.is_empty() {
            self.kinds.set(self.log_changes(changes)?);
        }
        Ok(())
    }
}
