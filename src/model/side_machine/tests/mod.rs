//! Each row of the transition table, by its number.

mod rows_12_to_23;
mod rows_1_to_11;
mod rows_24_to_33;

use super::*;
use crate::model::{PoolType, SideState};
use SideEvent as E;
use SideState::Complete;

const APP: PoolType = PoolType::Application;

fn rest(pool: PoolType) -> SideContext<'static> {
    SideContext::at_rest(pool, &[])
}

fn beside(siblings: &[SideState]) -> SideContext<'_> {
    SideContext::at_rest(APP, siblings)
}

/// Asserts that the event leads from each listed state to its target and is refused in every
/// other state, no record included.
fn only(event: SideEvent, context: &SideContext<'_>, listed: &[(SideState, Option<SideState>)]) {
    for state in SideState::ALL {
        let target = listed.iter().find(|(from, _)| from == state).map(|(_, to)| *to);
        let after = side_after(Some(*state), event, context);
        assert_eq!(after.clone().ok(), target, "{event:?} from {state:?}: {after:?}");
    }
}

fn not_from_nothing(event: SideEvent, context: &SideContext<'_>) {
    assert!(side_after(None, event, context).is_err(), "{event:?}");
}

fn refused(from: SideState, event: SideEvent, context: &SideContext<'_>) {
    assert!(side_after(Some(from), event, context).is_err(), "{event:?} from {from:?}");
}

fn allowed(from: SideState, event: SideEvent, context: &SideContext<'_>) {
    let after = side_after(Some(from), event, context);
    assert!(after.is_ok(), "{after:?}");
}

#[test]
fn a_refusal_says_what_and_why() {
    let refused = side_after(Some(Complete), E::Completed, &rest(APP)).expect_err("not listed");
    let error = crate::Error::from(refused);
    assert_eq!(error.kind(), crate::ErrorKind::InvalidState);
    assert!(error.reason().contains("Complete"), "{error}");
}
