//! A crash after every single step of an export and of a replacement: the catalog is the old one or
//! the new one, whole, and the next opening brings it to its end.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::sync::Arc;

use uuid::Uuid;

use crate::catalog::disk::step;
use crate::catalog::testing::{filled, open_named, try_open};
use crate::catalog::{Catalog, NewPool, ROOT_POOL};
use crate::error::{ErrorKind, Result};
use crate::model::{Id, PoolType, SecurityDescriptor, Timestamp};

const NOW: Timestamp = Timestamp::from_micros(1_000_000);

fn add_pool(catalog: &Catalog, name: &str) {
    let new = NewPool {
        id: Id::from_uuid(Uuid::from_u128(name.len() as u128 + 77)),
        parent: Some(ROOT_POOL),
        name: name.to_owned(),
        security: SecurityDescriptor::open_for_use(),
        pool_type: PoolType::Application,
        media_type: None,
    };
    catalog.write(move |transaction| transaction.insert_pool(&new, NOW)).expect("room");
}

fn pools(catalog: &Catalog) -> BTreeSet<String> {
    let is_there = |name: &&str| {
        catalog.read(|view| view.child_pool(ROOT_POOL, name)).expect("readable").is_some()
    };
    ["old", "newer", "still works"]
        .iter()
        .filter(|name| is_there(name))
        .map(ToString::to_string)
        .collect()
}

fn names<const N: usize>(names: [&str; N]) -> BTreeSet<String> {
    names.into_iter().map(str::to_owned).collect()
}

fn export(catalog: &Catalog, n: u128) -> Result<()> {
    catalog.export(Uuid::from_u128(n), NOW).map(drop)
}

/// A catalog that was exported with pool "old", has pool "new" besides now, whose log holds it, and
/// is to be replaced by its export. Nobody has it open.
fn wanted(directory: &Path) {
    let catalog = filled(directory);
    add_pool(&catalog, "old");
    export(&catalog, 1).expect("room");
    add_pool(&catalog, "newer");
    catalog.want_import().expect("a whole export");
}

fn generation(catalog: &Catalog) -> u64 {
    catalog.read(|view| view.generation()).expect("readable")
}

/// Runs `work`, which lets the disk fail after so many steps, from none on, until it succeeds. Gives
/// how many steps it takes.
fn at_each_step<T>(mut work: impl FnMut(u32) -> Result<T>) -> u32 {
    for steps in 0.. {
        match work(steps) {
            Ok(_) => return steps,
            Err(error) => assert_eq!(error.kind(), ErrorKind::DatabaseFull, "{error:?}"),
        }
    }
    0
}

#[test]
fn a_replacement_that_stops_after_any_step_is_done_by_the_next_opening() {
    let steps = at_each_step(|steps| {
        let temp = tempfile::tempdir().expect("temporary directory");
        wanted(temp.path());
        step::allow(Some(steps));
        let first = try_open(temp.path(), 2).map(drop);
        step::allow(None);
        // Whatever the first has left, the next ends it.
        let catalog = open_named(temp.path(), 3);
        assert_eq!(pools(&catalog), names(["old"]), "after {steps} steps");
        assert_eq!(generation(&catalog), 2, "after {steps} steps");
        drop(catalog);
        // And once only.
        assert_eq!(generation(&open_named(temp.path(), 4)), 2, "after {steps} steps");
        assert_no_traces(temp.path());
        first
    });
    assert!(steps >= 12, "only {steps} steps");
}

#[test]
fn a_replacement_that_stops_after_every_step_goes_on() {
    for at_a_time in 1..16 {
        let temp = tempfile::tempdir().expect("temporary directory");
        wanted(temp.path());
        // What each attempt does counts for the next, unless it has to begin anew.
        for attempt in 0..20u8 {
            step::allow(Some(at_a_time + u32::from(attempt) / 4));
            let done = try_open(temp.path(), 10 + attempt).is_ok();
            step::allow(None);
            if done {
                break;
            }
        }
        let catalog = open_named(temp.path(), 3);
        assert_eq!((pools(&catalog), generation(&catalog)), (names(["old"]), 2), "{at_a_time}");
    }
}

fn assert_no_traces(directory: &Path) {
    for name in ["import.wanted", "import.ready", "catalog.import", "catalog.import-journal"] {
        assert!(!directory.join(name).exists(), "{name}");
    }
}

#[test]
fn a_damaged_export_that_is_found_at_the_start_leaves_the_catalog_whatever_step_fails() {
    let steps = at_each_step(|steps| {
        let temp = tempfile::tempdir().expect("temporary directory");
        wanted(temp.path());
        fs::remove_file(temp.path().join("export/manifest")).expect("it is there");
        step::allow(Some(steps));
        let first = try_open(temp.path(), 2).map(drop);
        step::allow(None);
        let catalog = open_named(temp.path(), 3);
        assert_eq!(pools(&catalog), names(["old", "newer"]), "after {steps} steps");
        assert_eq!(generation(&catalog), 1);
        assert_no_traces(temp.path());
        first
    });
    assert!(steps >= 4, "only {steps} steps");
}

#[test]
fn an_export_that_stops_after_any_step_leaves_the_former_one() {
    let steps = at_each_step(|steps| {
        let temp = tempfile::tempdir().expect("temporary directory");
        let catalog = filled(temp.path());
        add_pool(&catalog, "old");
        export(&catalog, 1).expect("room");
        add_pool(&catalog, "newer");
        step::allow(Some(steps));
        let done = export(&catalog, 2);
        step::allow(None);
        // The former one, or the new one if it was published before the disk failed.
        catalog.want_import().expect("a whole export");
        drop(catalog);
        let found = pools(&open_named(temp.path(), 3));
        let both = names(["old", "newer"]);
        assert!(found == both || (done.is_err() && found == names(["old"])), "{steps}: {found:?}");
        done
    });
    assert!(steps >= 5, "only {steps} steps");
}

#[test]
fn a_first_export_that_stops_after_any_step_can_be_done_again() {
    at_each_step(|steps| {
        let temp = tempfile::tempdir().expect("temporary directory");
        let catalog = filled(temp.path());
        step::allow(Some(steps));
        let done = export(&catalog, 1);
        step::allow(None);
        export(&catalog, 2).expect("room");
        let left: Vec<_> = fs::read_dir(temp.path().join("export")).expect("folder").collect();
        assert_eq!(left.len(), 2, "{left:?}");
        done
    });
}

#[test]
fn the_log_of_the_old_catalog_is_never_taken_for_the_new_ones() {
    let temp = tempfile::tempdir().expect("temporary directory");
    wanted(temp.path());
    let log = fs::read(temp.path().join("catalog.db-wal")).expect("log");
    assert!(!log.is_empty());
    // Up to the decision everything of the old one is there.
    step::allow(Some(4));
    try_open(temp.path(), 2).map(drop).expect_err("the disk fails");
    step::allow(None);
    assert!(temp.path().join("import.wanted").exists());
    assert!(fs::read(temp.path().join("catalog.db-wal")).expect("log") == log);
    let catalog: Arc<Catalog> = open_named(temp.path(), 3);
    assert_eq!(pools(&catalog), names(["old"]));
}

#[test]
fn nobody_joins_a_catalog_that_is_to_be_replaced() {
    let temp = tempfile::tempdir().expect("temporary directory");
    let catalog = filled(temp.path());
    export(&catalog, 1).expect("room");
    catalog.want_import().expect("a whole export");
    let error = try_open(temp.path(), 2).map(drop).expect_err("somebody has it open");
    assert_eq!(error.kind(), ErrorKind::NotReady);
    add_pool(&catalog, "still works");
    drop(catalog);
    assert_eq!(pools(&open_named(temp.path(), 3)), names([]));
}

#[test]
fn numbers_go_on_behind_those_of_the_old_catalog() {
    let temp = tempfile::tempdir().expect("temporary directory");
    let catalog = filled(temp.path());
    export(&catalog, 1).expect("room");
    let take = |catalog: &Catalog| {
        catalog
            .write(|transaction| {
                Ok((transaction.take_sequence_number()?, transaction.fresh_request_id(NOW)?))
            })
            .expect("room")
    };
    let given: BTreeSet<_> = (0..3).map(|_| take(&catalog)).collect();
    catalog.want_import().expect("a whole export");
    drop(catalog);
    let catalog = open_named(temp.path(), 3);
    let again = take(&catalog);
    assert!(given.iter().all(|one| one.0 < again.0 && one.1 != again.1), "{given:?} {again:?}");
}
