//! A drive.

use std::sync::Arc;
use std::time::Duration;

use super::Place;
use super::cartridge::Kind;
use super::faults::{Fault, Occasion};
use super::medium_io::SimulatedMedium;
use super::shared::{DriveUnit, Shared};
use super::timings::fraction;
use super::world::{Spot, no_medium};
use crate::device::{
    DeviceError, DeviceErrorKind, DeviceIdentity, DeviceResult, Drive, DriveHealth, DriveStatus,
    LoadedMedium, MediumIo, MediumPurpose, Refusal, TapeAlerts,
};

#[derive(Debug)]
pub(super) struct SimulatedDrive {
    shared: Arc<Shared>,
    place: Place,
    /// Which drive of those that were there one after the other.
    unit: u32,
}

/// What lies in the drive.
#[derive(Clone, Copy, Debug)]
struct Inside {
    kind: Kind,
    fits: bool,
    write_protected: bool,
    spot: Spot,
}

impl Inside {
    fn is_cleaner(&self) -> bool {
        self.kind.purpose == MediumPurpose::Cleaning
    }

    /// It is a cleaning cartridge that has cleaned enough.
    fn is_spent(&self) -> bool {
        self.is_cleaner() && self.fits && !self.spot.cleaning
    }
}

impl SimulatedDrive {
    /// The drive that is there now.
    pub(super) fn at(shared: &Arc<Shared>, place: Place) -> Self {
        let unit = shared.store.look(|world| Ok(world.drive_now(place)?.unit));
        Self { shared: Arc::clone(shared), place, unit: unit.unwrap_or(0) }
    }

    fn attend(&self) -> DeviceResult<()> {
        self.shared.attend_drive(self.place, self.unit)
    }

    fn inside(&self) -> DeviceResult<Option<Inside>> {
        self.shared.store.look(|world| {
            let Some(id) = world.cartridge_at(self.place)? else { return Ok(None) };
            let record = world.record(id)?;
            let kind = world.kind(record)?;
            let fits = world.takes(self.place, &kind);
            let (write_protected, spot) = (record.write_protected, record.spot);
            Ok(Some(Inside { kind, fits, write_protected, spot }))
        })
    }

    fn check_fit(&self, inside: &Inside) -> DeviceResult<()> {
        if !inside.fits {
            let Kind { media_type, purpose, .. } = inside.kind;
            return Err(DeviceError::refused(
                Refusal::Incompatible,
                format!("the drive does not take media of type {media_type} for {purpose:?}"),
            ));
        }
        if inside.is_spent() {
            return Err(DeviceError::new(
                DeviceErrorKind::MediumFault,
                "the cleaning cartridge is spent",
            ));
        }
        Ok(())
    }

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
        Ok(fraction(rewind, at, inside.kind.capacity))
    }
}

impl Drive for SimulatedDrive {
    fn identity(&self) -> DeviceIdentity {
        self.shared.settings.drive_identity(self.place, self.unit)
    }

    fn status(&self) -> DeviceResult<DriveStatus> {
        self.attend()?;
        if self.shared.is_busy(self.place) {
            return Ok(DriveStatus::BecomingReady);
        }
        Ok(match self.inside()? {
            None => DriveStatus::Empty,
            Some(inside) if inside.spot.loaded.is_some() => DriveStatus::Ready(LoadedMedium {
                media_type: Some(inside.kind.media_type),
                write_protected: inside.write_protected,
                write_once: inside.kind.purpose == MediumPurpose::WriteOnce,
                ..LoadedMedium::default()
            }),
            Some(inside) if inside.is_cleaner() && !inside.spot.cleaning => DriveStatus::NotUsable,
            Some(_) => DriveStatus::Unloaded,
        })
    }

    fn load(&self) -> DeviceResult<()> {
        let power = self.shared.power();
        self.attend()?;
        // A cleaning has begun by itself.
        self.shared.clock.pause(self.shared.cleaning_left(self.place)?);
        let _busy = self.begin()?;
        let inside = self.inside()?.ok_or_else(no_medium)?;
        if inside.spot.loaded.is_some() {
            return Ok(());
        }
        self.check_fit(&inside)?;
        if inside.is_cleaner() {
            return Ok(());
        }
        self.shared.step(power)?;
        let fault = self.shared.fault(Occasion::Load(self.place));
        self.shared.clock.pause(self.shared.timings.load);
        if let Some(Fault::LoadFails { kind, .. }) = fault {
            return Err(DeviceError::new(kind, "the drive could not load"));
        }
        self.shared.step(power)?;
        let load = self.shared.store.change(|world| {
            let load = world.load(self.place)?;
            if let Some(Fault::DriveSoiled { .. }) = fault {
                world.drive_now_mut(self.place)?.dirty = true;
            }
            Ok(load)
        })?;
        if let Some(Fault::SlowLoad { extra, .. }) = fault {
            self.shared.work(self.place, extra);
        }
        self.shared.unit(self.place)?.0.lock().known_load = Some(load);
        Ok(())
    }

    fn unload(&self) -> DeviceResult<()> {
        let power = self.shared.power();
        self.attend()?;
        let unit = self.shared.unit(self.place)?;
        if unit.0.lock().prevents_removal {
            return Err(DeviceError::refused(
                Refusal::RemovalPrevented,
                "removal of the medium is prevented",
            ));
        }
        let _busy = self.begin()?;
        let inside = self.inside()?.ok_or_else(no_medium)?;
        let Some(load) = inside.spot.loaded else { return Ok(()) };
        let rewind = self.rewind_time(&inside, load)?;
        self.shared.step(power)?;
        let fault = self.shared.fault(Occasion::Unload(self.place));
        self.shared.clock.pause(rewind.saturating_add(self.shared.timings.unload));
        if let Some(Fault::UnloadFails { kind, .. }) = fault {
            return Err(DeviceError::new(kind, "the drive could not unload"));
        }
        self.shared.step(power)?;
        unit.0.lock().not_safe = None;
        self.shared.store.change(|world| world.unload(self.place))
    }

    fn prevent_removal(&self, prevent: bool) -> DeviceResult<()> {
        self.attend()?;
        self.shared.unit(self.place)?.0.lock().prevents_removal = prevent;
        Ok(())
    }

    fn health(&self) -> DeviceResult<DriveHealth> {
        self.attend()?;
        let needs_cleaning =
            self.shared.store.look(|world| Ok(world.drive_now(self.place)?.dirty))?;
        let spent = self.inside()?.is_some_and(|inside| inside.is_spent());
        let raised =
            [(needs_cleaning, TapeAlerts::CLEAN_NOW), (spent, TapeAlerts::EXPIRED_CLEANER)];
        let alerts = raised.into_iter().filter(|(is, _)| *is);
        let alerts = alerts.fold(TapeAlerts::default(), |all, (_, alert)| all.with(alert));
        Ok(DriveHealth { needs_cleaning, alerts, head_time: None })
    }

    fn open(&self) -> DeviceResult<Box<dyn MediumIo>> {
        self.attend()?;
        if self.shared.is_busy(self.place) {
            return Err(DeviceError::new(DeviceErrorKind::NotReady, "the drive is busy"));
        }
        Ok(Box::new(SimulatedMedium::open(Arc::clone(&self.shared), self.place, self.unit)?))
    }
}

/// The drive is loading or unloading until this is dropped.
struct Busy<'a>(&'a DriveUnit);

impl Drop for Busy<'_> {
    fn drop(&mut self) {
        self.0.0.lock().busy = false;
    }
}
