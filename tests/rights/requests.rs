//! The rows of sessions, notifications, and requests to people and libraries.

use rsm::model::{
    Caller, CleanerTarget, InventoryMethod, LibraryRequestId, ObjectId, ObjectType, OperatorTask,
    RequestKind, ServiceTarget, SideState, Timeout,
};

use crate::scene::{Scene, library, pool, walk_all};
use crate::support::unknown;

pub const FUNCTIONS: &[&str] = &[
    "CancelNtmsOperatorRequest",
    "CloseNtmsSession",
    "DeleteNtmsRequests",
    "GetNtmsRequestOrder",
    "OpenNtmsNotification",
    "OpenNtmsSession",
    "SatisfyNtmsOperatorRequest",
    "SetNtmsRequestOrder",
    "SubmitNtmsOperatorRequest",
    "WaitForNtmsNotification",
    "WaitForNtmsOperatorRequest",
];

#[test]
fn rights_of_sessions_and_requests() {
    walk_all(FUNCTIONS, &[sessions, submitted, answered, order]);
}

fn sessions(s: &Scene<'_>) {
    let rows = [("computer", s.computer())];
    let caller = Caller {
        user: 7,
        groups: vec![],
        administrator: false,
        user_name: "somebody else".to_owned(),
    };
    let open = |_: &rsm::Session| s.f.manager.session_as("another", caller.clone());
    let other = s.walk("OpenNtmsSession", &rows, open).unwrap();
    let subscribe = |u: &rsm::Session| u.subscribe(ObjectType::Generic);
    let channel = s.walk("OpenNtmsNotification", &rows, subscribe).unwrap();
    let none = [("none", s.computer())];
    let wait = |_: &rsm::Session| channel.wait(Timeout::NoWait);
    s.walk("WaitForNtmsNotification", &none, wait).unwrap_err();
    s.walk("CloseNtmsSession", &none, |_| other.close()).unwrap();
}

fn submitted(s: &Scene<'_>) {
    let (shelf, p) = (s.f.library(1), s.p());
    let medium = s.f.medium(p, &[SideState::Allocated], 1).physical_media;
    let cleaner = OperatorTask::Cleaner { target: CleanerTarget::Library(shelf) };
    let service = OperatorTask::DeviceService { device: ServiceTarget::Library(shelf) };
    for (object, guarded, task) in [
        ("NTMS_OPREQ_CLEANER via library", library(shelf), cleaner),
        ("NTMS_OPREQ_DEVICESERVICE via library", library(shelf), service),
        ("NTMS_OPREQ_MESSAGE via computer", s.computer(), OperatorTask::Message),
        (
            "NTMS_OPREQ_MOVEMEDIA via media pool",
            pool(p),
            OperatorTask::MoveMedia { medium, to: shelf },
        ),
        (
            "NTMS_OPREQ_NEWMEDIA via media pool",
            pool(p),
            OperatorTask::NewMedia { pool: p, library: None },
        ),
    ] {
        let submit = |u: &rsm::Session| u.submit_operator_request(task, Some("please"));
        s.walk("SubmitNtmsOperatorRequest", &[(object, guarded)], submit).unwrap();
    }
}

fn answered(s: &Scene<'_>) {
    let submit = || s.f.session.submit_operator_request(OperatorTask::Message, Some("look"));
    let [one, two] = [(); 2].map(|()| submit().unwrap());
    let rows = [("computer", s.computer())];
    let own = [("computer (own decision)", s.computer())];
    let wait = |u: &rsm::Session| u.wait_operator_request(one, Timeout::NoWait);
    let _ = s.walk("WaitForNtmsOperatorRequest", &own, wait);
    s.walk("SatisfyNtmsOperatorRequest", &rows, |u| u.satisfy_operator_request(one)).unwrap();
    s.walk("CancelNtmsOperatorRequest", &rows, |u| u.cancel_operator_request(two)).unwrap();
    let kind = RequestKind::Operator;
    for id in [ObjectId::from(one), two.into(), unknown()] {
        // Who lacks the right does not learn whether there is such a request.
        s.grant_only(&[]);
        s.denied("DeleteNtmsRequests", || s.user.delete_requests(kind, &[id]));
        s.open_up();
    }
    let delete = |u: &rsm::Session| u.delete_requests(kind, &[one.into()]);
    assert_eq!(s.walk("DeleteNtmsRequests", &rows, delete).unwrap(), 1);
}

fn order(s: &Scene<'_>) {
    let robot = s.robot();
    s.f.session.inventory_library(robot, InventoryMethod::Fast).unwrap();
    s.f.manager.wait_until_idle(Timeout::Forever).unwrap();
    let request: LibraryRequestId = s.f.session.list(Some(robot.into())).unwrap()[0];
    let rows = [("computer", s.computer())];
    let get = |u: &rsm::Session| u.request_order(request);
    assert_eq!(s.walk("GetNtmsRequestOrder", &rows, get).unwrap(), 0);
    // It has no order.
    let set = |u: &rsm::Session| u.set_request_order(request, 1);
    s.walk("SetNtmsRequestOrder", &rows, set).unwrap_err();
}
