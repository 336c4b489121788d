//! The cartridges of the library before the day begins.

use rsm::device::simulated::{Cartridge, Place, SimulatedLibrary};
use rsm::device::{ElementKind, LibraryDevice};
use rsm::model::{
    AllocateRequest, CreateMediaOptions, InventoryMethod, Label, LibraryId, LogicalMediaId,
    MediumDescription, PhysicalMediaId, PoolId, SideDescription, SideState, Timeout,
};
use rsm::{Manager, Session};

use crate::chance::Chance;
use crate::setting::Pools;
use crate::{Failure, cleaner};

/// Slots of one changer, as in the longest libraries of that kind.
const SLOTS_PER_CHANGER: u32 = 20_000;

/// Media that may be wanted back in the day, for each drive.
const ARCHIVED_PER_DRIVE: u32 = 12;

/// How many of what.
pub struct Amounts {
    pub slots: u32,
    pub drives: u32,
    pub changers: u32,
    pub archived: u32,
    pub scratch: u32,
    pub vault: u32,
    /// Archived media that lie on a shelf.
    pub shelf: u32,
}

impl Amounts {
    pub fn new(slots: u32, drives: u32) -> Result<Self, Failure> {
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

/// Puts the cartridges in, in no order. Returns the slots that are left.
pub fn fill(
    device: &SimulatedLibrary,
    amounts: &Amounts,
    chance: &mut Chance,
) -> Result<Vec<Place>, Failure> {
    let mut slots = Vec::new();
    for (changer, inner) in (0..).zip(device.changers()) {
        let range = inner.geometry()?.range(ElementKind::Slot);
        // The first is kept for the cleaning cartridge.
        let taken = usize::from(changer == cleaner::CHANGER);
        slots.extend(range.iter().skip(taken).map(|address| Place { changer, address }));
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

fn vault_bar_code(n: u32) -> String {
    format!("V{n:05}L8")
}

/// The catalog knows this one from years ago.
pub fn register(session: &Session, pool: PoolId, n: u32) -> Result<(), Failure> {
    let medium = MediumDescription::new(pool).bar_code(vault_bar_code(n));
    let side = SideDescription::new(SideState::Allocated, Label::new("vault", n.to_be_bytes()));
    session.create_offline_media(medium, vec![side], CreateMediaOptions::empty())?;
    Ok(())
}

/// New cartridges get free labels; those of the archive are given to it.
pub fn prepare(
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
pub fn put_on_shelf(
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
    session.inventory_library(library, InventoryMethod::Fast)?;
    Ok(())
}
