//! What operators see and what their answers do: examples SO4, SC1-SC3, A15-A17 and A22, with
//! allocations that wait.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

#[path = "support/shelf.rs"]
mod shelf;
mod support;
#[path = "support/waiter.rs"]
mod waiter;

use std::thread;
use std::time::Duration;

use rsm::ErrorKind;
use rsm::model::{
    AccessModel, AllocateRequest, CleanerTarget, Computer, ComputerId, DriveId, LibraryId,
    OperatorRequestId, OperatorRequestState, OperatorRequestSummary, OperatorTask, ProcessId,
    SlotId, Timeout, WaitingCall,
};
use shelf::Shelf;
use support::{T1, cast, open_catalog_with};
use waiter::{forever, nobody_waits, open_requests, wait_for, waiting};

fn computer(shelf: &Shelf, change: impl FnOnce(&mut Computer)) {
    let id: ComputerId = shelf.f.id("SELECT id FROM computer", []);
    let mut record = shelf.info(id).unwrap();
    change(&mut record);
    shelf.set_info(&record).unwrap();
}

fn state(shelf: &Shelf, request: OperatorRequestId) -> Option<OperatorRequestState> {
    shelf.f.user().info(request).ok().map(|record| record.state)
}

/// The request of the one call that waits, once it is another than this.
fn next_request(shelf: &Shelf, after: OperatorRequestId) -> OperatorRequestId {
    loop {
        match open_requests(shelf)[..] {
            [request] if request != after => return request,
            _ => thread::yield_now(),
        }
    }
}

#[test]
fn requests_so4() {
    let shelf = Shelf::new(T1);
    let drive = shelf.list::<DriveId>(None).unwrap()[0];
    let service = OperatorTask::DeviceService { device: drive.into() };
    let request = shelf.submit_operator_request(service, None).unwrap();
    assert_eq!(shelf.info(request).unwrap().task, service);
    let cleaner = OperatorTask::Cleaner { target: CleanerTarget::Slot(cast(drive)) };
    shelf.f.refused(ErrorKind::ObjectNotFound, || shelf.submit_operator_request(cleaner, None));
}

#[test]
fn requests_sc1() {
    let mut shelf = Shelf::new(T1);
    let p = shelf.p();
    let call = wait_for(&shelf, forever(p));
    let request = open_requests(&shelf)[0];
    let medium = shelf.medium(p);
    assert_eq!(call.ended().unwrap().side, medium.sides[0]);
    assert_eq!(state(&shelf, request), None);
    nobody_waits(&shelf);
}

#[test]
fn media_a15() {
    let mut shelf = Shelf::new(T1);
    let p = shelf.p();
    computer(&shelf, |computer| computer.complete_requests_by_detection = false);
    let call = wait_for(&shelf, forever(p));
    let request = open_requests(&shelf)[0];
    let medium = shelf.medium(p);
    assert!(call.is_waiting());
    assert_eq!(open_requests(&shelf), [request]);
    shelf.satisfy_operator_request(request).unwrap();
    assert_eq!(call.ended().unwrap().side, medium.sides[0]);
    nobody_waits(&shelf);
}

#[test]
fn requests_sc2_and_media_a16() {
    let mut shelf = Shelf::new(T1);
    let p = shelf.p();
    let call = wait_for(&shelf, forever(p));
    let first = open_requests(&shelf)[0];
    shelf.satisfy_operator_request(first).unwrap();
    let second = next_request(&shelf, first);
    assert_eq!(state(&shelf, first), None);
    assert!(call.is_waiting());
    let medium = shelf.medium(p);
    assert_eq!(call.ended().unwrap().side, medium.sides[0]);
    assert_eq!(state(&shelf, second), None);
    nobody_waits(&shelf);
}

#[test]
fn requests_sc3_and_media_a17() {
    for keeps_nothing in [false, true] {
        let mut shelf = Shelf::new(T1);
        let p = shelf.p();
        if keeps_nothing {
            computer(&shelf, |computer| computer.operator_request_purge_time = 0);
        }
        let call = wait_for(&shelf, forever(p));
        let request = open_requests(&shelf)[0];
        shelf.cancel_operator_request(request).unwrap();
        let error = call.ended().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Cancelled, "{error}");
        assert_eq!(waiting(&shelf), 0);
        assert_eq!(state(&shelf, request), Some(OperatorRequestState::Refused));
        shelf.f.refused(ErrorKind::InvalidState, || shelf.cancel_operator_request(request));
        shelf.f.refused(ErrorKind::ObjectNotFound, || shelf.satisfy_operator_request(request));
        // What turns up now is nobody's.
        let medium = shelf.medium(p);
        assert_eq!(shelf.allocate(p).unwrap().side, medium.sides[0]);
        shelf.check();
    }
}

#[test]
fn requests_say_who_is_at_it_and_why_it_was_refused() {
    let shelf = Shelf::new(T1);
    let p = shelf.p();
    let call = wait_for(&shelf, forever(p));
    let request = open_requests(&shelf)[0];
    let user = shelf.info(request).unwrap().user;
    shelf.acknowledge_operator_request(request).unwrap();
    let open = only(&shelf);
    assert_eq!((&open.request.answered_by, open.request.answer.as_str()), (&user, ""));
    assert!(open.to_string().contains(&format!("InProgress by {user}")), "{open}");
    let reasons = [(300, ErrorKind::MessageExceedsMaxSize), (1, ErrorKind::InvalidParameter)];
    for (length, kind) in reasons {
        let reason = "\u{7}".repeat(length);
        shelf.f.refused(kind, || shelf.refuse_operator_request(request, &reason));
    }
    shelf.refuse_operator_request(request, "the vault is\nlocked").unwrap();
    let error = call.ended().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Cancelled);
    assert!(error.reason().ends_with("refused the request: the vault is locked"), "{error}");
    let record = shelf.info(request).unwrap();
    assert_eq!((record.answered_by, record.answer.as_str()), (user, "the vault is\nlocked"));
    // Whoever waits for it reads it, too.
    let error = shelf.wait_operator_request(request, Timeout::Forever).unwrap_err();
    assert!(error.reason().contains("the vault is locked"), "{error}");
    shelf.check();
}

#[test]
fn media_a22() {
    let mut shelf = Shelf::new(T1);
    let p = shelf.p();
    computer(&shelf, |computer| computer.complete_requests_by_detection = false);
    let calls = [wait_for(&shelf, forever(p)), wait_for(&shelf, forever(p))];
    let requests = open_requests(&shelf);
    let medium = shelf.medium(p);
    assert!(calls.iter().all(waiter::Waiter::is_waiting));
    for request in &requests {
        shelf.satisfy_operator_request(*request).unwrap();
    }
    let second = loop {
        match open_requests(&shelf)[..] {
            [request] if !requests.contains(&request) => break request,
            _ => thread::yield_now(),
        }
    };
    let (mut ended, mut waits) = (Vec::new(), Vec::new());
    while ended.is_empty() {
        let [one, other] = &calls;
        ended = [one, other].into_iter().filter(|call| !call.is_waiting()).collect();
        waits = [one, other].into_iter().filter(|call| call.is_waiting()).collect();
        thread::yield_now();
    }
    assert_eq!((ended.len(), waits.len(), waiting(&shelf)), (1, 1, 1));
    waits[0].session.close().unwrap();
    assert_eq!(state(&shelf, second), None);
    let mut results = calls.map(waiter::Waiter::ended).into_iter();
    let given: Vec<_> = results.by_ref().flatten().collect();
    assert_eq!(given.len(), 1);
    assert_eq!(given[0].side, medium.sides[0]);
    nobody_waits(&shelf);
}

#[test]
fn requests_of_allocations_can_be_waited_for() {
    let mut shelf = Shelf::new(T1);
    let p = shelf.p();
    let operator = shelf.f.manager.session("operator").unwrap();
    thread::scope(|scope| {
        let wait = |request| {
            let operator = &operator;
            let wait = move || operator.wait_operator_request(request, Timeout::Forever);
            let waiting = scope.spawn(wait);
            shelf.f.clock.wait_for_waiters(3);
            waiting
        };
        // The call deletes its request when it takes what it was given.
        let call = wait_for(&shelf, forever(p));
        let waiting = wait(open_requests(&shelf)[0]);
        let operators = shelf.operator_requests().unwrap();
        let calls: Vec<_> = operators[0].waits.iter().map(|wait| wait.call).collect();
        assert_eq!(calls, [WaitingCall::Allocation, WaitingCall::Request]);
        shelf.cancel_operator_request(operators[0].request.id).unwrap();
        assert_eq!(call.ended().unwrap_err().kind(), ErrorKind::Cancelled);
        assert_eq!(waiting.join().unwrap().unwrap_err().kind(), ErrorKind::Cancelled);
        // The request vanishes with its call.
        let call = wait_for(&shelf, forever(p));
        let waiting = wait(open_requests(&shelf)[0]);
        call.session.close().unwrap();
        assert_eq!(call.ended().unwrap_err().kind(), ErrorKind::Cancelled);
        assert_eq!(waiting.join().unwrap().unwrap_err().kind(), ErrorKind::ObjectNotFound);
    });
    let call = wait_for(&shelf, forever(p));
    let request = open_requests(&shelf)[0];
    let wait = thread::spawn(move || operator.wait_operator_request(request, Timeout::Forever));
    shelf.f.clock.wait_for_waiters(3);
    let medium = shelf.medium(p);
    assert_eq!(call.ended().unwrap().side, medium.sides[0]);
    wait.join().unwrap().unwrap();
}

/// The one request, as listed.
fn only(shelf: &Shelf) -> OperatorRequestSummary {
    let mut open = shelf.operator_requests().unwrap();
    assert_eq!(open.len(), 1);
    open.remove(0)
}

#[test]
fn requests_of_allocations_say_what_is_needed_by_whom_and_until_when() {
    let shelf = Shelf::new(T1);
    let p = shelf.p();
    let hour = Duration::from_secs(3600);
    let call = wait_for(&shelf, AllocateRequest::from(p).timeout(Timeout::After(hour)));
    shelf.f.clock.advance(Duration::from_secs(600));
    let open = only(&shelf);
    assert_eq!(open.request.task, OperatorTask::NewMedia { pool: p, library: None });
    assert_eq!((open.subject.as_deref(), open.target.as_deref()), (Some(r"pool \App\P"), None));
    assert_eq!(open.age, Duration::from_secs(600));
    let wait = &open.waits[0];
    let here = Some(ProcessId::from(std::process::id()));
    assert_eq!((open.waits.len(), wait.call), (1, WaitingCall::Allocation));
    assert_eq!((wait.application.as_str(), wait.process), ("waiter", here));
    assert_eq!(wait.since, open.request.submitted);
    assert_eq!(open.next_deadline(), Some(wait.since.saturating_add(hour)));
    let text = open.to_string();
    for part in
        [r"bring media for pool \App\P", "LTO Ultrium", "waiter", "10 min ago", "50 min are left"]
    {
        assert!(text.contains(part), "{part:?} is not in: {text}");
    }
    shelf.f.clock.advance(hour);
    assert_eq!(call.ended().unwrap_err().kind(), ErrorKind::Timeout);
    assert_eq!(shelf.operator_requests().unwrap(), []);
}

#[test]
fn requests_name_things_as_people_know_them() {
    let mut shelf = Shelf::new(T1);
    let p = shelf.p();
    let medium = shelf.medium(p).id;
    let name = shelf.info(shelf.library).unwrap().common.name;
    let offline: LibraryId = shelf.f.id("SELECT id FROM library WHERE key = 1", []);
    let shelf_name = shelf.info(offline).unwrap().common.name;
    let drive = shelf.list::<DriveId>(None).unwrap()[1];
    let drive_number = shelf.info(drive).unwrap().number;
    let slot = shelf.list::<SlotId>(None).unwrap()[4];
    let slot_number = shelf.info(slot).unwrap().number;
    let title = shelf.info(medium).unwrap().bar_code;
    let expected: [(OperatorTask, Option<String>, Option<String>, String); 8] = [
        (
            OperatorTask::NewMedia { pool: p, library: Some(shelf.library) },
            Some(r"pool \App\P".to_owned()),
            Some(format!("library {name}")),
            format!(r"bring media for pool \App\P to library {name}"),
        ),
        (
            OperatorTask::Cleaner { target: shelf.library.into() },
            Some(format!("library {name}")),
            None,
            format!("see to the cleaning cartridge of library {name}"),
        ),
        (
            OperatorTask::Cleaner { target: slot.into() },
            Some(format!("slot {slot_number} of library {name}")),
            None,
            format!("see to the cleaning cartridge of slot {slot_number} of library {name}"),
        ),
        (
            OperatorTask::DeviceService { device: shelf.library.into() },
            Some(format!("library {name}")),
            None,
            format!("service library {name}"),
        ),
        (
            OperatorTask::DeviceService { device: drive.into() },
            Some(format!("drive {drive_number} of library {name}")),
            None,
            format!("service drive {drive_number} of library {name}"),
        ),
        (
            OperatorTask::DeviceService { device: medium.into() },
            Some(format!("medium {title}")),
            None,
            format!("look at medium {title}"),
        ),
        (
            OperatorTask::MoveMedia { medium, to: offline },
            Some(format!("medium {title}")),
            Some(format!("library {shelf_name}")),
            format!("move medium {title} to library {shelf_name}"),
        ),
        (OperatorTask::Message, None, None, "read: the\ntext".replace('\n', " ")),
    ];
    for (task, subject, target, text) in expected {
        let message = (task == OperatorTask::Message).then_some("the\ntext");
        let request = shelf.submit_operator_request(task, message).unwrap();
        let open = only(&shelf);
        assert_eq!((open.request.id, open.request.task), (request, task));
        assert_eq!((open.subject.clone(), open.target.clone()), (subject, target));
        assert!(open.to_string().starts_with(&text), "{text:?} does not begin: {open}");
        shelf.satisfy_operator_request(request).unwrap();
        assert_eq!(shelf.operator_requests().unwrap(), [], "what is done is not listed");
    }
}

#[test]
fn requests_about_things_that_are_gone_can_be_read() {
    let shelf = Shelf::new(T1);
    let p = shelf.p();
    let task = OperatorTask::NewMedia { pool: p, library: None };
    shelf.submit_operator_request(task, None).unwrap();
    shelf.delete_pool(p).unwrap();
    let open = only(&shelf);
    assert_eq!((open.request.task, open.subject.as_deref()), (task, Some("a pool that is gone")));
    // Applications' requests are not ended by anything but people.
    assert_eq!(open.request.state, OperatorRequestState::Submitted);
}

#[test]
fn requests_of_applications_are_not_completed_by_detection() {
    let mut shelf = Shelf::new(T1);
    let p = shelf.p();
    let task = OperatorTask::NewMedia { pool: p, library: None };
    let request = shelf.submit_operator_request(task, None).unwrap();
    // A waiting call has a request of its own.
    let call = wait_for(&shelf, forever(p));
    assert_eq!(open_requests(&shelf).len(), 2);
    let medium = shelf.medium(p);
    assert_eq!(call.ended().unwrap().side, medium.sides[0]);
    assert_eq!(open_requests(&shelf), [request]);
    assert_eq!(only(&shelf).waits, []);
}

#[test]
fn requests_list_rights() {
    const USE: u32 = 1;
    for model in [AccessModel::Server2003, AccessModel::WindowsXp] {
        let f = open_catalog_with(model);
        let user = f.user();
        let computer: ComputerId = f.id("SELECT id FROM computer", []);
        f.grant("computer", computer, 7 & !USE);
        match model {
            AccessModel::Server2003 => {
                f.refused(ErrorKind::AccessDenied, || user.operator_requests());
            }
            AccessModel::WindowsXp => assert_eq!(user.operator_requests().unwrap(), []),
        }
        f.grant("computer", computer, USE);
        assert_eq!(user.operator_requests().unwrap(), []);
        user.close().unwrap();
        f.refused(ErrorKind::InvalidHandle, || user.operator_requests());
    }
}
