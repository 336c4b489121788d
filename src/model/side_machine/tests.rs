//! Each row of the transition table, by its number.

use super::*;
use crate::model::{DeallocationPolicy, MediaPoolPolicy, MediaState, PoolType, SideState};
use LabelReading::{Catalogued, New, Unclaimed, Unreadable};
use SideEvent as E;
use SideState::*;

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

const SEARCHED: SideEvent = E::Allocated { named: false, new: false, pool_change: false };
const NAMED: SideEvent = E::Allocated { named: true, new: false, pool_change: false };
const IMPORTED: SideEvent = E::Allocated { named: true, new: false, pool_change: true };
const DRAWN: SideEvent = E::Allocated { named: false, new: false, pool_change: true };
const NEXT: SideEvent = E::AllocatedNext { same_medium: true };

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

#[test]
fn side_row_12() {
    only(SEARCHED, &rest(APP), &[(Available, Some(Allocated))]);
    only(DRAWN, &rest(PoolType::Free), &[(Available, Some(Allocated))]);
    not_from_nothing(SEARCHED, &rest(APP));
    let app = rest(APP);
    for (context, named_too) in [
        (SideContext { exclusive: true, ..app }, false),
        (SideContext { enabled: false, ..app }, false),
        (SideContext { up_for_other_session: true, ..app }, false),
        (SideContext { library: LibraryStanding::Offline, ..app }, false),
        (SideContext { library: LibraryStanding::Online, ..app }, true),
        (SideContext { media_state: MediaState::RecoverableError, ..app }, true),
    ] {
        refused(Available, SEARCHED, &context);
        assert_eq!(side_after(Some(Available), NAMED, &context).is_ok(), named_too, "{context:?}");
    }
    // In its own pool neither an unprepared nor a used sibling matters; a pool change minds both.
    for sibling in [Unprepared, Allocated, Complete] {
        allowed(Available, NAMED, &beside(&[sibling]));
        refused(Available, IMPORTED, &beside(&[sibling]));
        refused(Available, DRAWN, &beside(&[sibling]));
    }
    let loaded = SideContext { media_state: MediaState::Loaded, ..app };
    allowed(Available, SEARCHED, &loaded);
    refused(Available, DRAWN, &loaded);
}

#[test]
fn side_row_13() {
    for named in [false, true] {
        let event = E::Reserved { named };
        only(event, &beside(&[Available]), &[(Available, Some(Reserved))]);
        not_from_nothing(event, &beside(&[Available]));
        allowed(Available, event, &beside(&[Available, Decommissioned]));
        let import = side_after(Some(Available), event, &beside(&[Import]));
        assert_eq!(import.is_ok(), named);
        let new = E::Allocated { named, new: true, pool_change: false };
        for sibling in [Allocated, Complete, Reserved, Incompatible, Unprepared] {
            refused(Available, event, &beside(&[sibling]));
            refused(Available, new, &beside(&[sibling]));
        }
        allowed(Available, new, &beside(&[Decommissioned]));
    }
}

#[test]
fn side_row_14() {
    let exclusive = SideContext { exclusive: true, ..beside(&[Allocated]) };
    let to = Some(Allocated);
    assert_eq!(side_after(Some(Reserved), NEXT, &exclusive), Ok(to));
    not_from_nothing(NEXT, &exclusive);
    refused(Reserved, NEXT, &beside(&[Allocated]));
    refused(Reserved, E::AllocatedNext { same_medium: false }, &exclusive);
}

#[test]
fn side_row_15() {
    let exclusive = SideContext { exclusive: true, ..beside(&[Allocated]) };
    let to = Some(Allocated);
    only(NEXT, &exclusive, &[(Reserved, to), (Available, to), (Import, to)]);
    let reserved = SideContext { siblings: &[Allocated, Reserved], ..exclusive };
    refused(Available, NEXT, &reserved);
    refused(Import, NEXT, &reserved);
    allowed(Reserved, NEXT, &reserved);
}

#[test]
fn side_row_16() {
    let import = rest(PoolType::Import);
    let to = Some(Allocated);
    only(IMPORTED, &import, &[(Import, to), (Available, to)]);
    refused(Import, SEARCHED, &rest(APP));
    refused(Import, DRAWN, &import);
    for context in [
        SideContext { exclusive: true, ..import },
        SideContext { enabled: false, ..import },
        SideContext { library: LibraryStanding::Offline, ..import },
        SideContext { media_state: MediaState::InUse, ..import },
        SideContext { siblings: &[Unprepared], ..import },
        SideContext { siblings: &[Allocated], ..import },
        SideContext { siblings: &[Complete], ..import },
        SideContext { siblings: &[Reserved], ..import },
    ] {
        refused(Import, IMPORTED, &context);
    }
    allowed(Import, IMPORTED, &SideContext { siblings: &[Import], ..import });
    allowed(Import, NAMED, &beside(&[Allocated]));
}

#[test]
fn side_row_17() {
    only(E::Completed, &rest(APP), &[(Allocated, Some(Complete))]);
    not_from_nothing(E::Completed, &rest(APP));
    for state in MediaState::ALL {
        let context = SideContext { media_state: *state, ..rest(APP) };
        let after = side_after(Some(Allocated), E::Completed, &context);
        assert_eq!(after.is_ok(), *state == MediaState::Idle, "{state:?}");
    }
    let offline = SideContext { library: LibraryStanding::Offline, ..rest(APP) };
    allowed(Allocated, E::Completed, &offline);
}

#[test]
fn side_row_18() {
    let to = Some(Decommissioned);
    for count in [2, 3] {
        let event = E::Deallocated { allocate_count: count, max_allocates: 2 };
        only(event, &rest(APP), &[(Allocated, to), (Complete, to)]);
        not_from_nothing(event, &rest(APP));
    }
}

#[test]
fn side_row_19() {
    let to = Some(Available);
    for (allocate_count, max_allocates) in [(1, 2), (5, 0), (5, u32::MAX), (u32::MAX, u32::MAX)] {
        let event = E::Deallocated { allocate_count, max_allocates };
        only(event, &rest(APP), &[(Allocated, to), (Complete, to)]);
    }
}

#[test]
fn side_row_20() {
    only(E::OwnersGone, &beside(&[Available]), &[(Reserved, Some(Available))]);
    not_from_nothing(E::OwnersGone, &beside(&[Available]));
    for owner in [Allocated, Complete] {
        refused(Reserved, E::OwnersGone, &beside(&[owner]));
    }
}

#[test]
fn side_row_21() {
    let policy = DeallocationPolicy::RETURN_TO_FREE;
    let event = E::ReturnedToFree { policy, fit: true };
    let available = beside(&[Available]);
    only(event, &available, &[(Available, Some(Unprepared))]);
    not_from_nothing(event, &available);
    allowed(Available, event, &SideContext { library: LibraryStanding::Offline, ..available });
    refused(Available, E::ReturnedToFree { policy, fit: false }, &available);
    let no_policy = E::ReturnedToFree { policy: DeallocationPolicy::empty(), fit: true };
    refused(Available, no_policy, &available);
    refused(Available, event, &SideContext { enabled: false, ..available });
    refused(Available, event, &SideContext { media_state: MediaState::Loaded, ..available });
    refused(Available, event, &SideContext { pool: PoolType::Free, ..available });
    for sibling in [Allocated, Complete, Reserved, Decommissioned, Import, Incompatible] {
        refused(Available, event, &beside(&[sibling]));
    }
}

#[test]
fn side_row_22() {
    only(E::Decommissioned, &beside(&[Allocated]), &[(Available, Some(Decommissioned))]);
    not_from_nothing(E::Decommissioned, &rest(APP));
    refused(Available, E::Decommissioned, &SideContext { enabled: false, ..rest(APP) });
    let offline = SideContext { library: LibraryStanding::Offline, ..rest(APP) };
    allowed(Available, E::Decommissioned, &offline);
}

#[test]
fn side_row_23() {
    let swap = |other_idle, same_pool| E::Swapped { other_idle, same_pool };
    only(swap(true, true), &rest(APP), &[(Allocated, Some(Allocated))]);
    not_from_nothing(swap(true, true), &rest(APP));
    refused(Allocated, swap(false, true), &rest(APP));
    refused(Allocated, swap(true, false), &rest(APP));
    let loaded = SideContext { media_state: MediaState::Loaded, ..rest(APP) };
    refused(Allocated, swap(true, true), &loaded);
}

#[test]
fn side_row_24() {
    let offline = SideContext { library: LibraryStanding::Offline, ..rest(APP) };
    let gone: Vec<_> = SideState::ALL
        .iter()
        .filter(|state| !matches!(state, Allocated | Complete | Reserved))
        .map(|state| (*state, None))
        .collect();
    only(E::Deleted, &offline, &gone);
    not_from_nothing(E::Deleted, &offline);
    for sibling in [Allocated, Complete, Reserved] {
        refused(Available, E::Deleted, &SideContext { siblings: &[sibling], ..offline });
    }
    for library in [LibraryStanding::Online, LibraryStanding::Ready] {
        refused(Available, E::Deleted, &SideContext { library, ..offline });
    }
}

fn left(from: SideState, pool: PoolType, policy: MediaPoolPolicy) -> Option<SideState> {
    let event = E::LeftLibrary { policy, kept_by_user: false };
    side_after(Some(from), event, &rest(pool)).expect("permitted")
}

#[test]
fn side_row_25() {
    assert_eq!(left(Import, PoolType::Import, MediaPoolPolicy::empty()), None);
}

#[test]
fn side_row_26() {
    let kept = left(Import, PoolType::Import, MediaPoolPolicy::KEEP_OFFLINE_IMPORT);
    assert_eq!(kept, Some(Import));
}

#[test]
fn side_row_27() {
    let all = MediaPoolPolicy::all();
    assert_eq!(left(Unrecognized, PoolType::Unrecognized, all), None);
    assert_eq!(left(Unknown, PoolType::Unrecognized, all), None);
    for pool in [PoolType::Free, PoolType::Import, PoolType::Unrecognized, APP] {
        assert_eq!(left(Incompatible, pool, all), None, "{pool:?}");
    }
}

#[test]
fn side_row_28() {
    for state in [Available, Unprepared] {
        let kept = left(state, PoolType::Free, MediaPoolPolicy::empty());
        assert_eq!(kept, Some(state));
        assert_eq!(left(state, PoolType::Free, MediaPoolPolicy::PURGE_OFFLINE_FREE), None);
    }
}

#[test]
fn side_row_29() {
    let policy = MediaPoolPolicy::PURGE_OFFLINE_FREE;
    for state in [Available, Allocated, Complete, Reserved, Import, Decommissioned] {
        assert_eq!(left(state, APP, policy), Some(state));
        let in_use = E::LeftLibrary { policy, kept_by_user: true };
        refused(state, in_use, &rest(APP));
    }
    assert_eq!(left(Decommissioned, PoolType::Free, policy), Some(Decommissioned));
    let event = E::LeftLibrary { policy, kept_by_user: false };
    let mixed = side_after(Some(Incompatible), event, &beside(&[Allocated]));
    assert_eq!(mixed, Ok(Some(Incompatible)));
    not_from_nothing(event, &rest(APP));
}

#[test]
fn side_row_30() {
    for (to, state) in [
        (PoolType::Free, Unprepared),
        (PoolType::Unrecognized, Unrecognized),
        (PoolType::Import, Import),
        (APP, Import),
    ] {
        only(E::Retyped(to), &rest(APP), &[(Incompatible, Some(state))]);
        not_from_nothing(E::Retyped(to), &rest(APP));
    }
    for context in [
        SideContext { library: LibraryStanding::Offline, ..rest(APP) },
        SideContext { enabled: false, ..rest(APP) },
        SideContext { media_state: MediaState::Loaded, ..rest(APP) },
        beside(&[Unprepared]),
    ] {
        refused(Incompatible, E::Retyped(APP), &context);
    }
}

#[test]
fn side_row_31() {
    let pool = rest(PoolType::Unrecognized);
    let import = Some(Import);
    only(E::LabelRead(New), &pool, &[(Unknown, import), (Unrecognized, import)]);
    let known = Some(Complete);
    only(E::LabelRead(Catalogued(Complete)), &pool, &[(Unknown, known), (Unrecognized, known)]);
    let same = Some(Unrecognized);
    only(E::LabelRead(Unclaimed), &pool, &[(Unknown, same), (Unrecognized, same)]);
    only(E::LabelRead(Unreadable), &pool, &[]);
    let labelled = SideContext { sibling_labelled: true, ..pool };
    refused(Unrecognized, E::LabelRead(New), &labelled);
    refused(Unknown, E::LabelRead(Catalogued(Complete)), &labelled);
}

#[test]
fn side_row_32() {
    let labelled = SideContext { labelled: true, ..rest(APP) };
    let same: Vec<_> = SideState::ALL.iter().map(|state| (*state, Some(*state))).collect();
    only(E::LabelDiffers, &labelled, &same);
    only(E::LabelDiffers, &rest(APP), &[]);
    not_from_nothing(E::LabelDiffers, &labelled);
}

#[test]
fn side_row_33() {
    let reported = |recognised| E::LabelReported { recognised };
    let same = [(Allocated, Some(Allocated)), (Complete, Some(Complete))];
    only(reported(true), &rest(APP), &same);
    only(reported(false), &rest(APP), &[]);
    not_from_nothing(reported(true), &rest(APP));
}

#[test]
fn a_refusal_says_what_and_why() {
    let refused = side_after(Some(Complete), E::Completed, &rest(APP)).expect_err("not listed");
    let error = crate::Error::from(refused);
    assert_eq!(error.kind(), crate::ErrorKind::InvalidState);
    assert!(error.reason().contains("Complete"), "{error}");
}
