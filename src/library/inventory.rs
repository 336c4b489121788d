//! Inventories: what is where, found out in two phases.
//!
//! First everything is looked at, and only then is anything concluded: a medium that is missing
//! from its slot may lie in another. The leave rule is applied when every cartridge in doubt has
//! been read. A run that is stopped applies appearances and moves, and no leaving.

use std::sync::Arc;

use super::Attached;
use super::crew::caught;
use super::jobs::{Ended, Stop};
use super::run::{Asking, Run};
use super::stand_alone::Look;
use crate::catalog::{Because, Inventory, Transaction};
use crate::error::Result;
use crate::model::{InventoryMethod, OperationalState, SlotState};

impl Attached {
    /// Looks at everything at once, whatever inventory is under way: what it has seen does not
    /// count any more. What must be read is read later.
    pub(super) fn inventory(&self, method: InventoryMethod) -> Result<()> {
        let row = self.host.catalog.read(|view| view.library(self.key))?;
        let Some(wanted) = Inventory::wanted(&row, method) else { return Ok(()) };
        if self.is_stand_alone() {
            // While the library is being attached, its own thread looks into the drive.
            let is_new = row.operational_state == OperationalState::Initializing;
            self.want_look(if is_new { Look::START } else { self.look_for(wanted)? });
            return Ok(());
        }
        let (library, now) = (self.key, self.now());
        let request = self.host.catalog.write(move |transaction| {
            let row = transaction.library(library)?;
            transaction.begin_inventory(&row, wanted, now)
        })?;
        let stop = self.enter_job(request.key);
        let looked = caught(|| self.look_around(request.key, &stop, true));
        let ended = looked.as_ref().map_or_else(|error| Ended::Failed(error.into()), Clone::clone);
        self.end_job(request.key, ended);
        looked.map(drop)
    }

    /// The first phase of an inventory, after which it goes on as a run: drives that nobody uses are
    /// emptied, and everything is looked at. One that has looked already looks only if it is to do
    /// so `anew`, and leaves drives alone then. It takes over what an earlier run was for.
    pub(super) fn look_around(&self, key: i64, stop: &Arc<Stop>, anew: bool) -> Result<Ended> {
        let turn = self.take_turn();
        let (mut anew, mut run) = (anew, None);
        loop {
            let row = self.host.catalog.read(|view| view.library_request_by_key(key))?;
            let Some(row) = row.filter(|row| row.completed.is_none()) else {
                return Ok(Ended::Passed);
            };
            if row.has_looked() && !anew {
                break;
            }
            let wanted = Inventory::of(&row.task);
            if !anew && !wanted.slots_only {
                self.tidy_drives()?;
            }
            let reads_labels = wanted.reads_labels;
            let asking = Asking { key, stop: Arc::clone(stop), reads_labels };
            let new = self.begin_run(asking);
            // What an inventory must read is marked once, unless nothing it has seen counts.
            let marks = (reads_labels && !row.has_marked()) || (anew && new.reads_labels());
            self.look_once(key, &new, marks)?;
            let is_over = new.is_unwanted();
            run = Some(new);
            if is_over {
                break;
            }
            anew = false;
        }
        drop(turn);
        // What the changers tell may make sense again, or no more.
        let row = self.host.catalog.read(|view| view.library(self.key))?;
        if row.is_working() {
            self.begin_service()?;
        }
        let Some(run) = run else { return Ok(Ended::GoesOn) };
        let is_reading = self.tasks.lock().reading > 0;
        let is_over = self.end_stopped(&run);
        if is_over || is_reading || self.has_readings()? || !run.next_to_read(1).slots.is_empty() {
            return Ok(Ended::GoesOn);
        }
        self.finish_run(&run).map(|()| Ended::Passed)
    }

    /// Looks at everything. Whoever joins meanwhile wants it to be done again. When it fails, all
    /// other inventories that it is for fail as well.
    fn look_once(&self, key: i64, run: &Arc<Run>, marks: bool) -> Result<()> {
        let (keys, now) = (run.keys(), self.now());
        let done = caught(|| {
            self.host.catalog.write(move |transaction| transaction.begin_look(&keys, now))?;
            self.collect(run, marks)?;
            if run.is_unwanted() {
                // Nothing is concluded from a part of it.
                return Ok(());
            }
            self.reconcile(run)?;
            let (keys, now) = (run.keys(), self.now());
            self.host.catalog.write(move |transaction| transaction.note_looked(&keys, now))
        });
        if let Err(error) = &done {
            self.drop_run(run);
            self.end_asking(run, Some(key), &Ended::Failed(Because::from(error)));
        }
        done
    }

    /// A new run is the current one: what the robot puts away counts as seen from here on.
    fn begin_run(&self, asking: Asking) -> Arc<Run> {
        let mut current = self.run.lock();
        let before = current.as_ref().map(|before| std::mem::take(&mut *before.requests.lock()));
        let mut requests = before.unwrap_or_default();
        requests.retain(|other| other.key != asking.key);
        requests.push(asking);
        let run = Arc::new(Run::of_all(requests));
        *current = Some(Arc::clone(&run));
        run
    }

    /// The run is not the current one any more; says whether it was.
    fn drop_run(&self, run: &Arc<Run>) -> bool {
        let mut current = self.run.lock();
        let is_current = current.as_ref().is_some_and(|current| Arc::ptr_eq(current, run));
        if is_current {
            *current = None;
        }
        is_current
    }

    /// The inventories that a run is for have ended; but one is not this one's business.
    fn end_asking(&self, run: &Run, but: Option<i64>, ended: &Ended) {
        let requests = std::mem::take(&mut *run.requests.lock());
        let all = requests.iter().filter(|asking| Some(asking.key) != but);
        all.for_each(|asking| self.end_job(asking.key, ended.clone()));
    }

    /// Inventories of the run that were asked to stop have ended. Without any it is over, and
    /// nobody has left.
    pub(super) fn end_stopped(&self, run: &Arc<Run>) -> bool {
        let is_over = run.is_unwanted();
        if is_over {
            self.drop_run(run);
            let (library, now) = (self.key, self.now());
            let drop = move |on: &Transaction<'_>| on.drop_readings(library, now);
            if let Err(error) = self.host.catalog.write(drop) {
                tracing::warn!(%error, "what an inventory has queued is read without it");
            }
        }
        for asking in run.take_stopped() {
            let ended = asking.stop.asked().map_or(Ended::Cancelled, Ended::from);
            self.end_job(asking.key, ended);
        }
        is_over
    }

    /// One inventory looks at a time.
    fn take_turn(&self) -> LookTurn<'_> {
        loop {
            let seen = self.changed.count();
            {
                let mut tasks = self.tasks.lock();
                if !tasks.collecting {
                    tasks.collecting = true;
                    return LookTurn(self);
                }
            }
            self.host.clock.wait(&self.changed, seen, None);
        }
    }

    /// Everything has been read: decides what was left open, and who has left.
    pub(super) fn finish_run(&self, run: &Arc<Run>) -> Result<()> {
        let undecided = std::mem::take(&mut run.seen.lock().undecided);
        let admitted =
            undecided.into_iter().try_for_each(|arrival| self.admit(run, arrival, None, true));
        let kept = self.keep_unread(run);
        // A run that was stopped or replaced lets nobody leave.
        let is_current = self.drop_run(run);
        let done = match kept.and(admitted) {
            Ok(()) if is_current && !run.is_partial() => self.dismiss_unseen(run),
            other => other,
        };
        let because = done.as_ref().err().map(Because::from);
        self.end_asking(run, None, &because.map_or(Ended::Passed, Ended::Failed));
        done
    }

    /// Media whose labels somebody did not want to be read have not left.
    fn keep_unread(&self, run: &Run) -> Result<()> {
        let unread = run.take_unread();
        let media = self.host.catalog.read(|view| {
            let media = unread.iter().map(|slot| view.medium_in_slot(*slot));
            media.filter_map(Result::transpose).collect::<Result<Vec<_>>>()
        })?;
        media.into_iter().for_each(|medium| run.presume(medium));
        Ok(())
    }

    /// The medium has been seen where the catalog says it is.
    pub(super) fn saw(&self, medium: i64) {
        let run = self.run.lock().clone();
        run.into_iter().for_each(|run| run.confirm(medium));
    }

    /// The same, and a mount has found the label of its side to be right.
    pub(super) fn saw_label(&self, medium: i64) {
        self.saw(medium);
        let run = self.run.lock().clone().filter(|run| run.reads_labels());
        let Some(run) = run else { return };
        match self.host.catalog.read(|view| view.cartridge(medium)) {
            Ok(cartridge) if cartridge.sides.len() == 1 => run.check_off(medium),
            Ok(_) => {}
            Err(error) => tracing::warn!(%error, "a medium that is mounted is read once more"),
        }
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

    /// Another cartridge was found than was thought to be in this slot: an inventory that reads
    /// every label reads this one again.
    pub(super) fn read_again(&self, slot: i64) {
        let run = self.run.lock().clone().filter(|run| run.reads_labels());
        run.into_iter().for_each(|run| run.read_also(slot));
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

    /// After a mount met another cartridge than catalogued: an inventory that reads every label is
    /// queued, if the library is set so.
    pub(super) fn recover(&self) -> Result<()> {
        let row = self.host.catalog.read(|view| view.library(self.key))?;
        if row.auto_recovery && self.is_stand_alone() {
            self.want_look(Look::FULL);
        } else if row.auto_recovery {
            let now = self.now();
            let wanted = Inventory { reads_labels: true, slots_only: false };
            self.host.catalog.write(move |transaction| {
                transaction.ask_for_inventory(&row, wanted, now).map(drop)
            })?;
        }
        Ok(())
    }
}

/// Nobody else looks around meanwhile.
struct LookTurn<'a>(&'a Attached);

impl Drop for LookTurn<'_> {
    fn drop(&mut self) {
        self.0.tasks.lock().collecting = false;
        self.0.changed.raise();
    }
}
