//! A machine is lost: the two ways back, with and without a backup of the catalog, as the page
//! `recovery` of the documentation says, on a simulated library whose tapes are still there.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

#[path = "support/acme.rs"]
mod acme;
#[path = "support/reopen.rs"]
mod reopen;
#[path = "support/robot.rs"]
mod robot;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::Arc;

use acme::Acme;
use reopen::reopened;
use robot::{IMMEDIATE, Robot, builder, disk, kind, read, tape, write};
use rsm::device::LibraryDevice;
use rsm::model::{
    AllocateRequest, InventoryMethod, LabelUpdate, LibraryOperation, Location, LogicalMediaId,
    PhysicalMediaId, SideId, SideState,
};
use rsm::{ErrorKind, Manager};
use tempfile::TempDir;

/// What the application has in its own records: which logical medium has which label.
type Records = BTreeMap<Vec<u8>, LogicalMediaId>;

/// Tapes with these bar codes, all in the free pool, and Acme's labels known.
fn with_free_tapes(codes: &[&str]) -> Robot {
    let robot = Robot::with_tapes(2, codes);
    robot.manager.register_label_format(Arc::new(Acme)).unwrap();
    for medium in robot.media() {
        robot.session.move_to_pool(medium.id, robot.system("Free")).unwrap();
    }
    robot.settle();
    robot
}

/// The application takes a tape into its pool, and writes its label on it.
fn take(robot: &Robot, code: &str, label: &[u8], records: &mut Records) -> LogicalMediaId {
    let logical = robot.allocate(robot.by_bar_code(code).id).logical_media;
    let mount = robot.mount(logical);
    write(&mount, &[label]);
    mount.dismount(IMMEDIATE).unwrap();
    robot.session.update_omid(logical, LabelUpdate::Raw(label)).unwrap();
    // It is on its way home.
    robot.settle();
    records.insert(label["ACME".len()..].to_vec(), logical);
    logical
}

/// The number of the slot that a tape is in.
fn slot_of(robot: &Robot, code: &str) -> u32 {
    match robot.by_bar_code(code).location {
        Some(Location::Slot(slot)) => robot.session.info(slot).unwrap().number,
        other => panic!("{code} is in no slot: {other:?}"),
    }
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        fs::copy(&path, to.join(path.file_name().unwrap())).unwrap();
    }
}

/// The library at a new machine, whose catalog is empty.
fn at_new_machine(robot: Robot) -> (TempDir, Manager, Robot) {
    let Robot { session, manager, device, clock, code, library, .. } = robot;
    drop(session);
    manager.detach(library).unwrap();
    drop(manager);
    let dir = robot::directory();
    let manager = robot::options(&clock).open(dir.path()).unwrap();
    manager.register_label_format(Arc::new(Acme)).unwrap();
    let session = manager.session("recovery").unwrap();
    let place = TempDir::new().unwrap();
    let kept = manager.clone();
    (place, kept, Robot { session, library, manager, device, clock, code, dir })
}

/// From the backup on another machine, with the library attached.
fn recovered(robot: Robot, backup: &Path) -> Robot {
    let (_place, manager, mut robot) = at_new_machine(robot);
    drop(manager);
    copy(backup, &robot.dir.path().join("export"));
    robot.session.import_database().unwrap();
    robot = reopened(robot, |manager| {
        assert_eq!(manager.check().unwrap(), []);
        manager.register_label_format(Arc::new(Acme)).unwrap();
    });
    assert!(robot.session.operator_requests().unwrap().is_empty());
    robot
}

/// What a tape's label says, as it is read.
fn tells(robot: &Robot, logical: LogicalMediaId) -> Vec<u8> {
    let mount = robot.mount(logical);
    let label = read(&mount);
    mount.dismount(IMMEDIATE).unwrap();
    label
}

/// Before and after the backup, everything in the table of the way back happens. Gives the records
/// of the application, and the backup.
fn a_working_day(robot: &Robot) -> (Records, TempDir) {
    let mut records = Records::new();
    take(robot, "A1", b"ACME1", &mut records);
    let returned = take(robot, "A2", b"ACME2", &mut records);
    take(robot, "A4", b"ACME4", &mut records);
    take(robot, "A5", b"ACME5", &mut records);
    let backup = TempDir::new().unwrap();
    copy(&robot.session.export_database().unwrap().directory, backup.path());
    // It deallocated a side.
    robot.session.deallocate_media(returned).unwrap();
    records.remove(b"2".as_slice());
    // It allocated a side, and labelled it.
    take(robot, "A3", b"ACME3", &mut records);
    // Media were moved, taken out, and put in.
    let hands = robot.device.hands();
    let moved = hands.remove(robot.place(slot_of(robot, "A4"))).unwrap();
    hands.insert(moved, robot.place(8)).unwrap();
    hands.remove(robot.place(slot_of(robot, "A5"))).unwrap();
    hands.insert(hands.make(tape("N1")).unwrap(), robot.place(7)).unwrap();
    (records, backup)
}

/// The rows of the table that the inventory deals with, whatever kind it is.
fn assert_places(robot: &Robot) {
    let moved = robot.by_bar_code("A4");
    assert_eq!(moved.location, Some(Location::Slot(robot.slot(8))));
    assert_eq!(robot.by_bar_code("A5").location, None);
    let new = robot.by_bar_code("N1");
    assert_eq!(new.pool, robot.system("Unrecognized"));
    assert_eq!(new.location, Some(Location::Slot(robot.slot(7))));
}

#[test]
fn recovery_with_a_backup() {
    let robot = with_free_tapes(&["A1", "A2", "A3", "A4", "A5"]);
    let (mut records, backup) = a_working_day(&robot);
    let robot = recovered(robot, backup.path());
    assert_places(&robot);
    // It deallocated a side: it does so again.
    let returned = robot.side(robot.by_bar_code("A2").id);
    assert_eq!(returned.state, SideState::Allocated);
    robot.session.deallocate_media(returned.logical_media.unwrap()).unwrap();
    // It allocated a side: the catalog does not know, and nobody is told a wrong tape is right.
    let lost = records[b"3".as_slice()];
    assert_eq!(kind(robot.session.mount(lost)), ErrorKind::InvalidMedia);
    let free = robot.by_bar_code("A3");
    assert_eq!(free.pool, robot.system("Free"));
    assert_eq!(robot.side(free.id).state, SideState::Available);
    // It takes the side again, and says what is on it.
    let again = robot.allocate(free.id).logical_media;
    assert_ne!(again, lost);
    robot.session.update_omid(again, LabelUpdate::Raw(b"ACME3")).unwrap();
    records.insert(b"3".to_vec(), again);
    // Everything the application has is there, but what was taken out.
    for (label, logical) in records.iter().filter(|(label, _)| *label != b"5") {
        assert_eq!(tells(&robot, *logical), [b"ACME", label.as_slice()].concat());
    }
    robot.settle();
    robot.check();
}

#[test]
fn recovery_with_a_backup_when_every_label_is_read() {
    let robot = with_free_tapes(&["A1", "A2", "A3", "A4", "A5"]);
    let (mut records, backup) = a_working_day(&robot);
    let labelled = slot_of(&robot, "A3");
    let robot = recovered(robot, backup.path());
    robot.look(InventoryMethod::FullLabelRead);
    assert_places(&robot);
    // What was allocated since is recognised by its label, and nobody gets it by chance.
    let found = robot.in_slot(labelled).unwrap();
    assert_eq!(found.pool, robot.system("Import"));
    let side = robot.side(found.id);
    assert_eq!((side.state, side.label.unwrap().label_id), (SideState::Import, b"3".to_vec()));
    records.insert(b"3".to_vec(), robot.allocate(found.id).logical_media);
    for (label, logical) in records.iter().filter(|(label, _)| *label != b"5") {
        assert_eq!(tells(&robot, *logical), [b"ACME", label.as_slice()].concat());
    }
    robot.check();
}

#[test]
fn a_tape_that_somebody_allocated_since_the_backup_is_overwritten_by_nobody() {
    let robot = with_free_tapes(&["A1", "A2", "A3", "A4", "A5"]);
    let (_, backup) = a_working_day(&robot);
    let labelled = slot_of(&robot, "A3");
    let robot = recovered(robot, backup.path());
    // Another application draws what the catalog believes to be free.
    let other = robot.allocate(robot.by_bar_code("A3").id).logical_media;
    assert_eq!(kind(robot.session.mount(other)), ErrorKind::InvalidMedia);
    robot.settle();
    // What is there was read, and is what it says.
    let found = robot.in_slot(labelled).unwrap();
    assert_eq!(robot.side(found.id).label.unwrap().label_id, b"3");
    assert_eq!(found.pool, robot.system("Import"));
    let owner = robot.allocate(found.id).logical_media;
    assert_eq!(tells(&robot, owner), b"ACME3");
    robot.check();
}

/// The application walks the import pool, and takes what is its own: gives how many sides.
fn take_back(robot: &Robot, records: &mut Records) -> usize {
    let (import, own) = (robot.system("Import"), robot.pool());
    let mut taken = 0;
    for medium in robot.session.list::<PhysicalMediaId>(Some(import.into())).unwrap() {
        for side in robot.session.list::<SideId>(Some(medium.into())).unwrap() {
            let record = robot.session.info(side).unwrap();
            let Some(label) = record.label else { continue };
            let is_own = label.label_type == "Acme Backup" && records.contains_key(&label.label_id);
            if is_own && record.state == SideState::Import {
                let request = AllocateRequest::from(own).naming(side);
                let allocation = robot.session.allocate_media(request).unwrap();
                records.insert(label.label_id, allocation.logical_media);
                taken += 1;
            }
        }
    }
    taken
}

/// The library is attached to an empty catalog.
fn with_empty_catalog(robot: Robot) -> Robot {
    let (_place, manager, mut robot) = at_new_machine(robot);
    robot.library = manager.attach(robot.device.clone() as Arc<dyn LibraryDevice>).unwrap();
    robot.settle();
    robot
}

#[test]
fn recovery_without_a_backup() {
    let robot = with_free_tapes(&["A1", "A2", "A3", "A4"]);
    let mut records = Records::new();
    take(&robot, "A1", b"ACME1", &mut records);
    take(&robot, "A2", b"ACME2", &mut records);
    // One is on the shelf when it happens.
    let [here, free, shelved] = ["A1", "A3", "A2"].map(|code| slot_of(&robot, code));
    let on_shelf = robot.device.hands().remove(robot.place(shelved)).unwrap();
    let before = records.clone();
    let robot = with_empty_catalog(robot);
    // All that has a label is in the import pool.
    assert_eq!(robot.in_slot(here).unwrap().pool, robot.system("Import"));
    assert_eq!(robot.in_slot(free).unwrap().pool, robot.system("Import"), "a free label");
    assert_eq!(kind(robot.session.mount(records[b"1".as_slice()])), ErrorKind::InvalidMedia);
    assert_eq!(take_back(&robot, &mut records), 1);
    assert_ne!(records[b"1".as_slice()], before[b"1".as_slice()]);
    assert_eq!(records[b"2".as_slice()], before[b"2".as_slice()], "it is not here");
    // The tapes from the shelf.
    robot.device.hands().insert(on_shelf, robot.place(shelved)).unwrap();
    robot.look(InventoryMethod::Fast);
    assert_eq!(take_back(&robot, &mut records), 1);
    assert_eq!(take_back(&robot, &mut records), 0, "nothing is missing");
    for (label, logical) in &records {
        assert_eq!(tells(&robot, *logical), [b"ACME", label.as_slice()].concat());
    }
    robot.check();
}

#[test]
fn requests_db5_two_sides_of_one_disk_are_taken_back_one_by_one() {
    let robot = Robot::of(builder(1, robot::DISK).cartridges([disk("D1")]), robot::DISK);
    robot.manager.register_label_format(Arc::new(Acme)).unwrap();
    robot.prepare_all();
    let medium = robot.by_bar_code("D1").id;
    let mut records = Records::new();
    for (n, side) in robot.sides(medium).into_iter().enumerate() {
        let request = AllocateRequest::from(robot.pool()).naming(side.id);
        let logical = robot.session.allocate_media(request).unwrap().logical_media;
        let label = format!("ACME{n}");
        let mount = robot.mount(logical);
        write(&mount, &[label.as_bytes()]);
        mount.dismount(IMMEDIATE).unwrap();
        robot.session.update_omid(logical, LabelUpdate::Raw(label.as_bytes())).unwrap();
        records.insert(label.as_bytes()["ACME".len()..].to_vec(), logical);
    }
    let robot = with_empty_catalog(robot);
    let medium = robot.by_bar_code("D1").id;
    let states = || robot.sides(medium).into_iter().map(|side| side.state).collect::<Vec<_>>();
    assert_eq!(states(), [SideState::Import; 2]);
    let first = robot.sides(medium)[0].id;
    let request = AllocateRequest::from(robot.pool()).naming(first);
    let allocation = robot.session.allocate_media(request).unwrap();
    records.insert(b"0".to_vec(), allocation.logical_media);
    // The flip side waits for its owner.
    assert_eq!(states(), [SideState::Allocated, SideState::Import]);
    let second = robot.sides(medium)[1].id;
    let request = AllocateRequest::from(robot.pool()).naming(second);
    let allocation = robot.session.allocate_media(request).unwrap();
    records.insert(b"1".to_vec(), allocation.logical_media);
    assert_eq!(states(), [SideState::Allocated; 2]);
    assert_eq!(robot.medium(medium).pool, robot.pool());
    for (label, logical) in &records {
        assert_eq!(tells(&robot, *logical), [b"ACME", label.as_slice()].concat());
    }
    robot.check();
}

#[test]
fn with_an_empty_catalog_every_label_is_read_whatever_is_set() {
    let robot = Robot::with_tapes(1, &[]);
    let mut record = robot.session.info(robot.library).unwrap();
    record.inventory_method = InventoryMethod::None;
    robot.session.set_info(&record).unwrap();
    let hands = robot.device.hands();
    hands.insert(hands.make(tape("A1")).unwrap(), robot.place(1)).unwrap();
    let robot = robot.restart();
    assert_eq!(robot.in_slot(1).unwrap().pool, robot.system("Unrecognized"));
    // With a medium in it, it is as set.
    let hands = robot.device.hands();
    hands.insert(hands.make(tape("A2")).unwrap(), robot.place(2)).unwrap();
    let robot = robot.restart();
    assert!(robot.in_slot(2).is_none());
    assert_eq!(robot.requests(LibraryOperation::Inventory).len(), 2);
    robot.check();
}
