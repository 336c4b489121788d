//! MoveToNtmsMediaPool: examples V2-V5, V7, V8, the table of permitted moves, bad input.
#![allow(clippy::unwrap_used)]

#[path = "support/placed.rs"]
mod placed;
mod support;

use std::time::Duration;

use placed::{medium_in, put, states};
use rsm::ErrorKind;
use rsm::model::{
    AccessModel, AllocateRequest, MediaTypeCode, ObjectType, PhysicalMediaId, PoolId, SideState,
};
use support::{T1, T2, cast, open_catalog, open_catalog_with, unknown};

use SideState::{
    Allocated, Available, Complete, Decommissioned, Import, Incompatible, Reserved, Unknown,
    Unprepared, Unrecognized,
};

#[test]
fn media_v1_until_the_label_is_written() {
    let f = open_catalog();
    let (free, unrecognized) = (f.system_pool("Free", T2), f.system_pool("Unrecognized", T2));
    let medium = medium_in(&f, unrecognized, T2, &[Unrecognized, Unrecognized]);
    f.session.move_to_pool(medium.physical_media, free).unwrap();
    assert_eq!(f.session.info(medium.physical_media).unwrap().pool, free);
    assert_eq!(states(&f, &medium), [Unprepared, Unprepared]);
    let counts = [free, unrecognized].map(|p| f.session.info(p).unwrap().number_of_physical_media);
    assert_eq!(counts, [1, 0]);
}

#[test]
fn media_v2() {
    let f = open_catalog();
    let (unrecognized, pool) = (f.system_pool("Unrecognized", T1), f.pool(r"\App\P", T1));
    let medium = medium_in(&f, unrecognized, T1, &[Unrecognized]).physical_media;
    f.refused(ErrorKind::InvalidMediaPool, || f.session.move_to_pool(medium, pool));
}

#[test]
fn media_v3() {
    let f = open_catalog();
    let (import, pool) = (f.system_pool("Import", T1), f.pool(r"\App\P", T1));
    let medium = f.medium(import, &[Import], 1);
    f.bring_online(medium.physical_media, f.library(1));
    f.refused(ErrorKind::InvalidMediaPool, || f.session.move_to_pool(medium.physical_media, pool));
    let allocation = AllocateRequest::from(pool).naming(medium.sides[0].side);
    assert_eq!(f.session.allocate_media(allocation).unwrap().allocated_from, import);
}

#[test]
fn media_v4() {
    let f = open_catalog();
    let free = f.system_pool("Free", T1);
    let (p, q) = (f.pool(r"\App\P", T1), f.pool(r"\App\Q", T1));
    let medium = f.medium(p, &[Allocated], 1);
    let held = medium.sides[0].logical_media.unwrap();
    let before = f.session.info(held).unwrap().common.modified;
    f.clock.advance(Duration::from_secs(1));
    f.session.move_to_pool(medium.physical_media, q).unwrap();
    let changes = f.last_changes();
    assert_eq!(changes.last(), Some(&(5, ObjectType::MediaPool, q.into())));
    assert!(changes.contains(&(1, ObjectType::LogicalMedia, held.into())));
    assert!(changes.contains(&(1, ObjectType::PhysicalMedia, medium.physical_media.into())));
    let record = f.session.info(held).unwrap();
    assert!(record.pool == q && record.common.modified > before);
    let counts = [p, q].map(|pool| f.session.info(pool).unwrap().number_of_logical_media);
    assert_eq!(counts, [0, 1]);
    f.refused(ErrorKind::InvalidMediaPool, || f.session.move_to_pool(medium.physical_media, free));
}

#[test]
fn media_v5() {
    let f = open_catalog();
    let (p, q) = (f.pool(r"\App\P", T1), f.pool(r"\App\Q", T2));
    let medium = f.medium(p, &[Available], 1).physical_media;
    f.refused(ErrorKind::MediaIncompatible, || f.session.move_to_pool(medium, q));
}

#[test]
fn media_v6_in_use_or_disabled() {
    let f = open_catalog();
    let (p, q) = (f.pool(r"\App\P", T1), f.pool(r"\App\Q", T1));
    let medium = f.medium(p, &[Available], 1).physical_media;
    for state in 1..=6 {
        f.sql("UPDATE medium SET state = ?1", [state]);
        f.refused(ErrorKind::Busy, || f.session.move_to_pool(medium, q));
    }
    f.sql("UPDATE medium SET state = 0", []);
    f.session.disable(medium).unwrap();
    f.refused(ErrorKind::Busy, || f.session.move_to_pool(medium, q));
    f.session.enable(medium).unwrap();
    f.session.move_to_pool(medium, q).unwrap();
}

#[test]
fn media_v7() {
    let f = open_catalog();
    let (free, p) = (f.system_pool("Free", T1), f.pool(r"\App\P", T1));
    let medium = medium_in(&f, free, T1, &[Available]);
    let user = f.user();
    f.grant("pool", p, 4);
    f.grant("pool", free, 1);
    user.move_to_pool(medium.physical_media, p).unwrap();
    assert_eq!(states(&f, &medium), [Available]);
    user.move_to_pool(medium.physical_media, free).unwrap();
    assert_eq!(states(&f, &medium), [Unprepared]);
}

#[test]
fn media_v8() {
    let f = open_catalog();
    let (import, p) = (f.system_pool("Import", T2), f.pool(r"\App\P", T2));
    let medium = f.medium(import, &[Import, Import], 1);
    f.bring_online(medium.physical_media, f.library(1));
    let allocation = AllocateRequest::from(p).naming(medium.sides[0].side);
    let held = f.session.allocate_media(allocation).unwrap().logical_media;
    let back = || f.session.move_to_pool(medium.physical_media, import);
    f.refused(ErrorKind::InvalidMediaPool, back);
    f.session.deallocate_media(held).unwrap();
    f.refused(ErrorKind::InvalidMediaPool, back);
    put(&f, &medium, p, &[Import, Import]);
    back().unwrap();
    assert_eq!(f.session.info(medium.physical_media).unwrap().pool, import);
}

#[test]
fn media_v9_a_medium_that_waits_for_its_label_moves_nowhere() {
    let f = open_catalog();
    let (free, p) = (f.system_pool("Free", T1), f.pool(r"\App\P", T1));
    let medium = medium_in(&f, free, T1, &[Unprepared]);
    f.refused(ErrorKind::Busy, || f.session.move_to_pool(medium.physical_media, p));
    f.session.move_to_pool(medium.physical_media, free).unwrap();
    assert_eq!(f.last_changes(), [(5, ObjectType::MediaPool, free.into())]);
    assert_eq!(states(&f, &medium), [Unprepared]);
}

#[test]
fn media_v_table_of_permitted_moves() {
    let f = open_catalog();
    let system = |root| f.system_pool(root, T1);
    let pools = [f.pool(r"\App\P", T1), system("Free"), system("Import"), system("Unrecognized")];
    let other = f.pool(r"\App\Q", T1);
    let state_in = [Available, Available, Import, Unrecognized];
    for (from, state) in pools.into_iter().zip(state_in) {
        for to in pools.into_iter().chain([other]) {
            let [p, free, ..] = pools;
            let application = [p, other];
            let permitted = from == to
                || from == free && application.contains(&to)
                || application.contains(&from) && (application.contains(&to) || to == free)
                || from != free && !application.contains(&from) && to == free;
            let medium = medium_in(&f, from, T1, &[state]).physical_media;
            if permitted {
                f.session.move_to_pool(medium, to).unwrap();
                assert_eq!(f.session.info(medium).unwrap().pool, to);
            } else {
                f.refused(ErrorKind::InvalidMediaPool, || f.session.move_to_pool(medium, to));
            }
        }
    }
}

#[test]
fn media_v_sides_that_forbid_a_move() {
    let f = open_catalog();
    let (p, q) = (f.pool(r"\App\P", T2), f.pool(r"\App\Q", T2));
    let free = f.system_pool("Free", T2);
    let unrecognized = f.system_pool("Unrecognized", T2);
    let to = |from, to, states: &[SideState], error: Option<ErrorKind>| {
        let medium = medium_in(&f, from, T2, states);
        let call = || f.session.move_to_pool(medium.physical_media, to);
        match error {
            Some(kind) => f.refused(kind, call),
            None => call().unwrap(),
        }
        placed::states(&f, &medium)
    };
    for held in [[Allocated, Available], [Complete, Decommissioned], [Allocated, Reserved]] {
        to(p, free, &held, Some(ErrorKind::InvalidMediaPool));
        assert_eq!(to(p, q, &held, None), held);
    }
    let unfit = Some(ErrorKind::MediaIncompatible);
    to(p, q, &[Available, Incompatible], unfit);
    to(p, free, &[Incompatible, Decommissioned], unfit);
    to(unrecognized, free, &[Incompatible, Unrecognized], unfit);
    to(unrecognized, free, &[Unknown, Unrecognized], Some(ErrorKind::Busy));
    assert_eq!(to(p, free, &[Import, Available], None), [Unprepared, Unprepared]);
    let spent = [Decommissioned, Available];
    assert_eq!(to(p, free, &spent, None), [Decommissioned, Unprepared]);
}

#[test]
fn media_v_types_that_get_no_free_label() {
    let f = open_catalog();
    // Read-only never does, write-once only while no label is recorded.
    for code in [MediaTypeCode::CdRom, MediaTypeCode::CdR] {
        let (free, unrecognized) =
            (f.system_pool("Free", code), f.system_pool("Unrecognized", code));
        let medium = medium_in(&f, unrecognized, code, &[Unrecognized]).physical_media;
        let call = || f.session.move_to_pool(medium, free);
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
fn media_v_bad_input_in_order() {
    let f = open_catalog();
    let (p, q) = (f.pool(r"\App\P", T1), f.pool(r"\App\Q", T1));
    let app: PoolId = f.id("SELECT id FROM pool WHERE name = 'App'", []);
    let root: PoolId = f.id("SELECT id FROM pool WHERE key = 1", []);
    let created = f.medium(p, &[Available], 1);
    let medium = created.physical_media;
    let call = |medium, pool| f.session.move_to_pool(medium, pool);
    f.refused(ErrorKind::InvalidParameter, || call(PhysicalMediaId::NULL, q));
    f.refused(ErrorKind::InvalidParameter, || call(medium, PoolId::NULL));
    f.refused(ErrorKind::InvalidMedia, || call(unknown(), unknown()));
    f.refused(ErrorKind::InvalidMedia, || call(cast(created.sides[0].side), q));
    f.refused(ErrorKind::InvalidMedia, || call(cast(p), q));
    for pool in [unknown(), cast(medium), app, root] {
        f.refused(ErrorKind::InvalidMediaPool, || call(medium, pool));
    }
    let user = f.user();
    f.refused(ErrorKind::InvalidMediaPool, || user.move_to_pool(medium, app));
    // Rights are tested before everything about the move itself, and of a move to the same pool.
    let elsewhere = f.system_pool("Import", T2);
    f.refused(ErrorKind::AccessDenied, || user.move_to_pool(medium, elsewhere));
    f.refused(ErrorKind::AccessDenied, || user.move_to_pool(medium, p));
    call(medium, p).unwrap();
    f.session.close().unwrap();
    f.refused(ErrorKind::InvalidHandle, || call(medium, q));
}

#[test]
fn media_v_rights() {
    const USE: u32 = 1;
    const MODIFY: u32 = 2;
    const CONTROL: u32 = 4;
    let cases = [(AccessModel::Server2003, CONTROL, USE), (AccessModel::WindowsXp, MODIFY, MODIFY)];
    for (model, on_pool, on_free) in cases {
        let f = open_catalog_with(model);
        let (free, p, q) =
            (f.system_pool("Free", T1), f.pool(r"\App\P", T1), f.pool(r"\App\Q", T1));
        let medium = f.medium(p, &[Available], 1).physical_media;
        let user = f.user();
        for (grants, to, permitted) in [
            ([on_pool, 7 & !on_pool, 7], q, false),
            ([7 & !on_pool, on_pool, 7], q, false),
            ([on_pool, on_pool, 0], q, true),
            ([7 & !on_pool, on_pool, 0], p, false),
            ([7, on_pool, 7 & !on_free], free, false),
            ([7, 7 & !on_pool, on_free], free, false),
            ([0, on_pool, on_free], free, true),
        ] {
            for (pool, rights) in [p, q, free].into_iter().zip(grants) {
                f.grant("pool", pool, rights);
            }
            let call = || user.move_to_pool(medium, to);
            if permitted {
                call().unwrap();
            } else {
                f.refused(ErrorKind::AccessDenied, call);
            }
        }
    }
}
