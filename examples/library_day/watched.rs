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

/// Methods that only pass the command on to the device itself.
macro_rules! passed_on {
    ($($name:ident($($argument:ident: $type:ty),*) -> $back:ty;)*) => {
        $(fn $name(&self, $($argument: $type),*) -> $back { self.inner.$name($($argument),*) })*
    };
    (mut $($name:ident($($argument:ident: $type:ty),*) -> $back:ty;)*) => {
        $(fn $name(&mut self, $($argument: $type),*) -> $back { self.inner.$name($($argument),*) })*
    };
}

/// The library and who watches it.
#[derive(Clone, Debug)]
pub struct Watched {
    pub inner: SimulatedLibrary,
    pub journal: Arc<Journal>,
    /// The cartridges in drives: since when, and whether they clean.
    held: Arc<Mutex<HashMap<usize, (Duration, bool)>>>,
}

impl Watched {
    pub fn new(inner: SimulatedLibrary, journal: Arc<Journal>) -> Self {
        Self { inner, journal, held: Arc::default() }
    }

    /// The serial numbers of the drives, in the order of their places.
    pub fn serials(&self) -> Vec<String> {
        // They are listed last drive first.
        let drives = self.inner.drives();
        drives.iter().rev().map(|drive| drive.identity().serial).collect()
    }

    fn drive_at(&self, place: Place) -> Option<usize> {
        self.inner.drive_places().iter().position(|drive| *drive == place)
    }

    /// Looks at what is in a drive now.
    fn see(&self, place: Place) {
        let Some(drive) = self.drive_at(place) else { return };
        let hands = self.inner.hands();
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
    passed_on! {
        identity() -> LibraryIdentity;
        media_types() -> Vec<u32>;
        changes() -> Option<Arc<Signal>>;
    }

    fn changers(&self) -> Vec<Arc<dyn Changer>> {
        let changers = (0..).zip(self.inner.changers());
        let watched = |(number, inner)| {
            Arc::new(WatchedChanger { inner, number, all: self.clone() }) as Arc<dyn Changer>
        };
        changers.map(watched).collect()
    }

    fn drives(&self) -> Vec<Arc<dyn Drive>> {
        let drives = (0..).zip(self.inner.drives().into_iter().rev());
        let watched = |(number, inner)| {
            Arc::new(WatchedDrive { inner, number, journal: Arc::clone(&self.journal) })
                as Arc<dyn Drive>
        };
        drives.map(watched).collect()
    }
}

#[derive(Debug)]
struct WatchedChanger {
    inner: Arc<dyn Changer>,
    number: u16,
    all: Watched,
}

impl Changer for WatchedChanger {
    passed_on! {
        identity() -> DeviceIdentity;
        timeouts() -> Timeouts;
        geometry() -> DeviceResult<Geometry>;
        ready() -> DeviceResult<()>;
        element_status(
            kind: ElementKind, first: ElementAddress, count: u32
        ) -> DeviceResult<Vec<ElementStatus>>;
        prevent_removal(prevent: bool) -> DeviceResult<()>;
        port_position(port: usize) -> DeviceResult<PortPosition>;
        set_port(port: usize, position: PortPosition) -> DeviceResult<()>;
        door_state(door: usize) -> DeviceResult<DoorState>;
        release_door(door: usize, release: bool) -> DeviceResult<()>;
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
}

#[derive(Debug)]
struct WatchedDrive {
    inner: Arc<dyn Drive>,
    number: usize,
    journal: Arc<Journal>,
}

impl Drive for WatchedDrive {
    passed_on! {
        identity() -> DeviceIdentity;
        timeouts() -> Timeouts;
        status() -> DeviceResult<DriveStatus>;
        prevent_removal(prevent: bool) -> DeviceResult<()>;
        health() -> DeviceResult<DriveHealth>;
    }

    fn load(&self) -> DeviceResult<()> {
        self.journal.during(Work::Load(self.number), || self.inner.load())
    }

    fn unload(&self) -> DeviceResult<()> {
        self.journal.during(Work::Unload(self.number), || self.inner.unload())
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
    passed_on! { mut
        block_limits() -> DeviceResult<BlockLimits>;
        capacity() -> DeviceResult<Capacity>;
        read_block(buffer: &mut [u8]) -> DeviceResult<ReadOutcome>;
        write_block(data: &[u8]) -> DeviceResult<Written>;
        write_filemarks(count: u32) -> DeviceResult<Written>;
        space(by: Space) -> DeviceResult<Spaced>;
        rewind() -> DeviceResult<()>;
        locate(position: Position) -> DeviceResult<()>;
        position() -> DeviceResult<Position>;
        flush() -> DeviceResult<()>;
    }
}
