//! The contract of allocations that wait (3.8) as plain data: who waits, and what ends it.

use std::time::Duration;

use rsm::ErrorKind;
use rsm::model::PoolId;

use crate::model::{Answer, At, CONTROL, Kind, MODIFY, Model, Who};

/// A call that waits.
#[derive(Clone, Debug)]
pub struct Wait {
    /// Which call it is.
    pub number: usize,
    pub session: usize,
    pub who: Who,
    pub pool: PoolId,
    pub new: bool,
    /// On the clock.
    pub deadline: Option<Duration>,
    /// The free pool on which it was found to have the right.
    pub granted: Option<usize>,
}

/// The calls that wait, oldest first.
#[derive(Clone, Debug)]
pub struct Queue {
    pub waits: Vec<Wait>,
    /// Whether media that turn up complete requests.
    pub detection: bool,
    pub now: Duration,
    /// Requests that were refused; they stay.
    pub refused: usize,
}

/// A call that has ended, and what it answers: the side and the pool it comes from.
#[derive(Clone, Debug)]
pub struct End {
    pub number: usize,
    pub answer: Answer<(At, usize)>,
}

impl Queue {
    pub fn new() -> Self {
        Self { waits: Vec::new(), detection: true, now: Duration::ZERO, refused: 0 }
    }

    fn end(&mut self, which: impl Fn(&Wait) -> bool, kind: ErrorKind) -> Vec<End> {
        let ended = self.waits.iter().filter(|wait| which(wait)).map(|wait| wait.number);
        let ended = ended.map(|number| End { number, answer: Err(kind) }).collect();
        self.waits.retain(|wait| !which(wait));
        ended
    }

    /// Time passes.
    pub fn advance(&mut self, by: Duration) -> Vec<End> {
        self.now += by;
        let now = self.now;
        self.end(|wait| wait.deadline.is_some_and(|at| at <= now), ErrorKind::Timeout)
    }

    pub fn close(&mut self, session: usize) -> Vec<End> {
        self.end(|wait| wait.session == session, ErrorKind::Cancelled)
    }

    /// An operator refuses the request of a call.
    pub fn refuse(&mut self, number: usize) -> Vec<End> {
        self.refused += 1;
        self.end(|wait| wait.number == number, ErrorKind::Cancelled)
    }
}

impl Model {
    /// A call that may wait: what it answers at once, or nothing when it waits.
    pub fn wait(&mut self, mut wait: Wait) -> Answer<Option<(At, usize)>> {
        let to = self.destination(wait.pool)?;
        self.may(wait.who, to, self.control())?;
        match self.look(wait.who, to, wait.new, &mut wait.granted)? {
            Some(at) => Ok(Some(self.hand_out(at, to, wait.new))),
            None => {
                self.queue.waits.push(wait);
                Ok(None)
            }
        }
    }

    /// What turned up goes to those who wait, the oldest first. Nothing is left that one of them
    /// could use.
    pub fn serve(&mut self) -> Vec<End> {
        let (mut ended, mut at) = (Vec::new(), 0);
        while self.queue.detection && at < self.queue.waits.len() {
            match self.search_for(at) {
                // What came with it may be for those who came earlier.
                Some(end) => (at, _) = (0, ended.push(end)),
                None => at += 1,
            }
        }
        ended
    }

    /// An operator says that the medium is there.
    pub fn satisfy(&mut self, number: usize) -> Option<End> {
        let at = self.queue.waits.iter().position(|wait| wait.number == number)?;
        self.search_for(at)
    }

    /// One more search for a call that waits. It ends with what that comes to, if anything.
    fn search_for(&mut self, at: usize) -> Option<End> {
        let mut wait = self.queue.waits[at].clone();
        // Rights that were granted are not tested again; what the pool is, is.
        let found = self.destination(wait.pool).and_then(|to| {
            let found = self.look(wait.who, to, wait.new, &mut wait.granted)?;
            Ok(found.map(|at| (at, to)))
        });
        let answer = match found {
            Ok(None) => {
                self.queue.waits[at] = wait;
                return None;
            }
            Ok(Some((side, to))) => Ok(self.hand_out(side, to, wait.new)),
            Err(kind) => Err(kind),
        };
        self.queue.waits.remove(at);
        Some(End { number: wait.number, answer })
    }

    /// Section 12: a pool goes, and with it the waits for its media.
    pub fn delete_pool(&mut self, who: Who, pool: PoolId) -> Answer<Vec<End>> {
        let at = self.find_pool(pool).ok_or(ErrorKind::InvalidMediaPool)?;
        let kind = self.pools[at].kind;
        if !matches!(kind, Kind::Application | Kind::Group) {
            return Err(ErrorKind::InvalidMediaPool);
        }
        self.may(who, at, if self.control() == CONTROL { MODIFY } else { CONTROL })?;
        // The one group holds pools at all times.
        if kind == Kind::Group || self.media.iter().any(|medium| medium.pool == at) {
            return Err(ErrorKind::NotEmpty);
        }
        self.pools[at].gone = true;
        Ok(self.queue.end(|wait| wait.pool == pool, ErrorKind::InvalidMediaPool))
    }
}
