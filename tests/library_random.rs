//! Applications, people and broken devices at random: never the wrong medium, and nothing that was
//! acknowledged is lost.
//!
//! Everything happens on a clock that lets one thread work at a time: the same seed does the same
//! again. `RSM_SEED` runs one seed only and shows what happened; `RSM_STEPS`, `RSM_SEEDS` and
//! `RSM_FIRST` say how long each seed is, how many there are and with which they begin.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

#[path = "library_random/acme.rs"]
mod acme;
#[path = "library_random/calls.rs"]
mod calls;
#[path = "library_random/checks.rs"]
mod checks;
#[path = "support/child.rs"]
mod child;
#[path = "library_random/death.rs"]
mod death;
#[path = "library_random/killed.rs"]
mod killed;
#[path = "support/ledger.rs"]
mod ledger;
#[path = "library_random/plug.rs"]
mod plug;
#[path = "library_random/queued.rs"]
mod queued;
#[path = "library_random/reserved.rs"]
mod reserved;
#[path = "support/robot.rs"]
mod robot;
#[path = "library_random/trace.rs"]
mod trace;
#[path = "library_random/trouble.rs"]
mod trouble;
#[path = "library_random/world.rs"]
mod world;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::time::Duration;

use child::Child;
use killed::Said;
use ledger::Dice;
use world::World;

const STEPS: usize = 200;
/// How many seeds are run without being asked for.
const SEEDS: u64 = 6;

/// Runs one seed; when it fails, shows how it came to that.
fn run(seed: u64, shows: bool) {
    let _watched = watch(seed);
    let mut world = World::new(seed);
    world.shows = shows;
    let mut step = 0;
    let done = catch_unwind(AssertUnwindSafe(|| {
        while step < steps() {
            world.step();
            step += 1;
        }
        world.finish();
    }));
    if done.is_err() && !shows {
        world.log.iter().for_each(|line| println!("{line}"));
    }
    if shows || done.is_err() {
        world.show();
    }
    assert!(done.is_ok(), "RSM_SEED={seed} failed at step {step} of {}", steps());
}

/// How many steps a seed has.
fn steps() -> usize {
    number("RSM_STEPS").map_or(STEPS, |steps| usize::try_from(steps).expect("a number of steps"))
}

fn number(variable: &str) -> Option<u64> {
    std::env::var(variable).ok().map(|text| text.parse().expect("a number"))
}

/// No seed takes long: one that does has a call that waits for ever.
fn watch(seed: u64) -> Sender<()> {
    let (ended, end) = channel::<()>();
    std::thread::spawn(move || {
        if end.recv_timeout(Duration::from_secs(60 + steps() as u64 / 5))
            == Err(RecvTimeoutError::Timeout)
        {
            eprintln!("RSM_SEED={seed} hangs");
            std::process::abort();
        }
    });
    ended
}

#[test]
fn at_random_nobody_gets_the_wrong_medium() {
    if let Some(seed) = number("RSM_SEED") {
        tracing::subscriber::set_global_default(trace::Shown).expect("nobody else logs");
        return run(seed, true);
    }
    let first = number("RSM_FIRST").unwrap_or(0);
    let seeds = number("RSM_SEEDS").unwrap_or(SEEDS);
    (first..first + seeds).for_each(|seed| run(seed, false));
    println!("{seeds} seeds of {} steps", steps());
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
