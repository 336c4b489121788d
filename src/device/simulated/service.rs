//! What people who look after a library do to its parts.

use super::cartridge::check_bar_code;
use super::{CartridgeId, Hands, Place};
use crate::device::{DeviceResult, VolumeTag};

impl Hands {
    /// How often a cleaning cartridge still cleans; 0 for any other.
    pub fn uses_left(&self, id: CartridgeId) -> DeviceResult<u32> {
        self.shared.store.look(|world| Ok(world.record(id)?.uses))
    }

    /// Puts another bar-code label on a cartridge, a damaged one, or none.
    ///
    /// # Errors
    /// [`Invalid`](crate::device::Refusal::Invalid) for a text that cannot be one.
    pub fn relabel(&self, id: CartridgeId, bar_code: VolumeTag) -> DeviceResult<()> {
        if let VolumeTag::Read(text) = &bar_code {
            check_bar_code(text)?;
        }
        self.shared.store.change(|world| {
            world.record_mut(id)?.bar_code = bar_code;
            Ok(())
        })
    }

    /// Makes a robot that is [jammed](super::Fault::Jam) move again. What is in its hand stays
    /// there.
    ///
    /// # Errors
    /// [`NoSuchElement`](crate::device::Refusal::NoSuchElement) where there is no such changer.
    pub fn clear_jam(&self, changer: u16) -> DeviceResult<()> {
        self.act(|world| {
            world.frame_mut(changer)?.jammed = false;
            Ok(())
        })
    }

    /// Makes a drive dirty, so that it asks to be cleaned. It goes on working.
    ///
    /// # Errors
    /// [`NoSuchElement`](crate::device::Refusal::NoSuchElement) where there is no drive.
    pub fn soil(&self, drive: Place) -> DeviceResult<()> {
        self.shared.store.change(|world| {
            world.drive_now_mut(drive)?.dirty = true;
            Ok(())
        })
    }

    /// Puts another drive, which is clean, into the place of a drive. It has a serial number of its
    /// own; references to the old one find it [gone](crate::device::DeviceErrorKind::Gone). What
    /// was in the old one is in the new one, not loaded.
    ///
    /// # Errors
    /// [`NoSuchElement`](crate::device::Refusal::NoSuchElement) where there is no drive,
    /// [`NotAccessible`](crate::device::Refusal::NotAccessible) while it is busy.
    pub fn swap_drive(&self, drive: Place) -> DeviceResult<()> {
        self.act(|world| {
            world.drive_now(drive)?;
            self.check_idle(drive)?;
            world.exchange_drive(drive)
        })
    }
}
