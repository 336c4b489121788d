//! Ending the wait of a call that is gone, and taking back what it was handed and never knew of.

use super::allocation_wait::AllocationWaitRow;
use super::cartridge::{SideRow, medium_key, release_side, side_number};
use super::free_pool::{free_pool_to_return_to, return_to_free_pool};
use super::logical::logical_id;
use super::transaction::Transaction;
use crate::error::Result;
use crate::model::{OperatorRequestState, Timestamp};

/// Ends the wait of a call that is gone: its caller was closed, died or failed.
pub(crate) fn release_wait(
    transaction: &Transaction<'_>,
    wait: &AllocationWaitRow,
    now: Timestamp,
) -> Result<()> {
    if let Some((side, _)) = wait.given {
        take_back(transaction, wait, side, now)?;
    }
    let request = transaction.operator_request(wait.request)?;
    if request.is_some_and(|request| request.state != OperatorRequestState::Refused) {
        transaction.delete_operator_request(wait.request)?;
    }
    transaction.delete_allocation_wait(wait)
}

/// [D] 3.8, 5: like a deallocation, and the allocation counts as none.
fn take_back(
    transaction: &Transaction<'_>,
    wait: &AllocationWaitRow,
    side: i64,
    now: Timestamp,
) -> Result<()> {
    let before = transaction.cartridge(medium_key(side))?;
    let logical = logical_id(wait.id, side);
    let holds = |side: &SideRow| side.logical.as_ref().is_some_and(|l| l.id == logical);
    // Somebody else may have deallocated or swapped it meanwhile.
    let Some(held) = before.sides.iter().find(|side| holds(side)) else { return Ok(()) };
    let number = side_number(held.key);
    let mut after = release_side(&before, number, 0)?;
    for side in after.sides.iter_mut().filter(|side| side.number() == number) {
        side.allocate_count = side.allocate_count.saturating_sub(1);
    }
    let pool = transaction.pool(before.medium.pool)?;
    if let Some(free) = free_pool_to_return_to(transaction, &after, &pool)? {
        return_to_free_pool(&mut after, &free);
    }
    transaction.store_cartridge(&before, after, now)
}

impl Transaction<'_> {
    /// Ends the waits of a dead process.
    pub(super) fn release_waits_of_process(&self, process: i64, now: Timestamp) -> Result<()> {
        for wait in self.allocation_waits_of_process(process)? {
            release_wait(self, &wait, now)?;
        }
        Ok(())
    }
}
