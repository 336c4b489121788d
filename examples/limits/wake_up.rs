//! How soon a call that waits for a side returns after the commit that gave it one.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::{Arc, mpsc};
use std::thread;
use std::time::{Duration, Instant};

use rsm::model::{
    AllocateRequest, Id, LogicalMediaId, MediaTypeCode, OperatorRequestId, PoolId, PoolOpenMode,
    Timeout,
};
use rsm::{Manager, Session};
use uuid::Uuid;

use crate::Failure;
use crate::setup::{Delay, Measured, nanos_now};

/// One side free, one held: the free one is taken at the beginning.
const MEDIA: usize = 2;

/// After its request is there, the call still has to fall asleep.
const FALLING_ASLEEP: Duration = Duration::from_millis(2);

/// When a call returned, and what it was given.
type Returned = (u64, LogicalMediaId);

pub fn measure(scratch: &Path, times: usize, delay: &Arc<Delay>) -> Result<(), Failure> {
    let directory = scratch.join("catalog");
    let mut catalog = Measured::new(&directory, MEDIA, MediaTypeCode::LtoUltrium, delay)?;
    catalog.session.allocate_media(AllocateRequest::from(catalog.pool))?;
    let (within, commits) = within(&mut catalog, times, delay)?;
    print("wake_up", within);
    print("commit", commits);
    print("wake_up_across", across(&mut catalog, times, delay)?);
    Ok(())
}

/// In this process. Also gives how long the deallocations took: one durable operation each.
fn within(
    catalog: &mut Measured,
    times: usize,
    delay: &Delay,
) -> Result<(Vec<u64>, Vec<u64>), Failure> {
    let (tell, told) = mpsc::channel::<Returned>();
    let (pool, session) = (catalog.pool, catalog.manager.session("waiting")?);
    let waiting =
        thread::spawn(move || wait(&session, pool, times, |returned| tell.send(returned)));
    let mut commits = Vec::new();
    let slept = (0..times)
        .map(|_| serve(catalog, delay, &mut commits, || Ok(told.recv()?)))
        .collect::<Result<_, Failure>>()?;
    waiting
        .join()
        .map_err(|_| "the waiting thread panicked")?
        .map_err(|error| error.to_string())?;
    Ok((slept, commits))
}

/// In another process.
fn across(catalog: &mut Measured, times: usize, delay: &Delay) -> Result<Vec<u64>, Failure> {
    let mut other = Command::new(std::env::current_exe()?)
        .arg("--wait-only")
        .arg(&catalog.directory)
        .stdout(Stdio::piped())
        .spawn()?;
    let mut lines = BufReader::new(other.stdout.take().ok_or("no pipe")?).lines();
    let mut told = || {
        let line = lines.next().ok_or("the other process has ended")??;
        let (nanos, logical) = line.split_once(' ').ok_or("no answer")?;
        Ok((nanos.parse()?, LogicalMediaId::from_uuid(Uuid::parse_str(logical)?)))
    };
    let mut commits = Vec::new();
    let slept = (0..times).map(|_| serve(catalog, delay, &mut commits, &mut told)).collect();
    other.kill()?;
    other.wait()?;
    slept
}

/// Frees a side for the call that waits; gives how long after the commit that returned.
fn serve(
    catalog: &mut Measured,
    delay: &Delay,
    commits: &mut Vec<u64>,
    told: impl FnOnce() -> Result<Returned, Failure>,
) -> Result<u64, Failure> {
    while catalog.session.list::<OperatorRequestId>(None)?.is_empty() {
        thread::yield_now();
    }
    thread::sleep(FALLING_ASLEEP);
    let held = catalog.held.pop().ok_or("nothing is held")?;
    delay.arm();
    let begun = Instant::now();
    catalog.session.deallocate_media(held)?;
    commits.push(begun.elapsed().as_nanos() as u64);
    let (returned, given) = told()?;
    catalog.held.push(given);
    Ok(returned.saturating_sub(delay.committed()))
}

/// Waits for a side so many times, and tells when it has got one.
fn wait<E>(
    session: &Session,
    pool: PoolId,
    times: usize,
    tell: impl Fn(Returned) -> Result<(), E>,
) -> Result<(), Failure>
where
    Failure: From<E>,
{
    for _ in 0..times {
        let request = AllocateRequest::from(pool).timeout(Timeout::Forever);
        let given = session.allocate_media(request)?;
        tell((nanos_now(), given.logical_media))?;
    }
    Ok(())
}

pub fn wait_only(catalog: &Path) -> Result<(), Failure> {
    let session = Manager::open(catalog)?.session("waiting")?;
    let pool = session.open_pool(r"\Limits\Data", None, PoolOpenMode::OpenExisting)?;
    wait(&session, pool, usize::MAX, |(nanos, logical)| {
        println!("{nanos} {logical}");
        Ok::<_, Failure>(())
    })
}

pub fn print(what: &str, mut nanos: Vec<u64>) {
    nanos.sort_unstable();
    let quantile = |q: f64| {
        let at = (nanos.len().saturating_sub(1) as f64 * q).round() as usize;
        nanos.get(at).map_or(f64::NAN, |nanos| *nanos as f64 / 1000.0)
    };
    for (name, q) in [("p50", 0.5), ("p99", 0.99), ("max", 1.0)] {
        println!("{what}_{name}_us {:.1}", quantile(q));
    }
}
