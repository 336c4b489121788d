//! What happened when: written down by those who did it or saw it.

use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use rsm::ErrorKind;
use rsm::clock::{Clock, VirtualClock};
use rsm::model::{DriveId, OperatorRequestKind};

/// A time from then to then, on the clock of the day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Span {
    pub begin: Duration,
    pub end: Duration,
}

impl Span {
    pub fn length(self) -> Duration {
        self.end.saturating_sub(self.begin)
    }

    /// What of it lies in `other`.
    pub fn within(self, other: Self) -> Option<Self> {
        let both = Self { begin: self.begin.max(other.begin), end: self.end.min(other.end) };
        (both.begin < both.end).then_some(both)
    }
}

/// What a device was busy with. Drives are counted over all changers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Work {
    /// A robot carried a cartridge, or waited for its hand.
    Move(usize),
    /// A robot looked at its elements.
    Look(usize),
    Load(usize),
    Unload(usize),
    /// A medium was open to be read or written.
    Open(usize),
    /// A cartridge was in the drive.
    Hold(usize),
    /// A cleaning cartridge was in the drive.
    Clean(usize),
}

/// A call that mounted one or several media, from asking to giving back.
#[derive(Clone, Debug)]
pub struct MountCall {
    pub application: &'static str,
    pub media: usize,
    pub asked: Duration,
    /// When all were up, or when it failed.
    pub answered: Duration,
    pub ended: Duration,
    pub drives: Vec<DriveId>,
    pub error: Option<ErrorKind>,
}

/// What a person was asked.
#[derive(Clone, Debug)]
pub struct Asked {
    pub kind: OperatorRequestKind,
    pub text: String,
    pub submitted: Duration,
    /// When it was done, or was no longer wanted.
    pub answered: Option<Duration>,
    pub done: bool,
}

/// Something that was made to go wrong.
#[derive(Clone, Debug)]
pub struct Trouble {
    pub at: Duration,
    pub what: String,
}

/// Everything of the day.
#[derive(Debug)]
pub struct Journal {
    pub clock: Arc<VirtualClock>,
    pub work: Mutex<Vec<(Work, Span)>>,
    pub calls: Mutex<Vec<MountCall>>,
    pub asked: Mutex<Vec<Asked>>,
    pub troubles: Mutex<Vec<Trouble>>,
    /// Failures of reading, writing and other calls, as applications saw them.
    pub failures: Mutex<Vec<(&'static str, String)>>,
}

impl Journal {
    pub fn new(clock: Arc<VirtualClock>) -> Arc<Self> {
        Arc::new(Self {
            clock,
            work: Mutex::default(),
            calls: Mutex::default(),
            asked: Mutex::default(),
            troubles: Mutex::default(),
            failures: Mutex::default(),
        })
    }

    pub fn now(&self) -> Duration {
        self.clock.monotonic()
    }

    pub fn note(&self, work: Work, begin: Duration) {
        self.work.lock().push((work, Span { begin, end: self.now() }));
    }

    /// What `doing` takes is noted as `work`.
    pub fn during<T>(&self, work: Work, doing: impl FnOnce() -> T) -> T {
        let begin = self.now();
        let done = doing();
        self.note(work, begin);
        done
    }

    pub fn failed(&self, who: &'static str, what: impl ToString) {
        self.failures.lock().push((who, what.to_string()));
    }
}
