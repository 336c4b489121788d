//! The library, filled, with a catalog that knows it.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use rsm::clock::{Clock, VirtualClock};
use rsm::device::simulated::{ChangerLayout, Place, PortLayout, SimulatedLibrary, Timings};
use rsm::model::{
    AllocationPolicy, LibraryId, LogicalMediaId, MediaTypeCode, PoolId, PoolOpenMode, Timeout,
    Timestamp,
};
use rsm::{Manager, OpenOptions, SeededRandomness, Session};

use crate::chance::Chance;
use crate::cleaner::Keeper;
use crate::journal::{Journal, Span};
use crate::stock::{Amounts, fill, prepare, put_on_shelf, register};
use crate::watched::Watched;
use crate::{Arguments, Failure};

const CODE: MediaTypeCode = MediaTypeCode::LtoUltrium;

/// Each robot has one.
const PORT: PortLayout = PortLayout { cells: 4, motorised: true, reports_content: true };

/// What the day takes place in.
pub struct Setting {
    pub manager: Manager,
    pub library: LibraryId,
    pub watched: Watched,
    pub journal: Arc<Journal>,
    pub pools: Pools,
    /// What is in the archive and may be wanted.
    pub archive: Vec<LogicalMediaId>,
    /// Slots that nobody uses.
    pub spare: Vec<Place>,
    pub day: Span,
    pub seed: u64,
    pub drives: usize,
    pub changers: u16,
}

/// Where media belong.
#[derive(Clone, Copy)]
pub struct Pools {
    pub free: PoolId,
    pub unrecognized: PoolId,
    pub backup: PoolId,
    pub copies: PoolId,
    pub archive: PoolId,
    /// What is kept for ever and not wanted today.
    pub vault: PoolId,
}

impl Setting {
    pub fn new(
        directory: &Path,
        arguments: &Arguments,
        clock: &Arc<VirtualClock>,
    ) -> Result<Self, Failure> {
        let amounts = Amounts::new(arguments.slots, arguments.drives)?;
        let mut chance = Chance::new(arguments.seed, 0);
        let journal = Journal::new(Arc::clone(clock));
        let device = empty_library(&amounts, arguments.seed, clock)?;
        let spare = fill(&device, &amounts, &mut chance)?;
        let watched = Watched::new(device, Arc::clone(&journal));
        let manager = OpenOptions::new()
            .create(true)
            .clock(clock.clone())
            .randomness(Arc::new(SeededRandomness::new(arguments.seed)))
            .open(directory)?;
        let session = manager.session("operator")?;
        let vault = own_pool(&session, r"\Vault")?;
        (0..amounts.vault).try_for_each(|n| register(&session, vault, n))?;
        let library = manager.attach(Arc::new(watched.clone()))?;
        let pools = Pools::new(&session, vault)?;
        manager.wait_until_idle(Timeout::Forever)?;
        Keeper { session: &session, library, device: &watched.inner, clock }.begin()?;
        let archive = prepare(&manager, &session, pools, &amounts)?;
        put_on_shelf(&watched.inner, &session, library, amounts.shelf)?;
        manager.wait_until_idle(Timeout::Forever)?;
        let begin = journal.now();
        let end = begin + Duration::from_secs(u64::from(arguments.hours) * 3600);
        Ok(Self {
            manager,
            library,
            watched,
            journal,
            pools,
            archive,
            spare,
            day: Span { begin, end },
            seed: arguments.seed,
            drives: usize::try_from(arguments.drives)?,
            changers: u16::try_from(amounts.changers)?,
        })
    }

    /// How much of the day is over, in hours of the day.
    pub fn hour(&self) -> f64 {
        self.journal.now().saturating_sub(self.day.begin).as_secs_f64() / 3600.0 % 24.0
    }

    /// The same moment on the clock of the day.
    pub fn since(&self, time: Timestamp) -> Duration {
        let ago = self.journal.clock.now().as_micros().saturating_sub(time.as_micros());
        self.journal.now().saturating_sub(Duration::from_micros(u64::try_from(ago).unwrap_or(0)))
    }

    /// Waits, but not longer than the day lasts.
    pub fn pause(&self, time: Duration) {
        let left = self.day.end.saturating_sub(self.journal.now());
        self.journal.clock.pause(time.min(left));
    }

    pub fn is_over(&self) -> bool {
        self.journal.now() >= self.day.end
    }
}

/// Part `number` of `whole`, cut into `parts` that are as equal as can be.
fn share(whole: u32, parts: u32, number: u32) -> u32 {
    whole / parts + u32::from(number < whole % parts)
}

fn empty_library(
    amounts: &Amounts,
    seed: u64,
    clock: &Arc<VirtualClock>,
) -> Result<SimulatedLibrary, Failure> {
    let mut builder = SimulatedLibrary::builder().name("tape library").media_type(CODE.value());
    for number in 0..amounts.changers {
        builder = builder.changer(ChangerLayout {
            transports: 1,
            drives: share(amounts.drives, amounts.changers, number),
            ports: PORT.cells,
            slots: share(amounts.slots, amounts.changers, number),
        });
        builder = builder.port(PORT);
    }
    Ok(builder.seed(seed).timings(Timings::ts4500()).clock(clock.clone()).build()?)
}

/// A pool that takes media from the free pool when it has none.
fn own_pool(session: &Session, path: &str) -> Result<PoolId, Failure> {
    let media_type = session.media_type(CODE)?;
    let pool = session.open_pool(path, Some(media_type), PoolOpenMode::CreateNew)?;
    let mut policy = session.info(pool)?;
    policy.allocation_policy = AllocationPolicy::DRAW_FROM_FREE;
    session.set_info(&policy)?;
    Ok(pool)
}

impl Pools {
    fn new(session: &Session, vault: PoolId) -> Result<Self, Failure> {
        let system = |root: &str| {
            let path = format!("{root}\\{}", CODE.known().name);
            session.open_pool(&path, None, PoolOpenMode::OpenExisting)
        };
        Ok(Self {
            free: system("Free")?,
            unrecognized: system("Unrecognized")?,
            backup: own_pool(session, r"\Backup")?,
            copies: own_pool(session, r"\Copies")?,
            archive: own_pool(session, r"\Archive")?,
            vault,
        })
    }
}
