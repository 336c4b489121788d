//! GetNtmsRequestOrder and SetNtmsRequestOrder: examples RO1-RO5 of library control, calls for
//! several media, priorities, and what has no order.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

#[path = "support/robot.rs"]
mod robot;

use robot::{IMMEDIATE, Robot, kind};
use rsm::model::{
    Caller, Id, LibraryOperation, LibraryRequestId, LibraryRequestState, LogicalMediaId,
    MountPriority, MountRequest, RequestKind,
};
use rsm::{ErrorKind, Mount, Session};

/// Tapes of which the first keeps the only drive: mounts of the others wait.
struct Site {
    robot: Robot,
    media: Vec<LogicalMediaId>,
    held: Option<Mount>,
}

impl Site {
    fn new(tapes: usize) -> Self {
        let codes: Vec<String> = (0..tapes).map(|n| format!("A{n}")).collect();
        let codes: Vec<&str> = codes.iter().map(String::as_str).collect();
        Self::of(Robot::with_tapes(1, &codes))
    }

    fn of(robot: Robot) -> Self {
        robot.prepare_all();
        let media: Vec<_> = robot.media().into_iter().map(|medium| medium.id).collect();
        let media: Vec<LogicalMediaId> =
            media.iter().map(|medium| robot.allocate(*medium).logical_media).collect();
        let held = robot.mount(media[0]);
        Self { robot, media, held: Some(held) }
    }

    fn queue(&self, media: usize, priority: i32) -> LibraryRequestId {
        let priority = MountPriority::try_from(i64::from(priority)).unwrap();
        let request = MountRequest::from(self.media[media]).priority(priority);
        self.robot.session.queue_mount(request).unwrap()[0]
    }

    fn order(&self, request: LibraryRequestId) -> u32 {
        let order = self.robot.session.request_order(request).unwrap();
        assert_eq!(self.robot.session.info(request).unwrap().order, order);
        order
    }

    fn orders(&self, requests: &[LibraryRequestId]) -> Vec<u32> {
        requests.iter().map(|request| self.order(*request)).collect()
    }

    fn set(&self, request: LibraryRequestId, order: u32) {
        self.robot.session.set_request_order(request, order).unwrap();
    }

    fn state(&self, request: LibraryRequestId) -> LibraryRequestState {
        self.robot.session.info(request).unwrap().state
    }
}

#[test]
fn library_ro1_a_mount_is_moved_to_the_front() {
    let mut site = Site::new(4);
    let mounts = [1, 2, 3].map(|media| site.queue(media, 0));
    assert_eq!(site.orders(&mounts), [1, 2, 3]);
    site.set(mounts[2], 1);
    assert_eq!(site.orders(&mounts), [2, 3, 1]);
    assert_eq!(site.robot.session.info(mounts[2]).unwrap().priority, MountPriority::NORMAL);
    // And that is who gets the drive.
    site.held.take().unwrap().dismount(IMMEDIATE).unwrap();
    site.robot.settle();
    assert_eq!(site.state(mounts[2]), LibraryRequestState::Passed);
    assert_eq!(site.orders(&mounts), [1, 2, 0]);
    site.robot.check();
}

#[test]
fn library_ro2_what_is_put_last_stays_last() {
    let site = Site::new(6);
    let [one, two] = [1, 2].map(|media| site.queue(media, 0));
    site.set(one, u32::MAX);
    let four = site.queue(4, 0);
    assert_eq!(site.orders(&[two, four, one]), [1, 2, 3]);
    // Another one is put behind it; what comes later goes before both.
    site.set(two, 4);
    let five = site.queue(5, -15);
    assert_eq!(site.orders(&[four, five, one, two]), [1, 2, 3, 4]);
    // At the last rank it is last, but not put there for good.
    site.set(one, 4);
    let three = site.queue(3, -3);
    assert_eq!(site.orders(&[four, three, five, two, one]), [1, 2, 3, 4, 5]);
    site.set(two, 1);
    assert_eq!(site.orders(&[two, four, three, five, one]), [1, 2, 3, 4, 5]);
}

#[test]
fn library_ro3_only_mounts_that_wait_have_an_order() {
    let site = Site::new(2);
    let session = &site.robot.session;
    site.robot.session.deallocate_media(site.media[1]).unwrap();
    let medium = site.robot.by_bar_code("A1").id;
    session.move_to_pool(medium, site.robot.system("Free")).unwrap();
    site.robot.settle();
    let all = session.list::<LibraryRequestId>(None).unwrap();
    let label = all
        .into_iter()
        .rfind(|id| session.info(*id).unwrap().operation == LibraryOperation::WriteFreeLabel);
    let label = label.unwrap();
    assert!(!site.state(label).is_final());
    assert_eq!(site.order(label), 0);
    assert_eq!(kind(session.set_request_order(label, 1)), ErrorKind::InvalidParameter);
}

#[test]
fn library_ro4_a_mount_that_has_passed_has_no_order_and_one_that_is_purged_is_unknown() {
    let site = Site::new(2);
    let session = &site.robot.session;
    let passed = session
        .list::<LibraryRequestId>(None)
        .unwrap()
        .into_iter()
        .rfind(|id| session.info(*id).unwrap().operation == LibraryOperation::Mount);
    let passed = passed.unwrap();
    assert_eq!(site.order(passed), 0);
    assert_eq!(kind(session.set_request_order(passed, 1)), ErrorKind::InvalidParameter);
    assert_eq!(session.delete_requests(RequestKind::Library, &[passed.into()]).unwrap(), 1);
    assert_eq!(kind(session.request_order(passed)), ErrorKind::ObjectNotFound);
    assert_eq!(kind(session.set_request_order(passed, 1)), ErrorKind::ObjectNotFound);
}

#[test]
fn library_ro5_higher_priorities_go_before_lower_ones() {
    let site = Site::new(7);
    let (one, two) = (site.queue(1, 0), site.queue(2, 7));
    assert_eq!(site.orders(&[two, one]), [1, 2]);
    let (three, four, five) = (site.queue(3, 7), site.queue(4, 15), site.queue(5, -15));
    assert_eq!(site.orders(&[four, two, three, one, five]), [1, 2, 3, 4, 5]);
    // Behind the last that has not less, wherever that was put.
    site.set(five, 1);
    site.set(three, 5);
    assert_eq!(site.orders(&[five, four, two, one, three]), [1, 2, 3, 4, 5]);
    let six = site.queue(6, 7);
    assert_eq!(site.orders(&[five, four, two, one, three, six]), [1, 2, 3, 4, 5, 6]);
}

#[test]
fn the_mounts_of_one_call_keep_together() {
    let site = Site::of(Robot::with_tapes(2, &["A0", "A1", "A2", "A3", "A4", "A5", "A6"]));
    let keeper = site.robot.mount(site.media[1]);
    let session = &site.robot.session;
    let single = site.queue(4, 0);
    let pair = session.queue_mount(MountRequest::all([site.media[2], site.media[3]])).unwrap();
    let last = site.queue(5, 0);
    let all = [single, pair[0], pair[1], last];
    assert_eq!(site.orders(&all), [1, 2, 3, 4]);
    site.set(pair[1], 1);
    assert_eq!(site.orders(&all), [3, 1, 2, 4]);
    // Not between the two of a call.
    site.set(last, 2);
    assert_eq!(site.orders(&all), [4, 2, 3, 1]);
    site.set(last, 3);
    assert_eq!(site.orders(&all), [4, 1, 2, 3]);
    site.set(pair[0], u32::MAX);
    assert_eq!(site.orders(&all), [2, 3, 4, 1]);
    let later = site.queue(6, 0);
    assert_eq!(site.orders(&[last, single, later, pair[0], pair[1]]), [1, 2, 3, 4, 5]);
    drop(keeper);
}

#[test]
fn any_number_of_moves_into_the_same_gap_keeps_the_order() {
    let site = Site::new(6);
    let mut mounts: Vec<_> = (1..6).map(|media| site.queue(media, 0)).collect();
    for _ in 0..50 {
        let moved = mounts.pop().unwrap();
        site.set(moved, 2);
        mounts.insert(1, moved);
        assert_eq!(site.orders(&mounts), [1, 2, 3, 4, 5]);
    }
    site.robot.check();
}

#[test]
fn bad_input_changes_no_order() {
    let site = Site::new(3);
    let session = &site.robot.session;
    let mounts = [1, 2].map(|media| site.queue(media, 0));
    let none = LibraryRequestId::from_uuid(uuid::Uuid::nil());
    let unknown = LibraryRequestId::from_uuid(uuid::Uuid::from_u128(5));
    let set = |session: &Session, id, order| session.set_request_order(id, order);
    assert_eq!(kind(set(session, mounts[1], 0)), ErrorKind::InvalidParameter);
    assert_eq!(kind(set(session, none, 1)), ErrorKind::InvalidParameter);
    assert_eq!(kind(set(session, unknown, 1)), ErrorKind::ObjectNotFound);
    assert_eq!(kind(session.request_order(none)), ErrorKind::InvalidParameter);
    assert_eq!(kind(session.request_order(unknown)), ErrorKind::ObjectNotFound);
    let nobody = Caller {
        user: 4_000_000,
        groups: vec![],
        administrator: false,
        user_name: "nobody".to_owned(),
    };
    let user = site.robot.manager.session_as("user", nobody).unwrap();
    assert_eq!(kind(set(&user, mounts[1], 1)), ErrorKind::AccessDenied);
    assert_eq!(kind(user.request_order(mounts[1])), ErrorKind::AccessDenied);
    let closed = site.robot.manager.session("closed").unwrap();
    closed.close().unwrap();
    assert_eq!(kind(set(&closed, mounts[1], 1)), ErrorKind::InvalidHandle);
    assert_eq!(site.orders(&mounts), [1, 2]);
}
