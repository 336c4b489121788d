//! The start of the service: examples ST1-ST6, and hardware of which parts are missing.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

#[path = "support/brake.rs"]
mod brake;
#[path = "support/child.rs"]
mod child;
#[path = "support/partial.rs"]
mod partial;
#[path = "support/robot.rs"]
mod robot;
mod support;
#[path = "support/until.rs"]
mod until;

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use brake::Brake;
use child::Child;
use partial::Partial;
use robot::{DEFERRED, Robot, builder, kind, layout, prepared, tape};
use rsm::device::LibraryDevice;
use rsm::device::simulated::{SimulatedLibrary, SimulatedLibraryBuilder, Timings};
use rsm::model::{
    ChangerId, DriveState, InventoryMethod, LibraryId, LibraryOperation, LibraryRequest,
    LibraryRequestId, LibraryRequestState, Location, MediaState, MountOptions, MountRequest,
    OperationalState, OperatorRequestId, PhysicalMedia, PhysicalMediaId, SideId, SideState,
    SlotState, Timeout,
};
use rsm::{ErrorKind, Manager, OpenOptions, Session};
use rusqlite::Connection;
use tempfile::TempDir;
use until::until;

use LibraryRequestState::{Cancelled, Waiting};

/// The catalog as a process leaves it that is killed now.
fn killed(robot: &Robot) -> (TempDir, Manager, Session) {
    killed_with(robot, |_| ())
}

/// The same, with something more in the catalog.
fn killed_with(robot: &Robot, more: impl FnOnce(&Connection)) -> (TempDir, Manager, Session) {
    let copy = TempDir::new().unwrap();
    for file in ["catalog.db", "catalog.db-wal"] {
        std::fs::copy(robot.dir.path().join(file), copy.path().join(file)).unwrap();
    }
    more(&Connection::open(copy.path().join("catalog.db")).unwrap());
    let manager = robot::options(&robot.clock).open(copy.path()).unwrap();
    let session = manager.session("after").unwrap();
    (copy, manager, session)
}

fn requests(session: &Session, operation: LibraryOperation) -> Vec<LibraryRequest> {
    let all: Vec<LibraryRequestId> = session.list(None).unwrap();
    let all = all.into_iter().map(|id| session.info(id).unwrap());
    all.filter(|request| request.operation == operation).collect()
}

/// The device comes back with a part missing, by its serial number.
fn come_back(robot: Robot, without: Option<&str>) -> Robot {
    let Robot { session, manager, device, clock, code, dir, .. } = robot;
    drop((session, manager));
    let manager = robot::options(&clock).open(dir.path()).unwrap();
    let session = manager.session("test").unwrap();
    let attached: Arc<dyn LibraryDevice> = match without {
        Some(serial) => Partial::without(&device, serial),
        None => device.clone(),
    };
    let library = manager.attach(attached).unwrap();
    let robot = Robot { session, library, manager, device, clock, code, dir };
    robot.settle();
    robot
}

#[test]
fn library_st1_mounts_that_waited_at_a_crash_are_cancelled() {
    let (robot, media) = prepared(1, &["A1", "A2", "A3", "A4"]);
    let _held = robot.mount(media[0]);
    // One of them waits for a person.
    robot.device.hands().remove(robot.place(4)).unwrap();
    robot.look(InventoryMethod::Fast);
    for media in &media[1..] {
        robot.session.queue_mount(*media).unwrap();
    }
    robot.settle();
    assert_eq!(robot.by_bar_code("A4").media_state, MediaState::WaitingForOperator);
    let open: Vec<OperatorRequestId> = robot.session.list(None).unwrap();
    assert_eq!(open.len(), 1);
    let before: Vec<PhysicalMedia> = robot.all_media();
    let (_copy, manager, session) = killed(&robot);
    let mounts = requests(&session, LibraryOperation::Mount);
    assert!(mounts[1..].iter().all(|mount| mount.state == Cancelled), "{mounts:?}");
    assert_eq!(mounts.len(), 4);
    assert_eq!(mounts[1].error, Some(ErrorKind::Cancelled));
    for medium in &before {
        let after = session.info(medium.id).unwrap();
        assert_eq!((after.pool, after.home_slot), (medium.pool, medium.home_slot));
        assert_eq!((after.location, after.media_state), (medium.location, MediaState::Idle));
    }
    assert_eq!(session.list::<OperatorRequestId>(None).unwrap(), [], "it was asked for a call");
    assert_eq!(manager.check().unwrap(), []);
}

#[test]
fn library_st1_drives_that_were_to_be_cleaned_are_not_remembered() {
    let (robot, media) = prepared(1, &["A1"]);
    let _held = robot.mount(media[0]);
    let waits = "INSERT INTO library_request (id, call, first, members, library, operation, \
         option, mount_options, state, priority, subject_type, application, user, computer, \
         queued, modified, operator_request) SELECT randomblob(16), randomblob(16), 0, 1, key, \
         ?1, 0, 0, 5, 0, 0, '', '', '', 0, 0, ?2 FROM library WHERE type = 2";
    let asks = "INSERT INTO operator_request (id, kind, state, origin, message, argument1_type, \
         argument1, argument2_type, application, user, computer, submitted, modified) \
         SELECT ?1, 2, 1, 2, '', 9, ?1, 0, '', '', '', 0, 0";
    let (cleaning, eject) = (LibraryOperation::CleanDrive, LibraryOperation::Eject);
    let (_copy, _manager, session) = killed_with(&robot, |database| {
        for (operation, id) in [cleaning, eject].into_iter().zip([[1u8; 16], [2u8; 16]]) {
            database.execute(waits, (operation.value(), id)).unwrap();
            database.execute(asks, [id]).unwrap();
        }
    });
    assert_eq!(requests(&session, cleaning), []);
    assert_eq!(requests(&session, eject)[0].state, Cancelled);
    // What the library asked for its own work is refused.
    let asked: Vec<OperatorRequestId> = session.list(None).unwrap();
    assert_eq!(asked.len(), 2);
    for id in asked {
        let state = session.info(id).unwrap().state;
        assert_eq!(state, rsm::model::OperatorRequestState::Refused);
    }
}

#[test]
fn library_st2_without_an_inventory_nothing_is_looked_at() {
    let (robot, media) = prepared(1, &["A1"]);
    let mut record = robot.session.info(robot.library).unwrap();
    record.inventory_method = InventoryMethod::None;
    robot.session.set_info(&record).unwrap();
    let medium = robot.by_bar_code("A1").id;
    let hands = robot.device.hands();
    hands.remove(robot.place(1)).unwrap();
    hands.insert(hands.make(tape("B1")).unwrap(), robot.place(2)).unwrap();
    let robot = robot.restart();
    assert_eq!(robot.medium(medium).location, Some(Location::Slot(robot.slot(1))), "not missed");
    assert_eq!(robot.slot_state(2), SlotState::Empty, "not seen");
    assert_eq!(kind(robot.session.mount(media[0])), ErrorKind::MediaOffline);
    assert_eq!(robot.medium(medium).location, None);
    assert_eq!(robot.slot_state(1), SlotState::Empty);
    robot.check();
}

#[test]
fn library_st3_a_lost_catalog_is_found_again_on_the_tapes() {
    let codes: Vec<String> = (0..8).map(|n| format!("A{n}")).collect();
    let codes: Vec<&str> = codes.iter().map(String::as_str).collect();
    let robot = Robot::with_tapes(2, &codes);
    robot.prepare_all();
    robot.manager.detach(robot.library).unwrap();
    let robot = Robot::with_device(robot.device, robot.clock, robot.code);
    let import = robot.system("Import");
    assert_eq!(robot.media().len(), 8);
    for medium in robot.media() {
        assert_eq!(medium.pool, import);
        assert_eq!(robot.side(medium.id).state, SideState::Import);
    }
    robot.check();
}

#[test]
fn library_st4_an_unplugged_library_keeps_its_media_and_does_nothing() {
    let (robot, media) = prepared(1, &["A1", "A2"]);
    let (_copy, manager, session) = killed(&robot);
    let record = session.info(robot.library).unwrap();
    assert_eq!(record.common.operational_state, OperationalState::NotPresent);
    assert_eq!(record.number_of_media, 2);
    let listed: Vec<PhysicalMediaId> = session.list(Some(robot.library.into())).unwrap();
    assert_eq!(listed.len(), 2);
    let (drive, slot) = (robot.drives()[0].id, robot.slot(5));
    let absent = ErrorKind::DeviceNotAvailable;
    assert_eq!(kind(session.inventory_library(robot.library, InventoryMethod::Fast)), absent);
    assert_eq!(kind(session.dismount_drive(drive)), absent);
    assert_eq!(kind(session.reserve_cleaner_slot(robot.library, slot)), absent);
    assert_eq!(kind(session.release_cleaner_slot(robot.library)), absent);
    let states = [session.info(drive).unwrap().common, session.info(slot).unwrap().common];
    assert!(states.iter().all(|c| c.operational_state == OperationalState::NotPresent));
    // Its media count as offline.
    let refuses = MountRequest::from(media[0]).options(MountOptions::ERROR_IF_OFFLINE);
    assert_eq!(kind(session.mount(refuses)), ErrorKind::MediaOffline);
    assert_eq!(kind(session.mount(media[0])), ErrorKind::ResourceNotAvailable);
    let other = builder(1, robot.code).name("Other").clock(robot.clock.clone());
    manager.attach(Arc::new(other.build().unwrap())).unwrap();
    session.queue_mount(media[0]).unwrap();
    assert_eq!(session.operator_requests().unwrap().len(), 1, "somebody is to bring it");
    assert_eq!(manager.check().unwrap(), []);
}

#[test]
fn library_st5_a_free_label_that_waited_is_written_after_the_start() {
    let (robot, media) = prepared(1, &["A1", "A2"]);
    let _held = robot.mount(media[0]);
    let medium = robot.by_bar_code("A2").id;
    robot.session.deallocate_media(media[1]).unwrap();
    robot.session.move_to_pool(medium, robot.system("Free")).unwrap();
    robot.settle();
    let waited = requests(&robot.session, LibraryOperation::WriteFreeLabel).pop().unwrap();
    assert!(!waited.state.is_final());
    let (copy, manager, session) = killed(&robot);
    assert_eq!(session.info(waited.id).unwrap().state, Cancelled);
    let side: SideId = session.list(Some(medium.into())).unwrap()[0];
    assert_eq!(session.info(side).unwrap().state, SideState::Unprepared);
    // The dead process has let go of the device.
    let Robot { device, session: old, manager: former, library, .. } = robot;
    drop(_held);
    drop(old);
    former.detach(library).unwrap();
    manager.attach(device).unwrap();
    manager.wait_until_idle(Timeout::Forever).unwrap();
    let new = requests(&session, LibraryOperation::WriteFreeLabel).pop().unwrap();
    assert_ne!(new.id, waited.id);
    assert_eq!(new.state, LibraryRequestState::Passed);
    assert_eq!(session.info(side).unwrap().state, SideState::Available);
    assert_eq!(manager.check().unwrap(), []);
    drop((session, manager, copy));
}

#[test]
fn a_library_is_initializing_until_it_has_been_looked_at() {
    let brake = Brake::new();
    let times = Timings { move_medium: Duration::from_secs(1), ..Timings::default() };
    let device = builder(1, robot::TAPE).cartridge(tape("A1")).timings(times).clock(brake.clone());
    let dir = TempDir::new().unwrap();
    let manager = OpenOptions::new().create(true).open(dir.path()).unwrap();
    let session = manager.session("test").unwrap();
    let device = Arc::new(device.build().unwrap());
    let library = manager.attach(device.clone()).unwrap();
    manager.wait_until_idle(Timeout::Forever).unwrap();
    let medium: PhysicalMediaId = session.list(None).unwrap()[0];
    let side: SideId = session.list(Some(medium.into())).unwrap()[0];
    manager.detach(library).unwrap();
    // Something is in a drive, so the robot has to move.
    let hands = device.hands();
    hands.insert(hands.make(tape("X1")).unwrap(), device.drive_places()[0]).unwrap();
    let seen = brake.pull();
    std::thread::scope(|scope| {
        let attaching = scope.spawn(|| manager.attach(device).unwrap());
        brake.wait_until_reached(seen);
        let state = || session.info(library).unwrap().common.operational_state;
        assert_eq!(state(), OperationalState::Initializing);
        // Calls are accepted, and wait.
        let request = session.queue_mount(MountRequest::from(side)).unwrap()[0];
        assert!(!session.info(request).unwrap().state.is_final());
        assert!(!attaching.is_finished());
        brake.release();
        assert_eq!(attaching.join().unwrap(), library);
        assert_eq!(state(), OperationalState::Ready);
        manager.wait_until_idle(Timeout::Forever).unwrap();
        assert_eq!(session.info(request).unwrap().state, LibraryRequestState::Passed);
    });
    assert_eq!(manager.check().unwrap(), []);
}

#[test]
fn a_drive_that_was_pulled_out_is_not_present_and_keeps_its_medium() {
    let (robot, media) = prepared(2, &["A1", "A2"]);
    let drive = robot.drives()[1].clone();
    let request = MountRequest::from(media[0]).in_drives(vec![drive.id]);
    robot.session.mount(request).unwrap().dismount(DEFERRED).unwrap();
    let robot = come_back(robot, Some(&drive.serial_number));
    let gone = robot.drive(drive.id);
    assert_eq!(gone.common.operational_state, OperationalState::NotPresent);
    assert_eq!(gone.state, DriveState::Dismountable);
    let medium = robot.by_bar_code("A1");
    assert_eq!(medium.location, Some(Location::Drive(drive.id)));
    assert_eq!(medium.media_state, MediaState::Idle);
    robot.look(InventoryMethod::Fast);
    assert_eq!(robot.by_bar_code("A1").location, medium.location, "an inventory changes nothing");
    // Nobody waits for it for ever.
    assert_eq!(kind(robot.session.mount(media[0])), ErrorKind::MediaOffline);
    drop(robot.mount(media[1]));
    robot.check();
    // It comes back with its tape.
    let robot = come_back(robot, None);
    assert_eq!(robot.drive(drive.id).common.operational_state, OperationalState::Ready);
    assert_eq!(robot.drives().len(), 2);
    drop(robot.mount(media[0]));
    robot.check();
}

#[test]
fn the_medium_of_a_drive_that_was_pulled_out_is_known_again_in_a_slot() {
    for reader in [true, false] {
        let codes = if reader { ["A1", "A2"] } else { ["", ""] };
        let cartridges = codes.map(tape);
        let robot = Robot::of(
            builder(2, robot::TAPE).bar_code_reader(reader).cartridges(cartridges),
            robot::TAPE,
        );
        robot.prepare_all();
        let medium = robot.in_slot(1).unwrap().id;
        let logical = robot.allocate(medium).logical_media;
        let drive = robot.drives()[1].clone();
        let request = MountRequest::from(logical).in_drives(vec![drive.id]);
        robot.session.mount(request).unwrap().dismount(DEFERRED).unwrap();
        // Whoever has pulled it out has taken the tape out as well.
        let place = robot.device.drive_places()[1];
        let pulled = robot.device.drives().into_iter();
        let mut pulled = pulled.filter(|d| d.identity().serial == drive.serial_number);
        pulled.next().unwrap().unload().unwrap();
        robot.device.hands().swap(place, robot.place(6)).unwrap();
        let robot = come_back(robot, Some(&drive.serial_number));
        assert_eq!(robot.in_slot(6).unwrap().id, medium, "reader {reader}");
        assert_eq!(robot.drive(drive.id).state, DriveState::Dismounted);
        assert_eq!(robot.all_media().len(), 2);
        drop(robot.mount(logical));
        robot.check();
    }
}

#[test]
fn wrong_12_drives_are_known_by_their_serial_numbers_and_not_by_their_order() {
    let robot = Robot::with_tapes(3, &["A1"]);
    let before = robot.drives();
    // The first one is pulled out: the others do not move up.
    let robot = come_back(robot, Some(&before[0].serial_number));
    let after = robot.drives();
    assert_eq!(after[0].common.operational_state, OperationalState::NotPresent);
    for (one, other) in before.iter().zip(&after) {
        assert_eq!((one.id, one.number), (other.id, other.number));
        assert_eq!(one.serial_number, other.serial_number);
    }
    let side = robot.side(robot.by_bar_code("A1").id).id;
    let mount = robot.session.mount(side).unwrap();
    assert_eq!(mount.drive(), before[1].id);
    drop(mount);
    robot.check();
}

#[test]
fn a_changer_that_is_missing_keeps_its_media() {
    let cartridges = (1..=10).map(|number| tape(&format!("A{number}")));
    let device = builder(1, robot::TAPE).changer(layout(1)).cartridges(cartridges);
    let robot = Robot::of(device, robot::TAPE);
    // Import and unrecognized media would be forgotten if they had left.
    assert_eq!(robot.media().len(), 10);
    let changers: Vec<ChangerId> = robot.session.list(Some(robot.library.into())).unwrap();
    let second = robot.session.info(changers[1]).unwrap();
    let far = robot.by_bar_code("A9");
    let side = robot.side(far.id).id;
    let robot = come_back(robot, Some(&second.serial_number));
    let state =
        |robot: &Robot, id: ChangerId| robot.session.info(id).unwrap().common.operational_state;
    assert_eq!(state(&robot, changers[0]), OperationalState::Ready);
    assert_eq!(state(&robot, changers[1]), OperationalState::NotPresent);
    let drives: Vec<_> = robot.drives().iter().map(|d| d.common.operational_state).collect();
    assert_eq!(drives, [OperationalState::Ready, OperationalState::NotPresent]);
    robot.look(InventoryMethod::FullLabelRead);
    assert_eq!(robot.media().len(), 10);
    assert_eq!(robot.by_bar_code("A9").location, far.location);
    assert_eq!(kind(robot.session.mount(side)), ErrorKind::ResourceNotAvailable);
    robot.check();
    let robot = come_back(robot, None);
    assert_eq!(state(&robot, changers[1]), OperationalState::Ready);
    drop(robot.session.mount(side).unwrap());
    robot.check();
}

/// A catalog in a directory and a library that a child owns.
struct Site {
    dir: TempDir,
    manager: Manager,
    session: Session,
    owner: Child,
}

fn shared() -> SimulatedLibraryBuilder {
    builder(2, robot::TAPE).cartridges(["A1", "A2"].map(tape))
}

fn open(directory: &Path) -> Manager {
    OpenOptions::new().create(true).open(directory.join("catalog")).unwrap()
}

fn shared_device(directory: &Path) -> Arc<SimulatedLibrary> {
    Arc::new(shared().open_or_create(directory.join("library")).unwrap())
}

impl Site {
    fn new() -> Self {
        let dir = TempDir::new().unwrap();
        let manager = open(dir.path());
        let session = manager.session("parent").unwrap();
        let mut owner = Child::start(&["owner", dir.path().to_str().unwrap()]);
        assert_eq!(owner.next().as_deref(), Some("attached"));
        Self { dir, manager, session, owner }
    }

    fn sides(&self) -> Vec<SideId> {
        let media: Vec<PhysicalMediaId> = self.session.list(None).unwrap();
        let side = |medium: &PhysicalMediaId| self.session.list(Some((*medium).into())).unwrap()[0];
        media.iter().map(side).collect()
    }
}

#[test]
fn the_mount_in_a_drive_that_was_pulled_out_is_lost() {
    let mut site = Site::new();
    let mount = site.session.mount(MountRequest::from(site.sides()[0])).unwrap();
    let drive = site.session.info(mount.drive()).unwrap();
    site.owner.kill();
    let device = shared_device(site.dir.path());
    site.manager.attach(Partial::without(&device, &drive.serial_number)).unwrap();
    site.manager.wait_until_idle(Timeout::Forever).unwrap();
    let drive = site.session.info(drive.id).unwrap();
    assert_eq!(drive.common.operational_state, OperationalState::NotPresent);
    assert_eq!(drive.state, DriveState::Dismountable);
    assert_eq!(kind(site.session.mounted(mount.side())), ErrorKind::InvalidState);
    assert_eq!(kind(mount.dismount(DEFERRED)), ErrorKind::InvalidState);
    assert_eq!(site.manager.check().unwrap(), []);
}

#[test]
fn library_st6_who_joins_cancels_nothing_and_a_dead_process_waits_for_nothing() {
    let mut site = Site::new();
    let library: LibraryId = site.session.list(None).unwrap()[1];
    // One waits in a mount for a medium that a person is to bring.
    site.owner.say("take out");
    assert_eq!(site.owner.next().as_deref(), Some("out"));
    site.owner.say("mount");
    let item = || requests(&site.session, LibraryOperation::Mount).pop();
    until(|| item().is_some_and(|mount| mount.state == Waiting));
    until(|| site.session.list::<OperatorRequestId>(None).unwrap().len() == 1);
    let asked: OperatorRequestId = site.session.list(None).unwrap()[0];
    // Another process joins.
    let mut other = Child::start(&["guest", site.dir.path().to_str().unwrap()]);
    assert_eq!(other.next().as_deref(), Some("open"));
    assert_eq!(item().unwrap().state, Waiting);
    assert!(!site.session.info(asked).unwrap().state.is_final());
    // The one who waits dies; who looks for the dead finds it out.
    let device = shared_device(site.dir.path());
    assert_eq!(site.manager.attach(device).unwrap(), library);
    site.owner.kill();
    until(|| item().unwrap().state == Cancelled);
    assert_eq!(kind(site.session.info(asked)), ErrorKind::ObjectNotFound);
    until(|| site.manager.owns_library(library));
    assert_eq!(site.manager.check().unwrap(), []);
}

#[test]
#[ignore = "another part of the tests above"]
fn child() {
    let part = child::part().expect("started by a test");
    let directory = Path::new(&part[1]);
    let manager = open(directory);
    let session = manager.session("child").unwrap();
    if part[0] == "guest" {
        child::tell("open");
        while child::hear().is_some() {}
        return;
    }
    let device = shared_device(directory);
    let library = manager.attach(device.clone()).unwrap();
    manager.wait_until_idle(Timeout::Forever).unwrap();
    child::tell("attached");
    let media: Vec<PhysicalMediaId> = session.list(None).unwrap();
    let side: SideId = session.list(Some(media[0].into())).unwrap()[0];
    while let Some(line) = child::hear() {
        match line.as_str() {
            "take out" => {
                let types = session.media_type(robot::TAPE).unwrap();
                let free = format!("Free\\{}", robot::TAPE.known().name);
                let existing = rsm::model::PoolOpenMode::OpenExisting;
                let free = session.open_pool(&free, Some(types), existing).unwrap();
                session.move_to_pool(media[0], free).unwrap();
                manager.wait_until_idle(Timeout::Forever).unwrap();
                let hands = device.hands();
                let id = hands.find_bar_code("A1").unwrap().unwrap();
                let place = hands.find(id).unwrap().unwrap();
                hands.remove(place).unwrap();
                session.inventory_library(library, InventoryMethod::Fast).unwrap();
                manager.wait_until_idle(Timeout::Forever).unwrap();
                child::tell("out");
            }
            "mount" => drop(session.mount(MountRequest::from(side))),
            other => panic!("{other}"),
        }
    }
}
