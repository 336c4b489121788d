//! Persistent reservation of drives: who holds one, whose it is, and who may take it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

#[path = "support/reservable.rs"]
mod reservable;
#[path = "support/scripted.rs"]
mod scripted;

use std::num::NonZeroU64;

use proptest::prelude::*;
use reservable::Reservable;
use rsm::device::scsi::command::reservation::ReservationType;
use rsm::device::scsi::{
    Command, Preempt, Reservation, Reserving, Status, TransportErrorKind, Unit,
};
use rsm::device::{Attention, DeviceErrorKind, Refusal};
use scripted::Scripted;

const OURS: u64 = 0x0102_0304_0506_0708;
const THEIRS: u64 = 0xbad;
const EXCLUSIVE: u8 = 3;
const WRITE: Command = Command::six("WRITE(6)", [0x0a, 0, 0, 0, 1, 0]);

fn with_key(key: u64, preempt: Preempt) -> Reservation {
    Reservation::new(NonZeroU64::new(key).unwrap()).with_preempt(preempt)
}

fn ours() -> Reservation {
    with_key(OURS, Preempt::Never)
}

fn writes(unit: &Unit) -> Result<(), DeviceErrorKind> {
    unit.write(&WRITE, &[0]).map_err(|error| error.kind())
}

#[test]
fn a_free_drive_is_reserved_for_us_alone() {
    let drive = Reservable::default();
    let (here, there) = (drive.way(1), drive.way(2));
    assert_eq!(ours().holder(&here).unwrap(), None);
    assert_eq!(ours().reserve(&here).unwrap(), Reserving::Held);
    assert_eq!((drive.holder(), drive.keys()), (Some((1, EXCLUSIVE)), vec![(1, OURS)]));
    let holder = ours().holder(&here).unwrap().unwrap();
    assert!(holder.is_ours);
    assert_eq!((holder.key, holder.kind), (OURS, ReservationType::ExclusiveAccess));
    assert_eq!(writes(&here), Ok(()));
    assert_eq!(writes(&there), Err(DeviceErrorKind::Reserved));
    assert_eq!(ours().reserve(&here).unwrap(), Reserving::Held, "again");
    ours().release(&here).unwrap();
    assert_eq!((drive.holder(), drive.keys()), (None, vec![]));
    ours().release(&here).unwrap();
    assert_eq!(writes(&there), Ok(()));
}

#[test]
fn wrong_18_our_own_reservation_is_recognised_after_a_restart() {
    let drive = Reservable::default();
    drive.hold(1, OURS, EXCLUSIVE);
    let unit = drive.way(2);
    assert!(ours().holder(&unit).unwrap().unwrap().is_ours);
    assert_eq!(ours().reserve(&unit).unwrap(), Reserving::Held);
    assert_eq!((drive.holder(), drive.keys()), (Some((2, EXCLUSIVE)), vec![(2, OURS)]));
    assert_eq!(writes(&unit), Ok(()));
    let dead = drive.way(1);
    assert_eq!(writes(&dead), Err(DeviceErrorKind::LookAgain(Attention::Other)));
    assert_eq!(writes(&dead), Err(DeviceErrorKind::Reserved));
}

#[test]
fn wrong_18_what_a_dead_process_left_is_released() {
    for registered in [false, true] {
        let drive = Reservable::default();
        drive.hold(1, OURS, EXCLUSIVE);
        if registered {
            drive.add(2, OURS);
        }
        ours().release(&drive.way(2)).unwrap();
        assert_eq!((drive.holder(), drive.keys()), (None, vec![]));
    }
}

#[test]
fn wrong_18_a_foreign_reservation_is_left_alone_and_told_of() {
    let drive = Reservable::default();
    drive.hold(7, THEIRS, EXCLUSIVE);
    let unit = drive.way(1);
    let error = ours().reserve(&unit).unwrap_err();
    assert_eq!(error.kind(), DeviceErrorKind::Reserved);
    let reason = "the drive is reserved by iqn.2026.test:007, key 0000000000000bad";
    assert_eq!(error.reason(), reason);
    assert_eq!(drive.keys(), [(7, THEIRS)], "not even registered");
    ours().release(&unit).unwrap();
    assert_eq!(drive.holder(), Some((7, EXCLUSIVE)));
    assert_eq!(writes(&unit), Err(DeviceErrorKind::Reserved));
}

#[test]
fn wrong_18_a_foreign_reservation_is_taken_when_somebody_agrees() {
    let drive = Reservable::default();
    drive.hold(7, THEIRS, EXCLUSIVE);
    let unit = drive.way(1);
    let asking = with_key(OURS, Preempt::Ask);
    let Reserving::Ask(holder) = asking.reserve(&unit).unwrap() else { panic!("it is not ours") };
    assert_eq!((holder.key, holder.is_ours), (THEIRS, false));
    assert_eq!(drive.keys(), [(7, THEIRS)], "nothing was changed");
    asking.preempt(&unit, &holder).unwrap();
    assert_eq!((drive.holder(), drive.keys()), (Some((1, EXCLUSIVE)), vec![(1, OURS)]));
    let theirs = drive.way(7);
    assert_eq!(writes(&theirs), Err(DeviceErrorKind::LookAgain(Attention::Other)));
    assert_eq!(writes(&theirs), Err(DeviceErrorKind::Reserved));
    assert_eq!(asking.reserve(&unit).unwrap(), Reserving::Held);
}

#[test]
fn wrong_18_a_foreign_reservation_is_taken_by_policy() {
    for refused in [None, Some((0x5f, 5))] {
        let drive = Reservable::default();
        if let Some((operation, action)) = refused {
            drive.refuse(operation, action);
        }
        drive.hold(7, THEIRS, EXCLUSIVE);
        drive.add(8, THEIRS);
        drive.add(9, 0xcafe);
        let unit = drive.way(1);
        assert_eq!(with_key(OURS, Preempt::Yes).reserve(&unit).unwrap(), Reserving::Held);
        assert_eq!(drive.holder(), Some((1, EXCLUSIVE)));
        assert_eq!(drive.keys(), [(1, OURS), (9, 0xcafe)], "who only registered stays so");
    }
}

#[test]
fn who_agreed_to_one_holder_did_not_agree_to_another() {
    let drive = Reservable::default();
    drive.hold(7, THEIRS, EXCLUSIVE);
    let unit = drive.way(1);
    let asking = with_key(OURS, Preempt::Ask);
    let Reserving::Ask(holder) = asking.reserve(&unit).unwrap() else { panic!("it is not ours") };
    drive.hold(8, 0xcafe, EXCLUSIVE);
    let error = asking.preempt(&unit, &holder).unwrap_err();
    assert_eq!(error.kind(), DeviceErrorKind::Reserved);
    assert_eq!(drive.holder(), Some((8, EXCLUSIVE)));
    let other = Reservable::default();
    asking.preempt(&other.way(1), &holder).unwrap();
    assert_eq!(other.holder(), Some((1, EXCLUSIVE)), "nobody had it any more");
}

#[test]
fn a_reservation_of_all_registrants_is_ours_when_all_are_us() {
    let drive = Reservable::default();
    drive.hold(1, OURS, 8);
    drive.add(2, OURS);
    let unit = drive.way(2);
    assert!(ours().holder(&unit).unwrap().unwrap().is_ours);
    assert_eq!(ours().reserve(&unit).unwrap(), Reserving::Held);
    assert_eq!((drive.holder(), drive.keys()), (Some((2, EXCLUSIVE)), vec![(2, OURS)]));

    let drive = Reservable::default();
    drive.hold(1, OURS, 8);
    drive.add(7, THEIRS);
    let error = ours().reserve(&drive.way(1)).unwrap_err();
    assert!(error.reason().contains("iqn.2026.test:007"), "{error}");
    let yes = with_key(OURS, Preempt::Yes);
    assert_eq!(yes.reserve(&drive.way(1)).unwrap(), Reserving::Held);
    assert_eq!((drive.holder(), drive.keys()), (Some((1, EXCLUSIVE)), vec![(1, OURS)]));

    let drive = Reservable::default();
    drive.hold(1, OURS, 8);
    ours().release(&drive.way(1)).unwrap();
    assert_eq!((drive.holder(), drive.keys()), (None, vec![]));
}

#[test]
fn our_reservation_of_another_type_becomes_exclusive() {
    for kind in [1, 5, 6] {
        let drive = Reservable::default();
        drive.hold(1, OURS, kind);
        assert_eq!(ours().reserve(&drive.way(1)).unwrap(), Reserving::Held);
        assert_eq!(drive.holder(), Some((1, EXCLUSIVE)));
    }
}

#[test]
fn a_reservation_in_the_old_way_is_told_of() {
    let drive = Reservable::default();
    drive.hold_in_the_old_way(7);
    let error = with_key(OURS, Preempt::Yes).reserve(&drive.way(1)).unwrap_err();
    assert_eq!(error.kind(), DeviceErrorKind::Reserved);
    assert!(error.reason().contains("RESERVE of SPC-2"), "{error}");
}

#[test]
fn a_drive_that_was_switched_off_is_reserved_again() {
    let drive = Reservable::default();
    let unit = drive.way(1);
    assert_eq!(ours().reserve(&unit).unwrap(), Reserving::Held);
    drive.switch_off_and_on();
    assert_eq!(writes(&unit), Err(DeviceErrorKind::LookAgain(Attention::Reset)));
    assert_eq!(ours().reserve(&unit).unwrap(), Reserving::Held);
    assert_eq!(drive.holder(), Some((1, EXCLUSIVE)));
}

#[test]
fn an_attention_met_while_reserving_is_told_to_who_uses_the_drive() {
    let drive = Reservable::default();
    let unit = drive.way(1);
    assert_eq!(ours().reserve(&unit).unwrap(), Reserving::Held);
    drive.switch_off_and_on();
    let error = ours().reserve(&unit).unwrap_err();
    assert_eq!(error.kind(), DeviceErrorKind::LookAgain(Attention::Reset));
    assert_eq!(ours().reserve(&unit).unwrap(), Reserving::Held);
    assert_eq!(writes(&unit), Ok(()));
}

#[test]
fn old_drives_register_without_ignoring_an_existing_key() {
    let drive = Reservable::default();
    drive.refuse(0x5f, 6);
    let unit = drive.way(1);
    assert_eq!(ours().reserve(&unit).unwrap(), Reserving::Held);
    assert_eq!(ours().reserve(&unit).unwrap(), Reserving::Held, "registered already");
    assert_eq!(ours().reserve(&drive.way(2)).unwrap(), Reserving::Held);
    assert_eq!(drive.holder(), Some((2, EXCLUSIVE)));
}

#[test]
fn a_holder_without_full_status_is_told_by_his_key() {
    let drive = Reservable::default();
    drive.refuse(0x5e, 3);
    drive.hold(7, THEIRS, EXCLUSIVE);
    let error = ours().reserve(&drive.way(1)).unwrap_err();
    let reason = "the drive is reserved by another host, key 0000000000000bad";
    assert_eq!(error.reason(), reason);
}

const NOBODY: [u8; 8] = [0, 0, 0, 1, 0, 0, 0, 0];
const READ_RESERVATION: [u8; 10] = [0x5e, 1, 0, 0, 0, 0, 0, 0x10, 0, 0];

fn order(action: u8, kind: u8) -> [u8; 10] {
    [0x5f, action, kind, 0, 0, 0, 0, 0, 24, 0]
}

fn keys(ours: u64, about: u64) -> Vec<u8> {
    [&ours.to_be_bytes()[..], &about.to_be_bytes(), &[0; 8]].concat()
}

fn held_by(key: u64) -> Vec<u8> {
    [&[0, 0, 0, 1, 0, 0, 0, 16], &key.to_be_bytes()[..], &[0, 0, 0, 0, 0, 3, 0, 0]].concat()
}

#[test]
fn the_commands_are_as_the_standard_has_them() {
    let script = Scripted::new();
    script.expect(&READ_RESERVATION).answer(&NOBODY);
    script.expect(&order(6, 0)).brings(&keys(0, OURS));
    script.expect(&order(1, EXCLUSIVE)).brings(&keys(OURS, 0));
    script.expect(&READ_RESERVATION).answer(&held_by(OURS));
    let unit = Unit::new(script.clone());
    assert_eq!(ours().reserve(&unit).unwrap(), Reserving::Held);
    script.expect(&READ_RESERVATION).answer(&held_by(OURS));
    script.expect(&order(2, EXCLUSIVE)).brings(&keys(OURS, 0));
    script.expect(&READ_RESERVATION).answer(&NOBODY);
    script.expect(&order(0, 0)).brings(&keys(OURS, 0));
    ours().release(&unit).unwrap();
    script.done();
}

#[test]
fn somebody_who_comes_in_between_is_seen() {
    let script = Scripted::new();
    script.expect(&READ_RESERVATION).answer(&NOBODY);
    script.expect_operation(0x5f);
    script.expect(&order(1, EXCLUSIVE)).status(Status::RESERVATION_CONFLICT);
    script.expect(&READ_RESERVATION).answer(&held_by(THEIRS));
    script.expect(&[0x5e, 3, 0, 0, 0, 0, 0, 0x10, 0, 0]).sense(5, 0x24, 0);
    let error = ours().reserve(&Unit::new(script.clone())).unwrap_err();
    assert_eq!(error.kind(), DeviceErrorKind::Reserved);
    script.done();
}

#[test]
fn a_drive_that_forgets_reservations_is_found_out() {
    let script = Scripted::new();
    script.otherwise(|command, data| {
        if let (0x5e, rsm::device::scsi::Data::In(buffer)) = (command[0], data) {
            buffer[..8].copy_from_slice(&NOBODY);
        }
        Ok(rsm::device::scsi::Completion::good(8))
    });
    let error = ours().reserve(&Unit::new(script.clone())).unwrap_err();
    assert_eq!(error.kind(), DeviceErrorKind::Refused(Refusal::Unsupported));
    assert_eq!(script.sent().len(), 10, "three rounds");
}

#[test]
fn what_keeps_a_drive_from_answering_ends_it() {
    let rows = [
        (TransportErrorKind::Gone, DeviceErrorKind::Gone),
        (TransportErrorKind::TimedOut, DeviceErrorKind::OutcomeUnknown),
    ];
    for (transport, expected) in rows {
        for after in 0..4 {
            let script = Scripted::new();
            for step in 0..after {
                let reads = step == 0 || step == 3;
                let expected = script.expect_operation(if reads { 0x5e } else { 0x5f });
                if reads {
                    expected.answer(&NOBODY);
                }
            }
            script.expect_operation(if after % 3 == 0 { 0x5e } else { 0x5f }).fails(transport);
            let error = ours().reserve(&Unit::new(script.clone())).unwrap_err();
            assert_eq!(error.kind(), expected, "after {after}");
            script.done();
        }
    }
}

#[test]
fn a_drive_without_reservations_says_so() {
    let script = Scripted::new();
    script.expect(&READ_RESERVATION).sense(5, 0x20, 0);
    let error = ours().reserve(&Unit::new(script.clone())).unwrap_err();
    assert_eq!(error.kind(), DeviceErrorKind::Refused(Refusal::Unsupported));
    script.expect(&READ_RESERVATION).answer(&held_by(OURS)[..12]);
    let error = ours().holder(&Unit::new(script.clone())).unwrap_err();
    assert_eq!(error.kind(), DeviceErrorKind::OutcomeUnknown, "the answer is cut off");
    script.done();
}

#[derive(Clone, Copy, Debug)]
enum Step {
    Reserve(u8, Preempt),
    Release(u8),
    Write(u8),
    PowerCycle,
}

fn step() -> impl Strategy<Value = Step> {
    let policy = prop_oneof![Just(Preempt::Never), Just(Preempt::Ask), Just(Preempt::Yes)];
    prop_oneof![
        4 => (1..=4u8, policy).prop_map(|(way, policy)| Step::Reserve(way, policy)),
        2 => (1..=4u8).prop_map(Step::Release),
        4 => (1..=4u8).prop_map(Step::Write),
        1 => Just(Step::PowerCycle),
    ]
}

proptest! {
    /// Ways 1 and 2 are of one installation, 3 and 4 of another. Whoever was told that he holds the
    /// drive, and nobody took it since, is the only one that can write.
    #[test]
    fn nobody_else_writes_while_one_holds_it(steps in proptest::collection::vec(step(), 1..40)) {
        let drive = Reservable::default();
        let units = [1, 2, 3, 4].map(|way| drive.way(way));
        let unit = |way: u8| &units[usize::from(way) - 1];
        let key = |way: u8| if way < 3 { OURS } else { THEIRS };
        let mut holder = None;
        for step in steps {
            match step {
                Step::Reserve(way, policy) => {
                    let before = drive.holder();
                    match with_key(key(way), policy).reserve(unit(way)) {
                        Ok(Reserving::Held) => {
                            prop_assert_eq!(drive.holder(), Some((way, EXCLUSIVE)));
                            let other = before.is_some_and(|(had, _)| key(had) != key(way));
                            prop_assert!(!other || policy == Preempt::Yes);
                            holder = Some(way);
                        }
                        Ok(Reserving::Ask(_)) => {
                            prop_assert_eq!(policy, Preempt::Ask);
                            prop_assert_eq!(drive.holder(), before);
                        }
                        Err(error) => {
                            let kind = error.kind();
                            let told = matches!(kind, DeviceErrorKind::LookAgain(_))
                                || (kind == DeviceErrorKind::Reserved && policy == Preempt::Never);
                            prop_assert!(told, "{}", error);
                            prop_assert_eq!(drive.holder(), before);
                        }
                    }
                }
                Step::Release(way) => {
                    let released = with_key(key(way), Preempt::Never).release(unit(way));
                    if released.is_ok() && holder.is_some_and(|holder| key(holder) == key(way)) {
                        prop_assert_eq!(drive.holder(), None);
                        holder = None;
                    } else {
                        holder = drive.holder().map(|(way, _)| way);
                    }
                }
                Step::Write(way) => {
                    let wrote = writes(unit(way)).is_ok();
                    prop_assert!(!wrote || holder.is_none_or(|holder| holder == way));
                }
                Step::PowerCycle => {
                    drive.switch_off_and_on();
                    holder = None;
                }
            }
        }
    }
}
