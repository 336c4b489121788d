//! What a drive knows about the loaded medium.

use std::sync::atomic::{AtomicBool, Ordering};

use super::media_types::{of_density, of_profile};
use super::{ScsiDrive, Shared};
use crate::device::scsi::command::{disk, mode, tape};
use crate::device::scsi::reply::disk::current_profile;
use crate::device::scsi::reply::mode::ModeData;
use crate::device::scsi::reply::tape::{CartridgeMemory, MediumConfiguration, MemoryKind};
use crate::device::{DeviceClass, DeviceErrorKind, DeviceResult, LoadedMedium, Refusal};
use crate::model::{MediaTypeCode, ReadWriteKind};

/// The most that is read of a cartridge's memory.
const MEMORY: u32 = 4096;
/// From here on: the serial number, the density and what the cartridge is.
const MEDIUM_ATTRIBUTES: u16 = 0x0400;

impl ScsiDrive {
    pub(super) fn loaded(&self) -> DeviceResult<LoadedMedium> {
        if self.is_tape() { self.loaded_tape() } else { self.loaded_disk() }
    }

    fn loaded_tape(&self) -> DeviceResult<LoadedMedium> {
        let mode = self.mode_with_configuration()?;
        let memory = self.shared.memory(MEDIUM_ATTRIBUTES)?.unwrap_or_default();
        let density = mode.block.map(|block| block.density).filter(|density| *density != 0);
        let density = density.or(memory.density);
        let product = &self.shared.identity.product;
        let page = mode.page(MediumConfiguration::PAGE);
        let configuration = page.and_then(|page| MediumConfiguration::read(page).ok());
        let write_once = memory.kind == Some(MemoryKind::WriteOnce)
            || configuration.is_some_and(MediumConfiguration::is_write_once);
        Ok(LoadedMedium {
            media_type: density
                .and_then(|density| of_density(density, product))
                .map(MediaTypeCode::value),
            density,
            medium_code: Some(mode.medium_type),
            write_protected: mode.is_write_protected(),
            write_once,
            serial: memory.serial,
        })
    }

    fn loaded_disk(&self) -> DeviceResult<LoadedMedium> {
        let profile = self.shared.profile()?;
        let media_type = profile.and_then(of_profile);
        let recording = media_type.map(|code| code.known().recording);
        let mut loaded = LoadedMedium {
            media_type: media_type.map(MediaTypeCode::value),
            write_once: recording == Some(ReadWriteKind::WriteOnce),
            write_protected: recording == Some(ReadWriteKind::ReadOnly),
            ..LoadedMedium::default()
        };
        // The header means this at a disk drive; at a CD or DVD drive it means nothing.
        if self.shared.identity.class == DeviceClass::Disk
            && let Some(mode) = unless_refused(self.shared.mode(mode::ALL_PAGES))?
        {
            loaded.medium_code = Some(mode.medium_type);
            loaded.write_protected |= mode.is_write_protected();
        }
        Ok(loaded)
    }

    /// The header, the block descriptor, and Medium Configuration where the drive has that page.
    fn mode_with_configuration(&self) -> DeviceResult<ModeData> {
        let unknown = &self.shared.learned.no_configuration;
        if !unknown.load(Ordering::Relaxed) {
            if let Some(mode) = unless_refused(self.shared.mode(MediumConfiguration::PAGE))? {
                return Ok(mode);
            }
            unknown.store(true, Ordering::Relaxed);
        }
        self.shared.mode(0)
    }
}

impl Shared {
    /// The current profile, where the drive has such a thing.
    pub(in crate::device::scsi) fn profile(&self) -> DeviceResult<Option<u16>> {
        if self.identity.class == DeviceClass::Disk {
            return Ok(None);
        }
        let mut answer = [0; 8];
        let asked = self.read(&disk::get_configuration(8), &mut answer);
        Ok(unless_refused(asked)?.and_then(|_| current_profile(&answer).ok()))
    }

    /// The header, the block descriptor and a page of the mode parameters.
    pub(in crate::device::scsi) fn mode(&self, page: u8) -> DeviceResult<ModeData> {
        self.noted(self.unit.mode_sense(page, true))
    }

    /// What the cartridge's memory holds from an attribute on; `None` where the drive cannot read
    /// it.
    pub(in crate::device::scsi) fn memory(
        &self,
        first: u16,
    ) -> DeviceResult<Option<CartridgeMemory>> {
        let command = tape::read_attribute(first, MEMORY);
        let answer =
            self.unless_known(&self.learned.no_memory, || self.unit.answer(&command, MEMORY))?;
        Ok(answer.and_then(|answer| CartridgeMemory::read(&answer).ok()))
    }

    /// Asks for something that not every drive has; it is not asked again if it has no such command.
    pub(super) fn unless_known(
        &self,
        missing: &AtomicBool,
        ask: impl FnOnce() -> DeviceResult<Vec<u8>>,
    ) -> DeviceResult<Option<Vec<u8>>> {
        if missing.load(Ordering::Relaxed) {
            return Ok(None);
        }
        match self.noted(ask()) {
            Ok(answer) => Ok(Some(answer)),
            Err(error) => match error.kind() {
                DeviceErrorKind::Refused(Refusal::Unsupported) => {
                    missing.store(true, Ordering::Relaxed);
                    Ok(None)
                }
                // There is no memory, or it cannot be read: what is in it is not known.
                DeviceErrorKind::Refused(_)
                | DeviceErrorKind::MediumFault
                | DeviceErrorKind::DriveFault
                | DeviceErrorKind::NoMedium => Ok(None),
                _ => Err(error),
            },
        }
    }
}

/// `None` for what the device refuses to answer.
fn unless_refused<T>(answer: DeviceResult<T>) -> DeviceResult<Option<T>> {
    match answer {
        Ok(answer) => Ok(Some(answer)),
        Err(error) if matches!(error.kind(), DeviceErrorKind::Refused(_)) => Ok(None),
        Err(error) => Err(error),
    }
}
