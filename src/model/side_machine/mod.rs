//! The state machine of a side: which trigger leads from which state to which.
//!
//! A pure function of the state, the trigger and the facts about the rest of the medium. It
//! decides about one side; moving the medium, making logical media and counting is the caller's
//! work. Every trigger not listed for a state is refused and leaves it alone.

mod context;
mod event;
mod rules;
#[cfg(test)]
mod tests;

pub use context::{LibraryStanding, SideContext};
pub use event::{LabelReading, SideEvent};

use super::SideState;
use super::refused::Refused;

/// The state of a side after a trigger. None stands for no record: before a side is known, and
/// after it was removed.
///
/// # Errors
/// [`Refused`] when the table has no such transition, or its condition does not hold.
pub fn side_after(
    from: Option<SideState>,
    event: SideEvent,
    context: &SideContext<'_>,
) -> Result<Option<SideState>, Refused> {
    rules::after(from, event, context).map_err(|why| Refused::new(from, event, why))
}
