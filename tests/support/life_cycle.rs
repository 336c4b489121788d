//! The whole life of media in a real library, attached to a manager.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]
#![allow(missing_docs, dead_code)]

use std::sync::Arc;
use std::time::{Duration, Instant};

use rsm::device::{LibraryDevice, MediumIo, ReadOutcome, Space};
use rsm::model::{
    Access, AllocateRequest, AllocationPolicy, CleanerInject, DismountOptions, DriveId,
    EjectAction, InjectAction, InventoryMethod, LibraryId, LibraryRequestId, LibraryRequestState,
    Location, LogicalMediaId, MediaTypeCode, MountRequest, PhysicalMedia, PhysicalMediaId, PoolId,
    PoolOpenMode, PortId, SlotId, SlotState, Timeout,
};
use rsm::{Manager, Mount, OpenOptions, Session};
use tempfile::TempDir;

/// Longer than anything takes, also on a slow machine.
const LONG: Duration = Duration::from_secs(300);
const BLOCK: usize = 65_536;

/// What people do at the library.
pub trait Hands {
    /// Takes the cartridge out of this cell of the ports (from 0).
    fn take_out(&mut self, cell: u16);
    /// Puts a cartridge with this bar code into it.
    fn put_in(&mut self, cell: u16, bar_code: &str);
}

/// A catalog with an attached library.
pub struct Life {
    pub session: Session,
    pub library: LibraryId,
    pub manager: Manager,
    pub dir: TempDir,
}

impl Life {
    /// A new catalog with this library, whose inventory has been taken.
    pub fn begin(device: Arc<dyn LibraryDevice>) -> Self {
        let dir = TempDir::new().unwrap();
        let manager = OpenOptions::new().create(true).open(dir.path()).unwrap();
        let library = manager.attach(device).unwrap();
        let session = manager.session("life").unwrap();
        let life = Self { session, library, manager, dir };
        life.settle();
        life
    }

    /// The same catalog after everything was closed, with the library anew.
    pub fn again(self, device: impl FnOnce() -> Arc<dyn LibraryDevice>) -> Self {
        let Self { session, manager, dir, .. } = self;
        drop((session, manager));
        let manager = OpenOptions::new().open(dir.path()).unwrap();
        let library = manager.attach(device()).unwrap();
        let session = manager.session("life").unwrap();
        let life = Self { session, library, manager, dir };
        life.settle();
        life
    }

    /// Waits until the library has nothing to do.
    #[track_caller]
    pub fn settle(&self) {
        self.manager.wait_until_idle(Timeout::After(LONG)).unwrap();
    }

    #[track_caller]
    pub fn until(&self, what: &str, is_so: impl Fn() -> bool) {
        let begun = Instant::now();
        while !is_so() {
            assert!(begun.elapsed() < LONG, "{what}: it does not come to that");
            std::thread::park_timeout(Duration::from_millis(20));
        }
    }

    /// Every medium the library holds, by bar code.
    pub fn media(&self) -> Vec<PhysicalMedia> {
        let ids: Vec<PhysicalMediaId> = self.session.list(Some(self.library.into())).unwrap();
        let mut media: Vec<_> = ids.into_iter().map(|id| self.session.info(id).unwrap()).collect();
        media.sort_by(|a, b| a.bar_code.cmp(&b.bar_code));
        media
    }

    pub fn medium(&self, bar_code: &str) -> PhysicalMedia {
        let found = self.media().into_iter().find(|medium| medium.bar_code == bar_code);
        found.unwrap_or_else(|| panic!("no medium with bar code {bar_code}"))
    }

    pub fn drives(&self) -> Vec<DriveId> {
        self.session.list(Some(self.library.into())).unwrap()
    }

    /// A pool of tapes that takes from the free one.
    pub fn pool(&self) -> PoolId {
        let types = self.session.media_type(MediaTypeCode::LtoUltrium).unwrap();
        let pool = self.session.open_pool(r"\Life", Some(types), PoolOpenMode::OpenAlways).unwrap();
        let mut record = self.session.info(pool).unwrap();
        record.allocation_policy = AllocationPolicy::DRAW_FROM_FREE;
        self.session.set_info(&record).unwrap();
        pool
    }

    /// The tape goes to the free pool, and gets its free label.
    pub fn free(&self, bar_code: &str) {
        let path = r"\Free\LTO Ultrium";
        let free = self.session.open_pool(path, None, PoolOpenMode::OpenExisting).unwrap();
        self.session.move_to_pool(self.medium(bar_code).id, free).unwrap();
        self.settle();
        assert_eq!(self.medium(bar_code).pool, free);
    }

    pub fn allocate(&self) -> LogicalMediaId {
        let request = AllocateRequest::from(self.pool());
        self.session.allocate_media(request).unwrap().logical_media
    }

    pub fn mount(&self, media: LogicalMediaId) -> Mount {
        let request = MountRequest::from(media).for_writing().timeout(Timeout::After(LONG));
        self.session.mount(request).unwrap()
    }

    pub fn state(&self, request: LibraryRequestId) -> LibraryRequestState {
        self.session.info(request).unwrap().state
    }

    /// Everything the catalog says must hold, holds.
    pub fn check(&self) {
        let broken = self.manager.check().unwrap();
        assert!(broken.is_empty(), "{broken:#?}");
    }
}

/// Inventory, allocation, mounting with the label check, writing to the end of the medium,
/// dismounting, mounting again, reading back, ejecting, injecting and cleaning, which ends like this.
pub fn live(
    device: impl Fn() -> Arc<dyn LibraryDevice>,
    hands: &mut impl Hands,
    cleaned: LibraryRequestState,
) {
    let life = Life::begin(device());
    let codes: Vec<String> = life.media().into_iter().map(|medium| medium.bar_code).collect();
    assert!(codes.starts_with(&["A00001L6".to_owned(), "A00002L6".to_owned()]), "{codes:?}");
    life.free("A00001L6");
    let media = life.allocate();

    let mount = life.mount(media);
    let blocks = write_until_warned(&mount);
    mount.dismount(DismountOptions::IMMEDIATE).unwrap();
    life.settle();
    assert!(matches!(life.medium("A00001L6").location, Some(Location::Slot(_))));
    life.check();

    // Another process, later: the label is checked, and everything is there.
    let life = life.again(&device);
    let mount = life.mount(media);
    read_back(&mount, blocks);
    mount.dismount(DismountOptions::IMMEDIATE).unwrap();
    life.settle();

    put_out(&life, hands);
    take_in(&life, hands);
    clean(&life, hands, cleaned);
    let mount = life.mount(media);
    read_back(&mount, blocks);
    mount.dismount(DismountOptions::IMMEDIATE).unwrap();
    life.session.inventory_library(life.library, InventoryMethod::Fast).unwrap();
    life.settle();
    assert_eq!(codes, life.media().into_iter().map(|m| m.bar_code).collect::<Vec<_>>());
    life.check();
}

/// Fills the medium up to its early warning, and ends with a filemark; says how many blocks.
fn write_until_warned(mount: &Mount) -> u32 {
    let mut medium = mount.open(Access::Write).unwrap();
    medium.rewind().unwrap();
    assert_eq!(medium.space(Space::Filemarks(1)).unwrap().moved, 1, "behind the label");
    for number in 0.. {
        if medium.write_block(&block(number)).unwrap().early_warning {
            let _near_the_end = medium.write_filemarks(1).unwrap();
            return number + 1;
        }
    }
    unreachable!("a tape ends");
}

fn read_back(mount: &Mount, blocks: u32) {
    let mut medium = mount.open(Access::Read).unwrap();
    medium.rewind().unwrap();
    assert_eq!(medium.space(Space::Filemarks(1)).unwrap().moved, 1, "behind the label");
    let mut buffer = vec![0; BLOCK + 1];
    for number in 0..blocks {
        assert_eq!(medium.read_block(&mut buffer).unwrap(), ReadOutcome::Block(BLOCK));
        assert!(buffer[..BLOCK] == block(number)[..], "block {number}: {:?}", &buffer[..16]);
    }
    assert_eq!(medium.read_block(&mut buffer).unwrap(), ReadOutcome::Filemark);
}

fn block(number: u32) -> Vec<u8> {
    number.to_be_bytes().into_iter().cycle().take(BLOCK).collect()
}

fn put_out(life: &Life, hands: &mut impl Hands) {
    let medium = life.medium("A00001L6");
    let start = EjectAction::Start(Some(medium.id));
    let request = life.session.eject_media(start).unwrap().unwrap();
    life.until("it is in a port", || {
        let now = life.session.info(medium.id).unwrap();
        matches!(now.location, Some(Location::Port(_)))
    });
    hands.take_out(0);
    life.until("it was taken", || life.state(request) == LibraryRequestState::Passed);
    life.settle();
    assert!(life.media().iter().all(|medium| medium.bar_code != "A00001L6"));
    life.check();
}

fn take_in(life: &Life, hands: &mut impl Hands) {
    let ports: Vec<PortId> = life.session.list(None).unwrap();
    assert!(!ports.is_empty());
    let request = life.session.inject_media(life.library, InjectAction::Start).unwrap();
    life.until("people are waited for", || life.state(request) == LibraryRequestState::InProcess);
    hands.put_in(0, "A00001L6");
    life.until("it was taken in", || life.state(request) == LibraryRequestState::Passed);
    life.settle();
    assert!(matches!(life.medium("A00001L6").location, Some(Location::Slot(_))));
    life.check();
}

/// A cleaner gets a slot of its own, comes in through a port, and is brought to a drive and home.
fn clean(life: &Life, hands: &mut impl Hands, cleaned: LibraryRequestState) {
    let slots: Vec<SlotId> = life.session.list(Some(life.library.into())).unwrap();
    let state = |slot: &SlotId| life.session.info(*slot).unwrap().state;
    let slot = *slots.iter().rfind(|slot| state(slot) == SlotState::Empty).unwrap();
    life.session.reserve_cleaner_slot(life.library, slot).unwrap();
    let start = CleanerInject::Start { cleans_left: 20 };
    let request = life.session.inject_cleaner(life.library, start).unwrap();
    life.until("people are waited for", || life.state(request) == LibraryRequestState::InProcess);
    hands.put_in(0, "CLN001L1");
    life.until("it was taken in", || life.state(request) == LibraryRequestState::Passed);
    life.settle();
    assert_eq!(state(&slot), SlotState::Full);
    let request = life.session.clean_drive(life.drives()[0]).unwrap().unwrap();
    life.settle();
    assert_eq!(life.state(request), cleaned);
    assert_eq!(state(&slot), SlotState::Full, "it is home again");
    life.check();
}
