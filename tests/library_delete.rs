//! DeleteNtmsDrive and DeleteNtmsLibrary: examples DV1-DV3, DL1-DL4, what follows, and who is in
//! the way.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

#[path = "support/child.rs"]
mod child;
#[path = "support/partial.rs"]
mod partial;
#[path = "support/robot.rs"]
mod robot;
mod support;

use std::path::Path;
use std::sync::Arc;

use child::Child;
use partial::Partial;
use robot::{DEFERRED, Robot, kind, tape};
use rsm::device::LibraryDevice;
use rsm::device::simulated::{Cartridge, ChangerLayout, SimulatedLibrary};
use rsm::model::{
    AllocateRequest, DriveId, DriveState, Id, InventoryMethod, LibraryId, LibraryOperation,
    LibraryRequestId, LibraryRequestState, Location, MediaPoolPolicy, MediaState, MountRequest,
    ObjectId, ObjectType, OperationalState, OperatorRequestId, OperatorTask, PhysicalMedia,
    SideState, Timeout,
};
use rsm::{ErrorKind, Manager, OpenOptions, Session};
use support::{Fixture, T1, open_catalog};

/// What the last operation changed, as the change log has it.
fn last_changes(robot: &Robot) -> Vec<(u8, ObjectType, ObjectId)> {
    support::last_changes(robot.dir.path())
}

fn offline(session: &Session) -> LibraryId {
    session.list::<LibraryId>(None).unwrap()[0]
}

/// The library comes back, and the drive with this serial number does not.
fn without_drive(robot: Robot, serial: &str) -> Robot {
    let Robot { session, manager, device, clock, code, dir, .. } = robot;
    drop((session, manager));
    let manager = robot::options(&clock).open(dir.path()).unwrap();
    let session = manager.session("test").unwrap();
    let library = manager.attach(Partial::without(&device, serial)).unwrap();
    let robot = Robot { session, library, manager, device, clock, code, dir };
    robot.settle();
    robot
}

/// Two drives; in the second one, which is gone, lies the first side of this medium.
fn with_a_lost_drive(
    make: impl Fn(&Robot) -> (PhysicalMedia, MountRequest),
) -> (Robot, PhysicalMedia) {
    let robot = Robot::with_tapes(2, &["A1", "A2"]);
    let (medium, request) = make(&robot);
    let drive = robot.drives()[1].clone();
    let request = request.in_drives(vec![drive.id]);
    robot.session.mount(request).unwrap().dismount(DEFERRED).unwrap();
    let robot = without_drive(robot, &drive.serial_number);
    let lost = robot.drive(drive.id);
    assert_eq!(lost.common.operational_state, OperationalState::NotPresent);
    let medium = robot.medium(medium.id);
    assert_eq!(medium.location, Some(Location::Drive(drive.id)), "it stays listed");
    assert_eq!(medium.current_library, robot.library);
    (robot, medium)
}

fn allocated(robot: &Robot) -> (PhysicalMedia, MountRequest) {
    let medium = robot.prepare(robot.by_bar_code("A1").id);
    let logical = robot.allocate(medium).logical_media;
    (robot.medium(medium), MountRequest::from(logical))
}

fn unrecognized(robot: &Robot) -> (PhysicalMedia, MountRequest) {
    let medium = robot.by_bar_code("A1");
    let side = robot.side(medium.id).id;
    (medium, MountRequest::from(side))
}

#[test]
fn library_dv1_a_drive_that_is_gone_is_deleted() {
    let (robot, medium) = with_a_lost_drive(allocated);
    let gone = robot.drives()[1].id;
    let sides = robot.sides(medium.id);
    robot.session.delete_drive(gone).unwrap();
    let changes = last_changes(&robot);
    assert!(changes.contains(&(3, ObjectType::Drive, gone.into())), "{changes:?}");
    assert!(changes.contains(&(1, ObjectType::Library, robot.library.into())), "{changes:?}");
    assert_eq!(robot.session.info(robot.library).unwrap().number_of_drives, 1);
    assert_eq!(kind(robot.session.info(gone)), ErrorKind::ObjectNotFound);
    // In an application pool: it is known, and in no library.
    let after = robot.medium(medium.id);
    assert_eq!(after.current_library, offline(&robot.session));
    assert_eq!((after.location, after.mounted_side, after.home_slot), (None, None, None));
    assert_eq!((after.media_state, after.pool), (MediaState::Idle, medium.pool));
    assert_eq!(robot.sides(medium.id)[0].state, SideState::Allocated);
    assert_eq!(robot.sides(medium.id)[0].logical_media, sides[0].logical_media);
    robot.look(InventoryMethod::Fast);
    robot.check();
    // Seen again it is a new one, and its tape goes into a slot.
    let robot = robot.restart();
    assert_eq!(robot.drives().len(), 2);
    assert!(robot.drives().iter().all(|drive| drive.id != gone));
    assert_eq!(robot.by_bar_code("A1").id, medium.id);
    assert_eq!(robot.by_bar_code("A1").current_library, robot.library);
    robot.check();
}

#[test]
fn a_medium_in_a_deleted_drive_follows_the_leave_rule() {
    let (robot, medium) = with_a_lost_drive(unrecognized);
    robot.session.delete_drive(robot.drives()[1].id).unwrap();
    assert_eq!(kind(robot.session.info(medium.id)), ErrorKind::ObjectNotFound);
    robot.check();
    for (policy, is_kept) in
        [(MediaPoolPolicy::PURGE_OFFLINE_FREE, false), (MediaPoolPolicy::empty(), true)]
    {
        let (robot, medium) = with_a_lost_drive(|robot| {
            let (medium, request) = unrecognized(robot);
            robot.session.move_to_pool(medium.id, robot.system("Free")).unwrap();
            robot.settle();
            (medium, request)
        });
        let computer: rsm::model::ComputerId = robot.session.list(None).unwrap()[0];
        let mut settings = robot.session.info(computer).unwrap();
        settings.media_pool_policy = policy;
        robot.session.set_info(&settings).unwrap();
        robot.session.delete_drive(robot.drives()[1].id).unwrap();
        assert_eq!(robot.session.info(medium.id).is_ok(), is_kept);
        robot.check();
    }
}

#[test]
fn library_dv2_a_drive_that_is_there_stays() {
    let robot = Robot::with_tapes(1, &["A1"]);
    let drive = robot.drives()[0].id;
    let before = support::dump(robot.dir.path());
    assert_eq!(kind(robot.session.delete_drive(drive)), ErrorKind::InvalidState);
    assert!(support::dump(robot.dir.path()) == before);
    // Nor one that is gone, in a disabled library.
    let (robot, _) = with_a_lost_drive(allocated);
    let gone = robot.drives()[1].id;
    robot.session.disable(robot.library).unwrap();
    assert_eq!(kind(robot.session.delete_drive(gone)), ErrorKind::InvalidState);
    robot.session.enable(robot.library).unwrap();
    robot.session.delete_drive(gone).unwrap();
    // With the library every drive of it is gone.
    let last = robot.drives()[0].id;
    assert_eq!(kind(robot.session.delete_drive(last)), ErrorKind::InvalidState);
    robot.manager.detach(robot.library).unwrap();
    assert_eq!(robot.drive(last).common.operational_state, OperationalState::NotPresent);
    robot.session.delete_drive(last).unwrap();
    robot.check();
}

#[test]
fn who_waits_for_a_drive_that_is_deleted_is_told() {
    let (robot, _) = with_a_lost_drive(allocated);
    let gone = robot.drives()[1].id;
    let side = robot.side(robot.by_bar_code("A2").id).id;
    let request = MountRequest::from(side).in_drives(vec![gone]);
    let other = robot.manager.session("other").unwrap();
    std::thread::scope(|scope| {
        let call = scope.spawn(|| other.mount(request).map(drop));
        let mounts = || {
            let all: Vec<LibraryRequestId> = robot.session.list(None).unwrap();
            let mut all = all.into_iter().map(|id| robot.session.info(id).unwrap());
            all.rfind(|r| r.operation == LibraryOperation::Mount).unwrap()
        };
        while mounts().state != LibraryRequestState::Waiting {
            std::thread::yield_now();
        }
        robot.session.delete_drive(gone).unwrap();
        assert_eq!(kind(call.join().unwrap()), ErrorKind::InvalidDrive);
        assert_eq!(mounts().state, LibraryRequestState::Invalid);
    });
    drop(robot.session.mount(side).unwrap());
    robot.check();
}

/// A stand-alone drive that was unplugged, with an allocated tape inside.
fn unplugged(f: &Fixture) -> (LibraryId, DriveId, PhysicalMedia) {
    let library = f.library(9);
    let pool = f.pool(r"\App\P", T1);
    let medium = f.medium(pool, &[SideState::Allocated], 1);
    let drive = DriveId::from_uuid(uuid::Uuid::from_u128(0xd1));
    let key = "(SELECT key FROM library WHERE id = ?1)";
    f.sql(
        "UPDATE library SET type = 3, operational_state = 21 WHERE id = ?1",
        [library.to_bytes()],
    );
    f.sql(
        &format!(
            "INSERT INTO drive (id, library, number, address, serial, vendor, product, revision, \
             device_name, created, modified, operational_state, state, saved_side) \
             SELECT ?2, {key}, 1, 0, 'S', '', '', '', '', 0, 0, 21, 7, s.key \
             FROM side s WHERE s.id = ?3"
        ),
        (library.to_bytes(), drive.to_bytes(), medium.sides[0].side.to_bytes()),
    );
    f.sql(
        &format!(
            "UPDATE medium SET library = {key}, drive = (SELECT key FROM drive WHERE id = ?2), \
             mounted_side = 0 WHERE id = ?3"
        ),
        (library.to_bytes(), drive.to_bytes(), medium.physical_media.to_bytes()),
    );
    f.sql(&format!("UPDATE side SET library = {key}"), [library.to_bytes()]);
    f.sql(
        "UPDATE library SET media_count = \
         (SELECT count(*) FROM medium m WHERE m.library = library.key)",
        [],
    );
    assert_eq!(f.manager.check().unwrap(), []);
    (library, drive, f.session.info(medium.physical_media).unwrap())
}

#[test]
fn library_dv3_an_unplugged_stand_alone_drive_goes_with_its_library() {
    let f = open_catalog();
    let (library, drive, tape) = unplugged(&f);
    f.session.delete_drive(drive).unwrap();
    assert_eq!(f.manager.check().unwrap(), []);
    assert_eq!(kind(f.session.info(library)), ErrorKind::ObjectNotFound);
    assert_eq!(f.session.list::<DriveId>(None).unwrap(), []);
    let after = f.session.info(tape.id).unwrap();
    assert_eq!((after.current_library, after.location), (offline(&f.session), None));
    let side = f.session.list::<rsm::model::SideId>(Some(tape.id.into())).unwrap()[0];
    assert_eq!(f.session.info(side).unwrap().state, SideState::Allocated);
    // While it is plugged in, it stays.
    let f = open_catalog();
    let (library, drive, _) = unplugged(&f);
    f.sql("UPDATE library SET operational_state = 0 WHERE id = ?1", [library.to_bytes()]);
    f.refused(ErrorKind::InvalidState, || f.session.delete_drive(drive));
    f.sql("UPDATE drive SET operational_state = 0", []);
    f.refused(ErrorKind::InvalidState, || f.session.delete_drive(drive));
}

/// Five labelled tapes that this catalog sees for the first time, three of them allocated.
fn imported() -> Robot {
    let robot = Robot::with_tapes(2, &["A1", "A2", "A3", "A4", "A5"]);
    robot.prepare_all();
    robot.manager.detach(robot.library).unwrap();
    let robot = Robot::with_device(robot.device, robot.clock, robot.code);
    for code in ["A1", "A2", "A3"] {
        robot.allocate(robot.by_bar_code(code).id);
    }
    let import = robot.system("Import");
    assert_eq!(robot.media().iter().filter(|medium| medium.pool == import).count(), 2);
    robot
}

/// What must not change when a library is deleted.
fn identities(robot: &Robot) -> Vec<String> {
    let mut all: Vec<String> = robot
        .all_media()
        .into_iter()
        .map(|medium| {
            let sides = robot.sides(medium.id).into_iter();
            let sides: Vec<_> = sides.map(|s| (s.id, s.state, s.label, s.logical_media)).collect();
            format!("{:?} {:?} {:?} {sides:?}", medium.id, medium.pool, medium.bar_code)
        })
        .collect();
    all.sort();
    all
}

#[test]
fn library_dl1_all_media_of_a_deleted_library_are_kept_offline() {
    let robot = imported();
    let before = identities(&robot);
    let (slot, drive) = (robot.slot(1), robot.drives()[0].id);
    let requests: Vec<LibraryRequestId> = robot.session.list(None).unwrap();
    robot.manager.detach(robot.library).unwrap();
    robot.session.delete_library(robot.library).unwrap();
    let changes = last_changes(&robot);
    for gone in [
        (3, ObjectType::StorageSlot, slot.into()),
        (3, ObjectType::Drive, drive.into()),
        (3, ObjectType::Library, robot.library.into()),
        (1, ObjectType::Library, offline(&robot.session).into()),
    ] {
        assert!(changes.contains(&gone), "{gone:?}");
    }
    assert_eq!(
        changes
            .iter()
            .filter(|(what, kind, _)| (*what, *kind) == (1, ObjectType::PhysicalMedia))
            .count(),
        5
    );
    assert_eq!(identities(&robot), before);
    for medium in robot.all_media() {
        assert_eq!(medium.current_library, offline(&robot.session));
        assert_eq!((medium.location, medium.media_state), (None, MediaState::Idle));
    }
    let shelf = robot.session.info(offline(&robot.session)).unwrap();
    assert_eq!(shelf.number_of_media, 5);
    assert_eq!(robot.session.list::<LibraryId>(None).unwrap().len(), 1);
    assert_eq!(robot.session.list::<DriveId>(None).unwrap(), []);
    for request in requests {
        assert_eq!(kind(robot.session.info(request)), ErrorKind::ObjectNotFound);
    }
    robot.check();
}

#[test]
fn library_dl2_a_library_that_is_there_stays() {
    let robot = Robot::with_tapes(1, &["A1"]);
    let before = support::dump(robot.dir.path());
    assert_eq!(kind(robot.session.delete_library(robot.library)), ErrorKind::InvalidState);
    assert!(support::dump(robot.dir.path()) == before, "nothing moves");
    robot.manager.detach(robot.library).unwrap();
    robot.session.disable(robot.library).unwrap();
    assert_eq!(kind(robot.session.delete_library(robot.library)), ErrorKind::InvalidState);
    robot.session.enable(robot.library).unwrap();
    robot.session.delete_library(robot.library).unwrap();
    assert_eq!(kind(robot.session.delete_library(robot.library)), ErrorKind::InvalidLibrary);
    robot.check();
}

#[test]
fn library_dl3_the_offline_library_stays() {
    let f = open_catalog();
    f.refused(ErrorKind::InvalidLibrary, || f.session.delete_library(offline(&f.session)));
}

#[test]
fn library_dl4_hardware_that_comes_back_is_a_new_library() {
    let robot = imported();
    let before = identities(&robot);
    let old = robot.library;
    robot.manager.detach(old).unwrap();
    robot.session.delete_library(old).unwrap();
    let library = robot.manager.attach(robot.device.clone() as Arc<dyn LibraryDevice>).unwrap();
    let robot = Robot { library, ..robot };
    robot.settle();
    assert_ne!(robot.library, old);
    assert_eq!(identities(&robot), before);
    assert!(robot.all_media().iter().all(|medium| medium.current_library == library));
    assert_eq!(robot.session.info(offline(&robot.session)).unwrap().number_of_media, 0);
    let held = robot.sides(robot.by_bar_code("A1").id)[0].logical_media.unwrap();
    drop(robot.mount(held));
    robot.check();
}

#[test]
fn wrong_05_deleting_records_writes_on_no_medium() {
    let robot = Robot::with_tapes(1, &["A1", "A2"]);
    let side = |robot: &Robot| robot.side(robot.by_bar_code("A1").id).id;
    let mount = robot.session.mount(MountRequest::from(side(&robot)).for_writing()).unwrap();
    robot::write(&mount, &[b"precious"]);
    mount.dismount(robot::IMMEDIATE).unwrap();
    // The other one is to get a free label when the library goes.
    robot.manager.detach(robot.library).unwrap();
    let free = robot.system("Free");
    robot.session.move_to_pool(robot.by_bar_code("A2").id, free).unwrap();
    robot.session.delete_library(robot.library).unwrap();
    robot.check();
    let library = robot.manager.attach(robot.device.clone() as Arc<dyn LibraryDevice>).unwrap();
    let robot = Robot { library, ..robot };
    robot.settle();
    let labels: Vec<LibraryRequestId> = robot.session.list(None).unwrap();
    let labels = labels.into_iter().map(|id| robot.session.info(id).unwrap());
    let labels: Vec<_> =
        labels.filter(|r| r.operation == LibraryOperation::WriteFreeLabel).collect();
    assert!(labels.iter().all(|r| r.medium == Some(robot.by_bar_code("A2").id)), "{labels:?}");
    let mount = robot.session.mount(side(&robot)).unwrap();
    assert_eq!(robot::read(&mount), b"precious");
    drop(mount);
    robot.check();
}

#[test]
fn what_was_asked_about_a_deleted_library_is_deleted() {
    let robot = Robot::with_tapes(1, &["A1"]);
    let session = &robot.session;
    let medium = robot.by_bar_code("A1").id;
    let about: Vec<OperatorRequestId> = [
        OperatorTask::Cleaner { target: robot.library.into() },
        OperatorTask::Cleaner { target: robot.slot(2).into() },
        OperatorTask::DeviceService { device: robot.drives()[0].id.into() },
        OperatorTask::MoveMedia { medium, to: robot.library },
    ]
    .into_iter()
    .map(|task| session.submit_operator_request(task, None).unwrap())
    .collect();
    let to = offline(session);
    let other =
        session.submit_operator_request(OperatorTask::MoveMedia { medium, to }, None).unwrap();
    robot.manager.detach(robot.library).unwrap();
    session.delete_library(robot.library).unwrap();
    for request in about {
        assert_eq!(kind(session.info(request)), ErrorKind::ObjectNotFound);
    }
    session.info(other).unwrap();
    robot.check();
}

#[test]
fn the_system_pools_of_its_media_types_go_when_they_are_empty() {
    let robot = Robot::with_tapes(1, &[]);
    let free = robot.system("Free");
    robot.manager.detach(robot.library).unwrap();
    robot.session.delete_library(robot.library).unwrap();
    assert_eq!(kind(robot.session.info(free)), ErrorKind::ObjectNotFound);
    robot.check();
    let robot = imported();
    let free = robot.system("Free");
    robot.manager.detach(robot.library).unwrap();
    robot.session.delete_library(robot.library).unwrap();
    robot.session.info(free).unwrap();
    robot.check();
}

/// Another library beside the robot's.
fn second_library(robot: &Robot) -> (LibraryId, Arc<SimulatedLibrary>) {
    let device = robot::builder(1, robot.code).name("Second").clock(robot.clock.clone());
    let device = Arc::new(device.build().unwrap());
    let library = robot.manager.attach(device.clone() as Arc<dyn LibraryDevice>).unwrap();
    robot.settle();
    (library, device)
}

#[test]
fn mounts_and_allocations_that_wait_for_its_media_go_on() {
    let robot = Robot::with_tapes(1, &["A1", "A2"]);
    robot.prepare_all();
    let (held, free) = (robot.by_bar_code("A1"), robot.by_bar_code("A2"));
    let logical = robot.allocate(held.id).logical_media;
    let (second, device) = second_library(&robot);
    robot.manager.detach(robot.library).unwrap();
    let request = robot.session.queue_mount(MountRequest::from(logical)).unwrap()[0];
    assert_eq!(robot.medium(held.id).media_state, MediaState::WaitingForOperator);
    let pool = robot.pool();
    let waiter = robot.manager.session("waiter").unwrap();
    std::thread::scope(|scope| {
        let call = scope
            .spawn(|| waiter.allocate_media(AllocateRequest::from(pool).timeout(Timeout::Forever)));
        let waits = || robot.session.operator_requests().unwrap().len() == 2;
        while !waits() {
            std::thread::yield_now();
        }
        robot.session.delete_library(robot.library).unwrap();
        assert_eq!(robot.session.info(request).unwrap().state, LibraryRequestState::Waiting);
        let medium = robot.medium(held.id);
        assert_eq!(medium.media_state, MediaState::WaitingForOperator);
        assert_eq!(medium.current_library, offline(&robot.session));
        robot.check();
        // Somebody brings both.
        let (from, to) = (robot.device.hands(), device.hands());
        for (number, code) in [(1, "A1"), (2, "A2")] {
            let place = robot.place(number);
            from.remove(place).unwrap();
            to.insert(to.make(tape(code)).unwrap(), place).unwrap();
        }
        robot.session.inventory_library(second, InventoryMethod::Fast).unwrap();
        assert_eq!(call.join().unwrap().unwrap().physical_media, free.id);
    });
    robot.settle();
    // The cartridge that was brought is blank: the label says so.
    assert_eq!(robot.session.info(request).unwrap().state, LibraryRequestState::Failed);
    robot.check();
}

#[test]
fn libraries_that_are_attached_and_deleted_at_once_are_never_half_there() {
    let robot = imported();
    let before = identities(&robot);
    robot.manager.detach(robot.library).unwrap();
    let deleted = std::sync::atomic::AtomicUsize::new(0);
    std::thread::scope(|scope| {
        let attaching = scope.spawn(|| {
            for _ in 0..30 {
                let device = robot.device.clone() as Arc<dyn LibraryDevice>;
                match robot.manager.attach(device) {
                    Ok(library) => robot.manager.detach(library).unwrap(),
                    Err(error) => assert!(
                        matches!(error.kind(), ErrorKind::Busy | ErrorKind::InvalidLibrary),
                        "{error:?}"
                    ),
                }
            }
        });
        while !attaching.is_finished() {
            for library in robot.session.list::<LibraryId>(None).unwrap() {
                match robot.session.delete_library(library) {
                    Ok(()) => {
                        deleted.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
                    }
                    Err(error) => assert!(
                        matches!(error.kind(), ErrorKind::InvalidState | ErrorKind::InvalidLibrary),
                        "{error:?}"
                    ),
                }
            }
        }
        attaching.join().unwrap();
    });
    assert!(deleted.into_inner() > 0);
    let library = robot.manager.attach(robot.device.clone() as Arc<dyn LibraryDevice>).unwrap();
    robot.settle();
    assert!(robot.manager.owns_library(library));
    assert_eq!(identities(&robot), before);
    robot.check();
}

/// A catalog and a library in directories, the library owned by a child.
struct Site {
    dir: tempfile::TempDir,
    manager: Manager,
    session: Session,
    library: LibraryId,
    owner: Child,
}

fn open(directory: &Path) -> Manager {
    OpenOptions::new().create(true).open(directory.join("catalog")).unwrap()
}

fn shared_device(directory: &Path) -> Arc<dyn LibraryDevice> {
    let layout = ChangerLayout { transports: 1, drives: 1, ports: 0, slots: 4 };
    let cartridge = Cartridge::with_bar_code("A1").media_type(robot::TAPE.value());
    let builder = SimulatedLibrary::builder().changer(layout).media_type(robot::TAPE.value());
    Arc::new(builder.cartridge(cartridge).open_or_create(directory.join("library")).unwrap())
}

impl Site {
    fn new() -> Self {
        let dir = tempfile::TempDir::new().unwrap();
        let manager = open(dir.path());
        let session = manager.session("parent").unwrap();
        let mut owner = Child::start(&["owner", dir.path().to_str().unwrap()]);
        assert_eq!(owner.next().as_deref(), Some("attached"));
        let library = session.list::<LibraryId>(None).unwrap()[1];
        Self { dir, manager, session, library, owner }
    }
}

#[test]
fn a_library_of_another_process_is_present_until_that_is_dead() {
    let mut site = Site::new();
    assert_eq!(kind(site.session.delete_library(site.library)), ErrorKind::InvalidState);
    // It stands by while we own it.
    site.owner.say("detach");
    assert_eq!(site.owner.next().as_deref(), Some("detached"));
    site.manager.attach(shared_device(site.dir.path())).unwrap();
    site.owner.say("attach");
    assert_eq!(site.owner.next().as_deref(), Some("attached"));
    site.manager.detach(site.library).unwrap();
    assert_eq!(kind(site.session.delete_library(site.library)), ErrorKind::InvalidState);
    site.owner.kill();
    site.session.delete_library(site.library).unwrap();
    assert_eq!(site.manager.check().unwrap(), []);
    let library = site.manager.attach(shared_device(site.dir.path())).unwrap();
    assert_ne!(library, site.library);
}

#[test]
fn a_mount_in_a_deleted_library_is_lost() {
    let mut site = Site::new();
    let medium = site.session.list::<rsm::model::PhysicalMediaId>(None).unwrap()[0];
    let side: rsm::model::SideId = site.session.list(Some(medium.into())).unwrap()[0];
    let mount = site.session.mount(MountRequest::from(side)).unwrap();
    site.owner.kill();
    let drive = mount.drive();
    assert_eq!(site.session.info(drive).unwrap().state, DriveState::Loaded);
    site.session.delete_library(site.library).unwrap();
    assert_eq!(kind(site.session.mounted(side)), ErrorKind::InvalidState);
    assert_eq!(site.session.info(medium).unwrap().media_state, MediaState::Idle);
    assert_eq!(kind(mount.dismount(DEFERRED)), ErrorKind::InvalidState);
    assert_eq!(site.manager.check().unwrap(), []);
}

#[test]
#[ignore = "another part of the tests above"]
fn child() {
    let part = child::part().expect("started by a test");
    let directory = Path::new(&part[1]);
    let manager = open(directory);
    let attach = || {
        let library = manager.attach(shared_device(directory)).unwrap();
        manager.wait_until_idle(Timeout::Forever).unwrap();
        child::tell("attached");
        library
    };
    let mut library = attach();
    while let Some(line) = child::hear() {
        match line.as_str() {
            "attach" => library = attach(),
            "detach" => {
                manager.detach(library).unwrap();
                child::tell("detached");
            }
            other => panic!("{other}"),
        }
    }
}
