//! The load, and what is measured while it runs.

use std::thread;
use std::time::{Duration, Instant};

use rsm::model::{AllocateRequest, LogicalMediaId};

use crate::raw::Raw;
use crate::setup::Measured;
use crate::{Arguments, Failure};

/// Slices of measuring, at least.
const SLICES: u32 = 10;

/// One slice's share that goes to the raw limit.
const RAW_SHARE: f64 = 0.3;

#[derive(Default)]
pub struct Measurement {
    pub raw_per_s: Vec<f64>,
    pub ops_per_s: Vec<f64>,
    pub ratios: Vec<f64>,
    /// Nanoseconds of every operation.
    pub latencies: Vec<u32>,
    pub against_latencies: Vec<u32>,
    pub operations_of_threads: Vec<u64>,
    pub pages_per_op: f64,
}

pub fn measure(
    raw: &Raw,
    catalog: &Measured,
    against: Option<&Measured>,
    arguments: &Arguments,
) -> Result<Measurement, Failure> {
    let slice = Duration::from_secs(arguments.seconds).max(Duration::from_secs(1)) / SLICES;
    let mut workers = workers(&catalog.held, arguments.threads);
    let mut others = against.map(|c| self::workers(&c.held, arguments.threads)).unwrap_or_default();
    let mut measured = Measurement::default();
    let before = catalog.manager.statistics();
    for _ in 0..SLICES {
        let raw_per_s = raw.per_second(slice.mul_f64(RAW_SHARE))?;
        let ops_per_s = run(catalog, &mut workers, slice.mul_f64(1.0 - RAW_SHARE))?;
        if let Some(against) = against {
            run(against, &mut others, slice.mul_f64(1.0 - RAW_SHARE))?;
        }
        measured.raw_per_s.push(raw_per_s);
        measured.ops_per_s.push(ops_per_s);
        measured.ratios.push(ops_per_s / raw_per_s);
    }
    let after = catalog.manager.statistics();
    let operations = (after.operations - before.operations) as f64;
    measured.pages_per_op = (after.pages_written - before.pages_written) as f64 / operations;
    measured.operations_of_threads = workers.iter().map(|w| w.latencies.len() as u64).collect();
    measured.latencies = workers.into_iter().flat_map(|w| w.latencies).collect();
    measured.against_latencies = others.into_iter().flat_map(|w| w.latencies).collect();
    Ok(measured)
}

/// What one thread holds and has measured.
pub struct Worker {
    held: Vec<LogicalMediaId>,
    random: u64,
    latencies: Vec<u32>,
}

pub fn workers(held: &[LogicalMediaId], threads: usize) -> Vec<Worker> {
    let share = held.len().div_ceil(threads.max(1)).max(1);
    let random = |n: usize| 0x9E37_79B9_7F4A_7C15_u64.wrapping_mul(n as u64 + 1);
    held.chunks(share)
        .enumerate()
        .map(|(n, part)| Worker { held: part.to_vec(), random: random(n), latencies: Vec::new() })
        .collect()
}

/// Lets every worker free and allocate for some time; returns operations per second.
pub fn run(catalog: &Measured, workers: &mut [Worker], time: Duration) -> Result<f64, Failure> {
    let before: usize = workers.iter().map(|w| w.latencies.len()).sum();
    let start = Instant::now();
    thread::scope(|scope| {
        let threads: Vec<_> = workers
            .iter_mut()
            .map(|worker| scope.spawn(move || worker.run(catalog, start + time)))
            .collect();
        for thread in threads {
            thread.join().map_err(|_| "a thread panicked")??;
        }
        Ok::<_, Failure>(())
    })?;
    let after: usize = workers.iter().map(|w| w.latencies.len()).sum();
    Ok((after - before) as f64 / start.elapsed().as_secs_f64())
}

impl Worker {
    pub fn into_held(self) -> Vec<LogicalMediaId> {
        self.held
    }

    fn run(&mut self, catalog: &Measured, until: Instant) -> Result<(), Failure> {
        while Instant::now() < until {
            let one = self.pick();
            self.timed(|| catalog.session.deallocate_media(one))?;
            let request = AllocateRequest::from(catalog.pool).error_if_unavailable();
            let allocation = self.timed(|| catalog.session.allocate_media(request))?;
            self.held.push(allocation.logical_media);
        }
        Ok(())
    }

    fn timed<T>(&mut self, call: impl FnOnce() -> rsm::Result<T>) -> rsm::Result<T> {
        let start = Instant::now();
        let result = call()?;
        self.latencies.push(u32::try_from(start.elapsed().as_nanos()).unwrap_or(u32::MAX));
        Ok(result)
    }

    /// One of the held media, at random.
    fn pick(&mut self) -> LogicalMediaId {
        self.random ^= self.random << 13;
        self.random ^= self.random >> 7;
        self.random ^= self.random << 17;
        let at = self.random % self.held.len() as u64;
        self.held.swap_remove(at as usize)
    }
}
