//! EnableNtmsObject and DisableNtmsObject: examples Z1-Z3, returns that waited, bad input.
#![allow(clippy::unwrap_used)]

mod support;

use rsm::ErrorKind;
use rsm::model::{
    AccessModel, AllocateRequest, DeallocationPolicy, LibraryId, ObjectId, ObjectType,
    PhysicalMediaId, SideState,
};
use support::{Fixture, T1, T2, cast, open_catalog, open_catalog_with, unknown};

use SideState::{Allocated, Available};

fn offline(f: &Fixture) -> LibraryId {
    f.id("SELECT id FROM library WHERE key = 1", [])
}

#[test]
fn objects_z1() {
    let f = open_catalog();
    let library = f.library(1);
    let pool = f.pool(r"\App\P", T1);
    let [one, two] = [1, 2].map(|n| f.medium(pool, &[Available], n));
    for medium in [&one, &two] {
        f.bring_online(medium.physical_media, library);
    }
    f.session.disable(one.physical_media).unwrap();
    assert!(!f.session.info(one.physical_media).unwrap().common.enabled);
    let any = AllocateRequest::from(pool);
    f.refused(ErrorKind::ResourceDisabled, || {
        f.session.allocate_media(any.naming(one.sides[0].side))
    });
    assert_eq!(f.session.allocate_media(any).unwrap().side, two.sides[0].side);
    f.refused(ErrorKind::MediaUnavailable, || f.session.allocate_media(any.error_if_unavailable()));
    f.session.enable(one.physical_media).unwrap();
    assert_eq!(f.session.allocate_media(any).unwrap().side, one.sides[0].side);
}

#[test]
fn objects_z2() {
    let f = open_catalog();
    let pool = f.pool(r"\App\P", T1);
    let medium = f.medium(pool, &[Available], 1).physical_media;
    let library = f.library(1);
    f.refused(ErrorKind::InvalidState, || f.session.enable(medium));
    f.session.disable(medium).unwrap();
    f.refused(ErrorKind::InvalidState, || f.session.disable(medium));
    f.session.disable(library).unwrap();
    f.refused(ErrorKind::InvalidState, || f.session.disable(library));
    // The flag of its own counts, not the effective one.
    f.session.enable(medium).unwrap();
    f.bring_online(medium, library);
    assert!(!f.session.info(medium).unwrap().common.enabled);
    f.refused(ErrorKind::InvalidState, || f.session.enable(medium));
}

#[test]
fn objects_z3_flags_of_what_a_library_contains_are_kept() {
    let f = open_catalog();
    let library = f.library(1);
    let pool = f.pool(r"\App\P", T2);
    let [one, two] = [1, 3].map(|n| f.medium(pool, &[Available, Available], n));
    for medium in [&one, &two] {
        f.bring_online(medium.physical_media, library);
    }
    f.session.disable(one.physical_media).unwrap();
    let enabled = || [&one, &two].map(|m| f.session.info(m.sides[0].side).unwrap().common.enabled);
    assert_eq!(enabled(), [false, true]);
    f.session.disable(library).unwrap();
    assert_eq!(f.last_changes(), [(1, ObjectType::Library, library.into())]);
    assert_eq!(enabled(), [false, false]);
    let any = AllocateRequest::from(pool).error_if_unavailable();
    f.refused(ErrorKind::MediaUnavailable, || f.session.allocate_media(any));
    f.session.enable(library).unwrap();
    assert_eq!(enabled(), [false, true]);
    assert_eq!(f.session.allocate_media(any).unwrap().physical_media, two.physical_media);
}

#[test]
fn objects_z_offline_media_are_switched_at_once() {
    let f = open_catalog();
    let pool = f.pool(r"\App\P", T1);
    let medium = f.medium(pool, &[Available], 1).physical_media;
    let before = f.session.info(medium).unwrap().common;
    f.clock.advance(std::time::Duration::from_secs(1));
    f.session.disable(medium).unwrap();
    let after = f.session.info(medium).unwrap().common;
    assert!(!after.enabled && after.modified > before.modified);
    f.session.enable(ObjectId::from(medium)).unwrap();
    assert!(f.session.info(medium).unwrap().common.enabled);
}

#[test]
fn objects_z_a_return_that_waited_happens_when_enabled() {
    let f = open_catalog();
    let free = f.system_pool("Free", T1);
    let pool = f.pool(r"\App\P", T1);
    let mut record = f.session.info(pool).unwrap();
    record.deallocation_policy = DeallocationPolicy::RETURN_TO_FREE;
    f.session.set_info(&record).unwrap();
    let [one, two] = [1, 2].map(|n| f.medium(pool, &[Allocated], n));
    for medium in [&one, &two] {
        f.session.disable(medium.physical_media).unwrap();
        f.session.deallocate_media(medium.sides[0].logical_media.unwrap()).unwrap();
        let record = f.session.info(medium.physical_media).unwrap();
        assert_eq!(record.pool, pool);
    }
    f.session.enable(one.physical_media).unwrap();
    assert_eq!(f.session.info(one.physical_media).unwrap().pool, free);
    assert_eq!(f.session.info(one.sides[0].side).unwrap().state, SideState::Unprepared);
    // The policy is looked at again.
    record.deallocation_policy = DeallocationPolicy::empty();
    f.session.set_info(&record).unwrap();
    f.session.enable(two.physical_media).unwrap();
    assert_eq!(f.session.info(two.physical_media).unwrap().pool, pool);
    assert_eq!(f.session.info(two.sides[0].side).unwrap().state, Available);
}

#[test]
fn objects_z_bad_input() {
    let f = open_catalog();
    let pool = f.pool(r"\App\P", T1);
    let medium = f.medium(pool, &[Allocated], 1);
    let pmid = medium.physical_media;
    for call in [rsm::Session::enable::<ObjectId>, rsm::Session::disable::<ObjectId>] {
        f.refused(ErrorKind::InvalidParameter, || call(&f.session, ObjectId::NULL));
        f.refused(ErrorKind::ObjectNotFound, || call(&f.session, unknown()));
        let others: [ObjectId; 5] = [
            pool.into(),
            medium.sides[0].side.into(),
            medium.sides[0].logical_media.unwrap().into(),
            f.media_type(T1).into(),
            f.id("SELECT id FROM computer", []),
        ];
        for other in others {
            f.refused(ErrorKind::InvalidParameter, || call(&f.session, other));
        }
        f.refused(ErrorKind::LibraryOffline, || call(&f.session, offline(&f).into()));
    }
    f.refused(ErrorKind::InvalidParameter, || f.session.disable(PhysicalMediaId::NULL));
    f.refused(ErrorKind::ObjectNotFound, || f.session.disable(unknown::<LibraryId>()));
    // A typed id of another kind of object names nothing.
    f.refused(ErrorKind::ObjectNotFound, || f.session.disable(cast::<LibraryId>(pmid)));
    f.refused(ErrorKind::ObjectNotFound, || f.session.disable(cast::<PhysicalMediaId>(pool)));
    f.session.close().unwrap();
    f.refused(ErrorKind::InvalidHandle, || f.session.disable(pmid));
}

#[test]
fn objects_z_rights() {
    const MODIFY: u32 = 2;
    const CONTROL: u32 = 4;
    for (model, wanted) in [(AccessModel::Server2003, MODIFY), (AccessModel::WindowsXp, CONTROL)] {
        let f = open_catalog_with(model);
        let pool = f.pool(r"\App\P", T1);
        let medium = f.medium(pool, &[Available], 1).physical_media;
        let (library, user) = (f.library(1), f.user());
        f.grant("pool", pool, 0xf0007);
        f.grant("library", library, 7 & !wanted);
        f.grant("library", offline(&f), 7 & !wanted);
        f.refused(ErrorKind::AccessDenied, || user.disable(library));
        f.refused(ErrorKind::AccessDenied, || user.disable(medium));
        // Rights come before the state of the library.
        f.refused(ErrorKind::AccessDenied, || user.disable(offline(&f)));
        f.grant("library", library, wanted);
        f.grant("library", offline(&f), wanted);
        user.disable(library).unwrap();
        user.disable(medium).unwrap();
        user.enable(medium).unwrap();
    }
}
