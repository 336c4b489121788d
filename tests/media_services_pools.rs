//! CreateNtmsMediaPool, DeleteNtmsMediaPool, GetNtmsMediaPoolName: examples K1-K6, Q1-Q4, G1-G4.

mod support;

use rsm::ErrorKind;
use rsm::model::{
    AccessModel, AllocationPolicy, DeallocationPolicy, MediaTypeId, ObjectType, PoolId,
    PoolOpenMode, PoolType, SideState,
};
use support::{T1, T2, bad_names, cast, open_catalog, open_catalog_with, unknown};

const NEW: PoolOpenMode = PoolOpenMode::CreateNew;
const EXISTING: PoolOpenMode = PoolOpenMode::OpenExisting;
const ALWAYS: PoolOpenMode = PoolOpenMode::OpenAlways;

#[test]
fn media_k1() {
    let f = open_catalog();
    for mode in [NEW, EXISTING, ALWAYS] {
        f.refused(ErrorKind::ObjectNotFound, || f.session.open_pool(r"\App\P", None, mode));
    }
    f.refused(ErrorKind::ObjectNotFound, || f.session.open_pool(r"\App", None, EXISTING));
}

#[test]
fn media_k2() {
    let f = open_catalog();
    let app = f.session.open_pool(r"\App", None, NEW).unwrap();
    let pool = f.session.open_pool(r"App\P", Some(f.media_type(T1)), NEW).unwrap();
    assert_eq!(f.session.open_pool(r"\App\P", None, EXISTING).unwrap(), pool);
    let record = f.session.info(pool).unwrap();
    assert_eq!((record.parent, record.pool_type), (Some(app), PoolType::Application));
    assert_eq!(record.media_type, Some(f.media_type(T1)));
    assert_eq!(record.allocation_policy, AllocationPolicy::empty());
    assert_eq!(record.deallocation_policy, DeallocationPolicy::empty());
    assert_eq!(record.max_allocates, 0);
    assert_eq!(f.session.info(app).unwrap().number_of_media_pools, 1);
    let changes = [(2, ObjectType::MediaPool, pool.into()), (1, ObjectType::MediaPool, app.into())];
    assert_eq!(f.last_changes(), changes);
}

#[test]
fn media_k3() {
    let f = open_catalog();
    let pool = f.pool(r"\App\P", T1);
    let again = f.session.open_pool(r"\App\P", Some(f.media_type(T2)), ALWAYS).unwrap();
    assert_eq!(again, pool);
    assert_eq!(f.session.info(pool).unwrap().media_type, Some(f.media_type(T1)));
}

#[test]
fn media_k4() {
    let f = open_catalog();
    f.pool(r"\App\P", T1);
    for path in [r"\App\P", r"App\P", r"\App", "Free"] {
        f.refused(ErrorKind::AlreadyExists, || f.session.open_pool(path, None, NEW));
    }
    // Compared exactly.
    f.session.open_pool(r"\App\p", None, NEW).unwrap();
}

#[test]
fn media_k5() {
    let f = open_catalog();
    f.session.open_pool("App", None, NEW).unwrap();
    let mut paths = vec![String::new(), r"\App\\P".to_owned(), r"\App\".to_owned()];
    paths.extend(bad_names().into_iter().map(|name| format!(r"\App\{name}")));
    paths.push(vec!["n".repeat(63); 8].join(r"\"));
    for path in paths {
        for mode in [NEW, EXISTING, ALWAYS] {
            f.refused(ErrorKind::InvalidName, || f.session.open_pool(&path, None, mode));
        }
    }
    f.session.open_pool(&format!(r"\App\{}", "n".repeat(63)), None, NEW).unwrap();
}

#[test]
fn media_k6() {
    const MODIFY: u32 = 2;
    let f = open_catalog();
    let app = f.session.open_pool("App", None, NEW).unwrap();
    let user = f.user();
    f.grant("pool", app, MODIFY);
    let below = f.pool(r"\App\P", T1);
    user.delete_pool(below).unwrap();
    let top = f.pool("Top", T1);
    f.refused(ErrorKind::AccessDenied, || user.delete_pool(top));
    f.refused(ErrorKind::AccessDenied, || user.info(top));
}

#[test]
fn media_k_parents_and_types() {
    let f = open_catalog();
    f.pool(r"\App\P", T1);
    f.system_pool("Free", T1);
    let free_pool = format!(r"\Free\{}\Mine", T1.known().name);
    for path in [r"\App\P\Q", r"\Free\Mine", &free_pool] {
        f.refused(ErrorKind::InvalidParameter, || f.session.open_pool(path, None, NEW));
    }
    for media_type in [unknown(), f.id("SELECT id FROM library", [])] {
        f.refused(ErrorKind::InvalidMedia, || f.session.open_pool("X", Some(media_type), NEW));
    }
    let null = Some(MediaTypeId::NULL);
    f.refused(ErrorKind::InvalidParameter, || f.session.open_pool("X", null, NEW));
    f.session.close().unwrap();
    f.refused(ErrorKind::InvalidHandle, || f.session.open_pool("X", None, NEW));
}

#[test]
fn media_k_rights() {
    const MODIFY: u32 = 2;
    const CONTROL: u32 = 4;
    for (model, on_root, on_parent) in
        [(AccessModel::Server2003, CONTROL, CONTROL), (AccessModel::WindowsXp, 0, MODIFY)]
    {
        let f = open_catalog_with(model);
        let app = f.session.open_pool("App", None, NEW).unwrap();
        let root: PoolId = f.id("SELECT id FROM pool WHERE key = 1", []);
        let user = f.user();
        let create = || user.open_pool(r"\App\P", None, NEW);
        f.grant("pool", root, on_root);
        f.grant("pool", app, 7 & !on_parent);
        f.refused(ErrorKind::AccessDenied, create);
        f.grant("pool", app, on_parent);
        if on_root != 0 {
            f.grant("pool", root, 7 & !on_root);
            f.refused(ErrorKind::AccessDenied, create);
            f.grant("pool", root, on_root);
        }
        let pool = create().unwrap();
        // Opening needs no right, and its creator may do everything with it.
        f.grant("pool", root, 0);
        f.grant("pool", app, 0);
        assert_eq!(user.open_pool(r"\App\P", None, EXISTING).unwrap(), pool);
        user.delete_pool(pool).unwrap();
    }
}

#[test]
fn media_q1() {
    let f = open_catalog();
    let pool = f.pool(r"\App\P", T1);
    let app: PoolId = f.id("SELECT id FROM pool WHERE name = 'App'", []);
    f.session.delete_pool(pool).unwrap();
    let changes = [(3, ObjectType::MediaPool, pool.into()), (1, ObjectType::MediaPool, app.into())];
    assert_eq!(f.last_changes(), changes);
    assert_eq!(f.session.info(app).unwrap().number_of_media_pools, 0);
    f.refused(ErrorKind::ObjectNotFound, || f.session.info(pool));
    assert_ne!(f.session.open_pool(r"\App\P", None, NEW).unwrap(), pool);
}

#[test]
fn media_q2() {
    let f = open_catalog();
    let pool = f.pool(r"\App\P", T1);
    let medium = f.medium(pool, &[SideState::Decommissioned], 1);
    f.refused(ErrorKind::NotEmpty, || f.session.delete_pool(pool));
    f.session.delete_offline_media(medium.physical_media).unwrap();
    f.session.delete_pool(pool).unwrap();
}

#[test]
fn media_q3() {
    let f = open_catalog();
    let pool = f.pool(r"\App\P", T1);
    let app: PoolId = f.id("SELECT id FROM pool WHERE name = 'App'", []);
    f.refused(ErrorKind::NotEmpty, || f.session.delete_pool(app));
    f.session.delete_pool(pool).unwrap();
    f.session.delete_pool(app).unwrap();
}

#[test]
fn media_q4() {
    let f = open_catalog();
    let mut pools: Vec<PoolId> =
        ["Free", "Import", "Unrecognized"].map(|root| f.system_pool(root, T1)).into();
    pools.extend(
        ["Free", "Import", "Unrecognized", ""]
            .map(|name| f.id::<PoolId>("SELECT id FROM pool WHERE name = ?1", [name])),
    );
    pools.extend([unknown::<PoolId>(), cast(f.media_type(T1))]);
    for pool in pools {
        f.refused(ErrorKind::InvalidMediaPool, || f.session.delete_pool(pool));
    }
    f.refused(ErrorKind::InvalidParameter, || f.session.delete_pool(PoolId::NULL));
}

#[test]
fn media_q_rights() {
    const MODIFY: u32 = 2;
    const CONTROL: u32 = 4;
    for (model, wanted) in [(AccessModel::Server2003, MODIFY), (AccessModel::WindowsXp, CONTROL)] {
        let f = open_catalog_with(model);
        let pool = f.pool(r"\App\P", T1);
        let user = f.user();
        f.grant("pool", pool, 7 & !wanted);
        f.refused(ErrorKind::AccessDenied, || user.delete_pool(pool));
        f.grant("pool", pool, wanted);
        user.delete_pool(pool).unwrap();
    }
}

#[test]
fn media_g1_to_g3() {
    let f = open_catalog();
    let pool = f.pool(r"\App\P", T1);
    assert_eq!(f.session.pool_path(pool).unwrap(), r"\App\P");
    let app = f.session.open_pool("App", None, EXISTING).unwrap();
    let mut record = f.session.info(app).unwrap();
    record.common.name = "Apps".into();
    f.session.set_info(&record).unwrap();
    assert_eq!(f.session.pool_path(pool).unwrap(), r"\Apps\P");
    let free = f.system_pool("Free", T1);
    assert_eq!(f.session.pool_path(free).unwrap(), format!(r"\Free\{}", T1.known().name));
    let root: PoolId = f.id("SELECT id FROM pool WHERE key = 1", []);
    assert_eq!(f.session.pool_path(root).unwrap(), r"\");
    assert_eq!(f.user().pool_path(pool).unwrap(), r"\Apps\P");
}

#[test]
fn media_g4() {
    let f = open_catalog();
    f.refused(ErrorKind::InvalidParameter, || f.session.pool_path(PoolId::NULL));
    f.refused(ErrorKind::InvalidMediaPool, || f.session.pool_path(unknown()));
    f.refused(ErrorKind::InvalidMediaPool, || f.session.pool_path(cast(f.media_type(T1))));
}
