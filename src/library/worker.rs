//! The thread that decides what a library does next.
//!
//! It looks at the queue whenever something has changed, and uses no device itself: mounts,
//! dismounts, free labels and the reading of cartridges are carried out by threads of their own.
//! Whoever makes more work possible raises [`Attached::changed`].

use std::sync::Arc;
use std::time::Duration;

use super::Attached;
use super::queue::{Served, serve};
use crate::catalog::{Because, Call};
use crate::clock::Woken;
use crate::error::{ErrorKind, Result};
use crate::model::{LibraryOperation, LibraryRequestState, Timestamp};

/// When a look that failed is taken again.
const RETRY: Duration = Duration::from_secs(1);

/// What goes on in a library.
#[derive(Debug, Default)]
pub(super) struct Tasks {
    recovery: bool,
    /// The thread that decides is at work, so nobody waits for it to begin.
    pub(super) works: bool,
    pub(super) stop: bool,
    /// Threads that use devices.
    pub(super) crew: usize,
    /// Those of them that read cartridges.
    pub(super) reading: usize,
    /// One of them brings an inventory to its end.
    pub(super) finishing: bool,
    /// What [`Attached::changed`] had counted when everything that could be done had been done.
    rested_at: Option<u64>,
    /// Somebody sees to the ports without having been asked.
    pub(super) at_ports: bool,
    /// What the device had noticed when somebody did that last.
    pub(super) ports_seen: u64,
    /// An inventory is looking at the slots.
    pub(super) collecting: bool,
    /// At the last look at those who wait for drives, somebody may have got none.
    pub(super) drives_short: bool,
}

fn earlier(a: Option<Timestamp>, b: Option<Timestamp>) -> Option<Timestamp> {
    a.into_iter().chain(b).min()
}

impl Attached {
    /// A cartridge was not the one that was catalogued.
    pub(super) fn want_recovery(&self) {
        self.tasks.lock().recovery = true;
        self.changed.raise();
    }

    /// Whether an inventory is under way or about to begin: a medium that has lost its place may
    /// still be found.
    fn is_looking(&self) -> Result<bool> {
        if self.run.lock().is_some() || self.tasks.lock().recovery {
            return Ok(true);
        }
        let library = self.key;
        self.host.catalog.read(|view| view.has_requests(library, LibraryOperation::Inventory))
    }

    /// Nothing new is begun from now on.
    pub(super) fn stop(&self) {
        self.tasks.lock().stop = true;
        self.stop_jobs();
        self.changed.raise();
    }

    /// Waits until nothing more can be done; says whether that was before the deadline.
    pub(super) fn wait_until_rested(&self, deadline: Option<Duration>) -> bool {
        loop {
            let seen = self.rested.count();
            if self.is_resting() || self.is_stopped() {
                return true;
            }
            if self.host.clock.wait(&self.rested, seen, deadline) == Woken::Deadline {
                return self.is_resting();
            }
        }
    }

    fn is_resting(&self) -> bool {
        let tasks = self.tasks.lock();
        tasks.crew == 0 && tasks.rested_at == Some(self.changed.count())
    }

    /// The thread's life.
    pub(super) fn work(self: Arc<Self>) {
        self.tasks.lock().works = true;
        loop {
            let seen = self.changed.count();
            if self.is_stopped() {
                break;
            }
            let until = self.look().unwrap_or_else(|error| {
                tracing::error!(%error, "a library's work failed; it is taken up again later");
                Some(self.now().saturating_add(RETRY))
            });
            self.rest(seen, until);
        }
        self.rested.raise();
    }

    /// Rests until something changes since `seen`, or until the time given.
    fn rest(&self, seen: u64, until: Option<Timestamp>) {
        let is_idle = {
            let mut tasks = self.tasks.lock();
            let has_looked = self.changed.count() == seen;
            tasks.rested_at = has_looked.then_some(seen);
            has_looked && tasks.crew == 0
        };
        if is_idle {
            self.rested.raise();
        }
        let deadline = until.map(|until| self.monotonic_of(until));
        self.host.clock.wait(&self.changed, seen, deadline);
        self.tasks.lock().rested_at = None;
    }

    /// When a point in wall time comes, for waiting.
    pub(super) fn monotonic_of(&self, time: Timestamp) -> Duration {
        self.host.clock.monotonic().saturating_add(time.saturating_since(self.now()))
    }

    /// Begins everything that can be done. Says when there may be more, if nothing happens before.
    fn look(self: &Arc<Self>) -> Result<Option<Timestamp>> {
        let (glance, granted) = self.glance()?;
        if glance.absent_media {
            self.tend_absent_media()?;
        }
        if glance.dismounts && !self.is_stuck() {
            self.take_dismounts()?;
        }
        let until = earlier(self.tend_robot()?, self.pay_debts()?);
        let until = earlier(until, self.tend_doors()?);
        if glance.dismounts {
            self.hold_up_dismounts()?;
        }
        self.tend_ports()?;
        self.tend_recovery()?;
        let has_work = glance.work || self.has_jobs();
        let until = earlier(until, if has_work { self.tend_work()? } else { None });
        self.tend_run()?;
        let until = earlier(until, if glance.for_drives { self.serve_mounts()? } else { None });
        if self.is_stuck() {
            return Ok(until);
        }
        let disabled = if glance.for_drives { self.empty_disabled_drives()? } else { None };
        let until = earlier(until, disabled);
        let is_all = !glance.dismounts && !glance.for_drives && !has_work;
        self.start_movements(if is_all { granted } else { self.glance()?.1 })?;
        Ok(earlier(until, self.tend_drive()?))
    }

    /// Media that mounts wait for may have come.
    fn tend_absent_media(&self) -> Result<()> {
        let now = self.now();
        self.host.catalog.write(move |transaction| transaction.tend_absent_media(now))
    }

    /// Lets those go on who wait for a drive or a mount and can have it.
    fn serve_mounts(&self) -> Result<Option<Timestamp>> {
        let library = self.key;
        let now = self.now();
        let Served { until, is_short, lost, wrong } =
            self.host.catalog.write(move |transaction| serve(transaction, library, now))?;
        if std::mem::replace(&mut self.tasks.lock().drives_short, is_short) && !is_short {
            // Whoever was held up by that goes on.
            self.changed.raise();
        }
        if !self.is_looking()? {
            let reason = "the medium is not where it was, and no inventory looks for it";
            self.give_up_all(lost, Because::new(ErrorKind::Empty, reason))?;
            let reason = "another cartridge is in the medium's place, as was found before";
            self.give_up_all(wrong, Because::new(ErrorKind::UnexpectedOmid, reason))?;
        }
        Ok(until)
    }

    /// Nothing would ever end the wait for a medium that is nowhere.
    fn give_up_all(&self, lost: Vec<Call>, because: Because) -> Result<()> {
        if lost.is_empty() {
            return Ok(());
        }
        let now = self.now();
        self.host.catalog.write(move |transaction| {
            for call in &lost {
                let rows = transaction.requests_of_call(*call)?;
                if let Some(row) = rows.iter().find(|row| row.is_waiting()) {
                    transaction.end_call(row, LibraryRequestState::Failed, &because, now)?;
                }
            }
            Ok(())
        })
    }

    /// After a mount met another cartridge, everything is to be looked at.
    fn tend_recovery(&self) -> Result<()> {
        if !std::mem::take(&mut self.tasks.lock().recovery) {
            return Ok(());
        }
        self.recover().inspect_err(|_| self.tasks.lock().recovery = true)
    }
}
