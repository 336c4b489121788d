//! Time and waiting.
//!
//! Nothing in this crate reads the system clock or sleeps by itself: it asks a [`Clock`]. The
//! [`SystemClock`] is real time; the [`VirtualClock`] stands still until it is told to advance, so
//! that hours of waiting can be tested in milliseconds.
//!
//! A catalog and a simulated library that share one virtual clock make a whole application
//! testable without waiting:
//!
//! ```
//! # let directory = tempfile::tempdir()?;
//! use std::sync::Arc;
//! use std::time::Duration;
//!
//! use rsm::OpenOptions;
//! use rsm::clock::{Clock, VirtualClock};
//! use rsm::device::simulated::{SimulatedLibrary, Timings};
//! use rsm::model::Timeout;
//!
//! let clock = VirtualClock::automatic();
//! let load = Duration::from_secs(40);
//! let library = SimulatedLibrary::builder()
//!     .clock(clock.clone())
//!     .timings(Timings { load, ..Timings::default() })
//!     .build()?;
//! let manager = OpenOptions::new().create(true).clock(clock.clone()).open(directory.path())?;
//! manager.attach(Arc::new(library))?;
//! manager.wait_until_idle(Timeout::Forever)?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! With a clock that is moved by hand, another thread must [move](VirtualClock::advance) it while a
//! call waits; without a deadline nothing but a [`Signal`] ends a wait. The
//! [busy time-out](crate::OpenOptions::busy_timeout) is always real time.
//!
//! Waiting is always waiting for a [`Signal`] or a deadline, whichever comes first.

use std::fmt::Debug;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::{Duration, Instant, SystemTime};

use parking_lot::{Condvar, Mutex};

use crate::model::Timestamp;

/// Something that waiters watch: a count that only grows.
///
/// Read the [count](Signal::count) *before* looking at the condition, then wait for it to change:
/// a raise in between is never missed.
#[derive(Debug, Default)]
pub struct Signal {
    count: Mutex<u64>,
    changed: Condvar,
}

impl Signal {
    /// A signal nobody has raised yet.
    pub fn new() -> Arc<Self> {
        Arc::default()
    }

    /// How often it was raised.
    pub fn count(&self) -> u64 {
        *self.count.lock()
    }

    /// Wakes everybody who waits on it.
    pub fn raise(&self) {
        *self.count.lock() += 1;
        self.changed.notify_all();
    }
}

/// Why a wait ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Woken {
    /// The signal was raised.
    Signalled,
    /// The deadline passed.
    Deadline,
}

/// Where time comes from.
pub trait Clock: Send + Sync + Debug {
    /// Wall time.
    fn now(&self) -> Timestamp;

    /// Time since some fixed point, never going back. Deadlines are given in it.
    fn monotonic(&self) -> Duration;

    /// Waits until `signal` has been raised beyond `seen`, or `deadline` (in
    /// [`monotonic`](Clock::monotonic) time; `None` = no limit) has passed. Blocks the calling
    /// thread. A signal that was raised already counts, even when the deadline has passed too.
    fn wait(&self, signal: &Arc<Signal>, seen: u64, deadline: Option<Duration>) -> Woken;

    /// Lets `time` pass, as a device does that is busy with something.
    fn pause(&self, time: Duration) {
        if !time.is_zero() {
            let deadline = self.monotonic().saturating_add(time);
            self.wait(&Signal::new(), 0, Some(deadline));
        }
    }
}

/// Real time.
#[derive(Debug)]
pub struct SystemClock {
    start: Instant,
}

impl SystemClock {
    /// Real time, counted from now.
    pub fn new() -> Self {
        Self { start: Instant::now() }
    }
}

impl Default for SystemClock {
    fn default() -> Self {
        Self::new()
    }
}

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        SystemTime::now().into()
    }

    fn monotonic(&self) -> Duration {
        self.start.elapsed()
    }

    fn wait(&self, signal: &Arc<Signal>, seen: u64, deadline: Option<Duration>) -> Woken {
        let until = deadline.and_then(|d| self.start.checked_add(d));
        let mut count = signal.count.lock();
        while *count == seen {
            match until {
                None => signal.changed.wait(&mut count),
                Some(until) => {
                    if signal.changed.wait_until(&mut count, until).timed_out() && *count == seen {
                        return Woken::Deadline;
                    }
                }
            }
        }
        Woken::Signalled
    }
}

/// Time that stands still until it is moved.
#[derive(Debug)]
pub struct VirtualClock {
    state: Mutex<VirtualState>,
    waiters_changed: Condvar,
    automatic: bool,
    /// How often somebody has asked for the time or let some pass.
    uses: AtomicU64,
}

#[derive(Debug, Default)]
struct VirtualState {
    elapsed: Duration,
    next_waiter: u64,
    waiters: Vec<Waiter>,
}

#[derive(Debug)]
struct Waiter {
    number: u64,
    deadline: Option<Duration>,
    signal: Arc<Signal>,
}

impl VirtualState {
    fn due(&self) -> Vec<Arc<Signal>> {
        let is_due = |w: &&Waiter| w.deadline.is_some_and(|d| d <= self.elapsed);
        self.waiters.iter().filter(is_due).map(|w| Arc::clone(&w.signal)).collect()
    }
}

/// Wakes the waiters of these signals. The clock's own lock is not held here: a waiter looks at
/// the clock while it holds its signal.
fn wake(signals: &[Arc<Signal>]) {
    for signal in signals {
        let _held = signal.count.lock();
        signal.changed.notify_all();
    }
}

/// How long nobody uses an automatic clock, in real time, before it jumps to a deadline.
const QUIET: Duration = Duration::from_millis(20);

/// Wall time of a virtual clock that has not been advanced: 2026-01-01 00:00:00 UTC.
const VIRTUAL_EPOCH: Timestamp = Timestamp::from_micros(1_767_225_600_000_000);

impl VirtualClock {
    /// A clock that moves only by [`advance`](Self::advance) and
    /// [`advance_to_next`](Self::advance_to_next).
    pub fn new() -> Arc<Self> {
        Self::with_mode(false)
    }

    /// A clock that moves by itself: it jumps over what devices take, and to the deadline of whoever
    /// waits when nobody has used the clock for 20 ms of real time. For programs with one thread of
    /// their own.
    pub fn automatic() -> Arc<Self> {
        Self::with_mode(true)
    }

    fn with_mode(automatic: bool) -> Arc<Self> {
        Arc::new(Self {
            state: Mutex::default(),
            waiters_changed: Condvar::new(),
            automatic,
            uses: AtomicU64::new(0),
        })
    }

    /// Moves time forward and wakes everybody whose deadline has come.
    pub fn advance(&self, by: Duration) {
        let due = {
            let mut state = self.state.lock();
            state.elapsed = state.elapsed.saturating_add(by);
            state.due()
        };
        wake(&due);
    }

    /// Moves time to the nearest deadline somebody waits for. Returns how far that was, or `None`
    /// when nobody waits with a deadline.
    pub fn advance_to_next(&self) -> Option<Duration> {
        let (by, due) = {
            let mut state = self.state.lock();
            let next = state.waiters.iter().filter_map(|w| w.deadline).min()?;
            let by = next.saturating_sub(state.elapsed);
            state.elapsed = state.elapsed.max(next);
            (by, state.due())
        };
        wake(&due);
        Some(by)
    }

    /// Blocks until at least `n` threads wait on this clock. Real time passes, virtual time does
    /// not.
    pub fn wait_for_waiters(&self, n: usize) {
        let mut state = self.state.lock();
        while state.waiters.len() < n {
            self.waiters_changed.wait(&mut state);
        }
    }

    /// Waits as an automatic clock does: others may still be at work, and raise the signal.
    fn wait_or_jump(&self, signal: &Signal, seen: u64, deadline: Duration) -> Woken {
        loop {
            let uses = self.uses.load(Relaxed);
            let mut count = signal.count.lock();
            if *count != seen {
                return Woken::Signalled;
            }
            let quiet = signal.changed.wait_for(&mut count, QUIET).timed_out() && *count == seen;
            drop(count);
            let elapsed = self.state.lock().elapsed;
            if quiet && (deadline <= elapsed || self.uses.load(Relaxed) == uses) {
                self.advance(deadline.saturating_sub(elapsed));
                return Woken::Deadline;
            }
        }
    }

    fn enter(&self, signal: &Arc<Signal>, deadline: Option<Duration>) -> u64 {
        let mut state = self.state.lock();
        let number = state.next_waiter;
        state.next_waiter += 1;
        state.waiters.push(Waiter { number, deadline, signal: Arc::clone(signal) });
        self.waiters_changed.notify_all();
        number
    }

    fn leave(&self, number: u64) {
        self.state.lock().waiters.retain(|w| w.number != number);
    }
}

impl Clock for VirtualClock {
    fn now(&self) -> Timestamp {
        VIRTUAL_EPOCH.saturating_add(self.monotonic())
    }

    fn monotonic(&self) -> Duration {
        self.uses.fetch_add(1, Relaxed);
        self.state.lock().elapsed
    }

    fn pause(&self, time: Duration) {
        if self.automatic {
            self.uses.fetch_add(1, Relaxed);
            self.advance(time);
        } else if !time.is_zero() {
            let deadline = self.monotonic().saturating_add(time);
            self.wait(&Signal::new(), 0, Some(deadline));
        }
    }

    fn wait(&self, signal: &Arc<Signal>, seen: u64, deadline: Option<Duration>) -> Woken {
        if self.automatic
            && let Some(deadline) = deadline
        {
            return self.wait_or_jump(signal, seen, deadline);
        }
        let number = self.enter(signal, deadline);
        let woken = loop {
            let mut count = signal.count.lock();
            if *count != seen {
                break Woken::Signalled;
            }
            if deadline.is_some_and(|d| d <= self.monotonic()) {
                break Woken::Deadline;
            }
            signal.changed.wait(&mut count);
        };
        self.leave(number);
        woken
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::thread;

    #[test]
    fn a_raise_before_the_wait_is_not_missed() {
        for clock in [Arc::new(SystemClock::new()) as Arc<dyn Clock>, VirtualClock::new()] {
            let signal = Signal::new();
            let seen = signal.count();
            signal.raise();
            assert_eq!(clock.wait(&signal, seen, None), Woken::Signalled);
        }
    }

    #[test]
    fn virtual_time_wakes_at_the_deadline_and_not_before() {
        let clock = VirtualClock::new();
        let signal = Signal::new();
        let waiter = {
            let (clock, signal) = (Arc::clone(&clock), Arc::clone(&signal));
            thread::spawn(move || clock.wait(&signal, 0, Some(Duration::from_secs(10))))
        };
        clock.wait_for_waiters(1);
        clock.advance(Duration::from_secs(9));
        assert!(!waiter.is_finished());
        assert_eq!(clock.advance_to_next(), Some(Duration::from_secs(1)));
        assert_eq!(waiter.join().ok(), Some(Woken::Deadline));
        assert_eq!(clock.monotonic(), Duration::from_secs(10));
    }

    #[test]
    fn an_automatic_clock_jumps() {
        let clock = VirtualClock::automatic();
        clock.pause(Duration::from_secs(60));
        assert_eq!(clock.monotonic(), Duration::from_secs(60));
        assert_eq!(clock.now(), VIRTUAL_EPOCH.saturating_add(Duration::from_secs(60)));
    }
}
