//! Rows 1 to 11.

use super::*;
use crate::model::MediaState;
use LabelReading::{Catalogued, New, Unclaimed, Unreadable};
use SideState::*;

#[test]
fn side_row_1() {
    for state in SideState::ALL {
        let after = side_after(None, E::LabelRead(Catalogued(*state)), &rest(APP));
        assert_eq!(after, Ok(Some(*state)));
    }
}

#[test]
fn side_row_2() {
    let import = rest(PoolType::Import);
    assert_eq!(side_after(None, E::LabelRead(New), &import), Ok(Some(Import)));
    assert_eq!(side_after(None, E::FoundIncompatible, &import), Ok(Some(Incompatible)));
}

#[test]
fn side_row_3() {
    let after = side_after(None, E::LabelRead(Unclaimed), &rest(PoolType::Unrecognized));
    assert_eq!(after, Ok(Some(Unrecognized)));
}

#[test]
fn side_row_4() {
    let pool = rest(PoolType::Unrecognized);
    assert_eq!(side_after(None, E::LabelRead(Unreadable), &pool), Ok(Some(Unknown)));
    let again = |reading| side_after(Some(Unknown), E::LabelRead(reading), &pool);
    assert_eq!(again(Catalogued(Allocated)), Ok(Some(Allocated)));
    assert_eq!(again(New), Ok(Some(Import)));
    assert_eq!(again(Unclaimed), Ok(Some(Unrecognized)));
    assert!(again(Unreadable).is_err());
}

#[test]
fn side_row_5() {
    let to = Some(Incompatible);
    only(
        E::FoundIncompatible,
        &rest(PoolType::Unrecognized),
        &[(Unknown, to), (Unrecognized, to), (Import, to), (Available, to), (Unprepared, to)],
    );
    assert_eq!(side_after(None, E::FoundIncompatible, &rest(APP)), Ok(to));
}

#[test]
fn side_row_6() {
    let create = |state, siblings| side_after(None, E::Created(state), &beside(siblings));
    for state in [Available, Allocated, Complete, Decommissioned] {
        assert_eq!(create(state, &[]), Ok(Some(state)));
    }
    assert_eq!(create(Reserved, &[Allocated]), Ok(Some(Reserved)));
    assert_eq!(create(Import, &[Available]), Ok(Some(Import)));
    for state in [Unknown, Unprepared, Incompatible, Unrecognized, Import, Reserved] {
        assert!(create(state, &[]).is_err(), "{state:?}");
    }
    only(E::Created(Available), &rest(APP), &[]);
}

#[test]
fn side_row_7() {
    let pool = rest(PoolType::Unrecognized);
    let to = Some(Unprepared);
    assert_eq!(side_after(Some(Unrecognized), E::MovedToFree, &pool), Ok(to));
    not_from_nothing(E::MovedToFree, &pool);
    refused(Unknown, E::MovedToFree, &pool);
    refused(Unrecognized, E::MovedToFree, &SideContext { siblings: &[Unknown], ..pool });
    let busy = SideContext { media_state: MediaState::Loaded, ..pool };
    refused(Unrecognized, E::MovedToFree, &busy);
}

#[test]
fn side_row_8() {
    for pool in [PoolType::Import, APP] {
        let pool = rest(pool);
        assert_eq!(side_after(Some(Import), E::MovedToFree, &pool), Ok(Some(Unprepared)));
        let busy = SideContext { media_state: MediaState::InUse, ..pool };
        refused(Import, E::MovedToFree, &busy);
    }
    for sibling in [Allocated, Complete, Reserved, Incompatible] {
        refused(Import, E::MovedToFree, &beside(&[sibling]));
    }
    allowed(Import, E::MovedToFree, &beside(&[Decommissioned]));
}

#[test]
fn side_row_9() {
    let to = Some(Unprepared);
    only(E::MovedToFree, &rest(APP), &[(Available, to), (Import, to), (Unrecognized, to)]);
    refused(Available, E::MovedToFree, &rest(PoolType::Free));
    for sibling in [Allocated, Complete, Reserved] {
        refused(Available, E::MovedToFree, &beside(&[sibling]));
    }
    let disabled = SideContext { enabled: false, ..rest(APP) };
    refused(Available, E::MovedToFree, &disabled);
}

#[test]
fn side_row_10() {
    let free = rest(PoolType::Free);
    let written = |found_recorded| E::FreeLabelWritten { found_recorded };
    only(written(true), &free, &[(Unprepared, Some(Available))]);
    only(written(false), &free, &[]);
    not_from_nothing(written(true), &free);
}

#[test]
fn side_row_11() {
    let free = rest(PoolType::Free);
    only(E::FreeLabelNotWritten, &free, &[(Unprepared, Some(Unprepared))]);
    not_from_nothing(E::FreeLabelNotWritten, &free);
}
