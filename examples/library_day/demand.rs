//! What people were asked, and how many media were waited for, in the course of the day.

use std::sync::Arc;
use std::time::Duration;

use rsm::model::OperatorRequestKind;

use crate::day::Day;
use crate::report;
use crate::svg::{Anchor, Area, colour};
use crate::timeline::{CHART, Chart, LEFT};

/// How high the requests may be drawn.
const REQUESTS: f64 = 220.0;

/// How high the chart of waiting media is.
pub const QUEUE: f64 = 110.0;

/// How far the lines of requests are apart, if there is room.
const PITCH: f64 = 14.0;

/// For each request the line it is drawn in, so that none covers another, and its end.
pub struct Marks {
    places: Vec<(usize, f64)>,
    lines: usize,
}

impl Marks {
    pub fn new(day: &Day, x: impl Fn(Duration) -> f64) -> Self {
        let mut ends: Vec<f64> = Vec::new();
        let mut places = Vec::new();
        for asked in day.setting.journal.asked.lock().iter() {
            let from = x(asked.submitted) - PITCH / 2.0;
            let to = x(asked.answered.unwrap_or(day.setting.day.end));
            let line = ends.iter().position(|end| *end < from).unwrap_or(ends.len());
            let end = to.max(from + PITCH) + 3.0;
            match ends.get_mut(line) {
                Some(last) => *last = end,
                None => ends.push(end),
            }
            places.push((line, to));
        }
        Self { places, lines: ends.len().max(1) }
    }

    fn pitch(&self) -> f64 {
        (REQUESTS / self.lines as f64).min(PITCH)
    }

    pub fn height(&self) -> f64 {
        self.lines as f64 * self.pitch()
    }
}

fn fill(kind: OperatorRequestKind) -> &'static str {
    match kind {
        OperatorRequestKind::NewMedia => colour::GREEN,
        OperatorRequestKind::MoveMedia => colour::BLUE,
        OperatorRequestKind::DeviceService => colour::RED,
        _ => colour::INK,
    }
}

impl Chart<'_> {
    pub fn requests(&mut self, top: f64, marks: &Marks) {
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
                self.mark(kind, (x, at.1 - 4.0), 5.0);
                self.picture.text((x + 11.0, at.1), Anchor::Start, 12.0, colour::INK, words);
                x += 44.0 + 6.4 * words.len() as f64;
            }
        }
        let pitch = marks.pitch();
        for (asked, (line, end)) in asked.iter().zip(&marks.places) {
            let y = top + pitch * (*line as f64 + 0.5);
            let from = self.x(asked.submitted);
            self.picture.line((from, y), (*end, y), fill(asked.kind), (pitch * 0.5).min(2.0));
            self.mark(asked.kind, (from, y), (pitch * 0.36).max(2.0));
        }
    }

    /// As wide and as high as twice the size.
    fn mark(&mut self, kind: OperatorRequestKind, (x, y): (f64, f64), size: f64) {
        let (m, fill) = (size, fill(kind));
        match kind {
            OperatorRequestKind::NewMedia => self.picture.circle(x, y, m, fill),
            OperatorRequestKind::MoveMedia => {
                self.picture.area(Area::new(x - m, y - m, 2.0 * m, 2.0 * m), fill);
            }
            OperatorRequestKind::DeviceService => {
                let points = [(x - m, y + m), (x + m, y + m), (x, y - m)];
                self.picture.shape(&points, fill);
            }
            _ => {
                let points = [(x - m, y), (x, y - m), (x + m, y), (x, y + m)];
                self.picture.shape(&points, fill);
            }
        }
    }

    /// How many media are waited for, as it changes.
    pub fn queue(&mut self, top: f64) {
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
