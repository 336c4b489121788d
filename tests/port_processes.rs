//! Doors, ports and cleaning asked for by processes that do not have the library: its owner does
//! the work, and stops where they say.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

#[path = "support/child.rs"]
mod child;

use std::sync::Arc;
use std::time::{Duration, Instant};

use child::{Child, hear, join, tell};
use rsm::device::LibraryDevice;
use rsm::device::simulated::{
    Cartridge, ChangerLayout, DoorLayout, Place, PortLayout, SimulatedLibrary,
};
use rsm::model::{
    DoorInventory, DriveId, EjectAction, InjectAction, LibraryId, LibraryOperation,
    LibraryRequestId, LibraryRequestState, MediaTypeCode, PhysicalMediaId, PortId, PortPosition,
    Timeout,
};
use rsm::{Manager, OpenOptions, Session};
use tempfile::TempDir;

const TAPE: MediaTypeCode = MediaTypeCode::LtoUltrium;

#[test]
#[ignore = "a part that other tests start"]
fn child() {
    let Some(part) = child::part() else { return };
    let (_manager, session) = join(&part[1], "guest");
    let library = session.list::<LibraryId>(None).unwrap()[1];
    tell("ready");
    let mut last = None;
    while let Some(line) = hear() {
        let done = match line.as_str() {
            "door" => session.access_library_door(library, DoorInventory::Fast).map(Some),
            "inject" => session.inject_media(library, InjectAction::StartMany).map(Some),
            "retract" => {
                session.inject_media(library, InjectAction::Retract(last.unwrap())).map(Some)
            }
            "stop inject" => {
                session.inject_media(library, InjectAction::Stop(last.unwrap())).map(Some)
            }
            "eject" => {
                let medium = session.list::<PhysicalMediaId>(Some(library.into())).unwrap()[0];
                session.eject_media(EjectAction::Start(Some(medium)))
            }
            "stop eject" => session.eject_media(EjectAction::Stop(last.unwrap())),
            "clean" => session.clean_drive(session.list::<DriveId>(None).unwrap()[0]),
            "cancel" => session.cancel_library_request(last.unwrap()).map(|()| None),
            _ => return,
        };
        match done {
            Ok(request) => {
                last = request.or(last);
                tell("done");
            }
            Err(error) => tell(&error.to_string()),
        }
    }
}

struct Site {
    dir: TempDir,
    manager: Manager,
    session: Session,
    device: Arc<SimulatedLibrary>,
}

impl Site {
    fn new() -> Self {
        let dir = TempDir::new().unwrap();
        let layout = ChangerLayout { transports: 1, drives: 1, ports: 1, slots: 4 };
        let device = SimulatedLibrary::builder()
            .changer(layout)
            .port(PortLayout { cells: 1, motorised: true, reports_content: true })
            .door(DoorLayout::default())
            .media_type(TAPE.value())
            .cartridge(Cartridge::with_bar_code("A1").media_type(TAPE.value()));
        let device = Arc::new(device.build().unwrap());
        let manager = OpenOptions::new().create(true).open(dir.path()).unwrap();
        let session = manager.session("owner").unwrap();
        manager.attach(device.clone() as Arc<dyn LibraryDevice>).unwrap();
        manager.wait_until_idle(Timeout::Forever).unwrap();
        Self { dir, manager, session, device }
    }

    fn guest(&self) -> Child {
        let mut guest = Child::start(&["guest", self.dir.path().to_str().unwrap()]);
        assert_eq!(guest.next().as_deref(), Some("ready"));
        guest
    }

    fn until(&self, what: &str, is_so: impl Fn() -> bool) {
        let begun = Instant::now();
        while !is_so() {
            assert!(begun.elapsed() < Duration::from_secs(120), "{what}: it does not come to that");
            std::thread::yield_now();
        }
    }

    fn last(&self) -> LibraryRequestState {
        let all = self.session.list::<LibraryRequestId>(None).unwrap();
        let all = all.into_iter().map(|id| self.session.info(id).unwrap());
        // An inventory follows when the door is closed.
        let own = all.filter(|request| request.operation != LibraryOperation::Inventory);
        let work = own.filter(|request| request.work_item.is_none()).last();
        work.unwrap().state
    }

    fn port(&self) -> PortPosition {
        let ports = self.session.list::<PortId>(None).unwrap();
        self.session.info(ports[0]).unwrap().position
    }

    fn cell(&self) -> Place {
        let geometry = self.device.changers()[0].geometry().unwrap();
        Place { changer: 0, address: geometry.ports.first }
    }

    fn media(&self) -> usize {
        let library = self.session.list::<LibraryId>(None).unwrap()[1];
        self.session.list::<PhysicalMediaId>(Some(library.into())).unwrap().len()
    }
}

fn ask(guest: &mut Child, line: &str) {
    guest.say(line);
    assert_eq!(guest.next().as_deref(), Some("done"), "{line}");
}

#[test]
fn another_process_lets_media_in_and_stops_that() {
    let (site, hands) = (Site::new(), |site: &Site| site.device.hands());
    let mut guest = site.guest();
    ask(&mut guest, "inject");
    site.until("the port is out", || site.port() == PortPosition::Extended);
    let tape = Cartridge::with_bar_code("B1").media_type(TAPE.value());
    let tape = hands(&site).make(tape).unwrap();
    hands(&site).put_in(tape, site.cell()).unwrap();
    site.until("it is in", || site.media() == 2);
    site.until("the port is out again", || site.port() == PortPosition::Extended);
    ask(&mut guest, "retract");
    site.until("nothing was in it", || site.last() == LibraryRequestState::Passed);
    ask(&mut guest, "inject");
    site.until("the port is out", || site.port() == PortPosition::Extended);
    ask(&mut guest, "stop inject");
    site.until("it has ended", || site.last() == LibraryRequestState::Stopped);
    assert_eq!(site.manager.check().unwrap(), []);
}

#[test]
fn another_process_puts_media_out_and_dies() {
    let site = Site::new();
    let mut guest = site.guest();
    ask(&mut guest, "eject");
    site.until("it is in the port", || site.device.hands().look(site.cell()).unwrap().is_some());
    ask(&mut guest, "stop eject");
    site.until("it has ended", || site.last() == LibraryRequestState::Stopped);
    assert_eq!(site.media(), 1);
    ask(&mut guest, "eject");
    site.until("it is in the port", || site.port() == PortPosition::Extended);
    // The request goes on without whoever made it.
    drop(guest);
    site.device.hands().take_out(site.cell()).unwrap();
    site.until("it has passed", || site.last() == LibraryRequestState::Passed);
    assert_eq!(site.media(), 0);
    assert_eq!(site.manager.check().unwrap(), []);
}

#[test]
fn another_process_opens_the_door_and_asks_for_cleaning() {
    let site = Site::new();
    let mut guest = site.guest();
    ask(&mut guest, "door");
    let hands = site.device.hands();
    site.until("people are let in", || hands.open_door(0, 0).is_ok());
    ask(&mut guest, "cancel");
    site.until("it has ended", || site.last() == LibraryRequestState::Cancelled);
    hands.close_door(0, 0).unwrap();
    ask(&mut guest, "clean");
    site.until("there is no cleaner", || site.last() == LibraryRequestState::Waiting);
    ask(&mut guest, "cancel");
    assert_eq!(site.last(), LibraryRequestState::Cancelled);
    site.until("nothing is left to do", || site.manager.check().unwrap().is_empty());
}
