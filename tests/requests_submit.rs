//! SubmitNtmsOperatorRequest: examples SO1-SO5, what a request looks like, rights, bad input.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

mod support;

use std::time::Duration;

use rsm::ErrorKind;
use rsm::model::{
    AccessModel, Caller, CreateMediaOptions, CreatedMedia, DoorId, EnumerateOptions, Id,
    MediumDescription, ObjectId, ObjectType, OperationalState, OperatorRequestId,
    OperatorRequestKind, OperatorRequestState, OperatorTask, PoolId, ServiceTarget, SideState,
    SlotId,
};
use support::{Fixture, T1, cast, label, open_catalog, open_catalog_with, unknown};

const MESSAGE: OperatorTask = OperatorTask::Message;

/// A pool with a medium in a slot, and the offline library.
struct Stock {
    pool: PoolId,
    medium: CreatedMedia,
    library: rsm::model::LibraryId,
    offline: rsm::model::LibraryId,
    slot: SlotId,
}

fn stock(f: &Fixture) -> Stock {
    let (pool, library) = (f.pool(r"\App\P", T1), f.library(1));
    let medium = f.medium(pool, &[SideState::Available], 1);
    f.bring_online(medium.physical_media, library);
    Stock {
        pool,
        medium,
        library,
        offline: f.id("SELECT id FROM library WHERE key = 1", []),
        slot: f.id("SELECT id FROM slot", []),
    }
}

/// One task of each kind and shape.
fn tasks(s: &Stock) -> [OperatorTask; 8] {
    let medium = s.medium.physical_media;
    [
        OperatorTask::NewMedia { pool: s.pool, library: None },
        OperatorTask::NewMedia { pool: s.pool, library: Some(s.library) },
        OperatorTask::Cleaner { target: s.library.into() },
        OperatorTask::Cleaner { target: s.slot.into() },
        OperatorTask::DeviceService { device: s.library.into() },
        OperatorTask::DeviceService { device: medium.into() },
        OperatorTask::MoveMedia { medium, to: s.offline },
        MESSAGE,
    ]
}

#[test]
fn requests_so1() {
    let f = open_catalog();
    f.clock.advance(Duration::from_secs(5));
    let request = f.session.submit_operator_request(MESSAGE, Some("insert set 7")).unwrap();
    assert_eq!(f.last_changes(), [(2, ObjectType::OperatorRequest, request.into())]);
    let record = f.session.info(request).unwrap();
    assert_eq!((record.id, record.task), (request, MESSAGE));
    assert_eq!(record.state, OperatorRequestState::Submitted);
    assert_eq!(record.message, "insert set 7");
    assert_eq!(record.application, "test");
    let computer: rsm::model::ComputerId = f.id("SELECT id FROM computer", []);
    let computer = f.session.info(computer).unwrap();
    assert_eq!(record.computer, computer.common.name);
    assert_eq!(record.submitted, computer.common.created.saturating_add(Duration::from_secs(5)));
    let common = record.common;
    assert_eq!((common.created, common.modified), (record.submitted, record.submitted));
    assert_eq!((common.name.as_str(), common.description.as_str()), ("Message", ""));
    assert!(common.enabled && common.operational_state == OperationalState::Ready);
}

#[test]
fn requests_so2() {
    let f = open_catalog();
    let s = stock(&f);
    let task = OperatorTask::NewMedia { pool: cast(s.library), library: None };
    f.refused(ErrorKind::ObjectNotFound, || f.session.submit_operator_request(task, None));
}

#[test]
fn requests_so3() {
    let f = open_catalog();
    let s = stock(&f);
    let task = OperatorTask::MoveMedia {
        medium: s.medium.physical_media,
        to: Id::from_uuid(uuid::Uuid::nil()),
    };
    f.refused(ErrorKind::InvalidParameter, || f.session.submit_operator_request(task, None));
    assert!(f.session.list::<OperatorRequestId>(None).unwrap().is_empty());
}

#[test]
fn requests_so4_the_device_must_be_of_a_kind_that_can_be_asked_for() {
    let f = open_catalog();
    let s = stock(&f);
    let drive = Some((ObjectType::Drive, unknown::<ObjectId>()));
    let cleaner = OperatorTask::from_arguments(OperatorRequestKind::Cleaner, [drive, None]);
    assert_eq!(cleaner.unwrap_err().kind(), ErrorKind::ObjectNotFound);
    // Whatever the id is said to be of.
    let task = OperatorTask::Cleaner { target: cast::<SlotId>(s.medium.physical_media).into() };
    f.refused(ErrorKind::ObjectNotFound, || f.session.submit_operator_request(task, None));
    let task = OperatorTask::DeviceService { device: cast::<DoorId>(s.library).into() };
    f.refused(ErrorKind::ObjectNotFound, || f.session.submit_operator_request(task, None));
}

#[test]
fn requests_so5() {
    let pool = Some((ObjectType::MediaPool, unknown::<ObjectId>()));
    let message = OperatorTask::from_arguments(OperatorRequestKind::Message, [pool, None]);
    assert_eq!(message.unwrap_err().kind(), ErrorKind::InvalidParameter);
    let unknown = OperatorTask::from_arguments(OperatorRequestKind::Unknown, [None, None]);
    assert_eq!(unknown.unwrap_err().kind(), ErrorKind::InvalidParameter);
}

#[test]
fn requests_are_objects_like_others() {
    let f = open_catalog();
    let s = stock(&f);
    let submit = |task| f.session.submit_operator_request(task, Some("please")).unwrap();
    let requests = tasks(&s).map(submit);
    assert_eq!(f.session.list::<OperatorRequestId>(None).unwrap(), requests);
    for (request, task) in requests.iter().zip(tasks(&s)) {
        assert_eq!(f.session.info(*request).unwrap().task, task);
        assert_eq!(f.session.find(*request).unwrap(), ObjectType::OperatorRequest);
    }
    assert_eq!(f.manager.check().unwrap(), []);
    // Nothing is in a request, and requests are in nothing.
    let kind = ObjectType::OperatorRequest;
    for (container, kind) in [(requests[0].into(), ObjectType::Side), (s.library.into(), kind)] {
        let all = EnumerateOptions::DEFAULT;
        f.refused(ErrorKind::InvalidParameter, || f.session.enumerate(Some(container), kind, all));
    }
    // Nobody else gets its id.
    let mut medium = MediumDescription::new(s.pool);
    medium.id = Some(cast(requests[0]));
    let side = rsm::model::SideDescription::new(SideState::Available, label(9));
    f.refused(ErrorKind::AlreadyExists, || {
        let options = CreateMediaOptions::empty();
        f.session.create_offline_media(medium.clone(), vec![side.clone()], options)
    });
}

#[test]
fn requests_have_a_description() {
    let f = open_catalog();
    let request = f.session.submit_operator_request(MESSAGE, Some("read")).unwrap();
    let mut record = f.session.info(request).unwrap();
    f.clock.advance(Duration::from_secs(1));
    record.common.description = "told Anna".into();
    record.message = "not settable".into();
    record.state = OperatorRequestState::Complete;
    f.session.set_info(&record).unwrap();
    assert_eq!(f.last_changes(), [(1, ObjectType::OperatorRequest, request.into())]);
    let after = f.session.info(request).unwrap();
    assert_eq!((after.common.description.as_str(), after.message.as_str()), ("told Anna", "read"));
    assert_eq!(after.state, OperatorRequestState::Active);
    assert!(after.common.modified > after.common.created);
    record.common.description = "d".repeat(127);
    f.refused(ErrorKind::InvalidParameter, || f.session.set_info(&record));
    record.common.description.clear();
    record.id = unknown();
    f.refused(ErrorKind::ObjectNotFound, || f.session.set_info(&record));
    record.id = OperatorRequestId::NULL;
    f.refused(ErrorKind::InvalidParameter, || f.session.set_info(&record));
}

#[test]
fn requests_keep_texts_within_their_limits() {
    let f = open_catalog();
    let longest = "\u{e9}".repeat(255);
    let request = f.session.submit_operator_request(MESSAGE, Some(&longest)).unwrap();
    assert_eq!(f.session.info(request).unwrap().message, longest);
    let caller =
        Caller { user: 0, groups: vec![], administrator: true, user_name: "u".repeat(1000) };
    let session = f.manager.session_as("long", caller).unwrap();
    let request = session.submit_operator_request(MESSAGE, Some("line\nand tab\t")).unwrap();
    assert_eq!(session.info(request).unwrap().user, "u".repeat(63));
}

#[test]
fn requests_submit_bad_input() {
    let f = open_catalog();
    let s = stock(&f);
    let invalid = ErrorKind::InvalidParameter;
    for message in [None, Some(""), Some(" \n"), Some("a\0b"), Some("\u{1b}[2J")] {
        f.refused(invalid, || f.session.submit_operator_request(MESSAGE, message));
    }
    let long = "m".repeat(256);
    for task in tasks(&s) {
        f.refused(ErrorKind::MessageExceedsMaxSize, || {
            f.session.submit_operator_request(task, Some(&long))
        });
    }
    let (medium, null) = (s.medium.physical_media, uuid::Uuid::nil());
    for task in [
        OperatorTask::NewMedia { pool: PoolId::NULL, library: Some(s.library) },
        OperatorTask::Cleaner { target: SlotId::NULL.into() },
        OperatorTask::DeviceService { device: ServiceTarget::Drive(Id::from_uuid(null)) },
        OperatorTask::MoveMedia { medium: Id::from_uuid(null), to: s.library },
    ] {
        f.refused(invalid, || f.session.submit_operator_request(task, None));
    }
    for task in [
        OperatorTask::NewMedia { pool: unknown(), library: None },
        OperatorTask::NewMedia { pool: s.pool, library: Some(unknown()) },
        OperatorTask::NewMedia { pool: s.pool, library: Some(cast(s.pool)) },
        OperatorTask::Cleaner { target: unknown::<SlotId>().into() },
        OperatorTask::DeviceService { device: ServiceTarget::Door(unknown()) },
        OperatorTask::DeviceService { device: ServiceTarget::Drive(unknown()) },
        OperatorTask::DeviceService { device: ServiceTarget::Medium(cast(s.slot)) },
        OperatorTask::MoveMedia { medium, to: unknown() },
        OperatorTask::MoveMedia { medium: unknown(), to: s.library },
    ] {
        f.refused(ErrorKind::ObjectNotFound, || f.session.submit_operator_request(task, None));
    }
    // A null library is none.
    let task = OperatorTask::NewMedia { pool: s.pool, library: Some(Id::from_uuid(null)) };
    let request = f.session.submit_operator_request(task, None).unwrap();
    let none = OperatorTask::NewMedia { pool: s.pool, library: None };
    assert_eq!(f.session.info(request).unwrap().task, none);
    f.session.close().unwrap();
    f.refused(ErrorKind::InvalidHandle, || f.session.submit_operator_request(none, None));
}

#[test]
fn requests_submit_rights() {
    const USE: u32 = 1;
    const CONTROL: u32 = 4;
    let f = open_catalog();
    let (s, user) = (stock(&f), f.user());
    let computer: rsm::model::ComputerId = f.id("SELECT id FROM computer", []);
    let grant = |on: &str, rights: u32| {
        for (table, id) in [
            ("computer", ObjectId::from(computer)),
            ("pool", s.pool.into()),
            ("library", s.library.into()),
        ] {
            f.grant(table, id, if table == on { rights } else { 0 });
        }
    };
    // Where CONTROL decides; USE on the computer for the message.
    let on = ["pool", "pool", "library", "library", "library", "library", "pool", "computer"];
    for (task, on) in tasks(&s).into_iter().zip(on) {
        let right = if task == MESSAGE { USE } else { CONTROL };
        grant(on, 7 & !right);
        f.refused(ErrorKind::AccessDenied, || user.submit_operator_request(task, Some("text")));
        grant(on, right);
        user.submit_operator_request(task, Some("text")).unwrap();
    }
    // An administrator passes the check of every library, and no other.
    grant("computer", CONTROL);
    for (task, on) in tasks(&s).into_iter().zip(on) {
        if on == "library" {
            user.submit_operator_request(task, Some("text")).unwrap();
        } else {
            f.refused(ErrorKind::AccessDenied, || user.submit_operator_request(task, Some("text")));
        }
    }

    let f = open_catalog_with(AccessModel::WindowsXp);
    let (s, user) = (stock(&f), f.user());
    let computer: rsm::model::ComputerId = f.id("SELECT id FROM computer", []);
    f.grant("computer", computer, 0);
    f.grant("pool", s.pool, 0);
    f.grant("library", s.library, 0);
    for task in tasks(&s) {
        user.submit_operator_request(task, Some("text")).unwrap();
    }
}

#[test]
fn requests_info_rights() {
    const USE: u32 = 1;
    const MODIFY: u32 = 2;
    for model in [AccessModel::Server2003, AccessModel::WindowsXp] {
        let f = open_catalog_with(model);
        let user = f.user();
        let computer: rsm::model::ComputerId = f.id("SELECT id FROM computer", []);
        let request = f.session.submit_operator_request(MESSAGE, Some("text")).unwrap();
        let record = f.session.info(request).unwrap();
        for rights in [0, USE, MODIFY] {
            f.grant("computer", computer, rights);
            if rights & USE != 0 || model == AccessModel::WindowsXp {
                user.info(request).unwrap();
            } else {
                f.refused(ErrorKind::AccessDenied, || user.info(request));
            }
            if rights & MODIFY != 0 || model == AccessModel::WindowsXp {
                user.set_info(&record).unwrap();
            } else {
                f.refused(ErrorKind::AccessDenied, || user.set_info(&record));
            }
        }
    }
}
