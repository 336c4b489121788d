//! Rows 24 to 33.

use super::*;
use crate::model::{MediaPoolPolicy, MediaState};
use LabelReading::{Catalogued, New, Unclaimed, Unreadable};
use SideState::*;

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
