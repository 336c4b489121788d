//! What calls have left behind that could not say so, for example on a full disk: waiting
//! allocations, and drives that are reserved or waited for.
//!
//! As long as one counts as waiting, it could be handed what nobody takes. So its end is tried
//! again until it succeeds.

use parking_lot::Mutex;
use uuid::Uuid;

use super::allocation_undo::release_wait;
use super::watcher::Lookout;
use super::writer::Writer;
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
            let ended =
                writer.submit(move |transaction| match transaction.allocation_wait(wait)? {
                    Some(row) => release_wait(transaction, &row, now),
                    None => transaction.drop_reservation(wait),
                });
            if let Err(error) = ended {
                tracing::warn!(%error, "a call that has ended still counts as waiting");
                self.add(wait, lookout);
            }
        }
    }
}
