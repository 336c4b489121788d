//! What calls about reserved drives are refused for: rights, by both models, and bad arguments. A
//! call that is refused changes nothing.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

mod support;

use rsm::model::{
    AccessModel, DriveId, DriveSelector, Id, LibraryId, LogicalMediaId, MediaRef, MediaTypeId,
    OwnerId, Released, ReserveOptions, SideId, SideState, Timeout,
};
use rsm::{DriveReservation, ErrorKind, Session};
use support::{Fixture, T1, T2, open_catalog_with, unknown};

use Timeout::NoWait;

const USE: u32 = 1;
const CONTROL: u32 = 4;
const MODELS: [AccessModel; 2] = [AccessModel::Server2003, AccessModel::WindowsXp];

/// A library that is there, with one empty drive, for the media of one type.
struct Scene {
    f: Fixture,
    library: LibraryId,
    drive: DriveId,
    lto: MediaTypeId,
}

impl Scene {
    fn new(model: AccessModel) -> Self {
        let f = open_catalog_with(model);
        let library = f.library(1);
        let drive = add_drive(&f, library, 1);
        let lto = f.media_type(T1);
        f.session.add_media_type(lto, library).unwrap();
        Self { f, library, drive, lto }
    }

    /// The user has these rights on the library, and none on the computer but to open a session.
    fn user(&self, on_library: u32, on_computer: u32) -> Session {
        let user = self.f.user();
        self.f.grant("library", self.library, on_library);
        let computer = self.f.session.enumerate(
            None,
            rsm::model::ObjectType::Computer,
            rsm::model::EnumerateOptions::DEFAULT,
        );
        self.f.grant("computer", computer.unwrap()[0], on_computer);
        user
    }

    fn set(&self, table: &str, what: &str) {
        self.f.sql(&format!("UPDATE {table} SET {what} WHERE id <> x''"), []);
    }
}

fn add_drive(f: &Fixture, library: LibraryId, number: u8) -> DriveId {
    f.sql(
        "INSERT INTO drive (id, library, number, address, serial, vendor, product, revision, \
         device_name, created, modified, operational_state, state) \
         SELECT randomblob(16), key, ?2, ?2, '', '', '', '', '', 0, 0, 0, 0 FROM library \
         WHERE id = ?1",
        (library.to_bytes(), number),
    );
    f.id("SELECT id FROM drive ORDER BY key DESC LIMIT 1", [])
}

fn at_once(session: &Session, what: impl Into<DriveSelector>) -> rsm::Result<DriveReservation> {
    session.reserve_drive(what, NoWait)
}

#[test]
fn use_on_the_library_is_what_reserving_takes() {
    for model in MODELS {
        let scene = Scene::new(model);
        let selectors = [scene.drive.into(), scene.library.into(), DriveSelector::from(scene.lto)];
        for selector in selectors {
            let user = scene.user(7 & !USE, USE);
            scene.f.refused(ErrorKind::AccessDenied, || at_once(&user, selector));
            scene.f.grant("library", scene.library, USE);
            drop(at_once(&user, selector).unwrap());
            // [D] an administrator lacks no right on a library.
            let administrator = scene.user(0, USE | CONTROL);
            drop(at_once(&administrator, selector).unwrap());
        }
    }
}

#[test]
fn control_on_the_library_is_what_force_takes() {
    for model in MODELS {
        let scene = Scene::new(model);
        let force = |user: &Session| user.force_release_drive(scene.drive);
        let _kept = at_once(&scene.f.session, scene.drive).unwrap();
        let user = scene.user(7 & !CONTROL, USE);
        scene.f.refused(ErrorKind::AccessDenied, || force(&user));
        scene.f.grant("library", scene.library, CONTROL);
        assert_eq!(force(&user).unwrap(), Released::Freed);
        assert_eq!(force(&user).unwrap(), Released::AlreadyFree);
        let _kept = at_once(&scene.f.session, scene.drive).unwrap();
        let administrator = scene.user(0, USE | CONTROL);
        assert_eq!(force(&administrator).unwrap(), Released::Freed);
        // An owner needs no right to give back what it has.
        let user = scene.user(USE, USE);
        let kept = at_once(&user, scene.drive).unwrap();
        scene.f.grant("library", scene.library, 0);
        assert_eq!(user.release_drive(scene.drive, None).unwrap(), Released::Freed);
        assert_eq!(kept.release().unwrap(), Released::AlreadyFree);
    }
}

#[test]
fn arguments_are_checked() {
    let scene = Scene::new(AccessModel::Server2003);
    let Scene { f, .. } = &scene;
    let session = &f.session;
    let null: [DriveSelector; 5] = [
        DriveId::NULL.into(),
        LibraryId::NULL.into(),
        LogicalMediaId::NULL.into(),
        SideId::NULL.into(),
        MediaTypeId::NULL.into(),
    ];
    for selector in null {
        f.refused(ErrorKind::InvalidParameter, || at_once(session, selector));
    }
    f.refused(ErrorKind::InvalidParameter, || session.release_drive(DriveId::NULL, None));
    f.refused(ErrorKind::InvalidParameter, || session.force_release_drive(DriveId::NULL));
    let refused = |kind, selector: DriveSelector| f.refused(kind, || at_once(session, selector));
    refused(ErrorKind::InvalidDrive, unknown::<DriveId>().into());
    refused(ErrorKind::InvalidLibrary, unknown::<LibraryId>().into());
    refused(ErrorKind::InvalidMedia, unknown::<LogicalMediaId>().into());
    refused(ErrorKind::InvalidMedia, MediaRef::Side(unknown()).into());
    refused(ErrorKind::InvalidMedia, unknown::<MediaTypeId>().into());
    f.refused(ErrorKind::InvalidDrive, || session.release_drive(unknown(), None));
    f.refused(ErrorKind::InvalidDrive, || session.force_release_drive(unknown()));
    // No process that has the catalog open.
    for nobody in [0, 1, u32::MAX] {
        let options = ReserveOptions::from(NoWait).for_process(nobody);
        f.refused(ErrorKind::InvalidParameter, || session.reserve_drive(scene.drive, options));
    }
    let own = ReserveOptions::from(NoWait).for_process(std::process::id());
    let kept = session.reserve_drive(scene.drive, own).unwrap();
    assert_eq!(kept.owner(), session.owner_id().unwrap());
    // Each part of an owner counts.
    let OwnerId { process, started, .. } = kept.owner();
    let wrong = [
        OwnerId { process: 1.into(), ..kept.owner() },
        OwnerId {
            started: started.saturating_add(std::time::Duration::from_secs(1)),
            ..kept.owner()
        },
        OwnerId { process, started, session: None },
        OwnerId { session: Some(uuid::Uuid::from_u128(7)), ..kept.owner() },
    ];
    for owner in wrong {
        f.refused(ErrorKind::AccessDenied, || session.release_drive(scene.drive, Some(owner)));
    }
    assert_eq!(session.release_drive(scene.drive, Some(kept.owner())).unwrap(), Released::Freed);
    assert_eq!(f.manager.check().unwrap(), []);
}

#[test]
fn the_state_of_library_and_drive_is_checked() {
    let scene = Scene::new(AccessModel::Server2003);
    let Scene { f, .. } = &scene;
    let all = [scene.drive.into(), scene.library.into(), DriveSelector::from(scene.lto)];
    let refused = |kind| {
        for selector in all {
            f.refused(kind, || at_once(&f.session, selector));
        }
    };
    let medium = f.medium(f.pool(r"\App", T1), &[SideState::Allocated], 1);
    f.refused(ErrorKind::LibraryOffline, || at_once(&f.session, medium.sides[0].side));
    let offline = f.id::<LibraryId>("SELECT id FROM library WHERE type = 1", []);
    f.refused(ErrorKind::LibraryOffline, || at_once(&f.session, offline));
    let disk = f.media_type(T2);
    f.refused(ErrorKind::DriveMediaMismatch, || at_once(&f.session, disk));
    scene.set("drive", "enabled = 0");
    refused(ErrorKind::ResourceDisabled);
    scene.set("drive", "enabled = 1, operational_state = 21");
    refused(ErrorKind::DeviceNotAvailable);
    scene.set("drive", "operational_state = 20");
    refused(ErrorKind::DeviceNotAvailable);
    scene.set("drive", "operational_state = 0");
    // Disabled comes before not there.
    f.sql("UPDATE library SET enabled = 0, operational_state = 21 WHERE type = 2", []);
    refused(ErrorKind::ResourceDisabled);
    f.sql("UPDATE library SET enabled = 1 WHERE type = 2", []);
    refused(ErrorKind::DeviceNotAvailable);
    // While a library is put in order nobody gets its drives.
    f.sql("UPDATE library SET operational_state = 10 WHERE type = 2", []);
    refused(ErrorKind::Busy);
    f.sql("UPDATE library SET operational_state = 0 WHERE type = 2", []);
    // A medium that the drive cannot be given: another changer has it.
    f.bring_online(medium.physical_media, scene.library);
    f.refused(ErrorKind::DriveMediaMismatch, || at_once(&f.session, medium.sides[0].side));
    drop(at_once(&f.session, scene.drive).unwrap());
    let empty = f.library(9);
    f.refused(ErrorKind::DriveMediaMismatch, || at_once(&f.session, empty));
}

#[test]
fn errors_come_in_the_order_of_the_checks() {
    let scene = Scene::new(AccessModel::Server2003);
    let Scene { f, .. } = &scene;
    let user = scene.user(0, USE);
    scene.set("drive", "enabled = 0");
    // The right before the state; existence before the right; the argument before existence.
    f.refused(ErrorKind::AccessDenied, || at_once(&user, scene.drive));
    f.refused(ErrorKind::InvalidDrive, || at_once(&user, unknown::<DriveId>()));
    f.refused(ErrorKind::InvalidParameter, || at_once(&user, DriveId::NULL));
    user.close().unwrap();
    f.refused(ErrorKind::InvalidHandle, || at_once(&user, DriveId::NULL));
}
