//! Allocation throughput through the public interface, at 1, 8 and 64 threads.
//!
//! One iteration is one deallocation and one allocation, both durable. The raw limit of the disk
//! and larger catalogs are measured by `examples/limits`, side by side.

#[path = "../examples/limits/setup.rs"]
#[allow(dead_code, reason = "shared with the example, which uses all of it")]
mod setup;

use std::hint::black_box;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use rsm::model::{AllocateRequest, LogicalMediaId, MediaTypeCode};
use setup::{Delay, Measured};

type Failure = Box<dyn std::error::Error + Send + Sync>;

fn throughput(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("allocate_and_deallocate");
    group.sample_size(10).measurement_time(Duration::from_secs(5));
    group.throughput(Throughput::Elements(2));
    for media in [1_000, 100_000] {
        let scratch = tempfile::tempdir().expect("a temporary directory");
        let delay = Arc::new(Delay::default());
        let directory = scratch.path().join("catalog");
        let mut catalog = Measured::new(&directory, media, MediaTypeCode::LtoUltrium, &delay)
            .expect("a catalog with media");
        for threads in [1, 8, 64] {
            let id = BenchmarkId::new(format!("{media} media"), format!("{threads} threads"));
            group.bench_function(id, |bencher| {
                bencher.iter_custom(|iterations| run(&mut catalog, threads, iterations));
            });
        }
    }
    group.finish();
}

/// Lets `threads` threads do `iterations` pairs between them.
fn run(catalog: &mut Measured, threads: usize, iterations: u64) -> Duration {
    let share = catalog.held.len() / threads;
    let mut parts: Vec<Vec<LogicalMediaId>> =
        (0..threads).map(|_| catalog.held.split_off(catalog.held.len() - share)).collect();
    let each = iterations.div_ceil(threads as u64);
    let (session, pool) = (&catalog.session, catalog.pool);
    let start = Instant::now();
    thread::scope(|scope| {
        for part in &mut parts {
            scope.spawn(move || {
                for n in 0..each as usize {
                    let at = n.wrapping_mul(7919) % part.len();
                    session.deallocate_media(part.swap_remove(at)).expect("held");
                    let request = AllocateRequest::from(pool).error_if_unavailable();
                    let allocation = session.allocate_media(request).expect("half are free");
                    part.push(black_box(allocation.logical_media));
                }
            });
        }
    });
    let elapsed = start.elapsed();
    catalog.held.extend(parts.into_iter().flatten());
    elapsed
}

criterion_group!(benches, throughput);
criterion_main!(benches);
