//! Messages about the work of libraries: what is told to those who follow it, what of it fails, and
//! that nothing is kept for nobody.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

#[path = "support/memory.rs"]
mod memory;
#[path = "support/robot.rs"]
mod robot;
#[path = "support/until.rs"]
mod until;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;
use std::time::Duration;

use memory::Memory;
use parking_lot::Mutex;
use robot::{Robot, prepared};
use rsm::model::{
    InventoryMethod, LibraryOperation, LibraryRequestId, MountRequest, ObjectType, RequestKind,
    UiDestinationAction, UiMessage, UiMessageType, UiRecall, UiRequest, UiScope,
};
use rsm::ui::{UiFailure, UiSink};
use rsm::{ErrorKind, Session, UiService};
use until::until;

use UiMessageType::{Error, Information};

fn add(session: &Session, scope: UiScope, kind: UiMessageType, name: &str) {
    session.set_ui_destinations(scope, kind, UiDestinationAction::Add, Some(name)).unwrap();
}

fn serve(session: &Session, names: &[&str]) -> (UiService, Arc<Memory>) {
    let memory = Arc::<Memory>::default();
    let sink: Arc<dyn UiSink> = memory.clone();
    (session.serve_ui_destinations(names, sink).unwrap(), memory)
}

fn rows(robot: &Robot) -> u32 {
    let connection = rusqlite::Connection::open(robot.dir.path().join("catalog.db")).unwrap();
    connection.query_row("SELECT count(*) FROM ui_message", [], |row| row.get(0)).unwrap()
}

/// What a destination was told, in order.
fn told(memory: &Memory, destination: &str) -> Vec<UiMessage> {
    let shown = memory.shown.lock();
    shown
        .iter()
        .filter(|message| message.destination.eq_ignore_ascii_case(destination))
        .cloned()
        .collect()
}

fn texts(memory: &Memory, destination: &str) -> Vec<String> {
    told(memory, destination).into_iter().map(|message| message.text).collect()
}

#[test]
fn progress_of_work_is_told_state_by_state() {
    let (robot, media) = prepared(1, &["A1", "A2"]);
    add(&robot.session, UiScope::Computer, Information, "ops");
    add(&robot.session, UiScope::Library(robot.library), Information, "OPS");
    let (service, memory) = serve(&robot.session, &["ops"]);
    let first = robot.mount(media[0]);
    thread::scope(|scope| {
        let second = scope.spawn(|| robot.mount(media[1]));
        // It says what it waits for.
        until(|| texts(&memory, "ops").iter().any(|text| text.contains("Waiting, ")));
        drop(first);
        robot.clock.advance(Duration::from_secs(300));
        drop(second.join().unwrap());
    });
    robot.settle();
    let work: Vec<_> = robot.requests(LibraryOperation::Mount);
    let last = work.last().unwrap();
    let (id, name) = (UiRequest::Library(last.id), &last.common.name);
    let passed = format!("{name}, medium A2, drive 1, library Simulated library: Passed");
    until(|| texts(&memory, "ops").contains(&passed));
    let all = told(&memory, "ops");
    let of_last: Vec<_> = all.iter().filter(|message| message.request == id).collect();
    assert!(of_last.iter().all(|message| message.kind == Information), "{of_last:?}");
    let object = Some((ObjectType::PhysicalMedia, robot.by_bar_code("A2").id.into()));
    assert!(of_last.iter().all(|message| message.object == object), "{of_last:?}");
    // Each destination is told of a state once.
    let distinct: BTreeSet<_> = all.iter().map(|message| &message.text).collect();
    assert_eq!(distinct.len(), all.len(), "{all:#?}");
    assert!(memory.recalled.lock().is_empty());
    // What was told is not kept.
    until(|| rows(&robot) == 0);
    service.close();
    robot.check();
}

#[test]
fn a_session_follows_its_own_work_a_library_all_of_its_own() {
    let (robot, media) = prepared(1, &["A1"]);
    let other = robot.manager.session("other").unwrap();
    add(&robot.session, UiScope::Application, Information, "mine");
    add(&other, UiScope::Application, Information, "other");
    add(&robot.session, UiScope::Library(robot.library), Information, "hall");
    add(&robot.session, UiScope::Computer, Information, "all");
    let (service, memory) = serve(&robot.session, &["mine", "other", "hall", "all"]);
    let work_of = |name: &str, kind: &str| {
        let all = texts(&memory, name);
        all.iter().any(|text| text.starts_with(kind) && text.ends_with(": Passed"))
    };
    drop(robot.mount(media[0]));
    // Nobody waits for it: it is the session's all the same.
    other.inventory_library(robot.library, InventoryMethod::Fast).unwrap();
    robot.settle();
    for name in ["hall", "all"] {
        until(|| work_of(name, "Mount") && work_of(name, "Inventory"));
    }
    until(|| work_of("mine", "Mount") && work_of("other", "Inventory"));
    assert!(!texts(&memory, "mine").iter().any(|text| text.starts_with("Inventory")));
    assert!(!texts(&memory, "other").iter().any(|text| text.starts_with("Mount")));
    until(|| rows(&robot) == 0);
    // The lists of a session end with it.
    other.close().unwrap();
    robot.look(InventoryMethod::Fast);
    until(|| rows(&robot) == 0);
    service.close();
    let inventories = texts(&memory, "other").into_iter();
    assert_eq!(inventories.filter(|text| text.ends_with(": Passed")).count(), 1);
    robot.check();
}

#[test]
fn work_that_fails_is_an_error_told_once() {
    let (robot, media) = prepared(1, &["A1"]);
    for (scope, name) in [
        (UiScope::Computer, "errors"),
        (UiScope::Library(robot.library), "Errors"),
        (UiScope::Application, "mine"),
    ] {
        add(&robot.session, scope, Error, name);
    }
    add(&robot.session, UiScope::Computer, Information, "errors");
    let (service, memory) = serve(&robot.session, &["errors", "mine"]);
    robot.device.hands().remove(robot.place(1)).unwrap();
    robot.look(InventoryMethod::Fast);
    robot.session.leave_unattended("the vault is locked", None).unwrap();
    let failed = robot.session.mount(media[0]).map(drop).unwrap_err();
    assert_eq!(failed.kind(), ErrorKind::RequestRefused);
    robot.settle();
    let errors = || -> Vec<_> {
        told(&memory, "errors").into_iter().filter(|message| message.kind == Error).collect()
    };
    let mount = robot.requests(LibraryOperation::Mount).pop().unwrap();
    let of_mount = |all: Vec<UiMessage>| -> Vec<_> {
        let of = |it: &UiMessage| it.request == UiRequest::Library(mount.id);
        all.into_iter().filter(of).map(|message| message.text).collect()
    };
    until(|| !of_mount(errors()).is_empty());
    let progress = || -> Vec<_> {
        let mut all = told(&memory, "errors");
        all.retain(|message| message.kind == Information);
        of_mount(all)
    };
    until(|| progress().iter().any(|text| text.contains(": Failed, ")));
    let text = of_mount(errors()).remove(0);
    let start = format!("{}, medium A1, ", mount.common.name);
    assert!(text.starts_with(&start) && text.contains(&mount.reason), "{text}");
    // What has ended as it should is none.
    robot.look(InventoryMethod::Fast);
    service.close();
    assert_eq!(of_mount(errors()), [text]);
    assert!(errors().iter().all(|message| message.text.contains(": Failed, ")));
    // [D] errors are never told to a session.
    assert_eq!(texts(&memory, "mine"), Vec::<String>::new());
}

#[test]
fn a_session_that_is_told_later_gets_what_is_asked_for_its_own_work() {
    let (robot, media) = prepared(1, &["A1"]);
    robot.device.hands().remove(robot.place(1)).unwrap();
    robot.look(InventoryMethod::Fast);
    let sessions = ["first", "second", "third"].map(|name| robot.manager.session(name).unwrap());
    let [first, second, third] = &sessions;
    // One request serves both who wait for the medium.
    for session in [first, second] {
        session.queue_mount(MountRequest::from(media[0])).unwrap();
    }
    for (session, name) in [(first, "first"), (second, "second"), (third, "third")] {
        add(session, UiScope::Application, UiMessageType::Request, name);
    }
    let (service, memory) = serve(&robot.session, &["first", "second", "third"]);
    let open = robot.session.operator_requests().unwrap();
    let asked = open[0].request.id;
    assert_eq!(open.len(), 1);
    let mut shown = memory.shown(2);
    shown.sort();
    assert_eq!(shown, [("first".to_owned(), asked), ("second".to_owned(), asked)]);
    service.close();
}

#[test]
fn nothing_is_kept_for_nobody() {
    let (robot, media) = prepared(1, &["A1"]);
    drop(robot.mount(media[0]));
    robot.settle();
    assert_eq!(rows(&robot), 0);
    add(&robot.session, UiScope::Computer, Information, "nobody");
    drop(robot.mount(media[0]));
    robot.look(InventoryMethod::Fast);
    // One for each request, in whatever state.
    let waiting = rows(&robot);
    assert!(waiting >= 2);
    let all = robot.session.list::<LibraryRequestId>(None).unwrap();
    let all: Vec<_> = all.into_iter().map(Into::into).collect();
    robot.session.delete_requests(RequestKind::Library, &all).unwrap();
    assert_eq!(rows(&robot), 0);
    robot.check();
    // Whoever comes is told how things stand.
    drop(robot.mount(media[0]));
    robot.settle();
    let (service, memory) = serve(&robot.session, &["NOBODY"]);
    until(|| rows(&robot) == 0);
    service.close();
    let mounts = texts(&memory, "nobody").into_iter().filter(|text| text.starts_with("Mount"));
    assert_eq!(mounts.count(), 1);
}

/// Says that it has begun, and ends as it is told.
struct Slow {
    begun: Mutex<Sender<()>>,
    succeeds: Mutex<Receiver<bool>>,
    memory: Memory,
}

impl UiSink for Slow {
    fn deliver(&self, message: &UiMessage) -> Result<(), UiFailure> {
        self.begun.lock().send(())?;
        if !self.succeeds.lock().recv()? {
            return Err("the printer is out of paper".into());
        }
        self.memory.deliver(message)
    }

    fn recall(&self, recall: &UiRecall) -> Result<(), UiFailure> {
        self.memory.recall(recall)
    }
}

#[test]
fn what_goes_on_while_it_is_shown_is_shown_as_well() {
    for succeeds in [true, false] {
        let (robot, media) = prepared(1, &["A1", "A2"]);
        let held = robot.mount(media[0]);
        add(&robot.session, UiScope::Application, Information, "ops");
        let (begun, began) = channel();
        let (tell, hear) = channel();
        let sink = Slow { begun: begun.into(), succeeds: hear.into(), memory: Memory::default() };
        let sink = Arc::new(sink);
        let serving: Arc<dyn UiSink> = sink.clone();
        let service = robot.session.serve_ui_destinations(&["ops"], serving).unwrap();
        let request = robot.session.queue_mount(MountRequest::from(media[1])).unwrap()[0];
        began.recv().unwrap();
        // The mount is cancelled while somebody is told that it waits.
        robot.session.cancel_library_request(request).unwrap();
        tell.send(succeeds).unwrap();
        until(|| {
            // A sink that has failed is left alone for a while.
            robot.clock.advance(Duration::from_secs(10));
            began.try_recv().is_ok()
        });
        tell.send(true).unwrap();
        let is_told = || texts(&sink.memory, "ops").iter().any(|text| text.contains("Cancelled"));
        until(is_told);
        service.close();
        assert_eq!(texts(&sink.memory, "ops").len(), 1 + usize::from(succeeds));
        assert_eq!(rows(&robot), 0);
        drop(held);
    }
}
