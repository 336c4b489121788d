//! EnumerateNtmsObject: examples E1-E5, containers, order, long lists, bad input.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

mod support;

use rsm::ErrorKind;
use rsm::model::{
    CreateMediaOptions, CreatedMedia, EnumerateOptions, KNOWN_MEDIA_TYPES, LibraryId,
    MediumDescription, ObjectId, ObjectType, PoolId, SideDescription, SideState,
};
use support::{Fixture, T1, T2, label, open_catalog, unknown};

use SideState::{Allocated, Available, Complete};

const DEFAULT: EnumerateOptions = EnumerateOptions::DEFAULT;

/// The list, made in both ways.
#[track_caller]
fn list(f: &Fixture, container: Option<ObjectId>, kind: ObjectType) -> Vec<ObjectId> {
    let ids = f.session.enumerate(container, kind, DEFAULT).unwrap();
    let each: rsm::Result<Vec<ObjectId>> =
        f.session.objects(container, kind, DEFAULT).unwrap().collect();
    assert_eq!(each.unwrap(), ids);
    ids
}

fn offline(f: &Fixture) -> LibraryId {
    f.id("SELECT id FROM library WHERE key = 1", [])
}

fn media(created: &[&CreatedMedia]) -> Vec<ObjectId> {
    created.iter().map(|c| c.physical_media.into()).collect()
}

fn sides(created: &[&CreatedMedia]) -> Vec<ObjectId> {
    created.iter().flat_map(|c| c.sides.iter().map(|side| side.side.into())).collect()
}

fn logical(created: &[&CreatedMedia]) -> Vec<ObjectId> {
    let sides = created.iter().flat_map(|c| c.sides.iter());
    sides.filter_map(|side| side.logical_media).map(Into::into).collect()
}

#[test]
fn objects_e1() {
    let f = open_catalog();
    assert_eq!(list(&f, None, ObjectType::Library), [offline(&f).into()]);
    let library = f.library(1);
    assert_eq!(list(&f, None, ObjectType::Library), [offline(&f).into(), library.into()]);
}

#[test]
fn objects_e2_media_are_listed_where_they_are() {
    let f = open_catalog();
    let library = f.library(1);
    let pool = f.pool(r"\App\P", T1);
    let (one, two) = (f.medium(pool, &[Available], 1), f.medium(pool, &[Available], 2));
    f.bring_online(two.physical_media, library);
    let of = |library: LibraryId| list(&f, Some(library.into()), ObjectType::PhysicalMedia);
    assert_eq!(of(offline(&f)), media(&[&one]));
    assert_eq!(of(library), media(&[&two]));
    assert_eq!(list(&f, None, ObjectType::PhysicalMedia), media(&[&one, &two]));
}

#[test]
fn objects_e3() {
    let f = open_catalog();
    let pool = f.pool(r"\App\P", T2);
    let medium = f.medium(pool, &[Available, Allocated], 1);
    let of = |n: usize| list(&f, Some(medium.sides[n].side.into()), ObjectType::LogicalMedia);
    assert!(of(0).is_empty());
    assert_eq!(of(1), logical(&[&medium]));
}

#[test]
fn objects_e4_containers_that_cannot_contain_that_kind() {
    let f = open_catalog();
    let pool = f.pool(r"\App\P", T1);
    let medium = f.medium(pool, &[Allocated], 1);
    let containers: [(ObjectId, &[ObjectType]); 6] = [
        (f.id("SELECT id FROM computer", []), &[]),
        (f.media_type(T1).into(), &[]),
        (
            offline(&f).into(),
            &[
                ObjectType::Changer,
                ObjectType::Drive,
                ObjectType::InsertEjectDoor,
                ObjectType::InsertEjectPort,
                ObjectType::StorageSlot,
                ObjectType::LibraryRequest,
                ObjectType::MediaType,
                ObjectType::PhysicalMedia,
            ],
        ),
        (
            pool.into(),
            &[
                ObjectType::MediaPool,
                ObjectType::PhysicalMedia,
                ObjectType::Side,
                ObjectType::LogicalMedia,
            ],
        ),
        (medium.physical_media.into(), &[ObjectType::Side]),
        (medium.sides[0].logical_media.unwrap().into(), &[ObjectType::Side]),
    ];
    for (container, contains) in containers {
        for value in 0..=18 {
            let kind = ObjectType::try_from(value).unwrap();
            let list = || f.session.enumerate(Some(container), kind, DEFAULT);
            if contains.contains(&kind) {
                list().unwrap();
            } else {
                f.refused(ErrorKind::InvalidParameter, list);
            }
        }
    }
}

#[test]
fn objects_e5() {
    let f = open_catalog();
    let app = f.session.open_pool("App", None, rsm::model::PoolOpenMode::CreateNew).unwrap();
    let below = f.pool(r"\App\P", T1);
    let system = ["Free", "Import", "Unrecognized"]
        .map(|name| f.id::<PoolId>("SELECT id FROM pool WHERE name = ?1", [name]));
    let root: PoolId = f.id("SELECT id FROM pool WHERE key = 1", []);
    let mut top: Vec<ObjectId> = system.map(Into::into).into();
    top.push(app.into());
    assert_eq!(list(&f, None, ObjectType::MediaPool), top);
    assert_eq!(list(&f, Some(root.into()), ObjectType::MediaPool), top);
    assert_eq!(list(&f, Some(app.into()), ObjectType::MediaPool), [below.into()]);
    let option = EnumerateOptions::INCLUDE_ROOT_POOL;
    let with_root = f.session.enumerate(None, ObjectType::MediaPool, option).unwrap();
    top.insert(0, root.into());
    assert_eq!(with_root, top);
    let mut each = f.session.objects(None, ObjectType::MediaPool, option).unwrap();
    assert_eq!(each.next().unwrap().unwrap(), root.into());
    assert_eq!(each.count(), 4);
}

#[test]
fn objects_enumerate_media_sides_and_what_is_on_them() {
    let f = open_catalog();
    let (p, q) = (f.pool(r"\App\P", T2), f.pool(r"\App\Q", T2));
    let one = f.medium(p, &[Available, Allocated], 1);
    let two = f.medium(q, &[Complete, Available], 3);
    let three = f.medium(p, &[Allocated, Complete], 5);
    let all = [&one, &two, &three];
    assert_eq!(list(&f, None, ObjectType::PhysicalMedia), media(&all));
    assert_eq!(list(&f, None, ObjectType::Side), sides(&all));
    assert_eq!(list(&f, None, ObjectType::LogicalMedia), logical(&all));
    let in_p = [&one, &three];
    assert_eq!(list(&f, Some(p.into()), ObjectType::PhysicalMedia), media(&in_p));
    assert_eq!(list(&f, Some(p.into()), ObjectType::Side), sides(&in_p));
    assert_eq!(list(&f, Some(p.into()), ObjectType::LogicalMedia), logical(&in_p));
    assert_eq!(list(&f, Some(two.physical_media.into()), ObjectType::Side), sides(&[&two]));
    let held = two.sides[0].logical_media.unwrap();
    assert_eq!(list(&f, Some(held.into()), ObjectType::Side), [two.sides[0].side.into()]);
    // Containment is direct.
    let app: PoolId = f.id("SELECT id FROM pool WHERE name = 'App'", []);
    for kind in [ObjectType::PhysicalMedia, ObjectType::Side, ObjectType::LogicalMedia] {
        assert!(list(&f, Some(app.into()), kind).is_empty());
    }
}

#[test]
fn objects_enumerate_types_and_devices() {
    let f = open_catalog();
    assert_eq!(list(&f, None, ObjectType::MediaType).len(), KNOWN_MEDIA_TYPES.len());
    assert_eq!(list(&f, None, ObjectType::Computer).len(), 1);
    let (one, two) = (f.library(1), f.library(2));
    assert!(list(&f, Some(one.into()), ObjectType::MediaType).is_empty());
    for code in [T2, T1] {
        f.session.add_media_type(f.media_type(code), one).unwrap();
    }
    let listed = [f.media_type(T2).into(), f.media_type(T1).into()];
    assert_eq!(list(&f, Some(one.into()), ObjectType::MediaType), listed);
    let pool = f.pool(r"\App\P", T1);
    f.bring_online(f.medium(pool, &[Available], 1).physical_media, two);
    for kind in [ObjectType::Changer, ObjectType::StorageSlot] {
        assert!(list(&f, Some(one.into()), kind).is_empty());
        assert_eq!(list(&f, Some(two.into()), kind), list(&f, None, kind));
        assert_eq!(list(&f, None, kind).len(), 1);
    }
    for kind in [
        ObjectType::Drive,
        ObjectType::InsertEjectDoor,
        ObjectType::InsertEjectPort,
        ObjectType::LibraryRequest,
        ObjectType::OperatorRequest,
        ObjectType::ChangerType,
        ObjectType::DriveType,
    ] {
        assert!(list(&f, None, kind).is_empty());
    }
}

#[test]
fn objects_enumerate_goes_on_over_the_end_of_a_page() {
    const MEDIA: u32 = 1030;
    let f = open_catalog();
    let pool = f.pool(r"\App\P", T2);
    let create = |n: u32| {
        let sides = vec![
            SideDescription::new(Available, label(n)),
            SideDescription::new(Allocated, label(n + MEDIA)),
        ];
        let medium = MediumDescription::new(pool);
        f.session.create_offline_media(medium, sides, CreateMediaOptions::empty()).unwrap()
    };
    let created: Vec<_> = (0..MEDIA).map(create).collect();
    let all: Vec<&CreatedMedia> = created.iter().collect();
    for container in [None, Some(pool.into())] {
        assert_eq!(list(&f, container, ObjectType::PhysicalMedia), media(&all));
        assert_eq!(list(&f, container, ObjectType::Side), sides(&all));
        assert_eq!(list(&f, container, ObjectType::LogicalMedia), logical(&all));
    }
    // The catalog can be used meanwhile, and the end comes when it is asked for.
    let mut each = f.session.objects(None, ObjectType::Side, DEFAULT).unwrap();
    for side in each.by_ref().take(1025) {
        f.session.find(side.unwrap()).unwrap();
    }
    f.session.close().unwrap();
    let error = each.find_map(Result::err).unwrap();
    assert_eq!(error.kind(), ErrorKind::InvalidHandle);
    assert!(each.next().is_none());
}

#[test]
fn objects_enumerate_is_stable_while_others_change_the_list() {
    const MEDIA: u32 = 2500;
    let f = open_catalog();
    let (p, q) = (f.pool(r"\App\P", T1), f.pool(r"\App\Q", T1));
    let created: Vec<_> = (0..MEDIA).map(|n| f.medium(p, &[Available], n)).collect();
    let all = media(&created.iter().collect::<Vec<_>>());
    // What goes is seen or not; what stays is seen once and in order; the new comes last.
    let mut each = f.session.objects(Some(p.into()), ObjectType::PhysicalMedia, DEFAULT).unwrap();
    let first: Vec<ObjectId> = each.by_ref().take(1000).map(Result::unwrap).collect();
    for n in [0, 500, 1500] {
        f.session.delete_offline_media(created[n].physical_media).unwrap();
    }
    for n in [10, 1600] {
        f.session.move_to_pool(created[n].physical_media, q).unwrap();
    }
    let late = f.medium(p, &[Available], MEDIA);
    let rest: Vec<ObjectId> = each.map(Result::unwrap).collect();
    assert_eq!(first, all[..1000]);
    let mut expected = all[1000..].to_vec();
    expected.retain(|id| ![all[1500], all[1600]].contains(id));
    expected.extend(media(&[&late]));
    assert_eq!(rest, expected);

    // A container that goes ends its list.
    let mut each = f.session.objects(Some(q.into()), ObjectType::PhysicalMedia, DEFAULT).unwrap();
    for n in [10, 1600] {
        f.session.move_to_pool(created[n].physical_media, p).unwrap();
    }
    f.session.delete_pool(q).unwrap();
    assert!(each.next().is_none());
}

#[test]
fn objects_enumerate_bad_input() {
    let f = open_catalog();
    let pool = f.pool(r"\App\P", T1);
    let invalid = ErrorKind::InvalidParameter;
    let list = |container: Option<ObjectId>, kind, options| {
        let each = f.session.objects(container, kind, options);
        let all = f.session.enumerate(container, kind, options);
        assert_eq!(each.err().map(|e| e.kind()), all.as_ref().err().map(|e| e.kind()));
        all
    };
    for kind in [ObjectType::Unknown, ObjectType::Generic, ObjectType::UiDestination] {
        f.refused(invalid, || list(None, kind, DEFAULT));
    }
    let root = EnumerateOptions::INCLUDE_ROOT_POOL;
    let unknown_bit = EnumerateOptions::from_bits_retain(2);
    f.refused(invalid, || list(None, ObjectType::MediaPool, unknown_bit));
    f.refused(invalid, || list(None, ObjectType::PhysicalMedia, root));
    f.refused(invalid, || list(Some(pool.into()), ObjectType::MediaPool, root));
    f.refused(invalid, || list(Some(ObjectId::NULL), ObjectType::MediaPool, DEFAULT));
    f.refused(ErrorKind::ObjectNotFound, || list(Some(unknown()), ObjectType::MediaPool, DEFAULT));
    f.session.close().unwrap();
    f.refused(ErrorKind::InvalidHandle, || list(None, ObjectType::MediaPool, DEFAULT));
}

#[test]
fn objects_enumerate_needs_no_right() {
    let f = open_catalog();
    let pool = f.pool(r"\App\P", T1);
    let medium = f.medium(pool, &[Available], 1);
    let user = f.user();
    f.grant("pool", pool, 0);
    let computer: PoolId = f.id("SELECT id FROM computer", []);
    f.grant("computer", computer, 0);
    let listed = user.enumerate(Some(pool.into()), ObjectType::PhysicalMedia, DEFAULT).unwrap();
    assert_eq!(listed, media(&[&medium]));
}
