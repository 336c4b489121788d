//! Tapes as an application has them that was there before: labelled, in its pool, allocated.
#![allow(clippy::unwrap_used, missing_docs, dead_code)]

use rsm::model::{
    AllocateRequest, LogicalMediaId, MediaTypeCode, PhysicalMediaId, PoolOpenMode, Timeout,
};
use rsm::{Manager, Session};

/// Every tape there is gets its free label, and is allocated in the pool `App`.
pub fn allocate_all(
    manager: &Manager,
    session: &Session,
    code: MediaTypeCode,
) -> Vec<LogicalMediaId> {
    let kind = session.media_type(code).unwrap();
    let path = format!("Free\\{}", code.known().name);
    let free = session.open_pool(&path, None, PoolOpenMode::OpenExisting).unwrap();
    let pool = session.open_pool("App", Some(kind), PoolOpenMode::CreateNew).unwrap();
    let tapes = session.list::<PhysicalMediaId>(None).unwrap();
    tapes.iter().for_each(|tape| session.move_to_pool(*tape, free).unwrap());
    manager.wait_until_idle(Timeout::Forever).unwrap();
    let mut held = Vec::new();
    for tape in tapes {
        session.move_to_pool(tape, pool).unwrap();
        held.push(session.allocate_media(AllocateRequest::from(pool)).unwrap().logical_media);
    }
    held
}
