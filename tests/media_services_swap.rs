//! SwapNtmsMedia: examples S1-S5, what stays with what, bad input, rights.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

#[path = "support/robot.rs"]
mod robot;
mod support;

use std::time::Duration;

use rsm::ErrorKind;
use rsm::model::{
    AllocateRequest, CreateMediaOptions, CreatedMedia, DismountOptions, LogicalMediaId, MediaState,
    MediumDescription, MountRequest, ObjectType, PoolId, SideDescription, SideId, SideState,
};
use support::{Fixture, T1, T2, cast, label, open_catalog, unknown};

use SideState::{Allocated, Available, Complete, Reserved};

/// One-sided media that are held, in one pool.
fn held(f: &Fixture, count: u32) -> (PoolId, Vec<LogicalMediaId>, Vec<SideId>) {
    let pool = f.pool(r"\App\P", T1);
    let media: Vec<CreatedMedia> = (0..count).map(|n| f.medium(pool, &[Allocated], n)).collect();
    let logical = media.iter().map(|medium| medium.sides[0].logical_media.unwrap());
    (pool, logical.collect(), media.iter().map(|medium| medium.sides[0].side).collect())
}

/// The side a logical medium is on, and it on the side.
fn side_of(f: &Fixture, logical: LogicalMediaId) -> SideId {
    let sides: Vec<SideId> = f.session.list(Some(logical.into())).unwrap();
    let [side] = sides[..] else { panic!("{logical} is on {sides:?}") };
    assert_eq!(f.session.info(side).unwrap().logical_media, Some(logical));
    side
}

fn sides_of<const N: usize>(f: &Fixture, logical: [LogicalMediaId; N]) -> [SideId; N] {
    logical.map(|logical| side_of(f, logical))
}

fn forwards(f: &Fixture) -> i64 {
    let sql = "SELECT count(*) FROM logical_forward";
    f.connection().query_row(sql, [], |row| row.get(0)).unwrap()
}

fn check(f: &Fixture) {
    assert_eq!(f.manager.check().unwrap(), []);
}

#[test]
fn media_s1() {
    let f = open_catalog();
    let (_, l, m) = held(&f, 2);
    f.session.swap_media(l[0], l[1]).unwrap();
    assert_eq!(sides_of(&f, [l[0], l[1]]), [m[1], m[0]]);
    check(&f);
}

#[test]
fn media_s1_mounting_the_old_id_loads_the_new_medium() {
    let robot = robot::Robot::with_tapes(1, &["A00001", "A00002"]);
    robot.prepare_all();
    let (m1, m2) = (robot.by_bar_code("A00001").id, robot.by_bar_code("A00002").id);
    let (l1, l2) = (robot.allocate(m1).logical_media, robot.allocate(m2).logical_media);
    robot.session.swap_media(l1, l2).unwrap();
    for (held, medium) in [(l1, m2), (l2, m1)] {
        let mount = robot.mount(held);
        assert_eq!(mount.side(), robot.side(medium).id);
        assert_eq!(robot.medium(medium).media_state, MediaState::Loaded);
        mount.dismount(DismountOptions::IMMEDIATE).unwrap();
        robot.settle();
    }
    robot.check();
}

#[test]
fn media_s2() {
    let f = open_catalog();
    let (_, l, _) = held(&f, 1);
    let q = f.medium(f.pool(r"\App\Q", T1), &[Allocated], 7).sides[0].logical_media.unwrap();
    f.refused(ErrorKind::InvalidMediaPool, || f.session.swap_media(l[0], q));
    f.refused(ErrorKind::InvalidMediaPool, || f.session.swap_media(q, l[0]));
}

#[test]
fn media_s3() {
    let f = open_catalog();
    let (_, l, _) = held(&f, 2);
    f.session.complete_media(l[0]).unwrap();
    f.refused(ErrorKind::InvalidState, || f.session.swap_media(l[0], l[1]));
    f.refused(ErrorKind::InvalidState, || f.session.swap_media(l[1], l[0]));
}

#[test]
fn media_s4() {
    let robot = robot::Robot::with_tapes(1, &["A00001", "A00002"]);
    robot.prepare_all();
    let [l1, l2] =
        ["A00001", "A00002"].map(|code| robot.allocate(robot.by_bar_code(code).id).logical_media);
    let mount = robot.mount(l1);
    for (first, second) in [(l1, l2), (l2, l1)] {
        let error = robot.session.swap_media(first, second).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidMedia);
        assert_eq!(error.object(), Some((ObjectType::LogicalMedia, l1.into())));
    }
    // Idle in the drive it was left in.
    mount.dismount(DismountOptions::DEFERRED).unwrap();
    robot.session.swap_media(l1, l2).unwrap();
    let mount = robot.session.mount(MountRequest::from(l2)).unwrap();
    assert_eq!(mount.side(), robot.side(robot.by_bar_code("A00001").id).id);
    drop(mount);
    robot.check();
}

#[test]
fn media_s5() {
    let f = open_catalog();
    let p = f.pool(r"\App\P", T2);
    let medium = f.medium(p, &[Available, Available], 1);
    f.bring_online(medium.physical_media, f.library(1));
    let whole = AllocateRequest::from(p).new_medium();
    let l1 = f.session.allocate_media(whole).unwrap().logical_media;
    let next = AllocateRequest::from(p).next_of(l1);
    let l2 = f.session.allocate_media(next).unwrap().logical_media;
    let [a, b] = [medium.sides[0].side, medium.sides[1].side];
    f.session.swap_media(l1, l2).unwrap();
    assert_eq!(sides_of(&f, [l1, l2]), [b, a]);
    check(&f);
    f.session.swap_media(l1, l2).unwrap();
    assert_eq!(sides_of(&f, [l1, l2]), [a, b]);
    assert_eq!(forwards(&f), 0);
    check(&f);
}

#[test]
fn media_s_what_stays_with_the_id_and_what_with_the_side() {
    let f = open_catalog();
    let (pool, l, m) = held(&f, 2);
    let mut info = f.session.info(l[0]).unwrap();
    info.common.name = "Accounts".to_owned();
    info.common.description = "of the year".to_owned();
    f.session.set_info(&info).unwrap();
    let logical = [0, 1].map(|n| f.session.info(l[n]).unwrap());
    let sides = [0, 1].map(|n| f.session.info(m[n]).unwrap());
    let counters = f.session.info(pool).unwrap();
    f.clock.advance(Duration::from_secs(60));
    f.session.swap_media(l[0], l[1]).unwrap();
    let now = f.session.info(m[0]).unwrap().common.modified;
    for n in [0, 1] {
        let mut expected = logical[n].clone();
        assert!(expected.common.modified < now);
        expected.common.modified = now;
        assert_eq!(f.session.info(l[n]).unwrap(), expected);
        let mut expected = sides[n].clone();
        expected.common.modified = now;
        expected.logical_media = Some(l[1 - n]);
        assert_eq!(f.session.info(m[n]).unwrap(), expected);
    }
    assert_eq!(f.session.info(pool).unwrap(), counters);
    let changed = [
        (1, ObjectType::Side, m[0].into()),
        (1, ObjectType::Side, m[1].into()),
        (1, ObjectType::LogicalMedia, l[0].into()),
        (1, ObjectType::LogicalMedia, l[1].into()),
    ];
    assert_eq!(f.last_changes(), changed);
}

#[test]
fn media_s_a_medium_held_whole_stays_so() {
    let f = open_catalog();
    let p = f.pool(r"\App\P", T2);
    let media = [1, 5].map(|n| f.medium(p, &[Allocated, Reserved], n));
    let library = f.library(1);
    media.iter().for_each(|medium| f.bring_online(medium.physical_media, library));
    let [l1, l2] = [0, 1].map(|n| media[n].sides[0].logical_media.unwrap());
    f.session.swap_media(l1, l2).unwrap();
    let next = f.session.allocate_media(AllocateRequest::from(p).next_of(l1)).unwrap();
    assert_eq!(next.side, media[1].sides[1].side, "the flip side of where it is now");
    f.session.deallocate_media(l2).unwrap();
    assert_eq!(f.session.info(media[0].sides[1].side).unwrap().state, Available);
    check(&f);
}

#[test]
fn media_s_any_number_of_swaps_leads_to_the_right_sides() {
    let f = open_catalog();
    let (pool, mut l, m) = held(&f, 3);
    // An id that came from elsewhere carries no side's key.
    let foreign: LogicalMediaId = unknown();
    let side = SideDescription::new(Allocated, label(9)).logical_media(foreign);
    let options = CreateMediaOptions::empty();
    let medium = MediumDescription::new(pool);
    let fourth = f.session.create_offline_media(medium, vec![side], options).unwrap();
    l.push(foreign);
    let m: Vec<SideId> = m.into_iter().chain([fourth.sides[0].side]).collect();
    let mut on = [0, 1, 2, 3];
    for (a, b) in [(0, 1), (1, 2), (0, 2), (2, 3), (3, 0), (0, 1), (1, 3), (2, 3), (0, 3)] {
        f.session.swap_media(l[a], l[b]).unwrap();
        on.swap(a, b);
        for n in 0..4 {
            assert_eq!(side_of(&f, l[n]), m[on[n]], "{n} after {a} and {b}");
        }
        check(&f);
    }
    // Home again, whatever the way was.
    for n in 0..4 {
        if let Some(other) = (n..4).find(|other| on[*other] == n && *other != n) {
            f.session.swap_media(l[n], l[other]).unwrap();
            on.swap(n, other);
        }
    }
    assert_eq!(on, [0, 1, 2, 3]);
    assert_eq!(forwards(&f), 1, "only the one from elsewhere needs one");
    check(&f);
}

#[test]
fn media_s_a_swapped_medium_ends_where_it_is() {
    let f = open_catalog();
    let (pool, l, m) = held(&f, 2);
    let library = f.library(1);
    let media: Vec<rsm::model::PhysicalMediaId> = f.session.list(Some(pool.into())).unwrap();
    media.into_iter().for_each(|medium| f.bring_online(medium, library));
    f.session.swap_media(l[0], l[1]).unwrap();
    f.session.deallocate_media(l[0]).unwrap();
    let states = [0, 1].map(|n| f.session.info(m[n]).unwrap().state);
    assert_eq!(states, [Allocated, Available]);
    f.refused(ErrorKind::InvalidMedia, || f.session.swap_media(l[0], l[1]));
    let again = f.session.allocate_media(AllocateRequest::from(pool)).unwrap().logical_media;
    assert_eq!(sides_of(&f, [l[1], again]), [m[0], m[1]]);
    f.session.swap_media(again, l[1]).unwrap();
    assert_eq!(sides_of(&f, [l[1], again]), [m[1], m[0]]);
    f.session.deallocate_media(l[1]).unwrap();
    f.session.deallocate_media(again).unwrap();
    assert_eq!(forwards(&f), 0);
    check(&f);
}

#[test]
fn media_s_in_use_offline_or_disabled() {
    let f = open_catalog();
    let (_, l, m) = held(&f, 2);
    for state in 1..=6 {
        f.sql("UPDATE medium SET state = ?1 WHERE key = 2", [state]);
        f.refused(ErrorKind::InvalidMedia, || f.session.swap_media(l[0], l[1]));
    }
    f.sql("UPDATE medium SET state = 0", []);
    // Where a medium is and whether it may be mounted is nothing to a swap.
    let medium = f.session.info(m[0]).unwrap().physical_media;
    f.session.disable(medium).unwrap();
    f.bring_online(medium, f.library(1));
    f.session.swap_media(l[0], l[1]).unwrap();
    assert_eq!(sides_of(&f, [l[0], l[1]]), [m[1], m[0]]);
    check(&f);
}

#[test]
fn media_s_sides_without_a_label() {
    let f = open_catalog();
    let (_, l, _) = held(&f, 2);
    let erase = "UPDATE side SET label_type = NULL, label_id = NULL, label_info = NULL \
                 WHERE key >> 8 = ?1";
    f.sql(erase, [2]);
    f.refused(ErrorKind::BadFormat, || f.session.swap_media(l[0], l[1]));
    f.refused(ErrorKind::BadFormat, || f.session.swap_media(l[1], l[0]));
    f.sql("UPDATE side SET label_type = 't', label_id = x'', label_info = ''", []);
    f.refused(ErrorKind::BadFormat, || f.session.swap_media(l[0], l[1]));
}

#[test]
fn media_s_bad_input_in_order() {
    let f = open_catalog();
    let (pool, l, m) = held(&f, 2);
    let call = |first, second| f.session.swap_media(first, second);
    for (first, second) in [
        (LogicalMediaId::NULL, l[0]),
        (l[0], LogicalMediaId::NULL),
        (unknown(), LogicalMediaId::NULL),
    ] {
        f.refused(ErrorKind::InvalidParameter, || call(first, second));
    }
    let medium = f.session.info(m[0]).unwrap().physical_media;
    for wrong in [unknown(), cast(m[0]), cast(medium), cast(pool), l[0]] {
        f.refused(ErrorKind::InvalidMedia, || call(l[0], wrong));
        f.refused(ErrorKind::InvalidMedia, || call(wrong, l[0]));
    }
    // Each check comes before those below it.
    let q = f.pool(r"\App\Q", T1);
    let elsewhere = f.medium(q, &[Complete], 7).sides[0].logical_media.unwrap();
    f.sql("UPDATE medium SET state = 1", []);
    f.sql("UPDATE side SET label_type = NULL, label_id = NULL, label_info = NULL", []);
    let user = f.user();
    f.refused(ErrorKind::InvalidMedia, || user.swap_media(l[0], unknown()));
    f.refused(ErrorKind::AccessDenied, || user.swap_media(l[0], elsewhere));
    f.refused(ErrorKind::InvalidMediaPool, || call(l[0], elsewhere));
    let complete = f.medium(q, &[Complete], 8).sides[0].logical_media.unwrap();
    f.refused(ErrorKind::InvalidState, || call(elsewhere, complete));
    f.refused(ErrorKind::InvalidMedia, || call(l[0], l[1]));
    f.sql("UPDATE medium SET state = 0", []);
    f.refused(ErrorKind::BadFormat, || call(l[0], l[1]));
    f.session.close().unwrap();
    f.refused(ErrorKind::InvalidHandle, || call(l[0], l[1]));
}
