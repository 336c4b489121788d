//! What an operator reads at night: messages name what people know, not ids alone.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

#[path = "support/robot.rs"]
mod robot;

use std::sync::Arc;

use robot::prepared;
use rsm::device::LibraryDevice;
use rsm::model::{AllocateRequest, Caller, MountOptions, MountRequest, Timeout};
use rsm::{Error, ErrorKind, OpenOptions};

#[track_caller]
fn says(error: &Error, kind: ErrorKind, parts: &[&str]) {
    assert_eq!(error.kind(), kind, "{error}");
    for part in parts {
        assert!(error.reason().contains(part), "{part:?} is not in: {error}");
    }
}

#[test]
fn who_cannot_mount_learns_whether_the_medium_or_the_drives_are_in_use() {
    let (robot, logical) = prepared(1, &["A1", "A2"]);
    let _mount = robot.mount(logical[0]);
    let other = robot.manager.session("other").unwrap();
    let at_once = |media| MountRequest::from(media).options(MountOptions::ERROR_IF_UNAVAILABLE);
    let busy = other.mount(at_once(logical[0])).unwrap_err();
    says(&busy, ErrorKind::Busy, &["medium A1 is in use"]);
    let busy = other.mount(at_once(logical[1])).unwrap_err();
    says(&busy, ErrorKind::Busy, &["every drive", "A2"]);
    let request = MountRequest::from(logical[1]).timeout(Timeout::NoWait);
    let not_up = other.mount(request).unwrap_err();
    says(&not_up, ErrorKind::Timeout, &["A2", "not up in a drive"]);
    let own = robot.session.mount(logical[0]).unwrap_err();
    says(&own, ErrorKind::Busy, &["A1", "this session"]);
}

#[test]
fn a_wrong_tape_is_named_by_the_bar_code_of_the_right_one() {
    let (robot, logical) = prepared(1, &["A1", "A2"]);
    robot.device.hands().swap(robot.place(1), robot.place(2)).unwrap();
    let wrong = robot.session.mount(logical[0]).unwrap_err();
    says(&wrong, ErrorKind::InvalidMedia, &["another cartridge", "A1"]);
    let cause = std::error::Error::source(&wrong).expect("what was read").to_string();
    assert!(cause.contains("the label read is RSM Free Label"), "{cause}");
}

#[test]
fn a_missing_tape_is_named() {
    let (robot, logical) = prepared(1, &["A1"]);
    robot.device.hands().remove(robot.place(1)).unwrap();
    let missing = robot.session.mount(logical[0]).unwrap_err();
    says(&missing, ErrorKind::MediaOffline, &["A1", "not in its slot"]);
    let here = MountRequest::from(logical[0]).options(MountOptions::ERROR_IF_OFFLINE);
    let offline = robot.session.mount(here).unwrap_err();
    says(&offline, ErrorKind::MediaOffline, &["A1", "no online library"]);
}

#[test]
fn an_empty_pool_says_whether_it_draws_from_the_free_pool() {
    let (robot, _logical) = prepared(1, &["A1"]);
    let mut pool = robot.session.info(robot.pool()).unwrap();
    let full = robot
        .session
        .allocate_media(AllocateRequest::from(pool.id).error_if_unavailable())
        .unwrap_err();
    let draws = pool.allocation_policy.contains(rsm::model::AllocationPolicy::DRAW_FROM_FREE);
    let texts = ["does not draw from the free pool", "nor one of its free pool"];
    says(&full, ErrorKind::MediaUnavailable, &[&pool.common.name, texts[usize::from(draws)]]);
    pool.allocation_policy.toggle(rsm::model::AllocationPolicy::DRAW_FROM_FREE);
    robot.session.set_info(&pool).unwrap();
    let full = robot
        .session
        .allocate_media(AllocateRequest::from(pool.id).error_if_unavailable())
        .unwrap_err();
    says(&full, ErrorKind::MediaUnavailable, &[&pool.common.name, texts[usize::from(!draws)]]);
}

#[test]
fn a_library_in_use_is_named_with_its_process() {
    let (robot, _logical) = prepared(1, &["A1"]);
    let name = robot.session.info(robot.library).unwrap().common.name;
    let taken = robot.manager.attach(robot.device.clone() as Arc<dyn LibraryDevice>).unwrap_err();
    says(&taken, ErrorKind::Busy, &[&name, &std::process::id().to_string()]);
}

#[test]
fn who_lacks_a_right_learns_which_and_where() {
    let (robot, logical) = prepared(1, &["A1"]);
    let pool = robot.session.info(robot.pool()).unwrap().common.name;
    let nobody = Caller {
        user: 65_534,
        groups: vec![65_534],
        administrator: false,
        user_name: "nobody".to_owned(),
    };
    let session = robot.manager.session_as("other", nobody).unwrap();
    let denied = session.deallocate_media(logical[0]).unwrap_err();
    let parts = ["nobody (uid 65534)", "no CONTROL right", &format!("pool {pool}")];
    says(&denied, ErrorKind::AccessDenied, &parts);
}

#[test]
fn a_catalog_that_cannot_be_opened_is_named() {
    let directory = tempfile::tempdir().unwrap();
    std::fs::write(directory.path().join("catalog.db"), [7; 8192]).unwrap();
    let damaged = OpenOptions::new().create(true).open(directory.path()).unwrap_err();
    let path = directory.path().canonicalize().unwrap();
    says(&damaged, ErrorKind::DatabaseFailure, &[path.to_str().unwrap()]);
}
