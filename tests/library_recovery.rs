//! Faults, crashes and people: nothing is lost, nothing doubled.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

#[path = "support/robot.rs"]
mod robot;

use std::sync::Arc;

use robot::{DEFERRED, IMMEDIATE, Robot, builder, prepared, tape};
use rsm::device::simulated::Fault;
use rsm::device::{Attention, DeviceErrorKind, ElementKind, LibraryDevice};
use rsm::model::{DriveState, MediaState, SideState, SlotState};
use rsm::{ErrorKind, Manager};

#[test]
fn attentions_are_looked_past() {
    let (robot, logical) = prepared(1, &["A1"]);
    let drive = robot.device.drive_places()[0];
    for attention in [Attention::Reset, Attention::MediumChanged, Attention::Other] {
        robot.device.inject(Fault::ChangerAttention { changer: 0, attention });
        robot.device.inject(Fault::DriveAttention { drive, attention });
        robot.mount(logical[0]).dismount(IMMEDIATE).unwrap();
        robot.settle();
    }
    robot.assert_all_in_slots(1);
    robot.check();
}

#[test]
fn a_lost_reply_is_no_lost_tape() {
    let (robot, logical) = prepared(1, &["A1"]);
    robot.device.inject(Fault::LostReply { changer: 0 });
    let mount = robot.mount(logical[0]);
    robot.device.inject(Fault::LostReply { changer: 0 });
    mount.dismount(IMMEDIATE).unwrap();
    robot.settle();
    robot.assert_all_in_slots(1);
    assert_eq!(robot.by_bar_code("A1").media_state, MediaState::Idle);
    robot.check();
}

#[test]
fn a_jammed_robot_fails_the_mount_and_nothing_else() {
    let (robot, logical) = prepared(1, &["A1"]);
    let kind = DeviceErrorKind::ChangerFault;
    robot.device.inject_always(Fault::MoveFails { changer: 0, kind });
    let error = robot.session.mount(logical[0]).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::DeviceNotAvailable);
    assert_eq!(robot.by_bar_code("A1").media_state, MediaState::Idle);
    assert_eq!(robot.drives()[0].state, DriveState::Dismounted);
    robot.check();
    robot.device.clear_faults();
    drop(robot.mount(logical[0]));
    robot.check();
}

#[test]
fn a_drive_that_does_not_load_gives_the_tape_back() {
    let (robot, logical) = prepared(1, &["A1"]);
    let drive = robot.device.drive_places()[0];
    for (kind, state) in [
        (DeviceErrorKind::DriveFault, MediaState::Idle),
        (DeviceErrorKind::MediumFault, MediaState::RecoverableError),
    ] {
        robot.device.inject(Fault::LoadFails { drive, kind });
        let error = robot.session.mount(logical[0]).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::UnableToLoadMedium);
        assert_eq!(robot.by_bar_code("A1").media_state, state);
        robot.assert_all_in_slots(1);
        robot.check();
    }
    assert_eq!(robot.slot_state(1), SlotState::NeedsInventory);
    drop(robot.mount(logical[0]));
}

#[test]
fn a_taken_home_slot_gives_way_to_another() {
    // library-control DD4
    let (robot, logical) = prepared(1, &["A1"]);
    let mount = robot.mount(logical[0]);
    let hands = robot.device.hands();
    hands.insert(hands.make(tape("B1")).unwrap(), robot.place(1)).unwrap();
    mount.dismount(IMMEDIATE).unwrap();
    robot.settle();
    let medium = robot.by_bar_code("A1");
    assert_eq!(robot.in_slot(2).unwrap().id, medium.id);
    assert_eq!(medium.home_slot, Some(robot.slot(2)));
    assert_eq!(robot.slot_state(1), SlotState::NeedsInventory);
    robot.look(rsm::model::InventoryMethod::Fast);
    assert_eq!(robot.in_slot(1).unwrap().bar_code, "B1");
    robot.assert_all_in_slots(2);
    robot.check();
}

#[test]
fn a_tape_somebody_put_into_a_drive_is_put_away_and_identified() {
    let (robot, logical) = prepared(1, &["A1"]);
    let hands = robot.device.hands();
    let drive = robot.device.drive_places()[0];
    hands.insert(hands.make(tape("X1")).unwrap(), drive).unwrap();
    let mount = robot.mount(logical[0]);
    drop(mount);
    robot.look(rsm::model::InventoryMethod::Fast);
    assert_eq!(robot.by_bar_code("X1").pool, robot.system("Unrecognized"));
    robot.assert_all_in_slots(2);
    robot.check();
}

#[test]
fn after_a_restart_what_was_in_drives_is_at_home() {
    let (robot, logical) = prepared(2, &["A1", "A2"]);
    robot.mount(logical[0]).dismount(DEFERRED).unwrap();
    drop(robot.mount(logical[1]));
    let known: Vec<_> = robot.media().into_iter().map(|medium| medium.id).collect();
    let robot = robot.restart();
    robot.assert_all_in_slots(2);
    assert_eq!(robot.in_slot(1).unwrap().id, known[0]);
    assert_eq!(robot.in_slot(2).unwrap().id, known[1]);
    assert!(robot.drives().iter().all(|drive| drive.state == DriveState::Dismounted));
    robot.check();
}

#[test]
fn without_bar_codes_a_restart_reads_the_label() {
    let robot = Robot::without_reader(1, 2);
    robot.prepare_all();
    let medium = robot.in_slot(2).unwrap().id;
    drop(robot.mount(robot.allocate(medium).logical_media));
    let robot = robot.restart();
    assert_eq!(robot.in_slot(2).unwrap().id, medium);
    assert_eq!(robot.slot_state(2), SlotState::Full);
    assert_eq!(robot.all_media().len(), 2);
    robot.check();
}

/// Opens the catalog as it was left at some moment, past the process that left it.
fn crash_copy(robot: &Robot) -> tempfile::TempDir {
    let copy = tempfile::TempDir::new().unwrap();
    let target = copy.path().join("catalog.db");
    let source = rusqlite::Connection::open(robot.dir.path().join("catalog.db")).unwrap();
    source.execute("VACUUM INTO ?1", [target.to_str().unwrap()]).unwrap();
    copy
}

/// A process dies while a tape is moved: the catalog says what was committed last, and the tape
/// lies wherever the robot has put it.
fn settled(copy: &tempfile::TempDir, robot: &Robot) -> (Manager, rsm::Session) {
    // The dead process's mounts are reaped by whoever opens the catalog next.
    let manager = rsm::OpenOptions::new().clock(robot.clock.clone()).open(copy.path()).unwrap();
    manager.attach(robot.device.clone() as Arc<dyn LibraryDevice>).unwrap();
    manager.wait_until_idle(rsm::model::Timeout::Forever).unwrap();
    let session = manager.session("after").unwrap();
    let broken = manager.check().unwrap();
    assert!(broken.is_empty(), "{broken:#?}");
    (manager, session)
}

#[test]
fn a_crash_at_any_step_of_a_mount_is_settled() {
    // The catalog of each moment with the tape at each place it can be at by then.
    for has_reader in [true, false] {
        let codes = if has_reader { ["A1", "A2"] } else { ["", ""] };
        let builder =
            builder(1, robot::TAPE).bar_code_reader(has_reader).cartridges(codes.map(tape));
        let robot = Robot::of(builder, robot::TAPE);
        robot.prepare_all();
        let media: Vec<_> = robot.media().into_iter().map(|medium| medium.id).collect();
        let logical = robot.allocate(media[0]).logical_media;
        let changer = robot.device.changers().remove(0);
        let geometry = changer.geometry().unwrap();
        let (slot, drive) = (robot.place(1).address, geometry.drives.first);

        let idle = crash_copy(&robot);
        let mount = robot.mount(logical);
        let loaded = crash_copy(&robot);
        mount.dismount(DEFERRED).unwrap();
        let deferred = crash_copy(&robot);
        robot.session.dismount(&[logical.into()], IMMEDIATE).unwrap_err();
        drop(robot.session.mount(logical).unwrap());
        robot.manager.detach(robot.library).unwrap();

        // Reserved, nothing moved yet; or moved, and not noted; or noted, and loaded.
        claim_by_hand(&idle);
        let unload = || robot.device.drives()[0].unload().unwrap();
        for (moment, catalog) in [("idle", &idle), ("loaded", &loaded), ("deferred", &deferred)] {
            for place in ["slot", "drive", "hand"] {
                let _ = robot.device.drives()[0].unload();
                bring(&robot, place, slot, drive);
                let (manager, session) = settled(catalog, &robot);
                let what = format!("{moment}, tape in {place}, reader {has_reader}");
                robot.assert_all_in_slots(2);
                let medium = session.info(media[0]).unwrap();
                assert_eq!(medium.media_state, MediaState::Idle, "{what}");
                assert!(medium.location.is_some(), "{what}");
                let all = session
                    .enumerate(
                        None,
                        rsm::model::ObjectType::PhysicalMedia,
                        rsm::model::EnumerateOptions::DEFAULT,
                    )
                    .unwrap();
                assert_eq!(all.len(), 2, "{what}: nothing doubled");
                let mount = session.mount(logical).unwrap_or_else(|e| panic!("{what}: {e}"));
                drop(mount);
                drop((session, manager));
                unload();
            }
        }
    }
}

#[test]
fn a_slot_from_which_a_tape_was_taken_before_a_crash_is_not_full_of_it_when_it_goes_elsewhere() {
    let (robot, _) = prepared(1, &["A1", "A2"]);
    let mut library = robot.session.info(robot.library).unwrap();
    library.inventory_method = rsm::model::InventoryMethod::None;
    robot.session.set_info(&library).unwrap();
    let crashed = crash_copy(&robot);
    claim_by_hand(&crashed);
    robot.manager.detach(robot.library).unwrap();
    let drive = robot.device.drive_places()[0].address;
    bring(&robot, "drive", robot.place(1).address, drive);
    // People have filled its slot.
    robot.device.hands().swap(robot.place(1), robot.place(2)).unwrap();
    let (_manager, session) = settled(&crashed, &robot);
    robot.assert_all_in_slots(2);
    let state = session.info(robot.slot(1)).unwrap().state;
    assert_eq!(state, SlotState::NeedsInventory);
}

#[test]
fn a_tape_that_people_have_exchanged_in_its_drive_before_a_restart_is_not_in_it_any_more() {
    let (robot, media) = prepared(1, &["A1", "A2"]);
    let mut library = robot.session.info(robot.library).unwrap();
    library.inventory_method = rsm::model::InventoryMethod::None;
    robot.session.set_info(&library).unwrap();
    robot.mount(media[0]).dismount(DEFERRED).unwrap();
    let first = robot.by_bar_code("A1").id;
    let crashed = crash_copy(&robot);
    robot.manager.detach(robot.library).unwrap();
    let _ = robot.device.drives()[0].unload();
    let (slot, drive) = (robot.place(1).address, robot.device.drive_places()[0].address);
    bring(&robot, "slot", slot, drive);
    let changer = robot.device.changers().remove(0);
    changer.move_medium(robot.place(2).address, drive, false).unwrap();
    let (_manager, session) = settled(&crashed, &robot);
    robot.assert_all_in_slots(2);
    assert_eq!(session.info(first).unwrap().location, None);
}

/// Puts the first tape where the crash left it.
fn bring(
    robot: &Robot,
    place: &str,
    slot: rsm::device::ElementAddress,
    drive: rsm::device::ElementAddress,
) {
    let changer = robot.device.changers().remove(0);
    let hand = changer.geometry().unwrap().transports.first;
    let target = match place {
        "slot" => slot,
        "drive" => drive,
        _ => hand,
    };
    let all = ElementKind::ALL.map(|kind| {
        let range = changer.geometry().unwrap().range(kind);
        changer.element_status(kind, range.first, range.count).unwrap()
    });
    let second = robot.place(2).address;
    let from = all
        .into_iter()
        .flatten()
        .filter(|status| status.occupancy == rsm::device::Occupancy::Full)
        .map(|status| status.address)
        .find(|address| *address != second)
        .expect("the first tape");
    if from != target {
        changer.move_medium(from, target, false).unwrap();
    }
}

/// The catalog as it is after a mount has taken medium and drive.
fn claim_by_hand(copy: &tempfile::TempDir) {
    let connection = rusqlite::Connection::open(copy.path().join("catalog.db")).unwrap();
    connection
        .execute(
            "INSERT INTO movement (drive, library, medium, slot, purpose, since) \
             SELECT d.key, d.library, m.key, m.slot, 1, 0 FROM drive d, medium m \
             ORDER BY m.key LIMIT 1",
            [],
        )
        .unwrap();
    connection
        .execute("UPDATE medium SET state = 1 WHERE key = (SELECT min(key) FROM medium)", [])
        .unwrap();
}

#[test]
fn a_label_whose_record_was_lost_is_known_again() {
    let robot = Robot::with_tapes(1, &["A1"]);
    let medium = robot.by_bar_code("A1").id;
    robot.session.move_to_pool(medium, robot.system("Free")).unwrap();
    robot.settle();
    let label = robot.side(medium).label.unwrap();
    // As if the process had died between writing the label and recording it.
    let copy = crash_copy(&robot);
    let connection = rusqlite::Connection::open(copy.path().join("catalog.db")).unwrap();
    connection
        .execute(
            "UPDATE side SET state = 1, grade = NULL, pending_label = label_id, label_id = NULL, \
             label_type = NULL, label_info = NULL",
            [],
        )
        .unwrap();
    drop(connection);
    robot.manager.detach(robot.library).unwrap();
    let (_manager, session) = settled(&copy, &robot);
    let side = session.info(robot.side(medium).id).unwrap();
    assert_eq!(side.state, SideState::Available);
    assert!(side.label.unwrap().same_identity(&label), "not written again");
}
