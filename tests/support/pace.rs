//! How fast the machine is now: what a small change of a catalog costs beside what a test does.
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs, dead_code)]

use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::thread;
use std::time::{Duration, Instant};

use rsm::clock::{Clock, SystemClock};
use rsm::model::{UiDestinationAction, UiMessageType, UiScope};
use rsm::{OpenOptions, Session};

/// One small change, and its reversal: how long the slower of both took.
pub fn change(session: &Session) -> Duration {
    let actions = [UiDestinationAction::Add, UiDestinationAction::Delete];
    let times = actions.map(|action| {
        let begun = Instant::now();
        let (scope, kind) = (UiScope::Application, UiMessageType::Error);
        session.set_ui_destinations(scope, kind, action, Some("pace")).expect("changed");
        begun.elapsed()
    });
    times.into_iter().max().unwrap_or_default()
}

/// How long a change took with the pause before it.
#[derive(Clone, Copy, Debug, Default)]
pub struct Pace {
    pub mean: Duration,
    pub slowest: Duration,
}

/// Does something, and changes a catalog of its own again and again meanwhile, a millisecond after
/// the last time.
pub fn beside<T>(work: impl FnOnce() -> T) -> (T, Pace) {
    let directory = tempfile::tempdir().expect("temporary directory");
    let manager = OpenOptions::new().create(true).open(directory.path()).expect("catalog");
    let session = manager.session("pace").expect("session");
    let is_over = AtomicBool::new(false);
    thread::scope(|scope| {
        let measured = scope.spawn(|| {
            let (first, mut changes, mut slowest) = (Instant::now(), 0, Duration::ZERO);
            while !is_over.load(SeqCst) {
                let begun = Instant::now();
                SystemClock::new().pause(Duration::from_millis(1));
                change(&session);
                changes += 1;
                slowest = slowest.max(begun.elapsed());
            }
            Pace { mean: first.elapsed() / changes.max(1), slowest }
        });
        // Also when the work panics, the thread ends.
        let over = Over(&is_over);
        let done = work();
        drop(over);
        (done, measured.join().expect("no panic"))
    })
}

struct Over<'a>(&'a AtomicBool);

impl Drop for Over<'_> {
    fn drop(&mut self) {
        self.0.store(true, SeqCst);
    }
}
