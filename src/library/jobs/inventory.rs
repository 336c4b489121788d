//! Inventories that were asked for.

use std::sync::Arc;

use super::Ended;
use super::stop::Stop;
use crate::catalog::{Inventory, LibraryRequestRow};
use crate::error::Result;
use crate::library::Attached;
use crate::library::stand_alone::{Look, Looked};

impl Attached {
    /// Looks at everything. What must be read is read later. A stand-alone drive is looked into, and what is new in it read.
    pub(super) fn carry_out_inventory(
        &self,
        row: &LibraryRequestRow,
        stop: &Arc<Stop>,
    ) -> Result<Ended> {
        if self.is_stand_alone() {
            let look = self.look_for(Inventory::of(&row.task))?;
            return Ok(match self.look_inside(look)? {
                Looked::Done => Ended::Passed,
                Looked::Busy => Ended::Waits,
            });
        }
        self.look_around(row.key, stop, false)
    }

    /// How a stand-alone drive is looked into for an inventory.
    pub(in crate::library) fn look_for(&self, wanted: Inventory) -> Result<Look> {
        Ok(match wanted.reads_labels {
            true => Look::FULL,
            // What could not be read is tried again.
            false if self.is_inside_unreadable()? => Look::START,
            false => Look::POLL,
        })
    }
}
