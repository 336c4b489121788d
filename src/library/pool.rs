//! Threads that are kept for the next job: starting one costs as much as a transaction.

use std::io;
use std::sync::Arc;
use std::thread::Builder;

use parking_lot::{Condvar, Mutex};

use crate::clock::{Clock, Participation};

/// What one of them is to do, and its place in the time in which it does that.
type Job = (Participation, Box<dyn FnOnce() + Send>);

/// The threads of a library that use devices. As many are there as were ever at work at once;
/// dropping the pool ends those that rest, and the others when they are done.
#[derive(Default)]
pub(super) struct Pool(Arc<Shared>);

#[derive(Default)]
struct Shared(Mutex<Resting>);

#[derive(Default)]
struct Resting {
    threads: Vec<Arc<Bench>>,
    closed: bool,
}

/// Where a thread rests.
#[derive(Default)]
struct Bench {
    called: Mutex<Called>,
    changed: Condvar,
}

#[derive(Default)]
enum Called {
    #[default]
    No,
    To(Job),
    Home,
}

impl Pool {
    /// Does `work` in a thread that takes part in the time of `clock` from now on.
    ///
    /// # Errors
    /// What the operating system says when no thread can be started.
    pub(super) fn employ(
        &self,
        clock: &dyn Clock,
        work: impl FnOnce() + Send + 'static,
    ) -> io::Result<()> {
        let job: Job = (clock.participate(), Box::new(work));
        let resting = self.0.0.lock().threads.pop();
        match resting {
            Some(bench) => bench.call(Called::To(job)),
            None => {
                let shared = Arc::clone(&self.0);
                Builder::new().name("rsm-movement".into()).spawn(move || shared.live(job))?;
            }
        }
        Ok(())
    }
}

impl Drop for Pool {
    fn drop(&mut self) {
        let threads = {
            let mut resting = self.0.0.lock();
            resting.closed = true;
            std::mem::take(&mut resting.threads)
        };
        threads.iter().for_each(|bench| bench.call(Called::Home));
    }
}

impl Shared {
    /// The life of a thread.
    fn live(&self, first: Job) {
        let (bench, mut next) = (Arc::new(Bench::default()), Some(first));
        while let Some((place, work)) = next {
            let here = place.begin();
            work();
            let rests = {
                let mut resting = self.0.lock();
                if !resting.closed {
                    resting.threads.push(Arc::clone(&bench));
                }
                !resting.closed
            };
            drop(here);
            next = if rests { bench.rest() } else { None };
        }
    }
}

impl Bench {
    fn call(&self, called: Called) {
        *self.called.lock() = called;
        self.changed.notify_one();
    }

    fn rest(&self) -> Option<Job> {
        let mut called = self.called.lock();
        loop {
            match std::mem::take(&mut *called) {
                Called::No => self.changed.wait(&mut called),
                Called::To(job) => return Some(job),
                Called::Home => return None,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::{Running, SystemClock, VirtualClock};

    fn names(pool: &Pool, clock: &dyn Clock, jobs: usize) -> Vec<std::thread::ThreadId> {
        let found = Arc::new(Mutex::new(Vec::new()));
        for _ in 0..jobs {
            let running = Running::default();
            let (found, call) = (Arc::clone(&found), running.begin());
            let work = move || {
                let _call = call;
                found.lock().push(std::thread::current().id());
            };
            pool.employ(clock, work).expect("employed");
            running.wait_for_end(clock);
            // It rests only after its work has ended.
            while pool.0.0.lock().threads.is_empty() {
                std::thread::yield_now();
            }
        }
        Arc::into_inner(found).map(Mutex::into_inner).unwrap_or_default()
    }

    #[test]
    fn one_thread_does_one_job_after_the_other() {
        for clock in [Arc::new(SystemClock::new()) as Arc<dyn Clock>, VirtualClock::automatic()] {
            let pool = Pool::default();
            let mut found = names(&pool, clock.as_ref(), 10);
            found.dedup();
            assert_eq!(found.len(), 1);
            let bench = pool.0.0.lock().threads.first().map(Arc::downgrade);
            drop(pool);
            while bench.as_ref().is_some_and(|bench| bench.strong_count() > 0) {
                std::thread::yield_now();
            }
        }
    }

    #[test]
    fn a_job_that_panics_takes_its_thread_with_it_and_nothing_else() {
        let (pool, clock) = (Pool::default(), VirtualClock::one_at_a_time(1));
        let running = Running::default();
        let call = running.begin();
        let work = move || {
            let _call = call;
            panic!("as it should");
        };
        pool.employ(clock.as_ref(), work).expect("employed");
        running.wait_for_end(clock.as_ref());
        assert_eq!(names(&pool, clock.as_ref(), 3).len(), 3);
    }
}
