//! An empty catalog for tests of what holds it together.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use super::{AfterCommit, Catalog, NewCatalog, Options};
use crate::clock::VirtualClock;

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
    let options = Options {
        create: Some(NewCatalog { fill: Arc::new(|_| Ok(())) }),
        max_pages: None,
        busy_timeout: Duration::from_secs(30),
        after_commit,
        life: [life; 16],
        hand_off: Arc::new(|_, _| Ok(())),
        channel_limit: 4096,
        clock: VirtualClock::new(),
    };
    Arc::new(Catalog::open(directory, &options).expect("catalog"))
}
