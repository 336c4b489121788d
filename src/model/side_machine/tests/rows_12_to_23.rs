//! Rows 12 to 23.

use super::*;
use crate::model::{DeallocationPolicy, MediaState};
use SideState::*;

const SEARCHED: SideEvent = E::Allocated { named: false, new: false, pool_change: false };
const NAMED: SideEvent = E::Allocated { named: true, new: false, pool_change: false };
const IMPORTED: SideEvent = E::Allocated { named: true, new: false, pool_change: true };
const DRAWN: SideEvent = E::Allocated { named: false, new: false, pool_change: true };
const NEXT: SideEvent = E::AllocatedNext { same_medium: true };

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
