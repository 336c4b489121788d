//! How long an export takes, and what it does to the calls of others.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use crate::Failure;
use crate::load::{Worker, workers};
use crate::setup::Measured;

pub fn measure(catalog: &Measured, exports: usize, threads: usize) -> Result<(), Failure> {
    let mut workers = workers(&catalog.held, threads);
    let (mut alone, mut busy) = (Phase::default(), Phase::default());
    let mut size = 0;
    for _ in 0..exports {
        let took = busy.watch(catalog, &mut workers, || {
            let start = Instant::now();
            size = catalog.session.export_database()?.files.iter().map(|file| file.size).sum();
            Ok(start.elapsed())
        })?;
        busy.took.push(took);
        alone.watch(catalog, &mut workers, || {
            thread::sleep(took);
            Ok(took)
        })?;
    }
    let quiet = {
        let start = Instant::now();
        catalog.session.export_database()?;
        start.elapsed()
    };
    busy.took.sort_unstable();
    println!("media {}", catalog.media);
    println!("threads {threads}");
    println!("export_mib {:.1}", size as f64 / f64::from(1 << 20));
    println!("export_s_nobody_else {:.3}", quiet.as_secs_f64());
    println!("export_s_median {:.3}", busy.took[busy.took.len() / 2].as_secs_f64());
    println!("export_s_longest {:.3}", busy.took[busy.took.len() - 1].as_secs_f64());
    busy.print("meanwhile");
    alone.print("without");
    Ok(())
}

/// What calls took while something went on.
#[derive(Default)]
struct Phase {
    took: Vec<Duration>,
    latencies: Vec<u32>,
    longest_of_rounds: Vec<u32>,
    seconds: f64,
}

impl Phase {
    /// Lets the workers work while `doing` goes on.
    fn watch(
        &mut self,
        catalog: &Measured,
        workers: &mut [Worker],
        doing: impl FnOnce() -> Result<Duration, Failure>,
    ) -> Result<Duration, Failure> {
        let stop = AtomicBool::new(false);
        let start = Instant::now();
        let took = thread::scope(|scope| {
            let threads: Vec<_> = workers
                .iter_mut()
                .map(|worker| {
                    let stop = &stop;
                    scope.spawn(move || worker.run_until(catalog, || stop.load(Ordering::Relaxed)))
                })
                .collect();
            let took = doing();
            stop.store(true, Ordering::Relaxed);
            for thread in threads {
                thread.join().map_err(|_| "a thread panicked")??;
            }
            took
        })?;
        self.seconds += start.elapsed().as_secs_f64();
        let new: Vec<u32> =
            workers.iter_mut().flat_map(|worker| std::mem::take(&mut worker.latencies)).collect();
        self.longest_of_rounds.extend(new.iter().max());
        self.latencies.extend(new);
        Ok(took)
    }

    fn print(&mut self, when: &str) {
        self.latencies.sort_unstable();
        self.longest_of_rounds.sort_unstable();
        let at = |sorted: &[u32], part: f64| {
            let last = sorted.len().saturating_sub(1);
            f64::from(sorted[(last as f64 * part) as usize]) / 1e6
        };
        println!("ops_per_s_{when} {:.0}", self.latencies.len() as f64 / self.seconds);
        println!("call_ms_p50_{when} {:.3}", at(&self.latencies, 0.5));
        println!("call_ms_p99_{when} {:.3}", at(&self.latencies, 0.99));
        println!("call_ms_p999_{when} {:.3}", at(&self.latencies, 0.999));
        println!("longest_call_ms_median_{when} {:.3}", at(&self.longest_of_rounds, 0.5));
        println!("longest_call_ms_{when} {:.3}", at(&self.longest_of_rounds, 1.0));
    }
}
