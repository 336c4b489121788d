//! The map of the library: what is in each slot, by its pool, and what the drives hold.
//!
//! Where the cartridges are is what the simulator says; what they are is what the catalog says.

use std::collections::HashMap;

use rsm::device::{ElementKind, LibraryDevice};
use rsm::model::{Location, PhysicalMediaId, PoolId};

use crate::Failure;
use crate::day::Day;
use crate::setting::Setting;
use crate::svg::{Anchor, Area, Picture, colour};

/// Slots that are drawn one by one; of more, each frame is one bar.
const ONE_BY_ONE: usize = 12_000;

/// As in the time model: a frame has nine columns of 80 slots, and 16 drives.
const ROWS: usize = 80;
const FRAME: usize = 720;
const DRIVES_PER_FRAME: usize = 16;

const LEFT: f64 = 36.0;
const TOP: f64 = 100.0;
const LEGEND: f64 = 260.0;

/// What is in a slot.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Content {
    Vault,
    Archive,
    Backup,
    Copy,
    Free,
    Unknown,
    Away,
    Empty,
}

impl Content {
    const ALL: [Self; 8] = [
        Self::Vault,
        Self::Archive,
        Self::Backup,
        Self::Copy,
        Self::Free,
        Self::Unknown,
        Self::Away,
        Self::Empty,
    ];

    fn name(self) -> &'static str {
        match self {
            Self::Vault => "vault, not wanted today",
            Self::Archive => "archive",
            Self::Backup => "backup",
            Self::Copy => "copies",
            Self::Free => "free",
            Self::Unknown => "no bar code, or not known",
            Self::Away => "its medium is in a drive",
            Self::Empty => "empty",
        }
    }

    fn fill(self) -> &'static str {
        match self {
            Self::Vault => colour::PALE_BLUE,
            Self::Archive => colour::BLUE,
            Self::Backup => colour::ORANGE,
            Self::Copy => colour::PINK,
            Self::Free => colour::GREEN,
            Self::Unknown => colour::RED,
            Self::Away => colour::DARK,
            Self::Empty => colour::PALE,
        }
    }
}

/// One robot with its slots and drives.
struct Part {
    slots: Vec<Content>,
    /// Whether each drive holds a cartridge, and its number in the library.
    drives: Vec<(usize, bool, bool)>,
    ports: Vec<bool>,
}

pub fn draw(day: &Day) -> Result<String, Failure> {
    let parts = look(day)?;
    let slots: usize = parts.iter().map(|part| part.slots.len()).sum();
    let mut picture = Picture::default();
    let shape = Shape::of(slots);
    let (mut width, mut y) = (520.0_f64, TOP);
    for (number, part) in parts.iter().enumerate() {
        if parts.len() > 1 {
            let title = format!("Robot {}: {} slots", number + 1, part.slots.len());
            picture.text((LEFT, y), Anchor::Start, 13.0, colour::INK, &title);
            y += 14.0;
        }
        let drawn = shape.part(&mut picture, part, y);
        width = width.max(drawn.width);
        y += drawn.height + 26.0;
    }
    let side = LEFT + width + 30.0;
    let bottom = legend(&mut picture, &parts, side);
    let drives: usize = parts.iter().map(|part| part.drives.len()).sum();
    let hours = day.setting.day.length().as_secs() / 3600;
    let title = format!("A library of {slots} slots and {drives} drives after {hours} hours");
    picture.head(LEFT, &title, shape.words());
    Ok(picture.finish(side + LEGEND, y.max(bottom) + 10.0))
}

/// How the slots are drawn.
enum Shape {
    /// Each a cell, in frames of so many rows.
    Cells { rows: usize, frame: usize, width: f64, height: f64 },
    /// Each frame a bar.
    Bars,
}

impl Shape {
    fn of(slots: usize) -> Self {
        match slots {
            _ if slots <= FRAME => {
                Self::Cells { rows: 20, frame: FRAME, width: 14.0, height: 14.0 }
            }
            _ if slots <= ONE_BY_ONE => {
                Self::Cells { rows: ROWS, frame: FRAME, width: 10.0, height: 6.0 }
            }
            _ => Self::Bars,
        }
    }

    fn words(&self) -> &'static str {
        match self {
            Self::Cells { .. } => "Each cell a slot, by the pool of what is in it",
            Self::Bars => {
                "Each bar a frame of 720 slots, by the pools of what is in it; below it its drives"
            }
        }
    }

    /// Draws a robot's part from `top` on; returns what it takes.
    fn part(&self, picture: &mut Picture, part: &Part, top: f64) -> Area {
        match *self {
            Self::Cells { rows, frame, width, height } => {
                cells(picture, part, top, Grid { rows, frame, width, height })
            }
            Self::Bars => bars(picture, part, top),
        }
    }
}

#[derive(Clone, Copy)]
struct Grid {
    rows: usize,
    frame: usize,
    width: f64,
    height: f64,
}

/// Frames side by side, eight in a row.
const FRAMES_IN_A_ROW: usize = 8;

fn cells(picture: &mut Picture, part: &Part, top: f64, grid: Grid) -> Area {
    let columns = grid.frame.min(part.slots.len()).div_ceil(grid.rows);
    let (wide, high) = (columns as f64 * grid.width, grid.rows as f64 * grid.height);
    let drives_high = 4.0 * 18.0 + 34.0;
    let mut taken = Area::new(LEFT, top, 0.0, 0.0);
    for (number, slots) in part.slots.chunks(grid.frame).enumerate() {
        let (across, down) = (number % FRAMES_IN_A_ROW, number / FRAMES_IN_A_ROW);
        let x = LEFT + across as f64 * (wide.max(96.0) + 18.0);
        let y = top + 16.0 + down as f64 * (high + drives_high + 34.0);
        let title = format!("frame {}", number + 1);
        picture.text((x, y - 5.0), Anchor::Start, 11.0, colour::FAINT_INK, &title);
        for (n, content) in slots.iter().enumerate() {
            let (column, row) = (n / grid.rows, n % grid.rows);
            let at = Area::new(
                x + column as f64 * grid.width,
                y + row as f64 * grid.height,
                grid.width - 1.0,
                grid.height - 1.0,
            );
            picture.area(at, content.fill());
        }
        let mut below = y + high + 18.0;
        let drives = part.drives.chunks(DRIVES_PER_FRAME).nth(number).unwrap_or_default();
        if !drives.is_empty() {
            picture.text((x, below - 4.0), Anchor::Start, 11.0, colour::FAINT_INK, "drives");
        }
        for (n, drive) in drives.iter().enumerate() {
            let at =
                Area::new(x + (n % 4) as f64 * 24.0, below + (n / 4) as f64 * 18.0, 21.0, 15.0);
            drive_box(picture, at, *drive);
        }
        below += drives.len().div_ceil(4) as f64 * 18.0 + 16.0;
        if number == 0 && !part.ports.is_empty() {
            picture.text((x, below - 4.0), Anchor::Start, 11.0, colour::FAINT_INK, "ports");
            for (n, full) in part.ports.iter().enumerate() {
                let at = Area::new(x + n as f64 * 24.0, below, 21.0, 12.0);
                let fill = if *full { colour::YELLOW } else { colour::WHITE };
                picture.outlined(at, fill, colour::FAINT_INK);
            }
            below += 14.0;
        }
        taken.width = taken.width.max(x + wide.max(96.0) - LEFT);
        taken.height = taken.height.max(below - top);
    }
    taken
}

fn drive_box(picture: &mut Picture, at: Area, (number, holds, serves): (usize, bool, bool)) {
    let (fill, ink) = drive_colours(holds, serves);
    picture.outlined(at, fill, colour::FAINT_INK);
    let middle = (at.x + at.width / 2.0, at.y + 11.0);
    picture.text(middle, Anchor::Middle, 9.0, ink, &(number + 1).to_string());
}

fn drive_colours(holds: bool, serves: bool) -> (&'static str, &'static str) {
    match (serves, holds) {
        (false, _) => (colour::DARK, colour::WHITE),
        (true, true) => (colour::YELLOW, colour::INK),
        (true, false) => (colour::WHITE, colour::INK),
    }
}

fn bars(picture: &mut Picture, part: &Part, top: f64) -> Area {
    const WIDE: f64 = 22.0;
    const HIGH: f64 = 110.0;
    let frames: Vec<_> = part.slots.chunks(FRAME).collect();
    for (number, slots) in frames.iter().enumerate() {
        let x = LEFT + number as f64 * (WIDE + 4.0);
        let mut y = top;
        for content in Content::ALL {
            let count = slots.iter().filter(|one| **one == content).count();
            let height = HIGH * count as f64 / FRAME as f64;
            picture.area(Area::new(x, y, WIDE, height), content.fill());
            y += height;
        }
        let drives = part.drives.chunks(DRIVES_PER_FRAME).nth(number).unwrap_or_default();
        for (n, (_, holds, serves)) in drives.iter().enumerate() {
            let (across, down) = ((n % 4) as f64, (n / 4) as f64);
            let at = Area::new(x + across * 5.5, top + HIGH + 6.0 + down * 6.0, 4.5, 4.5);
            picture.outlined(at, drive_colours(*holds, *serves).0, colour::FAINT_INK);
        }
    }
    let rows = part.drives.len().min(DRIVES_PER_FRAME).div_ceil(4);
    let wide = frames.len() as f64 * (WIDE + 4.0);
    Area::new(LEFT, top, wide, HIGH + 12.0 + rows as f64 * 6.0)
}

/// What the colours mean, and how many of each. Returns where it ends.
fn legend(picture: &mut Picture, parts: &[Part], x: f64) -> f64 {
    let mut y = TOP + 16.0;
    let mut entry = |picture: &mut Picture, fill, name: &str, count: usize| {
        picture.outlined(Area::new(x, y, 14.0, 14.0), fill, colour::FAINT_INK);
        picture.text((x + 22.0, y + 11.5), Anchor::Start, 12.0, colour::INK, name);
        let right = (x + LEGEND - 30.0, y + 11.5);
        picture.text(right, Anchor::End, 12.0, colour::INK, &count.to_string());
        y += 22.0;
    };
    for content in Content::ALL {
        let slots = parts.iter().flat_map(|part| &part.slots);
        let count = slots.filter(|one| **one == content).count();
        entry(picture, content.fill(), content.name(), count);
    }
    for (holds, serves, name) in [
        (true, true, "drive with a medium"),
        (false, true, "drive without"),
        (false, false, "drive out of service"),
    ] {
        let drives = parts.iter().flat_map(|part| &part.drives);
        let count = drives.filter(|(_, h, s)| *s == serves && (!serves || *h == holds)).count();
        entry(picture, drive_colours(holds, serves).0, name, count);
    }
    y
}

/// What is where at the end of the day.
fn look(day: &Day) -> Result<Vec<Part>, Failure> {
    let setting = &day.setting;
    let known = catalogued(setting)?;
    let hands = setting.watched.library.hands();
    let changers = setting.watched.library.changers();
    let new = |_| Part { slots: Vec::new(), drives: Vec::new(), ports: Vec::new() };
    let mut parts: Vec<Part> = changers.iter().map(new).collect();
    let mut elements = hands.elements()?;
    elements.sort_by_key(|seen| (seen.place.changer, seen.place.address));
    let mut drive = 0;
    for seen in elements {
        let part = parts.get_mut(usize::from(seen.place.changer)).ok_or("no such changer")?;
        match (seen.kind, seen.cartridge) {
            (ElementKind::Slot, None) => part.slots.push(Content::Empty),
            (ElementKind::Slot, Some(id)) => {
                let bar_code = hands.bar_code(id)?;
                let content = bar_code.text().and_then(|text| known.get(text)).copied();
                part.slots.push(content.unwrap_or(Content::Unknown));
            }
            (ElementKind::Drive, cartridge) => {
                let serves = day.drives.get(drive).is_none_or(|drive| drive.common.enabled);
                let last = day.lanes.get(drive).and_then(|lane| lane.parts.last());
                let is_out = last.is_some_and(|l| l.0 == crate::lanes::State::OutOfService);
                part.drives.push((drive, cartridge.is_some(), serves && !is_out));
                drive += 1;
            }
            (ElementKind::Port, cartridge) => part.ports.push(cartridge.is_some()),
            (ElementKind::Transport, _) => {}
        }
    }
    mark_homes(setting, &mut parts)?;
    Ok(parts)
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
    for drive in session.list::<rsm::model::DriveId>(Some(setting.library.into()))? {
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
