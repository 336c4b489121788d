//! AddNtmsMediaType and DeleteNtmsMediaType: examples Y1-Y5, rights, bad input.
#![allow(clippy::unwrap_used)]

mod support;

use rsm::model::{
    AccessModel, EnumerateOptions, Id, LibraryId, MediaTypeId, ObjectId, ObjectType, PoolOpenMode,
    PoolType, SideState,
};
use rsm::{ErrorKind, Session};
use support::{Fixture, T1, T2, cast, open_catalog, open_catalog_with, unknown};

const ROOTS: [(&str, PoolType); 3] = [
    ("Free", PoolType::Free),
    ("Import", PoolType::Import),
    ("Unrecognized", PoolType::Unrecognized),
];

fn listed(f: &Fixture, library: LibraryId) -> Vec<ObjectId> {
    let kind = ObjectType::MediaType;
    f.session.enumerate(Some(library.into()), kind, EnumerateOptions::DEFAULT).unwrap()
}

/// Which of the system pools of the one-sided type there are.
fn system_pools(f: &Fixture) -> Vec<PoolType> {
    let name = T1.known().name;
    let existing = PoolOpenMode::OpenExisting;
    ROOTS
        .iter()
        .filter_map(|(root, _)| {
            let pool = f.session.open_pool(&format!(r"\{root}\{name}"), None, existing).ok()?;
            let record = f.session.info(pool).unwrap();
            assert_eq!(record.media_type, Some(f.media_type(T1)));
            Some(record.pool_type)
        })
        .collect()
}

fn all() -> Vec<PoolType> {
    ROOTS.map(|(_, pool_type)| pool_type).into()
}

#[test]
fn media_y1() {
    let f = open_catalog();
    let (library, t1) = (f.library(1), f.media_type(T1));
    assert!(system_pools(&f).is_empty());
    for _ in 0..2 {
        f.session.add_media_type(t1, library).unwrap();
        assert_eq!(listed(&f, library), [t1.into()]);
        assert_eq!(f.session.info(library).unwrap().number_of_media_types, 1);
        assert_eq!(system_pools(&f), all());
    }
    // Everybody may use the free pool, nobody the others.
    let (name, user) = (T1.known().name, f.user());
    let usable = ROOTS.map(|(root, _)| {
        let path = format!(r"\{root}\{name}");
        let pool = f.session.open_pool(&path, None, PoolOpenMode::OpenExisting).unwrap();
        user.info(pool).is_ok()
    });
    assert_eq!(usable, [true, false, false]);
    // Pools that are missing are made even when the type is listed.
    f.sql("DELETE FROM pool WHERE name = ?1 AND type = 3", [T1.known().name]);
    f.session.add_media_type(t1, library).unwrap();
    assert_eq!(system_pools(&f), all());
}

#[test]
fn media_y2() {
    let f = open_catalog();
    let (offline, t1) = (f.id("SELECT id FROM library WHERE key = 1", []), f.media_type(T1));
    f.refused(ErrorKind::LibraryOffline, || f.session.add_media_type(t1, offline));
    let library = f.library(1);
    f.session.disable(library).unwrap();
    f.refused(ErrorKind::ResourceDisabled, || f.session.add_media_type(t1, library));
    f.sql("UPDATE library SET operational_state = 21 WHERE id = ?1", [library.to_bytes()]);
    f.refused(ErrorKind::LibraryOffline, || f.session.add_media_type(t1, library));
}

#[test]
fn media_y3() {
    let f = open_catalog();
    let (library, t1) = (f.library(1), f.media_type(T1));
    f.session.add_media_type(t1, library).unwrap();
    let pool = f.pool(r"\App\P", T1);
    f.bring_online(f.medium(pool, &[SideState::Available], 1).physical_media, library);
    f.refused(ErrorKind::NotEmpty, || f.session.remove_media_type(t1, library));
    // Another type does not matter, listed or not.
    f.session.remove_media_type(f.media_type(T2), library).unwrap();
}

#[test]
fn media_y4_and_y5() {
    let f = open_catalog();
    let (library, t1) = (f.library(1), f.media_type(T1));
    f.session.add_media_type(t1, library).unwrap();
    let pool = f.pool(r"\App\P", T1);
    let medium = f.medium(pool, &[SideState::Available], 1).physical_media;
    f.session.remove_media_type(t1, library).unwrap();
    assert!(listed(&f, library).is_empty());
    assert_eq!(system_pools(&f), all());
    f.session.delete_offline_media(medium).unwrap();
    // Not listed: success, and the pools go now.
    f.session.remove_media_type(t1, library).unwrap();
    assert!(system_pools(&f).is_empty());
    let free = f.session.open_pool("Free", None, PoolOpenMode::OpenExisting).unwrap();
    assert_eq!(f.session.info(free).unwrap().number_of_media_pools, 0);
    // The application pool remains.
    assert_eq!(f.session.info(pool).unwrap().media_type, Some(t1));
}

#[test]
fn media_y_pools_stay_while_another_library_lists_the_type() {
    let f = open_catalog();
    let (one, two, t1) = (f.library(1), f.library(2), f.media_type(T1));
    f.session.add_media_type(t1, one).unwrap();
    f.session.add_media_type(t1, two).unwrap();
    f.session.remove_media_type(t1, one).unwrap();
    assert_eq!((listed(&f, one).len(), listed(&f, two).len()), (0, 1));
    assert_eq!(system_pools(&f), all());
    f.session.remove_media_type(t1, two).unwrap();
    assert!(system_pools(&f).is_empty());
}

#[test]
fn media_y_bad_input_and_rights() {
    const MODIFY: u32 = 2;
    const CONTROL: u32 = 4;
    for (model, wanted) in [(AccessModel::Server2003, MODIFY), (AccessModel::WindowsXp, CONTROL)] {
        let f = open_catalog_with(model);
        let (library, t1) = (f.library(1), f.media_type(T1));
        for call in [Session::add_media_type, Session::remove_media_type] {
            let refused = |kind, media_type: MediaTypeId, library: LibraryId| {
                f.refused(kind, || call(&f.session, media_type, library));
            };
            refused(ErrorKind::InvalidParameter, MediaTypeId::NULL, library);
            refused(ErrorKind::InvalidParameter, t1, LibraryId::NULL);
            refused(ErrorKind::InvalidMedia, unknown(), unknown());
            refused(ErrorKind::InvalidMedia, cast(library), library);
            refused(ErrorKind::InvalidLibrary, t1, unknown());
            refused(ErrorKind::InvalidLibrary, t1, cast(t1));
            let user = f.user();
            f.grant("library", library, 7 & !wanted);
            f.refused(ErrorKind::AccessDenied, || call(&user, t1, library));
            f.grant("library", library, wanted);
            call(&user, t1, library).unwrap();
        }
        f.session.close().unwrap();
        f.refused(ErrorKind::InvalidHandle, || f.session.add_media_type(t1, library));
    }
}
