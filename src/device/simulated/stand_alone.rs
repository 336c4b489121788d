//! A drive that people serve: what is put in loads, a button brings it out, and the drive tells of
//! a medium that has come since it was last asked.

use super::shared::Shared;
use super::world::{World, no_medium};
use super::{CartridgeId, Hands, Place};
use crate::device::{
    Attention, DeviceError, DeviceErrorKind, DeviceResult, MediumPurpose, Refusal,
};

impl World {
    /// Puts a cartridge into an element by hand. A stand-alone drive loads it, if it does so by
    /// itself and takes such media.
    pub(super) fn put_in_by_hand(&mut self, id: CartridgeId, place: Place) -> DeviceResult<()> {
        self.put_by_hand(id, place)?;
        let kind = self.kind(self.record(id)?)?;
        let by_itself = self.settings.stand_alone && self.settings.loads_by_itself;
        if by_itself && kind.purpose != MediumPurpose::Cleaning && self.takes(place, &kind) {
            self.load(place)?;
        }
        Ok(())
    }

    /// The number of the load in a drive, if anything is loaded there.
    fn load_in(&self, drive: Place) -> DeviceResult<Option<u32>> {
        match self.cartridge_at(drive)? {
            Some(id) => Ok(self.record(id)?.spot.loaded),
            None => Ok(None),
        }
    }
}

impl Shared {
    /// A cartridge was put in: if its drive loads by itself, it is busy with that for a while.
    pub(super) fn begin_loading(&self, place: Place) {
        if self.settings.stand_alone && self.settings.loads_by_itself {
            self.work(place, self.timings.load);
        }
    }

    /// What was loaded when the library was opened here is known to whoever opened it.
    pub(super) fn know_loads(&self) -> DeviceResult<()> {
        for (place, unit) in &self.drives {
            let load = self.store.look(|world| world.load_in(*place))?;
            unit.0.lock().known_load = load;
        }
        Ok(())
    }

    /// Fails once when a person has put in what is loaded now.
    pub(super) fn tell_of_exchange(&self, place: Place) -> DeviceResult<()> {
        if !self.settings.stand_alone || self.is_busy(place) {
            return Ok(());
        }
        let Some(load) = self.store.look(|world| world.load_in(place))? else { return Ok(()) };
        let known = self.unit(place)?.0.lock().known_load.replace(load);
        if known == Some(load) {
            return Ok(());
        }
        Err(DeviceError::new(
            DeviceErrorKind::LookAgain(Attention::MediumChanged),
            "the medium may have been exchanged",
        ))
    }
}

impl Hands {
    /// Presses the eject button of a drive: it unloads, and the cartridge can be
    /// [taken](Self::remove). Takes no time.
    ///
    /// # Errors
    /// [`Refusal::RemovalPrevented`] while the drive
    /// [prevents it](crate::device::Drive::prevent_removal), [`Refusal::NotAccessible`] while it is
    /// loading or unloading, [`NoMedium`](crate::device::DeviceErrorKind::NoMedium) when it is empty;
    /// [`Gone`](crate::device::DeviceErrorKind::Gone) when there is no such drive.
    pub fn press_eject(&self, drive: Place) -> DeviceResult<()> {
        let is_prevented = self.shared.unit(drive)?.0.lock().prevents_removal;
        if is_prevented {
            let reason = "the eject button is locked";
            return Err(DeviceError::refused(Refusal::RemovalPrevented, reason));
        }
        self.check_idle(drive)?;
        self.shared.store.change(|world| world.unload(drive))?;
        self.shared.changes.raise();
        Ok(())
    }

    /// Takes a cartridge out of a drive by force, loaded or not, whatever the drive prevents.
    ///
    /// # Errors
    /// [`Refusal::NotAccessible`] while the drive is loading or unloading,
    /// [`NoMedium`](crate::device::DeviceErrorKind::NoMedium) when it is empty;
    /// [`Gone`](crate::device::DeviceErrorKind::Gone) when there is no such drive.
    pub fn pull_out(&self, drive: Place) -> DeviceResult<CartridgeId> {
        self.shared.unit(drive)?.0.lock().prevents_removal = false;
        self.check_idle(drive)?;
        let taken = self.shared.store.change(|world| {
            world.cartridge_at(drive)?.ok_or_else(no_medium)?;
            world.unload(drive)?;
            world.take(drive)
        })?;
        self.shared.changes.raise();
        Ok(taken)
    }
}
