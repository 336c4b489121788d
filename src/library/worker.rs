//! The thread that decides what a library does next, and the errands it sends the crew on.
//!
//! It looks at the queue whenever something has changed, and uses no device itself: mounts,
//! dismounts and free labels are carried out by threads of their own, identification by one more,
//! one cartridge after the other. Whoever makes more work possible raises [`Attached::changed`].

use std::sync::Arc;
use std::time::Duration;

use super::Attached;
use super::crew::caught;
use super::identify::Identification;
use super::queue::{Served, serve};
use super::run::Run;
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
    /// One of them is on errands.
    errand: bool,
    /// The last errands came to nothing more.
    quiet: Option<Quiet>,
    /// What [`Attached::changed`] had counted when everything that could be done had been done.
    rested_at: Option<u64>,
    /// Somebody sees to the ports without having been asked.
    pub(super) at_ports: bool,
    /// What the device had noticed when somebody did that last.
    pub(super) ports_seen: u64,
    /// An inventory is looking at the slots.
    pub(super) collecting: bool,
}

/// Errands are of no use while this is the count of changes, or whatever changes after one has
/// failed, until a time.
#[derive(Clone, Copy, Debug)]
struct Quiet {
    changes: Option<u64>,
    until: Option<Timestamp>,
}

/// What one errand came to.
enum Step {
    /// Something was done: there may be more.
    Worked,
    /// Nothing can be done before this time, or something changes.
    Rest(Option<Timestamp>),
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
        let micros = time.as_micros().saturating_sub(self.now().as_micros());
        let left = Duration::from_micros(u64::try_from(micros).unwrap_or(0));
        self.host.clock.monotonic().saturating_add(left)
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
        let has_work = glance.work || self.has_jobs();
        let until = earlier(until, if has_work { self.tend_work()? } else { None });
        let until = earlier(until, if glance.for_drives { self.serve_mounts()? } else { None });
        if self.is_stuck() {
            return Ok(until);
        }
        let disabled = if glance.for_drives { self.empty_disabled_drives()? } else { None };
        let until = earlier(until, disabled);
        let is_all = !glance.dismounts && !glance.for_drives && !has_work;
        self.start_movements(if is_all { granted } else { self.glance()?.1 })?;
        let until = earlier(until, self.tend_drive()?);
        Ok(earlier(until, self.attend_to_errands()?))
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
        let Served { until, lost, wrong } =
            self.host.catalog.write(move |transaction| serve(transaction, library, now))?;
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

    /// Sends somebody on errands, if there are any and nobody is. Says until when there are none.
    fn attend_to_errands(self: &Arc<Self>) -> Result<Option<Timestamp>> {
        {
            let tasks = self.tasks.lock();
            if tasks.errand {
                return Ok(None);
            }
            let is_quiet = |quiet: &Quiet| {
                let is_over = quiet.until.is_some_and(|until| until <= self.now());
                quiet.changes.is_none_or(|changes| changes == self.changed.count()) && !is_over
            };
            if let Some(quiet) = tasks.quiet.filter(is_quiet) {
                return Ok(quiet.until);
            }
        }
        if !self.has_errands() {
            return Ok(None);
        }
        self.tasks.lock().errand = true;
        let sent = self.employ(|library| library.run_errands());
        if !matches!(sent, Ok(true)) {
            self.tasks.lock().errand = false;
        }
        sent.map(|_| None)
    }

    fn has_errands(&self) -> bool {
        let has_run = self.run.lock().is_some();
        let tasks = self.tasks.lock();
        tasks.recovery || (has_run && !tasks.collecting)
    }

    fn run_errands(&self) {
        let quiet = loop {
            let seen = self.changed.count();
            if self.is_stopped() {
                break None;
            }
            break Some(match caught(|| self.errand()) {
                Ok(Step::Worked) => continue,
                // Leaving the crew counts as one more change.
                Ok(Step::Rest(until)) => Quiet { changes: Some(seen + 1), until },
                Err(error) => {
                    tracing::error!(%error, "a library's work failed; it is taken up again later");
                    let until = Some(self.now().saturating_add(RETRY));
                    Quiet { changes: None, until }
                }
            });
        };
        let mut tasks = self.tasks.lock();
        tasks.errand = false;
        tasks.quiet = quiet;
    }

    fn errand(&self) -> Result<Step> {
        if std::mem::take(&mut self.tasks.lock().recovery) {
            self.recover()?;
            return Ok(Step::Worked);
        }
        // A run that is still collecting has nothing to read yet, and is not at its end.
        let run = self.run.lock().clone();
        let run = run.filter(|_| !self.tasks.lock().collecting);
        match run {
            Some(run) => self.step_of_run(&run),
            None => Ok(Step::Rest(None)),
        }
    }

    /// Reads the next cartridge of the run, or ends it.
    fn step_of_run(&self, run: &Arc<Run>) -> Result<Step> {
        if self.end_stopped(run) {
            return Ok(Step::Worked);
        }
        let Some(seen) = run.next_to_read() else {
            self.finish_run(run)?;
            return Ok(Step::Worked);
        };
        match self.identify(&seen)? {
            Identification::NoDrive(time) => return Ok(Step::Rest(time)),
            Identification::Unsure => return Ok(Step::Worked),
            Identification::Read(arrival, held) => self.admit_read(run, arrival, held)?,
            Identification::NotReached(medium) => {
                medium.into_iter().for_each(|medium| run.presume(medium));
            }
            Identification::Nothing => self.note_empty(seen.slot)?,
        }
        run.done_reading();
        Ok(Step::Worked)
    }
}
