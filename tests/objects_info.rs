//! GetNtmsObjectInformation: what the records say, who may read them, bad input.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

mod support;

use rsm::model::{
    AccessModel, BarCodeState, ComputerId, DeviceType, Id, InventoryMethod, Label, LibraryFlags,
    LibraryId, LibraryType, LogicalMediaId, MediaState, MediaTypeId, MediumDescription, ObjectId,
    ObjectType, OperationalState, OperatorRequestId, PhysicalMediaId, PoolId, PoolType,
    ReadWriteKind, SideDescription, SideId, SideState,
};
use rsm::{ErrorKind, Identified, Session};
use support::{Fixture, T1, T2, cast, open_catalog, open_catalog_with, unknown};

/// One object of each kind there is.
struct Objects {
    computer: ComputerId,
    offline: LibraryId,
    media_type: MediaTypeId,
    pool: PoolId,
    medium: PhysicalMediaId,
    side: SideId,
    logical: LogicalMediaId,
}

fn objects(f: &Fixture) -> Objects {
    let pool = f.pool(r"\App\P", T2);
    let medium = f.medium(pool, &[SideState::Available, SideState::Complete], 1);
    Objects {
        computer: f.id("SELECT id FROM computer", []),
        offline: f.id("SELECT id FROM library WHERE key = 1", []),
        media_type: f.media_type(T2),
        pool,
        medium: medium.physical_media,
        side: medium.sides[1].side,
        logical: medium.sides[1].logical_media.unwrap(),
    }
}

#[test]
fn objects_info_of_a_medium_and_what_is_on_it() {
    let f = open_catalog();
    let pool = f.pool(r"\App\P", T2);
    let label = Label::new("t", [7]).info("info");
    let mut side = SideDescription::new(SideState::Allocated, label.clone());
    side.description = "first".to_owned();
    let other = SideDescription::new(SideState::Available, Label::new("t", [8]));
    let mut medium = MediumDescription::new(pool).bar_code("B7").description("words");
    (medium.media_type_code, medium.density_code) = (3, 4);
    let sides = vec![side.counts(5, 6).capacity(99), other];
    let created = f.session.create_offline_media(medium, sides, Default::default()).unwrap();

    let medium = f.session.info(created.physical_media).unwrap();
    assert_eq!(medium.id, created.physical_media);
    assert_eq!((medium.common.name.as_str(), medium.common.description.as_str()), ("B7", "words"));
    assert_eq!(medium.common.created, medium.common.modified);
    assert!(medium.common.enabled);
    assert_eq!(medium.common.operational_state, OperationalState::Ready);
    assert_eq!(medium.current_library, f.id("SELECT id FROM library WHERE key = 1", []));
    assert_eq!((medium.pool, medium.media_type), (pool, f.media_type(T2)));
    assert_eq!((medium.location, medium.home_slot, medium.mounted_side), (None, None, None));
    assert_eq!(medium.location_type(), ObjectType::StorageSlot);
    assert_eq!((medium.bar_code.as_str(), medium.bar_code_state), ("B7", BarCodeState::Readable));
    assert_eq!((medium.sequence_number, medium.number_of_sides), (1, 2));
    assert_eq!(medium.media_state, MediaState::Idle);
    assert_eq!((medium.media_type_code, medium.density_code), (3, 4));

    let logical = created.sides[0].logical_media.unwrap();
    let side = f.session.info(created.sides[0].side).unwrap();
    assert_eq!(
        (side.common.name.as_str(), side.common.description.as_str()),
        ("B7 side 1", "first")
    );
    assert_eq!((side.physical_media, side.logical_media), (medium.id, Some(logical)));
    assert_eq!((side.state, side.side_number), (SideState::Allocated, 0));
    assert_eq!(side.label, Some(label));
    assert_eq!((side.mount_count, side.allocate_count, side.capacity), (5, 6, 99));
    let side = f.session.info(created.sides[1].side).unwrap();
    assert_eq!((side.side_number, side.logical_media), (1, None));

    let record = f.session.info(logical).unwrap();
    assert_eq!((record.common.name.as_str(), record.pool), ("B7", pool));
    assert_eq!(record.number_of_sides, 1);
}

#[test]
fn objects_info_of_pools() {
    let f = open_catalog();
    let o = objects(&f);
    let pool = f.session.info(o.pool).unwrap();
    assert_eq!(pool.common.name, "P");
    assert_eq!((pool.pool_type, pool.media_type), (PoolType::Application, Some(o.media_type)));
    let counts = (pool.number_of_physical_media, pool.number_of_logical_media);
    assert_eq!((counts, pool.number_of_media_pools), ((1, 1), 0));
    let parent = f.session.info(pool.parent.unwrap()).unwrap();
    assert_eq!((parent.media_type, parent.number_of_media_pools), (None, 1));
    let root = f.session.info(parent.parent.unwrap()).unwrap();
    assert_eq!(
        (root.parent, root.pool_type, root.number_of_media_pools),
        (None, PoolType::Unknown, 4)
    );
}

#[test]
fn objects_info_of_libraries_types_and_the_computer() {
    let f = open_catalog();
    let o = objects(&f);
    let offline = f.session.info(o.offline).unwrap();
    assert_eq!(offline.library_type, LibraryType::Offline);
    assert_eq!((offline.number_of_media, offline.number_of_slots), (1, 0));
    assert_eq!(offline.flags, LibraryFlags::FIXED_OFFLINE);
    let library = f.library(1);
    f.session.add_media_type(o.media_type, library).unwrap();
    f.bring_online(o.medium, library);
    let online = f.session.info(library).unwrap();
    assert_eq!((online.number_of_media, online.number_of_media_types), (1, 1));
    assert_eq!((online.number_of_slots, online.first_slot_number), (1, 1));
    assert_eq!((online.number_of_changers, online.number_of_drives), (1, 0));
    assert_eq!(online.inventory_method, InventoryMethod::Fast);
    assert!(online.auto_recovery && online.common.enabled);
    let location = f.session.info(o.medium).unwrap().location.unwrap();
    assert_eq!(location.object_type(), ObjectType::StorageSlot);

    let media_type = f.session.info(o.media_type).unwrap();
    assert_eq!(media_type.common.name, T2.known().name);
    assert_eq!((media_type.code, media_type.number_of_sides), (T2.value(), 2));
    assert_eq!(media_type.recording, ReadWriteKind::Rewritable);
    assert_eq!(media_type.device_type, DeviceType::Disk);
    let computer = f.session.info(o.computer).unwrap();
    assert_eq!(computer.library_request_purge_time, 259_200);
    assert_eq!(computer.operator_request_purge_time, 259_200);
    assert!(computer.media_pool_policy.is_empty());
}

#[test]
fn objects_info_enabled_is_the_effective_flag() {
    let f = open_catalog();
    let o = objects(&f);
    let library = f.library(1);
    f.bring_online(o.medium, library);
    let enabled = || {
        let medium = f.session.info(o.medium).unwrap().common.enabled;
        assert_eq!(f.session.info(o.side).unwrap().common.enabled, medium);
        assert_eq!(f.session.info(o.logical).unwrap().common.enabled, medium);
        medium
    };
    assert!(enabled());
    f.sql("UPDATE library SET enabled = 0 WHERE id = ?1", [library.to_bytes()]);
    assert!(!enabled());
    f.sql("UPDATE library SET enabled = 1 WHERE id = ?1", [library.to_bytes()]);
    f.sql("UPDATE medium SET enabled = 0 WHERE id = ?1", [o.medium.to_bytes()]);
    assert!(!enabled());
}

#[test]
fn objects_info_bad_ids() {
    fn bad<I: Identified>(f: &Fixture, other: impl Id) {
        f.refused(ErrorKind::InvalidParameter, || f.session.info(I::from_uuid(Default::default())));
        f.refused(ErrorKind::ObjectNotFound, || f.session.info(unknown::<I>()));
        f.refused(ErrorKind::InvalidParameter, || f.session.info(cast::<I>(other)));
    }
    let f = open_catalog();
    let o = objects(&f);
    bad::<ComputerId>(&f, o.pool);
    bad::<LibraryId>(&f, o.computer);
    bad::<MediaTypeId>(&f, o.offline);
    bad::<PoolId>(&f, o.media_type);
    bad::<PhysicalMediaId>(&f, o.logical);
    bad::<SideId>(&f, o.medium);
    bad::<LogicalMediaId>(&f, o.side);
    bad::<OperatorRequestId>(&f, o.pool);
    f.session.close().unwrap();
    f.refused(ErrorKind::InvalidHandle, || f.session.info(o.pool));
}

#[test]
fn objects_find() {
    let f = open_catalog();
    let o = objects(&f);
    let known: [(ObjectId, ObjectType); 7] = [
        (o.computer.into(), ObjectType::Computer),
        (o.offline.into(), ObjectType::Library),
        (o.media_type.into(), ObjectType::MediaType),
        (o.pool.into(), ObjectType::MediaPool),
        (o.medium.into(), ObjectType::PhysicalMedia),
        (o.side.into(), ObjectType::Side),
        (o.logical.into(), ObjectType::LogicalMedia),
    ];
    for (id, kind) in known {
        assert_eq!(f.session.find(id).unwrap(), kind);
    }
    f.refused(ErrorKind::InvalidParameter, || f.session.find(ObjectId::NULL));
    f.refused(ErrorKind::ObjectNotFound, || f.session.find(unknown::<ObjectId>()));
}

#[test]
fn objects_info_rights() {
    const USE: u32 = 1;
    fn allowed(user: &Session, o: &Objects) -> [bool; 7] {
        [
            user.info(o.computer).is_ok(),
            user.info(o.media_type).is_ok(),
            user.info(o.offline).is_ok(),
            user.info(o.pool).is_ok(),
            user.info(o.medium).is_ok(),
            user.info(o.side).is_ok(),
            user.info(o.logical).is_ok(),
        ]
    }
    let f = open_catalog();
    let (o, user) = (objects(&f), f.user());
    f.grant("computer", o.computer, USE);
    f.grant("library", o.offline, 0xf0007 & !USE);
    f.grant("pool", o.pool, 0xf0007 & !USE);
    let (yes, no) = (true, false);
    assert_eq!(allowed(&user, &o), [yes, yes, no, no, no, no, no]);
    let error = user.info(o.side).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::AccessDenied);
    assert_eq!(error.object(), Some((ObjectType::MediaPool, o.pool.into())));
    f.grant("pool", o.pool, USE);
    assert_eq!(allowed(&user, &o), [yes, yes, no, yes, yes, yes, yes]);
    f.grant("library", o.offline, USE);
    f.grant("computer", o.computer, 0);
    assert_eq!(allowed(&user, &o), [no, no, yes, yes, yes, yes, yes]);

    let f = open_catalog_with(AccessModel::WindowsXp);
    let (o, user) = (objects(&f), f.user());
    f.grant("computer", o.computer, 0);
    f.grant("library", o.offline, 0);
    f.grant("pool", o.pool, 0);
    assert_eq!(allowed(&user, &o), [true; 7]);
    let pool = f.pool(r"\App\Q", T1);
    assert!(user.info(pool).is_ok());
}
