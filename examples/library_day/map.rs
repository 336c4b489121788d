//! The map of the library: what is in each slot, drive and port, by its pool.

use crate::Failure;
use crate::contents::{Bay, Content, Part, look};
use crate::day::Day;
use crate::svg::{Anchor, Area, Picture, colour};

const LEFT: f64 = 36.0;
const TOP: f64 = 100.0;
const LEGEND: f64 = 270.0;

/// How the slots of a robot are drawn: frames side by side, of columns with so many rows.
#[derive(Clone, Copy)]
struct Grid {
    rows: usize,
    /// Slots of a frame.
    frame: usize,
    frames_in_a_row: usize,
    /// Of a cell.
    width: f64,
    height: f64,
    /// Between cells.
    gap: f64,
}

impl Grid {
    /// A frame of the time model has nine columns of 80 slots. Small libraries are drawn larger.
    fn of(slots: usize) -> Self {
        let large =
            Self { rows: 80, frame: 720, frames_in_a_row: 28, width: 3.0, height: 2.0, gap: 0.0 };
        let medium = Self { frames_in_a_row: 8, width: 10.0, height: 6.0, gap: 1.0, ..large };
        match slots {
            0..=720 => Self { rows: 20, width: 14.0, height: 14.0, ..medium },
            721..=12_000 => medium,
            _ => large,
        }
    }

    /// Where a cell of a frame is whose corner is there.
    fn cell(self, (x, y): (f64, f64), number: usize) -> Area {
        let (column, row) = (number / self.rows, number % self.rows);
        Area::new(
            x + column as f64 * self.width,
            y + row as f64 * self.height,
            self.width - self.gap,
            self.height - self.gap,
        )
    }

    fn frame_width(self, slots: usize) -> f64 {
        self.frame.min(slots).div_ceil(self.rows) as f64 * self.width
    }
}

pub fn draw(day: &Day) -> Result<String, Failure> {
    let parts = look(day)?;
    let slots: usize = parts.iter().map(|part| part.slots.len()).sum();
    let largest = parts.iter().map(|part| part.slots.len()).max().unwrap_or(0);
    let mut picture = Picture::default();
    let (mut width, mut y) = (560.0_f64, TOP);
    for (number, part) in parts.iter().enumerate() {
        if parts.len() > 1 {
            let title = format!("Robot {}: {} slots", number + 1, part.slots.len());
            picture.text((LEFT, y - 8.0), Anchor::Start, 14.0, colour::INK, &title);
            y += 8.0;
        }
        let drawn = cells(&mut picture, part, y, Grid::of(largest));
        width = width.max(drawn.width);
        y += drawn.height + 10.0;
        y = drives_and_ports(&mut picture, part, y, width) + 40.0;
    }
    let side = LEFT + width + 40.0;
    let bottom = legend(&mut picture, &parts, side);
    let drives: usize = parts.iter().map(|part| part.drives.len()).sum();
    let hours = day.setting.day.length().as_secs() / 3600;
    let title = format!("A library of {slots} slots and {drives} drives after {hours} hours");
    let below = "Each cell is a slot, each box a drive or a place in a port; its colour tells of \
                 which pool its medium is";
    picture.head(LEFT, &title, below);
    Ok(picture.finish(side + LEGEND, y.max(bottom)))
}

/// Draws the slots of a robot from `top` on; returns what they take.
fn cells(picture: &mut Picture, part: &Part, top: f64, grid: Grid) -> Area {
    let wide =
        grid.frame_width(part.slots.len()).max(24.0) + if grid.gap > 0.0 { 18.0 } else { 5.0 };
    let high = grid.rows as f64 * grid.height + 20.0;
    let mut taken = Area::new(LEFT, top, 0.0, 0.0);
    for (number, slots) in part.slots.chunks(grid.frame).enumerate() {
        let (across, down) = (number % grid.frames_in_a_row, number / grid.frames_in_a_row);
        let corner = (LEFT + across as f64 * wide, top + 16.0 + down as f64 * high);
        // Many frames stand close together.
        let title =
            if grid.gap > 0.0 { format!("frame {}", number + 1) } else { (number + 1).to_string() };
        let at = (corner.0, corner.1 - 5.0);
        picture.text(at, Anchor::Start, 10.0, colour::FAINT_INK, &title);
        frame(picture, slots, corner, grid);
        taken.width = taken.width.max(corner.0 + wide - LEFT);
        taken.height = taken.height.max(corner.1 - top + grid.rows as f64 * grid.height);
    }
    taken
}

/// Cells of the same content that lie below each other are one box where nothing is between them.
fn frame(picture: &mut Picture, slots: &[Content], corner: (f64, f64), grid: Grid) {
    let mut number = 0;
    for column in slots.chunks(grid.rows) {
        for run in column.chunk_by(|one, next| grid.gap == 0.0 && one == next) {
            let mut at = grid.cell(corner, number);
            at.height += (run.len() - 1) as f64 * grid.height;
            if let Some(content) = run.first() {
                picture.area(at, content.fill());
            }
            number += run.len();
        }
    }
}

/// A line of boxes. Returns where it ends.
fn drives_and_ports(picture: &mut Picture, part: &Part, top: f64, width: f64) -> f64 {
    const WIDE: f64 = 23.0;
    const HIGH: f64 = 20.0;
    let in_a_row = ((width - 60.0) / WIDE).floor().max(1.0) as usize;
    let place = |number: usize, from: f64| {
        let (across, down) = (number % in_a_row, number / in_a_row);
        let (x, y) = (LEFT + 50.0 + across as f64 * WIDE, from + down as f64 * HIGH);
        Area::new(x, y, WIDE - 3.0, HIGH - 4.0)
    };
    let name = |picture: &mut Picture, y: f64, name: &str| {
        picture.text((LEFT, y + 12.0), Anchor::Start, 12.0, colour::INK, name);
    };
    name(picture, top, "drives");
    for (n, bay) in part.drives.iter().enumerate() {
        let (at, (fill, ink)) = (place(n, top), colours(*bay));
        picture.outlined(at, fill, colour::FAINT_INK);
        let middle = (at.x + at.width / 2.0, at.y + 12.0);
        picture.text(middle, Anchor::Middle, 10.0, ink, &(bay.number + 1).to_string());
    }
    let below = top + part.drives.len().div_ceil(in_a_row) as f64 * HIGH + 4.0;
    if part.ports.is_empty() {
        return below;
    }
    name(picture, below, "port");
    for (n, content) in part.ports.iter().enumerate() {
        let fill = if *content == Content::Empty { colour::WHITE } else { content.fill() };
        picture.outlined(place(n, below), fill, colour::FAINT_INK);
    }
    below + HIGH
}

/// What a drive is filled and written with.
fn colours(bay: Bay) -> (&'static str, &'static str) {
    match (bay.in_service, bay.content) {
        (false, _) => (colour::DARK, colour::WHITE),
        (true, Content::Empty) => (colour::WHITE, colour::INK),
        (true, Content::Archive | Content::Unknown) => (bay.content.fill(), colour::WHITE),
        (true, content) => (content.fill(), colour::INK),
    }
}

/// What the colours mean, and how many of each. Returns where it ends.
fn legend(picture: &mut Picture, parts: &[Part], x: f64) -> f64 {
    let mut y = TOP + 12.0;
    let title = |picture: &mut Picture, y: &mut f64, title: &str| {
        picture.text((x, *y), Anchor::Start, 13.0, colour::FAINT_INK, title);
        *y += 10.0;
    };
    let entry = |picture: &mut Picture, y: &mut f64, fill, name: &str, count: usize| {
        picture.outlined(Area::new(x, *y, 14.0, 14.0), fill, colour::FAINT_INK);
        picture.text((x + 22.0, *y + 11.5), Anchor::Start, 12.0, colour::INK, name);
        let right = (x + LEGEND - 36.0, *y + 11.5);
        picture.text(right, Anchor::End, 12.0, colour::INK, &count.to_string());
        *y += 22.0;
    };
    title(picture, &mut y, "Slots");
    for content in Content::ALL {
        let slots = parts.iter().flat_map(|part| &part.slots);
        let count = slots.filter(|one| **one == content).count();
        entry(picture, &mut y, content.fill(), content.name(), count);
    }
    y += 20.0;
    title(picture, &mut y, "Drives and ports");
    let drives = || parts.iter().flat_map(|part| &part.drives);
    let loaded = |bay: &&Bay| bay.in_service && bay.content != Content::Empty;
    let loaded = drives().filter(loaded).count();
    let out = drives().filter(|bay| !bay.in_service).count();
    let cells = || parts.iter().flat_map(|part| &part.ports);
    let full = cells().filter(|content| **content != Content::Empty).count();
    for (fill, name, count) in [
        (colour::BLUE, "drives, colour of the medium", loaded),
        (colour::WHITE, "drives without", drives().count() - loaded - out),
        (colour::DARK, "drives out of service", out),
        (colour::WHITE, "places in ports, empty", cells().count() - full),
        (colour::BLUE, "places in ports, full", full),
    ] {
        entry(picture, &mut y, fill, name, count);
    }
    y + 10.0
}
