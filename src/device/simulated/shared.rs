//! What the parts of one simulated library share.
//!
//! Locks, each held for a moment only, never while another of these is taken unless said so:
//! the state ([`Store`]), the fault plan, each drive's [`UnitState`] (may be taken inside the
//! state). A robot's `arm` is held for a whole move, time and all, and taken before all others:
//! one robot makes one move after the other.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;

use super::contents::Contents;
use super::faults::{Fault, FaultPlan};
use super::settings::Settings;
use super::store::Store;
use super::world::World;
use super::{Place, Timings};
use crate::clock::{Clock, Signal, Turn};
use crate::device::{Attention, DeviceError, DeviceErrorKind, DeviceResult, ElementKind};

#[derive(Debug)]
pub(super) struct Shared {
    pub settings: Settings,
    pub store: Store,
    pub contents: Contents,
    pub clock: Arc<dyn Clock>,
    pub timings: Timings,
    pub faults: Mutex<FaultPlan>,
    pub changes: Arc<Signal>,
    pub robots: Vec<Robot>,
    pub drives: BTreeMap<Place, DriveUnit>,
}

#[derive(Debug, Default)]
pub(super) struct Robot {
    pub arm: Turn,
}

/// What a drive knows besides which cartridge it holds. Lost when the process ends.
#[derive(Debug, Default)]
pub(super) struct DriveUnit(pub Mutex<UnitState>);

#[derive(Debug, Default)]
pub(super) struct UnitState {
    /// It is loading or unloading.
    pub busy: bool,
    /// The load of which a medium is open.
    pub open: Option<u32>,
    /// Where the medium was left.
    pub left_at: LeftAt,
    pub prevents_removal: bool,
    /// Until when it loads what a person has put in, or is cleaned, on the library's clock.
    pub works_until: Duration,
    /// The load of which the manager knows.
    pub known_load: Option<u32>,
}

/// Where a medium stands in its drive.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct LeftAt {
    /// The load this is about.
    pub load: u32,
    /// How many records are before it.
    pub position: u64,
    /// How many bytes are before it.
    pub offset: u64,
}

impl Shared {
    pub(super) fn new(
        settings: Settings,
        store: Store,
        contents: Contents,
        clock: Arc<dyn Clock>,
        timings: Timings,
    ) -> Self {
        let mut drives = BTreeMap::new();
        for (changer, plan) in (0u16..).zip(&settings.changers) {
            for address in plan.layout.range(ElementKind::Drive).iter() {
                drives.insert(Place { changer, address }, DriveUnit::default());
            }
        }
        let robots = settings.changers.iter().map(|_| Robot::default()).collect();
        Self {
            settings,
            store,
            contents,
            clock,
            timings,
            faults: Mutex::default(),
            changes: Signal::new(),
            robots,
            drives,
        }
    }

    pub(super) fn robot(&self, changer: u16) -> DeviceResult<&Robot> {
        self.robots.get(usize::from(changer)).ok_or_else(gone)
    }

    pub(super) fn unit(&self, drive: Place) -> DeviceResult<&DriveUnit> {
        self.drives.get(&drive).ok_or_else(gone)
    }

    /// Whether a drive is loading, unloading or being cleaned just now. False for anything but a
    /// drive.
    pub(super) fn is_busy(&self, place: Place) -> bool {
        self.drives.get(&place).is_some_and(|unit| self.is_at_work(&unit.0.lock()))
    }

    /// Whether a drive in this state is loading, unloading or being cleaned just now.
    pub(super) fn is_at_work(&self, state: &UnitState) -> bool {
        let works = !state.works_until.is_zero() && self.clock.monotonic() < state.works_until;
        state.busy || works
    }

    /// How long a drive is still being cleaned.
    pub(super) fn cleaning_left(&self, place: Place) -> DeviceResult<Duration> {
        if !self.store.look(|world| Ok(world.is_cleaning(place)))? {
            return Ok(Duration::ZERO);
        }
        let end = self.unit(place)?.0.lock().works_until;
        Ok(end.saturating_sub(self.clock.monotonic()))
    }

    /// If a cleaning cartridge has just arrived in a drive, the drive is busy with it.
    pub(super) fn begin_cleaning(&self, world: &World, place: Place) {
        if world.is_cleaning(place) {
            self.work(place, self.timings.clean);
        }
    }

    /// A drive, if it is one, works by itself for so long.
    pub(super) fn work(&self, place: Place, time: Duration) {
        if let Some(unit) = self.drives.get(&place).filter(|_| !time.is_zero()) {
            let until = self.clock.monotonic().saturating_add(time);
            let mut state = unit.0.lock();
            state.works_until = state.works_until.max(until);
        }
    }

    /// What a planned fault says about this, if one does.
    pub(super) fn fault<T>(&self, matches: impl Fn(&Fault) -> Option<T>) -> Option<T> {
        self.faults.lock().take(matches)
    }

    pub(super) fn fail_on(
        &self,
        what: &'static str,
        matches: impl Fn(&Fault) -> Option<DeviceErrorKind>,
    ) -> DeviceResult<()> {
        match self.fault(matches) {
            Some(kind) => Err(DeviceError::new(kind, what)),
            None => Ok(()),
        }
    }

    /// What the drive has to tell before it does anything else. It is gone when it is not the
    /// `unit`th drive there any more.
    pub(super) fn attend_drive(&self, place: Place, unit: u32) -> DeviceResult<()> {
        let quiet = self.store.look(|world| {
            let now = world.drive_now(place)?;
            if now.unit == unit { Ok(now.noticed.0.is_empty()) } else { Err(gone()) }
        })?;
        if !quiet {
            let noticed =
                self.store.change(|world| Ok(world.drive_now_mut(place)?.noticed.tell()))?;
            noticed.map_or(Ok(()), |attention| Err(told(attention)))?;
        }
        self.tell_of_exchange(place)?;
        self.fail_on("the drive has something to tell", |fault| match *fault {
            Fault::DriveAttention { drive, attention } if drive == place => {
                Some(DeviceErrorKind::LookAgain(attention))
            }
            _ => None,
        })
    }

    /// What the changer has to tell before it does anything else.
    pub(super) fn attend_changer(&self, number: u16) -> DeviceResult<()> {
        if !self.store.look(|world| Ok(world.frame(number)?.noticed.0.is_empty()))? {
            let noticed = self.store.change(|world| Ok(world.frame_mut(number)?.noticed.tell()))?;
            noticed.map_or(Ok(()), |attention| Err(told(attention)))?;
        }
        self.fail_on("the changer has something to tell", |fault| match *fault {
            Fault::ChangerAttention { changer, attention } if changer == number => {
                Some(DeviceErrorKind::LookAgain(attention))
            }
            _ => None,
        })
    }
}

fn told(attention: Attention) -> DeviceError {
    DeviceError::new(DeviceErrorKind::LookAgain(attention), "something has changed since")
}

fn gone() -> DeviceError {
    DeviceError::new(DeviceErrorKind::Gone, "the library has no such device")
}
