//! The time line of the drives: each drive a row, the hours from left to right, and below them what
//! people were asked and how many media were waited for.

use std::time::Duration;

use crate::Failure;
use crate::day::Day;
use crate::demand::{Marks, QUEUE};
use crate::lanes::State;
use crate::svg::{Anchor, Area, Picture, colour};

pub const LEFT: f64 = 96.0;
const RIGHT: f64 = 36.0;
const TOP: f64 = 112.0;
pub const CHART: f64 = 1200.0;

fn fill(state: State) -> &'static str {
    match state {
        State::Empty => colour::PALE,
        State::Idle => colour::PALE_BLUE,
        State::Unloading => colour::FAINT_INK,
        State::Loading => colour::YELLOW,
        State::Backup => colour::ORANGE,
        State::Restore => colour::BLUE,
        State::Copy => colour::PINK,
        State::Cleaning => colour::GREEN,
        State::OutOfService => colour::DARK,
    }
}

pub struct Chart<'d> {
    pub day: &'d Day,
    pub picture: Picture,
}

pub fn draw(day: &Day) -> Result<String, Failure> {
    let mut chart = Chart { day, picture: Picture::default() };
    let row = (520.0 / day.lanes.len() as f64).clamp(6.0, 20.0);
    let bottom_of_drives = TOP + row * day.lanes.len() as f64;
    let requests = bottom_of_drives + 34.0;
    let marks = Marks::new(day, |at| chart.x(at));
    let queue = requests + marks.height() + 34.0;
    let bottom = queue + QUEUE;
    chart.head();
    chart.legend();
    chart.hours(TOP, bottom);
    chart.drives(row);
    chart.requests(requests, &marks);
    chart.queue(queue);
    Ok(chart.picture.finish(LEFT + CHART + RIGHT, bottom + 48.0))
}

impl Chart<'_> {
    /// Where a moment is.
    pub fn x(&self, at: Duration) -> f64 {
        let span = self.day.setting.day;
        let part = at.saturating_sub(span.begin).as_secs_f64() / span.length().as_secs_f64();
        LEFT + CHART * part.clamp(0.0, 1.0)
    }

    fn head(&mut self) {
        let setting = &self.day.setting;
        let title = format!(
            "What {} drives did in {} hours",
            self.day.lanes.len(),
            setting.day.length().as_secs() / 3600
        );
        let calls = setting.journal.calls.lock();
        let media: usize = calls.iter().map(|call| call.drives.len()).sum();
        let asked = setting.journal.asked.lock().len();
        let below = format!(
            "{media} media mounted, {asked} requests to the operator; seed {}",
            setting.seed
        );
        self.picture.head(LEFT, &title, &below);
    }

    fn legend(&mut self) {
        let mut x = LEFT;
        for state in State::ALL {
            let used = self.day.lanes.iter().any(|lane| !lane.time_in(state).is_zero());
            if !used {
                continue;
            }
            self.picture.area(Area::new(x, 76.0, 14.0, 14.0), fill(state));
            let at = (x + 20.0, 87.5);
            self.picture.text(at, Anchor::Start, 12.0, colour::INK, state.name());
            x += 48.0 + 6.4 * state.name().len() as f64;
        }
    }

    fn drives(&mut self, row: f64) {
        self.names(row);
        for (n, lane) in self.day.lanes.iter().enumerate() {
            let y = TOP + row * n as f64;
            for (state, span) in &lane.parts {
                let (from, to) = (self.x(span.begin), self.x(span.end));
                // Cleanings are short, and are to be seen.
                let least = if *state == State::Cleaning { 3.0 } else { 0.0 };
                let at = Area::new(from, y + row * 0.08, (to - from).max(least), row * 0.84);
                self.picture.area(at, fill(*state));
            }
        }
    }

    /// Of each drive, or, where they are many, of each robot.
    fn names(&mut self, row: f64) {
        let places = self.day.setting.watched.inner.drive_places();
        let mut first = 0;
        for drives in places.chunk_by(|one, next| one.changer == next.changer) {
            let (top, high) = (TOP + row * first as f64, row * drives.len() as f64);
            if first > 0 {
                let line = ((LEFT - 70.0, top), (LEFT + CHART, top));
                self.picture.line(line.0, line.1, colour::INK, 0.8);
            }
            let lines = if row >= 12.0 {
                let name = |n: usize| (format!("drive {}", first + n + 1), row * (n as f64 + 0.5));
                (0..drives.len()).map(name).collect()
            } else {
                let robot = drives.first().map_or(0, |place| place.changer) + 1;
                let numbers = format!("drives {}\u{2013}{}", first + 1, first + drives.len());
                vec![(format!("robot {robot}"), high / 2.0 - 8.0), (numbers, high / 2.0 + 8.0)]
            };
            for (name, y) in lines {
                let at = (LEFT - 10.0, top + y + 4.0);
                self.picture.text(at, Anchor::End, 11.0, colour::INK, &name);
            }
            first += drives.len();
        }
    }

    fn hours(&mut self, top: f64, bottom: f64) {
        let span = self.day.setting.day;
        let hours = span.length().as_secs() / 3600;
        let step = match hours {
            0..=3 => 15,
            4..=12 => 60,
            13..=30 => 120,
            31..=80 => 360,
            _ => 720,
        };
        for minutes in (0..=hours * 60).step_by(step) {
            let x = self.x(span.begin + Duration::from_secs(minutes * 60));
            self.picture.line((x, top - 4.0), (x, bottom + 5.0), colour::GRID, 0.7);
            let text = format!("{:02}:{:02}", minutes / 60, minutes % 60);
            self.picture.text((x, bottom + 20.0), Anchor::Middle, 11.0, colour::INK, &text);
        }
    }
}
