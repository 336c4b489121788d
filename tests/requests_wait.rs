//! WaitForNtmsOperatorRequest: examples WO1-WO4, deadlines, requests that vanish, other processes.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

#[path = "support/child.rs"]
mod child;
mod support;

use std::path::Path;
use std::thread::{self, ScopedJoinHandle};
use std::time::Duration;

use child::Child;
use rsm::clock::VirtualClock;
use rsm::model::{
    AccessModel, ComputerId, OperatorRequestId, OperatorTask, ProcessId, RequestKind, SideState,
    Timeout, WaitingCall,
};
use rsm::{ErrorKind, OpenOptions, Session};
use support::{Fixture, T1, cast, open_catalog, open_catalog_with, unknown};

const FOREVER: Timeout = Timeout::Forever;

fn submit(session: &Session) -> OperatorRequestId {
    session.submit_operator_request(OperatorTask::Message, Some("insert set 7")).unwrap()
}

fn keep_nothing(f: &Fixture) {
    let id: ComputerId = f.id("SELECT id FROM computer", []);
    let mut computer = f.session.info(id).unwrap();
    computer.operator_request_purge_time = 0;
    f.session.set_info(&computer).unwrap();
}

fn kind(result: rsm::Result<()>) -> Option<ErrorKind> {
    result.err().map(|error| error.kind())
}

/// Starts to wait in another thread, and returns when it does.
fn waits<'s>(
    scope: &'s thread::Scope<'s, '_>,
    f: &Fixture,
    session: &'s Session,
    request: OperatorRequestId,
    timeout: Timeout,
    nth: usize,
) -> ScopedJoinHandle<'s, Option<ErrorKind>> {
    let waiting = scope.spawn(move || kind(session.wait_operator_request(request, timeout)));
    f.clock.wait_for_waiters(nth);
    waiting
}

/// Calls that count as waiting.
fn listed(f: &Fixture) -> u32 {
    let sql = "SELECT count(*) FROM operator_request_wait";
    f.connection().query_row(sql, [], |row| row.get(0)).unwrap()
}

#[test]
fn requests_wo1() {
    let f = open_catalog();
    let request = submit(&f.session);
    f.refused(ErrorKind::Timeout, || f.session.wait_operator_request(request, Timeout::NoWait));
    let after = Timeout::After(Duration::from_secs(30));
    thread::scope(|scope| {
        let waiting = waits(scope, &f, &f.session, request, after, 1);
        f.clock.advance(Duration::from_secs(29));
        assert!(!waiting.is_finished());
        f.clock.advance(Duration::from_secs(1));
        assert_eq!(waiting.join().unwrap(), Some(ErrorKind::Timeout));
    });
    assert_eq!(listed(&f), 0);
    // The request stays open: it belongs to nobody's wait.
    f.session.satisfy_operator_request(request).unwrap();
    f.session.wait_operator_request(request, Timeout::NoWait).unwrap();
}

#[test]
fn requests_wo2() {
    let f = open_catalog();
    let request = submit(&f.session);
    let other = f.manager.session("other").unwrap();
    thread::scope(|scope| {
        let one = waits(scope, &f, &f.session, request, FOREVER, 1);
        let two = waits(scope, &f, &other, request, FOREVER, 2);
        // Being at it wakes nobody.
        f.session.acknowledge_operator_request(request).unwrap();
        assert!(!one.is_finished() && !two.is_finished());
        f.session.satisfy_operator_request(request).unwrap();
        assert_eq!((one.join().unwrap(), two.join().unwrap()), (None, None));
    });
    assert_eq!(listed(&f), 0);
}

#[test]
fn requests_wo3() {
    let f = open_catalog();
    keep_nothing(&f);
    let request = submit(&f.session);
    thread::scope(|scope| {
        let waiting = waits(scope, &f, &f.session, request, FOREVER, 1);
        f.session.satisfy_operator_request(request).unwrap();
        // It is gone before whoever waits can look, who learns all the same that it was done.
        assert!(f.session.list::<OperatorRequestId>(None).unwrap().is_empty());
        assert_eq!(waiting.join().unwrap(), None);
    });
    f.refused(ErrorKind::ObjectNotFound, || f.session.wait_operator_request(request, FOREVER));
}

#[test]
fn requests_wo4() {
    for purge_at_once in [false, true] {
        let f = open_catalog();
        if purge_at_once {
            keep_nothing(&f);
        }
        let request = submit(&f.session);
        let operator = f.manager.session("operator").unwrap();
        thread::scope(|scope| {
            let waiting = waits(scope, &f, &f.session, request, FOREVER, 1);
            operator.cancel_operator_request(request).unwrap();
            assert_eq!(waiting.join().unwrap(), Some(ErrorKind::Cancelled));
        });
        let late = if purge_at_once { ErrorKind::ObjectNotFound } else { ErrorKind::Cancelled };
        f.refused(late, || f.session.wait_operator_request(request, FOREVER));
    }
}

#[test]
fn requests_deleted_while_waited_for_are_not_found() {
    let f = open_catalog();
    let pool = f.pool(r"\App\P", T1);
    let medium = f.medium(pool, &[SideState::Available], 1).physical_media;
    let task = OperatorTask::DeviceService { device: medium.into() };
    let request = f.session.submit_operator_request(task, None).unwrap();
    thread::scope(|scope| {
        let waiting = waits(scope, &f, &f.session, request, FOREVER, 1);
        f.session.delete_offline_media(medium).unwrap();
        assert_eq!(waiting.join().unwrap(), Some(ErrorKind::ObjectNotFound));
    });
    assert_eq!(listed(&f), 0);
}

#[test]
fn requests_satisfied_and_deleted_at_once_are_done_for_who_waits() {
    let f = open_catalog();
    let request = submit(&f.session);
    thread::scope(|scope| {
        let waiting = waits(scope, &f, &f.session, request, FOREVER, 1);
        f.session.satisfy_operator_request(request).unwrap();
        f.session.delete_requests(RequestKind::Operator, &[request.into()]).unwrap();
        assert_eq!(waiting.join().unwrap(), None);
    });
}

#[test]
fn requests_waits_end_with_their_session() {
    let f = open_catalog();
    let request = submit(&f.session);
    let session = f.manager.session("closes").unwrap();
    thread::scope(|scope| {
        let waiting = waits(scope, &f, &session, request, FOREVER, 1);
        let others = waits(scope, &f, &f.session, request, FOREVER, 2);
        session.close().unwrap();
        assert_eq!(waiting.join().unwrap(), Some(ErrorKind::Cancelled));
        assert_eq!(listed(&f), 1);
        f.session.satisfy_operator_request(request).unwrap();
        assert_eq!(others.join().unwrap(), None, "the request stayed open");
    });
}

#[test]
fn requests_show_who_waits_and_until_when() {
    let f = open_catalog();
    let request = submit(&f.session);
    let session = f.manager.session("nightly").unwrap();
    let here = Some(ProcessId::from(std::process::id()));
    f.clock.advance(Duration::from_secs(600));
    let waits_of = || f.session.operator_requests().unwrap().remove(0);
    assert_eq!(waits_of().waits, []);
    assert!(waits_of().to_string().contains("nobody waits"), "{}", waits_of());
    thread::scope(|scope| {
        let minutes = Timeout::After(Duration::from_secs(300));
        let one = waits(scope, &f, &session, request, minutes, 1);
        let two = waits(scope, &f, &session, request, FOREVER, 2);
        let open = waits_of();
        assert_eq!(open.waits.len(), 2);
        let computer: String =
            f.connection().query_row("SELECT name FROM computer", [], |row| row.get(0)).unwrap();
        for wait in &open.waits {
            assert_eq!((wait.call, wait.work_item), (WaitingCall::Request, None));
            assert_eq!(wait.computer, computer);
            assert_eq!((wait.application.as_str(), wait.process), ("nightly", here));
            assert!(wait.session.is_some() && wait.session == open.waits[0].session);
            assert_eq!(wait.since, open.request.submitted.saturating_add(Duration::from_secs(600)));
        }
        let until = open.request.submitted.saturating_add(Duration::from_secs(900));
        assert_eq!(open.next_deadline(), Some(until));
        let text = open.to_string();
        for part in ["10 min ago", "2 calls wait", "5 min are left"] {
            assert!(text.contains(part), "{text}");
        }
        f.session.satisfy_operator_request(request).unwrap();
        assert_eq!((one.join().unwrap(), two.join().unwrap()), (None, None));
    });
}

#[test]
fn requests_wait_bad_input() {
    let f = open_catalog();
    let request = submit(&f.session);
    let computer: ComputerId = f.id("SELECT id FROM computer", []);
    for timeout in [Timeout::NoWait, FOREVER] {
        let wait = |id| f.session.wait_operator_request(id, timeout);
        f.refused(ErrorKind::InvalidParameter, || wait(OperatorRequestId::NULL));
        f.refused(ErrorKind::ObjectNotFound, || wait(unknown()));
        f.refused(ErrorKind::ObjectNotFound, || wait(cast(computer)));
    }
    f.session.close().unwrap();
    f.refused(ErrorKind::InvalidHandle, || f.session.wait_operator_request(request, FOREVER));
}

#[test]
fn requests_wait_rights() {
    const USE: u32 = 1;
    for model in [AccessModel::Server2003, AccessModel::WindowsXp] {
        let f = open_catalog_with(model);
        let (request, user) = (submit(&f.session), f.user());
        let wait = || user.wait_operator_request(request, Timeout::NoWait);
        let computer: ComputerId = f.id("SELECT id FROM computer", []);
        f.grant("computer", computer, 7 & !USE);
        let without = match model {
            AccessModel::Server2003 => ErrorKind::AccessDenied,
            AccessModel::WindowsXp => ErrorKind::Timeout,
        };
        f.refused(without, wait);
        f.grant("computer", computer, USE);
        f.refused(ErrorKind::Timeout, wait);
        f.session.satisfy_operator_request(request).unwrap();
        wait().unwrap();
    }
}

#[test]
fn requests_waits_of_a_dead_process_are_forgotten() {
    let f = open_catalog();
    let request = submit(&f.session);
    let directory = f.dir.path().to_str().unwrap();
    let mut child = Child::start(&["wait", directory, &request.to_string()]);
    assert_eq!(child.next().as_deref(), Some("waits"));
    let open = f.session.operator_requests().unwrap().remove(0);
    assert_eq!(open.waits[0].process, Some(child.id().into()));
    child.kill();
    // Whoever opens the catalog buries the dead, unless somebody else is about to do it.
    let mut other = Child::start(&["look", directory, &request.to_string()]);
    assert_eq!(other.next().as_deref(), Some("looked"));
    while listed(&f) > 0 {
        thread::yield_now();
    }
    let open = f.session.wait_operator_request(request, Timeout::NoWait);
    assert_eq!(kind(open), Some(ErrorKind::Timeout));
}

#[test]
fn requests_are_waited_for_in_one_process_and_answered_in_another() {
    let f = open_catalog();
    let directory = f.dir.path().to_str().unwrap();
    for (answer, told) in [("satisfy", "Ok"), ("cancel", "Cancelled"), ("delete", "Ok")] {
        let request = submit(&f.session);
        let mut child = Child::start(&["wait", directory, &request.to_string()]);
        assert_eq!(child.next().as_deref(), Some("waits"));
        match answer {
            "cancel" => f.session.cancel_operator_request(request).unwrap(),
            _ => f.session.satisfy_operator_request(request).unwrap(),
        }
        if answer == "delete" {
            let deleted = f.session.delete_requests(RequestKind::Operator, &[request.into()]);
            assert_eq!(deleted.unwrap(), 1);
        }
        assert_eq!(child.next().as_deref(), Some(told));
        assert_eq!(child.next(), None);
    }
}

#[test]
#[ignore = "another part of the tests above"]
fn child() {
    let part = child::part().expect("started by a test");
    let clock = VirtualClock::new();
    let options = OpenOptions::new().clock(clock.clone());
    let manager = options.open(Path::new(&part[1])).expect("catalog");
    let session = manager.session("child").expect("session");
    let request: OperatorRequestId = part[2].parse().expect("id");
    match part[0].as_str() {
        "wait" => {
            thread::spawn(move || {
                clock.wait_for_waiters(1);
                child::tell("waits");
            });
            match session.wait_operator_request(request, FOREVER) {
                Ok(()) => child::tell("Ok"),
                Err(error) => child::tell(&format!("{:?}", error.kind())),
            }
        }
        "look" => child::tell("looked"),
        other => panic!("no such part: {other}"),
    }
}
