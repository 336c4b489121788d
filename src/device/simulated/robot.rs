//! The hands of a changer: how many things it does at once, and where they are.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use super::layout::ChangerPlan;
use super::timings::Timings;
use crate::clock::{Clock, Turn, TurnHeld};
use crate::device::{ElementAddress, ElementKind, ElementRange};

#[derive(Debug)]
pub(super) struct Robot {
    hands: Turn,
    /// Where each hand was left, in slots from the beginning.
    places: Vec<AtomicU32>,
}

/// A hand that is busy until this is dropped.
pub(super) struct Hand<'r> {
    robot: &'r Robot,
    held: TurnHeld<'r>,
}

impl Robot {
    pub(super) fn of(plan: &ChangerPlan) -> Self {
        let hands = usize::try_from(plan.layout.transports).unwrap_or(1).max(1);
        let places = (0..hands).map(|_| AtomicU32::new(0)).collect();
        Self { hands: Turn::of(hands), places }
    }

    /// A hand that is free, sooner or later.
    pub(super) fn hand(&self, clock: &dyn Clock) -> Hand<'_> {
        Hand { robot: self, held: self.hands.take(clock) }
    }
}

impl Hand<'_> {
    /// The time for the way to one place, and on to another, where the hand is then.
    pub(super) fn travel(&self, timings: &Timings, from: u32, to: u32) -> Duration {
        let travel = &timings.travel;
        let now = self.robot.places.get(self.held.number());
        let before = now.map_or(0, |place| place.swap(to, Ordering::Relaxed));
        travel.time(before, from).saturating_add(travel.time(from, to))
    }
}

impl ChangerPlan {
    /// Where an element is, in slots from the beginning.
    pub(super) fn place_of(&self, timings: &Timings, address: ElementAddress) -> u32 {
        let index = |kind| self.layout.range(kind).index_of(address);
        let drive = || index(ElementKind::Drive).map(|drive| timings.travel.drive_at(drive));
        index(ElementKind::Slot).or_else(drive).unwrap_or(0)
    }

    /// The time to look at all elements, or only at those in a range.
    pub(super) fn scan_time(&self, timings: &Timings, range: Option<ElementRange>) -> Duration {
        let count = |kind| shared(self.layout.range(kind), range);
        let cells = count(ElementKind::Port);
        let groups = self.port_groups();
        let ports = groups.iter().filter(|port| shared(port.cells, range) > 0).count();
        let ports = u32::try_from(ports).unwrap_or(u32::MAX);
        timings.scan(count(ElementKind::Slot), count(ElementKind::Drive), cells, ports)
    }
}

/// How many elements two ranges share.
fn shared(all: ElementRange, some: Option<ElementRange>) -> u32 {
    let Some(some) = some else { return all.count };
    let end = |range: ElementRange| u32::from(range.first.0).saturating_add(range.count);
    let first = u32::from(all.first.0.max(some.first.0));
    end(all).min(end(some)).saturating_sub(first)
}
