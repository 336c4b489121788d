//! What is printed: `name value` lines.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Instant;

use rsm::Manager;
use rsm::model::{EnumerateOptions, Id, ObjectType, PhysicalMediaId};

use crate::load::Measurement;
use crate::setup::Measured;
use crate::{Arguments, Failure};

/// Objects read to learn what reading one by its id costs.
const READS: usize = 20_000;

pub fn print(
    measured: &Measurement,
    catalog: &Measured,
    arguments: &Arguments,
) -> Result<(), Failure> {
    let mut latencies = measured.latencies.clone();
    latencies.sort_unstable();
    let ratios = sorted(&measured.ratios);
    println!("media {}", arguments.media);
    println!("threads {}", arguments.threads);
    println!("raw_per_s {:.0}", median(&measured.raw_per_s));
    println!("ops_per_s {:.0}", median(&measured.ops_per_s));
    println!("ratio {:.3}", quantile(&ratios, 0.5));
    println!("ratio_low_quartile {:.3}", quantile(&ratios, 0.25));
    println!("ratio_high_quartile {:.3}", quantile(&ratios, 0.75));
    println!("p50_us {:.1}", micros(&latencies, 0.5));
    println!("p99_us {:.1}", micros(&latencies, 0.99));
    if !measured.against_latencies.is_empty() {
        let mut against = measured.against_latencies.clone();
        against.sort_unstable();
        println!("p50_us_against {:.1}", micros(&against, 0.5));
        println!("p50_over_against {:.3}", micros(&latencies, 0.5) / micros(&against, 0.5));
    }
    println!("slowest_over_fastest_thread {:.3}", fairness(&measured.operations_of_threads));
    println!("pages_per_op {:.2}", measured.pages_per_op);
    println!("bytes_per_medium {:.0}", bytes_per_medium(catalog)?);
    println!("read_by_id_us {:.2}", read_by_id_us(catalog)?);
    print_open(&catalog.directory)?;
    println!("peak_rss_mib {:.0}", peak_rss_mib()?);
    Ok(())
}

fn sorted(values: &[f64]) -> Vec<f64> {
    let mut values = values.to_vec();
    values.sort_by(f64::total_cmp);
    values
}

fn median(values: &[f64]) -> f64 {
    quantile(&sorted(values), 0.5)
}

fn quantile(sorted: &[f64], q: f64) -> f64 {
    let at = ((sorted.len().saturating_sub(1)) as f64 * q).round() as usize;
    sorted.get(at).copied().unwrap_or(f64::NAN)
}

fn micros(sorted_nanos: &[u32], q: f64) -> f64 {
    let at = ((sorted_nanos.len().saturating_sub(1)) as f64 * q).round() as usize;
    sorted_nanos.get(at).map_or(f64::NAN, |nanos| f64::from(*nanos) / 1000.0)
}

fn fairness(operations: &[u64]) -> f64 {
    let (slowest, fastest) = (operations.iter().min(), operations.iter().max());
    match (slowest, fastest) {
        (Some(slowest), Some(fastest)) => *slowest as f64 / *fastest as f64,
        _ => f64::NAN,
    }
}

/// The whole database, slots and log included, by the number of media.
fn bytes_per_medium(catalog: &Measured) -> Result<f64, Failure> {
    // The catalog's files are looked at, never opened.
    let size = fs::metadata(catalog.directory.join("catalog.db"))?.len();
    Ok(size as f64 / catalog.media as f64)
}

fn read_by_id_us(catalog: &Measured) -> Result<f64, Failure> {
    let pool = catalog.pool.into();
    let options = EnumerateOptions::DEFAULT;
    let media = catalog.session.enumerate(Some(pool), ObjectType::PhysicalMedia, options)?;
    let step = (media.len() / 997).max(1);
    let some = media.iter().step_by(step).cycle().take(READS);
    let start = Instant::now();
    for id in some {
        catalog.session.info(PhysicalMediaId::from_uuid(id.as_uuid()))?;
    }
    Ok(start.elapsed().as_secs_f64() * 1e6 / READS as f64)
}

/// Opening is measured in a process that does nothing else.
fn print_open(catalog: &Path) -> Result<(), Failure> {
    let program = std::env::current_exe()?;
    let output = Command::new(program).arg("--open-only").arg(catalog).output()?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into_owned().into());
    }
    print!("{}", String::from_utf8_lossy(&output.stdout));
    Ok(())
}

pub fn open_only(catalog: &Path) -> Result<(), Failure> {
    let start = Instant::now();
    let manager = Manager::open(catalog)?;
    let session = manager.session("limits")?;
    session.enumerate(None, ObjectType::Library, EnumerateOptions::DEFAULT)?;
    println!("open_ms {:.1}", start.elapsed().as_secs_f64() * 1000.0);
    println!("open_peak_rss_mib {:.0}", peak_rss_mib()?);
    Ok(())
}

/// The most memory this process has had, as Linux counts it.
fn peak_rss_mib() -> Result<f64, Failure> {
    let status = fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"));
    let kib =
        line.and_then(|line| line.split_whitespace().nth(1)).and_then(|n| n.parse::<f64>().ok());
    Ok(kib.ok_or("no VmHWM in /proc/self/status")? / 1024.0)
}
