//! What goes wrong in this field, entry by entry of the list: each test would fail if we had the
//! fault.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

#[path = "support/robot.rs"]
mod robot;
#[path = "support/until.rs"]
mod until;

use std::thread;
use std::time::Duration;

use robot::{IMMEDIATE, Robot, TAPE, builder, prepared, tape};
use rsm::ErrorKind;
use rsm::device::DeviceErrorKind;
use rsm::device::simulated::Fault;
use rsm::model::{
    DeviceEventKind, Drive, HistoryOf, MediaState, MountRequest, OperationalState, OperatorRequest,
    OperatorRequestId, OperatorRequestKind, OperatorTask, ServiceTarget,
};
use until::until;

/// The drive at the nth place does not load, for ever.
fn break_drive(robot: &Robot, nth: usize, kind: DeviceErrorKind) {
    let drive = robot.device.drive_places()[nth];
    robot.device.inject_always(Fault::LoadFails { drive, kind });
}

/// The drives in the order of their places.
fn drive(robot: &Robot, nth: usize) -> Drive {
    robot.drives().remove(nth)
}

fn open_service(robot: &Robot) -> Vec<OperatorRequest> {
    let all = robot.session.list::<OperatorRequestId>(None).unwrap();
    let all = all.into_iter().map(|id| robot.session.info(id).unwrap());
    let is_open = |r: &OperatorRequest| {
        r.task.kind() == OperatorRequestKind::DeviceService && !r.state.is_final()
    };
    all.filter(is_open).collect()
}

#[test]
fn wrong_17_a_good_tape_is_not_condemned_for_its_drive() {
    let (robot, media) = prepared(2, &["A1"]);
    break_drive(&robot, 0, DeviceErrorKind::MediumFault);
    // The drive blames the tape. The mount succeeds all the same: in the other drive.
    let mount = robot.mount(media[0]);
    assert_eq!(mount.drive(), drive(&robot, 1).id);
    mount.dismount(IMMEDIATE).unwrap();
    robot.settle();
    let medium = robot.by_bar_code("A1");
    assert_eq!(medium.media_state, MediaState::Idle);
    let health = robot.session.medium_health(medium.id).unwrap();
    assert!(!health.is_suspect);
    assert_eq!((health.failures.loads, health.failures.reads), (1, 0));
    assert_eq!(health.failed_in, [drive(&robot, 0).id]);
    let first = robot.session.drive_health(drive(&robot, 0).id).unwrap();
    assert_eq!((first.failures.loads, first.is_suspect), (1, false));
    assert_eq!(first.failed_with, [medium.id]);
    let other = robot.session.drive_health(drive(&robot, 1).id).unwrap();
    assert_eq!(other.failures.loads, 0);
    assert!(open_service(&robot).is_empty());
    // The couple is not tried again at once, though the first drive is free.
    let mount = robot.mount(media[0]);
    assert_eq!(mount.drive(), drive(&robot, 1).id);
    drop(mount);
    let history = robot.session.device_history(medium.id, None, 10).unwrap();
    let [event] = history.as_slice() else { panic!("{history:?}") };
    assert_eq!(event.what, DeviceEventKind::LoadFailed);
    assert_eq!((event.drive, event.medium), (Some(drive(&robot, 0).id), Some(medium.id)));
    robot.check();
}

#[test]
fn wrong_17_a_tape_that_fails_in_two_drives_is_suspect_and_the_drives_are_not() {
    let (robot, media) = prepared(3, &["A1", "A2"]);
    let tape = robot.by_bar_code("A1").id;
    for nth in [0, 1] {
        let drive = robot.device.drive_places()[nth];
        robot.device.inject(Fault::LoadFails { drive, kind: DeviceErrorKind::DriveFault });
    }
    let error = robot.session.mount(media[0]).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::UnableToLoadMedium);
    robot.settle();
    // Two drives, and not the third: attempts are bounded.
    assert_eq!(robot.session.device_history(HistoryOf::Everything, None, 99).unwrap().len(), 3);
    assert!(robot.session.medium_health(tape).unwrap().is_suspect);
    assert_eq!(robot.medium(tape).media_state, MediaState::RecoverableError);
    let asked = open_service(&robot);
    let [request] = asked.as_slice() else { panic!("{asked:?}") };
    let device = ServiceTarget::Medium(tape);
    assert_eq!(request.task, OperatorTask::DeviceService { device });
    assert!(robot.drives().iter().all(|d| d.common.operational_state == OperationalState::Ready));
    drop(robot.mount(media[1]));
    // Identified again, it is well again, and nobody needs to look at it.
    drop(robot.mount(media[0]));
    assert!(!robot.session.medium_health(tape).unwrap().is_suspect);
    assert!(open_service(&robot).is_empty());
    robot.check();
}

#[test]
fn wrong_17_a_drive_in_which_several_tapes_fail_is_taken_out_until_a_person_says_otherwise() {
    let (robot, media) = prepared(2, &["A1", "A2", "A3", "A4"]);
    break_drive(&robot, 0, DeviceErrorKind::DriveFault);
    for medium in &media[..3] {
        robot.mount(*medium).dismount(IMMEDIATE).unwrap();
        robot.settle();
    }
    let broken = drive(&robot, 0);
    assert_eq!(broken.common.operational_state, OperationalState::NeedsService);
    assert!(robot.session.drive_health(broken.id).unwrap().is_suspect);
    assert!(robot.media().iter().all(|m| m.media_state == MediaState::Idle));
    let asked = open_service(&robot);
    let [request] = asked.as_slice() else { panic!("{asked:?}") };
    let device = ServiceTarget::Drive(broken.id);
    assert_eq!(request.task, OperatorTask::DeviceService { device });
    // The fourth tape never sees it, nor after a restart.
    robot.device.clear_faults();
    let robot = robot.restart();
    assert_eq!(drive(&robot, 0).common.operational_state, OperationalState::NeedsService);
    let mount = robot.mount(media[3]);
    assert_eq!(mount.drive(), drive(&robot, 1).id);
    mount.dismount(IMMEDIATE).unwrap();
    robot.settle();
    robot.session.satisfy_operator_request(request.id).unwrap();
    assert_eq!(drive(&robot, 0).common.operational_state, OperationalState::Ready);
    let mount = robot.mount(media[0]);
    assert_eq!(mount.drive(), drive(&robot, 0).id);
    drop(mount);
    robot.check();
}

#[test]
fn wrong_17_people_who_will_not_look_at_a_drive_are_asked_again_when_the_library_comes_back() {
    let (robot, media) = prepared(2, &["A1", "A2", "A3"]);
    break_drive(&robot, 0, DeviceErrorKind::DriveFault);
    for medium in &media {
        robot.mount(*medium).dismount(IMMEDIATE).unwrap();
        robot.settle();
    }
    robot.session.cancel_operator_request(open_service(&robot)[0].id).unwrap();
    robot.settle();
    assert!(open_service(&robot).is_empty(), "nobody is asked at once again");
    let robot = robot.restart();
    assert_eq!(drive(&robot, 0).common.operational_state, OperationalState::NeedsService);
    let asked = open_service(&robot);
    let [request] = asked.as_slice() else { panic!("{asked:?}") };
    let device = ServiceTarget::Drive(drive(&robot, 0).id);
    assert_eq!(request.task, OperatorTask::DeviceService { device });
    robot.session.satisfy_operator_request(request.id).unwrap();
    assert_eq!(drive(&robot, 0).common.operational_state, OperationalState::Ready);
    robot.check();
}

#[test]
fn wrong_17_whoever_names_the_drive_gets_no_other() {
    let (robot, media) = prepared(2, &["A1"]);
    break_drive(&robot, 0, DeviceErrorKind::DriveFault);
    let request = MountRequest::from(media[0]).in_drives([drive(&robot, 0).id]);
    let error = robot.session.mount(request).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::UnableToLoadMedium);
    robot.check();
}

#[test]
fn wrong_17_the_sides_of_a_call_come_up_though_one_drive_fails() {
    let (robot, media) = prepared(3, &["A1", "A2"]);
    break_drive(&robot, 0, DeviceErrorKind::DriveFault);
    let mounts = robot.session.mount_all(MountRequest::all(media.clone())).unwrap();
    assert!(mounts.iter().all(|mount| mount.drive() != drive(&robot, 0).id));
    drop(mounts);
    robot.check();
}

#[test]
fn wrong_17_tapes_that_avoid_a_drive_do_not_avoid_it_for_ever() {
    let (robot, media) = prepared(2, &["A1", "A2"]);
    let drive = robot.device.drive_places()[0];
    let fails = Fault::LoadFails { drive, kind: DeviceErrorKind::DriveFault };
    robot.device.inject_times(fails, 2);
    for media in &media {
        robot.mount(*media).dismount(IMMEDIATE).unwrap();
        robot.settle();
    }
    // Each would have to go into the same drive, for an hour.
    thread::scope(|scope| {
        let call = scope.spawn(|| robot.session.mount_all(MountRequest::all(media.clone())));
        robot.settle();
        robot.clock.advance(Duration::from_secs(59 * 60));
        robot.settle();
        assert!(!call.is_finished());
        robot.clock.advance(Duration::from_secs(2 * 60));
        until(|| call.is_finished());
        assert_eq!(call.join().unwrap().unwrap().len(), 2);
    });
    robot.check();
}

#[test]
fn an_unreadable_label_is_read_in_another_drive_before_the_tape_is_doubted() {
    // library-control AR13
    let cartridges = [tape("A1")];
    let robot = Robot::of(builder(2, TAPE).cartridges(cartridges), TAPE);
    robot.prepare_all();
    let medium = robot.by_bar_code("A1").id;
    let logical = robot.allocate(medium).logical_media;
    for nth in [0, 1] {
        let drive = robot.device.drive_places()[nth];
        robot.device.inject(Fault::LoadFails { drive, kind: DeviceErrorKind::MediumFault });
    }
    robot.look(rsm::model::InventoryMethod::FullLabelRead);
    assert_eq!(robot.medium(medium).media_state, MediaState::RecoverableError);
    assert_eq!(robot.session.medium_health(medium).unwrap().failed_in.len(), 2);
    assert_eq!(open_service(&robot).len(), 1);
    assert_eq!(robot.medium(medium).id, medium, "the record is kept");
    robot.look(rsm::model::InventoryMethod::FullLabelRead);
    assert_eq!(robot.medium(medium).media_state, MediaState::Idle);
    assert!(open_service(&robot).is_empty());
    drop(robot.mount(logical));
    robot.check();
}
