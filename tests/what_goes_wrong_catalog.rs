//! What goes wrong elsewhere between a catalog and its media: media are drained, overwritten, taken
//! for others or forgotten, and programs wait for each other.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

#[path = "support/robot.rs"]
mod robot;
#[path = "support/until.rs"]
mod until;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::thread;
use std::time::Duration;

use robot::{IMMEDIATE, Robot, TAPE, directory, kind, options, prepared, tape, write};
use rsm::ErrorKind;
use rsm::clock::VirtualClock;
use rsm::device::simulated::{ChangerLayout, Fault, SimulatedLibrary};
use rsm::device::{LibraryDevice, Position};
use rsm::model::{
    AllocateRequest, AllocationPolicy, InventoryMethod, LogicalMediaId, MountRequest,
    OperatorRequestKind, PhysicalMediaId, PoolId, SideState, Timeout,
};
use rusqlite::Connection;
use until::until;

fn in_pool(robot: &Robot, pool: PoolId) -> BTreeSet<PhysicalMediaId> {
    let media = robot.media().into_iter().filter(|medium| medium.pool == pool);
    media.map(|medium| medium.id).collect()
}

/// `\App\P` takes from the free pool when it has nothing.
fn draws_from_free(robot: &Robot) -> PoolId {
    let mut pool = robot.session.info(robot.pool()).unwrap();
    pool.allocation_policy = AllocationPolicy::DRAW_FROM_FREE;
    robot.session.set_info(&pool).unwrap();
    pool.id
}

fn free_all(robot: &Robot) {
    for medium in robot.media() {
        robot.session.move_to_pool(medium.id, robot.system("Free")).unwrap();
    }
    robot.settle();
}

#[test]
fn wrong_01_jobs_that_come_to_nothing_drain_no_scratch_pool() {
    let robot = Robot::with_tapes(1, &["A1", "A2", "A3", "A4"]);
    free_all(&robot);
    let (pool, free) = (draws_from_free(&robot), robot.system("Free"));
    let all = in_pool(&robot, free);
    assert_eq!(all.len(), 4);
    let wanted = || AllocateRequest::from(pool).error_if_unavailable();
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                let session = robot.manager.session("job").unwrap();
                for _ in 0..10 {
                    let given = session.allocate_media(wanted()).unwrap();
                    // The job finds that it cannot use the medium.
                    session.deallocate_media(given.logical_media).unwrap();
                }
            });
        }
    });
    // Four jobs at a time never had more than four media, and gave them back.
    let kept = in_pool(&robot, pool);
    assert_eq!(&kept | &in_pool(&robot, free), all);
    for medium in &all {
        assert_eq!(robot.side(*medium).state, SideState::Available);
    }
    // A job that is refused has taken nothing.
    let given: Vec<_> =
        all.iter().map(|_| robot.session.allocate_media(wanted()).unwrap()).collect();
    assert_eq!(kind(robot.session.allocate_media(wanted())), ErrorKind::MediaUnavailable);
    assert_eq!(in_pool(&robot, pool), all);
    drop(given);
    robot.check();
}

#[test]
fn wrong_01_a_job_that_cannot_have_the_medium_takes_none_out_of_the_pool() {
    let robot = Robot::with_tapes(1, &["A1"]);
    free_all(&robot);
    let (pool, free) = (draws_from_free(&robot), robot.system("Free"));
    let all = in_pool(&robot, free);
    let limited = || AllocateRequest::from(pool).naming(robot.side(*all.first().unwrap()).id);
    let disable = |medium| robot.session.disable(medium).unwrap();
    all.iter().for_each(|medium| disable(*medium));
    let request = AllocateRequest::from(pool).error_if_unavailable();
    assert_eq!(kind(robot.session.allocate_media(request)), ErrorKind::MediaUnavailable);
    assert_eq!(kind(robot.session.allocate_media(limited())), ErrorKind::ResourceDisabled);
    assert_eq!(in_pool(&robot, free), all);
    robot.check();
}

#[test]
fn wrong_02_no_medium_that_lies_on_a_shelf_is_chosen_unasked() {
    let robot = Robot::with_tapes(1, &["A1"]);
    let medium = robot.prepare(robot.by_bar_code("A1").id);
    let pool = robot.pool();
    let away = robot.device.hands().remove(robot.place(1)).unwrap();
    robot.look(InventoryMethod::Fast);
    assert_eq!(robot.medium(medium).location, None);
    let at_once = AllocateRequest::from(pool).error_if_unavailable();
    assert_eq!(kind(robot.session.allocate_media(at_once)), ErrorKind::MediaUnavailable);
    assert!(robot.session.operator_requests().unwrap().is_empty());
    let request = AllocateRequest::from(pool).timeout(Timeout::Forever);
    thread::scope(|scope| {
        let call = scope.spawn(|| robot.session.allocate_media(request));
        // A person decides.
        until(|| !robot.session.operator_requests().unwrap().is_empty());
        let asked = robot.session.operator_requests().unwrap().remove(0).request;
        assert_eq!(asked.task.kind(), OperatorRequestKind::NewMedia);
        assert_eq!(robot.side(medium).state, SideState::Available);
        robot.device.hands().insert(away, robot.place(3)).unwrap();
        robot.look(InventoryMethod::Fast);
        let given = call.join().unwrap().unwrap();
        assert_eq!(robot.side(medium).logical_media, Some(given.logical_media));
    });
    robot.check();
}

#[test]
fn wrong_06_what_the_catalog_refuses_is_refused_before_anything_is_overwritten() {
    let (robot, media) = prepared(1, &["A1"]);
    let medium = robot.by_bar_code("A1").id;
    let label = robot.side(medium).label;
    let free = robot.system("Free");
    // Neither while it is used nor while it is anybody's.
    let mount = robot.mount(media[0]);
    robot.session.move_to_pool(medium, free).unwrap_err();
    mount.dismount(IMMEDIATE).unwrap();
    robot.settle();
    robot.session.move_to_pool(medium, free).unwrap_err();
    robot.settle();
    assert_eq!(robot.side(medium).label, label);
    // What is on it is still what the catalog says.
    drop(robot.mount(media[0]));
    robot.check();
}

#[test]
fn wrong_06_a_bar_code_that_is_there_twice_spoils_no_labelling() {
    let robot = Robot::with_tapes(1, &["A1", "A1", "A2"]);
    let count = robot.media().len();
    free_all(&robot);
    let labels: BTreeSet<_> =
        robot.media().iter().map(|medium| robot.side(medium.id).label.unwrap().label_id).collect();
    assert_eq!((count, labels.len()), (3, 3));
    assert!(robot.media().iter().all(|m| robot.side(m.id).state == SideState::Available));
    robot.check();
}

#[test]
fn wrong_07_nothing_waits_for_an_answer_that_nobody_was_asked_for() {
    let (robot, media) = prepared(1, &["A1", "A2"]);
    let mount = robot.mount(media[0]);
    write(&mount, &[b"a label of another program"]);
    mount.dismount(IMMEDIATE).unwrap();
    robot.settle();
    // Another installation finds a tape with data that it does not know.
    let second = directory();
    let Robot { session, manager, device, clock, .. } = robot;
    drop((session, manager));
    let manager = options(&clock).open(second.path()).unwrap();
    let session = manager.session("other").unwrap();
    let library = manager.attach(device.clone() as Arc<dyn LibraryDevice>).unwrap();
    manager.wait_until_idle(Timeout::Forever).unwrap();
    assert!(session.operator_requests().unwrap().is_empty());
    assert_eq!(session.list::<PhysicalMediaId>(Some(library.into())).unwrap().len(), 2);
}

#[test]
fn wrong_07_whoever_waits_is_seen_waiting_and_stops_in_time() {
    let (robot, media) = prepared(1, &["A1"]);
    robot.device.hands().remove(robot.place(1)).unwrap();
    robot.look(InventoryMethod::Fast);
    let minute = Timeout::After(Duration::from_secs(60));
    let request = MountRequest::from(media[0]).timeout(minute);
    thread::scope(|scope| {
        let call = scope.spawn(|| robot.session.mount(request));
        until(|| !robot.session.operator_requests().unwrap().is_empty());
        let asked = robot.session.operator_requests().unwrap().remove(0);
        assert_eq!(asked.request.task.kind(), OperatorRequestKind::MoveMedia);
        assert!(asked.to_string().contains("A1"), "{asked}");
        while !call.is_finished() {
            robot.clock.advance(Duration::from_secs(10));
            thread::yield_now();
        }
        assert_eq!(kind(call.join().unwrap()), ErrorKind::Timeout);
    });
    robot.settle();
    // Nobody is asked for what nobody waits for.
    assert!(robot.session.operator_requests().unwrap().is_empty());
    robot.check();
}

#[test]
fn wrong_08_a_label_that_could_not_be_written_leaves_no_record() {
    let robot = Robot::with_tapes(1, &["A1"]);
    let medium = robot.by_bar_code("A1").id;
    let cartridge = robot.device.hands().find_bar_code("A1").unwrap().unwrap();
    let (pool, position) = (draws_from_free(&robot), Position(0));
    robot.device.inject(Fault::MediumError { cartridge, side: 0, position });
    robot.session.move_to_pool(medium, robot.system("Free")).unwrap();
    robot.settle();
    let side = robot.side(medium);
    assert_eq!((side.state, side.label), (SideState::Unprepared, None));
    assert!(robot.session.list::<LogicalMediaId>(None).unwrap().is_empty());
    let request = AllocateRequest::from(pool).error_if_unavailable();
    assert_eq!(kind(robot.session.allocate_media(request)), ErrorKind::MediaUnavailable);
    robot.check();
}

#[test]
fn wrong_14_a_lost_catalog_is_made_anew_from_every_medium() {
    let (robot, media) = prepared(2, &["A1", "A2", "A3", "A4", "A5"]);
    for media in media {
        let mount = robot.mount(media);
        write(&mount, &[b"kept"]);
        mount.dismount(IMMEDIATE).unwrap();
        robot.settle();
    }
    let dir = directory();
    let Robot { session, manager, device, clock, .. } = robot;
    drop((session, manager));
    let manager = options(&clock).open(dir.path()).unwrap();
    let session = manager.session("test").unwrap();
    let library = manager.attach(device.clone() as Arc<dyn LibraryDevice>).unwrap();
    let robot = Robot { session, library, manager, device, clock, code: TAPE, dir };
    robot.settle();
    // None is missed, none is taken for free, and none is overwritten.
    assert_eq!(robot.media().len(), 5);
    for medium in robot.media() {
        let pools = [robot.system("Import"), robot.system("Unrecognized")];
        assert!(pools.contains(&medium.pool), "{medium:?}");
        assert_ne!(robot.side(medium.id).state, SideState::Available);
    }
    robot.check();
}

/// How many transactions a mount and its dismount take, in a library with so many slots, while so
/// many others wait for another drive.
fn transactions(slots: u32, waiting: usize) -> usize {
    let codes: Vec<String> = (0..=waiting + 1).map(|n| format!("A{n}")).collect();
    let clock = VirtualClock::new();
    let changer = ChangerLayout { transports: 1, drives: 2, ports: 0, slots };
    let device = SimulatedLibrary::builder().changer(changer).media_type(TAPE.value());
    let device = device.cartridges(codes.iter().map(|code| tape(code)));
    let device = Arc::new(device.clock(clock.clone()).build().unwrap());
    let (dir, count) = (directory(), Arc::new(AtomicUsize::new(0)));
    let counted = Arc::clone(&count);
    let options = options(&clock).after_commit(move || {
        counted.fetch_add(1, SeqCst);
    });
    let manager = options.open(dir.path()).unwrap();
    let session = manager.session("test").unwrap();
    let library = manager.attach(device.clone() as Arc<dyn LibraryDevice>).unwrap();
    let robot = Robot { session, library, manager, device, clock, code: TAPE, dir };
    robot.settle();
    let media = robot.allocate_all();
    let held = robot.mount(media[0]);
    for media in &media[2..] {
        robot.session.queue_mount(MountRequest::from(*media).in_drives([held.drive()])).unwrap();
    }
    robot.settle();
    let before = count.load(SeqCst);
    robot.mount(media[1]).dismount(IMMEDIATE).unwrap();
    robot.settle();
    count.load(SeqCst) - before
}

#[test]
fn wrong_23_what_a_mount_costs_does_not_grow_with_the_library_or_its_queue() {
    let small = transactions(10, 0);
    let large = transactions(2_000, 100);
    assert!(large <= 2 * small, "{large} transactions instead of {small}");
}

#[test]
fn wrong_24_a_catalog_that_another_program_writes_is_waited_for() {
    let robot = Robot::with_tapes(1, &["A1"]);
    let pool = robot.pool();
    let mut foreign = Connection::open(robot.dir.path().join("catalog.db")).unwrap();
    let lock = || rusqlite::TransactionBehavior::Immediate;
    let held = foreign.transaction_with_behavior(lock()).unwrap();
    thread::scope(|scope| {
        let rename = || {
            let mut record = robot.session.info(pool).unwrap();
            record.common.description = "written".into();
            robot.session.set_info(&record)
        };
        let call = scope.spawn(rename);
        // Whoever reads does not wait.
        for _ in 0..100 {
            assert_eq!(robot.session.info(pool).unwrap().common.description, "");
        }
        assert!(!call.is_finished());
        drop(held);
        call.join().unwrap().unwrap();
    });
    assert_eq!(robot.session.info(pool).unwrap().common.description, "written");
}
