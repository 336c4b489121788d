//! What calls have left behind that could not say so, for example on a full disk: waiting
//! allocations, and drives that are reserved or waited for.
//!
//! As long as one counts as waiting, it could be handed what nobody takes. So its end is tried
//! again until it succeeds.

use parking_lot::Mutex;
use uuid::Uuid;

use super::allocation_undo::release_wait;
use super::transaction::Transaction;
use super::watcher::Lookout;
use super::writer::Writer;
use crate::error::{ErrorKind, Result};
use crate::model::Timestamp;

/// The waits that are still to be ended. Each keeps the watcher going, who tries it again.
#[derive(Debug, Default)]
pub(super) struct Abandoned(Mutex<Vec<(Uuid, Lookout)>>);

impl Abandoned {
    pub(super) fn add(&self, wait: Uuid, lookout: Lookout) {
        self.0.lock().push((wait, lookout));
    }

    /// Ends them, as far as that is possible now.
    pub(super) fn release(&self, writer: &Writer, now: Timestamp) {
        let waits = std::mem::take(&mut *self.0.lock());
        for (wait, lookout) in waits {
            let mut ended = writer.submit(move |transaction| end(transaction, wait, now));
            if ended.as_ref().is_err_and(|error| error.kind() == ErrorKind::DatabaseFull) {
                ended = writer.submit(move |transaction| {
                    transaction.shorten_log()?;
                    end(transaction, wait, now)
                });
            }
            if let Err(error) = ended {
                tracing::warn!(%error, "a call that has ended still counts as waiting");
                self.add(wait, lookout);
            }
        }
    }
}

fn end(transaction: &Transaction<'_>, wait: Uuid, now: Timestamp) -> Result<()> {
    match transaction.allocation_wait(wait)? {
        Some(row) => release_wait(transaction, &row, now),
        None => transaction.drop_reservation(wait),
    }
}
