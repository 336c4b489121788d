//! The time line of the drives: each drive a row, the hours from left to right, and below them what
//! people were asked and how many media were waited for.

use std::sync::Arc;
use std::time::Duration;

use rsm::model::OperatorRequestKind;

use crate::Failure;
use crate::day::Day;
use crate::journal::Asked;
use crate::lanes::State;
use crate::report;
use crate::svg::{Anchor, Area, Picture, colour};

const LEFT: f64 = 96.0;
const RIGHT: f64 = 36.0;
const TOP: f64 = 112.0;
const CHART: f64 = 1200.0;
const MARK: f64 = 5.0;
const QUEUE: f64 = 110.0;

fn fill(state: State) -> &'static str {
    match state {
        State::Empty => colour::PALE,
        State::Idle => colour::PALE_BLUE,
        State::Unloading => colour::PINK,
        State::Loading => colour::ORANGE,
        State::InUse => colour::BLUE,
        State::Cleaning => colour::GREEN,
        State::OutOfService => colour::DARK,
    }
}

struct Chart<'d> {
    day: &'d Day,
    picture: Picture,
}

pub fn draw(day: &Day) -> Result<String, Failure> {
    let mut chart = Chart { day, picture: Picture::default() };
    let row = (520.0 / day.lanes.len() as f64).clamp(6.0, 20.0);
    let bottom_of_drives = TOP + row * day.lanes.len() as f64;
    let requests = bottom_of_drives + 34.0;
    let marks = chart.places_of_marks();
    let lines = marks.iter().map(|(line, _)| line + 1).max().unwrap_or(1);
    let bottom_of_requests = requests + lines as f64 * (2.0 * MARK + 4.0);
    let queue = bottom_of_requests + 34.0;
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
    fn x(&self, at: Duration) -> f64 {
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
        let every = (12.0 / row).ceil() as usize;
        for (n, lane) in self.day.lanes.iter().enumerate() {
            let y = TOP + row * n as f64;
            if n % every == 0 {
                let at = (LEFT - 10.0, y + row / 2.0 + 4.0);
                let name = format!("drive {}", n + 1);
                self.picture.text(at, Anchor::End, 11.0, colour::INK, &name);
            }
            for (state, span) in &lane.parts {
                let (from, to) = (self.x(span.begin), self.x(span.end));
                let at = Area::new(from, y + row * 0.08, to - from, row * 0.84);
                self.picture.area(at, fill(*state));
            }
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

    /// For each request the line it is drawn in, so that none covers another, and its end.
    fn places_of_marks(&self) -> Vec<(usize, f64)> {
        let mut ends: Vec<f64> = Vec::new();
        let place = |asked: &Asked| {
            let from = self.x(asked.submitted) - MARK - 1.0;
            let to = self.x(asked.answered.unwrap_or(self.day.setting.day.end));
            let line = ends.iter().position(|end| *end < from).unwrap_or(ends.len());
            let end = to.max(from + 2.0 * MARK) + 3.0;
            match ends.get_mut(line) {
                Some(last) => *last = end,
                None => ends.push(end),
            }
            (line, to)
        };
        self.day.setting.journal.asked.lock().iter().map(place).collect()
    }

    fn requests(&mut self, top: f64, marks: &[(usize, f64)]) {
        let at = (LEFT, top - 12.0);
        let title = "Requests to the operator, from asking to answer:";
        self.picture.text(at, Anchor::Start, 12.0, colour::INK, title);
        let kinds = [
            OperatorRequestKind::NewMedia,
            OperatorRequestKind::MoveMedia,
            OperatorRequestKind::DeviceService,
            OperatorRequestKind::Cleaner,
        ];
        let setting = Arc::clone(&self.day.setting);
        let asked = setting.journal.asked.lock();
        let mut x = LEFT + 340.0;
        for kind in kinds {
            let words = report::words(kind);
            if asked.iter().any(|one| one.kind == kind) {
                self.mark(kind, x, at.1 - 4.0);
                self.picture.text((x + 11.0, at.1), Anchor::Start, 12.0, colour::INK, words);
                x += 44.0 + 6.4 * words.len() as f64;
            }
        }
        for (asked, (line, end)) in asked.iter().zip(marks) {
            let y = top + MARK + 2.0 + *line as f64 * (2.0 * MARK + 4.0);
            let from = self.x(asked.submitted);
            self.picture.line((from, y), (*end, y), colour::FAINT_INK, 2.0);
            self.mark(asked.kind, from, y);
        }
    }

    fn mark(&mut self, kind: OperatorRequestKind, x: f64, y: f64) {
        let m = MARK;
        match kind {
            OperatorRequestKind::NewMedia => self.picture.circle(x, y, m, colour::GREEN),
            OperatorRequestKind::MoveMedia => {
                self.picture.area(Area::new(x - m, y - m, 2.0 * m, 2.0 * m), colour::BLUE);
            }
            OperatorRequestKind::DeviceService => {
                let points = [(x - m, y + m), (x + m, y + m), (x, y - m)];
                self.picture.shape(&points, colour::RED);
            }
            _ => {
                let points = [(x - m, y), (x, y - m), (x + m, y), (x, y + m)];
                self.picture.shape(&points, colour::PINK);
            }
        }
    }

    /// How many media are waited for, as it changes.
    fn queue(&mut self, top: f64) {
        let steps = self.waiting();
        let most = steps.iter().map(|step| step.1).max().unwrap_or(0).max(2);
        let y = |count: usize| top + QUEUE * (1.0 - count as f64 / most as f64);
        let title = "Media that are waited for: from the call until they are up";
        self.picture.text((LEFT, top - 12.0), Anchor::Start, 12.0, colour::INK, title);
        for count in [0, most / 2, most] {
            let at = (LEFT - 10.0, y(count) + 4.0);
            self.picture.text(at, Anchor::End, 11.0, colour::INK, &count.to_string());
            self.picture.line((LEFT, y(count)), (LEFT + CHART, y(count)), colour::GRID, 0.7);
        }
        let mut points = vec![(LEFT, y(0))];
        let mut last = 0;
        for (at, count) in steps {
            let x = self.x(at);
            points.extend([(x, y(last)), (x, y(count))]);
            last = count;
        }
        points.extend([(LEFT + CHART, y(last)), (LEFT + CHART, y(0))]);
        self.picture.shape(&points, colour::BLUE);
    }

    fn waiting(&self) -> Vec<(Duration, usize)> {
        let end = self.day.setting.day.end;
        let mut edges = Vec::new();
        for call in self.day.setting.journal.calls.lock().iter().filter(|call| call.asked < end) {
            edges.push((call.asked, true, call.media));
            edges.push((call.answered.min(end), false, call.media));
        }
        edges.sort_unstable();
        let mut now = 0;
        let step = |(at, begins, media): (Duration, bool, usize)| {
            now = if begins { now + media } else { now - media };
            (at, now)
        };
        edges.into_iter().map(step).collect()
    }
}
