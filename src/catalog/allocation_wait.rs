//! Allocations that wait for a side, in the order in which they came.

use rusqlite::{Row, params};
use uuid::Uuid;

use super::column::{id, id_or_null, parsed, time, time_or_null, uuid};
use super::transaction::{Transaction, View};
use crate::error::Result;
use crate::model::{Attendance, Claimant, Id, OperatorRequestId, PoolId, Timestamp};

/// A waiting allocation's row.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct AllocationWaitRow {
    /// Its place in the order.
    pub(crate) key: i64,
    /// Also what the id of the logical medium is made of.
    pub(crate) id: Uuid,
    pub(crate) process: i64,
    pub(crate) session: Uuid,
    pub(crate) pool: i64,
    /// With NEW.
    pub(crate) whole: bool,
    pub(crate) claimant: Claimant,
    /// The free pool on which the caller was found to have the right.
    pub(crate) free_pool: Option<i64>,
    /// The operator request of the moment.
    pub(crate) request: OperatorRequestId,
    pub(crate) since: Timestamp,
    pub(crate) deadline: Option<Timestamp>,
    /// What the session has said for itself.
    pub(crate) attendance: Option<Attendance>,
    /// The side that was handed over, and the pool it came from.
    pub(crate) given: Option<(i64, PoolId)>,
}

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT key, id, process, session, pool, whole, caller, free_pool, request, since, \
             deadline, attendance, side, source FROM allocation_wait ",
            $rest
        )
    };
}

const BY_ID: &str = select!("WHERE id = ?1");
const NEXT: &str =
    select!("WHERE pool = ?1 AND whole = ?2 AND key > ?3 AND side IS NULL ORDER BY key LIMIT 1");
const OF_SESSION: &str = select!("WHERE session = ?1 ORDER BY key");
const OF_PROCESS: &str = select!("WHERE process = ?1 ORDER BY key");
const ANY: &str = "SELECT 1 FROM allocation_wait WHERE key > 0 LIMIT 1";
const NEXT_POOL: &str = "SELECT pool FROM allocation_wait WHERE pool > ?1 AND side IS NULL \
     ORDER BY pool LIMIT 1";
const INSERT: &str = "INSERT INTO allocation_wait (id, process, session, pool, whole, caller, \
     free_pool, request, since, deadline, attendance) \
     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)";
const FOLLOWS: &str = "SELECT attendance IS NULL FROM allocation_wait WHERE request = ?1 \
     AND side IS NULL";
const GIVE: &str = "UPDATE allocation_wait SET side = ?2, source = ?3 WHERE key = ?1";
const ASK_AGAIN: &str = "UPDATE allocation_wait SET pool = ?2, request = ?3, free_pool = ?4 \
     WHERE key = ?1";
const GRANT: &str = "UPDATE allocation_wait SET free_pool = ?2 WHERE key = ?1";
const END: &str = "UPDATE allocation_wait SET pool = 0 WHERE key = ?1";
const DELETE: &str = "DELETE FROM allocation_wait WHERE key = ?1";

fn read(row: &Row<'_>) -> rusqlite::Result<AllocationWaitRow> {
    let side: Option<i64> = row.get(12)?;
    let attendance: Option<i64> = row.get(11)?;
    Ok(AllocationWaitRow {
        key: row.get(0)?,
        id: uuid(row, 1)?,
        process: row.get(2)?,
        session: uuid(row, 3)?,
        pool: row.get(4)?,
        whole: row.get(5)?,
        claimant: parsed(row, 6)?,
        free_pool: row.get(7)?,
        request: id(row, 8)?,
        since: time(row, 9)?,
        deadline: time_or_null(row, 10)?,
        attendance: attendance.and_then(|value| Attendance::try_from(value).ok()),
        given: side.zip(id_or_null(row, 13)?),
    })
}

impl View<'_> {
    pub(crate) fn allocation_wait(&self, wait: Uuid) -> Result<Option<AllocationWaitRow>> {
        self.first(BY_ID, params![wait.as_bytes()], read)
    }

    /// The next call that waits in this pool behind a place in the order.
    pub(crate) fn next_allocation_wait(
        &self,
        pool: i64,
        whole: bool,
        behind: i64,
    ) -> Result<Option<AllocationWaitRow>> {
        self.first(NEXT, params![pool, whole, behind], read)
    }

    pub(crate) fn allocation_waits_of_session(
        &self,
        session: Uuid,
    ) -> Result<Vec<AllocationWaitRow>> {
        self.all(OF_SESSION, params![session.as_bytes()], read)
    }

    pub(crate) fn allocation_waits_of_process(
        &self,
        process: i64,
    ) -> Result<Vec<AllocationWaitRow>> {
        self.all(OF_PROCESS, params![process], read)
    }

    /// Whether the allocation that waits for this request goes by what was said for all sessions
    /// about who is there.
    pub(super) fn does_allocation_follow(&self, request: OperatorRequestId) -> Result<bool> {
        let follows = self.first(FOLLOWS, params![request.to_bytes()], |row| row.get(0))?;
        Ok(follows.unwrap_or(false))
    }

    /// Whether any allocation waits.
    pub(super) fn does_any_allocation_wait(&self) -> Result<bool> {
        Ok(self.first(ANY, [], |_| Ok(()))?.is_some())
    }

    /// Keys of the pools in which allocations wait.
    pub(crate) fn pools_waited_for(&self) -> Result<Vec<i64>> {
        let mut pools = Vec::new();
        let mut behind = 0;
        while let Some(pool) = self.first(NEXT_POOL, params![behind], |row| row.get(0))? {
            pools.push(pool);
            behind = pool;
        }
        Ok(pools)
    }
}

impl Transaction<'_> {
    /// A call begins to wait, behind all others.
    pub(crate) fn insert_allocation_wait(&self, row: &AllocationWaitRow) -> Result<()> {
        self.noted.somebody_waits();
        self.insert(
            INSERT,
            params![
                row.id.as_bytes(),
                row.process,
                row.session.as_bytes(),
                row.pool,
                row.whole,
                row.claimant.to_string(),
                row.free_pool,
                row.request.to_bytes(),
                row.since.as_micros(),
                row.deadline.map(Timestamp::as_micros),
                row.attendance.map(Attendance::value)
            ],
        )?;
        Ok(())
    }

    /// The call has got a side; it is woken.
    pub(crate) fn give_to_waiting(
        &self,
        wait: &AllocationWaitRow,
        side: i64,
        source: PoolId,
    ) -> Result<()> {
        self.execute(GIVE, params![wait.key, side, source.to_bytes()])?;
        self.wake(wait.id);
        Ok(())
    }

    /// The call goes on to wait in its place, with another operator request.
    pub(crate) fn ask_again(
        &self,
        wait: &AllocationWaitRow,
        pool: i64,
        request: OperatorRequestId,
        free_pool: Option<i64>,
    ) -> Result<()> {
        self.execute(ASK_AGAIN, params![wait.key, pool, request.to_bytes(), free_pool])?;
        Ok(())
    }

    /// The call was found to have the right on this free pool; it is not tested again.
    pub(crate) fn grant_free_pool(
        &self,
        wait: &AllocationWaitRow,
        free_pool: Option<i64>,
    ) -> Result<()> {
        self.execute(GRANT, params![wait.key, free_pool])?;
        Ok(())
    }

    pub(crate) fn delete_allocation_wait(&self, wait: &AllocationWaitRow) -> Result<()> {
        self.execute(DELETE, params![wait.key])?;
        Ok(())
    }

    /// Nobody can be given a side of this pool any more.
    pub(super) fn end_allocation_waits(&self, pool: i64) -> Result<()> {
        for whole in [false, true] {
            while let Some(wait) = self.next_allocation_wait(pool, whole, 0)? {
                self.end_allocation_wait(&wait)?;
            }
        }
        Ok(())
    }

    /// The call can be given nothing any more: its request goes, and it is woken and finds out why.
    pub(crate) fn end_allocation_wait(&self, wait: &AllocationWaitRow) -> Result<()> {
        self.delete_operator_request(wait.request)?;
        self.execute(END, params![wait.key])?;
        self.wake(wait.id);
        Ok(())
    }
}
