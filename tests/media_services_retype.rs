//! ChangeNtmsMediaType: examples H1-H5, the table of permitted moves, bad input, rights.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

#[path = "support/placed.rs"]
mod placed;
#[path = "support/robot.rs"]
mod robot;
mod support;

use placed::{medium_in, put, states};
use rsm::ErrorKind;
use rsm::model::{
    AllocateRequest, CreatedMedia, Id, MediaTypeCode, ObjectType, PhysicalMediaId, PoolId,
    PoolType, SideState,
};
use support::{Fixture, T1, T2, cast, open_catalog, unknown};

use SideState::{
    Allocated, Available, Complete, Decommissioned, Import, Incompatible, Reserved, Unknown,
    Unprepared, Unrecognized,
};

/// Other types with one and with two sides.
const OTHER1: MediaTypeCode = MediaTypeCode::Dlt;
const OTHER2: MediaTypeCode = MediaTypeCode::Mo5Limdow;

/// The same, in a slot of the library that lists the types of the system pools.
fn online(f: &Fixture, pool: PoolId, code: MediaTypeCode, states: &[SideState]) -> CreatedMedia {
    let medium = medium_in(f, pool, code, states);
    // Makes the library, if there is none yet.
    f.system_pool("Free", code);
    let library = f.id("SELECT id FROM library WHERE type = 2", []);
    f.bring_online(medium.physical_media, library);
    medium
}

fn is_listed(f: &Fixture, code: MediaTypeCode) -> bool {
    let sql = "SELECT count(*) FROM library_media_type l JOIN media_type t ON t.key = l.media_type \
               WHERE t.code = ?1";
    f.connection().query_row(sql, [code.value()], |row| row.get(0)).unwrap()
}

#[test]
fn media_h1() {
    let f = open_catalog();
    let (unrecognized, free) = (f.system_pool("Unrecognized", T1), f.system_pool("Free", OTHER1));
    let medium = online(&f, unrecognized, T1, &[Unrecognized]);
    f.session.move_and_retype(medium.physical_media, free).unwrap();
    let info = f.session.info(medium.physical_media).unwrap();
    assert_eq!((info.pool, info.media_type), (free, f.media_type(OTHER1)));
    assert_eq!(states(&f, &medium), [Unprepared]);
    let counts = [unrecognized, free].map(|p| f.session.info(p).unwrap().number_of_physical_media);
    assert_eq!(counts, [0, 1]);
    let changes = f.last_changes();
    assert_eq!(changes.last(), Some(&(5, ObjectType::PhysicalMedia, medium.physical_media.into())));
    assert_eq!(f.manager.check().unwrap(), []);
}

#[test]
fn media_h1_the_free_label_is_written() {
    let device = robot::builder(1, T1).media_type(OTHER1.value()).cartridge(robot::tape("A00001"));
    let robot = robot::Robot::of(device, T1);
    let medium = robot.by_bar_code("A00001");
    let other = robot.session.media_type(OTHER1).unwrap();
    assert_ne!(medium.media_type, other);
    let path = format!(r"Free\{}", OTHER1.known().name);
    let existing = rsm::model::PoolOpenMode::OpenExisting;
    let free = robot.session.open_pool(&path, None, existing).unwrap();
    robot.session.move_and_retype(medium.id, free).unwrap();
    robot.settle();
    let side = robot.side(medium.id);
    assert_eq!(side.state, Available);
    assert!(side.label.is_some());
    let now = robot.medium(medium.id);
    assert_eq!((now.pool, now.media_type), (free, other));
    robot.check();
}

#[test]
fn media_h2() {
    let f = open_catalog();
    let (unrecognized, p) = (f.system_pool("Unrecognized", T1), f.pool(r"\App\P", OTHER1));
    let medium = online(&f, unrecognized, T1, &[Unrecognized]).physical_media;
    f.refused(ErrorKind::InvalidMediaPool, || f.session.move_and_retype(medium, p));
}

#[test]
fn media_h3() {
    let f = open_catalog();
    let (p, free) = (f.pool(r"\App\P", T1), f.system_pool("Free", OTHER1));
    for state in [Allocated, Complete] {
        let medium = online(&f, p, T1, &[state]).physical_media;
        f.refused(ErrorKind::InvalidMediaPool, || f.session.move_and_retype(medium, free));
    }
}

#[test]
fn media_h4() {
    let f = open_catalog();
    let (unrecognized, free) = (f.system_pool("Unrecognized", T1), f.system_pool("Free", OTHER1));
    let medium = medium_in(&f, unrecognized, T1, &[Unrecognized]).physical_media;
    let call = || f.session.move_and_retype(medium, free);
    f.refused(ErrorKind::LibraryOffline, call);
    // A library whose hardware is gone is no better, whether it is enabled or not.
    let library = f.library(9);
    f.bring_online(medium, library);
    f.sql(
        "UPDATE library SET operational_state = ?1, enabled = 0 WHERE id = ?2",
        (rsm::model::OperationalState::NotPresent.value(), library.to_bytes()),
    );
    f.refused(ErrorKind::LibraryOffline, call);
    f.sql("UPDATE library SET operational_state = 0 WHERE id = ?1", [library.to_bytes()]);
    f.refused(ErrorKind::ResourceDisabled, call);
    f.session.enable(library).unwrap();
    f.session.disable(medium).unwrap();
    f.refused(ErrorKind::ResourceDisabled, call);
    f.session.enable(medium).unwrap();
    call().unwrap();
}

#[test]
fn media_h5() {
    let f = open_catalog();
    let (p, q) = (f.pool(r"\App\P", T2), f.pool(r"\App\Q", OTHER2));
    let medium = online(&f, p, T2, &[Allocated, Incompatible]);
    let held = medium.sides[0].logical_media.unwrap();
    f.session.move_and_retype(medium.physical_media, q).unwrap();
    assert_eq!(states(&f, &medium), [Allocated, Import]);
    assert_eq!(f.session.info(held).unwrap().pool, q);
    let next = AllocateRequest::from(q).error_if_unavailable();
    f.refused(ErrorKind::MediaUnavailable, || f.session.allocate_media(next));
    let named = AllocateRequest::from(q).naming(medium.sides[1].side);
    f.session.allocate_media(named).unwrap();
    let counts = [p, q].map(|pool| f.session.info(pool).unwrap().number_of_logical_media);
    assert_eq!(counts, [0, 2]);
    assert_eq!(f.manager.check().unwrap(), []);
}

#[test]
fn media_h_a_new_type_is_listed_with_its_system_pools() {
    let f = open_catalog();
    let (p, q) = (f.pool(r"\App\P", T1), f.pool(r"\App\Q", OTHER1));
    let medium = online(&f, p, T1, &[Available]).physical_media;
    assert!(!is_listed(&f, OTHER1));
    f.session.move_and_retype(medium, q).unwrap();
    assert!(is_listed(&f, OTHER1) && is_listed(&f, T1));
    let name = OTHER1.known().name;
    let pools: i64 = f
        .connection()
        .query_row("SELECT count(*) FROM pool WHERE name = ?1", [name], |row| row.get(0))
        .unwrap();
    assert_eq!(pools, 3);
    let changes = f.last_changes();
    let created: Vec<_> = changes.iter().filter(|change| change.0 == 2).map(|c| c.1).collect();
    assert_eq!(created, [ObjectType::MediaPool; 3]);
    f.session.move_and_retype(medium, p).unwrap();
    assert!(f.last_changes().iter().all(|change| change.0 != 2), "nothing is made twice");
    assert_eq!(f.manager.check().unwrap(), []);
}

#[test]
fn media_h_table_of_permitted_moves() {
    let f = open_catalog();
    let system = |root, code| f.system_pool(root, code);
    let of = |app, code| {
        [
            f.pool(app, code),
            system("Free", code),
            system("Import", code),
            system("Unrecognized", code),
        ]
    };
    let (from_pools, to_pools) = (of(r"\App\P", T1), of(r"\App\Q", OTHER1));
    let state_in = [Available, Available, Import, Unrecognized];
    let permitted = [
        [true, true, false, false],
        [true, false, false, false],
        [false, true, true, false],
        [false, true, false, true],
    ];
    for ((from, state), permitted) in from_pools.into_iter().zip(state_in).zip(permitted) {
        for (to, permitted) in to_pools.into_iter().zip(permitted) {
            let medium = online(&f, from, T1, &[state]);
            let call = || f.session.move_and_retype(medium.physical_media, to);
            if permitted {
                call().unwrap();
                let to_free = f.session.info(to).unwrap().pool_type == PoolType::Free;
                assert_eq!(states(&f, &medium), [if to_free { Unprepared } else { state }]);
            } else {
                f.refused(ErrorKind::InvalidMediaPool, call);
            }
        }
    }
}

#[test]
fn media_h_incompatible_sides_are_taken_as_of_the_new_type() {
    let f = open_catalog();
    let system = |root, code| f.system_pool(root, code);
    let (p, q) = (f.pool(r"\App\P", T2), f.pool(r"\App\Q", OTHER2));
    let free = [system("Free", T2), system("Free", OTHER2)];
    let import = [system("Import", T2), system("Import", OTHER2)];
    let unrecognized = [system("Unrecognized", T2), system("Unrecognized", OTHER2)];
    let becomes = |from, to, before: [SideState; 2], after: [SideState; 2]| {
        let medium = online(&f, from, T2, &before);
        f.session.move_and_retype(medium.physical_media, to).unwrap();
        assert_eq!(states(&f, &medium), after);
    };
    becomes(p, q, [Decommissioned, Incompatible], [Decommissioned, Import]);
    becomes(p, q, [Incompatible, Incompatible], [Import, Import]);
    becomes(p, free[1], [Available, Incompatible], [Unprepared, Unprepared]);
    becomes(free[0], q, [Available, Incompatible], [Available, Import]);
    becomes(import[0], import[1], [Incompatible, Import], [Import, Import]);
    becomes(import[0], free[1], [Incompatible, Import], [Unprepared, Unprepared]);
    becomes(unrecognized[0], unrecognized[1], [Incompatible, Unknown], [Unrecognized, Unknown]);
    // Of the type it has already.
    becomes(unrecognized[0], free[0], [Incompatible, Unrecognized], [Unprepared, Unprepared]);
    becomes(p, p, [Incompatible, Available], [Import, Available]);
    becomes(free[0], free[0], [Incompatible, Available], [Unprepared, Available]);
    becomes(p, p, [Available, Available], [Available, Available]);
}

#[test]
fn media_h_a_medium_held_whole_moves_whole() {
    let f = open_catalog();
    let (p, q) = (f.pool(r"\App\P", T2), f.pool(r"\App\Q", OTHER2));
    let medium = online(&f, p, T2, &[Allocated, Reserved]);
    f.session.move_and_retype(medium.physical_media, q).unwrap();
    let held = medium.sides[0].logical_media.unwrap();
    let next = f.session.allocate_media(AllocateRequest::from(q).next_of(held)).unwrap();
    assert_eq!(next.side, medium.sides[1].side);
    assert_eq!(f.manager.check().unwrap(), []);
}

#[test]
fn media_h_another_number_of_sides() {
    let f = open_catalog();
    let (unrecognized, free) = (f.system_pool("Unrecognized", T1), f.system_pool("Free", T2));
    let medium = online(&f, unrecognized, T1, &[Unrecognized]).physical_media;
    f.refused(ErrorKind::InvalidMediaPool, || f.session.move_and_retype(medium, free));
}

#[test]
fn media_h_types_that_get_no_free_label() {
    let f = open_catalog();
    for code in [MediaTypeCode::CdRom, MediaTypeCode::CdR] {
        let (free, unrecognized) = (f.system_pool("Free", code), f.system_pool("Unrecognized", T1));
        let medium = online(&f, unrecognized, T1, &[Unrecognized]).physical_media;
        let call = || f.session.move_and_retype(medium, free);
        f.refused(ErrorKind::MediaIncompatible, call);
        f.sql("UPDATE side SET label_type = NULL, label_id = NULL, label_info = NULL", []);
        if code == MediaTypeCode::CdR {
            call().unwrap();
        } else {
            f.refused(ErrorKind::MediaIncompatible, call);
        }
    }
}

#[test]
fn media_h_in_use_unprepared_or_not_read() {
    let f = open_catalog();
    let (unrecognized, free) = (f.system_pool("Unrecognized", T1), f.system_pool("Free", OTHER1));
    let other = f.system_pool("Unrecognized", OTHER1);
    let created = online(&f, unrecognized, T1, &[Unrecognized]);
    let medium = created.physical_media;
    for state in 1..=6 {
        f.sql("UPDATE medium SET state = ?1", [state]);
        f.refused(ErrorKind::Busy, || f.session.move_and_retype(medium, free));
    }
    f.sql("UPDATE medium SET state = 0", []);
    put(&f, &created, unrecognized, &[Unknown]);
    f.refused(ErrorKind::Busy, || f.session.move_and_retype(medium, free));
    f.session.move_and_retype(medium, other).unwrap();
    assert_eq!(states(&f, &created), [Unknown]);
    let (own, p) = (f.system_pool("Free", T1), f.pool(r"\App\P", OTHER1));
    let waiting = online(&f, own, T1, &[Unprepared]).physical_media;
    f.refused(ErrorKind::Busy, || f.session.move_and_retype(waiting, p));
}

#[test]
fn media_h_bad_input_in_order() {
    let f = open_catalog();
    let (p, q) = (f.pool(r"\App\P", T1), f.pool(r"\App\Q", OTHER1));
    let app: PoolId = f.id("SELECT id FROM pool WHERE name = 'App'", []);
    let root: PoolId = f.id("SELECT id FROM pool WHERE key = 1", []);
    let created = f.medium(p, &[Allocated], 1);
    let medium = created.physical_media;
    let call = |medium, pool| f.session.move_and_retype(medium, pool);
    f.refused(ErrorKind::InvalidParameter, || call(PhysicalMediaId::NULL, q));
    f.refused(ErrorKind::InvalidParameter, || call(medium, PoolId::NULL));
    f.refused(ErrorKind::InvalidMedia, || call(unknown(), unknown()));
    let held = created.sides[0].logical_media.unwrap();
    for wrong in [cast(created.sides[0].side), cast(held), cast(p)] {
        f.refused(ErrorKind::InvalidMedia, || call(wrong, q));
    }
    for pool in [unknown(), cast(medium), app, root] {
        f.refused(ErrorKind::InvalidMediaPool, || call(medium, pool));
    }
    let user = f.user();
    f.refused(ErrorKind::InvalidMediaPool, || user.move_and_retype(medium, app));
    // Rights before everything about the library, that before everything about the move.
    f.refused(ErrorKind::AccessDenied, || user.move_and_retype(medium, q));
    let elsewhere = f.system_pool("Import", T2);
    f.refused(ErrorKind::LibraryOffline, || call(medium, elsewhere));
    f.session.close().unwrap();
    f.refused(ErrorKind::InvalidHandle, || call(medium, q));
}
