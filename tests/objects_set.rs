//! SetNtmsObjectInformation: what can be set, by whom, and what is refused.
#![allow(clippy::unwrap_used)]

mod support;

use std::time::Duration;

use rsm::model::{
    AccessModel, AllocateRequest, AllocationPolicy, ComputerId, CreatedMedia, DeallocationPolicy,
    InventoryMethod, LibraryFlags, LibraryId, LibraryRequestFlags, MediaPoolPolicy, MediaTypeId,
    ObjectId, ObjectType, OperationalState, OperatorRequestFlags, PhysicalMediaId, PoolId,
    PoolOpenMode, SideId, SideState, Timestamp,
};
use rsm::{ErrorKind, Settable};
use support::{Fixture, T1, T2, bad_names, cast, open_catalog, open_catalog_with, unknown};

use SideState::{Allocated, Available};

struct Stock {
    pool: PoolId,
    medium: CreatedMedia,
    computer: ComputerId,
    offline: LibraryId,
}

/// A pool with one two-sided medium of which side A is allocated.
fn stock(f: &Fixture) -> Stock {
    let pool = f.pool(r"\App\P", T2);
    Stock {
        pool,
        medium: f.medium(pool, &[Allocated, Available], 1),
        computer: f.id("SELECT id FROM computer", []),
        offline: f.id("SELECT id FROM library WHERE key = 1", []),
    }
}

/// Sets the record, which must succeed with one event.
#[track_caller]
fn set(f: &Fixture, record: &impl Settable, kind: ObjectType, id: impl Into<ObjectId>) {
    f.clock.advance(Duration::from_secs(1));
    f.session.set_info(record).unwrap();
    assert_eq!(f.last_changes(), [(1, kind, id.into())]);
}

#[test]
fn objects_set_names_and_descriptions() {
    let f = open_catalog();
    let s = stock(&f);
    let pmid = s.medium.physical_media;
    let mut medium = f.session.info(pmid).unwrap();
    let written = medium.common.modified;
    (medium.common.name, medium.common.description) = ("M".into(), "of Monday".into());
    // Read-only fields are not looked at.
    medium.pool = unknown();
    medium.common.enabled = false;
    medium.common.operational_state = OperationalState::NotPresent;
    medium.bar_code = "X".into();
    set(&f, &medium, ObjectType::PhysicalMedia, pmid);
    let after = f.session.info(pmid).unwrap();
    assert_eq!(after.common.name, "M");
    assert_eq!(after.common.description, "of Monday");
    assert_eq!((after.pool, after.bar_code.as_str()), (s.pool, ""));
    assert!(after.common.enabled && after.common.modified > written);

    // Sides nobody named follow their medium, and go on doing so when only described.
    let [a, b] = [s.medium.sides[0].side, s.medium.sides[1].side];
    let mut side = f.session.info(b).unwrap();
    assert_eq!(side.common.name, "M side 2");
    side.common.description = "back".into();
    set(&f, &side, ObjectType::Side, b);
    medium.common.name = "N".into();
    set(&f, &medium, ObjectType::PhysicalMedia, pmid);
    assert_eq!(f.session.info(b).unwrap().common.name, "N side 2");
    side = f.session.info(a).unwrap();
    side.common.name = "front".into();
    set(&f, &side, ObjectType::Side, a);
    medium.common.name = "O".into();
    set(&f, &medium, ObjectType::PhysicalMedia, pmid);
    assert_eq!(f.session.info(a).unwrap().common.name, "front");

    let lmid = s.medium.sides[0].logical_media.unwrap();
    let mut logical = f.session.info(lmid).unwrap();
    (logical.common.name, logical.common.description) = ("L".into(), "held".into());
    set(&f, &logical, ObjectType::LogicalMedia, lmid);
    let after = f.session.info(lmid).unwrap();
    assert_eq!((after.common.name, after.common.description), ("L".into(), "held".into()));
    assert!(after.common.modified > after.common.created);

    let id: MediaTypeId = f.media_type(T1);
    let mut media_type = f.session.info(id).unwrap();
    (media_type.common.name, media_type.common.description) = ("no".into(), "tape".into());
    set(&f, &media_type, ObjectType::MediaType, id);
    let after = f.session.info(id).unwrap();
    assert_eq!(after.common.name, T1.known().name);
    assert_eq!(after.common.description, "tape");
}

#[test]
fn objects_set_a_renamed_medium_is_named_by_hand() {
    let f = open_catalog();
    let s = stock(&f);
    let manual = |f: &Fixture| -> bool {
        let sql = "SELECT name_is_manual FROM medium";
        f.connection().query_row(sql, [], |row| row.get(0)).unwrap()
    };
    let mut medium = f.session.info(s.medium.physical_media).unwrap();
    medium.common.description = "described only".into();
    f.session.set_info(&medium).unwrap();
    assert!(!manual(&f));
    medium.common.name = "chosen".into();
    f.session.set_info(&medium).unwrap();
    f.session.set_info(&medium).unwrap();
    assert!(manual(&f));
}

#[test]
fn objects_set_counts_as_a_change_even_when_nothing_differs() {
    let f = open_catalog();
    let s = stock(&f);
    let modified = |f: &Fixture| -> [Timestamp; 5] {
        [
            f.session.info(s.pool).unwrap().common.modified,
            f.session.info(s.medium.physical_media).unwrap().common.modified,
            f.session.info(s.medium.sides[0].side).unwrap().common.modified,
            f.session.info(s.offline).unwrap().common.modified,
            f.session.info(s.computer).unwrap().common.modified,
        ]
    };
    let before = modified(&f);
    set(&f, &f.session.info(s.pool).unwrap(), ObjectType::MediaPool, s.pool);
    let medium = s.medium.physical_media;
    set(&f, &f.session.info(medium).unwrap(), ObjectType::PhysicalMedia, medium);
    let side = s.medium.sides[0].side;
    set(&f, &f.session.info(side).unwrap(), ObjectType::Side, side);
    set(&f, &f.session.info(s.offline).unwrap(), ObjectType::Library, s.offline);
    set(&f, &f.session.info(s.computer).unwrap(), ObjectType::Computer, s.computer);
    for (before, after) in before.into_iter().zip(modified(&f)) {
        assert!(after > before);
    }
}

#[test]
fn objects_set_pools() {
    let f = open_catalog();
    let s = stock(&f);
    let id = f.pool(r"\App\Q", T1);
    let mut pool = f.session.info(id).unwrap();
    pool.allocation_policy = AllocationPolicy::DRAW_FROM_FREE;
    pool.deallocation_policy = DeallocationPolicy::RETURN_TO_FREE;
    pool.max_allocates = 9;
    pool.media_type = Some(f.media_type(T2));
    (pool.common.name, pool.common.description) = ("R".into(), "pool".into());
    pool.parent = None;
    pool.number_of_physical_media = 77;
    set(&f, &pool, ObjectType::MediaPool, id);
    let after = f.session.info(id).unwrap();
    assert_eq!(f.session.pool_path(id).unwrap(), r"\App\R");
    assert_eq!(after.allocation_policy, AllocationPolicy::DRAW_FROM_FREE);
    assert_eq!(after.deallocation_policy, DeallocationPolicy::RETURN_TO_FREE);
    assert_eq!((after.max_allocates, after.media_type), (9, pool.media_type));
    assert_eq!((after.common.description.as_str(), after.number_of_physical_media), ("pool", 0));

    // The media type goes and comes while the pool is empty, and only then.
    pool.media_type = None;
    set(&f, &pool, ObjectType::MediaPool, id);
    let below = f.session.open_pool(r"\App\R\S", None, PoolOpenMode::CreateNew).unwrap();
    let invalid = ErrorKind::InvalidParameter;
    pool.media_type = Some(f.media_type(T1));
    f.refused(invalid, || f.session.set_info(&pool));
    let mut full = f.session.info(s.pool).unwrap();
    for media_type in [None, Some(f.media_type(T1)), Some(unknown()), Some(MediaTypeId::NULL)] {
        full.media_type = media_type;
        f.refused(invalid, || f.session.set_info(&full));
    }
    let mut empty = f.session.info(below).unwrap();
    empty.media_type = Some(cast(s.pool));
    f.refused(invalid, || f.session.set_info(&empty));
}

#[test]
fn objects_set_pool_names() {
    let f = open_catalog();
    let s = stock(&f);
    f.pool(r"\App\Q", T1);
    let mut pool = f.session.info(s.pool).unwrap();
    let mut names = bad_names();
    names.extend([String::new(), r"a\b".to_owned(), r"\".to_owned()]);
    for name in names {
        pool.common.name = name;
        f.refused(ErrorKind::InvalidName, || f.session.set_info(&pool));
    }
    pool.common.name = "Q".into();
    f.refused(ErrorKind::AlreadyExists, || f.session.set_info(&pool));
    // Compared exactly; slashes are no separators; 63 characters are permitted.
    for name in ["q".to_owned(), "a/b".to_owned(), "\u{e9}".repeat(63)] {
        pool.common.name = name;
        f.session.set_info(&pool).unwrap();
    }
}

#[test]
fn objects_set_pool_name_leaves_room_for_paths_below() {
    let f = open_catalog();
    let top = f.session.open_pool("a", None, PoolOpenMode::CreateNew).unwrap();
    let long = "n".repeat(63);
    let mut path = "a".to_owned();
    for _ in 0..7 {
        path = format!(r"{path}\{long}");
        f.session.open_pool(&path, None, PoolOpenMode::CreateNew).unwrap();
    }
    // 2 + 7 * 64 = 450 characters; 61 more are permitted.
    let mut pool = f.session.info(top).unwrap();
    pool.common.name = "a".repeat(63);
    f.refused(ErrorKind::InvalidName, || f.session.set_info(&pool));
    pool.common.name = "a".repeat(62);
    f.session.set_info(&pool).unwrap();
    let deepest = format!(r"{}{}", "a".repeat(62), &path[1..]);
    f.session.open_pool(&deepest, None, PoolOpenMode::OpenExisting).unwrap();
}

#[test]
fn objects_set_system_pools() {
    let f = open_catalog();
    let free = f.system_pool("Free", T1);
    let root: PoolId = f.id("SELECT id FROM pool WHERE key = 1", []);
    let free_root: PoolId = f.id("SELECT id FROM pool WHERE name = 'Free'", []);
    for id in [free, free_root, root] {
        let read = f.session.info(id).unwrap();
        let mut pool = read.clone();
        pool.common.description = "ours".into();
        set(&f, &pool, ObjectType::MediaPool, id);
        assert_eq!(f.session.info(id).unwrap().common.description, "ours");
        let denied = |change: &dyn Fn(&mut rsm::model::MediaPool)| {
            let mut pool = read.clone();
            change(&mut pool);
            f.refused(ErrorKind::AccessDenied, || f.session.set_info(&pool));
        };
        denied(&|pool| pool.common.name = "Other".into());
        denied(&|pool| pool.allocation_policy = AllocationPolicy::DRAW_FROM_FREE);
        denied(&|pool| pool.deallocation_policy = DeallocationPolicy::RETURN_TO_FREE);
        denied(&|pool| pool.max_allocates = 1);
        denied(&|pool| pool.media_type = Some(f.media_type(T2)));
    }
}

#[test]
fn objects_set_the_computer() {
    let f = open_catalog();
    let id: ComputerId = f.id("SELECT id FROM computer", []);
    let read = f.session.info(id).unwrap();
    let mut computer = read.clone();
    computer.library_request_purge_time = 0;
    computer.operator_request_purge_time = u32::MAX;
    computer.library_request_flags = LibraryRequestFlags::all();
    computer.operator_request_flags = OperatorRequestFlags::all();
    computer.media_pool_policy = MediaPoolPolicy::all();
    computer.common.description = "the server".into();
    computer.common.name = "not settable".into();
    set(&f, &computer, ObjectType::Computer, id);
    let mut after = f.session.info(id).unwrap();
    computer.common.modified = after.common.modified;
    computer.common.name.clone_from(&read.common.name);
    assert_eq!(after, computer);
    let invalid = ErrorKind::InvalidParameter;
    after.library_request_flags = LibraryRequestFlags::from_bits_retain(4);
    f.refused(invalid, || f.session.set_info(&after));
    let mut other = computer.clone();
    other.operator_request_flags = OperatorRequestFlags::from_bits_retain(4);
    f.refused(invalid, || f.session.set_info(&other));
    let mut other = computer.clone();
    other.media_pool_policy = MediaPoolPolicy::from_bits_retain(4);
    f.refused(invalid, || f.session.set_info(&other));
}

#[test]
fn objects_set_libraries() {
    let f = open_catalog();
    let id = f.library(1);
    let mut library = f.session.info(id).unwrap();
    library.inventory_method = InventoryMethod::FullLabelRead;
    library.auto_recovery = false;
    library.flags = LibraryFlags::all();
    (library.common.name, library.common.description) = ("L".into(), "cellar".into());
    set(&f, &library, ObjectType::Library, id);
    let after = f.session.info(id).unwrap();
    assert_eq!(after.inventory_method, InventoryMethod::FullLabelRead);
    assert!(!after.auto_recovery);
    assert_eq!(after.flags, LibraryFlags::RECOGNIZE_CLEANER_BAR_CODE);
    assert_eq!((after.common.name.as_str(), after.common.description.as_str()), ("L", "cellar"));
    let invalid = ErrorKind::InvalidParameter;
    for method in
        [InventoryMethod::LibraryDefault, InventoryMethod::SlotsOnly, InventoryMethod::Stop]
    {
        let mut library = after.clone();
        library.inventory_method = method;
        f.refused(invalid, || f.session.set_info(&library));
    }
    library.flags = LibraryFlags::from_bits_retain(0x20);
    f.refused(invalid, || f.session.set_info(&library));
}

#[test]
fn objects_f1() {
    let f = open_catalog();
    let id = f.library(1);
    let mut library = f.session.info(id).unwrap();
    let flag = LibraryFlags::IGNORE_CLEANER_USES_REMAINING;
    library.cleaner_uses_remaining = u32::MAX;
    f.session.set_info(&library).unwrap();
    let read = f.session.info(id).unwrap();
    assert!(read.flags.contains(flag) && read.cleaner_uses_remaining == u32::MAX);
    // The flag itself is ignored.
    library.cleaner_uses_remaining = 5;
    library.flags |= flag;
    f.session.set_info(&library).unwrap();
    let read = f.session.info(id).unwrap();
    assert!(!read.flags.contains(flag) && read.cleaner_uses_remaining == 5);
}

#[test]
fn objects_f2() {
    let f = open_catalog();
    let s = stock(&f);
    let (mut one, mut two) = (f.session.info(s.pool).unwrap(), f.session.info(s.pool).unwrap());
    (one.common.description, one.max_allocates) = ("one".into(), 1);
    two.common.description = "two".into();
    f.session.set_info(&one).unwrap();
    f.session.set_info(&two).unwrap();
    let after = f.session.info(s.pool).unwrap();
    assert_eq!((after.common.description.as_str(), after.max_allocates), ("two", 0));
}

#[test]
fn objects_f3() {
    let f = open_catalog();
    let pool = f.pool(r"\App\P", T1);
    let medium = f.medium(pool, &[Available], 1);
    f.bring_online(medium.physical_media, f.library(1));
    let side = medium.sides[0].side;
    let allocate = || f.session.allocate_media(AllocateRequest::from(pool));
    for _ in 0..2 {
        f.session.deallocate_media(allocate().unwrap().logical_media).unwrap();
    }
    let held = allocate().unwrap().logical_media;
    let mut record = f.session.info(pool).unwrap();
    record.max_allocates = 1;
    f.session.set_info(&record).unwrap();
    assert_eq!(f.session.info(side).unwrap().state, Allocated);
    f.session.deallocate_media(held).unwrap();
    assert_eq!(f.session.info(side).unwrap().state, SideState::Decommissioned);
}

#[test]
fn objects_set_bad_input() {
    let f = open_catalog();
    let s = stock(&f);
    let medium = f.session.info(s.medium.physical_media).unwrap();
    let side = f.session.info(s.medium.sides[0].side).unwrap();
    let logical = f.session.info(s.medium.sides[0].logical_media.unwrap()).unwrap();
    let library = f.session.info(s.offline).unwrap();
    let pool = f.session.info(s.pool).unwrap();
    let invalid = ErrorKind::InvalidParameter;
    for name in bad_names().into_iter().chain([String::new()]) {
        let mut record = medium.clone();
        record.common.name.clone_from(&name);
        f.refused(invalid, || f.session.set_info(&record));
        let mut record = side.clone();
        record.common.name.clone_from(&name);
        f.refused(invalid, || f.session.set_info(&record));
        let mut record = logical.clone();
        record.common.name.clone_from(&name);
        f.refused(invalid, || f.session.set_info(&record));
        let mut record = library.clone();
        record.common.name = name;
        f.refused(invalid, || f.session.set_info(&record));
    }
    for description in ["d".repeat(127), "d".repeat(10_000), "a\0b".to_owned()] {
        let mut record = medium.clone();
        record.common.description.clone_from(&description);
        f.refused(invalid, || f.session.set_info(&record));
        let mut record = pool.clone();
        record.common.description = description;
        f.refused(invalid, || f.session.set_info(&record));
    }
    let mut record = pool.clone();
    record.allocation_policy = AllocationPolicy::from_bits_retain(2);
    f.refused(invalid, || f.session.set_info(&record));
    let mut record = pool.clone();
    record.deallocation_policy = DeallocationPolicy::from_bits_retain(3);
    record.common.description = "not written either".into();
    f.refused(invalid, || f.session.set_info(&record));

    let mut record = medium.clone();
    record.id = PhysicalMediaId::NULL;
    f.refused(invalid, || f.session.set_info(&record));
    record.id = cast(s.pool);
    f.refused(invalid, || f.session.set_info(&record));
    record.id = unknown();
    f.refused(ErrorKind::ObjectNotFound, || f.session.set_info(&record));
    let mut record = side;
    record.id = cast::<SideId>(s.medium.physical_media);
    f.refused(invalid, || f.session.set_info(&record));
    f.session.close().unwrap();
    f.refused(ErrorKind::InvalidHandle, || f.session.set_info(&medium));
}

#[test]
fn objects_set_rights() {
    const USE: u32 = 1;
    const MODIFY: u32 = 2;
    const CONTROL: u32 = 4;
    // Right on the pool, library or computer; none = no right is needed.
    let table: [(AccessModel, [Option<u32>; 7]); 2] = [
        (
            AccessModel::Server2003,
            [
                Some(MODIFY),
                Some(MODIFY),
                Some(CONTROL),
                Some(MODIFY),
                Some(MODIFY),
                Some(MODIFY),
                Some(MODIFY),
            ],
        ),
        (
            AccessModel::WindowsXp,
            [None, None, Some(CONTROL), Some(CONTROL), None, Some(CONTROL), None],
        ),
    ];
    for (model, wanted) in table {
        let f = open_catalog_with(model);
        let s = stock(&f);
        let user = f.user();
        let computer = f.session.info(s.computer).unwrap();
        let media_type = f.session.info(f.media_type(T1)).unwrap();
        let library = f.session.info(s.offline).unwrap();
        let pool = f.session.info(s.pool).unwrap();
        let medium = f.session.info(s.medium.physical_media).unwrap();
        let side = f.session.info(s.medium.sides[0].side).unwrap();
        let logical = f.session.info(s.medium.sides[0].logical_media.unwrap()).unwrap();
        let calls: [&dyn Fn() -> rsm::Result<()>; 7] = [
            &|| user.set_info(&computer),
            &|| user.set_info(&media_type),
            &|| user.set_info(&library),
            &|| user.set_info(&pool),
            &|| user.set_info(&medium),
            &|| user.set_info(&side),
            &|| user.set_info(&logical),
        ];
        for rights in [0, USE, MODIFY, CONTROL] {
            f.grant("computer", s.computer, rights);
            f.grant("library", s.offline, rights);
            f.grant("pool", s.pool, rights);
            for (call, wanted) in calls.iter().zip(wanted) {
                if wanted.is_none_or(|wanted| wanted == rights) {
                    call().unwrap();
                } else {
                    f.refused(ErrorKind::AccessDenied, call);
                }
            }
        }
    }
}
