//! A nearly empty catalog for tests of what holds it together.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use uuid::Uuid;

use super::{AfterCommit, Catalog, Fill, NewCatalog, NewPool, Options, Transaction};
use crate::clock::VirtualClock;
use crate::error::Result;
use crate::model::{Id, PoolType, SecurityDescriptor, Timestamp};

/// Opens the catalog, which is made if there is none, under a name. Two names are to each other as
/// two processes.
pub(super) fn open(directory: &Path, life: u8) -> Arc<Catalog> {
    open_with(directory, life, None)
}

/// The same, with something to be called after each of its commits.
pub(super) fn open_with(
    directory: &Path,
    life: u8,
    after_commit: Option<AfterCommit>,
) -> Arc<Catalog> {
    let fill: Fill = Arc::new(add_computer);
    let options = Options { after_commit, ..options(life, Some(fill)) };
    Arc::new(Catalog::open(directory, &options).expect("catalog"))
}

fn add_computer(transaction: &Transaction<'_>) -> Result<()> {
    let (now, security) = (Timestamp::from_micros(0), SecurityDescriptor::open_for_use());
    let id = Id::from_uuid(Uuid::from_u128(1));
    transaction.insert_computer(id, "computer", &security, 0, now).map(drop)
}

/// Makes a catalog with a computer and the root pool.
pub(super) fn filled(directory: &Path) -> Arc<Catalog> {
    let fill: Fill = Arc::new(|transaction| {
        add_computer(transaction)?;
        let now = Timestamp::from_micros(0);
        let root = NewPool {
            id: Id::from_uuid(Uuid::from_u128(2)),
            parent: None,
            name: String::new(),
            security: SecurityDescriptor::open_for_use(),
            pool_type: PoolType::Unknown,
            media_type: None,
        };
        transaction.insert_pool(&root, now).map(drop)
    });
    Arc::new(Catalog::open(directory, &options(1, Some(fill))).expect("catalog"))
}

/// Opens a catalog that is there.
pub(super) fn open_named(directory: &Path, life: u8) -> Arc<Catalog> {
    Arc::new(try_open(directory, life).expect("catalog"))
}

pub(super) fn try_open(directory: &Path, life: u8) -> Result<Catalog> {
    Catalog::open(directory, &options(life, None))
}

fn options(life: u8, fill: Option<Fill>) -> Options {
    Options {
        create: fill.map(|fill| NewCatalog { fill }),
        max_pages: None,
        busy_timeout: Duration::from_secs(30),
        after_commit: None,
        life: [life; 16],
        hand_off: Arc::new(|_, _| Ok(())),
        channel_limit: 4096,
        clock: VirtualClock::new(),
    }
}
