//! A drive.

use std::sync::Arc;
use std::time::Duration;

use super::Place;
use super::faults::Fault;
use super::medium_io::SimulatedMedium;
use super::shared::{DriveUnit, Shared};
use super::timings::fraction;
use super::world::no_medium;
use crate::device::{
    DeviceError, DeviceErrorKind, DeviceIdentity, DeviceResult, Drive, DriveHealth, DriveStatus,
    LoadedMedium, MediumIo, Refusal,
};

#[derive(Debug)]
pub(super) struct SimulatedDrive {
    pub shared: Arc<Shared>,
    pub place: Place,
}

/// What lies in the drive.
#[derive(Clone, Copy, Debug)]
struct Inside {
    media_type: u32,
    capacity: u64,
    write_protected: bool,
    loaded: Option<u32>,
}

impl SimulatedDrive {
    fn inside(&self) -> DeviceResult<Option<Inside>> {
        self.shared.store.look(|world| {
            let Some(id) = world.cartridge_at(self.place)? else { return Ok(None) };
            let record = world.record(id)?;
            let kind = world.kind(record)?;
            Ok(Some(Inside {
                media_type: kind.media_type,
                capacity: kind.capacity,
                write_protected: record.write_protected,
                loaded: record.spot.loaded,
            }))
        })
    }

    fn check_fit(&self, inside: &Inside) -> DeviceResult<()> {
        if self.shared.settings.media_types.contains(&inside.media_type) {
            return Ok(());
        }
        Err(DeviceError::refused(
            Refusal::Incompatible,
            format!("the drive does not take media of type {}", inside.media_type),
        ))
    }

    fn fail_load(&self) -> DeviceResult<()> {
        self.shared.fail_on("the drive could not load", |fault| match *fault {
            Fault::LoadFails { drive, kind } if drive == self.place => Some(kind),
            _ => None,
        })
    }

    /// From here on it is loading or unloading.
    fn begin(&self) -> DeviceResult<Busy<'_>> {
        let unit = self.shared.unit(self.place)?;
        let mut state = unit.0.lock();
        if self.shared.is_at_work(&state) {
            return Err(DeviceError::new(
                DeviceErrorKind::NotReady,
                "the drive is loading or unloading",
            ));
        }
        state.busy = true;
        Ok(Busy(unit))
    }

    /// The time to rewind from where the medium was left.
    fn rewind_time(&self, inside: &Inside, load: u32) -> DeviceResult<Duration> {
        let left = self.shared.unit(self.place)?.0.lock().left_at;
        let at = if left.load == load { left.offset } else { 0 };
        let rewind = self.shared.timings.rewind;
        Ok(fraction(rewind, at, inside.capacity))
    }
}

impl Drive for SimulatedDrive {
    fn identity(&self) -> DeviceIdentity {
        self.shared.settings.drive_identity(self.place)
    }

    fn status(&self) -> DeviceResult<DriveStatus> {
        self.shared.attend_drive(self.place)?;
        if self.shared.is_busy(self.place) {
            return Ok(DriveStatus::BecomingReady);
        }
        Ok(match self.inside()? {
            None => DriveStatus::Empty,
            Some(Inside { loaded: None, .. }) => DriveStatus::Unloaded,
            Some(inside) => DriveStatus::Ready(LoadedMedium {
                media_type: Some(inside.media_type),
                write_protected: inside.write_protected,
                ..LoadedMedium::default()
            }),
        })
    }

    fn load(&self) -> DeviceResult<()> {
        self.shared.attend_drive(self.place)?;
        let _busy = self.begin()?;
        let inside = self.inside()?.ok_or_else(no_medium)?;
        if inside.loaded.is_some() {
            return Ok(());
        }
        self.check_fit(&inside)?;
        self.shared.clock.pause(self.shared.timings.load);
        self.fail_load()?;
        let load = self.shared.store.change(|world| world.load(self.place))?;
        self.shared.unit(self.place)?.0.lock().known_load = Some(load);
        Ok(())
    }

    fn unload(&self) -> DeviceResult<()> {
        self.shared.attend_drive(self.place)?;
        let unit = self.shared.unit(self.place)?;
        if unit.0.lock().prevents_removal {
            return Err(DeviceError::refused(
                Refusal::RemovalPrevented,
                "removal of the medium is prevented",
            ));
        }
        let _busy = self.begin()?;
        let inside = self.inside()?.ok_or_else(no_medium)?;
        let Some(load) = inside.loaded else { return Ok(()) };
        let rewind = self.rewind_time(&inside, load)?;
        self.shared.clock.pause(rewind.saturating_add(self.shared.timings.unload));
        self.shared.store.change(|world| world.unload(self.place))
    }

    fn prevent_removal(&self, prevent: bool) -> DeviceResult<()> {
        self.shared.attend_drive(self.place)?;
        self.shared.unit(self.place)?.0.lock().prevents_removal = prevent;
        Ok(())
    }

    fn health(&self) -> DeviceResult<DriveHealth> {
        self.shared.attend_drive(self.place)?;
        Ok(DriveHealth::default())
    }

    fn open(&self) -> DeviceResult<Box<dyn MediumIo>> {
        self.shared.attend_drive(self.place)?;
        if self.shared.is_busy(self.place) {
            return Err(DeviceError::new(DeviceErrorKind::NotReady, "the drive is busy"));
        }
        Ok(Box::new(SimulatedMedium::open(Arc::clone(&self.shared), self.place)?))
    }
}

/// The drive is loading or unloading until this is dropped.
struct Busy<'a>(&'a DriveUnit);

impl Drop for Busy<'_> {
    fn drop(&mut self) {
        self.0.0.lock().busy = false;
    }
}
