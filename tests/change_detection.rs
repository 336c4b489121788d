//! Watching stand-alone drives, and waiting for what people put in.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

#[path = "support/alone.rs"]
mod alone;
#[path = "support/child.rs"]
mod child;
#[path = "support/robot.rs"]
mod robot;

use std::sync::Arc;
use std::thread;
use std::time::Duration;

use alone::{Alone, builder, in_time, tape, until};
use child::Child;
use robot::{IMMEDIATE, TAPE, kind, options};
use rsm::clock::VirtualClock;
use rsm::device::simulated::{Fault, SimulatedLibrary};
use rsm::device::{DeviceErrorKind, LibraryDevice};
use rsm::model::{
    AllocateRequest, Caller, DriveId, DriveState, Id, LibraryId, Location, MediaState,
    MediaTypeCode, MediaTypeId, MountRequest, OperatorTask, PhysicalMediaId, Timeout,
};
use rsm::{ErrorKind, Manager, Session, Targets};

fn unknown<T: Id>() -> T {
    T::from_uuid(uuid::Uuid::from_u128(0xdead_beef))
}

/// A tape that is known, allocated, and lies on the desk; the drive is empty.
fn on_the_desk()
-> (Alone, rsm::model::LogicalMediaId, PhysicalMediaId, rsm::device::simulated::CartridgeId) {
    let (a, held) = Alone::with_held_tape();
    let medium = a.inside().id;
    let tape = a.take();
    a.poll();
    assert_eq!(a.media(), []);
    (a, held, medium, tape)
}

#[test]
fn cd1_a_known_tape_that_is_put_in_is_seen() {
    let (a, _, medium, tape) = on_the_desk();
    let detection = a.session.begin_change_detection().unwrap();
    detection.watch(a.library).unwrap();
    a.settle();
    a.put(tape);
    in_time(&a.clock, "it is seen", || a.holds(medium));
    a.settle();
    let inside = a.inside();
    assert_eq!(inside.location, Some(Location::Drive(a.the_drive().id)));
    assert_eq!((inside.media_state, a.drive_state()), (MediaState::Idle, DriveState::Dismountable));
    a.take();
    in_time(&a.clock, "that is seen, too", || !a.holds(medium));
    detection.end().unwrap();
    a.check();
}

#[test]
fn cd2_what_nobody_watches_is_seen_by_a_poll() {
    let (a, _, medium, tape) = on_the_desk();
    a.put(tape);
    a.clock.advance(Duration::from_secs(3600));
    a.settle();
    assert_eq!(a.media(), [], "the catalog still says empty");
    assert_eq!(a.drive_state(), DriveState::Dismounted);
    a.session.poll_changes(a.library).unwrap();
    assert!(a.holds(medium));
    a.take();
    a.clock.advance(Duration::from_secs(3600));
    a.settle();
    assert!(a.holds(medium), "a poll has no lasting effect");
    a.check();
}

#[test]
fn cd3_a_library_is_watched_until_the_last_handle_ends() {
    let (a, _, medium, tape) = on_the_desk();
    let one = a.session.begin_change_detection().unwrap();
    let other = a.manager.session("other").unwrap();
    let two = other.begin_change_detection().unwrap();
    one.watch(a.library).unwrap();
    one.watch(a.library).unwrap();
    two.watch(a.library).unwrap();
    one.end().unwrap();
    a.put(tape);
    in_time(&a.clock, "the other one watches", || a.holds(medium));
    drop(two);
    a.take();
    a.clock.advance(Duration::from_secs(60));
    a.settle();
    assert!(a.holds(medium), "nobody watches any more");
    let three = other.begin_change_detection().unwrap();
    three.watch(a.library).unwrap();
    in_time(&a.clock, "watching begins with a look", || !a.holds(medium));
    other.close().unwrap();
    a.put(tape);
    a.clock.advance(Duration::from_secs(60));
    a.settle();
    assert_eq!(a.media(), [], "it ended with its session");
    assert_eq!(kind(three.watch(a.library)), ErrorKind::InvalidHandle);
    assert_eq!(kind(three.end()), ErrorKind::InvalidHandle);
    a.check();
}

#[test]
fn cd4_ids_of_several_kinds_are_refused_and_none_is_watched() {
    let (a, _, medium, tape) = on_the_desk();
    let detection = a.session.begin_change_detection().unwrap();
    let mixed = Targets::of([a.library]).and([medium]);
    assert_eq!(kind(detection.watch(mixed.clone())), ErrorKind::InvalidParameter);
    assert_eq!(kind(a.session.poll_changes(mixed)), ErrorKind::InvalidParameter);
    let half = Targets::of([a.library, unknown()]);
    assert_eq!(kind(detection.watch(half)), ErrorKind::InvalidLibrary);
    a.put(tape);
    a.clock.advance(Duration::from_secs(60));
    a.settle();
    assert_eq!(a.media(), []);
    a.check();
}

#[test]
fn bad_targets_are_refused() {
    let a = Alone::empty();
    let detection = a.session.begin_change_detection().unwrap();
    let libraries = a.session.list::<LibraryId>(None).unwrap();
    let offline = libraries.into_iter().find(|id| *id != a.library).unwrap();
    let drive = a.the_drive().id;
    let bad = |targets: Targets, expected: ErrorKind| {
        assert_eq!(kind(detection.watch(targets.clone())), expected, "{targets:?}");
        assert_eq!(kind(a.session.poll_changes(targets)), expected);
    };
    bad(Targets::default(), ErrorKind::InvalidParameter);
    bad(Targets::from(drive), ErrorKind::InvalidParameter);
    bad(Targets::from(LibraryId::NULL), ErrorKind::InvalidParameter);
    bad(Targets::from(unknown::<LibraryId>()), ErrorKind::InvalidLibrary);
    bad(Targets::from(offline), ErrorKind::InvalidLibrary);
    bad(Targets::from(unknown::<PhysicalMediaId>()), ErrorKind::InvalidMedia);
    bad(Targets::from(unknown::<MediaTypeId>()), ErrorKind::InvalidMedia);
    let closed = a.manager.session("closed").unwrap();
    closed.close().unwrap();
    assert_eq!(kind(closed.begin_change_detection()), ErrorKind::InvalidHandle);
    assert_eq!(kind(closed.poll_changes(a.library)), ErrorKind::InvalidHandle);
}

#[test]
fn media_types_and_media_mean_the_drives_that_take_them() {
    let (a, _, medium, tape) = on_the_desk();
    let lto = a.session.media_type(TAPE).unwrap();
    a.put(tape);
    let dlt = a.session.media_type(MediaTypeCode::Dlt).unwrap();
    a.session.poll_changes(dlt).unwrap();
    assert_eq!(a.media(), [], "no drive takes that");
    a.session.poll_changes(lto).unwrap();
    assert!(a.holds(medium));
    a.take();
    a.session.poll_changes(medium).unwrap();
    assert!(!a.holds(medium));
    let (robotic, _) = a.attach(robot::builder(1, TAPE));
    a.session.poll_changes(robotic).unwrap();
    let detection = a.session.begin_change_detection().unwrap();
    detection.watch(Targets::of([robotic, a.library])).unwrap();
    a.put(tape);
    in_time(&a.clock, "it is watched", || a.holds(medium));
    a.check();
}

#[test]
fn no_right_is_needed() {
    let (a, _, medium, tape) = on_the_desk();
    let nobody =
        Caller { user: 4711, groups: vec![4711], administrator: false, user_name: "nobody".into() };
    let session = a.manager.session_as("guest", nobody).unwrap();
    a.put(tape);
    session.poll_changes(a.library).unwrap();
    assert!(a.holds(medium));
    session.begin_change_detection().unwrap().watch(a.library).unwrap();
}

#[test]
fn a_library_that_is_not_there_is_not_waited_for() {
    let a = Alone::empty();
    a.manager.detach(a.library).unwrap();
    a.session.poll_changes(a.library).unwrap();
    a.session.begin_change_detection().unwrap().watch(a.library).unwrap();
}

#[test]
fn a_drive_that_cannot_be_looked_at_fails_the_poll() {
    let asked = Alone::new(builder().loads_by_itself(false).name("Asked"));
    let drive = asked.mouth();
    asked.device.inject_always(Fault::LoadFails { drive, kind: DeviceErrorKind::DriveFault });
    asked.put_new(tape());
    assert_eq!(kind(asked.session.poll_changes(asked.library)), ErrorKind::DeviceNotAvailable);
    assert_eq!(asked.media(), [], "nothing is concluded");
    asked.device.clear_faults();
    asked.poll();
    assert_eq!(asked.media().len(), 1);
    asked.check();
}

#[test]
fn media_o7_a_mount_waits_for_a_stand_alone_drive() {
    let (a, held, medium, tape_inside) = on_the_desk();
    let drive = a.the_drive().id;
    thread::scope(|scope| {
        let request = MountRequest::from(held).in_drives([drive]);
        let call = scope.spawn(|| a.session.mount(request));
        until("somebody is asked", || !a.open_requests().is_empty());
        let asked = a.open_requests().remove(0);
        assert_eq!(asked.task, OperatorTask::MoveMedia { medium, to: a.library });
        assert!(!asked.message.contains("inventory"), "{}", asked.message);
        // A wrong one first.
        let wrong = a.put_new(tape());
        in_time(&a.clock, "the wrong one is seen", || a.count() == 1);
        a.settle();
        assert!(!call.is_finished());
        assert_eq!(a.open_requests().len(), 1, "it does not end the wait");
        assert_eq!(a.drive_state(), DriveState::Dismountable);
        assert_eq!(a.take(), wrong);
        in_time(&a.clock, "it is gone", || a.count() == 0);
        a.put(tape_inside);
        in_time(&a.clock, "the right one is mounted", || call.is_finished());
        let mount = call.join().unwrap().unwrap();
        assert_eq!(mount.drive(), drive);
        assert_eq!(a.drive_state(), DriveState::Loaded);
        mount.dismount(IMMEDIATE).unwrap();
    });
    assert_eq!(a.open_requests(), []);
    a.settle();
    a.take();
    a.clock.advance(Duration::from_secs(60));
    a.settle();
    assert!(a.holds(medium), "nobody watches when nobody waits");
    a.check();
}

#[test]
fn a_mount_for_a_robot_is_met_in_a_stand_alone_drive() {
    let a = Alone { robot: robot::Robot::with_tapes(1, &["A1"]) };
    a.prepare_all();
    let medium = a.by_bar_code("A1").id;
    let held = a.allocate(medium).logical_media;
    let tape = a.device.hands().remove(a.place(1)).unwrap();
    a.look(rsm::model::InventoryMethod::Fast);
    // The same cartridge in another simulated library: one that carries its label.
    let (desk, device) = a.attach(builder());
    let twin = copy(&a, tape, &device);
    thread::scope(|scope| {
        let call = scope.spawn(|| a.session.mount(held));
        until("somebody is asked", || !a.open_requests().is_empty());
        device.hands().insert(twin, alone::mouth(&device)).unwrap();
        in_time(&a.clock, "it is mounted there", || call.is_finished());
        let mount = call.join().unwrap().unwrap();
        let drives = a.session.list::<DriveId>(Some(desk.into())).unwrap();
        assert_eq!(mount.drive(), drives[0]);
    });
    assert_eq!(a.medium(medium).current_library, desk);
    a.settle();
    a.check();
}

/// Another cartridge with what is on this one: simulated libraries share none.
fn copy(
    a: &Alone,
    tape: rsm::device::simulated::CartridgeId,
    to: &SimulatedLibrary,
) -> rsm::device::simulated::CartridgeId {
    use rsm::device::ReadOutcome;
    let changer = a.device.changers().remove(0);
    let geometry = changer.geometry().unwrap();
    a.device.hands().insert(tape, a.place(8)).unwrap();
    changer.move_medium(a.place(8).address, geometry.drives.first, false).unwrap();
    let from = a.device.drives().remove(0);
    from.load().unwrap();
    let twin = to.hands().make(alone::tape()).unwrap();
    to.hands().insert(twin, alone::mouth(to)).unwrap();
    let into = to.drives().remove(0);
    let _told = into.status();
    {
        let (mut from, mut into) = (from.open().unwrap(), into.open().unwrap());
        from.rewind().unwrap();
        let mut buffer = vec![0; 1 << 16];
        while let Ok(read) = from.read_block(&mut buffer) {
            match read {
                ReadOutcome::Block(length) => drop(into.write_block(&buffer[..length]).unwrap()),
                ReadOutcome::Filemark => drop(into.write_filemarks(1).unwrap()),
                _ => break,
            }
        }
    }
    from.unload().unwrap();
    changer.move_medium(geometry.drives.first, a.place(8).address, false).unwrap();
    a.device.hands().remove(a.place(8)).unwrap();
    alone::take(to);
    twin
}

#[test]
fn a_tape_goes_from_a_robot_over_two_desks_and_stays_itself() {
    let a = Alone { robot: robot::Robot::with_tapes(1, &["A1", "A2"]) };
    a.prepare_all();
    let medium = a.by_bar_code("A1").id;
    let held = a.allocate(medium).logical_media;
    let tape = a.device.hands().remove(a.place(1)).unwrap();
    let (one, first) = a.attach(builder().name("One"));
    let (two, second) = a.attach(builder().name("Two"));
    // The robot's catalog still has it in its slot.
    let twin = copy(&a, tape, &first);
    first.hands().insert(twin, alone::mouth(&first)).unwrap();
    a.session.poll_changes(one).unwrap();
    assert_eq!(a.medium(medium).current_library, one, "moved, not doubled");
    assert_eq!(a.all_media().len(), 2);
    let twin = copy(&a, tape, &second);
    alone::take(&first);
    second.hands().insert(twin, alone::mouth(&second)).unwrap();
    a.session.poll_changes(two).unwrap();
    assert_eq!(a.medium(medium).current_library, two);
    a.session.poll_changes(one).unwrap();
    a.look(rsm::model::InventoryMethod::Fast);
    assert_eq!(a.medium(medium).current_library, two);
    assert_eq!(a.all_media().len(), 2);
    let mount = a.mount(held);
    let other = a.mount(a.allocate(a.by_bar_code("A2").id).logical_media);
    drop((mount, other));
    a.settle();
    a.check();
}

#[test]
fn library_ar7_a_copy_of_what_is_mounted_elsewhere_is_a_medium_of_its_own() {
    let a = Alone { robot: robot::Robot::with_tapes(1, &["A1"]) };
    a.prepare_all();
    let medium = a.by_bar_code("A1").id;
    let held = a.allocate(medium).logical_media;
    let tape = a.device.hands().remove(a.place(1)).unwrap();
    let (desk, device) = a.attach(builder());
    let twin = copy(&a, tape, &device);
    a.device.hands().insert(tape, a.place(1)).unwrap();
    let mount = a.mount(held);
    device.hands().insert(twin, alone::mouth(&device)).unwrap();
    a.session.poll_changes(desk).unwrap();
    assert_eq!(a.medium(medium).current_library, a.library, "somebody uses it there");
    assert_eq!(a.all_media().len(), 2);
    mount.dismount(IMMEDIATE).unwrap();
    a.settle();
    a.check();
}

#[test]
fn an_allocation_that_waits_is_met_in_a_stand_alone_drive() {
    let (a, held, medium, tape) = on_the_desk();
    a.session.deallocate_media(held).unwrap();
    thread::scope(|scope| {
        let request = AllocateRequest::from(a.pool()).timeout(Timeout::Forever);
        let session = &a.session;
        let call = scope.spawn(move || session.allocate_media(request));
        until("somebody is asked", || !a.open_requests().is_empty());
        a.put(tape);
        in_time(&a.clock, "it is allocated", || call.is_finished());
        assert_eq!(call.join().unwrap().unwrap().physical_media, medium);
    });
    assert_eq!(a.open_requests(), []);
    a.settle();
    a.check();
}

// Processes.

fn shared(directory: &std::path::Path) -> Arc<dyn LibraryDevice> {
    Arc::new(builder().open_or_create(directory.join("desk")).expect("library"))
}

fn open(directory: &std::path::Path) -> Manager {
    rsm::OpenOptions::new().create(true).open(directory.join("catalog")).expect("catalog")
}

/// A child that owns a library or watches one.
#[test]
#[ignore = "a part that other tests play"]
fn child() {
    let Some(part) = child::part() else { return };
    let directory = std::path::Path::new(&part[1]);
    let manager = open(directory);
    let session = manager.session("child").expect("session");
    match part[0].as_str() {
        "owner" => {
            manager.attach(shared(directory)).expect("attached");
            child::tell("attached");
            child::hear();
        }
        "watcher" => {
            let library = session.list::<LibraryId>(None).expect("libraries")[1];
            let detection = session.begin_change_detection().expect("detection");
            detection.watch(library).expect("watched");
            child::tell("watches");
            child::hear();
        }
        other => panic!("{other}"),
    }
}

struct Site {
    dir: tempfile::TempDir,
    manager: Manager,
    session: Session,
    desk: SimulatedLibrary,
}

impl Site {
    fn new() -> Self {
        let dir = tempfile::TempDir::new().unwrap();
        let manager = open(dir.path());
        let session = manager.session("parent").unwrap();
        let desk = builder().open_or_create(dir.path().join("desk")).unwrap();
        Self { dir, manager, session, desk }
    }

    fn child(&self, part: &str) -> Child {
        let mut child = Child::start(&[part, self.dir.path().to_str().unwrap()]);
        assert!(child.next().is_some());
        child
    }

    fn library(&self) -> LibraryId {
        self.session.list::<LibraryId>(None).unwrap()[1]
    }

    fn inside(&self) -> usize {
        self.session.info(self.library()).unwrap().number_of_media as usize
    }

    fn put(&self) {
        let tape = self.desk.hands().make(tape()).unwrap();
        self.desk.hands().insert(tape, alone::mouth(&self.desk)).unwrap();
    }
}

#[test]
fn the_owner_looks_for_others_and_the_next_one_when_it_dies() {
    let site = Site::new();
    let mut owner = site.child("owner");
    site.put();
    site.session.poll_changes(site.library()).unwrap();
    assert_eq!(site.inside(), 1);
    let detection = site.session.begin_change_detection().unwrap();
    detection.watch(site.library()).unwrap();
    alone::take(&site.desk);
    until("the owner sees it", || site.inside() == 0);
    owner.kill();
    site.put();
    site.session.poll_changes(site.library()).unwrap();
    site.manager.attach(shared(site.dir.path())).unwrap();
    until("we see it ourselves", || site.inside() == 1);
    alone::take(&site.desk);
    until("we watch ourselves", || site.inside() == 0);
    assert_eq!(site.manager.check().unwrap(), []);
}

#[test]
fn what_a_killed_process_watched_is_watched_no_more() {
    let site = Site::new();
    site.manager.attach(shared(site.dir.path())).unwrap();
    let mut watcher = site.child("watcher");
    site.put();
    until("it is watched", || site.inside() == 1);
    watcher.kill();
    let rows = || {
        let database = rusqlite::Connection::open(site.dir.path().join("catalog/catalog.db"));
        let count = "SELECT count(*) FROM detection";
        database.unwrap().query_row(count, [], |row| row.get::<_, u32>(0)).unwrap()
    };
    until("the dead watch nothing", || rows() == 0);
    assert_eq!(site.manager.check().unwrap(), []);
}

#[test]
fn closing_a_session_ends_a_poll_that_waits() {
    let clock = VirtualClock::new();
    let dir = tempfile::TempDir::new().unwrap();
    let manager = options(&clock).open(dir.path()).unwrap();
    let load = Duration::from_secs(40);
    let timings = rsm::device::simulated::Timings { load, ..Default::default() };
    let device = Arc::new(builder().clock(clock.clone()).timings(timings).build().unwrap());
    let library = manager.attach(device.clone() as Arc<dyn LibraryDevice>).unwrap();
    let session = manager.session("test").unwrap();
    manager.wait_until_idle(Timeout::Forever).unwrap();
    let tape = device.hands().make(tape()).unwrap();
    device.hands().insert(tape, alone::mouth(&device)).unwrap();
    thread::scope(|scope| {
        let call = scope.spawn(|| session.poll_changes(library));
        // It waits for the drive, and somebody waits for it.
        clock.wait_for_waiters(3);
        session.close().unwrap();
        assert_eq!(kind(call.join().unwrap()), ErrorKind::Cancelled);
    });
    in_time(&clock, "the drive is ready", || manager.wait_until_idle(Timeout::NoWait).is_ok());
}
