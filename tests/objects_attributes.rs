//! Attributes: examples W1-W3, whose they are, when they go, rights and bad input.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

mod support;

use std::sync::Arc;

use rsm::device::simulated::{ChangerLayout, SimulatedLibrary};
use rsm::model::{
    AccessModel, EnumerateOptions, LibraryId, ObjectId, ObjectType, OperatorTask, PoolId, SideState,
};
use rsm::{ErrorKind, Session};
use support::{Fixture, T1, T2, open_catalog, open_catalog_with, unknown};

use SideState::Allocated;

fn get(f: &Fixture, object: impl Into<ObjectId>, name: &str) -> Option<Vec<u8>> {
    match f.session.get_attribute(object, name) {
        Ok(data) => Some(data),
        Err(error) => {
            assert_eq!(error.kind(), ErrorKind::ObjectNotFound);
            None
        }
    }
}

fn stored(f: &Fixture) -> usize {
    f.dump()["attribute"].len()
}

#[test]
fn objects_w1() {
    let f = open_catalog();
    let pool = f.pool(r"\App\P", T1);
    let data: Vec<u8> = (0..65_535_u32).map(|n| n as u8).collect();
    f.session.set_attribute(pool, "all", &data).unwrap();
    assert_eq!(f.last_changes(), [(1, ObjectType::MediaPool, pool.into())]);
    assert_eq!(get(&f, pool, "all").unwrap(), data);
    let more = vec![0; 65_536];
    f.refused(ErrorKind::NoData, || f.session.set_attribute(pool, "all", &more));
    assert_eq!(get(&f, pool, "all").unwrap(), data);
    // Another value takes its place; none at all deletes it.
    f.session.set_attribute(pool, "all", b"x").unwrap();
    assert_eq!((get(&f, pool, "all").unwrap(), stored(&f)), (b"x".to_vec(), 1));
    f.session.set_attribute(pool, "all", &[]).unwrap();
    assert_eq!((get(&f, pool, "all"), stored(&f)), (None, 0));
    let before = f.dump();
    f.session.set_attribute(pool, "all", &[]).unwrap();
    assert!(f.dump() == before, "what is not there is deleted without a trace");
}

#[test]
fn objects_w2() {
    let f = open_catalog();
    let pool = f.pool(r"\App\P", T1);
    let longest = "n".repeat(31);
    f.session.set_attribute(pool, &longest, b"1").unwrap();
    f.session.set_attribute(pool, &"\u{e9}".repeat(31), b"2").unwrap();
    assert_eq!(get(&f, pool, &longest).unwrap(), b"1");
    for name in [String::new(), "n".repeat(32), "\u{e9}".repeat(32), "a\0".into(), "\n".into()] {
        f.refused(ErrorKind::InvalidName, || f.session.set_attribute(pool, &name, b"1"));
        f.refused(ErrorKind::ObjectNotFound, || f.session.get_attribute(pool, &name));
    }
}

#[test]
fn objects_w3() {
    let f = open_catalog();
    let pool = f.pool(r"\App\P", T1);
    f.session.set_attribute(pool, "a", b"small").unwrap();
    f.session.set_attribute(pool, "A", b"capital").unwrap();
    assert_eq!(get(&f, pool, "a").unwrap(), b"small");
    assert_eq!(get(&f, pool, "A").unwrap(), b"capital");
    assert_eq!(get(&f, pool, "a "), None);
}

#[test]
fn objects_attributes_belong_to_objects_of_every_kind() {
    let f = open_catalog();
    let layout = ChangerLayout { transports: 1, drives: 1, ports: 1, slots: 2 };
    let device = SimulatedLibrary::builder()
        .changer(layout)
        .media_type(T1.value())
        .door(rsm::device::simulated::DoorLayout::default());
    f.manager.attach(Arc::new(device.build().unwrap())).unwrap();
    f.medium(f.pool(r"\App\P", T1), &[Allocated], 1);
    f.session.submit_operator_request(OperatorTask::Message, Some("hello")).unwrap();
    let mut kinds = 0;
    for kind in ObjectType::ALL {
        let Ok(all) = f.session.enumerate(None, *kind, EnumerateOptions::DEFAULT) else { continue };
        for id in all {
            let name = format!("{kind:?}");
            f.session.set_attribute(id, &name, id.to_string().as_bytes()).unwrap();
            assert_eq!(get(&f, id, &name).unwrap(), id.to_string().as_bytes(), "{kind:?}");
        }
        kinds += 1;
    }
    assert_eq!(kinds, 16);
    let libraries: Vec<LibraryId> = f.session.list(None).unwrap();
    f.manager.detach(libraries[1]).unwrap();
    assert!(f.manager.check().unwrap().is_empty());
    // A library takes its parts with it, and what is kept beside them.
    f.session.delete_library(libraries[1]).unwrap();
    assert!(f.manager.check().unwrap().is_empty());
    let on: Vec<String> = f.dump()["attribute"].iter().map(|row| format!("{:?}", row[2])).collect();
    for kind in ["StorageSlot", "InsertEjectDoor", "InsertEjectPort", "Changer\"", "Drive\""] {
        assert!(!on.iter().any(|name| name.contains(kind)), "{kind} has left something");
    }
}

#[test]
fn objects_attributes_of_a_logical_medium_go_when_it_is_deallocated() {
    let f = open_catalog();
    let pool = f.pool(r"\App\P", T1);
    let medium = f.medium(pool, &[Allocated], 1);
    let held = medium.sides[0].logical_media.unwrap();
    f.session.set_attribute(held, "set", b"7").unwrap();
    f.session.set_attribute(medium.sides[0].side, "set", b"side").unwrap();
    f.session.set_attribute(medium.physical_media, "set", b"medium").unwrap();
    f.session.deallocate_media(held).unwrap();
    assert_eq!((get(&f, held, "set"), stored(&f)), (None, 2));
    f.session.delete_offline_media(medium.physical_media).unwrap();
    assert_eq!(stored(&f), 0);
    f.session.set_attribute(pool, "set", b"pool").unwrap();
    f.session.delete_pool(pool).unwrap();
    assert_eq!(stored(&f), 0);
}

#[test]
fn objects_attributes_stay_with_a_logical_medium_that_is_swapped() {
    let f = open_catalog();
    let pool = f.pool(r"\App\P", T2);
    let medium = f.medium(pool, &[Allocated, Allocated], 1);
    let [one, two] = [0, 1].map(|n: usize| medium.sides[n].logical_media.unwrap());
    f.session.set_attribute(one, "which", b"one").unwrap();
    f.session.set_attribute(two, "which", b"two").unwrap();
    f.session.set_attribute(medium.sides[0].side, "which", b"side").unwrap();
    f.session.swap_media(one, two).unwrap();
    assert_eq!(get(&f, one, "which").unwrap(), b"one");
    assert_eq!(get(&f, two, "which").unwrap(), b"two");
    assert_eq!(get(&f, medium.sides[0].side, "which").unwrap(), b"side");
    f.session.deallocate_media(one).unwrap();
    assert_eq!(get(&f, one, "which"), None);
    assert_eq!(get(&f, two, "which").unwrap(), b"two");
    assert!(f.manager.check().unwrap().is_empty());
}

#[test]
fn objects_attributes_do_not_change_the_record() {
    let f = open_catalog();
    let pool = f.pool(r"\App\P", T1);
    let before = f.session.info(pool).unwrap();
    f.clock.advance(std::time::Duration::from_secs(5));
    f.session.set_attribute(pool, "a", b"1").unwrap();
    assert_eq!(f.session.info(pool).unwrap(), before);
}

#[test]
fn objects_attributes_bad_input() {
    let f = open_catalog();
    let pool = f.pool(r"\App\P", T1);
    let null = ObjectId::NULL;
    f.refused(ErrorKind::InvalidParameter, || f.session.set_attribute(null, "a", b"1"));
    f.refused(ErrorKind::InvalidParameter, || f.session.get_attribute(null, "a"));
    let nothing: PoolId = unknown();
    f.refused(ErrorKind::ObjectNotFound, || f.session.set_attribute(nothing, "a", b"1"));
    f.refused(ErrorKind::ObjectNotFound, || f.session.set_attribute(nothing, "a", &[]));
    f.refused(ErrorKind::ObjectNotFound, || f.session.get_attribute(nothing, "a"));
    f.session.close().unwrap();
    f.refused(ErrorKind::InvalidHandle, || f.session.set_attribute(pool, "a", b"1"));
    f.refused(ErrorKind::InvalidHandle, || f.session.get_attribute(pool, "a"));
}

#[test]
fn objects_attributes_rights() {
    for model in [AccessModel::Server2003, AccessModel::WindowsXp] {
        let f = open_catalog_with(model);
        let pool = f.pool(r"\App\P", T1);
        let medium = f.medium(pool, &[Allocated], 1);
        let of_pool: [ObjectId; 4] = [
            pool.into(),
            medium.physical_media.into(),
            medium.sides[0].side.into(),
            medium.sides[0].logical_media.unwrap().into(),
        ];
        let user = f.user();
        let denied = |call: rsm::Result<()>| call.err().map(|error| error.kind());
        let set = |user: &Session, id| denied(user.set_attribute(id, "a", b"1"));
        let get = |user: &Session, id| denied(user.get_attribute(id, "a").map(drop));
        for id in of_pool {
            f.session.set_attribute(id, "a", b"0").unwrap();
            for (rights, may_get, may_set) in
                [(1, true, false), (2, false, true), (4, false, false)]
            {
                let free = model == AccessModel::WindowsXp;
                let expected = |may: bool| (!may && !free).then_some(ErrorKind::AccessDenied);
                f.grant("pool", pool, rights);
                assert_eq!(get(&user, id), expected(may_get), "{model:?} {rights}");
                assert_eq!(set(&user, id), expected(may_set), "{model:?} {rights}");
            }
        }
    }
}
