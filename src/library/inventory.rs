//! Inventories: what is where, found out in two phases.
//!
//! First everything is looked at, and only then is anything concluded: a medium that is missing
//! from its slot may lie in another. The leave rule is applied when every cartridge in doubt has
//! been read. A run that is stopped applies appearances and moves, and no leaving.

use std::sync::Arc;

use super::Attached;
use super::run::Run;
use super::stand_alone::{Look, Looked};
use crate::catalog::LibraryRow;
use crate::error::Result;
use crate::model::{InventoryMethod, OperationalState, SlotState};

impl Attached {
    /// Looks at everything and notes it; what must be read is read by the worker later.
    pub(crate) fn inventory(&self, method: InventoryMethod) -> Result<()> {
        let row = self.host.catalog.read(|view| view.library(self.key))?;
        let method = match method {
            InventoryMethod::LibraryDefault | InventoryMethod::SlotsOnly => row.inventory_method,
            other => other,
        };
        match method {
            InventoryMethod::None => Ok(()),
            InventoryMethod::Stop => {
                *self.run.lock() = None;
                Ok(())
            }
            _ if self.is_stand_alone() => self.begin_look(&row, method),
            _ => self.begin_run(method == InventoryMethod::FullLabelRead),
        }
    }

    /// The inventory of a stand-alone library is one look into its drive. While the library is
    /// being attached, its own thread does that.
    fn begin_look(&self, row: &LibraryRow, method: InventoryMethod) -> Result<()> {
        if row.operational_state == OperationalState::Initializing {
            self.want_look(Look::START);
            return Ok(());
        }
        let look = match method {
            InventoryMethod::FullLabelRead => Look::FULL,
            // What could not be read is tried again.
            _ if self.is_inside_unreadable()? => Look::START,
            _ => Look::POLL,
        };
        if self.look_inside(look)? == Looked::Busy {
            self.want_look(look);
        }
        Ok(())
    }

    /// As [`inventory`](Self::inventory), and empties the drives that nobody uses first.
    pub(crate) fn inventory_with_drives(&self, method: InventoryMethod) -> Result<()> {
        let looks = matches!(
            method,
            InventoryMethod::Fast
                | InventoryMethod::FullLabelRead
                | InventoryMethod::LibraryDefault
        );
        if looks {
            self.tidy_drives()?;
        }
        self.inventory(method)
    }

    fn begin_run(&self, reads_labels: bool) -> Result<()> {
        self.wait_for_turn();
        let run = Arc::new(Run::default());
        // From here on, what the robot puts away counts as seen.
        *self.run.lock() = Some(Arc::clone(&run));
        let done = self.collect(&run, reads_labels).and_then(|()| self.reconcile(&run));
        if done.is_err() {
            *self.run.lock() = None;
        }
        self.tasks.lock().collecting = false;
        self.changed.raise();
        done?;
        // What the changers tell may make sense again, or no more.
        let row = self.host.catalog.read(|view| view.library(self.key))?;
        if row.is_working() { self.begin_service() } else { Ok(()) }
    }

    /// One inventory looks at a time.
    fn wait_for_turn(&self) {
        loop {
            let seen = self.changed.count();
            {
                let mut tasks = self.tasks.lock();
                if !tasks.collecting {
                    tasks.collecting = true;
                    return;
                }
            }
            self.host.clock.wait(&self.changed, seen, None);
        }
    }

    /// Everything has been read: decides what was left open, and who has left.
    pub(super) fn finish_run(&self, run: &Arc<Run>) -> Result<()> {
        let undecided = std::mem::take(&mut run.seen.lock().undecided);
        for arrival in undecided {
            self.admit(run, arrival, None, true)?;
        }
        let is_current = {
            let mut current = self.run.lock();
            let is_current = current.as_ref().is_some_and(|current| Arc::ptr_eq(current, run));
            if is_current {
                *current = None;
            }
            is_current
        };
        // A run that was stopped or replaced lets nobody leave.
        if is_current && !run.is_partial {
            self.dismiss_unseen(run)?;
        }
        Ok(())
    }

    /// The medium has been seen where the catalog says it is.
    pub(super) fn saw(&self, medium: i64) {
        let run = self.run.lock().clone();
        run.into_iter().for_each(|run| run.confirm(medium));
    }

    /// What is where the medium should be is taken for it, and was not read.
    pub(super) fn supposes(&self, medium: i64) {
        let run = self.run.lock().clone();
        run.into_iter().for_each(|run| run.presume(medium));
    }

    /// The medium is not where the catalog said: a label that turns up elsewhere may be its own.
    pub(super) fn lost_sight_of(&self, medium: i64) {
        let run = self.run.lock().clone();
        run.into_iter().for_each(|run| run.forget(medium));
    }

    /// A slot turned out to hold nothing. What should be in it leaves with the end of the run,
    /// unless it is seen elsewhere.
    pub(super) fn note_empty(&self, slot: i64) -> Result<()> {
        let now = self.now();
        self.host.catalog.write(move |transaction| {
            if transaction.medium_in_slot(slot)?.is_none() {
                transaction.set_slot_state(slot, SlotState::Empty, now)?;
            }
            Ok(())
        })
    }

    /// After a mount met another cartridge than catalogued: every label is read, if the library is
    /// set so.
    pub(super) fn recover(&self) -> Result<()> {
        let row = self.host.catalog.read(|view| view.library(self.key))?;
        match (row.auto_recovery, self.is_stand_alone()) {
            (false, _) => Ok(()),
            (true, false) => self.begin_run(true),
            (true, true) => {
                self.want_look(Look::FULL);
                Ok(())
            }
        }
    }
}
