//! Allocations that wait in another thread.
#![allow(clippy::unwrap_used, missing_docs, dead_code)]

use std::sync::Arc;
use std::thread::{self, JoinHandle};

use rsm::Session;
use rsm::model::{AllocateRequest, Allocation, OperatorRequestId, PoolId, Timeout};

use crate::shelf::Shelf;

/// A call that waits in another thread, in a session of its own.
pub struct Waiter {
    pub session: Arc<Session>,
    call: JoinHandle<rsm::Result<Allocation>>,
}

impl Waiter {
    pub fn ended(self) -> rsm::Result<Allocation> {
        self.call.join().unwrap()
    }

    pub fn is_waiting(&self) -> bool {
        !self.call.is_finished()
    }
}

/// Starts a call and returns when it waits.
pub fn wait_for(shelf: &Shelf, request: AllocateRequest) -> Waiter {
    let before = waiting(shelf);
    let session = Arc::new(shelf.f.manager.session("waiter").unwrap());
    let calling = Arc::clone(&session);
    let call = thread::spawn(move || calling.allocate_media(request));
    // The library's thread rests on the same clock.
    shelf.f.clock.wait_for_waiters(before + 2);
    assert_eq!(waiting(shelf), before + 1);
    Waiter { session, call }
}

pub fn forever(pool: PoolId) -> AllocateRequest {
    AllocateRequest::from(pool).timeout(Timeout::Forever)
}

/// Calls that wait.
pub fn waiting(shelf: &Shelf) -> usize {
    count(shelf, "SELECT count(*) FROM allocation_wait WHERE side IS NULL")
}

/// The open requests, oldest first.
pub fn open_requests(shelf: &Shelf) -> Vec<OperatorRequestId> {
    let all = shelf.list::<OperatorRequestId>(None).unwrap().into_iter();
    // Read by somebody who is no operator.
    let user = shelf.f.user();
    all.filter(|id| user.info(*id).is_ok_and(|request| !request.state.is_final())).collect()
}

pub fn count(shelf: &Shelf, sql: &str) -> usize {
    let count: u32 = shelf.f.connection().query_row(sql, [], |row| row.get(0)).unwrap();
    count as usize
}

#[track_caller]
pub fn nobody_waits(shelf: &Shelf) {
    assert_eq!(count(shelf, "SELECT count(*) FROM allocation_wait"), 0);
    assert_eq!(count(shelf, "SELECT count(*) FROM operator_request"), 0);
    shelf.check();
}
