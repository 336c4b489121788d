//! Devices are strangers' programs: one that panics fails its verb, and nothing else.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use crate::clock::Signal;
use crate::device::{
    BlockLimits, Capacity, Changer, DeviceClass, DeviceError, DeviceErrorKind, DeviceIdentity,
    DeviceResult, Drive, DriveHealth, DriveStatus, ElementAddress, ElementKind, ElementRange,
    ElementStatus, Geometry, LibraryDevice, LibraryIdentity, MediumIo, Position, ReadOutcome,
    Space, Spaced, Timeouts, VolumeTag, Written,
};
use crate::model::text::legible_within;
use crate::model::{DoorState, PortPosition, limits};

/// Runs a verb; a panic is an error of this kind.
fn calm<T>(kind: DeviceErrorKind, verb: impl FnOnce() -> DeviceResult<T>) -> DeviceResult<T> {
    catch_unwind(AssertUnwindSafe(verb)).unwrap_or_else(|panic| {
        let text = panic.downcast_ref::<&str>().copied().map(str::to_owned);
        let text = text.or_else(|| panic.downcast_ref::<String>().cloned());
        let text = text.unwrap_or_else(|| "no reason is given".to_owned());
        Err(DeviceError::new(kind, format!("the device's program panicked: {text}")))
    })
}

/// A bar code as it can be recorded.
fn make_legible(tag: &mut VolumeTag) {
    if let VolumeTag::Read(text) = tag {
        *text = legible_within(text, limits::BARCODE_LENGTH);
    }
}

/// A library whose devices do not panic.
#[derive(Debug)]
pub(super) struct Guarded {
    identity: LibraryIdentity,
    inner: Arc<dyn LibraryDevice>,
}

impl Guarded {
    /// # Errors
    /// `ChangerFault`: the library panics when it is asked who it is.
    pub(super) fn new(inner: Arc<dyn LibraryDevice>) -> DeviceResult<Arc<Self>> {
        let identity = calm(DeviceErrorKind::ChangerFault, || Ok(inner.identity()))?;
        Ok(Arc::new(Self { identity, inner }))
    }
}

impl LibraryDevice for Guarded {
    fn identity(&self) -> LibraryIdentity {
        self.identity.clone()
    }

    fn changers(&self) -> Vec<Arc<dyn Changer>> {
        let all = calm(DeviceErrorKind::ChangerFault, || Ok(self.inner.changers()));
        let all = all.unwrap_or_default().into_iter();
        all.map(|inner| Arc::new(GuardedChanger(inner)) as Arc<dyn Changer>).collect()
    }

    fn drives(&self) -> Vec<Arc<dyn Drive>> {
        let all = calm(DeviceErrorKind::DriveFault, || Ok(self.inner.drives()));
        let all = all.unwrap_or_default().into_iter();
        all.map(|inner| Arc::new(GuardedDrive(inner)) as Arc<dyn Drive>).collect()
    }

    fn media_types(&self) -> Vec<u32> {
        let types = calm(DeviceErrorKind::ChangerFault, || Ok(self.inner.media_types()));
        types.unwrap_or_default()
    }

    fn changes(&self) -> Option<Arc<Signal>> {
        calm(DeviceErrorKind::ChangerFault, || Ok(self.inner.changes())).unwrap_or_default()
    }
}

#[derive(Debug)]
struct GuardedChanger(Arc<dyn Changer>);

impl GuardedChanger {
    fn run<T>(&self, verb: impl FnOnce(&dyn Changer) -> DeviceResult<T>) -> DeviceResult<T> {
        calm(DeviceErrorKind::ChangerFault, || verb(self.0.as_ref()))
    }
}

impl Changer for GuardedChanger {
    fn identity(&self) -> DeviceIdentity {
        self.run(|changer| Ok(changer.identity())).unwrap_or_default()
    }

    fn timeouts(&self) -> Timeouts {
        let usual = Timeouts::of(DeviceClass::Changer);
        self.run(|changer| Ok(changer.timeouts())).unwrap_or(usual)
    }

    fn geometry(&self) -> DeviceResult<Geometry> {
        self.run(|changer| changer.geometry())
    }

    fn ready(&self) -> DeviceResult<()> {
        self.run(|changer| changer.ready())
    }

    fn element_status(
        &self,
        kind: ElementKind,
        first: ElementAddress,
        count: u32,
    ) -> DeviceResult<Vec<ElementStatus>> {
        let mut all = self.run(|changer| changer.element_status(kind, first, count))?;
        for status in &mut all {
            make_legible(&mut status.volume_tag);
            make_legible(&mut status.alternate_volume_tag);
        }
        Ok(all)
    }

    fn initialize_element_status(&self, range: Option<ElementRange>) -> DeviceResult<()> {
        self.run(|changer| changer.initialize_element_status(range))
    }

    fn move_medium(
        &self,
        from: ElementAddress,
        to: ElementAddress,
        flip: bool,
    ) -> DeviceResult<()> {
        self.run(|changer| changer.move_medium(from, to, flip))
    }

    fn prevent_removal(&self, prevent: bool) -> DeviceResult<()> {
        self.run(|changer| changer.prevent_removal(prevent))
    }

    fn port_position(&self, port: usize) -> DeviceResult<PortPosition> {
        self.run(|changer| changer.port_position(port))
    }

    fn set_port(&self, port: usize, position: PortPosition) -> DeviceResult<()> {
        self.run(|changer| changer.set_port(port, position))
    }

    fn door_state(&self, door: usize) -> DeviceResult<DoorState> {
        self.run(|changer| changer.door_state(door))
    }

    fn release_door(&self, door: usize, release: bool) -> DeviceResult<()> {
        self.run(|changer| changer.release_door(door, release))
    }
}

#[derive(Debug)]
struct GuardedDrive(Arc<dyn Drive>);

impl GuardedDrive {
    fn run<T>(&self, verb: impl FnOnce(&dyn Drive) -> DeviceResult<T>) -> DeviceResult<T> {
        calm(DeviceErrorKind::DriveFault, || verb(self.0.as_ref()))
    }
}

impl Drive for GuardedDrive {
    fn identity(&self) -> DeviceIdentity {
        self.run(|drive| Ok(drive.identity())).unwrap_or_default()
    }

    fn timeouts(&self) -> Timeouts {
        let usual = Timeouts::of(self.identity().class);
        self.run(|drive| Ok(drive.timeouts())).unwrap_or(usual)
    }

    fn status(&self) -> DeviceResult<DriveStatus> {
        self.run(|drive| drive.status())
    }

    fn load(&self) -> DeviceResult<()> {
        self.run(|drive| drive.load())
    }

    fn unload(&self) -> DeviceResult<()> {
        self.run(|drive| drive.unload())
    }

    fn prevent_removal(&self, prevent: bool) -> DeviceResult<()> {
        self.run(|drive| drive.prevent_removal(prevent))
    }

    fn health(&self) -> DeviceResult<DriveHealth> {
        self.run(|drive| drive.health())
    }

    fn open(&self) -> DeviceResult<Box<dyn MediumIo>> {
        let inner = self.run(|drive| drive.open())?;
        Ok(Box::new(GuardedMedium(inner)))
    }
}

struct GuardedMedium(Box<dyn MediumIo>);

impl GuardedMedium {
    fn run<T>(
        &mut self,
        verb: impl FnOnce(&mut dyn MediumIo) -> DeviceResult<T>,
    ) -> DeviceResult<T> {
        calm(DeviceErrorKind::DriveFault, || verb(self.0.as_mut()))
    }
}

impl MediumIo for GuardedMedium {
    fn block_limits(&mut self) -> DeviceResult<BlockLimits> {
        self.run(|medium| medium.block_limits())
    }

    fn capacity(&mut self) -> DeviceResult<Capacity> {
        self.run(|medium| medium.capacity())
    }

    fn read_block(&mut self, buffer: &mut [u8]) -> DeviceResult<ReadOutcome> {
        self.run(|medium| medium.read_block(buffer))
    }

    fn write_block(&mut self, data: &[u8]) -> DeviceResult<Written> {
        self.run(|medium| medium.write_block(data))
    }

    fn write_filemarks(&mut self, count: u32) -> DeviceResult<Written> {
        self.run(|medium| medium.write_filemarks(count))
    }

    fn space(&mut self, by: Space) -> DeviceResult<Spaced> {
        self.run(|medium| medium.space(by))
    }

    fn rewind(&mut self) -> DeviceResult<()> {
        self.run(|medium| medium.rewind())
    }

    fn locate(&mut self, position: Position) -> DeviceResult<()> {
        self.run(|medium| medium.locate(position))
    }

    fn position(&mut self) -> DeviceResult<Position> {
        self.run(|medium| medium.position())
    }

    fn flush(&mut self) -> DeviceResult<()> {
        self.run(|medium| medium.flush())
    }
}
