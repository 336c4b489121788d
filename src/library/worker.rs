//! The thread that does a library's own work: dismounts, free labels, identification.
//!
//! It takes what can be done, dismounts first because they give drives back, and rests when
//! nothing can. Whoever makes more work possible raises [`Attached::changed`].

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use super::Attached;
use super::free_label::Labelling;
use super::identify::Identification;
use super::put_away::Rest;
use super::run::Run;
use crate::catalog::medium_key;
use crate::clock::Woken;
use crate::error::Result;
use crate::model::{ObjectId, ObjectType, Timestamp};

/// What the worker is to do.
#[derive(Debug, Default)]
pub(super) struct Tasks {
    dismounts: VecDeque<Dismounting>,
    labels: bool,
    recovery: bool,
    pub(super) stop: bool,
    /// How often others had made work when that was looked at last.
    news: u64,
    /// The worker is using devices.
    at_work: bool,
    /// Everything that can be done now has been done.
    resting: bool,
    /// An inventory is looking at the slots.
    pub(super) collecting: bool,
}

/// A medium that is to go home. Its movement has begun.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Dismounting {
    pub(crate) drive: i64,
    pub(crate) side: i64,
    /// The id the dismount was asked for with.
    pub(crate) asked: (ObjectType, ObjectId),
}

/// What one look for work came to.
enum Step {
    /// Something was done: look again.
    Worked,
    /// Nothing can be done before this time, or something changes.
    Rest(Option<Timestamp>),
}

impl Attached {
    /// A medium is to go home.
    pub(crate) fn queue_dismount(&self, dismounting: Dismounting) {
        self.order(|tasks| tasks.dismounts.push_back(dismounting));
    }

    /// A side may wait for its free label.
    pub(crate) fn want_labels(&self) {
        self.order(|tasks| tasks.labels = true);
    }

    /// A cartridge was not the one that was catalogued.
    pub(super) fn want_recovery(&self) {
        self.order(|tasks| tasks.recovery = true);
    }

    /// Whether an inventory is under way or about to begin: a medium that has lost its place may
    /// still be found.
    pub(crate) fn is_looking(&self) -> bool {
        if self.run.lock().is_some() {
            return true;
        }
        let tasks = self.tasks.lock();
        tasks.collecting || tasks.recovery
    }

    /// Cartridges wait to be identified.
    pub(super) fn want_run(&self) {
        self.order(|_| {});
    }

    /// The worker ends after what it is doing; says whether it is using devices.
    pub(super) fn stop(&self) -> bool {
        let mut at_work = false;
        self.order(|tasks| {
            tasks.stop = true;
            at_work = tasks.at_work;
        });
        at_work
    }

    fn order(&self, order: impl FnOnce(&mut Tasks)) {
        {
            let mut tasks = self.tasks.lock();
            order(&mut tasks);
            tasks.resting = false;
        }
        self.changed.raise();
    }

    /// Waits until the worker can do nothing more; says whether that was before the deadline.
    pub(super) fn wait_until_rested(&self, deadline: Option<Duration>) -> bool {
        loop {
            let seen = self.rested.count();
            if self.tasks.lock().resting || self.is_stopped() {
                return true;
            }
            if self.host.clock.wait(&self.rested, seen, deadline) == Woken::Deadline {
                return self.tasks.lock().resting;
            }
        }
    }

    /// The worker is about to use devices; it must not when it has been told to stop.
    pub(super) fn begin_work(&self) -> bool {
        let mut tasks = self.tasks.lock();
        tasks.at_work = !tasks.stop;
        tasks.at_work
    }

    /// The worker's life.
    pub(super) fn work(self: Arc<Self>) {
        loop {
            let seen = self.changed.count();
            if self.is_stopped() {
                break;
            }
            let step = self.step();
            self.tasks.lock().at_work = false;
            match step {
                Ok(Step::Worked) => {}
                Ok(Step::Rest(until)) => self.rest(seen, until),
                Err(error) => {
                    tracing::error!(%error, "a library's work failed; it is taken up again later");
                    self.rest(seen, None);
                }
            }
        }
        self.rested.raise();
    }

    /// Rests until something changes since `seen`, or until the time given.
    fn rest(&self, seen: u64, until: Option<Timestamp>) {
        if self.changed.count() == seen {
            self.tasks.lock().resting = true;
            self.rested.raise();
        }
        let deadline = until.map(|until| self.monotonic_of(until));
        if self.host.clock.wait(&self.changed, seen, deadline) == Woken::Deadline {
            self.tasks.lock().labels = true;
        }
        self.tasks.lock().resting = false;
    }

    /// When a point in wall time comes, for waiting.
    pub(crate) fn monotonic_of(&self, time: Timestamp) -> Duration {
        let micros = time.as_micros().saturating_sub(self.now().as_micros());
        let left = Duration::from_micros(u64::try_from(micros).unwrap_or(0));
        self.host.clock.monotonic().saturating_add(left)
    }

    fn step(&self) -> Result<Step> {
        let dismounting = self.tasks.lock().dismounts.pop_front();
        if let Some(dismounting) = dismounting {
            self.dismount(dismounting);
            return Ok(Step::Worked);
        }
        self.note_news();
        let mut until = None;
        if std::mem::take(&mut self.tasks.lock().labels) {
            match self.label_next()? {
                Labelling::Done => {
                    self.tasks.lock().labels = true;
                    return Ok(Step::Worked);
                }
                Labelling::Nothing => {}
                Labelling::NoDrive(time) => {
                    // Looked for again whenever something changes.
                    self.tasks.lock().labels = true;
                    until = time;
                }
            }
        }
        if std::mem::take(&mut self.tasks.lock().recovery) && self.begin_work() {
            self.recover()?;
            return Ok(Step::Worked);
        }
        // A run that is still collecting has nothing to read yet, and is not at its end.
        let run = self.run.lock().clone();
        let run = run.filter(|_| !self.tasks.lock().collecting);
        match run {
            Some(run) => self.step_of_run(&run, until),
            None => Ok(Step::Rest(until)),
        }
    }

    /// What others have done may have left sides without their free labels.
    fn note_news(&self) {
        let news = self.watch.signal().count();
        let mut tasks = self.tasks.lock();
        tasks.labels |= std::mem::replace(&mut tasks.news, news) != news;
    }

    fn dismount(&self, dismounting: Dismounting) {
        if !self.begin_work() {
            return;
        }
        let Dismounting { drive, side, asked: (object_type, id) } = dismounting;
        let done = self
            .drive_unit(drive)
            .and_then(|unit| self.put_away(unit, medium_key(side), Rest::WELL, true))
            .and_then(|()| {
                self.host.catalog.write(move |transaction| {
                    transaction.completed(object_type, id);
                    Ok(())
                })
            });
        if let Err(error) = done {
            tracing::warn!(%error, "a dismount failed");
        }
    }

    /// Reads the next cartridge of the run, or ends it.
    fn step_of_run(&self, run: &Arc<Run>, until: Option<Timestamp>) -> Result<Step> {
        let Some(seen) = run.next_to_read() else {
            self.finish_run(run)?;
            return Ok(Step::Worked);
        };
        match self.identify(&seen)? {
            Identification::NoDrive(time) => {
                return Ok(Step::Rest(until.into_iter().chain(time).min()));
            }
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
