//! GetNtmsUIOptions and SetNtmsUIOptions: examples UI1-UI4, rights, bad input, whose the lists are.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

#[path = "support/child.rs"]
mod child;
mod support;

use child::{Child, join};
use rsm::model::{
    AccessModel, ComputerId, Id, LibraryId, ObjectType, UiDestinationAction, UiMessageType, UiScope,
};
use rsm::{ErrorKind, OpenOptions, Session};
use support::{Fixture, bad_names, cast, open_catalog, open_catalog_with, unknown};

use UiDestinationAction::{Add, Delete, DeleteAll};
use UiMessageType::{Error, Information, Invalid, Request};
use UiScope::{Application, Computer, Library};

const USE: u32 = 1;
const MODIFY: u32 = 2;

fn computer(f: &Fixture) -> ComputerId {
    f.id("SELECT id FROM computer", [])
}

fn offline(f: &Fixture) -> LibraryId {
    f.id("SELECT id FROM library WHERE key = 1", [])
}

fn add(session: &Session, scope: UiScope, kind: UiMessageType, name: &str) -> rsm::Result<()> {
    session.set_ui_destinations(scope, kind, Add, Some(name))
}

fn list(session: &Session, scope: UiScope, kind: UiMessageType) -> Vec<String> {
    session.ui_destinations(scope, kind).unwrap()
}

/// Rows of all lists.
fn rows(f: &Fixture) -> u32 {
    f.connection().query_row("SELECT count(*) FROM ui_destination", [], |row| row.get(0)).unwrap()
}

#[test]
fn library_ui1_a_destination_of_a_library_stays() {
    let f = open_catalog();
    let library = Library(offline(&f));
    add(&f.session, library, Request, "OPS1").unwrap();
    let changes = f.last_changes();
    assert!(matches!(changes[..], [(2, ObjectType::UiDestination, _)]), "{changes:?}");
    let Fixture { session, clock, manager, dir } = f;
    drop((session, manager));
    let manager = OpenOptions::new().clock(clock.clone()).open(dir.path()).unwrap();
    let session = manager.session("test").unwrap();
    let f = Fixture { session, clock, manager, dir };
    assert_eq!(list(&f.session, library, Request), ["OPS1"]);
    f.refused(ErrorKind::AlreadyExists, || add(&f.session, library, Request, "ops1"));
    // Lists of other kinds and of others are others.
    for (scope, kind) in [(library, Error), (library, Information), (Computer, Request)] {
        assert!(list(&f.session, scope, kind).is_empty());
        add(&f.session, scope, kind, "ops1").unwrap();
    }
    assert_eq!(list(&f.session, library, Request), ["OPS1"]);
}

#[test]
fn library_ui2_the_lists_of_a_session_are_its_own() {
    let f = open_catalog();
    let [one, two] = [(); 2].map(|()| f.manager.session("same").unwrap());
    add(&one, Application, Information, "me").unwrap();
    assert_eq!(list(&one, Application, Information), ["me"]);
    assert!(list(&two, Application, Information).is_empty());
    add(&two, Application, Information, "me").unwrap();
    // They end with it, however it ends.
    one.close().unwrap();
    assert_eq!(rows(&f), 1);
    let changes = f.last_changes();
    assert!(matches!(changes[..], [(3, ObjectType::UiDestination, _)]), "{changes:?}");
    drop(two);
    assert_eq!(rows(&f), 0);
}

#[test]
fn library_ui2_the_lists_of_a_dead_process_are_gone() {
    let f = open_catalog();
    let directory = f.dir.path().to_str().unwrap();
    let mut child = Child::start(&["add", directory]);
    assert_eq!(child.next().as_deref(), Some("added"));
    assert_eq!(rows(&f), 2);
    child.kill();
    // Whoever opens the catalog buries the dead.
    let mut other = Child::start(&["look", directory]);
    assert_eq!(other.next().as_deref(), Some("looked"));
    assert_eq!((rows(&f), list(&f.session, Computer, Error)), (1, vec!["stays".to_owned()]));
}

#[test]
fn library_ui3_nobody_asks_whether_a_destination_can_be_reached() {
    let f = open_catalog();
    for scope in [Application, Library(offline(&f)), Computer] {
        add(&f.session, scope, Error, "no-such-host").unwrap();
        assert_eq!(list(&f.session, scope, Error), ["no-such-host"]);
    }
}

#[test]
fn library_ui4_reading_takes_use_and_writing_modify_besides() {
    for model in [AccessModel::Server2003, AccessModel::WindowsXp] {
        let f = open_catalog_with(model);
        let (computer, library) = (computer(&f), offline(&f));
        f.grant("computer", computer, USE);
        let user = f.user();
        let on_library = |rights| f.grant("library", library, rights);
        let on_computer = |rights| f.grant("computer", computer, rights);
        let cases: [(UiScope, &dyn Fn(u32)); 2] =
            [(Library(library), &on_library), (Computer, &on_computer)];
        for (scope, grant) in cases {
            let set = || add(&user, scope, Request, "ops");
            grant(USE);
            assert!(list(&user, scope, Request).is_empty());
            f.refused(ErrorKind::AccessDenied, set);
            grant(MODIFY);
            f.refused(ErrorKind::AccessDenied, || user.ui_destinations(scope, Request));
            f.refused(ErrorKind::AccessDenied, set);
            grant(USE | MODIFY);
            set().unwrap();
            assert_eq!(list(&user, scope, Request), ["ops"]);
            grant(0);
        }
        // A session's own lists are nobody else's affair.
        add(&user, Application, Request, "me").unwrap();
        assert_eq!(list(&user, Application, Request), ["me"]);
    }
}

#[test]
fn destinations_are_removed_one_by_one_or_all_together() {
    let f = open_catalog();
    let set = |action, name| f.session.set_ui_destinations(Computer, Error, action, name);
    for name in ["b", "A", "c"] {
        set(Add, Some(name)).unwrap();
    }
    assert_eq!(list(&f.session, Computer, Error), ["b", "A", "c"]);
    set(Delete, Some("a")).unwrap();
    assert_eq!(list(&f.session, Computer, Error), ["b", "c"]);
    f.refused(ErrorKind::ObjectNotFound, || set(Delete, Some("a")));
    add(&f.session, Computer, Request, "b").unwrap();
    f.session.set_ui_destinations(Computer, Error, DeleteAll, Some(&"x".repeat(99))).unwrap();
    assert!(list(&f.session, Computer, Error).is_empty());
    assert_eq!(list(&f.session, Computer, Request), ["b"]);
    set(DeleteAll, None).unwrap();
    f.refused(ErrorKind::ObjectNotFound, || set(Delete, Some("b")));
}

#[test]
fn without_a_name_this_computer_is_meant() {
    let f = open_catalog();
    let set = |action, name| f.session.set_ui_destinations(Computer, Request, action, name);
    let name = f.session.info(computer(&f)).unwrap().common.name;
    set(Add, None).unwrap();
    assert!(list(&f.session, Computer, Request).iter().eq([&name]));
    f.refused(ErrorKind::AlreadyExists, || set(Add, Some("")));
    let upper = name.to_uppercase();
    f.refused(ErrorKind::AlreadyExists, || add(&f.session, Computer, Request, &upper));
    set(Delete, Some("")).unwrap();
    f.refused(ErrorKind::ObjectNotFound, || set(Delete, None));
}

#[test]
fn destinations_bad_input() {
    let f = open_catalog();
    let library = offline(&f);
    let calls = |scope, kind, error| {
        f.refused(error, || f.session.ui_destinations(scope, kind));
        for action in [Add, Delete, DeleteAll] {
            let set = || f.session.set_ui_destinations(scope, kind, action, Some("name"));
            f.refused(error, set);
        }
    };
    for scope in [Application, Library(library), Computer] {
        calls(scope, Invalid, ErrorKind::InvalidParameter);
    }
    calls(Library(LibraryId::NULL), Request, ErrorKind::InvalidParameter);
    calls(Library(unknown()), Request, ErrorKind::ObjectNotFound);
    calls(Library(cast(computer(&f))), Request, ErrorKind::InvalidParameter);
    let pool = f.pool(r"\P", support::T1);
    calls(Library(cast(pool)), Request, ErrorKind::InvalidParameter);
    for kind in [0, 4, 5, -1] {
        let known = UiMessageType::try_from(kind);
        assert!(known.is_err() || known == Ok(Invalid));
    }
    for action in [0, 4, -1] {
        assert!(UiDestinationAction::try_from(action).is_err());
    }
    for name in bad_names() {
        for action in [Add, Delete] {
            let set = || f.session.set_ui_destinations(Computer, Error, action, Some(&name));
            f.refused(ErrorKind::InvalidParameter, set);
        }
    }
    f.session.close().unwrap();
    calls(Computer, Request, ErrorKind::InvalidHandle);
}

#[test]
fn the_lists_of_a_library_go_with_it() {
    let f = open_catalog();
    let library = f.library(1);
    add(&f.session, Library(library), Error, "ops").unwrap();
    add(&f.session, Computer, Error, "ops").unwrap();
    f.sql("UPDATE library SET operational_state = 21 WHERE id = ?1", [library.to_bytes()]);
    f.session.delete_library(library).unwrap();
    assert_eq!((rows(&f), list(&f.session, Computer, Error)), (1, vec!["ops".to_owned()]));
}

#[test]
#[ignore = "another part of the tests above"]
fn child() {
    let part = child::part().expect("started by a test");
    let (_manager, session) = join(&part[1], "child");
    match part[0].as_str() {
        "add" => {
            add(&session, Application, Request, "gone").expect("added");
            add(&session, Computer, Error, "stays").expect("added");
            child::tell("added");
            child::hear();
        }
        "look" => child::tell("looked"),
        other => panic!("no such part: {other}"),
    }
}
