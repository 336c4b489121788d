//! What a device noticed, until somebody is told.

use std::collections::VecDeque;

use super::reply::sense::SenseData;
use super::{Completion, Status};
use crate::device::Sense;

/// More than this many different attentions are not kept: each makes whoever is told look again.
const MOST: usize = 8;

/// Unit attentions that a command met which only asks, for the next one that does not.
#[derive(Debug, Default)]
pub(super) struct Noticed {
    attentions: VecDeque<(Sense, Vec<u8>)>,
    /// The device has answered before what it could not have answered after a reset, so that a reset
    /// is news.
    answered: bool,
}

/// What to do about the end of a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Next {
    /// Hand it on.
    Done,
    /// Send it again.
    Again,
}

impl Noticed {
    /// The oldest attention that nobody was told of, as the end of a command.
    pub(super) fn take(&mut self) -> Option<Completion> {
        let (_, sense) = self.attentions.pop_front()?;
        Some(Completion { status: Status::CHECK_CONDITION, sense, transferred: 0 })
    }

    /// Looks at the end of a command that only asks. It is sent again if an attention, which is
    /// kept, was in its way. What `passes` attentions is no sign that there were none.
    pub(super) fn ended_asking(&mut self, completion: &Completion, passes: bool) -> Next {
        let Some(sense) = attention(completion) else {
            return if passes { Next::Done } else { self.answered() };
        };
        if !self.is_beginning(&sense) && self.attentions.len() < MOST {
            let known = self.attentions.iter().any(|(kept, _)| *kept == sense.sense());
            if !known {
                self.attentions.push_back((sense.sense(), completion.sense.clone()));
            }
        }
        Next::Again
    }

    /// Looks at the end of a command that changes nothing, and whose sender wants to be told what
    /// the device noticed. That it was switched on before anybody had asked it anything is no news.
    pub(super) fn ended_looking(&mut self, completion: &Completion) -> Next {
        match attention(completion) {
            Some(sense) if self.is_beginning(&sense) => Next::Again,
            _ => self.answered(),
        }
    }

    /// Notes that the device has answered.
    pub(super) fn answered(&mut self) -> Next {
        self.answered = true;
        Next::Done
    }

    fn is_beginning(&self, sense: &SenseData) -> bool {
        !self.answered && sense.code == 0x29
    }
}

/// The unit attention a command ended with.
fn attention(completion: &Completion) -> Option<SenseData> {
    let checked = completion.status == Status::CHECK_CONDITION;
    let sense = checked.then(|| SenseData::read(&completion.sense).ok()).flatten()?;
    (sense.key == SenseData::UNIT_ATTENTION && !sense.deferred).then_some(sense)
}
