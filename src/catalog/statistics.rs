//! Counters that show what the catalog does.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// What the catalog of this process has done since it was opened.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Statistics {
    /// Operations that were committed.
    pub operations: u64,
    /// Transactions that were committed; each holds one or more operations.
    pub commits: u64,
    /// The largest number of operations in one transaction.
    pub largest_batch: u64,
    /// Pages written to the write-ahead log (4096 bytes each).
    pub pages_written: u64,
    /// Times the write-ahead log was copied back into the database.
    pub checkpoints: u64,
    /// Batches that had to be run again one by one because one of them failed half-way.
    pub replays: u64,
    /// Times another process held the gate and this one had to wait.
    pub gate_waits: u64,
}

#[derive(Debug, Default)]
pub(crate) struct Counters {
    operations: AtomicU64,
    commits: AtomicU64,
    largest_batch: AtomicU64,
    pages_written: AtomicU64,
    checkpoints: AtomicU64,
    replays: AtomicU64,
    gate_waits: AtomicU64,
}

impl Counters {
    pub(super) fn committed(&self, operations: usize, pages: u64) {
        let operations = operations as u64;
        self.operations.fetch_add(operations, Relaxed);
        self.commits.fetch_add(1, Relaxed);
        self.largest_batch.fetch_max(operations, Relaxed);
        self.pages_written.fetch_add(pages, Relaxed);
    }

    pub(super) fn checkpointed(&self) {
        self.checkpoints.fetch_add(1, Relaxed);
    }

    pub(super) fn replayed(&self) {
        self.replays.fetch_add(1, Relaxed);
    }

    pub(super) fn waited_at_gate(&self) {
        self.gate_waits.fetch_add(1, Relaxed);
    }

    pub(crate) fn snapshot(&self) -> Statistics {
        Statistics {
            operations: self.operations.load(Relaxed),
            commits: self.commits.load(Relaxed),
            largest_batch: self.largest_batch.load(Relaxed),
            pages_written: self.pages_written.load(Relaxed),
            checkpoints: self.checkpoints.load(Relaxed),
            replays: self.replays.load(Relaxed),
            gate_waits: self.gate_waits.load(Relaxed),
        }
    }
}
