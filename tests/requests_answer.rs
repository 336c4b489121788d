//! Satisfy, cancel, acknowledge and delete: examples SC3, SC4, DQ1-DQ3, what operators read, and
//! how long requests are kept.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

mod support;
#[path = "support/until.rs"]
mod until;

use std::time::Duration;

use rsm::model::{
    AccessModel, ComputerId, Id, ObjectId, ObjectType, OperatorRequestFlags, OperatorRequestId,
    OperatorRequestState, OperatorTask, RequestKind, SideState,
};
use rsm::{ErrorKind, Session};
use support::{Fixture, T1, cast, open_catalog, open_catalog_with, unknown};
use until::until;

use OperatorRequestState::{Active, Complete, InProgress, Refused, Submitted};

const USE: u32 = 1;
const MODIFY: u32 = 2;
const CONTROL: u32 = 4;

fn submit(session: &Session) -> OperatorRequestId {
    session.submit_operator_request(OperatorTask::Message, Some("insert set 7")).unwrap()
}

/// The state, read by somebody whose reading changes nothing.
fn state(f: &Fixture, request: OperatorRequestId) -> Option<OperatorRequestState> {
    f.user().info(request).ok().map(|record| record.state)
}

fn computer(f: &Fixture) -> ComputerId {
    f.id("SELECT id FROM computer", [])
}

/// Keeps final requests for that long.
fn keep(f: &Fixture, seconds: u32, flags: OperatorRequestFlags) {
    let mut record = f.session.info(computer(f)).unwrap();
    record.operator_request_purge_time = seconds;
    record.operator_request_flags = flags;
    f.session.set_info(&record).unwrap();
}

#[test]
fn requests_sc3_of_a_submitted_request() {
    let f = open_catalog();
    let request = submit(&f.session);
    f.session.cancel_operator_request(request).unwrap();
    assert_eq!(f.last_changes(), [(1, ObjectType::OperatorRequest, request.into())]);
    assert_eq!(state(&f, request), Some(Refused));
    f.refused(ErrorKind::InvalidState, || f.session.cancel_operator_request(request));
    f.refused(ErrorKind::ObjectNotFound, || f.session.satisfy_operator_request(request));
    f.refused(ErrorKind::InvalidState, || f.session.acknowledge_operator_request(request));
}

#[test]
fn requests_sc4() {
    let f = open_catalog();
    f.grant("computer", computer(&f), USE | MODIFY);
    // The submitter is no exception.
    let user = f.user();
    let request = submit(&user);
    f.refused(ErrorKind::AccessDenied, || user.satisfy_operator_request(request));
    f.refused(ErrorKind::AccessDenied, || user.cancel_operator_request(request));
    f.refused(ErrorKind::AccessDenied, || user.acknowledge_operator_request(request));
    assert_eq!(state(&f, request), Some(Submitted));
    f.grant("computer", computer(&f), CONTROL);
    user.acknowledge_operator_request(request).unwrap();
    user.satisfy_operator_request(request).unwrap();
}

#[test]
fn requests_answer_in_both_models_takes_an_administrator() {
    let f = open_catalog_with(AccessModel::WindowsXp);
    let user = f.user();
    f.grant("computer", computer(&f), 7 & !CONTROL);
    let request = submit(&user);
    f.refused(ErrorKind::AccessDenied, || user.satisfy_operator_request(request));
    f.refused(ErrorKind::AccessDenied, || user.cancel_operator_request(request));
    f.refused(ErrorKind::AccessDenied, || user.acknowledge_operator_request(request));
    f.grant("computer", computer(&f), CONTROL);
    user.cancel_operator_request(request).unwrap();
}

#[test]
fn requests_go_from_state_to_state() {
    let f = open_catalog();
    let (satisfied, seen) = (submit(&f.session), submit(&f.session));
    f.session.satisfy_operator_request(satisfied).unwrap();
    assert_eq!(state(&f, satisfied), Some(Complete));
    f.refused(ErrorKind::ObjectNotFound, || f.session.satisfy_operator_request(satisfied));
    f.refused(ErrorKind::InvalidState, || f.session.cancel_operator_request(satisfied));
    f.refused(ErrorKind::InvalidState, || f.session.acknowledge_operator_request(satisfied));

    f.clock.advance(Duration::from_secs(1));
    f.session.acknowledge_operator_request(seen).unwrap();
    assert_eq!(state(&f, seen), Some(InProgress));
    let record = f.user().info(seen).unwrap();
    assert!(record.common.modified > record.submitted);
    // Somebody is at it; he need not be the one who ends it.
    f.refused(ErrorKind::InvalidState, || f.session.acknowledge_operator_request(seen));
    f.session.satisfy_operator_request(seen).unwrap();
    assert_eq!(state(&f, seen), Some(Complete));
}

#[test]
fn requests_are_active_when_an_administrator_has_read_them() {
    let f = open_catalog();
    f.grant("computer", computer(&f), USE);
    let (user, operator) = (f.user(), &f.session);
    let (by_info, by_list) = (submit(&user), submit(&user));
    for _ in 0..2 {
        assert_eq!(user.info(by_info).unwrap().state, Submitted);
        let listed = user.operator_requests().unwrap();
        assert!(listed.iter().all(|open| open.request.state == Submitted));
    }
    // The reader sees that nobody has read it before.
    assert_eq!(operator.info(by_info).unwrap().state, Submitted);
    assert_eq!(f.last_changes(), [(1, ObjectType::OperatorRequest, by_info.into())]);
    assert_eq!(operator.info(by_info).unwrap().state, Active);
    let states = || {
        let open = operator.operator_requests().unwrap();
        open.iter().map(|open| (open.request.id, open.request.state)).collect::<Vec<_>>()
    };
    assert_eq!(states(), [(by_info, Active), (by_list, Submitted)]);
    assert_eq!(f.last_changes(), [(1, ObjectType::OperatorRequest, by_list.into())]);
    // What changes nothing writes nothing.
    let before = f.dump();
    assert_eq!(states(), [(by_info, Active), (by_list, Active)]);
    operator.info(by_list).unwrap();
    assert!(f.dump() == before);
}

#[test]
fn requests_answer_bad_input() {
    fn calls(f: &Fixture, id: OperatorRequestId, kind: ErrorKind) {
        f.refused(kind, || f.session.satisfy_operator_request(id));
        f.refused(kind, || f.session.cancel_operator_request(id));
        f.refused(kind, || f.session.acknowledge_operator_request(id));
    }
    let f = open_catalog();
    let request = submit(&f.session);
    calls(&f, OperatorRequestId::NULL, ErrorKind::InvalidParameter);
    calls(&f, unknown(), ErrorKind::ObjectNotFound);
    calls(&f, cast(computer(&f)), ErrorKind::ObjectNotFound);
    f.session.close().unwrap();
    calls(&f, request, ErrorKind::InvalidHandle);
}

#[test]
fn requests_are_gone_with_the_medium_they_name() {
    let f = open_catalog();
    let pool = f.pool(r"\App\P", T1);
    let [medium, other] = [1, 2].map(|n| f.medium(pool, &[SideState::Available], n).physical_media);
    let offline = f.id("SELECT id FROM library WHERE key = 1", []);
    let ask = |task| f.session.submit_operator_request(task, None).unwrap();
    let gone = [
        ask(OperatorTask::MoveMedia { medium, to: offline }),
        ask(OperatorTask::DeviceService { device: medium.into() }),
    ];
    let done = ask(OperatorTask::DeviceService { device: medium.into() });
    f.session.satisfy_operator_request(done).unwrap();
    let others = ask(OperatorTask::MoveMedia { medium: other, to: offline });
    f.session.delete_offline_media(medium).unwrap();
    for request in gone {
        assert_eq!(state(&f, request), None);
        assert!(f.last_changes().contains(&(3, ObjectType::OperatorRequest, request.into())));
    }
    // Those that are done stay, and can be read.
    assert_eq!(f.session.list::<OperatorRequestId>(None).unwrap(), [done, others]);
    let task = OperatorTask::DeviceService { device: medium.into() };
    assert_eq!(f.session.info(done).unwrap().task, task);
}

#[test]
fn requests_stay_when_who_submitted_them_ends() {
    let f = open_catalog();
    let session = f.manager.session("short").unwrap();
    let request = submit(&session);
    session.close().unwrap();
    assert_eq!(state(&f, request), Some(Submitted));
    f.session.satisfy_operator_request(request).unwrap();
}

#[test]
fn library_dq1_and_dq2() {
    let f = open_catalog();
    let [passed, open, refused] = [(); 3].map(|()| submit(&f.session));
    f.session.satisfy_operator_request(passed).unwrap();
    f.session.cancel_operator_request(refused).unwrap();
    let delete =
        |requests: &[ObjectId]| f.session.delete_requests(RequestKind::Operator, requests).unwrap();
    let named = [passed.into(), open.into(), unknown(), ObjectId::NULL, computer(&f).into()];
    assert_eq!(delete(&named), 1);
    assert_eq!(f.last_changes(), [(3, ObjectType::OperatorRequest, passed.into())]);
    assert_eq!(state(&f, passed), None);
    assert_eq!(delete(&[open.into()]), 0);
    assert_eq!(state(&f, open), Some(Submitted));
    assert_eq!(delete(&[]), 0);
    // Requests of the other kind count as unknown.
    let library = f.session.delete_requests(RequestKind::Library, &[refused.into()]).unwrap();
    assert_eq!((library, state(&f, refused)), (0, Some(Refused)));
    assert_eq!(delete(&[refused.into(), refused.into()]), 1);
}

#[test]
fn library_dq3() {
    let kind = RequestKind::try_from(ObjectType::Drive);
    assert_eq!(kind.unwrap_err().kind(), ErrorKind::InvalidParameter);
    for kind in [RequestKind::Library, RequestKind::Operator] {
        let object_type = ObjectType::try_from(i64::from(kind.value())).unwrap();
        assert_eq!(RequestKind::try_from(object_type).unwrap(), kind);
    }
}

#[test]
fn library_delete_requests_rights() {
    for (model, right) in [(AccessModel::Server2003, MODIFY), (AccessModel::WindowsXp, CONTROL)] {
        let f = open_catalog_with(model);
        let user = f.user();
        let request = submit(&f.session);
        f.session.satisfy_operator_request(request).unwrap();
        let delete = || user.delete_requests(RequestKind::Operator, &[request.into()]);
        f.grant("computer", computer(&f), 7 & !right);
        f.refused(ErrorKind::AccessDenied, delete);
        f.grant("computer", computer(&f), right);
        assert_eq!(delete().unwrap(), 1);
        user.close().unwrap();
        f.refused(ErrorKind::InvalidHandle, delete);
    }
}

#[test]
fn requests_are_kept_for_the_purge_time() {
    let f = open_catalog();
    keep(&f, 60, OperatorRequestFlags::empty());
    let [done, refused, open] = [(); 3].map(|()| submit(&f.session));
    f.session.satisfy_operator_request(done).unwrap();
    f.clock.advance(Duration::from_secs(10));
    f.session.cancel_operator_request(refused).unwrap();
    f.clock.advance(Duration::from_secs(49));
    let one = submit(&f.session);
    assert_eq!(f.session.list::<OperatorRequestId>(None).unwrap(), [done, refused, open, one]);
    // While nobody waits for anything, they go with the next change of a request.
    f.clock.advance(Duration::from_secs(1));
    assert_eq!(state(&f, done), Some(Complete));
    f.session.acknowledge_operator_request(open).unwrap();
    let changes = f.last_changes();
    assert!(changes.contains(&(3, ObjectType::OperatorRequest, done.into())), "{changes:?}");
    assert_eq!(f.session.list::<OperatorRequestId>(None).unwrap(), [refused, open, one]);
    f.clock.advance(Duration::from_secs(10));
    let two = submit(&f.session);
    assert_eq!(f.session.list::<OperatorRequestId>(None).unwrap(), [open, one, two]);
}

/// Requests of both final states whose time is over, and one that is open.
fn overdue(f: &support::Fixture, count: usize) -> OperatorRequestId {
    keep(f, 60, OperatorRequestFlags::empty());
    for _ in 0..count {
        f.session.satisfy_operator_request(submit(&f.session)).unwrap();
        f.session.cancel_operator_request(submit(&f.session)).unwrap();
    }
    let open = submit(&f.session);
    f.clock.advance(Duration::from_secs(61));
    open
}

#[test]
fn requests_go_by_themselves_while_somebody_waits() {
    let f = open_catalog();
    let open = overdue(&f, 20);
    let all = || f.session.list::<OperatorRequestId>(None).unwrap();
    assert_eq!(all().len(), 41);
    let sink = std::sync::Arc::new(rsm::ui::TracingSink);
    let service = f.session.serve_ui_destinations(&["ops"], sink).unwrap();
    until(|| all() == [open]);
    service.close();
}

#[test]
fn requests_go_when_the_catalog_is_opened() {
    let f = open_catalog();
    overdue(&f, 10);
    let support::Fixture { dir, clock, session, manager, .. } = f;
    drop((session, manager));
    let manager = rsm::OpenOptions::new().clock(clock).open(dir.path()).unwrap();
    let session = manager.session("other").unwrap();
    assert_eq!(session.list::<OperatorRequestId>(None).unwrap().len(), 1);
}

#[test]
fn requests_are_kept_as_the_flags_say() {
    let f = open_catalog();
    let ended = || {
        let (done, refused) = (submit(&f.session), submit(&f.session));
        f.session.satisfy_operator_request(done).unwrap();
        f.session.cancel_operator_request(refused).unwrap();
        (done, refused)
    };
    keep(&f, 0, OperatorRequestFlags::NO_AUTO_PURGE);
    let (done, refused) = ended();
    submit(&f.session);
    assert_eq!((state(&f, done), state(&f, refused)), (Some(Complete), Some(Refused)));
    keep(&f, 0, OperatorRequestFlags::NO_FAILED_PURGE);
    let (second, also_refused) = ended();
    assert_eq!((state(&f, done), state(&f, second)), (None, None));
    assert_eq!((state(&f, refused), state(&f, also_refused)), (Some(Refused), Some(Refused)));
    keep(&f, 0, OperatorRequestFlags::empty());
    submit(&f.session);
    assert_eq!((state(&f, refused), state(&f, also_refused)), (None, None));
}

#[test]
fn requests_are_purged_a_bounded_number_at_a_time() {
    const MANY: usize = 100;
    let f = open_catalog();
    keep(&f, 60, OperatorRequestFlags::empty());
    for _ in 0..MANY {
        f.session.satisfy_operator_request(submit(&f.session)).unwrap();
    }
    f.clock.advance(Duration::from_secs(61));
    let count = || f.session.list::<OperatorRequestId>(None).unwrap().len();
    let mut left = MANY;
    let mut changes = 0;
    while left > 0 {
        let request = submit(&f.session);
        let gone = left + 1 - count();
        assert!((1..=16).contains(&gone), "{gone} at once");
        f.sql("DELETE FROM operator_request WHERE id = ?1", [request.to_bytes()]);
        left -= gone;
        changes += 1;
    }
    assert!(changes < MANY, "more go than come");
}
