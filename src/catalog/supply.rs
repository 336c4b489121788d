//! What an operation made it possible to find. Where something was noted, the allocations that
//! wait for it are served before the operation ends.

use std::cell::{Cell, RefCell};

use super::transaction::Transaction;
use crate::error::Result;

/// Where searches may succeed now that did not before.
#[derive(Debug, Default)]
pub(crate) struct Supply {
    /// Keys of the pools in which sides turned up.
    pub(crate) pools: Vec<i64>,
    /// Keys of pools whose settings are others now: what calls that wait there may use can differ
    /// from call to call.
    pub(crate) settings: Vec<i64>,
    /// Keys of media that are up in a drive, with something for the session that has them there.
    pub(crate) mounted: Vec<i64>,
    /// Anywhere.
    pub(crate) everywhere: bool,
}

impl Supply {
    fn is_empty(&self) -> bool {
        self.pools.is_empty()
            && self.settings.is_empty()
            && self.mounted.is_empty()
            && !self.everywhere
    }
}

/// What the operation has noted so far.
#[derive(Debug, Default)]
pub(super) struct Noted {
    supply: RefCell<Supply>,
    /// Whether any allocation waits, once that is known: asked once per batch of operations.
    anybody_waits: Cell<Option<bool>>,
}

impl Noted {
    /// For an operation behind others of the same batch.
    pub(super) fn behind(anybody_waits: Option<bool>) -> Self {
        Self { supply: RefCell::default(), anybody_waits: Cell::new(anybody_waits) }
    }

    pub(super) fn anybody_waits(&self) -> Option<bool> {
        self.anybody_waits.get()
    }

    pub(super) fn somebody_waits(&self) {
        self.anybody_waits.set(Some(true));
    }
}

impl Transaction<'_> {
    /// Searches in this pool, or that draw from it, may find something now.
    pub(super) fn supplied(&self, pool: i64) {
        let mut supply = self.noted.supply.borrow_mut();
        if !supply.pools.contains(&pool) {
            supply.pools.push(pool);
        }
    }

    /// Searches in this pool may go another way now.
    pub(super) fn supplied_by_settings(&self, pool: i64) {
        self.noted.supply.borrow_mut().settings.push(pool);
    }

    /// Whoever has this medium up in a drive may find a side of it now.
    pub(super) fn supplied_to_holder(&self, medium: i64) {
        self.noted.supply.borrow_mut().mounted.push(medium);
    }

    /// Any search may find something now.
    pub(super) fn supplied_everywhere(&self) {
        self.noted.supply.borrow_mut().everywhere = true;
    }

    /// What was noted since this was last asked.
    pub(crate) fn take_supply(&self) -> Option<Supply> {
        let supply = self.noted.supply.take();
        (!supply.is_empty()).then_some(supply)
    }

    /// Whether any allocation may be waiting.
    pub(crate) fn anybody_waits(&self) -> Result<bool> {
        if let Some(known) = self.noted.anybody_waits.get() {
            return Ok(known);
        }
        let found = self.does_any_allocation_wait()?;
        self.noted.anybody_waits.set(Some(found));
        Ok(found)
    }
}
