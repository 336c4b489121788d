//! Threads that take part in virtual time.

use std::cell::RefCell;
use std::marker::PhantomData;
use std::sync::Arc;

use super::schedule::Schedule;

thread_local! {
    /// The clocks in whose time this thread takes part, and its places.
    static HERE: RefCell<Vec<Place>> = const { RefCell::new(Vec::new()) };
}

/// A place in the time of a clock; given up when it is dropped.
#[derive(Debug)]
struct Place {
    schedule: Arc<Schedule>,
    number: u64,
}

impl Drop for Place {
    fn drop(&mut self) {
        self.schedule.leave(self.number);
    }
}

/// The place of this thread in that time, if it takes part.
pub(super) fn place_here(schedule: &Arc<Schedule>) -> Option<u64> {
    HERE.with_borrow(|here| {
        let place = here.iter().find(|place| Arc::ptr_eq(&place.schedule, schedule));
        place.map(|place| place.number)
    })
}

/// A place in virtual time kept for a thread: time waits for it. From
/// [`Clock::participate`](super::Clock::participate).
///
/// Dropping it gives the place up.
///
/// ```
/// use std::time::Duration;
/// use rsm::clock::{Clock, VirtualClock};
///
/// let clock = VirtualClock::automatic();
/// // All before the first begins: time waits for each from here on.
/// let places = [30, 10, 20].map(|seconds| (seconds, clock.participate()));
/// std::thread::scope(|scope| {
///     for (seconds, place) in places {
///         let clock = &clock;
///         scope.spawn(move || {
///             let _here = place.begin();
///             clock.pause(Duration::from_secs(seconds));
///             assert_eq!(clock.monotonic(), Duration::from_secs(seconds));
///         });
///     }
/// });
/// ```
#[derive(Debug, Default)]
#[must_use = "the place is given up when this is dropped"]
pub struct Participation(Option<Place>);

impl Participation {
    pub(super) fn join(schedule: &Arc<Schedule>) -> Self {
        Self(Some(Place { schedule: Arc::clone(schedule), number: schedule.join() }))
    }

    /// The calling thread takes the place, until the guard is dropped. Waits for its turn where one
    /// participant works at a time. A thread that takes part already does so once: the place is
    /// given up.
    pub fn begin(self) -> Participant {
        let place = self.0.filter(|place| place_here(&place.schedule).is_none());
        let joined = place.map(|place| {
            let schedule = Arc::clone(&place.schedule);
            let number = place.number;
            HERE.with_borrow_mut(|here| here.push(place));
            schedule.wait_for_turn(number);
            (schedule, number)
        });
        Participant { joined, here: PhantomData }
    }
}

/// The calling thread takes part in virtual time until this is dropped.
#[derive(Debug)]
#[must_use = "the thread takes part until this is dropped"]
pub struct Participant {
    joined: Option<(Arc<Schedule>, u64)>,
    /// It belongs to its thread.
    here: PhantomData<*const ()>,
}

impl Participant {
    /// Does something for which time does not wait, such as waiting for a thread to end or for input.
    /// Time may pass meanwhile, even after what was waited for has come; so what follows is not
    /// reproducible. A thread started by [`spawn`](super::spawn) is better
    /// [joined](super::Thread::join).
    pub fn outside<T>(&self, work: impl FnOnce() -> T) -> T {
        let _outside = self.joined.as_ref().map(Outside::step);
        work()
    }

    /// The thread takes part until it has ended, so that whoever waits for that works again before
    /// time passes.
    pub(crate) fn until_the_end(mut self) {
        self.joined = None;
    }
}

impl Drop for Participant {
    fn drop(&mut self) {
        let Some((schedule, _)) = self.joined.take() else { return };
        let place = HERE.with_borrow_mut(|here| {
            let index = here.iter().position(|place| Arc::ptr_eq(&place.schedule, &schedule))?;
            Some(here.swap_remove(index))
        });
        drop(place);
    }
}

/// Time does not wait for a thread until this is dropped.
struct Outside<'p>(&'p (Arc<Schedule>, u64));

impl<'p> Outside<'p> {
    fn step(joined: &'p (Arc<Schedule>, u64)) -> Self {
        joined.0.step_out(joined.1);
        Self(joined)
    }
}

impl Drop for Outside<'_> {
    fn drop(&mut self) {
        self.0.0.come_back(self.0.1);
    }
}
