//! What this crate costs, beside what SQLite itself can do, in one run.
//!
//! ```text
//! cargo run --release --example limits -- --media 100000 --threads 1 --seconds 10
//! ```
//!
//! The raw limit is one SQLite connection that updates one row per durable transaction with the
//! catalog's own settings (WAL, `synchronous=FULL`, 4096-byte pages). An operation of the crate is
//! one allocation or one deallocation through the public interface, durable when it returns. Both
//! are measured in turn, in at least ten slices, and compared slice by slice, so that a disk that
//! changes its mind does not decide the result.
//!
//! Load: one-sided media (or two-sided ones) in one pool with policy 0, half of the sides allocated,
//! freed at random.
//!
//! With `--wake-up 1000` it measures instead how soon a call that waits returns. What it returns is
//! durable, so the time of a commit is in it, which is printed beside.
//!
//! With `--notifications 1000` it measures instead how soon listeners are told of a commit, and how
//! much slower others write beside them.
//!
//! With `--mounts 20000` it measures instead how many mounts a simulated library makes in a second
//! of real time, and what they cost. On one core:
//!
//! ```text
//! taskset -c 0 target/release/examples/limits --mounts 20000 --drives 24 --directory /dev/shm
//! ```

mod load;
mod mounts;
mod notifications;
mod raw;
mod report;
mod setup;
mod wake_up;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use clap::Parser;
use rsm::model::MediaTypeCode;

type Failure = Box<dyn std::error::Error + Send + Sync>;

/// Measures the crate against the raw limit of SQLite on this machine.
#[derive(Parser)]
struct Arguments {
    /// Media in the catalog; half of them are allocated.
    #[arg(long, default_value_t = 100_000)]
    media: usize,
    /// Threads that allocate and deallocate, each with sessions of its own.
    #[arg(long, default_value_t = 1)]
    threads: usize,
    /// Seconds of measuring; raw limit and crate share them.
    #[arg(long, default_value_t = 10)]
    seconds: u64,
    /// Microseconds slept after each commit, on both sides: a slower disk.
    #[arg(long, default_value_t = 0)]
    commit_delay_us: u64,
    /// Media with two sides, shared: the sides are allocated one by one.
    #[arg(long)]
    two_sided: bool,
    /// Also measure a catalog of this many media in the same run, and print how much slower the
    /// median operation of the large one is.
    #[arg(long)]
    against: Option<usize>,
    /// Measure instead how long a waiting call sleeps on after the commit that serves it: from the
    /// commit of a deallocation to the return of the call that waited for the side, so many times
    /// within a process, then across two.
    #[arg(long)]
    wake_up: Option<usize>,
    /// Measure instead how long after a commit a listener has its event, so many times within a
    /// process, then across two; and what listeners cost those who write.
    #[arg(long)]
    notifications: Option<usize>,
    /// Measure instead so many mounts in a simulated library, on a virtual clock.
    #[arg(long)]
    mounts: Option<usize>,
    /// Drives of that library, and sessions that use it.
    #[arg(long, default_value_t = 24)]
    drives: usize,
    /// How long its movements take, in virtual time.
    #[arg(long, value_enum, default_value_t = mounts::Pace::Large)]
    pace: mounts::Pace,
    /// Which of its threads work at a time.
    #[arg(long, value_enum, default_value_t = mounts::Order::SideBySide)]
    order: mounts::Order,
    /// Where the catalogs are made; a temporary directory unless given.
    #[arg(long)]
    directory: Option<PathBuf>,
    /// Only open this catalog and say how long that took and how much memory: used by the program
    /// itself, in a process of its own.
    #[arg(long, hide = true)]
    open_only: Option<PathBuf>,
    /// Only wait for sides in this catalog: the other process of `--wake-up`.
    #[arg(long, hide = true)]
    wait_only: Option<PathBuf>,
    /// Only listen to this catalog: the other process of `--notifications`.
    #[arg(long, hide = true)]
    listen_only: Option<PathBuf>,
}

fn main() -> Result<(), Failure> {
    let arguments = Arguments::parse();
    if let Some(catalog) = &arguments.open_only {
        return report::open_only(catalog);
    }
    if let Some(catalog) = &arguments.wait_only {
        return wake_up::wait_only(catalog);
    }
    if let Some(catalog) = &arguments.listen_only {
        return notifications::listen_only(catalog);
    }
    let scratch = match &arguments.directory {
        Some(directory) => tempfile::tempdir_in(directory)?,
        None => tempfile::tempdir()?,
    };
    if let Some(mounts) = arguments.mounts {
        let Arguments { drives, pace, order, .. } = arguments;
        return mounts::measure(scratch.path(), mounts::Setting { mounts, drives, pace, order });
    }
    let delay = Arc::new(setup::Delay::default());
    if let Some(times) = arguments.wake_up {
        return wake_up::measure(scratch.path(), times, &delay);
    }
    if let Some(times) = arguments.notifications {
        return notifications::measure(scratch.path(), times, &delay);
    }
    let code = if arguments.two_sided { MediaTypeCode::Mo5Rw } else { MediaTypeCode::LtoUltrium };
    let make =
        |name: &str, media| setup::Measured::new(&scratch.path().join(name), media, code, &delay);
    let catalog = make("catalog", arguments.media)?;
    let against = arguments.against.map(|media| make("against", media)).transpose()?;
    let raw = raw::Raw::new(&scratch.path().join("raw.db"), &delay)?;
    delay.set(Duration::from_micros(arguments.commit_delay_us));
    let measured = load::measure(&raw, &catalog, against.as_ref(), &arguments)?;
    delay.set(Duration::ZERO);
    report::print(&measured, &catalog, &arguments)
}
