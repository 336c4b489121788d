//! Calls that wait, in threads of their own, beside the queue of the model.
//!
//! After each step the calls that end by the model have ended, with what the model says; the others
//! have not, and stand in the catalog in the model's order. A call waits when its row is there; one
//! that was asked again when its row names another request. Nothing here depends on time.

use std::sync::Arc;
use std::sync::mpsc::{self, Receiver, TryRecvError};
use std::thread;
use std::time::{Duration, Instant};

use rsm::clock::Clock;
use rsm::model::{
    AllocateRequest, Allocation, Id, MediaTypeId, OperatorRequestId, PoolId, PoolOpenMode, Timeout,
};
use rsm::{ErrorKind, Session};
use uuid::Uuid;

use super::{TYPES, World, unknown};
use crate::model::{Kind, Pool, Who};
use crate::queue::{End, Wait};

/// At most so many calls wait at once.
const MOST: usize = 10;

/// How long something may take that is about to happen.
const PATIENCE: Duration = Duration::from_secs(120);

/// A call in another thread.
pub struct Waiter {
    number: usize,
    answer: Receiver<rsm::Result<Allocation>>,
}

/// What a person answers.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Reply {
    Satisfy,
    Cancel,
    Acknowledge,
}

/// What the catalog stores of a call that waits.
#[derive(Debug, PartialEq)]
struct StoredWait {
    pool: Uuid,
    new: bool,
    /// In microseconds since the clock's beginning.
    deadline: Option<i64>,
    is_given: bool,
}

const STORED: &str = "SELECT p.id, w.whole, w.deadline, w.side IS NOT NULL FROM allocation_wait w \
     JOIN pool p ON p.key = w.pool ORDER BY w.key";
const REQUESTS: &str = "SELECT request FROM allocation_wait ORDER BY key";

impl World {
    pub(super) fn wait(
        &mut self,
        who: u8,
        pool: u8,
        new: bool,
        limit: Option<u16>,
    ) -> Result<(), ErrorKind> {
        if self.waiters.len() >= MOST {
            return Ok(());
        }
        let (pool, session) = (self.pick_application(pool), usize::from(who) % self.sessions.len());
        let limit = limit.map(|ms| Duration::from_millis(u64::from(ms) + 1));
        let request = AllocateRequest::from(pool);
        let request = request.timeout(limit.map_or(Timeout::Forever, Timeout::After));
        let request = if new { request.new_medium() } else { request };
        let number = self.calls;
        self.calls += 1;
        let (calling, who) = (Arc::clone(&self.sessions[session].0), self.sessions[session].1);
        let (tell, answer) = mpsc::channel();
        // A case that has failed does not listen any more.
        thread::spawn(move || drop(tell.send(calling.allocate_media(request))));
        self.waiters.push(Waiter { number, answer });
        let deadline = limit.map(|limit| self.model.queue.now + limit);
        let wait = Wait { number, session, who, pool, new, deadline, granted: None };
        let answer = match self.model.wait(wait) {
            Ok(None) => {
                let waits = self.model.queue.waits.len();
                self.until("the call waits", |world| world.requests().len() == waits);
                return Ok(());
            }
            Ok(Some(found)) => Ok(found),
            Err(kind) => Err(kind),
        };
        self.ended(End { number, answer });
        answer.map(drop)
    }

    pub(super) fn advance(&mut self, ms: u16) {
        let by = Duration::from_millis(u64::from(ms));
        self.clock.advance(by);
        let ended = self.model.queue.advance(by);
        self.all_ended(ended);
    }

    /// Closes a session and opens another for the same caller.
    pub(super) fn close_session(&mut self, session: u8) {
        let at = usize::from(session) % self.sessions.len();
        let new = self.new_session(self.sessions[at].1);
        let (old, _) = std::mem::replace(&mut self.sessions[at], new);
        old.close().expect("open");
        let ended = self.model.queue.close(at);
        self.all_ended(ended);
        let closed = old.allocate_media(AllocateRequest::from(self.pick_pool(0)));
        assert_eq!(closed.expect_err("closed").kind(), ErrorKind::InvalidHandle);
    }

    /// Closes every session.
    pub(super) fn close_all(&mut self) {
        for at in 0..self.sessions.len() {
            self.sessions[at].0.close().expect("open");
            let ended = self.model.queue.close(at);
            self.all_ended(ended);
        }
        assert!(self.waiters.is_empty());
    }

    pub(super) fn detect(&mut self, detection: bool) {
        let session = &self.sessions[0].0;
        let sql = "SELECT id FROM computer";
        let id: [u8; 16] = self.database.query_row(sql, [], |row| row.get(0)).expect("computer");
        let id = rsm::model::ComputerId::from_uuid(Uuid::from_bytes(id));
        let mut record = session.info(id).expect("computer");
        record.complete_requests_by_detection = detection;
        session.set_info(&record).expect("the administrator may");
        self.model.queue.detection = detection;
    }

    /// Somebody answers the request of a call that waits, or one that does not exist.
    pub(super) fn reply(&mut self, who: u8, choice: u8, reply: Reply) -> Result<(), ErrorKind> {
        let requests = self.requests();
        let at = usize::from(choice) % (requests.len() + 1);
        let request = requests.get(at).copied().unwrap_or_else(unknown);
        let wait = self.model.queue.waits.get(at).cloned();
        let (session, who) = &self.sessions[usize::from(who) % self.sessions.len()];
        let answer = match reply {
            Reply::Satisfy => session.satisfy_operator_request(request),
            Reply::Cancel => session.cancel_operator_request(request),
            Reply::Acknowledge => session.acknowledge_operator_request(request),
        };
        let is_acknowledged = wait.as_ref().is_some_and(|w| self.acknowledged.contains(&w.number));
        let expected = match &wait {
            None => Err(ErrorKind::ObjectNotFound),
            Some(_) if *who == Who::User => Err(ErrorKind::AccessDenied),
            Some(_) if reply == Reply::Acknowledge && is_acknowledged => {
                Err(ErrorKind::InvalidState)
            }
            Some(wait) => Ok(wait.number),
        };
        assert_eq!(answer.map_err(|error| error.kind()), expected.map(drop));
        let number = expected?;
        match reply {
            Reply::Acknowledge => {
                self.acknowledged.insert(number);
            }
            Reply::Cancel => {
                let ended = self.model.queue.refuse(number);
                self.all_ended(ended);
            }
            Reply::Satisfy => match self.model.satisfy(number) {
                Some(end) => self.ended(end),
                None => {
                    self.acknowledged.remove(&number);
                    self.until("it asks again", |world| !world.requests().contains(&request));
                }
            },
        }
        Ok(())
    }

    pub(super) fn delete_pool(&mut self, who: u8, pool: u8) -> Result<(), ErrorKind> {
        let pool = self.pick_empty(pool);
        let (session, who) = &self.sessions[usize::from(who) % self.sessions.len()];
        let answer = session.delete_pool(pool).map_err(|error| error.kind());
        let expected = self.model.delete_pool(*who, pool);
        assert_eq!(answer, expected.as_ref().map(|_| ()).map_err(|kind| *kind));
        self.all_ended(expected?);
        Ok(())
    }

    /// An empty pool, unless there are enough.
    pub(super) fn create_pool(&mut self, two_sided: bool) {
        const ENOUGH: usize = 14;
        if self.model.pools.iter().filter(|pool| !pool.gone).count() >= ENOUGH {
            return;
        }
        let media_type = usize::from(two_sided);
        let path = format!(r"App\N{}", self.model.pools.len());
        let session = &self.sessions[0].0;
        let code: MediaTypeId = session.media_type(TYPES[media_type].0).expect("known");
        let id: PoolId =
            session.open_pool(&path, Some(code), PoolOpenMode::CreateNew).expect("pool");
        // It takes over what its parent, the group, gives the user.
        let rights = self.model.pools[0].rights;
        self.model.pools.push(Pool {
            id,
            kind: Kind::Application,
            media_type,
            sides: TYPES[media_type].1,
            draws: false,
            returns: false,
            limit: 0,
            rights,
            gone: false,
        });
    }

    /// What has turned up goes to those who wait.
    pub(super) fn serve(&mut self) {
        let ended = self.model.serve();
        self.all_ended(ended);
    }

    fn all_ended(&mut self, ended: Vec<End>) {
        ended.into_iter().for_each(|end| self.ended(end));
    }

    /// The call has ended, with this answer.
    fn ended(&mut self, end: End) {
        let at = self.waiters.iter().position(|waiter| waiter.number == end.number);
        let waiter = self.waiters.remove(at.expect("it has been made"));
        let found = waiter.answer.recv_timeout(PATIENCE);
        match (found, end.answer) {
            (Ok(Ok(found)), Ok((at, from))) => self.check_allocation(found, at, from),
            (Ok(Err(found)), Err(expected)) => assert_eq!(found.kind(), expected, "{found:?}"),
            (found, expected) => panic!("call {}: {found:?}, not {expected:?}", end.number),
        }
    }

    /// The requests of the calls that wait, oldest call first.
    fn requests(&self) -> Vec<OperatorRequestId> {
        let mut statement = self.database.prepare_cached(REQUESTS).expect("statement");
        let id = |bytes| OperatorRequestId::from_uuid(Uuid::from_bytes(bytes));
        let rows = statement.query_map([], |row| row.get(0).map(id)).expect("rows");
        rows.collect::<Result<_, _>>().expect("rows")
    }

    fn until(&self, what: &str, is_so: impl Fn(&Self) -> bool) {
        let begun = Instant::now();
        while !is_so(self) {
            assert!(begun.elapsed() < PATIENCE, "it never came to this: {what}");
            thread::yield_now();
        }
    }

    /// Who waits by the model waits in the catalog, in this order, and nobody else.
    pub(super) fn compare_waits(&self) {
        for waiter in &self.waiters {
            let answer = waiter.answer.try_recv();
            let waits = matches!(answer, Err(TryRecvError::Empty));
            assert!(waits, "call {} has ended: {answer:?}", waiter.number);
        }
        let mut statement = self.database.prepare_cached(STORED).expect("statement");
        let found = statement.query_map([], |row| {
            Ok(StoredWait {
                pool: Uuid::from_bytes(row.get(0)?),
                new: row.get(1)?,
                deadline: row.get(2)?,
                is_given: row.get(3)?,
            })
        });
        let found: Result<Vec<StoredWait>, _> = found.expect("rows").collect();
        let beginning = self.clock.now().as_micros() - micros(self.clock.monotonic());
        let expected = self.model.queue.waits.iter().map(|wait| StoredWait {
            pool: wait.pool.as_uuid(),
            new: wait.new,
            deadline: wait.deadline.map(|at| beginning + micros(at)),
            is_given: false,
        });
        assert_eq!(found.expect("rows"), expected.collect::<Vec<_>>());
        let requests = "SELECT count(*), count(*) FILTER (WHERE state = 4) FROM operator_request";
        let counts: (u32, u32) = self
            .database
            .query_row(requests, [], |row| Ok((row.get(0)?, row.get(1)?)))
            .expect("requests");
        let refused = self.model.queue.refused as u32;
        assert_eq!(
            counts,
            (self.waiters.len() as u32 + refused, refused),
            "requests, and refused ones"
        );
    }
}

fn micros(time: Duration) -> i64 {
    i64::try_from(time.as_micros()).expect("short")
}

impl Drop for World {
    fn drop(&mut self) {
        // Who still waits when a case has failed ends, too.
        for (session, _) in &self.sessions {
            let _closed = Session::close(session);
        }
    }
}
