//! The library as its manager sees it, with somebody who watches the cable: each command is passed
//! on, and noted with its times.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use rsm::clock::Signal;
use rsm::device::simulated::{Place, SimulatedLibrary};
use rsm::device::{
    BlockLimits, Capacity, Changer, DeviceIdentity, DeviceResult, Drive, DriveHealth, DriveStatus,
    ElementAddress, ElementKind, ElementRange, ElementStatus, Geometry, LibraryDevice,
    LibraryIdentity, MediumIo, Position, ReadOutcome, Space, Spaced, Timeouts, Written,
};
use rsm::model::{DoorState, PortPosition};

use crate::journal::{Journal, Work};

/// How bar codes of cleaning cartridges begin.
pub const CLEANER: &str = "CLN";

/// The library and who watches it.
#[derive(Clone, Debug)]
pub struct Watched {
    pub library: SimulatedLibrary,
    pub journal: Arc<Journal>,
    /// The cartridges in drives: since when, and whether they clean.
    held: Arc<Mutex<HashMap<usize, (Duration, bool)>>>,
}

impl Watched {
    pub fn new(library: SimulatedLibrary, journal: Arc<Journal>) -> Self {
        Self { library, journal, held: Arc::default() }
    }

    /// The serial numbers of the drives, in the order of their places.
    pub fn serials(&self) -> Vec<String> {
        // They are listed last drive first.
        let drives = self.library.drives();
        drives.iter().rev().map(|drive| drive.identity().serial).collect()
    }

    fn drive_at(&self, place: Place) -> Option<usize> {
        self.library.drive_places().iter().position(|drive| *drive == place)
    }

    /// Looks at what is in a drive now.
    fn see(&self, place: Place) {
        let Some(drive) = self.drive_at(place) else { return };
        let hands = self.library.hands();
        let cartridge = hands.look(place).ok().flatten();
        let mut held = self.held.lock();
        let Some(id) = cartridge else {
            if let Some((since, cleans)) = held.remove(&drive) {
                let work = if cleans { Work::Clean(drive) } else { Work::Hold(drive) };
                self.journal.note(work, since);
            }
            return;
        };
        let bar_code = hands.bar_code(id);
        let cleans = bar_code.is_ok_and(|tag| tag.text().is_some_and(|t| t.starts_with(CLEANER)));
        held.entry(drive).or_insert((self.journal.now(), cleans));
    }

    /// What is still in drives has been there until now.
    pub fn finish(&self) {
        for (drive, (since, cleans)) in self.held.lock().drain() {
            let work = if cleans { Work::Clean(drive) } else { Work::Hold(drive) };
            self.journal.note(work, since);
        }
    }
}

impl LibraryDevice for Watched {
    fn identity(&self) -> LibraryIdentity {
        self.library.identity()
    }

    fn changers(&self) -> Vec<Arc<dyn Changer>> {
        let changers = (0..).zip(self.library.changers());
        let watched = |(number, inner)| {
            Arc::new(WatchedChanger { inner, number, all: self.clone() }) as Arc<dyn Changer>
        };
        changers.map(watched).collect()
    }

    fn drives(&self) -> Vec<Arc<dyn Drive>> {
        let drives = (0..).zip(self.library.drives().into_iter().rev());
        let watched = |(number, inner)| {
            Arc::new(WatchedDrive { inner, number, journal: Arc::clone(&self.journal) })
                as Arc<dyn Drive>
        };
        drives.map(watched).collect()
    }

    fn media_types(&self) -> Vec<u32> {
        self.library.media_types()
    }

    fn changes(&self) -> Option<Arc<Signal>> {
        self.library.changes()
    }
}

#[derive(Debug)]
struct WatchedChanger {
    inner: Arc<dyn Changer>,
    number: u16,
    all: Watched,
}

impl Changer for WatchedChanger {
    fn identity(&self) -> DeviceIdentity {
        self.inner.identity()
    }

    fn timeouts(&self) -> Timeouts {
        self.inner.timeouts()
    }

    fn geometry(&self) -> DeviceResult<Geometry> {
        self.inner.geometry()
    }

    fn ready(&self) -> DeviceResult<()> {
        self.inner.ready()
    }

    fn element_status(
        &self,
        kind: ElementKind,
        first: ElementAddress,
        count: u32,
    ) -> DeviceResult<Vec<ElementStatus>> {
        self.inner.element_status(kind, first, count)
    }

    fn initialize_element_status(&self, range: Option<ElementRange>) -> DeviceResult<()> {
        let look = || self.inner.initialize_element_status(range);
        self.all.journal.during(Work::Look(usize::from(self.number)), look)
    }

    fn move_medium(
        &self,
        from: ElementAddress,
        to: ElementAddress,
        flip: bool,
    ) -> DeviceResult<()> {
        let changer = self.number;
        let carry = || self.inner.move_medium(from, to, flip);
        let done = self.all.journal.during(Work::Move(usize::from(changer)), carry);
        for address in [from, to] {
            self.all.see(Place { changer, address });
        }
        done
    }

    fn prevent_removal(&self, prevent: bool) -> DeviceResult<()> {
        self.inner.prevent_removal(prevent)
    }

    fn port_position(&self, port: usize) -> DeviceResult<PortPosition> {
        self.inner.port_position(port)
    }

    fn set_port(&self, port: usize, position: PortPosition) -> DeviceResult<()> {
        self.inner.set_port(port, position)
    }

    fn door_state(&self, door: usize) -> DeviceResult<DoorState> {
        self.inner.door_state(door)
    }

    fn release_door(&self, door: usize, release: bool) -> DeviceResult<()> {
        self.inner.release_door(door, release)
    }
}

#[derive(Debug)]
struct WatchedDrive {
    inner: Arc<dyn Drive>,
    number: usize,
    journal: Arc<Journal>,
}

impl Drive for WatchedDrive {
    fn identity(&self) -> DeviceIdentity {
        self.inner.identity()
    }

    fn timeouts(&self) -> Timeouts {
        self.inner.timeouts()
    }

    fn status(&self) -> DeviceResult<DriveStatus> {
        self.inner.status()
    }

    fn load(&self) -> DeviceResult<()> {
        self.journal.during(Work::Load(self.number), || self.inner.load())
    }

    fn unload(&self) -> DeviceResult<()> {
        self.journal.during(Work::Unload(self.number), || self.inner.unload())
    }

    fn prevent_removal(&self, prevent: bool) -> DeviceResult<()> {
        self.inner.prevent_removal(prevent)
    }

    fn health(&self) -> DeviceResult<DriveHealth> {
        self.inner.health()
    }

    fn open(&self) -> DeviceResult<Box<dyn MediumIo>> {
        let inner = self.inner.open()?;
        let (number, since) = (self.number, self.journal.now());
        Ok(Box::new(WatchedMedium { inner, number, since, journal: Arc::clone(&self.journal) }))
    }
}

struct WatchedMedium {
    inner: Box<dyn MediumIo>,
    number: usize,
    since: Duration,
    journal: Arc<Journal>,
}

impl Drop for WatchedMedium {
    fn drop(&mut self) {
        self.journal.note(Work::Open(self.number), self.since);
    }
}

impl MediumIo for WatchedMedium {
    fn block_limits(&mut self) -> DeviceResult<BlockLimits> {
        self.inner.block_limits()
    }

    fn capacity(&mut self) -> DeviceResult<Capacity> {
        self.inner.capacity()
    }

    fn read_block(&mut self, buffer: &mut [u8]) -> DeviceResult<ReadOutcome> {
        self.inner.read_block(buffer)
    }

    fn write_block(&mut self, data: &[u8]) -> DeviceResult<Written> {
        self.inner.write_block(data)
    }

    fn write_filemarks(&mut self, count: u32) -> DeviceResult<Written> {
        self.inner.write_filemarks(count)
    }

    fn space(&mut self, by: Space) -> DeviceResult<Spaced> {
        self.inner.space(by)
    }

    fn rewind(&mut self) -> DeviceResult<()> {
        self.inner.rewind()
    }

    fn locate(&mut self, position: Position) -> DeviceResult<()> {
        self.inner.locate(position)
    }

    fn position(&mut self) -> DeviceResult<Position> {
        self.inner.position()
    }

    fn flush(&mut self) -> DeviceResult<()> {
        self.inner.flush()
    }
}
