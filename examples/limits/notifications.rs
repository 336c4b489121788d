//! How soon a listener is told of a commit, and what listeners cost those who write.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::{Arc, mpsc};
use std::thread;
use std::time::Duration;

use rsm::model::{LogicalMediaId, MediaTypeCode, ObjectType, Timeout};
use rsm::{Manager, Session};

use crate::Failure;
use crate::load::{Worker, run, workers};
use crate::setup::{Delay, Measured, nanos_now};
use crate::wake_up::print;

const MEDIA: usize = 1000;

/// After it has been told, a listener still has to fall asleep.
const FALLING_ASLEEP: Duration = Duration::from_millis(2);

/// Slices of measuring, for each number of listeners.
const SLICES: usize = 15;
const SLICE: Duration = Duration::from_millis(250);

/// Listeners beside the writers, and what they listen to: everything the writers do concerns the
/// first kind and nothing the second.
const LISTENERS: [(usize, ObjectType); 4] = [
    (0, ObjectType::LogicalMedia),
    (1, ObjectType::LogicalMedia),
    (8, ObjectType::LogicalMedia),
    (8, ObjectType::Drive),
];

pub fn measure(scratch: &Path, times: usize, delay: &Arc<Delay>) -> Result<(), Failure> {
    let directory = scratch.join("catalog");
    let catalog = Measured::new(&directory, MEDIA, MediaTypeCode::LtoUltrium, delay)?;
    print("told", within(&catalog, times, delay)?);
    print("told_across", across(&catalog, times, delay)?);
    let mut held = catalog.held.clone();
    for threads in [1, 64] {
        held = cost(&catalog, threads, &held)?;
    }
    Ok(())
}

/// In this process.
fn within(catalog: &Measured, times: usize, delay: &Delay) -> Result<Vec<u64>, Failure> {
    let (tell, told) = mpsc::channel::<u64>();
    let listening = Arc::new(catalog.manager.session("listener")?);
    let listener = {
        let session = Arc::clone(&listening);
        let (ready, is_ready) = mpsc::channel::<()>();
        let listener = thread::spawn(move || {
            listen(&session, || Ok(ready.send(())?), |at| Ok(tell.send(at)?))
        });
        is_ready.recv()?;
        listener
    };
    let times = (0..times).map(|_| change(catalog, delay, || Ok(told.recv()?))).collect();
    listening.close()?;
    listener.join().map_err(|_| "the listener panicked")?.map_err(|error| error.to_string())?;
    times
}

/// In another process.
fn across(catalog: &Measured, times: usize, delay: &Delay) -> Result<Vec<u64>, Failure> {
    let mut other = Command::new(std::env::current_exe()?)
        .arg("--listen-only")
        .arg(&catalog.directory)
        .stdout(Stdio::piped())
        .spawn()?;
    let mut lines = BufReader::new(other.stdout.take().ok_or("no pipe")?).lines();
    let mut told = || Ok(lines.next().ok_or("the other process has ended")??.parse()?);
    let _ready: u64 = told()?;
    let times = (0..times).map(|_| change(catalog, delay, &mut told)).collect();
    other.kill()?;
    other.wait()?;
    times
}

/// Changes one object; gives how long after the commit the listener had its event.
fn change(
    catalog: &Measured,
    delay: &Delay,
    told: impl FnOnce() -> Result<u64, Failure>,
) -> Result<u64, Failure> {
    let record = catalog.session.info(catalog.pool)?;
    thread::sleep(FALLING_ASLEEP);
    delay.arm();
    catalog.session.set_info(&record)?;
    Ok(told()?.saturating_sub(delay.committed()))
}

/// Tells when it has been told of something, until the session is closed.
fn listen(
    session: &Session,
    ready: impl FnOnce() -> Result<(), Failure>,
    tell: impl Fn(u64) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let channel = session.subscribe(ObjectType::MediaPool)?;
    ready()?;
    for event in &channel {
        event?;
        tell(nanos_now())?;
    }
    Ok(())
}

pub fn listen_only(catalog: &Path) -> Result<(), Failure> {
    let session = Manager::open(catalog)?.session("listener")?;
    let tell = |nanos| {
        println!("{nanos}");
        Ok(())
    };
    listen(&session, || tell(0), tell)
}

/// So many threads write beside different numbers of listeners, in turn. Gives what they hold then.
fn cost(
    catalog: &Measured,
    threads: usize,
    held: &[LogicalMediaId],
) -> Result<Vec<LogicalMediaId>, Failure> {
    let mut writers = workers(held, threads);
    let mut per_second = LISTENERS.map(|_| Vec::with_capacity(SLICES));
    for _ in 0..SLICES {
        for ((listeners, kind), measured) in LISTENERS.iter().zip(&mut per_second) {
            measured.push(beside(catalog, &mut writers, *listeners, *kind)?);
        }
    }
    let alone = per_second[0].clone();
    for ((listeners, kind), measured) in LISTENERS.iter().zip(&per_second) {
        let median = |mut values: Vec<f64>| {
            values.sort_by(f64::total_cmp);
            values[values.len() / 2]
        };
        let ratios = measured.iter().zip(&alone).map(|(beside, alone)| beside / alone);
        let name = format!("writers_{threads}_listeners_{listeners}_{kind:?}");
        println!("{name}_ops_per_s {:.0}", median(measured.clone()));
        println!("{name}_ratio {:.3}", median(ratios.collect()));
    }
    Ok(writers.into_iter().flat_map(Worker::into_held).collect())
}

fn beside(
    catalog: &Measured,
    writers: &mut [Worker],
    listeners: usize,
    kind: ObjectType,
) -> Result<f64, Failure> {
    let session = catalog.manager.session("listener")?;
    let channels =
        (0..listeners).map(|_| session.subscribe(kind)).collect::<rsm::Result<Vec<_>>>()?;
    thread::scope(|scope| {
        for channel in &channels {
            scope.spawn(move || while channel.wait(Timeout::Forever).is_ok() {});
        }
        let per_second = run(catalog, writers, SLICE);
        session.close()?;
        per_second
    })
}
