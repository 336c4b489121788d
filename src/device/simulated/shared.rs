//! What the parts of one simulated library share.
//!
//! Locks, each held for a moment only, never while another of these is taken unless said so:
//! the state ([`Store`]), the fault plan, each drive's [`UnitState`] (may be taken inside the
//! state). A robot's hand is held for a whole move, time and all, and taken before all others:
//! each hand makes one move after the other.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::AtomicU32;
use std::time::Duration;

use parking_lot::Mutex;

use super::contents::Contents;
use super::fault_plan::FaultPlan;
use super::fault_rates::Chances;
use super::faults::{Fault, Occasion};
use super::power::Unsafe;
use super::robot::Robot;
use super::settings::Settings;
use super::store::Store;
use super::world::World;
use super::{FaultRates, Place, Timings};
use crate::clock::{Clock, Signal};
use crate::device::{Attention, DeviceError, DeviceErrorKind, DeviceResult, ElementKind};

#[derive(Debug)]
pub(super) struct Shared {
    pub settings: Settings,
    pub store: Store,
    pub contents: Contents,
    pub clock: Arc<dyn Clock>,
    pub timings: Timings,
    pub faults: Mutex<FaultPlan>,
    pub power_losses: AtomicU32,
    pub changes: Arc<Signal>,
    pub robots: Vec<Robot>,
    pub drives: BTreeMap<Place, DriveUnit>,
}

/// What is not kept with a library, but said by whoever opens it.
#[derive(Debug)]
pub(super) struct Surroundings {
    pub clock: Arc<dyn Clock>,
    pub timings: Timings,
    pub rates: Option<FaultRates>,
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
    /// What was written and may be lost.
    pub not_safe: Option<Unsafe>,
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
        around: Surroundings,
    ) -> Self {
        let Surroundings { clock, timings, rates } = around;
        let faults = FaultPlan::by_chance(rates.map(|rates| Chances::new(settings.seed, rates)));
        let mut drives = BTreeMap::new();
        for (changer, plan) in (0u16..).zip(&settings.changers) {
            for address in plan.layout.range(ElementKind::Drive).iter() {
                drives.insert(Place { changer, address }, DriveUnit::default());
            }
        }
        let robots = settings.changers.iter().map(Robot::of).collect();
        Self {
            settings,
            store,
            contents,
            clock,
            timings,
            faults: Mutex::new(faults),
            power_losses: AtomicU32::new(0),
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

    /// What goes wrong on this occasion, if anything does.
    pub(super) fn fault(&self, occasion: Occasion) -> Option<Fault> {
        self.faults.lock().take(occasion)
    }

    /// What the drive has to tell before it does anything else. It is gone when it is not the
    /// `unit`th drive there any more.
    pub(super) fn attend_drive(&self, place: Place, unit: u32) -> DeviceResult<()> {
        self.check_power()?;
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
        match self.fault(Occasion::DriveVerb(place)) {
            None => Ok(()),
            Some(Fault::DriveAttention { attention, .. }) => Err(told(attention)),
            Some(Fault::DriveExchanged { .. }) => {
                self.store.change(|world| world.exchange_drive(place))?;
                Err(gone())
            }
            Some(_) => Err(silent()),
        }
    }

    /// What the changer has to tell before it does anything else.
    pub(super) fn attend_changer(&self, number: u16) -> DeviceResult<()> {
        self.check_power()?;
        if !self.store.look(|world| Ok(world.frame(number)?.noticed.0.is_empty()))? {
            let noticed = self.store.change(|world| Ok(world.frame_mut(number)?.noticed.tell()))?;
            noticed.map_or(Ok(()), |attention| Err(told(attention)))?;
        }
        match self.fault(Occasion::ChangerVerb(number)) {
            None => Ok(()),
            Some(Fault::ChangerAttention { attention, .. }) => Err(told(attention)),
            Some(_) => Err(silent()),
        }
    }
}

fn told(attention: Attention) -> DeviceError {
    DeviceError::new(DeviceErrorKind::LookAgain(attention), "something has changed since")
}

fn gone() -> DeviceError {
    DeviceError::new(DeviceErrorKind::Gone, "the library has no such device")
}

fn silent() -> DeviceError {
    DeviceError::new(DeviceErrorKind::Gone, "the device does not answer")
}
