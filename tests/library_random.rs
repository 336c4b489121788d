//! Applications, people and broken devices at random: never the wrong medium, nothing that was
//! acknowledged is lost, no cartridge is lost or doubled, and nobody waits for ever.
//!
//! Everything happens on a clock that lets one thread work at a time: the same seed does the same
//! again. `RSM_SEED` runs one seed only, shows what happens, and what the library logs; `RSM_STEPS`,
//! `RSM_SEEDS` and `RSM_FIRST` say how long each seed is, how many there are and with which they
//! begin. As many seeds are run at once as there are processors.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

#[path = "library_random/acme.rs"]
mod acme;
#[path = "library_random/applications.rs"]
mod applications;
#[path = "library_random/calls.rs"]
mod calls;
#[path = "library_random/checks.rs"]
mod checks;
#[path = "support/child.rs"]
mod child;
#[path = "library_random/death.rs"]
mod death;
#[path = "library_random/finish.rs"]
mod finish;
#[path = "library_random/hall.rs"]
mod hall;
#[path = "library_random/killed.rs"]
mod killed;
#[path = "support/ledger.rs"]
mod ledger;
#[path = "library_random/operator.rs"]
mod operator;
#[path = "library_random/people.rs"]
mod people;
#[path = "library_random/plug.rs"]
mod plug;
#[path = "library_random/queued.rs"]
mod queued;
#[path = "library_random/reserved.rs"]
mod reserved;
#[path = "support/robot.rs"]
mod robot;
#[path = "library_random/show.rs"]
mod show;
#[path = "library_random/trace.rs"]
mod trace;
#[path = "library_random/trouble.rs"]
mod trouble;
#[path = "library_random/world.rs"]
mod world;

use std::num::NonZeroUsize;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering::SeqCst};
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::time::{Duration, Instant};

use child::Child;
use killed::Said;
use ledger::Dice;
use parking_lot::Mutex;
use world::World;

/// How many steps most seeds have, how many seeds there are without being asked for, and the same of
/// those that last longer.
const STEPS: u64 = 200;
const SEEDS: u64 = 24;
const LONG: u64 = 1000;
const LONG_SEEDS: u64 = 2;

/// Seeds that have found what others do not, and how long each must be for that.
const FOUND: [(u64, u64); 1] = [(3005, 560)];

/// What was done.
#[derive(Default)]
struct Tally {
    seeds: AtomicU64,
    steps: AtomicU64,
    mounts: AtomicU64,
}

impl Tally {
    fn tell(&self, time: Duration) {
        let [seeds, steps, mounts] =
            [&self.seeds, &self.steps, &self.mounts].map(|count| count.load(SeqCst));
        let each = |count: u64| count as f64 / time.as_secs_f64();
        println!(
            "{seeds} seeds, {steps} steps ({:.0} in a second), {mounts} mounts ({:.1} in a second)",
            each(steps),
            each(mounts)
        );
    }
}

/// Runs one seed; when it fails, shows how it came to that. Says whether it passed.
fn run(seed: u64, steps: u64, shows: bool, tally: &Tally) -> bool {
    let _watched = watch(seed, steps);
    let mut world = World::new(seed);
    world.shows = shows;
    let mut step = 0;
    let done = catch_unwind(AssertUnwindSafe(|| {
        while step < steps {
            world.step();
            step += 1;
        }
        world.finish();
    }));
    tally.seeds.fetch_add(1, SeqCst);
    tally.steps.fetch_add(step, SeqCst);
    tally.mounts.fetch_add(world.mounts, SeqCst);
    let _one_after_the_other = SHOWING.lock();
    if done.is_err() && !shows {
        world.log.iter().for_each(|line| println!("{line}"));
    }
    if shows || done.is_err() {
        world.show();
    }
    if done.is_err() {
        println!("RSM_SEED={seed} RSM_STEPS={steps} failed at step {step}");
    }
    done.is_ok()
}

static SHOWING: Mutex<()> = Mutex::new(());

fn number(variable: &str) -> Option<u64> {
    std::env::var(variable).ok().map(|text| text.parse().expect("a number"))
}

/// No seed takes long: one that does has a call that waits for ever.
fn watch(seed: u64, steps: u64) -> Sender<()> {
    let (ended, end) = channel::<()>();
    std::thread::spawn(move || {
        if end.recv_timeout(Duration::from_secs(60 + steps / 3)) == Err(RecvTimeoutError::Timeout) {
            eprintln!("RSM_SEED={seed} RSM_STEPS={steps} hangs");
            std::process::abort();
        }
    });
    ended
}

/// Runs seeds, as many at once as the computer can. Gives those that failed.
fn run_all(seeds: &[(u64, u64)], tally: &Tally) -> Vec<u64> {
    let (next, failed) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    let work = || {
        while let Some((seed, steps)) = seeds.get(next.fetch_add(1, SeqCst)) {
            if !run(*seed, *steps, false, tally) {
                failed.lock().push(*seed);
            }
        }
    };
    std::thread::scope(|scope| {
        let workers = std::thread::available_parallelism().map_or(1, NonZeroUsize::get);
        (0..workers).for_each(|_| drop(scope.spawn(work)));
    });
    failed.into_inner()
}

#[test]
fn at_random_nobody_gets_the_wrong_medium() {
    let (tally, begun) = (Tally::default(), Instant::now());
    let steps = number("RSM_STEPS");
    let failed = match (number("RSM_SEED"), number("RSM_FIRST"), number("RSM_SEEDS")) {
        (Some(seed), ..) => {
            tracing::subscriber::set_global_default(trace::Shown).expect("nobody else logs");
            let passed = run(seed, steps.unwrap_or(STEPS), true, &tally);
            if passed { vec![] } else { vec![seed] }
        }
        (None, None, None) if steps.is_none() => {
            // The long ones first.
            let long = (SEEDS..SEEDS + LONG_SEEDS).map(|seed| (seed, LONG));
            let short = (0..SEEDS).map(|seed| (seed, STEPS));
            run_all(&long.chain(FOUND).chain(short).collect::<Vec<_>>(), &tally)
        }
        (None, first, seeds) => {
            let (first, steps) = (first.unwrap_or(0), steps.unwrap_or(STEPS));
            let seeds = first..first + seeds.unwrap_or(SEEDS);
            run_all(&seeds.map(|seed| (seed, steps)).collect::<Vec<_>>(), &tally)
        }
    };
    tally.tell(begun.elapsed());
    assert!(failed.is_empty(), "these seeds failed: {failed:?}");
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
