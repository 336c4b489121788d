//! What is where at the end of the day.
//!
//! Where the cartridges are is what the simulator says; what they are is what the catalog says.

use std::collections::HashMap;

use rsm::device::simulated::{CartridgeId, Hands};
use rsm::device::{ElementKind, LibraryDevice};
use rsm::model::{DriveId, Location, PhysicalMediaId, PoolId};

use crate::Failure;
use crate::day::Day;
use crate::lanes::State;
use crate::setting::Setting;
use crate::svg::colour;
use crate::watched::CLEANER;

/// What is in an element.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Content {
    Vault,
    Archive,
    Backup,
    Copy,
    Free,
    Cleaner,
    Unknown,
    Away,
    Empty,
}

impl Content {
    pub const ALL: [Self; 9] = [
        Self::Vault,
        Self::Archive,
        Self::Backup,
        Self::Copy,
        Self::Free,
        Self::Cleaner,
        Self::Unknown,
        Self::Away,
        Self::Empty,
    ];

    pub fn name(self) -> &'static str {
        match self {
            Self::Vault => "vault, not wanted today",
            Self::Archive => "archive",
            Self::Backup => "backup",
            Self::Copy => "copies",
            Self::Free => "free",
            Self::Cleaner => "cleaning cartridge",
            Self::Unknown => "new, or no bar code",
            Self::Away => "its medium is in a drive",
            Self::Empty => "empty",
        }
    }

    pub fn fill(self) -> &'static str {
        match self {
            Self::Vault => colour::PALE_BLUE,
            Self::Archive => colour::BLUE,
            Self::Backup => colour::ORANGE,
            Self::Copy => colour::PINK,
            Self::Free => colour::GREEN,
            Self::Cleaner => colour::YELLOW,
            Self::Unknown => colour::RED,
            Self::Away => colour::DARK,
            Self::Empty => colour::PALE,
        }
    }
}

/// A drive, by its number in the library.
#[derive(Clone, Copy)]
pub struct Bay {
    pub number: usize,
    pub content: Content,
    pub in_service: bool,
}

/// One robot with its slots, drives and ports.
#[derive(Default)]
pub struct Part {
    pub slots: Vec<Content>,
    pub drives: Vec<Bay>,
    pub ports: Vec<Content>,
}

pub fn look(day: &Day) -> Result<Vec<Part>, Failure> {
    let setting = &day.setting;
    let known = catalogued(setting)?;
    let hands = setting.watched.inner.hands();
    let content = |inside: Option<CartridgeId>| content(&hands, &known, inside);
    let mut parts = Vec::new();
    parts.resize_with(setting.watched.inner.changers().len(), Part::default);
    let mut elements = hands.elements()?;
    elements.sort_by_key(|seen| (seen.place.changer, seen.place.address));
    let mut number = 0;
    for seen in elements {
        let part = parts.get_mut(usize::from(seen.place.changer)).ok_or("no such changer")?;
        let content = content(seen.cartridge)?;
        match seen.kind {
            ElementKind::Slot => part.slots.push(content),
            ElementKind::Port => part.ports.push(content),
            ElementKind::Transport => {}
            ElementKind::Drive => {
                let last = day.lanes.get(number).and_then(|lane| lane.parts.last());
                let is_out = last.is_some_and(|last| last.0 == State::OutOfService);
                let enabled = day.drives.get(number).is_none_or(|drive| drive.common.enabled);
                part.drives.push(Bay { number, content, in_service: enabled && !is_out });
                number += 1;
            }
        }
    }
    mark_homes(setting, &mut parts)?;
    Ok(parts)
}

fn content(
    hands: &Hands,
    known: &HashMap<String, Content>,
    inside: Option<CartridgeId>,
) -> Result<Content, Failure> {
    let Some(id) = inside else { return Ok(Content::Empty) };
    let bar_code = hands.bar_code(id)?;
    Ok(match bar_code.text() {
        Some(text) if text.starts_with(CLEANER) => Content::Cleaner,
        Some(text) => known.get(text).copied().unwrap_or(Content::Unknown),
        None => Content::Unknown,
    })
}

/// What each bar code in the catalog stands for.
fn catalogued(setting: &Setting) -> Result<HashMap<String, Content>, Failure> {
    let session = setting.manager.session("report")?;
    let pools = setting.pools;
    let mut known = HashMap::new();
    let all: [(PoolId, Content); 5] = [
        (pools.vault, Content::Vault),
        (pools.archive, Content::Archive),
        (pools.backup, Content::Backup),
        (pools.copies, Content::Copy),
        (pools.free, Content::Free),
    ];
    for (pool, content) in all {
        for medium in session.list::<PhysicalMediaId>(Some(pool.into()))? {
            known.insert(session.info(medium)?.bar_code, content);
        }
    }
    Ok(known)
}

/// The slots whose media are in drives.
fn mark_homes(setting: &Setting, parts: &mut [Part]) -> Result<(), Failure> {
    let session = setting.manager.session("report")?;
    let first = session.info(setting.library)?.first_slot_number;
    for drive in session.list::<DriveId>(Some(setting.library.into()))? {
        let Some(side) = session.info(drive)?.saved_side else { continue };
        let medium = session.info(session.info(side)?.physical_media)?;
        let (Some(Location::Drive(_)), Some(home)) = (medium.location, medium.home_slot) else {
            continue;
        };
        let number = session.info(home)?.number.saturating_sub(first);
        let mut slots = parts.iter_mut().flat_map(|part| &mut part.slots);
        if let Some(slot) = slots.nth(usize::try_from(number)?)
            && *slot == Content::Empty
        {
            *slot = Content::Away;
        }
    }
    Ok(())
}
