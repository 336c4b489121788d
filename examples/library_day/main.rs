//! A day in a tape library, on a virtual clock: three applications, a person, and what goes wrong.
//!
//! ```text
//! cargo run --release --example library_day -- --out day
//! cargo run --release --example library_day -- --slots 100000 --drives 120 --out day
//! ```
//!
//! Applications back up by night, restore at any time and copy from tape to tape; each call they
//! make is a call of this crate, and each command to a robot or drive takes the time that it takes
//! in a library like IBM's TS4500. A person answers requests after a while. It prints how the day
//! went, and draws the library (`map.svg`) and what its drives did (`drives.svg`).
//!
//! Nothing in the report is computed from averages: a journal holds each command the devices got
//! and each call the applications made, with its times.

mod applications;
mod chance;
mod cleaner;
mod contents;
mod day;
mod demand;
mod journal;
mod lanes;
mod map;
mod operator;
mod report;
mod setting;
mod stock;
mod svg;
mod timeline;
mod troubles;
mod watched;

use std::path::{Path, PathBuf};
use std::time::Instant;

use clap::Parser;
use rsm::clock::{Clock, VirtualClock};

type Failure = Box<dyn std::error::Error + Send + Sync>;

/// Simulates a day in a tape library, prints how it went and draws it.
#[derive(Parser)]
struct Arguments {
    /// Slots of the library; nine of ten are filled.
    #[arg(long, default_value_t = 4_000)]
    slots: u32,
    /// Drives of the library.
    #[arg(long, default_value_t = 24)]
    drives: u32,
    /// How many hours the day has.
    #[arg(long, default_value_t = 24, value_parser = clap::value_parser!(u32).range(1..=168))]
    hours: u32,
    /// Another seed gives another day, the same one the same.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Where the two pictures go; made if it is not there.
    #[arg(long, default_value = ".")]
    out: PathBuf,
}

fn main() -> Result<(), Failure> {
    let arguments = Arguments::parse();
    std::fs::create_dir_all(&arguments.out)?;
    let start = Instant::now();
    let scratch = scratch()?;
    let clock = VirtualClock::one_at_a_time(arguments.seed);
    let _here = clock.participate().begin();
    let setting = setting::Setting::new(scratch.path(), &arguments, &clock)?;
    let prepared = start.elapsed();
    let day = day::live(setting)?;
    let lived = start.elapsed();
    print!("{}", report::text(&day)?);
    let picture = |name: &str, text: String| -> Result<PathBuf, Failure> {
        let path = arguments.out.join(name);
        std::fs::write(&path, text)?;
        Ok(path)
    };
    let map = picture("map.svg", map::draw(&day)?)?;
    let drives = picture("drives.svg", timeline::draw(&day)?)?;
    println!("\nPictures: {} and {}", map.display(), drives.display());
    println!(
        "Real time: {:.1} s to fill the library, {:.1} s for the day",
        prepared.as_secs_f64(),
        (lived - prepared).as_secs_f64()
    );
    Ok(())
}

/// Where the catalog of the day lies: in memory, where there is such a place. Nothing of it is
/// wanted afterwards.
fn scratch() -> std::io::Result<tempfile::TempDir> {
    let memory = Path::new("/dev/shm");
    if memory.is_dir() { tempfile::tempdir_in(memory) } else { tempfile::tempdir() }
}
