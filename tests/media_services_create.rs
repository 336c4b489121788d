//! CreateNtmsMedia and DeleteNtmsMedia: examples N1-N6, X1-X3, and bad input.
#![allow(clippy::unwrap_used)]

mod support;

use rsm::ErrorKind;
use rsm::model::{
    AccessModel, AllocateRequest, CreateMediaOptions, CreatedMedia, Label, LibraryId,
    LogicalMediaId, MediumDescription, PhysicalMediaId, PoolId, SideDescription, SideId, SideState,
};
use support::{Fixture, T1, T2, bad_names, cast, label, open_catalog, open_catalog_with, unknown};

use SideState::{Allocated, Available, Complete, Decommissioned, Import, Reserved};

const NONE: CreateMediaOptions = CreateMediaOptions::empty();
const STRICT: CreateMediaOptions = CreateMediaOptions::ERROR_ON_DUPLICATE;

fn side(state: SideState, n: u32) -> SideDescription {
    SideDescription::new(state, label(n))
}

/// A pool of one-sided media and the description of a medium for it that is accepted.
fn one_sided(fixture: &Fixture) -> (PoolId, MediumDescription, Vec<SideDescription>) {
    let pool = fixture.pool(r"\App\P", T1);
    (pool, MediumDescription::new(pool), vec![side(Available, 1)])
}

fn states(fixture: &Fixture, created: &CreatedMedia) -> Vec<i64> {
    let sides = created.sides.iter();
    sides
        .map(|side| {
            let bytes = rsm::model::Id::to_bytes(&side.side);
            fixture
                .connection()
                .query_row("SELECT state FROM side WHERE id = ?1", [bytes], |row| row.get(0))
                .unwrap()
        })
        .collect()
}

#[test]
fn media_n1() {
    let f = open_catalog();
    let (_, medium, _) = one_sided(&f);
    let x: LogicalMediaId = unknown();
    let sides = vec![side(Allocated, 1).logical_media(x).counts(3, 2).capacity(1 << 40)];
    let created = f.session.create_offline_media(medium, sides, NONE).unwrap();
    assert_eq!(created.sides.len(), 1);
    assert_eq!(created.sides[0].logical_media, Some(x));
    // X stands for that side from now on.
    f.session.complete_media(x).unwrap();
    assert_eq!(states(&f, &created), [Complete.value()].map(i64::from));
    f.session.deallocate_media(x).unwrap();
    assert_eq!(states(&f, &created), [Available.value()].map(i64::from));
}

#[test]
fn media_n2() {
    let f = open_catalog();
    let pool = f.pool(r"\App\P", T2);
    for count in [0, 1, 3, 300] {
        let sides = (0..count).map(|n| side(Available, n)).collect();
        let create = || f.session.create_offline_media(MediumDescription::new(pool), sides, NONE);
        f.refused(ErrorKind::MediaIncompatible, create);
    }
}

#[test]
fn media_n3() {
    let f = open_catalog();
    let (_, medium, sides) = one_sided(&f);
    let create = |options| f.session.create_offline_media(medium.clone(), sides.clone(), options);
    create(STRICT).unwrap();
    create(NONE).unwrap();
    f.refused(ErrorKind::DuplicateOmid, || create(STRICT));
}

#[test]
fn media_n4() {
    let f = open_catalog();
    let (_, medium, sides) = one_sided(&f);
    let create = |bar_code: &str| {
        let medium = medium.clone().bar_code(bar_code);
        f.session.create_offline_media(medium, sides.clone(), NONE)
    };
    create("AB1  ").unwrap();
    f.refused(ErrorKind::InvalidMedia, || create("AB1"));
    create("ab1").unwrap();
    // The empty bar code is nobody's.
    create("  ").unwrap();
    create("").unwrap();
}

#[test]
fn media_n5() {
    let f = open_catalog();
    let parent = f.session.open_pool("App", None, rsm::model::PoolOpenMode::CreateNew).unwrap();
    let root = f.id("SELECT id FROM pool WHERE key = 1", []);
    let systems = [f.system_pool("Free", T1), f.system_pool("Unrecognized", T1)];
    for pool in [parent, root, unknown(), PoolId::NULL].into_iter().chain(systems) {
        let medium = MediumDescription::new(pool);
        let create = || f.session.create_offline_media(medium, vec![side(Import, 1)], NONE);
        f.refused(ErrorKind::InvalidMediaPool, create);
    }
}

#[test]
fn media_n6() {
    let f = open_catalog();
    let pool = f.system_pool("Import", T1);
    for value in 0..=9 {
        let state = SideState::try_from(value).unwrap();
        let medium = MediumDescription::new(pool);
        let create = || f.session.create_offline_media(medium, vec![side(state, 1)], NONE);
        if state == Import {
            create().unwrap();
        } else {
            f.refused(ErrorKind::InvalidParameter, create);
        }
    }
}

#[test]
fn media_n_states_of_two_sides() {
    let f = open_catalog();
    let pool = f.pool(r"\App\P", T2);
    let good = [
        [Available, Available],
        [Allocated, Available],
        [Complete, Allocated],
        [Allocated, Reserved],
        [Reserved, Complete],
        [Import, Allocated],
        [Decommissioned, Import],
        [Decommissioned, Decommissioned],
    ];
    for states in good {
        let created = f.medium(pool, &states, 1);
        assert_eq!(self::states(&f, &created), states.map(|s| i64::from(s.value())));
        let held = created.sides.iter().map(|side| side.logical_media.is_some());
        let wanted = states.map(|s| matches!(s, Allocated | Complete));
        assert!(held.eq(wanted));
    }
    let mut bad = vec![[Reserved, Reserved], [Reserved, Available], [Import, Import]];
    let never = [
        SideState::Unknown,
        SideState::Unprepared,
        SideState::Incompatible,
        SideState::Unrecognized,
    ];
    bad.extend(never.map(|state| [Allocated, state]));
    for states in bad {
        let sides = states.map(|state| side(state, 1)).to_vec();
        let medium = MediumDescription::new(pool);
        let create = || f.session.create_offline_media(medium, sides, NONE);
        f.refused(ErrorKind::InvalidParameter, create);
    }
}

#[test]
fn media_n_reserved_side_makes_the_medium_exclusive() {
    let f = open_catalog();
    let pool = f.pool(r"\App\P", T2);
    let library = f.library(0);
    let created = f.medium(pool, &[Allocated, Reserved], 1);
    f.bring_online(created.physical_media, library);
    let next = AllocateRequest::from(pool).next_of(created.sides[0].logical_media.unwrap());
    assert_eq!(f.session.allocate_media(next).unwrap().side, created.sides[1].side);
    let shared = f.medium(pool, &[Allocated, Available], 3);
    f.bring_online(shared.physical_media, library);
    let next = AllocateRequest::from(pool).next_of(shared.sides[0].logical_media.unwrap());
    f.refused(ErrorKind::InvalidMedia, || f.session.allocate_media(next));
}

#[test]
fn media_n_names() {
    let f = open_catalog();
    let (_, medium, _) = one_sided(&f);
    let two = f.pool(r"\App\Q", T2);
    let named = Label::new("test", [1]).info("Nightly");
    let name = |medium: MediumDescription, sides: &[&Label]| -> (String, i64) {
        let sides = sides.iter().map(|l| SideDescription::new(Available, (*l).clone()));
        let created = f.session.create_offline_media(medium, sides.collect(), NONE).unwrap();
        let id = rsm::model::Id::to_bytes(&created.physical_media);
        let sql = "SELECT name, key FROM medium WHERE id = ?1";
        f.connection().query_row(sql, [id], |row| Ok((row.get(0)?, row.get(1)?))).unwrap()
    };
    assert_eq!(name(medium.clone().bar_code("A7  ").name("Mine"), &[&named]).0, "Mine");
    assert_eq!(name(medium.clone().bar_code("A8  "), &[&named]).0, "A8");
    assert_eq!(name(medium.clone(), &[&named]).0, "Nightly");
    let (name_of_unnamed, key) = name(medium, &[&label(1)]);
    assert_eq!(name_of_unnamed, key.to_string());
    let (name_of_two_sided, key) = name(MediumDescription::new(two), &[&named, &named]);
    assert_eq!(name_of_two_sided, key.to_string());
}

#[test]
fn media_n_given_ids() {
    let f = open_catalog();
    let (pool, medium, _) = one_sided(&f);
    let [pmid, sid, lmid]: [PhysicalMediaId; 3] =
        [1_u128, 2, 3].map(|n| rsm::model::Id::from_uuid(uuid::Uuid::from_u128(n)));
    let (sid, lmid): (SideId, LogicalMediaId) = (cast(sid), cast(lmid));
    let described = side(Allocated, 1).id(sid).logical_media(lmid);
    let create = |medium: PhysicalMediaId, sides: SideDescription| {
        let described = MediumDescription::new(pool).id(medium);
        f.session.create_offline_media(described, vec![sides], NONE)
    };
    let created = create(pmid, described).unwrap();
    assert_eq!(created.physical_media, pmid);
    assert_eq!((created.sides[0].side, created.sides[0].logical_media), (sid, Some(lmid)));
    // Whatever kind of object has the id.
    let used: Vec<PhysicalMediaId> = vec![
        pmid,
        cast(sid),
        cast(lmid),
        cast(pool),
        cast(f.media_type(T1)),
        f.id("SELECT id FROM computer", []),
        f.id("SELECT id FROM library", []),
    ];
    for id in used {
        f.refused(ErrorKind::AlreadyExists, || create(id, side(Available, 2)));
        let other = side(Available, 2).id(cast(id));
        f.refused(ErrorKind::AlreadyExists, || create(PhysicalMediaId::NULL, other));
        let other = side(Allocated, 2).logical_media(cast(id));
        f.refused(ErrorKind::AlreadyExists, || create(PhysicalMediaId::NULL, other));
    }
    // Nor may two of the new objects have the same.
    let id: PhysicalMediaId = unknown();
    f.refused(ErrorKind::AlreadyExists, || create(id, side(Available, 2).id(cast(id))));
    // Null counts as not given.
    let nulls = side(Allocated, 2).id(SideId::NULL).logical_media(LogicalMediaId::NULL);
    let mut described = medium.id(PhysicalMediaId::NULL);
    described.current_library = Some(LibraryId::NULL);
    let created = f.session.create_offline_media(described, vec![nulls], NONE).unwrap();
    assert_ne!(created.physical_media, PhysicalMediaId::NULL);
    assert!(created.sides[0].logical_media.is_some_and(|id| id != LogicalMediaId::NULL));
}

#[test]
fn media_n_bad_input() {
    let f = open_catalog();
    let (_, medium, sides) = one_sided(&f);
    let invalid = ErrorKind::InvalidParameter;
    let create = |medium, sides| f.session.create_offline_media(medium, sides, NONE);
    let unknown_bit = CreateMediaOptions::from_bits_retain(2);
    f.refused(invalid, || {
        f.session.create_offline_media(medium.clone(), sides.clone(), unknown_bit)
    });
    for bad in bad_names() {
        f.refused(invalid, || create(medium.clone().name(bad.clone()), sides.clone()));
        f.refused(invalid, || create(medium.clone().bar_code(bad.clone()), sides.clone()));
        let mut named = side(Available, 1);
        named.name = bad.clone();
        f.refused(invalid, || create(medium.clone(), vec![named]));
        let labelled = SideDescription::new(Available, Label::new(bad, [1]));
        f.refused(invalid, || create(medium.clone(), vec![labelled]));
    }
    let described = medium.clone().description("d".repeat(127));
    f.refused(invalid, || create(described, sides.clone()));
    for label in [
        Label::new("", [1]),
        Label::new("test", []),
        Label::new("test", [0; 256]),
        Label::new("test", [1]).info("i".repeat(256)),
    ] {
        let labelled = SideDescription::new(Available, label);
        f.refused(invalid, || create(medium.clone(), vec![labelled]));
    }
    f.refused(invalid, || create(medium.clone(), vec![side(Available, 1).capacity(-1)]));
    let wrong = side(Available, 1).logical_media(unknown());
    f.refused(invalid, || create(medium.clone(), vec![wrong]));
    for library in [unknown(), f.library(0), cast(medium.pool)] {
        let mut elsewhere = medium.clone();
        elsewhere.current_library = Some(library);
        f.refused(invalid, || create(elsewhere, sides.clone()));
    }
    // Names with separators are names; the offline library may be stated.
    let mut offline = medium.name(r"a\b/c");
    offline.current_library = Some(f.id("SELECT id FROM library WHERE key = 1", []));
    create(offline, sides.clone()).unwrap();
    f.session.close().unwrap();
    let closed = MediumDescription::new(unknown());
    f.refused(ErrorKind::InvalidHandle, || create(closed, sides));
}

#[test]
fn media_n_checks_in_order() {
    let f = open_catalog();
    let (pool, medium, sides) = one_sided(&f);
    f.session.create_offline_media(medium.bar_code("B"), sides, NONE).unwrap();
    let described = |pool| MediumDescription::new(pool).bar_code("B").id(cast(pool));
    let create = |pool, sides| f.session.create_offline_media(described(pool), sides, STRICT);
    let odd = |n| side(SideState::Unknown, n);
    f.refused(ErrorKind::InvalidMediaPool, || create(unknown(), vec![odd(1), odd(1)]));
    let user = f.user();
    let deny = || user.create_offline_media(described(pool), vec![odd(1), odd(1)], STRICT);
    f.refused(ErrorKind::AccessDenied, deny);
    f.refused(ErrorKind::MediaIncompatible, || create(pool, vec![odd(1), odd(1)]));
    f.refused(ErrorKind::InvalidMedia, || create(pool, vec![odd(1)]));
    let create = |sides| {
        let medium = MediumDescription::new(pool).id(cast(pool));
        f.session.create_offline_media(medium, sides, STRICT)
    };
    f.refused(ErrorKind::DuplicateOmid, || create(vec![odd(1)]));
    f.refused(ErrorKind::InvalidParameter, || create(vec![odd(2)]));
    f.refused(ErrorKind::AlreadyExists, || create(vec![side(Available, 2)]));
}

#[test]
fn media_n_rights() {
    const MODIFY: u32 = 2;
    const CONTROL: u32 = 4;
    let cases = [
        (AccessModel::Server2003, MODIFY, "computer", MODIFY | 1),
        (AccessModel::WindowsXp, CONTROL, "library", MODIFY | 1),
    ];
    for (model, on_pool, table, on_other) in cases {
        let f = open_catalog_with(model);
        let (pool, medium, sides) = one_sided(&f);
        let user = f.user();
        let other: LibraryId = f.id(&format!("SELECT id FROM {table} WHERE key = 1"), []);
        let create = || user.create_offline_media(medium.clone(), sides.clone(), NONE);
        for (on_pool, on_other) in [(7 & !on_pool, on_other), (on_pool, 5)] {
            f.grant("pool", pool, on_pool);
            f.grant(table, other, on_other);
            f.refused(ErrorKind::AccessDenied, create);
        }
        f.grant("pool", pool, on_pool);
        f.grant(table, other, on_other);
        create().unwrap();
    }
}

#[test]
fn media_x1() {
    let f = open_catalog();
    let pool = f.pool(r"\App\P", T1);
    let before = f.dump();
    let created = f.medium(pool, &[Available], 1);
    f.session.delete_offline_media(created.physical_media).unwrap();
    let after = f.dump();
    for table in ["medium", "side", "logical_forward"] {
        assert_eq!(before[table], after[table]);
    }
    f.refused(ErrorKind::InvalidMedia, || f.session.delete_offline_media(created.physical_media));
    // Its number is not given again.
    let next = f.medium(pool, &[Available], 1);
    let key = "SELECT key FROM medium WHERE id = ?1";
    let id = rsm::model::Id::to_bytes(&next.physical_media);
    let number: i64 = f.connection().query_row(key, [id], |row| row.get(0)).unwrap();
    assert_eq!(number, 2);
}

#[test]
fn media_x2() {
    let f = open_catalog();
    let pool = f.pool(r"\App\P", T1);
    let created = f.medium(pool, &[Available], 1);
    f.bring_online(created.physical_media, f.library(0));
    f.refused(ErrorKind::InvalidState, || f.session.delete_offline_media(created.physical_media));
}

#[test]
fn media_x3() {
    let f = open_catalog();
    let pool = f.pool(r"\App\P", T2);
    let created = f.medium(pool, &[Complete, Reserved], 1);
    let delete = || f.session.delete_offline_media(created.physical_media);
    f.refused(ErrorKind::InvalidState, delete);
    f.session.deallocate_media(created.sides[0].logical_media.unwrap()).unwrap();
    delete().unwrap();
}

#[test]
fn media_x_bad_input_and_rights() {
    let f = open_catalog();
    let pool = f.pool(r"\App\P", T1);
    let created = f.medium(pool, &[Available], 1);
    let delete = |id| f.session.delete_offline_media(id);
    f.refused(ErrorKind::InvalidParameter, || delete(PhysicalMediaId::NULL));
    f.refused(ErrorKind::InvalidMedia, || delete(unknown()));
    f.refused(ErrorKind::InvalidMedia, || delete(cast(pool)));
    f.refused(ErrorKind::InvalidMedia, || delete(cast(created.sides[0].side)));
    let user = f.user();
    let delete = || user.delete_offline_media(created.physical_media);
    f.refused(ErrorKind::AccessDenied, delete);
    let computer: LibraryId = f.id("SELECT id FROM computer", []);
    f.grant("pool", pool, 2);
    f.refused(ErrorKind::AccessDenied, delete);
    f.grant("computer", computer, 2);
    f.grant("pool", pool, 5);
    f.refused(ErrorKind::AccessDenied, delete);
    f.grant("pool", pool, 2);
    delete().unwrap();
}
