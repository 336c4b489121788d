//! The rights and the bad input of the calls that empty and delete drives, delete libraries and
//! reserve slots for cleaners.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

#[path = "support/robot.rs"]
mod robot;
mod support;

use robot::Robot;
use rsm::model::{
    AccessModel, Caller, DriveId, Id, LibraryId, MountRequest, ObjectId, PhysicalMediaId, SideId,
    SlotId,
};
use rsm::{ErrorKind, Session};
use rusqlite::Connection;
use support::{cast, unknown};

const MODIFY: u32 = 2;
const CONTROL: u32 = 4;

type Run = fn(&Session, &Scene) -> rsm::Result<()>;

/// A library with a medium in a drive, and what is in it.
struct Scene {
    robot: Robot,
    drive: DriveId,
    slot: SlotId,
}

/// A call, with the right it needs on the library by the rules of 2003 and by those of XP, and
/// whether the library must be gone.
struct Call {
    name: &'static str,
    server_2003: u32,
    windows_xp: u32,
    absent: bool,
    run: Run,
}

const CALLS: [Call; 5] = [
    Call {
        name: "dismount drive",
        server_2003: MODIFY,
        windows_xp: CONTROL,
        absent: false,
        run: |session, scene| session.dismount_drive(scene.drive).map(drop),
    },
    Call {
        name: "delete drive",
        server_2003: MODIFY,
        windows_xp: MODIFY,
        absent: true,
        run: |session, scene| session.delete_drive(scene.drive),
    },
    Call {
        name: "delete library",
        server_2003: MODIFY,
        windows_xp: MODIFY,
        absent: true,
        run: |session, scene| session.delete_library(scene.robot.library),
    },
    Call {
        name: "reserve",
        server_2003: CONTROL,
        windows_xp: CONTROL,
        absent: false,
        run: |session, scene| session.reserve_cleaner_slot(scene.robot.library, scene.slot),
    },
    Call {
        name: "release",
        server_2003: CONTROL,
        windows_xp: CONTROL,
        absent: false,
        run: |session, scene| session.release_cleaner_slot(scene.robot.library),
    },
];

impl Scene {
    fn new(model: AccessModel, call: &Call) -> Self {
        let robot = Robot::with_tapes(1, &["A1"]);
        let Robot { session, manager, device, clock, code, dir, .. } = robot;
        drop((session, manager));
        let manager = robot::options(&clock).access_model(model).open(dir.path()).unwrap();
        let session = manager.session("test").unwrap();
        let library = manager.attach(device.clone()).unwrap();
        let robot = Robot { session, library, manager, device, clock, code, dir };
        robot.settle();
        let (drive, slot) = (robot.drives()[0].id, robot.slot(4));
        if call.name == "release" {
            robot.session.reserve_cleaner_slot(robot.library, slot).unwrap();
        }
        let medium: PhysicalMediaId = robot.session.list(None).unwrap()[0];
        let side: SideId = robot.session.list(Some(medium.into())).unwrap()[0];
        drop(robot.session.mount(MountRequest::from(side)).unwrap());
        if call.absent {
            robot.manager.detach(robot.library).unwrap();
        }
        Self { robot, drive, slot }
    }

    fn database(&self) -> Connection {
        Connection::open(self.robot.dir.path().join("catalog.db")).unwrap()
    }

    /// Somebody who has these rights on the library and on the computer.
    fn user(&self, library: u32, computer: u32) -> Session {
        let list = |rights: u32| format!("O:AD:(A;f0007;A)(A;{rights:x};U{})", support::USER);
        let database = self.database();
        database.execute("UPDATE library SET security = ?1", [list(library)]).unwrap();
        database.execute("UPDATE computer SET security = ?1", [list(computer | 1)]).unwrap();
        let caller = Caller {
            user: support::USER,
            groups: vec![],
            administrator: false,
            user_name: "somebody".to_owned(),
        };
        self.robot.manager.session_as("user", caller).unwrap()
    }

    #[track_caller]
    fn refused(&self, what: &str, kind: ErrorKind, call: impl FnOnce() -> rsm::Result<()>) {
        let before = support::dump(self.robot.dir.path());
        let error = call().expect_err(what);
        assert_eq!(error.kind(), kind, "{what}: {error:?}");
        assert!(support::dump(self.robot.dir.path()) == before, "{what} changed something");
    }
}

#[test]
fn exactly_the_published_right_does_and_an_administrator_needs_none() {
    for model in [AccessModel::Server2003, AccessModel::WindowsXp] {
        for call in &CALLS {
            let needed = match model {
                AccessModel::Server2003 => call.server_2003,
                AccessModel::WindowsXp => call.windows_xp,
            };
            let scene = Scene::new(model, call);
            for (library, computer) in [(0, 0), (7 & !needed, 0), (7 & !needed, 7 & !CONTROL)] {
                let user = scene.user(library, computer);
                let denied = ErrorKind::AccessDenied;
                scene.refused(call.name, denied, || (call.run)(&user, &scene));
            }
            (call.run)(&scene.user(needed, 0), &scene).expect(call.name);
            scene.robot.settle();
            scene.robot.check();
            let scene = Scene::new(model, call);
            (call.run)(&scene.user(0, CONTROL), &scene).expect(call.name);
        }
    }
}

type RunWith = fn(&Session, ObjectId, &Scene) -> rsm::Result<()>;

/// A call with one id left open, of what that must be, and the answer to any other.
const ARGUMENTS: [(&str, &str, ErrorKind, RunWith); 6] = [
    ("dismount drive", "drive", ErrorKind::InvalidDrive, |session, id, _| {
        session.dismount_drive(cast(id)).map(drop)
    }),
    ("delete drive", "drive", ErrorKind::InvalidDrive, |session, id, _| {
        session.delete_drive(cast(id))
    }),
    ("delete library", "library", ErrorKind::InvalidLibrary, |session, id, _| {
        session.delete_library(cast(id))
    }),
    ("reserve in", "library", ErrorKind::InvalidLibrary, |session, id, scene| {
        session.reserve_cleaner_slot(cast(id), scene.slot)
    }),
    ("reserve", "slot", ErrorKind::ObjectNotFound, |session, id, scene| {
        session.reserve_cleaner_slot(scene.robot.library, cast(id))
    }),
    ("release in", "library", ErrorKind::InvalidLibrary, |session, id, _| {
        session.release_cleaner_slot(cast(id))
    }),
];

/// One object of every kind that has a table of its own.
fn one_of_each(scene: &Scene) -> Vec<(&'static str, ObjectId)> {
    let tables = ["drive", "library", "slot", "changer", "medium", "side", "pool", "media_type"];
    let database = scene.database();
    let one = |table: &&'static str| {
        let sql = format!("SELECT id FROM {table} ORDER BY key DESC LIMIT 1");
        let id: [u8; 16] = database.query_row(&sql, [], |row| row.get(0)).unwrap();
        (*table, ObjectId::from_uuid(uuid::Uuid::from_bytes(id)))
    };
    tables.iter().map(one).collect()
}

#[test]
fn ids_of_nothing_and_of_other_kinds_are_refused() {
    let scene = Scene::new(AccessModel::Server2003, &CALLS[0]);
    let session = &scene.robot.session;
    let objects = one_of_each(&scene);
    for (name, kind, wrong, run) in ARGUMENTS {
        let missing = ErrorKind::InvalidParameter;
        scene.refused(name, missing, || run(session, ObjectId::NULL, &scene));
        scene.refused(name, wrong, || run(session, unknown(), &scene));
        for (_, id) in objects.iter().filter(|(other, _)| *other != kind) {
            scene.refused(name, wrong, || run(session, *id, &scene));
        }
    }
}

#[test]
fn a_closed_session_is_refused_before_all_else() {
    let scene = Scene::new(AccessModel::Server2003, &CALLS[0]);
    let closed = scene.robot.manager.session("closed").unwrap();
    closed.close().unwrap();
    for (name, _, _, run) in ARGUMENTS {
        for id in [ObjectId::NULL, unknown(), scene.drive.into(), scene.robot.library.into()] {
            scene.refused(name, ErrorKind::InvalidHandle, || run(&closed, id, &scene));
        }
    }
}

#[test]
fn the_offline_library_has_nothing_to_reserve_or_delete() {
    let scene = Scene::new(AccessModel::Server2003, &CALLS[0]);
    let session = &scene.robot.session;
    let offline = session.list::<LibraryId>(None).unwrap()[0];
    for (call, kind) in [
        (ARGUMENTS[2], ErrorKind::InvalidLibrary),
        (ARGUMENTS[3], ErrorKind::LibraryOffline),
        (ARGUMENTS[5], ErrorKind::LibraryOffline),
    ] {
        scene.refused(call.0, kind, || (call.3)(session, offline.into(), &scene));
    }
}
