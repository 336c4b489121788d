//! Applications, people and broken devices at random: never the wrong medium, and nothing that was
//! acknowledged is lost.
//!
//! `RSM_SEED` runs one seed only and shows what happened.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

#[path = "library_random/acme.rs"]
mod acme;
#[path = "support/child.rs"]
mod child;
#[path = "library_random/killed.rs"]
mod killed;
#[path = "support/ledger.rs"]
mod ledger;
#[path = "library_random/queued.rs"]
mod queued;
#[path = "library_random/reserved.rs"]
mod reserved;
#[path = "support/robot.rs"]
mod robot;
#[path = "library_random/world.rs"]
mod world;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::time::{Duration, Instant};

use child::Child;
use killed::Said;
use ledger::Dice;
use world::World;

const STEPS: usize = 80;
const TIME: Duration = Duration::from_secs(10);

/// Runs one seed; when it fails, shows how it came to that.
fn run(seed: u64, shows: bool) {
    let _watched = watch(seed);
    let mut world = World::new(seed);
    let mut step = 0;
    let done = catch_unwind(AssertUnwindSafe(|| {
        while step < STEPS {
            world.step();
            step += 1;
        }
        world.finish();
    }));
    if shows || done.is_err() {
        world.log.iter().for_each(|line| println!("{line}"));
        world.show();
    }
    assert!(done.is_ok(), "RSM_SEED={seed} failed at step {step} of {STEPS}");
}

/// No seed takes long: one that does has a call that waits for ever.
fn watch(seed: u64) -> Sender<()> {
    let (ended, end) = channel::<()>();
    std::thread::spawn(move || {
        if end.recv_timeout(Duration::from_secs(60)) == Err(RecvTimeoutError::Timeout) {
            eprintln!("RSM_SEED={seed} hangs");
            std::process::abort();
        }
    });
    ended
}

#[test]
fn at_random_nobody_gets_the_wrong_medium() {
    if let Ok(seed) = std::env::var("RSM_SEED") {
        return run(seed.parse().expect("a number"), true);
    }
    let start = Instant::now();
    let mut seed = 0;
    while start.elapsed() < TIME {
        run(seed, false);
        seed += 1;
    }
    println!("{seed} seeds");
    assert!(seed > 2, "the machine is too slow to say anything");
}

const KILLS: u64 = 60;

#[test]
fn a_killed_process_leaves_every_cartridge_where_it_can_be_found() {
    let directory = tempfile::tempdir().expect("temporary directory");
    let path = directory.path().to_str().expect("text");
    let (mut said, mut dice) = (Said::default(), Dice(1));
    said.settle(directory.path());
    for round in 1..=KILLS {
        let mut child = Child::start(&["work", path, &round.to_string()]);
        for _ in 0..1 + dice.below(25) {
            said.note(&child.next().expect("it works until it is killed"));
        }
        child.kill();
        for line in child.rest() {
            said.note(&line);
        }
        said.settle(directory.path());
    }
    println!("{KILLS} kills, {} answers looked at, nothing lost", said.answers);
}

#[test]
#[ignore = "another part of the tests above"]
fn child() {
    let part = child::part().expect("started by a test");
    killed::work(Path::new(&part[1]), part[2].parse().expect("a number"), child::tell);
}
