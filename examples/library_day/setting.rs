//! The library, filled, with a catalog that knows it.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use rsm::clock::{Clock, VirtualClock};
use rsm::device::simulated::{Cartridge, ChangerLayout, Place, SimulatedLibrary, Timings};
use rsm::device::{ElementKind, LibraryDevice};
use rsm::model::{
    AllocateRequest, AllocationPolicy, CreateMediaOptions, InventoryMethod, Label, LibraryId,
    LogicalMediaId, MediaTypeCode, MediumDescription, PhysicalMediaId, PoolId, PoolOpenMode,
    SideDescription, SideState, Timeout, Timestamp,
};
use rsm::{Manager, OpenOptions, SeededRandomness, Session};

use crate::chance::Chance;
use crate::journal::{Journal, Span};
use crate::watched::Watched;
use crate::{Arguments, Failure};

const CODE: MediaTypeCode = MediaTypeCode::LtoUltrium;

/// Slots of one changer, as in the longest libraries of that kind.
const SLOTS_PER_CHANGER: u32 = 20_000;

/// Media that may be wanted back in the day, for each drive.
const ARCHIVED_PER_DRIVE: u32 = 12;

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

/// How many of what.
struct Amounts {
    slots: u32,
    drives: u32,
    changers: u32,
    archived: u32,
    scratch: u32,
    vault: u32,
    /// Archived media that lie on a shelf.
    shelf: u32,
}

impl Amounts {
    fn new(slots: u32, drives: u32) -> Result<Self, Failure> {
        let changers = slots.div_ceil(SLOTS_PER_CHANGER);
        if slots < 20 || drives == 0 || drives < changers || drives > slots / 8 {
            return Err("at least 20 slots, 8 for each drive, and a drive for each changer".into());
        }
        let filled = slots * 9 / 10;
        let archived = (drives * ARCHIVED_PER_DRIVE).min(filled / 2);
        let scratch = drives;
        let vault = filled - archived - scratch;
        let shelf = (drives / 6).max(1);
        Ok(Self { slots, drives, changers, archived, scratch, vault, shelf })
    }
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
        let archive = prepare(&manager, &session, pools, &amounts)?;
        put_on_shelf(&watched.library, &session, library, amounts.shelf)?;
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
            ports: 4,
            slots: share(amounts.slots, amounts.changers, number),
        });
    }
    Ok(builder.seed(seed).timings(Timings::ts4500()).clock(clock.clone()).build()?)
}

/// Puts the cartridges in, in no order. Returns the slots that are left.
fn fill(
    device: &SimulatedLibrary,
    amounts: &Amounts,
    chance: &mut Chance,
) -> Result<Vec<Place>, Failure> {
    let mut slots = Vec::new();
    for (changer, inner) in (0..).zip(device.changers()) {
        let range = inner.geometry()?.range(ElementKind::Slot);
        slots.extend(range.iter().map(|address| Place { changer, address }));
    }
    for last in (1..slots.len()).rev() {
        slots.swap(last, chance.below(last + 1));
    }
    let vault = (0..amounts.vault).map(vault_bar_code);
    let archived = (0..amounts.archived).map(|n| format!("A{n:05}L8"));
    let scratch = (0..amounts.scratch).map(|n| format!("S{n:05}L8"));
    let hands = device.hands();
    for bar_code in vault.chain(archived).chain(scratch) {
        let place = slots.pop().ok_or("more cartridges than slots")?;
        hands.insert(hands.make(Cartridge::with_bar_code(bar_code))?, place)?;
    }
    Ok(slots)
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

fn vault_bar_code(n: u32) -> String {
    format!("V{n:05}L8")
}

/// The catalog knows this one from years ago.
fn register(session: &Session, pool: PoolId, n: u32) -> Result<(), Failure> {
    let medium = MediumDescription::new(pool).bar_code(vault_bar_code(n));
    let side = SideDescription::new(SideState::Allocated, Label::new("vault", n.to_be_bytes()));
    session.create_offline_media(medium, vec![side], CreateMediaOptions::empty())?;
    Ok(())
}

/// New cartridges get free labels; those of the archive are given to it.
fn prepare(
    manager: &Manager,
    session: &Session,
    pools: Pools,
    amounts: &Amounts,
) -> Result<Vec<LogicalMediaId>, Failure> {
    let fresh: Vec<PhysicalMediaId> = session.list(Some(pools.unrecognized.into()))?;
    if fresh.len() != usize::try_from(amounts.archived + amounts.scratch)? {
        return Err("the library did not find all its cartridges".into());
    }
    for medium in &fresh {
        session.move_to_pool(*medium, pools.free)?;
    }
    manager.wait_until_idle(Timeout::Forever)?;
    let mut archive = Vec::new();
    for medium in fresh {
        if session.info(medium)?.bar_code.starts_with('A') {
            session.move_to_pool(medium, pools.archive)?;
            let request = AllocateRequest::from(pools.archive).error_if_unavailable();
            archive.push(session.allocate_media(request)?.logical_media);
        }
    }
    Ok(archive)
}

/// Somebody took a few cartridges away some time ago, and the library has noticed.
fn put_on_shelf(
    device: &SimulatedLibrary,
    session: &Session,
    library: LibraryId,
    count: u32,
) -> Result<(), Failure> {
    let hands = device.hands();
    for n in 0..count {
        let id = hands.find_bar_code(&format!("A{n:05}L8"))?.ok_or("a cartridge is missing")?;
        let place = hands.find(id)?.ok_or("a cartridge is outside")?;
        hands.remove(place)?;
    }
    Ok(session.inventory_library(library, InventoryMethod::Fast)?)
}
