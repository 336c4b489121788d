//! Time and waiting.
//!
//! Nothing in this crate reads the system clock or sleeps by itself: it asks a [`Clock`]. The
//! [`SystemClock`] is real time. A [`VirtualClock`] stands still until it is told to advance, or
//! moves by itself as soon as all threads that take part in it wait, so that hours of waiting are
//! over in milliseconds. Waiting is always waiting for a [`Signal`] or a deadline, whichever comes
//! first.
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
//! let _here = clock.participate().begin();
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
//! # Who takes part
//!
//! A clock that moves by itself must know who still works: time stands still until every
//! *participant* waits on the clock, and then jumps to the earliest deadline. The threads of this
//! crate that serve a library take part by themselves. A thread of the application does when it
//! [says so](Clock::participate), or is [started](spawn) as one.
//!
//! * A participant works unless it [waits](Clock::wait) on the clock or lets time
//!   [pass](Clock::pause). Blocked anywhere else, in a lock, a channel, a join or a file, it counts
//!   as working: time stands still. So a participant must not wait elsewhere for somebody who waits
//!   for time to pass, nor keep a lock over a wait on the clock that another participant may want.
//!   [`Participant::outside`] is for those that have to.
//! * Who raises a signal makes the participants that wait on it work at once: time cannot pass
//!   before they have seen it.
//! * Deadlines come one after the other: time is at one of them until whoever waited for it waits
//!   again or ends. Equal ones come in the order in which the participants joined.
//! * A participant ends with its guard, in a panic too.
//! * A thread that does not take part may use the clock; time passes whatever it does meanwhile.
//!
//! What goes by real time, whatever the clock: looking at what other processes do, taking over a
//! library from one of them, and the [busy time-out](crate::OpenOptions::busy_timeout).
//!
//! # What is reproducible
//!
//! On a clock made by [`VirtualClock::one_at_a_time`] only one participant runs at any moment, and
//! hands over when it waits or ends. A program in one process whose threads all take part, with
//! [seeded ids](crate::SeededRandomness), a simulated library and no input from elsewhere then does
//! the same each time: every change of the catalog, its time and its ids, in the same order. What
//! is not the same is what goes by real time, see above: the burial of processes that have died,
//! and what other processes do.
//!
//! On [`VirtualClock::automatic`] participants run side by side. The times at which things happen
//! depend on nothing but the program as long as it does not matter who comes first at one moment;
//! the order of what happens at the same time, and with it ids and the choice among equals, does
//! differ from run to run.
//!
//! With a clock that is moved by hand, another thread must [move](VirtualClock::advance) it while a
//! call waits; without a deadline nothing but a [`Signal`] ends a wait.

mod participant;
mod running;
mod schedule;
mod signal;
mod system;
#[cfg(test)]
mod tests;
mod thread;
mod turn;
mod virtual_clock;

use std::fmt::Debug;
use std::sync::Arc;
use std::time::Duration;

pub use participant::{Participant, Participation};
pub(crate) use running::{Running, RunningCall};
pub use signal::Signal;
pub use system::SystemClock;
pub use thread::{Thread, spawn};
pub(crate) use turn::{Turn, TurnHeld};
pub use virtual_clock::VirtualClock;

use crate::model::Timestamp;

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

    /// A place in this time for a thread, often one that is yet to be started: time waits for it
    /// from now on. See [who takes part](self#who-takes-part). A clock whose time passes by itself
    /// has no use for this, and does nothing.
    fn participate(&self) -> Participation {
        Participation::default()
    }
}
