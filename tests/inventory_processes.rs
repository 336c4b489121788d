//! Inventories that several processes ask for, and whose owner dies.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

#[path = "support/child.rs"]
mod child;

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use child::{Child, hear, tell};
use rsm::device::LibraryDevice;
use rsm::device::simulated::{Cartridge, ChangerLayout, Place, SimulatedLibrary, Timings};
use rsm::model::{
    DismountOptions, InventoryMethod, LibraryId, LibraryOperation, LibraryRequest,
    LibraryRequestId, LibraryRequestState, MediaTypeCode, PhysicalMediaId, SlotId, SlotState,
    Timeout,
};
use rsm::{Manager, OpenOptions, Session};
use tempfile::TempDir;

const TAPE: MediaTypeCode = MediaTypeCode::LtoUltrium;

/// The same library, opened by whoever comes.
fn device(directory: &Path, timings: Timings) -> Arc<SimulatedLibrary> {
    let tape = |_| Cartridge::new().media_type(TAPE.value());
    let builder = SimulatedLibrary::builder()
        .changer(ChangerLayout { transports: 1, drives: 1, ports: 0, slots: 4 })
        .bar_code_reader(false)
        .timings(timings)
        .media_type(TAPE.value())
        .cartridges((0..2).map(tape));
    Arc::new(builder.open_or_create(directory.join("library")).unwrap())
}

fn open(directory: &Path) -> Manager {
    OpenOptions::new().create(true).open(directory.join("catalog")).unwrap()
}

fn library_of(session: &Session) -> LibraryId {
    session.list::<LibraryId>(None).unwrap()[1]
}

fn inventories(session: &Session) -> Vec<LibraryRequest> {
    let all = session.list::<LibraryRequestId>(None).unwrap().into_iter();
    let all = all.filter_map(|id| session.info(id).ok());
    all.filter(|request| request.operation == LibraryOperation::Inventory).collect()
}

#[test]
#[ignore = "a part that other tests start"]
fn child() {
    let Some(part) = child::part() else { return };
    let directory = Path::new(&part[1]);
    let manager = open(directory);
    if part[0] == "owner" {
        // Slow enough to be killed in the middle.
        let load = Duration::from_secs(3);
        let slow = device(directory, Timings { load, ..Timings::default() });
        manager.attach(slow as Arc<dyn LibraryDevice>).unwrap();
    }
    let session = manager.session(&part[0]).unwrap();
    tell("ready");
    while let Some(line) = hear() {
        let library = library_of(&session);
        let done = match line.as_str() {
            "fast" => session.inventory_library(library, InventoryMethod::Fast),
            "full" => session.inventory_library(library, InventoryMethod::FullLabelRead),
            "stop" => session.inventory_library(library, InventoryMethod::Stop),
            "identify" => {
                let slots = session.list::<SlotId>(None).unwrap();
                session.identify_slot(slots[2], DismountOptions::IMMEDIATE).map(|()| None)
            }
            _ => return,
        };
        match done {
            Ok(Some(request)) => tell(&request.to_string()),
            Ok(None) => tell("nothing"),
            Err(error) => tell(&error.to_string()),
        }
    }
}

struct Site {
    dir: TempDir,
    manager: Manager,
    session: Session,
    device: Arc<SimulatedLibrary>,
    library: LibraryId,
}

impl Site {
    fn new() -> Self {
        let dir = TempDir::new().unwrap();
        let manager = open(dir.path());
        let session = manager.session("owner").unwrap();
        let device = device(dir.path(), Timings::default());
        let library = manager.attach(device.clone() as Arc<dyn LibraryDevice>).unwrap();
        let site = Self { dir, manager, session, device, library };
        site.settle();
        site
    }

    fn settle(&self) {
        self.manager.wait_until_idle(Timeout::Forever).unwrap();
    }

    fn start(&self, part: &str) -> Child {
        let mut child = Child::start(&[part, self.dir.path().to_str().unwrap()]);
        assert_eq!(child.next().as_deref(), Some("ready"));
        child
    }

    fn until(&self, what: &str, is_so: impl Fn() -> bool) {
        let begun = Instant::now();
        while !is_so() {
            assert!(begun.elapsed() < Duration::from_secs(120), "{what}: it does not come to that");
            std::thread::yield_now();
        }
    }

    fn put(&self, slot: u32) {
        let hands = self.device.hands();
        let geometry = self.device.changers()[0].geometry().unwrap();
        let place = Place { changer: 0, address: geometry.slots.address(slot).unwrap() };
        let tape = hands.make(Cartridge::new().media_type(TAPE.value())).unwrap();
        hands.insert(tape, place).unwrap();
    }

    fn media(&self) -> usize {
        self.session.list::<PhysicalMediaId>(Some(self.library.into())).unwrap().len()
    }
}

fn ask(guest: &mut Child, line: &str) -> String {
    guest.say(line);
    guest.next().expect("an answer")
}

#[test]
fn another_process_takes_an_inventory() {
    let site = Site::new();
    let mut guest = site.start("guest");
    site.put(2);
    let request = ask(&mut guest, "fast");
    site.settle();
    assert_eq!(site.media(), 3, "what it did not know was read");
    let last = inventories(&site.session).pop().unwrap();
    assert_eq!((last.id.to_string(), last.state), (request, LibraryRequestState::Passed));
    assert_eq!(last.application, "guest");
    assert_eq!(ask(&mut guest, "stop"), "nothing");
    assert_eq!(ask(&mut guest, "identify"), "nothing");
    let read = site.session.list::<LibraryRequestId>(None).unwrap().pop().unwrap();
    let read = site.session.info(read).unwrap();
    assert_eq!(read.operation, LibraryOperation::Classify);
    assert_eq!((read.state, read.application.as_str()), (LibraryRequestState::Passed, "guest"));
    assert!(site.manager.check().unwrap().is_empty());
}

#[test]
fn an_inventory_of_an_owner_who_dies_is_taken_up_by_the_next() {
    let site = Site::new();
    let Site { manager, session, library, .. } = &site;
    manager.detach(*library).unwrap();
    let mut owner = site.start("owner");
    let device = device(site.dir.path(), Timings::default());
    manager.attach(device.clone() as Arc<dyn LibraryDevice>).unwrap();
    assert!(!manager.owns_library(*library));
    let request = ask(&mut owner, "full");
    let marked = || {
        let slots = session.list::<SlotId>(None).unwrap().into_iter();
        let states = slots.map(|slot| session.info(slot).unwrap().state);
        states.filter(|state| *state == SlotState::NeedsInventory).count()
    };
    assert_eq!(marked(), 2);
    owner.kill();
    site.until("the library is ours", || manager.owns_library(*library));
    site.until("what it left is read", || {
        site.settle();
        marked() == 0
    });
    let all = inventories(session);
    let left = all.iter().find(|row| row.id.to_string() == request).unwrap();
    assert_eq!(left.state, LibraryRequestState::Cancelled);
    let last = all.last().unwrap();
    assert!(last.id != left.id && last.application == "RSM", "{last:?}");
    assert_eq!(site.media(), 2);
    assert!(manager.check().unwrap().is_empty());
}
