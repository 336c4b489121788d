//! Processes are killed at any moment, and programs read the catalog's files: nothing that was
//! acknowledged is lost, no side has two owners, and work goes on.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

#[path = "support/child.rs"]
mod child;
#[path = "support/ledger.rs"]
mod ledger;
#[path = "support/stock.rs"]
mod stock;

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::{fs, thread};

use child::Child;
use ledger::{Dice, Ledger};
use rsm::Manager;
use rsm::model::AllocateRequest;

const MEDIA: u32 = 48;
const THREADS: usize = 6;
const KILLS: u64 = 100;

fn text(path: &Path) -> &str {
    path.to_str().expect("text")
}

#[test]
fn a_killed_process_loses_nothing_and_holds_nobody_up() {
    let directory = tempfile::tempdir().expect("temporary directory");
    let pool = stock::register(directory.path(), MEDIA);
    let manager = Manager::open(directory.path()).expect("catalog");
    stock::attach(&manager, MEDIA);
    let session = manager.session("parent").expect("session");
    let (mut ledger, mut dice, mut answers) = (Ledger::default(), Dice(1), 0);
    for round in 0..KILLS {
        let mut child = Child::start(&["work", text(directory.path()), &round.to_string()]);
        for _ in 0..1 + dice.below(60) {
            ledger.note(&child.next().expect("it works until it is killed"));
        }
        child.kill();
        for line in child.rest() {
            ledger.note(&line);
        }
        answers += ledger.held.len() + ledger.gone.len();
        ledger.settle(&manager, pool, THREADS);
        // Work goes on, here too.
        for logical in ledger.held.keys().skip(8) {
            session.deallocate_media(*logical).expect("released");
        }
        ledger.held = std::mem::take(&mut ledger.held).into_iter().take(8).collect();
        let allocation = session.allocate_media(AllocateRequest::from(pool)).expect("allocated");
        ledger.note(&ledger::allocated(&allocation));
    }
    assert_eq!(ledger.errors, Vec::<String>::new());
    println!("{KILLS} kills, {answers} answers looked at, nothing lost");
    assert!(answers > 500, "the children did something: {answers}");
}

/// A backup program reads the database files again and again in the process that allocates, which
/// drops that process's locks on them; meanwhile another process opens and closes the catalog.
#[test]
fn reading_the_files_of_the_catalog_loses_nothing() {
    let directory = tempfile::tempdir().expect("temporary directory");
    let pool = stock::register(directory.path(), MEDIA);
    let mut child = Child::start(&["read and work", text(directory.path())]);
    assert_eq!(child.next().as_deref(), Some("attached"));
    let mut ledger = Ledger::default();
    for _ in 0..40 {
        // What the child does in between is answered, too.
        for _ in 0..10 {
            ledger.note(&child.next().expect("it goes on"));
        }
        let manager = Manager::open(directory.path()).expect("catalog");
        let session = manager.session("visitor").expect("session");
        let mine = session.allocate_media(AllocateRequest::from(pool)).expect("allocated");
        session.deallocate_media(mine.logical_media).expect("released");
    }
    child.say("stop");
    for line in child.rest() {
        if line != "stopped" {
            ledger.note(&line);
        }
    }
    let manager = Manager::open(directory.path()).expect("catalog");
    assert_eq!(ledger.errors, Vec::<String>::new());
    assert!(ledger.going.is_empty(), "every call was answered");
    ledger.settle(&manager, pool, 0);
}

#[test]
#[ignore = "another part of the tests above"]
fn child() {
    let part = child::part().expect("started by a test");
    let directory = Path::new(&part[1]);
    let manager = Manager::open(directory).expect("catalog");
    let pool = stock::pool(&manager);
    let session = manager.session("child").expect("session");
    match part[0].as_str() {
        "work" => {
            let seed: u64 = part[2].parse().expect("number");
            thread::scope(|scope| {
                for thread in 0..THREADS as u64 {
                    let session = &session;
                    scope.spawn(move || {
                        ledger::work(session, pool, seed * 64 + thread, child::tell, || true)
                    });
                }
            });
        }
        "read and work" => {
            stock::attach(&manager, MEDIA);
            child::tell("attached");
            let stop = AtomicBool::new(false);
            thread::scope(|scope| {
                for thread in 0..4 {
                    let (session, stop) = (&session, &stop);
                    scope.spawn(move || {
                        ledger::work(session, pool, thread, child::tell, || !stop.load(Relaxed))
                    });
                }
                scope.spawn(|| {
                    while !stop.load(Relaxed) {
                        for name in ["catalog.db", "catalog.db-wal", "catalog.db-shm"] {
                            fs::read(directory.join(name)).expect("it is there");
                        }
                    }
                });
                assert_eq!(child::hear().as_deref(), Some("stop"));
                stop.store(true, Relaxed);
            });
            child::tell("stopped");
        }
        other => panic!("no such part: {other}"),
    }
}
