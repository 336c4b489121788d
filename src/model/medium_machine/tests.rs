//! Each row of the transition table of media, in its order.

use super::*;
use MediumEvent as E;
use Place::{Drive, Offline, Slot, StandaloneDrive};

const PLACES: [Place; 4] = [Offline, Slot, Drive, StandaloneDrive];

/// Asserts that the event leads from each listed state at that place to its target and is refused
/// in every other state there.
fn only(event: MediumEvent, place: Place, listed: &[(MediaState, Option<(MediaState, Place)>)]) {
    for state in MediaState::ALL {
        let target = listed
            .iter()
            .find(|(from, _)| from == state)
            .map(|(_, to)| to.map(|(state, place)| MediumAt { state, place }));
        let after = medium_after(Some(MediumAt { state: *state, place }), event);
        assert_eq!(after.clone().ok(), target, "{event:?} from {state:?} in {place:?}: {after:?}");
    }
    if !matches!(event, E::Arrived(_)) {
        assert!(medium_after(None, event).is_err(), "{event:?}");
    }
}

fn everywhere(event: MediumEvent, to: fn(Place) -> Option<(MediaState, Place)>) {
    for place in PLACES {
        let all: Vec<_> = MediaState::ALL.iter().map(|state| (*state, to(place))).collect();
        only(event, place, &all);
    }
}

#[test]
fn medium_row_1_arrived() {
    for place in [Slot, StandaloneDrive, Offline] {
        let after = medium_after(None, E::Arrived(place));
        assert_eq!(after, Ok(Some(MediumAt { state: Idle, place })));
        only(E::Arrived(place), place, &[]);
    }
}

#[test]
fn medium_row_2_accepted() {
    for place in [Slot, Drive, StandaloneDrive] {
        let to = Some((InUse, place));
        only(E::Accepted(MediumWork::LabelWrite), place, &[(Idle, to)]);
        only(E::Accepted(MediumWork::Mount), place, &[(Idle, to), (RecoverableError, to)]);
    }
    for work in [MediumWork::Eject, MediumWork::LabelWrite, MediumWork::Inventory] {
        only(E::Accepted(work), Offline, &[]);
    }
}

#[test]
fn medium_row_3_offline_mount_accepted() {
    let to = Some((WaitingForOperator, Offline));
    only(E::Accepted(MediumWork::Mount), Offline, &[(Idle, to)]);
}

#[test]
fn medium_row_4_brought_online() {
    for there in [Slot, StandaloneDrive] {
        let to = Some((InUse, there));
        only(E::BroughtOnline(there), Offline, &[(WaitingForOperator, to)]);
    }
    only(E::BroughtOnline(Offline), Offline, &[]);
}

#[test]
fn medium_row_5_last_waiter_gone() {
    only(E::LastWaiterGone, Offline, &[(WaitingForOperator, Some((Idle, Offline)))]);
}

#[test]
fn medium_row_6_put_into_drive() {
    only(E::PutIntoDrive, Slot, &[(InUse, Some((Mounted, Drive)))]);
    only(E::PutIntoDrive, StandaloneDrive, &[(InUse, Some((Mounted, StandaloneDrive)))]);
    only(E::PutIntoDrive, Offline, &[]);
}

#[test]
fn medium_row_7_drive_ready() {
    only(E::DriveReady, Drive, &[(Mounted, Some((Loaded, Drive)))]);
}

#[test]
fn medium_row_8_load_failed() {
    only(E::LoadFailed, Drive, &[(Mounted, Some((RecoverableError, Drive)))]);
}

#[test]
fn medium_row_9_released() {
    let to = Some((Unloaded, Drive));
    only(E::Released, Drive, &[(Mounted, to), (Loaded, to)]);
    let to = Some((Idle, StandaloneDrive));
    only(E::Released, StandaloneDrive, &[(Mounted, to), (Loaded, to)]);
}

#[test]
fn medium_row_10_label_unreadable() {
    let all = MediaState::ALL;
    let to: Vec<_> = all.iter().map(|state| (*state, Some((RecoverableError, Slot)))).collect();
    only(E::LabelUnreadable, Slot, &to);
    only(E::LabelUnreadable, Drive, &[]);
    only(E::LabelUnreadable, Offline, &[]);
}

#[test]
fn medium_row_11_recovered() {
    for place in [Slot, Drive] {
        only(E::Recovered { wanted: true }, place, &[(RecoverableError, Some((InUse, place)))]);
        only(E::Recovered { wanted: false }, place, &[(RecoverableError, Some((Idle, place)))]);
    }
}

#[test]
fn medium_row_12_accepted_with_an_error() {
    use MediumWork::{Eject, Identification, Inventory, Mount};
    let to = Some((InUse, Slot));
    for work in [Mount, Inventory, Identification, Eject] {
        only(E::Accepted(work), Slot, &[(Idle, to), (RecoverableError, to)]);
    }
}

#[test]
fn medium_row_13_immediate_dismount() {
    only(E::Dismounted { deferred: false }, Drive, &[(Loaded, Some((Unloaded, Drive)))]);
}

#[test]
fn medium_row_14_deferred_dismount() {
    only(E::Dismounted { deferred: true }, Drive, &[(Loaded, Some((Idle, Drive)))]);
    for deferred in [false, true] {
        let to = Some((Idle, StandaloneDrive));
        only(E::Dismounted { deferred }, StandaloneDrive, &[(Loaded, to)]);
    }
}

#[test]
fn medium_row_15_mounted_in_place() {
    let mounted = |same_side_checked| E::MountedInPlace { same_side_checked };
    only(mounted(true), Drive, &[(Idle, Some((Loaded, Drive)))]);
    only(mounted(false), Drive, &[]);
    only(mounted(true), Slot, &[]);
}

#[test]
fn medium_row_16_put_away() {
    let put_away = |delay_over, for_mount| E::PutAway { delay_over, for_mount };
    let to = [(Idle, Some((Unloaded, Drive)))];
    only(put_away(true, true), Drive, &to);
    only(put_away(false, false), Drive, &to);
    only(put_away(false, true), Drive, &[]);
    only(put_away(true, true), Slot, &[]);
}

#[test]
fn medium_row_17_carried_to_slot() {
    only(E::CarriedToSlot, Drive, &[(Unloaded, Some((Idle, Slot)))]);
}

#[test]
fn medium_row_18_no_slot_refused() {
    only(E::NoSlotRefused, Drive, &[(Unloaded, Some((Idle, Drive)))]);
}

#[test]
fn medium_row_19_ejected() {
    only(E::Ejected(Leaving::Kept), Slot, &[(InUse, Some((Idle, Offline)))]);
    only(E::Ejected(Leaving::Removed), Slot, &[(InUse, None)]);
}

#[test]
fn medium_row_20_ended_in_place() {
    for place in [Slot, Drive] {
        only(E::EndedInPlace, place, &[(InUse, Some((Idle, place)))]);
    }
}

#[test]
fn medium_row_21_taken_out() {
    let all = MediaState::ALL;
    let kept: Vec<_> = all.iter().map(|state| (*state, Some((Idle, Offline)))).collect();
    let removed: Vec<_> = all.iter().map(|state| (*state, None)).collect();
    only(E::TakenOut(Leaving::Kept), StandaloneDrive, &kept);
    only(E::TakenOut(Leaving::Removed), StandaloneDrive, &removed);
    only(E::TakenOut(Leaving::Kept), Drive, &[]);
}

#[test]
fn medium_row_22_device_lost() {
    everywhere(E::DeviceLost, |place| Some((Idle, place)));
    everywhere(E::LibraryDeleted, |_| Some((Idle, Offline)));
    let all = MediaState::ALL;
    let gone: Vec<_> = all.iter().map(|state| (*state, None)).collect();
    only(E::DriveDeleted(Leaving::Removed), Drive, &gone);
    only(E::DriveDeleted(Leaving::Kept), Slot, &[]);
}
