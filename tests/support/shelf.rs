//! A library with media that were brought into it as people do: tapes put into slots, found by an
//! inventory, given to the free pool, labelled, moved to a pool.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, dead_code)]

use std::sync::Arc;

use rsm::clock::VirtualClock;
use rsm::device::LibraryDevice;
use rsm::device::simulated::{Cartridge, ChangerLayout, Place, SimulatedLibrary};
use rsm::model::{
    AccessModel, AllocateRequest, Allocation, AllocationPolicy, CreateMediaOptions,
    DeallocationPolicy, InventoryMethod, LibraryId, MediaPool, MediaTypeCode, MediumDescription,
    PhysicalMedia, PhysicalMediaId, PoolId, PoolOpenMode, Side, SideDescription, SideId, SideState,
    Timeout,
};
use rsm::{OpenOptions, SeededRandomness, Session};
use tempfile::TempDir;

use crate::support::{Fixture, label};

const SLOTS: u32 = 32;

/// A catalog with one library for media of one type, on a clock that stands still.
pub struct Shelf {
    pub f: Fixture,
    pub device: Arc<SimulatedLibrary>,
    pub library: LibraryId,
    pub code: MediaTypeCode,
    next_slot: u32,
}

/// A medium in the library.
#[derive(Clone, Debug)]
pub struct Shelved {
    pub id: PhysicalMediaId,
    pub sides: Vec<SideId>,
}

impl std::ops::Deref for Shelf {
    type Target = Session;

    fn deref(&self) -> &Session {
        &self.f.session
    }
}

impl Shelf {
    pub fn new(code: MediaTypeCode) -> Self {
        Self::with_drives(code, 2)
    }

    pub fn with_drives(code: MediaTypeCode, drives: u32) -> Self {
        Self::with_model(code, drives, AccessModel::Server2003)
    }

    pub fn with_model(code: MediaTypeCode, drives: u32, model: AccessModel) -> Self {
        let clock = VirtualClock::new();
        let dir = TempDir::new().unwrap();
        let manager = OpenOptions::new()
            .create(true)
            .access_model(model)
            .clock(clock.clone())
            .randomness(Arc::new(SeededRandomness::new(1)))
            .open(dir.path())
            .unwrap();
        let session = manager.session("test").unwrap();
        let layout = ChangerLayout { transports: 1, drives, ports: 0, slots: SLOTS };
        let device = SimulatedLibrary::builder()
            .changer(layout)
            .media_type(code.value())
            .bar_code_reader(true)
            .can_flip(true)
            .build()
            .unwrap();
        let device = Arc::new(device);
        let attached: Arc<dyn LibraryDevice> = Arc::clone(&device) as Arc<dyn LibraryDevice>;
        let library = manager.attach(attached).unwrap();
        let f = Fixture { session, clock, manager, dir };
        Self { f, device, library, code, next_slot: 0 }
    }

    /// `\App\P` of the library's media type.
    pub fn p(&self) -> PoolId {
        self.pool(r"\App\P")
    }

    pub fn pool(&self, path: &str) -> PoolId {
        self.f.pool(path, self.code)
    }

    /// The free, import or unrecognized pool of the type.
    pub fn system(&self, root: &str) -> PoolId {
        let path = format!("{root}\\{}", self.code.known().name);
        self.open_pool(&path, None, PoolOpenMode::OpenExisting).unwrap()
    }

    pub fn free(&self) -> PoolId {
        self.system("Free")
    }

    /// A blank medium in the free pool, labelled and Available.
    pub fn free_medium(&mut self) -> Shelved {
        let medium = self.blank_medium();
        self.move_to_pool(medium.id, self.free()).unwrap();
        self.settle();
        assert_eq!(self.state(medium.sides[0]), SideState::Available);
        medium
    }

    /// A blank medium, found by the inventory.
    pub fn blank_medium(&mut self) -> Shelved {
        let known = self.media_of(self.system("Unrecognized"));
        self.insert(self.cartridge(None));
        let found = self.media_of(self.system("Unrecognized"));
        let new = found.into_iter().find(|id| !known.contains(id)).expect("a new medium");
        self.shelved(new)
    }

    /// A medium in `pool` whose sides are Available.
    pub fn medium(&mut self, pool: PoolId) -> Shelved {
        let medium = self.free_medium();
        self.move_to_pool(medium.id, pool).unwrap();
        medium
    }

    /// A medium in the import pool, registered beforehand and found by its bar code.
    pub fn import_medium(&mut self) -> Shelved {
        let n = self.next_slot + 100;
        let bar_code = format!("I{n:05}");
        let sides = (0..self.code.known().sides)
            .map(|s| SideDescription::new(SideState::Import, label(n * 2 + u32::from(s))));
        let description = MediumDescription::new(self.system("Import")).bar_code(&bar_code);
        let created = self
            .create_offline_media(description, sides.collect(), CreateMediaOptions::empty())
            .unwrap();
        self.insert(self.cartridge(Some(bar_code)));
        self.shelved(created.physical_media)
    }

    fn cartridge(&self, bar_code: Option<String>) -> Cartridge {
        let bar_code = bar_code.unwrap_or_else(|| format!("B{:05}", self.next_slot));
        let cartridge = Cartridge::with_bar_code(bar_code).media_type(self.code.value());
        if self.code.known().sides == 2 { cartridge.two_sided() } else { cartridge }
    }

    /// Puts a cartridge into the next slot and lets the library look.
    fn insert(&mut self, cartridge: Cartridge) {
        let hands = self.device.hands();
        let place = Place { changer: 0, address: self.slot_address(self.next_slot) };
        self.next_slot += 1;
        let id = hands.make(cartridge).unwrap();
        hands.insert(id, place).unwrap();
        self.look();
    }

    fn slot_address(&self, slot: u32) -> rsm::device::ElementAddress {
        let changers = self.device.changers();
        changers[0].geometry().unwrap().slots.address(slot).unwrap()
    }

    /// A fast inventory, to its end.
    pub fn look(&self) {
        self.inventory_library(self.library, InventoryMethod::Fast).unwrap();
        self.settle();
    }

    /// Waits until the library has nothing to do.
    pub fn settle(&self) {
        self.f.manager.wait_until_idle(Timeout::Forever).unwrap();
    }

    fn media_of(&self, pool: PoolId) -> Vec<PhysicalMediaId> {
        self.list(Some(pool.into())).unwrap()
    }

    fn shelved(&self, id: PhysicalMediaId) -> Shelved {
        Shelved { id, sides: self.list(Some(id.into())).unwrap() }
    }

    pub fn side(&self, side: SideId) -> Side {
        self.info(side).unwrap()
    }

    pub fn state(&self, side: SideId) -> SideState {
        self.side(side).state
    }

    pub fn info_of(&self, medium: &Shelved) -> PhysicalMedia {
        self.info(medium.id).unwrap()
    }

    pub fn pool_of(&self, medium: &Shelved) -> PoolId {
        self.info_of(medium).pool
    }

    pub fn allocate(&self, pool: PoolId) -> rsm::Result<Allocation> {
        self.allocate_media(AllocateRequest::from(pool).error_if_unavailable())
    }

    pub fn allocate_new(&self, pool: PoolId) -> rsm::Result<Allocation> {
        self.allocate_media(AllocateRequest::from(pool).new_medium().error_if_unavailable())
    }

    pub fn allocate_side(&self, pool: PoolId, side: SideId) -> rsm::Result<Allocation> {
        self.allocate_media(AllocateRequest::from(pool).naming(side))
    }

    pub fn allocate_next(
        &self,
        pool: PoolId,
        of: rsm::model::LogicalMediaId,
    ) -> rsm::Result<Allocation> {
        self.allocate_media(AllocateRequest::from(pool).next_of(of))
    }

    /// Changes a pool's policies and limit.
    pub fn set_pool(&self, pool: PoolId, change: impl FnOnce(&mut MediaPool)) {
        let mut info = self.info(pool).unwrap();
        change(&mut info);
        self.set_info(&info).unwrap();
    }

    pub fn draw_from_free(&self, pool: PoolId) {
        self.set_pool(pool, |pool| pool.allocation_policy = AllocationPolicy::DRAW_FROM_FREE);
    }

    pub fn return_to_free(&self, pool: PoolId) {
        self.set_pool(pool, |pool| pool.deallocation_policy = DeallocationPolicy::RETURN_TO_FREE);
    }

    /// Everything the catalog says must hold, holds.
    pub fn check(&self) {
        let broken = self.f.manager.check().unwrap();
        assert!(broken.is_empty(), "{broken:#?}");
    }
}
