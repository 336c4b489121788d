//! Three applications that share the library.

use std::sync::Arc;
use std::time::Duration;

use rsm::clock::{Clock, Thread, spawn};
use rsm::device::{MediumIo, ReadOutcome, Space};
use rsm::model::{
    Access, AllocateRequest, DismountOptions, LogicalMediaId, MountPriority, MountRequest, PoolId,
    Timeout,
};
use rsm::{Mount, Session};

use crate::Failure;
use crate::chance::Chance;
use crate::journal::MountCall;
use crate::setting::Setting;

pub const BACKUP: &str = "backup";
pub const RESTORE: &str = "restore";
pub const COPY: &str = "duplication";

/// All of them, in the order of the report.
pub const ALL: [&str; 3] = [BACKUP, RESTORE, COPY];

const HOUR: Duration = Duration::from_secs(3600);

/// Jobs that go on one tape until it is full.
const JOBS_PER_TAPE: usize = 6;

/// One application thread.
struct Worker {
    day: Arc<Setting>,
    session: Session,
    name: &'static str,
    chance: Chance,
}

/// A name, how many threads, and what each does.
type Kind = (&'static str, usize, fn(Worker));

/// Starts all of them.
pub fn start(day: &Arc<Setting>) -> Result<Vec<Thread<()>>, Failure> {
    let drives = day.drives;
    let kinds: [Kind; 3] = [
        (BACKUP, (drives * 2 / 3).max(1), Worker::back_up),
        (RESTORE, drives, Worker::restore),
        // Each takes two drives.
        (COPY, if drives > 1 { drives.div_ceil(6) } else { 0 }, Worker::copy),
    ];
    let clock: Arc<dyn Clock> = day.journal.clock.clone();
    let mut threads = Vec::new();
    for (name, count, work) in kinds {
        for _ in 0..count {
            let session = day.manager.session(name)?;
            let chance = Chance::new(day.seed, threads.len() as u64 + 1);
            let worker = Worker { day: Arc::clone(day), session, name, chance };
            threads.push(spawn(&clock, name, move || work(worker))?);
        }
    }
    Ok(threads)
}

impl Worker {
    /// By night, job after job is appended to a tape until it is full.
    fn back_up(mut self) {
        let mut tape = None;
        let mut jobs = 0;
        while !self.day.is_over() {
            let hour = self.day.hour();
            if (5.0..20.0).contains(&hour) {
                self.pause(Duration::from_secs_f64((20.0 - hour) * 3600.0));
                continue;
            }
            let pause = self.chance.minutes(1, 12);
            self.pause(pause);
            let Some(media) = tape.or_else(|| self.new_tape(self.day.pools.backup)) else {
                continue;
            };
            let length = self.chance.minutes(10, 50);
            let request = MountRequest::from(media).for_writing().timeout(Timeout::After(6 * HOUR));
            let is_written = self.with(request, DismountOptions::DEFERRED, |worker, mounts| {
                mounts.iter().try_for_each(|mount| append(mount))?;
                worker.pause(length);
                mounts.iter().try_for_each(|mount| append(mount))
            });
            jobs += 1;
            tape = Some(media);
            match is_written {
                Some(true) if jobs < JOBS_PER_TAPE => continue,
                // Full, or bad: nothing more is written on it.
                Some(_) => drop(self.check(|session| session.complete_media(media))),
                // It could not be mounted. Somebody has to look at it.
                None => {}
            }
            (tape, jobs) = (None, 0);
        }
    }

    /// All day long, and more so by day, somebody wants something from the archive.
    fn restore(mut self) {
        loop {
            let is_day = (7.0..19.0).contains(&self.day.hour());
            let mean = if is_day { HOUR / 4 } else { 2 * HOUR };
            let next = self.chance.until_next(mean);
            self.pause(next);
            if self.day.is_over() {
                return;
            }
            let Some(media) = self.chance.pick(&self.day.archive) else { return };
            let length = self.chance.minutes(2, 25);
            let request = MountRequest::from(media).priority(MountPriority::HIGH);
            let request = request.timeout(Timeout::After(3 * HOUR));
            self.with(request, DismountOptions::IMMEDIATE, |worker, mounts| {
                worker.pause(length);
                mounts.iter().try_for_each(read)
            });
        }
    }

    /// Copies a tape of the archive to another one, both at once.
    fn copy(mut self) {
        loop {
            let next = self.chance.until_next(HOUR / 2);
            self.pause(next);
            if self.day.is_over() {
                return;
            }
            let Some(from) = self.chance.pick(&self.day.archive) else { return };
            let Some(to) = self.new_tape(self.day.pools.copies) else { continue };
            let length = self.chance.minutes(60, 150);
            let request = MountRequest::all([from, to]).for_writing();
            let request = request.timeout(Timeout::After(4 * HOUR));
            let is_done = self.with(request, DismountOptions::DEFERRED, |worker, mounts| {
                mounts.iter().take(1).try_for_each(read)?;
                worker.pause(length);
                mounts.iter().skip(1).try_for_each(append)
            });
            if is_done.is_some() {
                self.check(|session| session.complete_media(to));
            }
        }
    }

    fn pause(&self, time: Duration) {
        self.day.pause(time);
    }

    fn new_tape(&self, pool: PoolId) -> Option<LogicalMediaId> {
        let request = AllocateRequest::from(pool).timeout(Timeout::After(6 * HOUR));
        self.check(|session| session.allocate_media(request)).map(|given| given.logical_media)
    }

    /// Mounts, works, gives back, and notes how it went. Whether the work was done; none when
    /// nothing was mounted.
    fn with(
        &self,
        request: MountRequest,
        options: DismountOptions,
        work: impl FnOnce(&Self, &[Mount]) -> Result<(), Failure>,
    ) -> Option<bool> {
        let (journal, media) = (&self.day.journal, request.media.len());
        let asked = journal.now();
        let mounted = self.session.mount_all(request);
        let answered = journal.now();
        let (mut drives, mut error, mut is_done) = (Vec::new(), None, None);
        match mounted {
            Ok(mounts) => {
                drives.extend(mounts.iter().map(Mount::drive));
                is_done = Some(self.check(|_| work(self, &mounts)).is_some());
                for mount in mounts {
                    self.check(|_| mount.dismount(options));
                }
            }
            Err(failed) => error = Some(failed.kind()),
        }
        let (application, ended) = (self.name, journal.now());
        let call = MountCall { application, media, asked, answered, ended, drives, error };
        journal.calls.lock().push(call);
        is_done
    }

    /// Does it, and notes when it fails.
    fn check<T, E: ToString>(&self, call: impl FnOnce(&Session) -> Result<T, E>) -> Option<T> {
        call(&self.session).map_err(|error| self.day.journal.failed(self.name, error)).ok()
    }
}

/// A block behind what is there, that stays.
fn append(mount: &Mount) -> Result<(), Failure> {
    let mut medium = mount.open(Access::Write)?;
    medium.space(Space::EndOfData)?;
    let _ = medium.write_block(&[0x5A; 32 << 10])?;
    let _ = medium.write_filemarks(1)?;
    Ok(())
}

/// The first block.
fn read(mount: &Mount) -> Result<(), Failure> {
    let mut medium = mount.open(Access::Read)?;
    let mut buffer = vec![0; 64 << 10];
    medium.rewind()?;
    match medium.read_block(&mut buffer)? {
        ReadOutcome::Block(_) | ReadOutcome::Filemark => Ok(()),
        ReadOutcome::TooLarge(_) | ReadOutcome::EndOfData => Err("nothing is on the tape".into()),
    }
}
