//! Mounting and dismounting.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

#[path = "support/robot.rs"]
mod robot;

use std::thread;
use std::time::Duration;

use robot::{DEFERRED, IMMEDIATE, Robot, builder, disk, kind, prepared, read, write};
use rsm::device::simulated::{Fault, Timings};
use rsm::device::{DeviceErrorKind, ElementKind, MediumIo};
use rsm::model::{
    Access, AllocateRequest, Caller, DismountOptions, DriveState, Id, InventoryMethod, Location,
    LogicalMediaId, MediaRef, MediaState, MountOptions, MountRequest, SideId, SideState, SlotState,
    Timeout,
};
use rsm::{ErrorKind, Mount};

const AT_ONCE: MountOptions = MountOptions::ERROR_IF_UNAVAILABLE;

#[test]
fn media_o1_a_mounted_side_is_loaded_and_counted() {
    let (robot, logical) = prepared(1, &["A1"]);
    let mount = robot.mount(logical[0]);
    let medium = robot.by_bar_code("A1");
    assert_eq!(medium.media_state, MediaState::Loaded);
    assert_eq!(medium.location, Some(Location::Drive(mount.drive())));
    assert_eq!(medium.mounted_side, Some(mount.side()));
    let side = robot.side(medium.id);
    assert_eq!((side.mount_count, side.id), (1, mount.side()));
    assert!(side.capacity > 0, "refreshed at the first mount");
    let drive = robot.drive(mount.drive());
    assert_eq!((drive.state, drive.saved_side), (DriveState::Loaded, Some(mount.side())));
    assert_eq!(robot.slot_state(1), SlotState::Empty);
    robot.check();
    write(&mount, &[b"first", b"second"]);
    assert_eq!(read(&mount), b"first");
}

#[test]
fn media_o2_a_medium_in_use_is_busy_or_waited_for() {
    let (robot, logical) = prepared(2, &["A1"]);
    let _mount = robot.mount(logical[0]);
    let other = robot.manager.session("other").unwrap();
    let request = MountRequest::from(logical[0]);
    assert_eq!(kind(other.mount(request.clone().options(AT_ONCE))), ErrorKind::Busy);
    assert_eq!(kind(other.mount(request.clone().timeout(Timeout::NoWait))), ErrorKind::Timeout);
    let short = request.clone().timeout(Timeout::After(Duration::from_millis(50)));
    thread::scope(|scope| {
        let waiting = scope.spawn(|| kind(other.mount(short)));
        // The library's own thread waits as well.
        robot.clock.wait_for_waiters(2);
        robot.clock.advance(Duration::from_millis(50));
        assert_eq!(waiting.join().unwrap(), ErrorKind::Timeout);
    });
    assert_eq!(kind(robot.session.mount(request)), ErrorKind::Busy, "would wait for itself");
    robot.check();
}

#[test]
fn a_medium_is_open_once_at_a_time() {
    let (robot, logical) = prepared(1, &["A1"]);
    let mount = robot.mount(logical[0]);
    let open = mount.open(Access::Write).unwrap();
    assert_eq!(kind(mount.open(Access::Read)), ErrorKind::Busy);
    drop(open);
    assert!(mount.open(Access::Read).is_ok());
}

#[test]
fn who_waits_for_a_medium_gets_it_when_it_is_given_back() {
    let (robot, logical) = prepared(1, &["A1"]);
    let mount = robot.mount(logical[0]);
    let other = robot.manager.session("other").unwrap();
    thread::scope(|scope| {
        let waiting = scope.spawn(|| other.mount(logical[0]).map(|mount| mount.side()));
        robot.clock.wait_for_waiters(2);
        drop(mount);
        assert!(waiting.join().unwrap().is_ok());
    });
    robot.check();
}

#[test]
fn media_a12_a_medium_that_went_offline_is_not_allocated() {
    let robot = Robot::with_tapes(1, &["A1"]);
    let medium = robot.prepare(robot.by_bar_code("A1").id);
    robot.device.hands().remove(robot.place(1)).unwrap();
    robot.look(rsm::model::InventoryMethod::Fast);
    let request = AllocateRequest::from(robot.pool());
    let named = request.naming(robot.side(medium).id);
    assert_eq!(kind(robot.session.allocate_media(named)), ErrorKind::MediaOffline);
    let any = request.error_if_unavailable();
    assert_eq!(kind(robot.session.allocate_media(any)), ErrorKind::MediaUnavailable);
}

#[test]
fn media_a26_a_side_up_for_another_session_is_not_allocated() {
    let (robot, logical) = prepared(1, &["A1"]);
    let mount = robot.mount(logical[0]);
    robot.session.deallocate_media(logical[0]).unwrap();
    let other = robot.manager.session("other").unwrap();
    let any = AllocateRequest::from(robot.pool()).error_if_unavailable();
    assert_eq!(kind(other.allocate_media(any)), ErrorKind::MediaUnavailable);
    mount.dismount(DEFERRED).unwrap();
    assert!(other.allocate_media(any).is_ok());
    robot.check();
}

#[test]
fn media_d1_d2_complete_sides_are_not_written() {
    let (robot, logical) = prepared(1, &["A1"]);
    let mount = robot.mount(logical[0]);
    assert_eq!(kind(robot.session.complete_media(logical[0])), ErrorKind::InvalidState);
    mount.dismount(DEFERRED).unwrap();
    robot.session.complete_media(logical[0]).unwrap();
    let writing = MountRequest::from(logical[0]).for_writing();
    assert_eq!(kind(robot.session.mount(writing)), ErrorKind::WriteProtect);
    let mount = robot.session.mount(logical[0]).expect("reading is fine");
    assert_eq!(kind(mount.open(Access::Write)), ErrorKind::WriteProtect);
    let mut medium = mount.open(Access::Read).unwrap();
    let refused = medium.write_block(b"x").unwrap_err();
    assert_eq!(refused.kind(), DeviceErrorKind::WriteProtected);
    drop((medium, mount));
    robot.check();
}

#[test]
fn media_u1_an_immediate_dismount_takes_the_medium_home() {
    let (robot, logical) = prepared(1, &["A1", "A2"]);
    let mount = robot.mount(logical[1]);
    let drive = mount.drive();
    mount.dismount(IMMEDIATE).unwrap();
    robot.settle();
    let medium = robot.by_bar_code("A2");
    assert_eq!(medium.media_state, MediaState::Idle);
    assert_eq!(medium.location, Some(Location::Slot(robot.slot(2))));
    assert_eq!(medium.mounted_side, None);
    assert_eq!(robot.drive(drive).state, DriveState::Dismounted);
    assert_eq!(robot.slot_state(2), SlotState::Full);
    robot.assert_all_in_slots(2);
    robot.check();
}

#[test]
fn media_u2_a_deferred_dismount_leaves_it_for_the_next_mount() {
    let (robot, logical) = prepared(1, &["A1"]);
    let mount = robot.mount(logical[0]);
    let drive = mount.drive();
    mount.dismount(DEFERRED).unwrap();
    let medium = robot.by_bar_code("A1");
    assert_eq!(medium.media_state, MediaState::Idle);
    assert_eq!(medium.location, Some(Location::Drive(drive)));
    assert_eq!(robot.drive(drive).state, DriveState::Dismountable);
    // A robot that cannot move shows that nothing moves.
    robot
        .device
        .inject_always(Fault::MoveFails { changer: 0, kind: DeviceErrorKind::ChangerFault });
    let up = MountRequest::from(logical[0]).timeout(Timeout::NoWait);
    let mount = robot.session.mount(up).expect("it is up");
    assert_eq!(mount.drive(), drive);
    assert_eq!(robot.drive(drive).state, DriveState::Loaded);
    assert_eq!(robot.side(medium.id).mount_count, 2);
    robot.check();
}

#[test]
fn media_u3_a_drive_is_taken_when_the_delay_is_over() {
    let (robot, logical) = prepared(1, &["A1", "A2"]);
    let mount = robot.mount(logical[0]);
    mount.dismount(DEFERRED).unwrap();
    robot.clock.advance(Duration::from_secs(1));
    let second = MountRequest::from(logical[1]);
    assert_eq!(kind(robot.session.mount(second.clone().options(AT_ONCE))), ErrorKind::Busy);
    thread::scope(|scope| {
        let waiting = scope.spawn(|| robot.session.mount(second));
        robot.clock.wait_for_waiters(2);
        robot.clock.advance(Duration::from_secs(298));
        robot.clock.wait_for_waiters(2);
        assert!(!waiting.is_finished());
        robot.clock.advance(Duration::from_secs(1));
        let mount = waiting.join().unwrap().expect("the drive is free");
        assert_eq!(robot.by_bar_code("A1").location, Some(Location::Slot(robot.slot(1))));
        assert_eq!(robot.by_bar_code("A2").location, Some(Location::Drive(mount.drive())));
        robot.check();
    });
}

#[test]
fn media_u4_u5_what_is_not_mounted_is_not_dismounted() {
    let (robot, logical) = prepared(1, &["A1"]);
    let session = &robot.session;
    let media = [MediaRef::from(logical[0])];
    assert_eq!(kind(session.dismount(&media, IMMEDIATE)), ErrorKind::InvalidState);
    let twice = [media[0], media[0]];
    assert_eq!(kind(session.dismount(&twice, IMMEDIATE)), ErrorKind::InvalidMedia);
    let _mount = robot.mount(logical[0]);
    let other = robot.manager.session("other").unwrap();
    assert_eq!(kind(other.dismount(&media, IMMEDIATE)), ErrorKind::InvalidState);
    let both = DismountOptions::all();
    assert_eq!(kind(session.dismount(&media, both)), ErrorKind::InvalidParameter);
    assert_eq!(kind(session.dismount(&[], IMMEDIATE)), ErrorKind::InvalidParameter);
}

#[test]
fn media_u6_u7_what_is_mounted_can_always_be_dismounted() {
    let (robot, logical) = prepared(1, &["A1"]);
    let mount = robot.mount(logical[0]);
    let side = mount.side();
    robot.session.deallocate_media(logical[0]).unwrap();
    robot.session.disable(robot.by_bar_code("A1").id).unwrap();
    robot.session.dismount(&[side.into()], IMMEDIATE).unwrap();
    robot.settle();
    let medium = robot.by_bar_code("A1");
    assert_eq!(medium.media_state, MediaState::Idle);
    assert!(!medium.common.enabled);
    assert_eq!(kind(mount.open(Access::Read)), ErrorKind::InvalidState);
    assert_eq!(kind(mount.dismount(DEFERRED)), ErrorKind::InvalidState);
    robot.check();
}

#[test]
fn media_b8_a_medium_in_use_returns_to_the_free_pool_when_idle() {
    let (robot, logical) = prepared(1, &["A1"]);
    let mut pool = robot.session.info(robot.pool()).unwrap();
    pool.deallocation_policy = rsm::model::DeallocationPolicy::RETURN_TO_FREE;
    robot.session.set_info(&pool).unwrap();
    let mount = robot.mount(logical[0]);
    robot.session.deallocate_media(logical[0]).unwrap();
    let medium = robot.by_bar_code("A1");
    assert_eq!(medium.pool, robot.pool());
    assert_eq!(robot.side(medium.id).state, SideState::Available);
    let before = robot.side(medium.id).label;
    mount.dismount(IMMEDIATE).unwrap();
    robot.settle();
    let medium = robot.by_bar_code("A1");
    assert_eq!(medium.pool, robot.system("Free"));
    assert_eq!(robot.side(medium.id).state, SideState::Available);
    assert_ne!(robot.side(medium.id).label, before, "a new free label");
    robot.check();
}

#[test]
fn media_b9_an_allocation_ends_the_return() {
    let (robot, logical) = prepared(1, &["A1"]);
    let mut pool = robot.session.info(robot.pool()).unwrap();
    pool.deallocation_policy = rsm::model::DeallocationPolicy::RETURN_TO_FREE;
    robot.session.set_info(&pool).unwrap();
    let mount = robot.mount(logical[0]);
    let side = mount.side();
    robot.session.deallocate_media(logical[0]).unwrap();
    let named = AllocateRequest::from(robot.pool()).naming(side);
    robot.session.allocate_media(named).unwrap();
    mount.dismount(IMMEDIATE).unwrap();
    robot.settle();
    assert_eq!(robot.by_bar_code("A1").pool, robot.pool());
    robot.check();
}

#[test]
fn media_b9_before_the_medium_is_home() {
    let (robot, logical) = prepared(1, &["A1"]);
    let mut pool = robot.session.info(robot.pool()).unwrap();
    pool.deallocation_policy = rsm::model::DeallocationPolicy::RETURN_TO_FREE;
    robot.session.set_info(&pool).unwrap();
    let mount = robot.mount(logical[0]);
    let (side, drive) = (mount.side(), mount.drive());
    robot.session.deallocate_media(logical[0]).unwrap();
    let kind = DeviceErrorKind::NotReady;
    robot.device.inject_always(Fault::MoveFails { changer: 0, kind });
    mount.dismount(IMMEDIATE).unwrap();
    let medium = robot.by_bar_code("A1");
    assert_eq!(medium.location, Some(Location::Drive(drive)), "the robot is not ready");
    let named = AllocateRequest::from(robot.pool()).naming(side);
    robot.session.allocate_media(named).unwrap();
    robot.device.clear_faults();
    thread::scope(|scope| {
        let home = scope.spawn(|| robot.settle());
        while !home.is_finished() {
            robot.clock.advance_to_next();
            thread::yield_now();
        }
    });
    let medium = robot.by_bar_code("A1");
    assert_eq!((medium.pool, medium.media_state), (robot.pool(), MediaState::Idle));
    assert_eq!(robot.side(medium.id).state, SideState::Allocated);
    robot.assert_all_in_slots(1);
    robot.check();
}

#[test]
fn a_closed_session_gives_its_media_back_and_its_handles_end() {
    let (robot, logical) = prepared(1, &["A1"]);
    let session = robot.manager.session("short").unwrap();
    let mount = session.mount(MountRequest::from(logical[0]).for_writing()).unwrap();
    let mut medium = mount.open(Access::Write).unwrap();
    medium.rewind().unwrap();
    let _ = medium.write_block(b"before").unwrap();
    session.close().unwrap();
    let refused = medium.write_block(b"after").unwrap_err();
    assert_eq!(refused.kind(), DeviceErrorKind::NoMedium);
    assert_eq!(robot.drive(mount.drive()).state, DriveState::Dismountable);
    assert_eq!(kind(mount.open(Access::Read)), ErrorKind::InvalidState);
    let again = robot.session.mount(logical[0]).err().map(|error| error.kind());
    assert_eq!(again, Some(ErrorKind::InvalidMedia), "it wrote over the label");
    robot.settle();
    robot.check();
}

/// Without an inventory nothing would ever end that wait.
#[test]
fn nobody_waits_for_a_medium_that_is_nowhere() {
    let (robot, logical) = prepared(1, &["A1"]);
    let catalog = rusqlite::Connection::open(robot.dir.path().join("catalog.db")).unwrap();
    catalog.execute("UPDATE slot SET state = 4 WHERE key = (SELECT slot FROM medium)", []).unwrap();
    catalog.execute("UPDATE medium SET slot = NULL, home_slot = NULL", []).unwrap();
    let forever = MountRequest::from(logical[0]).timeout(Timeout::Forever);
    assert_eq!(kind(robot.session.mount(forever.clone())), ErrorKind::MediaOffline);
    robot.look(InventoryMethod::Fast);
    drop(robot.session.mount(forever).unwrap());
    robot.settle();
    robot.check();
}

/// The part of `requests_se1` that needs no operator.
#[test]
fn closing_a_session_ends_its_waiting_mount() {
    let (robot, logical) = prepared(1, &["A1"]);
    let mount = robot.mount(logical[0]);
    let other = robot.manager.session("other").unwrap();
    thread::scope(|scope| {
        let waiting = scope.spawn(|| kind(other.mount(MountRequest::from(logical[0]))));
        robot.clock.wait_for_waiters(2);
        other.close().unwrap();
        assert_eq!(waiting.join().unwrap(), ErrorKind::Cancelled);
    });
    drop(mount);
    robot.settle();
    robot.check();
}

#[test]
fn a_library_that_is_not_there_is_told_of_after_the_rights_were_checked() {
    let (robot, logical) = prepared(1, &["A1"]);
    robot.manager.detach(robot.library).unwrap();
    assert_eq!(kind(robot.session.mount(logical[0])), ErrorKind::ResourceNotAvailable);
    let nobody = Caller {
        user: 4_000_000,
        groups: vec![],
        administrator: false,
        user_name: "nobody".to_owned(),
    };
    let stranger = robot.manager.session_as("stranger", nobody).unwrap();
    assert_eq!(kind(stranger.mount(logical[0])), ErrorKind::AccessDenied);
}

#[test]
fn a_handle_ends_with_its_mount() {
    let (robot, logical) = prepared(1, &["A1"]);
    let mount = robot.mount(logical[0]);
    let mut first = mount.open(Access::Read).unwrap();
    mount.dismount(DEFERRED).unwrap();
    assert_eq!(first.rewind().unwrap_err().kind(), DeviceErrorKind::NoMedium);
    let mount = robot.mount(logical[0]);
    assert_eq!(first.rewind().unwrap_err().kind(), DeviceErrorKind::NoMedium, "another mount");
    let mut second = mount.open(Access::Read).unwrap();
    second.rewind().unwrap();
    drop(first);
    second.rewind().unwrap();
    drop((second, mount));
    robot.check();
}

#[test]
fn both_sides_of_a_disk_come_up() {
    let robot = Robot::of(builder(1, robot::DISK).cartridge(disk("D1")), robot::DISK);
    let medium = robot.prepare(robot.by_bar_code("D1").id);
    let sides: Vec<SideId> = robot.sides(medium).into_iter().map(|side| side.id).collect();
    assert_eq!(sides.len(), 2);
    let logical: Vec<LogicalMediaId> = sides
        .iter()
        .map(|side| {
            let request = AllocateRequest::from(robot.pool()).naming(*side);
            robot.session.allocate_media(request).unwrap().logical_media
        })
        .collect();
    let a = robot.mount(logical[0]);
    write(&a, &[b"side A"]);
    let busy = MountRequest::from(logical[1]).options(AT_ONCE);
    let other = robot.manager.session("other").unwrap();
    assert_eq!(kind(other.mount(busy)), ErrorKind::Busy, "one side at a time");
    a.dismount(DEFERRED).unwrap();
    let b = robot.mount(logical[1]);
    assert_eq!(b.side(), sides[1]);
    assert_eq!(robot.medium(medium).mounted_side, Some(sides[1]));
    write(&b, &[b"side B"]);
    b.dismount(IMMEDIATE).unwrap();
    robot.settle();
    let a = robot.mount(logical[0]);
    assert_eq!(read(&a), b"side A");
    drop(a);
    let b = robot.mount(logical[1]);
    assert_eq!(read(&b), b"side B");
    drop(b);
    robot.check();
}

#[test]
fn mounts_are_checked() {
    let (robot, logical) = prepared(1, &["A1"]);
    let session = &robot.session;
    assert_eq!(kind(session.mount(LogicalMediaId::NULL)), ErrorKind::InvalidParameter);
    let unknown = LogicalMediaId::from_uuid(uuid::Uuid::from_u128(5));
    assert_eq!(kind(session.mount(unknown)), ErrorKind::InvalidMedia);
    let odd = MountRequest::from(logical[0]).options(MountOptions::from_bits_retain(0x100));
    assert_eq!(kind(session.mount(odd)), ErrorKind::InvalidParameter);

    let nobody =
        Caller { user: 4_000_000, groups: vec![], administrator: false, user_name: "x".into() };
    let user = robot.manager.session_as("user", nobody).unwrap();
    assert_eq!(kind(user.mount(logical[0])), ErrorKind::AccessDenied);

    let medium = robot.by_bar_code("A1").id;
    session.disable(medium).unwrap();
    assert_eq!(kind(session.mount(logical[0])), ErrorKind::ResourceDisabled);
    session.enable(medium).unwrap();
    session.disable(robot.library).unwrap();
    assert_eq!(kind(session.mount(logical[0])), ErrorKind::ResourceDisabled);
    session.enable(robot.library).unwrap();
    robot.manager.detach(robot.library).unwrap();
    assert_eq!(kind(session.mount(logical[0])), ErrorKind::ResourceNotAvailable);
    robot.assert_all_in_slots(1);
}

#[test]
fn a_library_in_use_is_not_detached() {
    let (robot, logical) = prepared(1, &["A1"]);
    let mount = robot.mount(logical[0]);
    assert_eq!(kind(robot.manager.detach(robot.library)), ErrorKind::Busy);
    drop(mount);
    robot.manager.detach(robot.library).unwrap();
    robot.check();
}

#[test]
fn a_tape_missing_from_its_slot_is_offline() {
    let (robot, logical) = prepared(1, &["A1"]);
    robot.device.hands().remove(robot.place(1)).unwrap();
    assert_eq!(kind(robot.session.mount(logical[0])), ErrorKind::MediaOffline);
    assert_eq!(robot.by_bar_code("A1").location, None);
    assert_eq!(robot.slot_state(1), SlotState::Empty);
    assert_eq!(robot.drives()[0].state, DriveState::Dismounted);
    robot.check();
}

#[test]
fn drives_load_side_by_side() {
    let timings = Timings { load: Duration::from_secs(60), ..Timings::default() };
    let codes = ["A1", "A2"].map(robot::tape);
    let library = builder(2, robot::TAPE).cartridges(codes).timings(timings);
    let clock = rsm::clock::VirtualClock::new();
    let device = std::sync::Arc::new(library.clock(clock.clone()).build().unwrap());
    let dir = tempfile::TempDir::new().unwrap();
    let manager = robot::options(&clock).open(dir.path()).unwrap();
    let session = manager.session("test").unwrap();
    let advance = thread::scope(|scope| {
        let driver = scope.spawn(|| {
            let library = manager.attach(device.clone()).unwrap();
            manager.wait_until_idle(Timeout::Forever).unwrap();
            library
        });
        while !driver.is_finished() {
            clock.advance_to_next();
            thread::yield_now();
        }
        driver.join().unwrap()
    });
    let code = robot::TAPE;
    let robot =
        Robot { session, library: advance, manager, device, clock: clock.clone(), code, dir };
    let sides: Vec<SideId> =
        robot.media().into_iter().map(|medium| robot.side(medium.id).id).collect();
    let start = clock_time(&robot);
    let mounts: Vec<Mount> = thread::scope(|scope| {
        let waiting: Vec<_> =
            sides.iter().map(|side| scope.spawn(|| robot.session.mount(*side).unwrap())).collect();
        // Both drives load at once: two calls wait, two drives, and the library's own thread.
        robot.clock.wait_for_waiters(5);
        robot.clock.advance(Duration::from_secs(60));
        waiting.into_iter().map(|mount| mount.join().unwrap()).collect()
    });
    assert_eq!(clock_time(&robot) - start, Duration::from_secs(60));
    assert_ne!(mounts[0].drive(), mounts[1].drive());
}

fn clock_time(robot: &Robot) -> Duration {
    rsm::clock::Clock::monotonic(robot.clock.as_ref())
}

#[test]
fn nothing_is_in_a_hand_when_all_is_quiet() {
    let (robot, logical) = prepared(2, &["A1", "A2", "A3"]);
    for logical in &logical {
        robot.mount(*logical).dismount(IMMEDIATE).unwrap();
    }
    robot.settle();
    robot.assert_all_in_slots(3);
    let seen = robot.device.hands().elements().unwrap();
    assert_eq!(seen.iter().filter(|e| e.kind == ElementKind::Transport).count(), 1);
    robot.check();
}
