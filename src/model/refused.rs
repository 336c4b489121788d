//! The answer of a state machine to a trigger it does not permit.

use std::fmt;

use crate::{Error, ErrorKind};

/// A trigger that is not permitted in a state, or whose condition does not hold. Calls check the
/// documented conditions first, each with its own error; this is the last guard.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{trigger} is not permitted in state {from}: {why}")]
pub struct Refused {
    from: String,
    trigger: String,
    why: &'static str,
}

impl Refused {
    pub(super) fn new(from: impl fmt::Debug, trigger: impl fmt::Debug, why: &'static str) -> Self {
        Self { from: format!("{from:?}"), trigger: format!("{trigger:?}"), why }
    }
}

impl From<Refused> for Error {
    fn from(refused: Refused) -> Self {
        Self::new(ErrorKind::InvalidState, refused.to_string())
    }
}

/// Why a trigger that no line of the table lists is refused.
pub(super) const NOT_LISTED: &str = "no such transition";

/// Why a transition is refused, when it is.
pub(super) type Guard = Result<(), &'static str>;

/// A condition of a transition, with what is wrong when it does not hold.
pub(super) fn must(holds: bool, why: &'static str) -> Guard {
    if holds { Ok(()) } else { Err(why) }
}
