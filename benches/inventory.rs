//! An inventory of a library in which nothing has changed: 100,000 cartridges in two changers that
//! take no time themselves. Beside it somebody reads the catalog over and over; how long his reads
//! took is printed at the end.
//!
//! A read can be late because something blocks it, or because its thread gets no processor, or one
//! that holds a lock for a moment gets none. So the program asks to be run before all others, and
//! the reader before the rest of it (`chrt`, which takes a privilege). The time that the reader
//! stood in line for a processor, as the kernel counts it, is told apart from the rest. Without the
//! privilege, on a machine that does other work too, what is left still tells of that work.

use std::fs::{self, File};
use std::hint::black_box;
use std::os::unix::fs::FileExt;
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use criterion::{Criterion, SamplingMode, criterion_group, criterion_main};
use rsm::model::{InventoryMethod, PhysicalMediaId, Timeout};

mod registered;

use registered::Site;

/// Between two reads.
const PAUSE: Duration = Duration::from_micros(100);

/// No read is to be blocked for longer.
const LATE: Duration = Duration::from_millis(5);

/// Nothing has changed since the last one.
fn look(site: &Site) -> rsm::Result<()> {
    site.session.inventory_library(site.library, InventoryMethod::Fast)?;
    site.manager.wait_until_idle(Timeout::Forever)
}

/// One read of the catalog.
struct Read {
    took: Duration,
    /// How much of it its thread waited for a processor.
    in_line: Duration,
}

impl Read {
    fn blocked(&self) -> Duration {
        self.took.saturating_sub(self.in_line)
    }
}

/// What the kernel counts of the thread that asks; nothing where there is no such file.
struct Account(Option<File>);

impl Account {
    fn mine() -> Self {
        Self(File::open("/proc/thread-self/schedstat").ok())
    }

    /// How long the thread has waited for a processor so far.
    fn in_line(&self) -> Duration {
        let mut text = [0; 64];
        let len = self.0.as_ref().and_then(|file| file.read_at(&mut text, 0).ok());
        let text = str::from_utf8(&text[..len.unwrap_or(0)]).unwrap_or_default();
        let nanos = text.split_whitespace().nth(1).and_then(|nanos| nanos.parse().ok());
        Duration::from_nanos(nanos.unwrap_or(0))
    }
}

/// Asks for this thread, and those that it starts, to be run before all that do not have as high a
/// priority.
fn run_first(priority: &str) {
    let this = fs::read_link("/proc/thread-self").unwrap_or_default();
    let Some(this) = this.file_name() else { return };
    let asked = Command::new("chrt").args(["-f", "-p", priority]).arg(this).output();
    if !asked.is_ok_and(|done| done.status.success()) {
        println!("there is no real-time priority to be had: others may get in between");
    }
}

/// Does one thing while the medium is read over and over.
fn beside_a_reader(site: &Site, work: impl FnOnce()) -> Vec<Read> {
    let all = site.session.list::<PhysicalMediaId>(Some(site.library.into())).expect("a list");
    let medium = *all.last().expect("a medium");
    let is_over = AtomicBool::new(false);
    thread::scope(|scope| {
        let reader = scope.spawn(|| {
            run_first("50");
            let account = Account::mine();
            let mut reads = Vec::new();
            while !is_over.load(Ordering::Relaxed) {
                let (start, before) = (Instant::now(), account.in_line());
                black_box(site.session.info(medium).expect("a medium"));
                let in_line = account.in_line() - before;
                reads.push(Read { took: start.elapsed(), in_line });
                // Who runs before all others must leave something to them.
                thread::sleep(PAUSE);
            }
            reads
        });
        work();
        is_over.store(true, Ordering::Relaxed);
        reader.join().expect("the reader panicked")
    })
}

fn report(what: &str, reads: &[Read]) {
    let sorted = |time: fn(&Read) -> Duration| {
        let mut times: Vec<_> = reads.iter().map(time).collect();
        times.sort_unstable();
        times
    };
    let late = reads.iter().filter(|read| read.blocked() > LATE).count();
    println!("{what}: {} reads, {late} blocked for more than {LATE:?}", reads.len());
    for (name, times) in [("in all", sorted(|read| read.took)), ("blocked", sorted(Read::blocked))]
    {
        let rare = times.len().saturating_sub(1 + times.len() / 1_000);
        if let (Some(worst), Some(rare)) = (times.last(), times.get(rare)) {
            println!("  {name}: p99.9 {rare:.1?}, worst {worst:.1?}");
        }
    }
}

fn unchanged(criterion: &mut Criterion) {
    run_first("10");
    let site = Site::new().expect("a site");
    site.manager.wait_until_idle(Timeout::Forever).expect("the first inventory");
    // As long as an inventory takes, or longer.
    let beside_nothing = beside_a_reader(&site, || thread::sleep(Duration::from_secs(5)));
    report("reads beside nothing", &beside_nothing);
    let mut group = criterion.benchmark_group("100,000 cartridges in two changers");
    group.sample_size(10).sampling_mode(SamplingMode::Flat);
    group.measurement_time(Duration::from_secs(20));
    let reads = beside_a_reader(&site, || {
        group.bench_function("an inventory that finds nothing new", |bencher| {
            bencher.iter(|| look(&site).expect("an inventory"));
        });
    });
    report("reads beside inventories", &reads);
    group.finish();
}

criterion_group!(benches, unchanged);
criterion_main!(benches);
