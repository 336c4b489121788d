//! A library and its applications in virtual time: what overlaps, what waits, and what is the same
//! each time.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

#[path = "support/robot.rs"]
mod robot;

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use robot::{DEFERRED, IMMEDIATE, Robot, builder, layout, tape};
use rsm::clock::{Clock, Thread, VirtualClock, spawn};
use rsm::device::LibraryDevice;
use rsm::device::simulated::{ChangerLayout, DoorLayout, Fault, SimulatedLibrary, Timings};
use rsm::model::{
    InventoryMethod, LibraryRequestState, LogicalMediaId, MountRequest, OperationalState,
    PhysicalMediaId, Timeout,
};
use rsm::{Manager, SeededRandomness};
use rusqlite::Connection;

const MOVE: Duration = Duration::from_secs(10);
const LOAD: Duration = Duration::from_secs(60);
const UNLOAD: Duration = Duration::from_secs(20);

fn timings() -> Timings {
    Timings { move_medium: MOVE, load: LOAD, unload: UNLOAD, ..Timings::default() }
}

/// A library with prepared and allocated media, on this clock.
fn robot(clock: &Arc<VirtualClock>, drives: u32, media: u32) -> (Robot, Vec<LogicalMediaId>) {
    let device = builder(drives, robot::TAPE).timings(timings());
    let device = device.cartridges((0..media).map(|n| tape(&format!("T{n:05}"))));
    let device = device.clock(clock.clone()).build().unwrap();
    let robot = Robot::with_device(Arc::new(device), Arc::clone(clock), robot::TAPE);
    robot.prepare_all();
    let mut media: Vec<_> = robot.media().into_iter().map(|m| (m.bar_code, m.id)).collect();
    media.sort();
    let media = media.into_iter().map(|(_, id)| robot.allocate(id).logical_media);
    let media = media.collect();
    (robot, media)
}

#[test]
fn drives_load_while_the_robot_goes_on() {
    for clock in [VirtualClock::automatic(), VirtualClock::one_at_a_time(3)] {
        let _here = clock.participate().begin();
        let (robot, media) = robot(&clock, 4, 4);
        let begin = clock.monotonic();
        let mount = |media| {
            let session = robot.manager.session("application").unwrap();
            let time = clock.clone();
            let work = move || {
                let mount = session.mount(MountRequest::from(media)).unwrap();
                let up = time.monotonic() - begin;
                mount.dismount(IMMEDIATE).unwrap();
                up
            };
            spawn(&(clock.clone() as Arc<dyn Clock>), "application", work).unwrap()
        };
        let threads: Vec<_> = media.into_iter().map(mount).collect();
        let mut up: Vec<_> = threads.into_iter().map(|thread| thread.join().unwrap()).collect();
        up.sort();
        assert_eq!(up, [1, 2, 3, 4].map(|n| n * MOVE + LOAD));
        robot.settle();
        // The last one is unloaded, and carried home.
        assert_eq!(clock.monotonic() - begin, 4 * MOVE + LOAD + UNLOAD + MOVE);
        robot.check();
    }
}

#[test]
fn a_working_participant_keeps_its_deferred_dismount() {
    let clock = VirtualClock::automatic();
    let _here = clock.participate().begin();
    let (robot, media) = robot(&clock, 1, 2);
    robot.mount(media[0]).dismount(DEFERRED).unwrap();
    robot.session.queue_mount(media[1]).unwrap();
    robot.settle();
    // Nobody lets time pass meanwhile, however long this takes.
    (0..1000).for_each(|_| std::thread::yield_now());
    let begin = clock.monotonic();
    robot.mount(media[0]).dismount(IMMEDIATE).unwrap();
    assert_eq!(clock.monotonic(), begin, "it was still in its drive");
    robot.settle();
}

#[test]
fn a_library_that_was_broken_when_it_was_attached_is_tried_again_in_its_own_time() {
    let clock = VirtualClock::automatic();
    let _here = clock.participate().begin();
    let (robot, _) = robot(&clock, 1, 2);
    robot.manager.detach(robot.library).unwrap();
    let changer = robot.device.changers().remove(0);
    let geometry = changer.geometry().unwrap();
    let (slot, drive) = (geometry.slots.first, robot.device.drive_places()[0].address);
    changer.move_medium(slot, drive, false).unwrap();
    robot.device.inject(Fault::Jam { changer: 0 });
    robot.manager.attach(robot.device.clone() as Arc<dyn LibraryDevice>).unwrap();
    let state = || robot.session.info(robot.library).unwrap().common.operational_state;
    assert_eq!(state(), OperationalState::NeedsService);
    clock.pause(Duration::from_secs(60));
    assert_eq!(state(), OperationalState::NeedsService);
    robot.device.hands().clear_jam(0).unwrap();
    clock.pause(Duration::from_secs(3600));
    assert_eq!(state(), OperationalState::Ready);
    robot.settle();
    robot.assert_all_in_slots(2);
}

#[test]
fn wrong_04_tapes_that_are_exchanged_while_an_inventory_reads_are_neither_lost_nor_doubled() {
    for slots in [(1, 2), (1, 3), (2, 3), (3, 4)] {
        let clock = VirtualClock::automatic();
        let _here = clock.participate().begin();
        let (robot, _) = robot(&clock, 1, 4);
        let begun = InventoryMethod::FullLabelRead;
        robot.session.inventory_library(robot.library, begun).unwrap();
        // Two of them have been read.
        clock.pause(2 * (MOVE + LOAD + UNLOAD + MOVE) + Duration::from_secs(1));
        let (one, other) = (robot.in_slot(slots.0).unwrap(), robot.in_slot(slots.1).unwrap());
        robot.device.hands().swap(robot.place(slots.0), robot.place(slots.1)).unwrap();
        robot.settle();
        robot.look(InventoryMethod::Fast);
        assert_eq!(robot.all_media().len(), 4, "{slots:?}");
        assert_eq!(robot.in_slot(slots.1).unwrap().id, one.id, "{slots:?}");
        assert_eq!(robot.in_slot(slots.0).unwrap().id, other.id, "{slots:?}");
        for before in [one, other] {
            assert_eq!(robot.medium(before.id).bar_code, before.bar_code);
        }
        robot.check();
    }
}

#[test]
fn a_robot_that_meets_an_open_door_lets_time_pass_until_it_is_closed() {
    let clock = VirtualClock::automatic();
    let _here = clock.participate().begin();
    let device = builder(1, robot::TAPE).timings(timings()).cartridge(tape("A1"));
    let device = device.door(DoorLayout { lockable: false, ..DoorLayout::default() });
    let device = Arc::new(device.clock(clock.clone()).build().unwrap());
    let robot = Robot::with_device(device, clock.clone(), robot::TAPE);
    robot.prepare_all();
    let media = robot.allocate(robot.by_bar_code("A1").id).logical_media;
    let request = robot.session.queue_mount(media).unwrap().remove(0);
    robot.device.hands().open_door(0, 0).unwrap();
    clock.pause(Duration::from_secs(500));
    assert!(!robot.session.info(request).unwrap().state.is_final());
    robot.device.hands().close_door(0, 0).unwrap();
    clock.pause(Duration::from_secs(500));
    assert_eq!(robot.session.info(request).unwrap().state, LibraryRequestState::Passed);
}

/// Applications that mount what they like, and give it back so or so. Says when they are done.
fn day(directory: &Path, seed: u64) -> Duration {
    let clock = VirtualClock::one_at_a_time(seed);
    let _here = clock.participate().begin();
    let layout = ChangerLayout { slots: 20, ..layout(3) };
    let device = SimulatedLibrary::builder().changer(layout).media_type(robot::TAPE.value());
    let device = device.cartridges((0..12).map(|n| tape(&format!("T{n:05}"))));
    let device = Arc::new(device.timings(timings()).seed(1).clock(clock.clone()).build().unwrap());
    let options = robot::options(&clock).randomness(Arc::new(SeededRandomness::new(seed)));
    let manager = options.open(directory).unwrap();
    let library = manager.attach(device.clone() as Arc<dyn LibraryDevice>).unwrap();
    let session = manager.session("test").unwrap();
    let (dir, code) = (tempfile::tempdir().unwrap(), robot::TAPE);
    let robot = Robot { session, library, manager, device, clock, code, dir };
    robot.settle();
    robot.prepare_all();
    let media: Vec<PhysicalMediaId> = robot.media().into_iter().map(|m| m.id).collect();
    let media: Vec<_> = media.into_iter().map(|id| robot.allocate(id).logical_media).collect();
    let applications: Vec<_> = (0..6).map(|number| start(&robot, &media, number)).collect();
    applications.into_iter().for_each(|thread| thread.join().unwrap());
    robot.settle();
    robot.check();
    robot.manager.detach(library).unwrap();
    robot.clock.monotonic()
}

fn start(robot: &Robot, media: &[LogicalMediaId], number: u32) -> Thread<()> {
    let (manager, media, clock) = (robot.manager.clone(), media.to_vec(), robot.clock.clone());
    let time: Arc<dyn Clock> = clock.clone();
    spawn(&time, "application", move || application(&manager, &media, &clock, number)).unwrap()
}

fn application(manager: &Manager, media: &[LogicalMediaId], time: &VirtualClock, number: u32) {
    let session = manager.session("application").unwrap();
    for step in 0..10 {
        let wanted = media[(number * 7 + step * 5) as usize % media.len()];
        let patience = Timeout::After(Duration::from_secs(u64::from(100 * (step + 1))));
        if let Ok(mount) = session.mount(MountRequest::from(wanted).timeout(patience)) {
            time.pause(Duration::from_secs(u64::from(30 * number)));
            mount.dismount(if step % 3 == 0 { DEFERRED } else { IMMEDIATE }).unwrap();
        }
    }
}

/// Every row of every table but those that tell of the process.
fn contents(directory: &Path) -> Vec<String> {
    let connection = Connection::open(directory.join("catalog.db")).unwrap();
    let tables = "SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name";
    let mut tables = connection.prepare(tables).unwrap();
    let tables = tables.query_map([], |row| row.get::<_, String>(0)).unwrap();
    let mut rows = Vec::new();
    for table in tables.map(Result::unwrap).filter(|table| table != "process") {
        let mut all = connection.prepare(&format!("SELECT * FROM {table}")).unwrap();
        let columns = all.column_count();
        let row = |row: &rusqlite::Row<'_>| {
            let values = (0..columns).map(|at| row.get_ref(at).map(|value| format!("{value:?}")));
            values.collect::<Result<Vec<_>, _>>()
        };
        let found = all.query_map([], row).unwrap();
        rows.extend(found.map(|row| format!("{table}: {}", row.unwrap().join(", "))));
    }
    rows
}

#[test]
fn one_seed_gives_one_catalog() {
    let run = |seed| {
        let directory = tempfile::tempdir().unwrap();
        let end = day(directory.path(), seed);
        (end, contents(directory.path()))
    };
    let (end, first) = run(1);
    assert!(first.iter().filter(|row| row.starts_with("change_log")).count() > 100);
    for _ in 0..3 {
        let (again, second) = run(1);
        assert_eq!(again, end);
        for (one, other) in first.iter().zip(&second) {
            assert_eq!(one, other);
        }
        assert_eq!(first.len(), second.len());
    }
    assert!((2..5).any(|seed| run(seed).1 != first), "other seeds give others");
}
