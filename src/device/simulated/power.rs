//! Steps, between any two of which the power can go.

use std::sync::atomic::Ordering;

use super::faults::{Fault, Occasion};
use super::shared::Shared;
use super::world::World;
use super::{CartridgeId, Place};
use crate::device::{Attention, DeviceError, DeviceErrorKind, DeviceResult};

/// A part of a medium that the drive has not brought to it yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Unsafe {
    pub cartridge: CartridgeId,
    pub side: u8,
    /// Where it begins.
    pub from: u64,
}

/// The power as it was when a verb began.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Power(u32);

impl World {
    /// What the devices knew is lost. Cartridges, doors, ports and dirt stay as they are.
    fn lose_power(&mut self) {
        for record in &mut self.records {
            record.spot.loaded = None;
        }
        for frame in &mut self.frames {
            frame.removal_prevented = false;
            frame.doors.iter_mut().for_each(|door| door.released = false);
            frame.noticed.add(Attention::Reset);
            frame.drives.iter_mut().for_each(|drive| drive.noticed.add(Attention::Reset));
        }
    }
}

impl Shared {
    pub(super) fn power(&self) -> Power {
        Power(self.power_losses.load(Ordering::Acquire))
    }

    /// One step of a verb that began when the power was `since`.
    pub(super) fn step(&self, since: Power) -> DeviceResult<()> {
        if self.power() != since {
            return Err(dark());
        }
        match self.fault(Occasion::Step) {
            Some(Fault::PowerLoss { gone, .. }) => {
                self.lose_power(gone)?;
                Err(dark())
            }
            _ => Ok(()),
        }
    }

    fn lose_power(&self, gone: u32) -> DeviceResult<()> {
        self.power_losses.fetch_add(1, Ordering::AcqRel);
        self.faults.lock().dark = gone;
        for unit in self.drives.values() {
            let lost = {
                let mut state = unit.0.lock();
                state.works_until = Default::default();
                state.prevents_removal = false;
                state.not_safe.take()
            };
            if let Some(Unsafe { cartridge, side, from }) = lost {
                // What cannot be cut off is there, as if it had been written just in time.
                let _ = self.contents.open(cartridge, side).and_then(|blob| blob.truncate(from));
            }
        }
        self.store.change(|world| {
            world.lose_power();
            Ok(())
        })
    }

    /// What comes from here on may be lost until it has been flushed.
    pub(super) fn not_safe(&self, drive: Place, part: Unsafe) -> DeviceResult<()> {
        let mut unit = self.unit(drive)?.0.lock();
        let same = |it: &Unsafe| (it.cartridge, it.side) == (part.cartridge, part.side);
        let before = unit.not_safe.filter(same);
        let from = before.map_or(part.from, |before| before.from.min(part.from));
        unit.not_safe = Some(Unsafe { from, ..part });
        Ok(())
    }

    /// Fails while there is no power.
    pub(super) fn check_power(&self) -> DeviceResult<()> {
        let mut faults = self.faults.lock();
        if faults.dark == 0 {
            return Ok(());
        }
        faults.dark -= 1;
        Err(DeviceError::new(DeviceErrorKind::Gone, "there is no power"))
    }
}

fn dark() -> DeviceError {
    DeviceError::new(DeviceErrorKind::OutcomeUnknown, "the power went in the middle of it")
}
