//! A catalog with many media that are in a library and can be allocated.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, SystemTime};

use rsm::device::simulated::{Cartridge, ChangerLayout, SimulatedLibrary};
use rsm::model::{
    AllocateRequest, CreateMediaOptions, Label, LogicalMediaId, MediaTypeCode, MediumDescription,
    PoolId, PoolOpenMode, SideDescription, SideState,
};
use rsm::{Manager, OpenOptions, Session};

use crate::Failure;

/// Threads that fill the catalog.
const FILLERS: usize = 64;

/// Slots of one changer; a changer can address 65,536 elements in all.
const SLOTS_PER_CHANGER: usize = 60_000;

/// What happens after each commit: something is slept, and the time of the first is noted.
#[derive(Default)]
pub struct Delay {
    micros: AtomicU64,
    is_armed: AtomicBool,
    committed: AtomicU64,
}

impl Delay {
    pub fn set(&self, time: Duration) {
        self.micros.store(time.as_micros() as u64, Ordering::Relaxed);
    }

    /// The time of the next commit is noted.
    pub fn arm(&self) {
        self.is_armed.store(true, Ordering::SeqCst);
    }

    /// When that was, in nanoseconds of wall time.
    pub fn committed(&self) -> u64 {
        self.committed.load(Ordering::SeqCst)
    }

    pub fn after_commit(&self) {
        if self.is_armed.swap(false, Ordering::SeqCst) {
            self.committed.store(nanos_now(), Ordering::SeqCst);
        }
        self.sleep();
    }

    pub fn sleep(&self) {
        let micros = self.micros.load(Ordering::Relaxed);
        if micros > 0 {
            thread::sleep(Duration::from_micros(micros));
        }
    }
}

/// Wall time, which processes share.
pub fn nanos_now() -> u64 {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    since.map_or(0, |since| since.as_nanos() as u64)
}

/// A filled catalog, half of its media allocated.
pub struct Measured {
    pub directory: PathBuf,
    pub manager: Manager,
    pub session: Session,
    pub pool: PoolId,
    pub held: Vec<LogicalMediaId>,
    pub media: usize,
}

impl Measured {
    pub fn new(
        directory: &Path,
        media: usize,
        code: MediaTypeCode,
        delay: &Arc<Delay>,
    ) -> Result<Self, Failure> {
        let after_commit = Arc::clone(delay);
        let manager = OpenOptions::new()
            .create(true)
            .after_commit(move || after_commit.after_commit())
            .open(directory)?;
        let session = manager.session("limits")?;
        let pool = make_pool(&session, code)?;
        let sides = usize::from(code.known().sides);
        in_parallel(media, |n| {
            let label = |side: usize| Label::new("limits", (n * sides + side).to_be_bytes());
            let sides = (0..sides).map(|n| SideDescription::new(SideState::Available, label(n)));
            let medium = MediumDescription::new(pool).bar_code(bar_code(n));
            session.create_offline_media(medium, sides.collect(), CreateMediaOptions::empty())?;
            Ok(None)
        })?;
        manager.attach(Arc::new(library(media, code)?))?;
        let held = in_parallel(media * sides / 2, |_| {
            let request = AllocateRequest::from(pool).error_if_unavailable();
            Ok(Some(session.allocate_media(request)?.logical_media))
        })?;
        let directory = directory.to_path_buf();
        Ok(Self { directory, manager, session, pool, held, media })
    }
}

fn make_pool(session: &Session, code: MediaTypeCode) -> Result<PoolId, Failure> {
    let media_type = session.media_type(code)?;
    session.open_pool(r"\Limits", None, PoolOpenMode::CreateNew)?;
    Ok(session.open_pool(r"\Limits\Data", Some(media_type), PoolOpenMode::CreateNew)?)
}

fn bar_code(n: usize) -> String {
    format!("L{n:07}L8")
}

/// A library of as many changers as it takes, with a cartridge in every slot.
fn library(media: usize, code: MediaTypeCode) -> Result<SimulatedLibrary, Failure> {
    let mut builder = SimulatedLibrary::builder()
        .name("limits")
        .bar_code_reader(true)
        .media_type(code.value())
        .can_flip(true);
    let mut left = media;
    while left > 0 {
        let slots = left.min(SLOTS_PER_CHANGER);
        builder = builder.changer(ChangerLayout {
            transports: 1,
            drives: 1,
            ports: 0,
            slots: slots as u32,
        });
        left -= slots;
    }
    let cartridges = (0..media).map(|n| {
        let cartridge = Cartridge::with_bar_code(bar_code(n)).media_type(code.value());
        if code.known().sides == 2 { cartridge.two_sided() } else { cartridge }
    });
    Ok(builder.cartridges(cartridges).build()?)
}

/// Runs `work` for every number below `count` in many threads; collects what it gives.
fn in_parallel<F>(count: usize, work: F) -> Result<Vec<LogicalMediaId>, Failure>
where
    F: Fn(usize) -> Result<Option<LogicalMediaId>, Failure> + Sync,
{
    let next = AtomicUsize::new(0);
    let run = || -> Result<Vec<LogicalMediaId>, Failure> {
        let mut found = Vec::new();
        loop {
            let n = next.fetch_add(1, Ordering::Relaxed);
            if n >= count {
                return Ok(found);
            }
            found.extend(work(n)?);
        }
    };
    thread::scope(|scope| {
        let threads: Vec<_> = (0..FILLERS).map(|_| scope.spawn(run)).collect();
        let mut all = Vec::with_capacity(count);
        for thread in threads {
            all.extend(thread.join().map_err(|_| "a thread panicked")??);
        }
        Ok(all)
    })
}
