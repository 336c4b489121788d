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
    pub changes: Arc<Signal>,
    pub robots: Vec<Robot>,
    pub drives: BTreeMap<Place, DriveUnit>,
}

#[derive(Debug, Default)]
pub(super) struct Robot {
    pub arm: Mutex<()>,
}

/// What a drive knows besides which cartridge it holds. Lost when the process ends.
#[derive(Debug, Default)]
pub(super) struct DriveUnit(pub Mutex<UnitState>);

#[derive(Debug, Default)]
pub(super) struct UnitState {
    /// It is loading or unloading.
    pub busy: bool,
    /// When the last cleaning is over.
    pub cleaned_at: Option<Duration>,
    /// The load of which a medium is open.
    pub open: Option<u32>,
    /// Where the medium was left.
    pub left_at: LeftAt,
    pub prevents_removal: bool,
}

impl UnitState {
    pub(super) fn is_busy(&self, clock: &dyn Clock) -> bool {
        self.busy || self.cleaned_at.is_some_and(|end| clock.monotonic() < end)
    }
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
        self.drives.get(&place).is_some_and(|unit| unit.0.lock().is_busy(&*self.clock))
    }

    /// How long a drive is still being cleaned.
    pub(super) fn cleaning_left(&self, place: Place) -> DeviceResult<Duration> {
        let end = self.unit(place)?.0.lock().cleaned_at;
        Ok(end.map_or(Duration::ZERO, |end| end.saturating_sub(self.clock.monotonic())))
    }

    /// If a cleaning cartridge has just arrived in a drive, the drive is busy with it.
    pub(super) fn begin_cleaning(&self, world: &World, place: Place) {
        if world.is_cleaning(place)
            && let Some(unit) = self.drives.get(&place)
        {
            let end = self.clock.monotonic().saturating_add(self.timings.clean);
            unit.0.lock().cleaned_at = Some(end);
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
