//! Who is woken by a batch.

use std::collections::VecDeque;
use std::sync::Arc;

use uuid::Uuid;

use super::ticket::{Job, Ticket};
use crate::catalog::Transaction;
use crate::catalog::testing::open;
use crate::error::{Error, ErrorKind, Result};

const ONE: Uuid = Uuid::from_u128(1);
const OTHER: Uuid = Uuid::from_u128(2);

fn job<F>(work: F) -> Arc<dyn Job>
where
    F: Fn(&Transaction<'_>) -> Result<()> + Send + Sync + 'static,
{
    Arc::new(Ticket::new(work))
}

fn wakes(id: Uuid) -> Arc<dyn Job> {
    job(move |transaction| {
        transaction.wake(id);
        Ok(())
    })
}

#[test]
fn who_watches_an_id_is_woken_by_a_commit_that_names_it() {
    let temp = tempfile::tempdir().expect("temporary directory");
    let catalog = open(temp.path(), 1);
    let (first, second, other) = (catalog.watch(ONE), catalog.watch(ONE), catalog.watch(OTHER));
    let wake = |id| {
        catalog.write(move |transaction| {
            transaction.wake(id);
            Ok(())
        })
    };
    wake(ONE).expect("committed");
    let counts = |watches: [&crate::catalog::Watch; 3]| watches.map(|w| w.signal().count());
    assert_eq!(counts([&first, &second, &other]), [1, 1, 0]);
    let signal = Arc::clone(first.signal());
    drop(first);
    wake(ONE).expect("committed");
    assert_eq!(
        (signal.count(), second.signal().count()),
        (1, 2),
        "a watch ends when it is dropped"
    );
}

#[test]
fn an_operation_that_failed_wakes_nobody() {
    let temp = tempfile::tempdir().expect("temporary directory");
    let catalog = open(temp.path(), 1);
    let watch = catalog.watch(ONE);
    let failed: Result<()> = catalog.write(|transaction| {
        transaction.wake(ONE);
        Err(Error::from(ErrorKind::InvalidState))
    });
    assert_eq!(failed.expect_err("refused").kind(), ErrorKind::InvalidState);
    assert_eq!(watch.signal().count(), 0);
}

#[test]
fn a_batch_that_is_run_again_wakes_once() {
    let temp = tempfile::tempdir().expect("temporary directory");
    let catalog = open(temp.path(), 1);
    // It has changed something when it fails, so that everybody in its batch is run again.
    let spoiler = job(|transaction| {
        transaction.wake(OTHER);
        transaction.append_to_log(&[])?;
        Err(Error::from(ErrorKind::InvalidState))
    });
    let batch: VecDeque<_> = [wakes(ONE), spoiler].into();
    assert_eq!(catalog.writer.serve(&batch).woken, [ONE]);
    assert_eq!(catalog.statistics().replays, 1);
}
