//! A catalog with one simulated library, and short ways to what tests look at.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]
#![allow(missing_docs, dead_code)]

use std::sync::Arc;

use rsm::clock::{Clock, VirtualClock};
use rsm::device::simulated::{
    Cartridge, ChangerLayout, Place, SimulatedLibrary, SimulatedLibraryBuilder,
};
use rsm::device::{ElementKind, LibraryDevice, MediumIo, ReadOutcome};
use rsm::model::{
    Access, AllocateRequest, Allocation, DismountOptions, Drive, DriveId, EnumerateOptions, Id,
    InventoryMethod, LibraryId, LibraryOperation, LibraryRequest, LibraryRequestId,
    LibraryRequestState, Location, LogicalMediaId, MediaTypeCode, MountRequest, ObjectType,
    PhysicalMedia, PhysicalMediaId, PoolId, PoolOpenMode, Side, SideId, SlotId, SlotState, Timeout,
};
use rsm::{ErrorKind, Manager, Mount, OpenOptions, SeededRandomness, Session};
use tempfile::TempDir;

pub const TAPE: MediaTypeCode = MediaTypeCode::LtoUltrium;
pub const DISK: MediaTypeCode = MediaTypeCode::Mo5Rw;

/// A catalog, a library and a session.
pub struct Robot {
    pub session: Session,
    pub library: LibraryId,
    pub manager: Manager,
    pub device: Arc<SimulatedLibrary>,
    pub clock: Arc<VirtualClock>,
    pub code: MediaTypeCode,
    pub dir: TempDir,
}

/// One changer with eight slots.
pub fn layout(drives: u32) -> ChangerLayout {
    ChangerLayout { transports: 1, drives, ports: 0, slots: 8 }
}

pub fn tape(bar_code: &str) -> Cartridge {
    let cartridge =
        if bar_code.is_empty() { Cartridge::new() } else { Cartridge::with_bar_code(bar_code) };
    cartridge.media_type(TAPE.value())
}

pub fn disk(bar_code: &str) -> Cartridge {
    Cartridge::with_bar_code(bar_code).media_type(DISK.value()).two_sided()
}

pub fn builder(drives: u32, code: MediaTypeCode) -> SimulatedLibraryBuilder {
    SimulatedLibrary::builder().changer(layout(drives)).media_type(code.value()).can_flip(true)
}

pub fn options(clock: &Arc<VirtualClock>) -> OpenOptions {
    OpenOptions::new().create(true).clock(clock.clone())
}

/// In memory, where there is one: these tests are not about disks.
pub fn directory() -> TempDir {
    TempDir::new_in("/dev/shm").or_else(|_| TempDir::new()).unwrap()
}

impl Robot {
    /// Tapes with these bar codes in the first slots.
    pub fn with_tapes(drives: u32, bar_codes: &[&str]) -> Self {
        let cartridges = bar_codes.iter().map(|code| tape(code));
        Self::of(builder(drives, TAPE).cartridges(cartridges), TAPE)
    }

    /// The same with devices that have a clock of their own.
    pub fn on_clock(clock: Arc<dyn Clock>, drives: u32, bar_codes: &[&str]) -> Self {
        let cartridges = bar_codes.iter().map(|code| tape(code));
        let device = builder(drives, TAPE).cartridges(cartridges).clock(clock);
        Self::with_device(Arc::new(device.build().unwrap()), VirtualClock::new(), TAPE)
    }

    /// Tapes without a bar-code reader.
    pub fn without_reader(drives: u32, tapes: usize) -> Self {
        let cartridges = (0..tapes).map(|_| tape(""));
        Self::of(builder(drives, TAPE).bar_code_reader(false).cartridges(cartridges), TAPE)
    }

    pub fn of(builder: SimulatedLibraryBuilder, code: MediaTypeCode) -> Self {
        let clock = VirtualClock::new();
        let device = Arc::new(builder.clock(clock.clone()).build().unwrap());
        Self::with_device(device, clock, code)
    }

    /// With a device that may have a clock of its own.
    pub fn with_device(
        device: Arc<SimulatedLibrary>,
        clock: Arc<VirtualClock>,
        code: MediaTypeCode,
    ) -> Self {
        let dir = directory();
        let randomness = Arc::new(SeededRandomness::new(7));
        let manager = options(&clock).randomness(randomness).open(dir.path()).unwrap();
        let session = manager.session("test").unwrap();
        let library = manager.attach(device.clone() as Arc<dyn LibraryDevice>).unwrap();
        let robot = Self { session, library, manager, device, clock, code, dir };
        robot.settle();
        robot
    }

    /// Everything that was open is gone, as after a crash; the library comes back.
    pub fn restart(self) -> Self {
        let Self { session, manager, device, clock, code, dir, .. } = self;
        drop(session);
        drop(manager);
        let manager = options(&clock).open(dir.path()).unwrap();
        let session = manager.session("test").unwrap();
        let library = manager.attach(device.clone() as Arc<dyn LibraryDevice>).unwrap();
        let robot = Self { session, library, manager, device, clock, code, dir };
        robot.settle();
        robot
    }

    /// Waits until the library has nothing to do.
    pub fn settle(&self) {
        self.manager.wait_until_idle(Timeout::Forever).unwrap();
    }

    /// An inventory, to its end.
    pub fn look(&self, method: InventoryMethod) {
        self.session.inventory_library(self.library, method).unwrap();
        self.settle();
    }

    /// The place of a slot, counted from 1.
    pub fn place(&self, slot: u32) -> Place {
        let geometry = self.device.changers()[0].geometry().unwrap();
        Place { changer: 0, address: geometry.slots.address(slot - 1).unwrap() }
    }

    fn ids<T: Id>(&self, container: impl Into<rsm::model::ObjectId>, kind: ObjectType) -> Vec<T> {
        let all = EnumerateOptions::DEFAULT;
        let ids = self.session.enumerate(Some(container.into()), kind, all).unwrap();
        ids.into_iter().map(|id| T::from_uuid(id.as_uuid())).collect()
    }

    pub fn drives(&self) -> Vec<Drive> {
        let ids: Vec<DriveId> = self.ids(self.library, ObjectType::Drive);
        ids.into_iter().map(|id| self.session.info(id).unwrap()).collect()
    }

    pub fn drive(&self, id: DriveId) -> Drive {
        self.session.info(id).unwrap()
    }

    pub fn slot_state(&self, slot: u32) -> SlotState {
        self.session.info(self.slot(slot)).unwrap().state
    }

    /// The slot with this number.
    pub fn slot(&self, number: u32) -> SlotId {
        let ids: Vec<SlotId> = self.ids(self.library, ObjectType::StorageSlot);
        let numbered = |id: &SlotId| self.session.info(*id).unwrap().number == number;
        ids.into_iter().find(numbered).unwrap()
    }

    /// Every medium the library holds, by bar code: they are read side by side.
    pub fn media(&self) -> Vec<PhysicalMedia> {
        let ids: Vec<PhysicalMediaId> = self.ids(self.library, ObjectType::PhysicalMedia);
        by_code(ids.into_iter().map(|id| self.medium(id)).collect())
    }

    /// Every medium, offline ones as well.
    pub fn all_media(&self) -> Vec<PhysicalMedia> {
        let all = EnumerateOptions::DEFAULT;
        let ids = self.session.enumerate(None, ObjectType::PhysicalMedia, all).unwrap();
        let id = |id: rsm::model::ObjectId| PhysicalMediaId::from_uuid(id.as_uuid());
        by_code(ids.into_iter().map(|it| self.medium(id(it))).collect())
    }

    pub fn medium(&self, id: PhysicalMediaId) -> PhysicalMedia {
        self.session.info(id).unwrap()
    }

    pub fn by_bar_code(&self, code: &str) -> PhysicalMedia {
        let found = self.all_media().into_iter().find(|medium| medium.bar_code == code);
        found.unwrap_or_else(|| panic!("no medium with bar code {code}"))
    }

    /// The medium in a slot.
    pub fn in_slot(&self, slot: u32) -> Option<PhysicalMedia> {
        let here = Some(Location::Slot(self.slot(slot)));
        self.media().into_iter().find(|medium| medium.location == here)
    }

    pub fn sides(&self, medium: PhysicalMediaId) -> Vec<Side> {
        let ids: Vec<SideId> = self.ids(medium, ObjectType::Side);
        ids.into_iter().map(|id| self.session.info(id).unwrap()).collect()
    }

    pub fn side(&self, medium: PhysicalMediaId) -> Side {
        self.sides(medium).remove(0)
    }

    pub fn system(&self, root: &str) -> PoolId {
        let path = format!("{root}\\{}", self.code.known().name);
        self.session.open_pool(&path, None, PoolOpenMode::OpenExisting).unwrap()
    }

    /// `\App\P`.
    pub fn pool(&self) -> PoolId {
        self.session.open_pool(r"\App", None, PoolOpenMode::OpenAlways).unwrap();
        let types = self.session.media_type(self.code).unwrap();
        self.session.open_pool(r"\App\P", Some(types), PoolOpenMode::OpenAlways).unwrap()
    }

    /// A medium of the unrecognized or import pool gets its free label and goes to `\App\P`.
    pub fn prepare(&self, medium: PhysicalMediaId) -> PhysicalMediaId {
        self.session.move_to_pool(medium, self.system("Free")).unwrap();
        self.settle();
        self.session.move_to_pool(medium, self.pool()).unwrap();
        medium
    }

    /// Every medium of the library, prepared.
    pub fn prepare_all(&self) {
        for medium in self.media() {
            self.session.move_to_pool(medium.id, self.system("Free")).unwrap();
        }
        self.settle();
        for medium in self.media() {
            self.session.move_to_pool(medium.id, self.pool()).unwrap();
        }
    }

    /// The first side of this medium, allocated in `\App\P`.
    pub fn allocate(&self, medium: PhysicalMediaId) -> Allocation {
        let side = self.side(medium).id;
        self.session.allocate_media(AllocateRequest::from(self.pool()).naming(side)).unwrap()
    }

    /// Every medium of the library, prepared and allocated.
    pub fn allocate_all(&self) -> Vec<LogicalMediaId> {
        self.prepare_all();
        self.media().into_iter().map(|medium| self.allocate(medium.id).logical_media).collect()
    }

    pub fn mount(&self, media: LogicalMediaId) -> Mount {
        self.session.mount(MountRequest::from(media).for_writing()).unwrap()
    }

    /// The library's requests of one kind, oldest first.
    pub fn requests(&self, operation: LibraryOperation) -> Vec<LibraryRequest> {
        let all = self.session.list::<LibraryRequestId>(Some(self.library.into())).unwrap();
        let all = all.into_iter().filter_map(|id| self.session.info(id).ok());
        all.filter(|request| request.operation == operation).collect()
    }

    /// Their states.
    pub fn states(&self, operation: LibraryOperation) -> Vec<LibraryRequestState> {
        self.requests(operation).iter().map(|request| request.state).collect()
    }

    /// Everything the catalog says must hold, holds.
    pub fn check(&self) {
        let broken = self.manager.check().unwrap();
        assert!(broken.is_empty(), "{broken:#?}");
    }

    /// No cartridge is lost or doubled: `count` are in the library, none in drives or hands.
    pub fn assert_all_in_slots(&self, count: usize) {
        let seen = self.device.hands().elements().unwrap();
        let full: Vec<ElementKind> =
            seen.iter().filter(|e| e.cartridge.is_some()).map(|e| e.kind).collect();
        assert_eq!(full, vec![ElementKind::Slot; count]);
    }
}

fn by_code(mut media: Vec<PhysicalMedia>) -> Vec<PhysicalMedia> {
    media.sort_by(|a, b| a.bar_code.cmp(&b.bar_code));
    media
}

pub const IMMEDIATE: DismountOptions = DismountOptions::IMMEDIATE;
pub const DEFERRED: DismountOptions = DismountOptions::DEFERRED;

/// A library with these tapes, all of them prepared and allocated.
pub fn prepared(drives: u32, codes: &[&str]) -> (Robot, Vec<LogicalMediaId>) {
    let robot = Robot::with_tapes(drives, codes);
    let media = robot.allocate_all();
    (robot, media)
}

/// The same with devices that have a clock of their own.
pub fn prepared_on(
    clock: Arc<dyn Clock>,
    drives: u32,
    codes: &[&str],
) -> (Robot, Vec<LogicalMediaId>) {
    let robot = Robot::on_clock(clock, drives, codes);
    let media = robot.allocate_all();
    (robot, media)
}

/// How a call failed.
pub fn kind<T>(result: rsm::Result<T>) -> ErrorKind {
    result.err().expect("must fail").kind()
}

/// Writes blocks from the beginning, and a filemark.
pub fn write(mount: &Mount, blocks: &[&[u8]]) {
    let mut medium = mount.open(Access::Write).unwrap();
    medium.rewind().unwrap();
    for block in blocks {
        let _ = medium.write_block(block).unwrap();
    }
    let _ = medium.write_filemarks(1).unwrap();
}

/// The first block.
pub fn read(mount: &Mount) -> Vec<u8> {
    let mut medium = mount.open(Access::Read).unwrap();
    medium.rewind().unwrap();
    let mut buffer = vec![0; 4096];
    match medium.read_block(&mut buffer).unwrap() {
        ReadOutcome::Block(length) => buffer[..length].to_vec(),
        other => panic!("{other:?}"),
    }
}
