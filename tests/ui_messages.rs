//! Messages to people: where they go, that each is shown once, what becomes of those that cannot be
//! shown, and the sinks that are ready.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

#[path = "support/child.rs"]
mod child;
#[path = "support/memory.rs"]
mod memory;
mod support;
#[path = "support/until.rs"]
mod until;

use std::collections::BTreeSet;
use std::fs;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;
use std::time::Duration;

use child::{Child, join};
use memory::{Memory, asked};
use parking_lot::Mutex;
use rsm::model::{
    ComputerId, LibraryId, OperatorRequestId, OperatorRequestState, OperatorTask,
    UiDestinationAction, UiMessage, UiMessageType, UiRecall, UiScope,
};
use rsm::ui::{FileSink, TracingSink, UiFailure, UiSink};
use rsm::{ErrorKind, Session, UiService};
use support::{Fixture, open_catalog};
use until::until;

use UiMessageType::{Error, Request};

fn add(session: &Session, scope: UiScope, kind: UiMessageType, name: &str) {
    session.set_ui_destinations(scope, kind, UiDestinationAction::Add, Some(name)).unwrap();
}

fn submit(session: &Session) -> OperatorRequestId {
    session.submit_operator_request(OperatorTask::Message, Some("insert set 7")).unwrap()
}

fn serve(session: &Session, names: &[&str]) -> (UiService, Arc<Memory>) {
    let memory = Arc::<Memory>::default();
    let sink: Arc<dyn UiSink> = memory.clone();
    (session.serve_ui_destinations(names, sink).unwrap(), memory)
}

/// A catalog whose requests go to `ops`.
fn with_operators() -> Fixture {
    let f = open_catalog();
    add(&f.session, UiScope::Computer, Request, "ops");
    f
}

fn rows(f: &Fixture) -> u32 {
    f.connection().query_row("SELECT count(*) FROM ui_message", [], |row| row.get(0)).unwrap()
}

fn state(f: &Fixture, request: OperatorRequestId) -> OperatorRequestState {
    f.user().info(request).unwrap().state
}

#[test]
fn a_message_goes_to_the_union_of_the_lists_and_to_each_once() {
    let f = open_catalog();
    let library = f.library(1);
    let other = f.manager.session("other").unwrap();
    for scope in [UiScope::Computer, UiScope::Library(library), UiScope::Application] {
        add(&f.session, scope, Request, "Ops");
        add(&f.session, scope, Error, "errors");
    }
    add(&f.session, UiScope::Library(library), Request, "hall");
    add(&f.session, UiScope::Application, Request, "me");
    add(&other, UiScope::Application, Request, "other");
    let names = ["ops", "hall", "me", "errors", "other"];
    let (service, memory) = serve(&f.session, &names);
    let cleaner = OperatorTask::Cleaner { target: library.into() };
    let cleaner = f.session.submit_operator_request(cleaner, Some("soon")).unwrap();
    let mut shown = memory.shown(3);
    shown.sort();
    let to = |name: &str, request| (name.to_owned(), request);
    assert_eq!(shown, [to("Ops", cleaner), to("hall", cleaner), to("me", cleaner)]);
    let first = memory.shown.lock()[0].clone();
    assert_eq!(first.text, "see to the cleaning cartridge of library Library: soon");
    assert_eq!(first.object.map(|(_, id)| id), Some(library.into()));
    // What has to be looked at is an error.
    let device = OperatorTask::DeviceService { device: library.into() };
    let device = other.submit_operator_request(device, None).unwrap();
    assert_eq!(memory.shown(4)[3], to("errors", device));
    assert_eq!(memory.shown.lock()[3].kind, Error);
    // Somebody has seen them.
    until(|| state(&f, device) == OperatorRequestState::Active);
    assert_eq!(state(&f, cleaner), OperatorRequestState::Active);
    f.session.satisfy_operator_request(cleaner).unwrap();
    let recalled: BTreeSet<_> =
        memory.recalled(3).into_iter().map(|(id, state)| (id, state.unwrap().value())).collect();
    assert_eq!(recalled, [(cleaner, 5)].into());
    f.session.cancel_operator_request(device).unwrap();
    assert_eq!(memory.recalled(4)[3], (device, Some(OperatorRequestState::Refused)));
    service.close();
    assert_eq!(rows(&f), 0);
}

#[test]
fn a_message_waits_until_somebody_shows_it_or_nobody_needs_it() {
    let f = with_operators();
    let [done, open] = [(); 2].map(|()| submit(&f.session));
    f.session.satisfy_operator_request(done).unwrap();
    let (service, memory) = serve(&f.session, &["OPS"]);
    assert_eq!(memory.shown(1), [("ops".to_owned(), open)]);
    service.close();
    let later = submit(&f.session);
    // Whoever comes next shows what is still needed.
    let (service, memory) = serve(&f.session, &["ops"]);
    assert_eq!(memory.shown(2), [("ops".to_owned(), open), ("ops".to_owned(), later)]);
    service.close();
    f.session.satisfy_operator_request(open).unwrap();
    f.session.satisfy_operator_request(later).unwrap();
    assert_eq!((rows(&f), memory.recalled.lock().len()), (0, 0));
}

#[test]
fn a_destination_that_is_added_later_gets_what_is_open() {
    let f = open_catalog();
    let (first, second) = (f.library(1), f.library(2));
    let other = f.manager.session("other").unwrap();
    let cleaner = |session: &Session, library: LibraryId| {
        let task = OperatorTask::Cleaner { target: library.into() };
        session.submit_operator_request(task, None).unwrap()
    };
    let (own, theirs) = (cleaner(&f.session, first), cleaner(&other, second));
    let broken = OperatorTask::DeviceService { device: first.into() };
    let broken = f.session.submit_operator_request(broken, None).unwrap();
    let done = submit(&f.session);
    f.session.satisfy_operator_request(done).unwrap();
    // Nobody is told of these: no list says so.
    assert_eq!(rows(&f), 0);
    add(&f.session, UiScope::Application, Request, "mine");
    add(&f.session, UiScope::Application, Error, "mine");
    add(&f.session, UiScope::Library(second), Request, "hall");
    add(&f.session, UiScope::Library(first), Error, "errors");
    add(&f.session, UiScope::Computer, Request, "All");
    let (service, memory) = serve(&f.session, &["mine", "hall", "errors", "all"]);
    let mut shown = memory.shown(5);
    let mut expected =
        [("mine", own), ("hall", theirs), ("errors", broken), ("All", own), ("All", theirs)]
            .map(|(name, request)| (name.to_owned(), request));
    shown.sort();
    expected.sort();
    assert_eq!(shown, expected);
    // A name that has them already is told nothing again, by whatever list.
    add(&f.session, UiScope::Library(first), Request, "ALL");
    add(&f.session, UiScope::Computer, Request, "hall");
    assert_eq!(memory.shown(6)[5], ("hall".to_owned(), own));
    for request in [own, theirs, broken] {
        f.session.satisfy_operator_request(request).unwrap();
    }
    memory.recalled(6);
    until(|| rows(&f) == 0);
    service.close();
}

#[test]
fn of_those_who_serve_a_destination_one_shows_a_message() {
    let f = with_operators();
    let sessions = [(); 3].map(|()| f.manager.session("console").unwrap());
    let serving = sessions.each_ref().map(|session| serve(session, &["ops"]));
    let requests: BTreeSet<_> = (0..50).map(|_| submit(&f.session)).collect();
    let all = || -> Vec<_> {
        let shown = serving.iter().flat_map(|(_, memory)| memory.shown.lock().clone());
        shown.map(|message| asked(&message)).collect()
    };
    until(|| all().len() >= 50);
    assert_eq!((all().len(), all().into_iter().collect::<BTreeSet<_>>()), (50, requests.clone()));
    // A console that is closed leaves what it has shown to the others.
    let count = |n: usize| serving[n].1.shown.lock().len();
    let left = count(0);
    sessions[0].close().unwrap();
    until(|| all().len() >= 50 + left);
    for request in &requests {
        f.session.satisfy_operator_request(*request).unwrap();
    }
    let recalled = || serving[1].1.recalled.lock().len() + serving[2].1.recalled.lock().len();
    until(|| recalled() >= 50);
    until(|| rows(&f) == 0);
    assert_eq!(recalled(), 50);
}

/// Fails or panics as often as it is told, and remembers then.
struct Poor {
    failures: AtomicUsize,
    panics: bool,
    memory: Memory,
}

impl UiSink for Poor {
    fn deliver(&self, message: &UiMessage) -> Result<(), UiFailure> {
        let left = self.failures.load(SeqCst);
        if left > 0 {
            self.failures.store(left - 1, SeqCst);
            assert!(!self.panics, "a sink that panics");
            return Err("the printer is out of paper".into());
        }
        self.memory.deliver(message)
    }

    fn recall(&self, _: &UiRecall) -> Result<(), UiFailure> {
        Err("nobody can take back what is printed".into())
    }
}

#[test]
fn a_message_that_could_not_be_shown_is_shown_later() {
    for panics in [false, true] {
        let f = with_operators();
        let sink = Poor { failures: AtomicUsize::new(2), panics, memory: Memory::default() };
        let sink = Arc::new(sink);
        let serving: Arc<dyn UiSink> = sink.clone();
        let service = f.session.serve_ui_destinations(&["ops"], serving).unwrap();
        let [first, second] = [(); 2].map(|()| submit(&f.session));
        for left in [1, 0] {
            until(|| sink.failures.load(SeqCst) == left);
            f.clock.wait_for_waiters(1);
            // Nobody has seen it.
            assert_eq!(state(&f, first), OperatorRequestState::Submitted);
            f.clock.advance(Duration::from_secs(10));
        }
        let expected = [first, second].map(|request| ("ops".to_owned(), request));
        assert_eq!(sink.memory.shown(2), expected);
        until(|| state(&f, second) == OperatorRequestState::Active);
        f.session.satisfy_operator_request(first).unwrap();
        f.session.satisfy_operator_request(second).unwrap();
        until(|| rows(&f) == 0);
        service.close();
    }
}

/// Shows a message when it is told to.
struct Slow {
    begun: Mutex<Sender<OperatorRequestId>>,
    go_on: Mutex<Receiver<()>>,
    memory: Memory,
}

impl UiSink for Slow {
    fn deliver(&self, message: &UiMessage) -> Result<(), UiFailure> {
        self.begun.lock().send(asked(message))?;
        self.go_on.lock().recv()?;
        self.memory.deliver(message)
    }

    fn recall(&self, recall: &UiRecall) -> Result<(), UiFailure> {
        self.memory.recall(recall)
    }
}

#[test]
fn a_sink_that_is_slow_holds_up_nobody() {
    let f = with_operators();
    let (begun, began) = channel();
    let (tell, go_on) = channel();
    let slow = Slow { begun: begun.into(), go_on: go_on.into(), memory: Memory::default() };
    let slow = Arc::new(slow);
    let serving: Arc<dyn UiSink> = slow.clone();
    let service = f.session.serve_ui_destinations(&["ops"], serving).unwrap();
    let first = submit(&f.session);
    assert_eq!(began.recv().unwrap(), first);
    // Requests are made and answered meanwhile, that one as well.
    let second = submit(&f.session);
    let third = submit(&f.session);
    f.session.satisfy_operator_request(first).unwrap();
    f.session.satisfy_operator_request(second).unwrap();
    assert!(slow.memory.shown.lock().is_empty());
    tell.send(()).unwrap();
    tell.send(()).unwrap();
    let expected = [first, third].map(|request| ("ops".to_owned(), request));
    assert_eq!(slow.memory.shown(2), expected);
    assert_eq!(slow.memory.recalled(1), [(first, Some(OperatorRequestState::Complete))]);
    // Dropping the service waits for nobody, closing does.
    let fourth = submit(&f.session);
    until(|| began.try_iter().any(|request| request == fourth));
    thread::scope(|scope| {
        let closing = scope.spawn(|| service.close());
        assert!(!closing.is_finished());
        tell.send(()).unwrap();
    });
    assert_eq!(slow.memory.shown(3)[2].1, fourth);
}

#[test]
fn a_request_that_is_deleted_is_recalled_without_an_answer() {
    let f = with_operators();
    let (service, memory) = serve(&f.session, &["ops"]);
    let pool = f.pool(r"\P", support::T1);
    let medium = f.medium(pool, &[rsm::model::SideState::Available], 1).physical_media;
    let to: LibraryId = f.id("SELECT id FROM library WHERE key = 1", []);
    let task = OperatorTask::MoveMedia { medium, to };
    let request = f.session.submit_operator_request(task, None).unwrap();
    memory.shown(1);
    f.session.delete_offline_media(medium).unwrap();
    assert_eq!(memory.recalled(1), [(request, None)]);
    service.close();
}

#[test]
fn messages_are_shown_by_whatever_process_serves_them() {
    let f = with_operators();
    let directory = f.dir.path().to_str().unwrap();
    let mut console = Child::start(&["serve", directory]);
    assert_eq!(console.next().as_deref(), Some("serves"));
    let request = submit(&f.session);
    assert_eq!(console.next(), Some(format!("{request}")));
    f.session.acknowledge_operator_request(request).unwrap();
    // A console that dies leaves what it has shown to others.
    console.kill();
    let (service, memory) = serve(&f.session, &["ops"]);
    assert_eq!(memory.shown(1), [("ops".to_owned(), request)]);
    // And here is shown what is asked there.
    let mut other = Child::start(&["submit", directory]);
    let asked = other.next().unwrap();
    assert_eq!(memory.shown(2)[1].1.to_string(), asked);
    service.close();
}

#[test]
fn a_file_gets_a_line_for_each_message_and_recall() {
    let f = with_operators();
    let path = f.dir.path().join("operators.log");
    let sink = Arc::new(FileSink::new(&path));
    let service = f.session.serve_ui_destinations(&["ops"], sink).unwrap();
    let lines = |count: usize| -> Vec<String> {
        let text = || fs::read_to_string(&path).unwrap_or_default();
        until(|| text().lines().count() >= count && text().ends_with('\n'));
        text().lines().map(str::to_owned).collect()
    };
    let request = f.session.submit_operator_request(OperatorTask::Message, Some("two\nlines"));
    let request = request.unwrap();
    let time = f.user().info(request).unwrap().submitted;
    let shown = format!("{time} Request ops {request}: read: two lines");
    assert_eq!(lines(1), std::slice::from_ref(&shown));
    f.session.satisfy_operator_request(request).unwrap();
    let recalled = format!("{time} Request ops {request}: recalled, Complete");
    assert_eq!(lines(2), [shown, recalled]);
    // The file can be taken away.
    fs::remove_file(&path).unwrap();
    let request = submit(&f.session);
    assert!(lines(1)[0].contains(&request.to_string()));
    service.close();
}

#[test]
fn lines_of_several_do_not_mix_in_a_file() {
    let f = with_operators();
    let path = f.dir.path().join("operators.log");
    let names: Vec<String> = (0..4).map(|n| format!("ops{n}")).collect();
    names.iter().for_each(|name| add(&f.session, UiScope::Computer, Request, name));
    let serving: Vec<_> = names
        .iter()
        .map(|name| {
            let sink = Arc::new(FileSink::new(&path));
            f.session.serve_ui_destinations(&[name], sink).unwrap()
        })
        .collect();
    let text = "x".repeat(255);
    for _ in 0..20 {
        f.session.submit_operator_request(OperatorTask::Message, Some(&text)).unwrap();
    }
    let count = || fs::read_to_string(&path).unwrap_or_default().lines().count();
    until(|| count() >= 80);
    serving.into_iter().for_each(UiService::close);
    let written = fs::read_to_string(&path).unwrap();
    assert!(written.lines().all(|line| line.ends_with(&format!(": read: {text}"))), "{written}");
}

#[test]
fn a_file_that_cannot_be_written_keeps_the_message_waiting() {
    let f = with_operators();
    let path = f.dir.path().join("not-there").join("operators.log");
    let sink = Arc::new(FileSink::new(&path));
    let service = f.session.serve_ui_destinations(&["ops"], sink).unwrap();
    let request = submit(&f.session);
    fs::create_dir(path.parent().unwrap()).unwrap();
    until(|| {
        f.clock.advance(Duration::from_secs(10));
        fs::read_to_string(&path).is_ok_and(|text| text.contains(&request.to_string()))
    });
    service.close();
}

#[test]
fn events_are_written_for_each_kind() {
    let f = with_operators();
    add(&f.session, UiScope::Computer, Error, "ops");
    let library = f.library(1);
    let service = f.session.serve_ui_destinations(&["ops"], Arc::new(TracingSink)).unwrap();
    let device = OperatorTask::DeviceService { device: library.into() };
    let device = f.session.submit_operator_request(device, None).unwrap();
    let message = submit(&f.session);
    for request in [device, message] {
        until(|| state(&f, request) == OperatorRequestState::Active);
        f.session.satisfy_operator_request(request).unwrap();
    }
    until(|| rows(&f) == 0);
    service.close();
}

#[test]
fn what_is_refused_at_once_is_no_message() {
    let f = with_operators();
    let (service, memory) = serve(&f.session, &["ops"]);
    let pool = f.pool(r"\P", support::T1);
    f.session.leave_unattended("night", None).unwrap();
    f.session.allocate_media(pool.into()).unwrap_err();
    let request = submit(&f.session);
    assert_eq!(memory.shown(1), [("ops".to_owned(), request)]);
    service.close();
}

#[test]
fn showing_messages_is_for_administrators() {
    let f = open_catalog();
    let computer: ComputerId = f.id("SELECT id FROM computer", []);
    f.grant("computer", computer, 3);
    let user = f.user();
    let serve = |names: &[&str]| user.serve_ui_destinations(names, Arc::new(TracingSink));
    f.refused(ErrorKind::AccessDenied, || serve(&["ops"]));
    f.grant("computer", computer, 4);
    serve(&[]).unwrap().close();
    for name in support::bad_names() {
        f.refused(ErrorKind::InvalidParameter, || serve(&["ops", &name]));
    }
    f.refused(ErrorKind::InvalidParameter, || serve(&[""]));
    user.close().unwrap();
    f.refused(ErrorKind::InvalidHandle, || serve(&["ops"]));
}

/// Tells its parent of requests.
struct Telling;

impl UiSink for Telling {
    fn deliver(&self, message: &UiMessage) -> Result<(), UiFailure> {
        child::tell(&message.request.to_string());
        Ok(())
    }

    fn recall(&self, _: &UiRecall) -> Result<(), UiFailure> {
        Ok(())
    }
}

#[test]
#[ignore = "another part of the tests above"]
fn child() {
    let part = child::part().expect("started by a test");
    let (_manager, session) = join(&part[1], "child");
    match part[0].as_str() {
        "serve" => {
            let _service =
                session.serve_ui_destinations(&["ops"], Arc::new(Telling)).expect("served");
            child::tell("serves");
            child::hear();
        }
        "submit" => child::tell(&submit(&session).to_string()),
        other => panic!("no such part: {other}"),
    }
}
