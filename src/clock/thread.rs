//! Starting threads that take part in the time of a clock.

use std::io;
use std::sync::Arc;
use std::thread::{Builder, JoinHandle};

use super::{Clock, Participation, Running};

/// A thread that takes part in the time of a clock. From [`spawn`]. Dropping it lets the thread go
/// on by itself.
#[derive(Debug)]
pub struct Thread<T> {
    clock: Arc<dyn Clock>,
    running: Running,
    handle: JoinHandle<T>,
}

/// Starts a thread that [takes part](crate::clock#who-takes-part) in the time of `clock` from this moment
/// until it ends or panics.
///
/// # Errors
/// What the operating system says when it cannot start a thread.
///
/// ```
/// use std::sync::Arc;
/// use std::time::Duration;
/// use rsm::clock::{Clock, VirtualClock, spawn};
///
/// let clock: Arc<dyn Clock> = VirtualClock::one_at_a_time(1);
/// let _here = clock.participate().begin();
/// let time = Arc::clone(&clock);
/// let thread = spawn(&clock, "sleeper", move || time.pause(Duration::from_secs(3600)))?;
/// assert!(thread.join().is_ok());
/// assert_eq!(clock.monotonic(), Duration::from_secs(3600));
/// # Ok::<(), std::io::Error>(())
/// ```
pub fn spawn<T: Send + 'static>(
    clock: &Arc<dyn Clock>,
    name: &str,
    work: impl FnOnce() -> T + Send + 'static,
) -> io::Result<Thread<T>> {
    Thread::start(clock, clock.participate(), name, work)
}

impl<T: Send + 'static> Thread<T> {
    /// Starts a thread with this place in the time of the clock, which may be none.
    pub(crate) fn start(
        clock: &Arc<dyn Clock>,
        place: Participation,
        name: &str,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> io::Result<Self> {
        let running = Running::default();
        let call = running.begin();
        let handle = Builder::new().name(name.to_owned()).spawn(move || {
            let _here = place.begin();
            // Who waits for the end works again before this one's place is given up.
            let _call = call;
            work()
        })?;
        Ok(Thread { clock: Arc::clone(clock), running, handle })
    }
}

impl<T> Thread<T> {
    /// Waits on the clock until the thread has ended.
    ///
    /// # Errors
    /// What it panicked with.
    pub fn join(self) -> std::thread::Result<T> {
        self.running.wait_for_end(self.clock.as_ref());
        self.handle.join()
    }
}
