//! What a unit makes of a device's answers, and what it sends again.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

#[path = "support/scripted.rs"]
mod scripted;

use std::sync::Arc;
use std::time::Duration;

use rsm::clock::{Clock, VirtualClock};
use rsm::device::DeviceErrorKind::{
    ChangerFault, DriveFault, EndOfMedium, Gone, LookAgain, MediumFault, NeedsOperator, NoMedium,
    NotReady, OutcomeUnknown, Refused, Reserved, WriteProtected,
};
use rsm::device::scsi::{
    Command, CommandTimeouts, Completion, Data, Status, TransportErrorKind, Unit, command,
};
use rsm::device::{Attention, DeviceClass, DeviceErrorKind, Refusal, Sense};
use scripted::{Scripted, fixed_sense};

const TEST_UNIT_READY: Command = Command::six("TEST UNIT READY", [0; 6]);
const MOVE: Command = Command::twelve("MOVE MEDIUM", [0xa5, 0, 0, 1, 4, 0, 1, 0, 0, 0, 0, 0]);
const WRITE: Command = Command::six("WRITE(6)", [0x0a, 0, 0, 0, 4, 0]);
const LOG_SENSE: Command = Command::ten("LOG SENSE", [0x4d, 0, 0x6e, 0, 0, 0, 0, 1, 0, 0]);

fn unit(script: &Arc<Scripted>, class: DeviceClass) -> Unit {
    Unit::new(script.clone()).with_class(class)
}

fn drive(script: &Arc<Scripted>) -> Unit {
    unit(script, DeviceClass::Tape)
}

fn changer(script: &Arc<Scripted>) -> Unit {
    unit(script, DeviceClass::Changer)
}

fn kind_of(class: DeviceClass, key: u8, code: u8, qualifier: u8) -> DeviceErrorKind {
    let script = Scripted::new();
    let sense = fixed_sense(key, code, qualifier);
    let end = Completion { status: Status::CHECK_CONDITION, sense, transferred: 0 };
    let error = unit(&script, class).failure(&MOVE, &end);
    assert_eq!(error.sense(), Some(Sense { key, code, qualifier }));
    error.kind()
}

#[test]
fn sense_data_mean_what_the_standards_say_whoever_gives_them() {
    let both = [
        (6, 0x28, 0x00, LookAgain(Attention::MediumChanged)),
        (6, 0x28, 0x01, LookAgain(Attention::PortAccessed)),
        (6, 0x28, 0x03, LookAgain(Attention::PortAccessed)),
        (6, 0x29, 0x00, LookAgain(Attention::Reset)),
        (6, 0x29, 0x07, LookAgain(Attention::Reset)),
        (6, 0x3b, 0x13, LookAgain(Attention::MediumChanged)),
        (6, 0x2a, 0x03, LookAgain(Attention::Other)),
        (6, 0x3f, 0x0e, LookAgain(Attention::Other)),
        (2, 0x04, 0x00, NotReady),
        (2, 0x04, 0x01, NotReady),
        (2, 0x04, 0x02, NotReady),
        (2, 0x04, 0x03, NeedsOperator),
        (2, 0x04, 0x07, NotReady),
        (2, 0x04, 0x12, NeedsOperator),
        (2, 0x3e, 0x00, NotReady),
        (3, 0x11, 0x00, MediumFault),
        (3, 0x0c, 0x00, MediumFault),
        (5, 0x20, 0x00, Refused(Refusal::Unsupported)),
        (5, 0x24, 0x00, Refused(Refusal::Invalid)),
        (5, 0x26, 0x00, Refused(Refusal::Invalid)),
        (5, 0x25, 0x00, Gone),
        (5, 0x53, 0x02, Refused(Refusal::RemovalPrevented)),
        (5, 0x30, 0x00, Refused(Refusal::Incompatible)),
        (5, 0x55, 0x04, Refused(Refusal::InUse)),
        (7, 0x27, 0x00, WriteProtected),
        (7, 0x5a, 0x02, WriteProtected),
        (7, 0x30, 0x05, Refused(Refusal::Incompatible)),
        (8, 0x00, 0x05, MediumFault),
        (0xb, 0x00, 0x00, OutcomeUnknown),
        (0xb, 0x4e, 0x00, OutcomeUnknown),
        (0xd, 0x00, 0x02, EndOfMedium),
    ];
    for (key, code, qualifier, expected) in both {
        for class in [DeviceClass::Changer, DeviceClass::Tape, DeviceClass::Disk] {
            let kind = kind_of(class, key, code, qualifier);
            assert_eq!(kind, expected, "{key:x}/{code:02x}/{qualifier:02x} from {class:?}");
        }
    }
}

#[test]
fn what_changers_and_drives_mean_differs() {
    let rows = [
        ((2, 0x3a, 0x00), NeedsOperator, NoMedium),
        ((2, 0x04, 0x83), NeedsOperator, NotReady),
        ((2, 0x30, 0x03), Refused(Refusal::Incompatible), NotReady),
        ((3, 0x30, 0x07), Refused(Refusal::Incompatible), MediumFault),
        ((5, 0x3a, 0x00), Refused(Refusal::SourceEmpty), NoMedium),
        ((5, 0x21, 0x01), Refused(Refusal::NoSuchElement), Refused(Refusal::Invalid)),
        ((5, 0x3b, 0x0d), Refused(Refusal::DestinationFull), Refused(Refusal::Invalid)),
        ((5, 0x3b, 0x0e), Refused(Refusal::SourceEmpty), Refused(Refusal::Invalid)),
        ((4, 0x3b, 0x0d), Refused(Refusal::DestinationFull), DriveFault),
        ((5, 0x3b, 0x11), Refused(Refusal::NotAccessible), Refused(Refusal::Invalid)),
        ((2, 0x3b, 0x12), NeedsOperator, NotReady),
        ((5, 0x3b, 0xa0), Refused(Refusal::NotAccessible), Refused(Refusal::Invalid)),
        ((5, 0x44, 0x82), Refused(Refusal::NotAccessible), Refused(Refusal::Invalid)),
        ((4, 0x15, 0x01), ChangerFault, DriveFault),
        ((4, 0x53, 0x00), DriveFault, DriveFault),
        ((4, 0x44, 0x00), ChangerFault, DriveFault),
        ((5, 0x30, 0x0c), Refused(Refusal::Incompatible), WriteProtected),
        ((9, 0x80, 0x00), ChangerFault, DriveFault),
    ];
    for ((key, code, qualifier), of_changer, of_drive) in rows {
        let name = format!("{key:x}/{code:02x}/{qualifier:02x}");
        assert_eq!(kind_of(DeviceClass::Changer, key, code, qualifier), of_changer, "{name}");
        assert_eq!(kind_of(DeviceClass::Tape, key, code, qualifier), of_drive, "{name}");
    }
}

#[test]
fn the_reason_names_the_command_and_the_sense() {
    let script = Scripted::new();
    script.expect(MOVE.bytes()).sense(5, 0x3b, 0x0d);
    let error = changer(&script).run(&MOVE).unwrap_err();
    assert_eq!(error.to_string(), "MOVE MEDIUM: the destination is full (sense 5/3B/0D)");
}

#[test]
fn descriptor_sense_means_the_same() {
    let script = Scripted::new();
    script.expect(MOVE.bytes()).sense_bytes(&[0x72, 5, 0x21, 0x01, 0, 0, 0, 0]);
    let error = changer(&script).run(&MOVE).unwrap_err();
    assert_eq!(error.kind(), Refused(Refusal::NoSuchElement));
}

#[test]
fn a_status_without_sense_has_its_meaning() {
    let rows = [
        (Status::RESERVATION_CONFLICT, Reserved),
        (Status::ACA_ACTIVE, NotReady),
        (Status::TASK_ABORTED, OutcomeUnknown),
        (Status::CHECK_CONDITION, OutcomeUnknown),
        (Status(0x55), OutcomeUnknown),
    ];
    for (status, expected) in rows {
        let script = Scripted::new();
        script.expect(WRITE.bytes()).status(status);
        assert_eq!(drive(&script).write(&WRITE, &[0; 1024]).unwrap_err().kind(), expected);
        script.done();
    }
}

#[test]
fn what_kept_a_command_from_ending_has_its_meaning() {
    let rows = [
        (TransportErrorKind::TimedOut, OutcomeUnknown),
        (TransportErrorKind::Lost, OutcomeUnknown),
        (TransportErrorKind::Gone, Gone),
        (TransportErrorKind::Denied, NeedsOperator),
        (TransportErrorKind::TooLong, Refused(Refusal::Invalid)),
    ];
    for (transport, expected) in rows {
        let script = Scripted::new();
        script.expect(MOVE.bytes()).fails(transport);
        let error = changer(&script).run(&MOVE).unwrap_err();
        assert_eq!(error.kind(), expected);
        assert_eq!(error.reason(), "MOVE MEDIUM: as the script says");
        script.done();
    }
}

#[test]
fn wrong_16_a_remark_is_no_failure_but_an_earlier_command_s_failure_is() {
    let script = Scripted::new();
    script.expect(WRITE.bytes()).sense(1, 0x17, 0x01);
    script.expect(WRITE.bytes()).sense(0, 0x00, 0x17);
    let mut deferred = fixed_sense(3, 0x0c, 0x00);
    deferred[0] = 0x71;
    script.expect(WRITE.bytes()).sense_bytes(&deferred);
    deferred[2] = 1;
    script.expect(WRITE.bytes()).sense_bytes(&deferred);
    let unit = drive(&script);
    unit.write(&WRITE, &[0; 1024]).unwrap();
    unit.write(&WRITE, &[0; 1024]).unwrap();
    let error = unit.write(&WRITE, &[0; 1024]).unwrap_err();
    assert_eq!(error.kind(), MediumFault);
    assert!(error.reason().ends_with("about an earlier command"), "{error}");
    let error = unit.write(&WRITE, &[0; 1024]).unwrap_err();
    assert_eq!(error.kind(), LookAgain(Attention::Other), "this one was not carried out");
    script.done();
}

#[test]
fn an_attention_ends_a_move_and_a_write_at_once() {
    for (command, code) in [(MOVE, 0x29), (MOVE, 0x28), (WRITE, 0x29), (WRITE, 0x28)] {
        let script = Scripted::new();
        script.expect(command.bytes()).sense(6, code, 0);
        let error = changer(&script).run(&command).unwrap_err();
        assert!(matches!(error.kind(), LookAgain(_)), "{error}");
        script.done();
    }
}

#[test]
fn a_reset_before_the_first_answer_is_no_news_to_who_only_looks() {
    let script = Scripted::new();
    script.expect(TEST_UNIT_READY.bytes()).sense(6, 0x29, 0x01);
    script.expect(TEST_UNIT_READY.bytes());
    script.expect(TEST_UNIT_READY.bytes()).sense(6, 0x29, 0x01);
    let unit = drive(&script);
    unit.run(&TEST_UNIT_READY).unwrap();
    let error = unit.run(&TEST_UNIT_READY).unwrap_err();
    assert_eq!(error.kind(), LookAgain(Attention::Reset), "now it is news");
    script.done();
}

#[test]
fn an_attention_met_by_a_question_is_told_to_the_next_command() {
    let script = Scripted::new();
    let unit = changer(&script);
    script.expect(TEST_UNIT_READY.bytes());
    unit.run(&TEST_UNIT_READY).unwrap();
    script.expect(LOG_SENSE.bytes()).sense(6, 0x28, 0x01);
    script.expect(LOG_SENSE.bytes()).sense(6, 0x29, 0x00);
    script.expect(LOG_SENSE.bytes()).sense(6, 0x28, 0x01);
    script.expect(LOG_SENSE.bytes()).answer(&[0x2e, 0, 0, 0]);
    let mut buffer = [0xee; 256];
    assert_eq!(unit.read(&LOG_SENSE, &mut buffer).unwrap(), 4);
    assert_eq!(buffer[..5], [0x2e, 0, 0, 0, 0]);
    let told = [Attention::PortAccessed, Attention::Reset];
    for attention in told {
        assert_eq!(unit.run(&MOVE).unwrap_err().kind(), LookAgain(attention));
    }
    script.expect(MOVE.bytes());
    unit.clone().run(&MOVE).unwrap();
    script.done();
}

#[test]
fn attentions_without_end_end() {
    let script = Scripted::new();
    script.otherwise(|_, _| {
        let sense = fixed_sense(6, 0x3f, 0x0e);
        Ok(Completion { status: Status::CHECK_CONDITION, sense, transferred: 0 })
    });
    let unit = drive(&script);
    let error = unit.read(&LOG_SENSE, &mut [0; 64]).unwrap_err();
    assert_eq!(error.kind(), LookAgain(Attention::Other));
    assert_eq!(script.sent().len(), 9);
}

#[test]
fn a_busy_device_is_asked_again_until_patience_is_over() {
    let clock = VirtualClock::automatic();
    let _here = clock.participate().begin();
    let script = Scripted::new();
    let unit = changer(&script).with_clock(clock.clone());
    script.expect(MOVE.bytes()).status(Status::BUSY);
    script.expect(MOVE.bytes()).status(Status::TASK_SET_FULL);
    script.expect(MOVE.bytes());
    unit.run(&MOVE).unwrap();
    assert_eq!(clock.monotonic(), Duration::from_millis(300));

    script.otherwise(|_, _| Ok(Completion { status: Status::BUSY, sense: vec![], transferred: 0 }));
    let began = clock.monotonic();
    let unit = unit.with_patience(Duration::from_secs(20));
    assert_eq!(unit.run(&MOVE).unwrap_err().kind(), NotReady);
    assert_eq!(clock.monotonic() - began, Duration::from_secs(20));
    script.done();
}

#[test]
fn wrong_19_each_command_has_its_time_which_device_and_application_can_change() {
    let script = Scripted::new();
    script.otherwise(|_, _| Ok(Completion::good(0)));
    let mut timeouts = CommandTimeouts::of(DeviceClass::Changer);
    let minutes = |unit: &Unit, command: &Command| {
        unit.complete(command, Data::None).unwrap();
        script.sent().last().unwrap().timeout.as_secs() / 60
    };
    assert_eq!(minutes(&changer(&script), &MOVE), 30);
    assert_eq!(minutes(&changer(&script), &TEST_UNIT_READY), 1);
    assert_eq!(minutes(&drive(&script), &WRITE), 30);
    timeouts.offer(0xa5, Duration::from_mins(45));
    timeouts.offer(0xa5, Duration::from_mins(40));
    timeouts.offer(0x00, Duration::from_hours(1_000_000));
    timeouts.offer(0x12, Duration::ZERO);
    let unit = changer(&script).with_timeouts(timeouts.clone());
    assert_eq!(minutes(&unit, &MOVE), 45);
    assert_eq!(minutes(&unit, &TEST_UNIT_READY), 72 * 60);
    assert_eq!(unit.timeouts().of_operation(0x12), Duration::from_secs(30));
    timeouts.set(0xa5, Duration::from_mins(2));
    assert_eq!(minutes(&unit.with_timeouts(timeouts), &MOVE), 2);
}

#[test]
fn a_unit_without_serial_number_page_has_the_number_of_its_name() {
    let script = Scripted::new();
    let mut standard = b"\x01\x80\x05\x02\x1f\0\0\0ACME    Drive           1.0 ".to_vec();
    let mut name = b"\x01\x83\0\x22\x02\x01\0\x1eACME    Drive           N-0815".to_vec();
    script.expect(command::primary::inquiry(255).bytes()).answer(&standard);
    script.expect(&[0x12, 1, 0x80, 0, 255, 0]).sense(5, 0x24, 0);
    script.expect(&[0x12, 1, 0x83, 0, 255, 0]).answer(&name);
    let identity = drive(&script).identity().unwrap();
    assert_eq!((identity.vendor.as_str(), identity.product.as_str()), ("ACME", "Drive"));
    assert_eq!((identity.revision.as_str(), identity.serial.as_str()), ("1.0", "N-0815"));
    assert_eq!((identity.class, identity.device_name.as_str()), (DeviceClass::Tape, "script"));

    // One that answers every INQUIRY with its standard data has no serial number.
    script.expect_operation(0x12).answer(&standard);
    script.expect_operation(0x12).answer(&standard);
    script.expect_operation(0x12).answer(&standard);
    assert_eq!(drive(&script).identity().unwrap().serial, "");

    // The world-wide name, where there is no other.
    name = b"\x01\x83\0\x0c\x01\x03\0\x08\x50\x22\x33\x44\xab\x00\x01\x00".to_vec();
    script.expect_operation(0x12).answer(&standard);
    script.expect_operation(0x12).answer(b"\x01\x80\0\x04    ");
    script.expect_operation(0x12).answer(&name);
    assert_eq!(drive(&script).identity().unwrap().serial, "50223344ab000100");

    standard[0] = 0x7f;
    script.expect_operation(0x12).answer(&standard);
    assert_eq!(drive(&script).identity().unwrap_err().kind(), Gone);
    standard[0] = 0x0d;
    script.expect_operation(0x12).answer(&standard);
    let error = drive(&script).identity().unwrap_err();
    assert_eq!(error.kind(), Refused(Refusal::Unsupported));
    script.expect_operation(0x12).answer(&standard[..4]);
    assert_eq!(drive(&script).identity().unwrap_err().kind(), OutcomeUnknown);
    script.done();
}

#[test]
fn a_command_held_by_the_device_keeps_only_its_sender() {
    let script = Scripted::new();
    let held = script.expect(MOVE.bytes()).fails(TransportErrorKind::TimedOut).hold();
    let unit = changer(&script);
    let mover = std::thread::spawn(move || unit.run(&MOVE).unwrap_err().kind());
    held.wait_until_reached();
    assert_eq!(script.operations(), [0xa5]);
    held.release();
    assert_eq!(mover.join().unwrap(), OutcomeUnknown);
    script.done();
}

#[test]
fn a_device_with_only_the_long_mode_sense_is_asked_with_that() {
    let script = Scripted::new();
    script.expect(&[0x1a, 0x08, 0x1d, 0, 255, 0]).sense(5, 0x20, 0);
    let mut answer = vec![0, 26, 0, 0, 0, 0, 0, 0, 0x1d, 0x12];
    answer.resize(28, 7);
    script.expect(&[0x5a, 0x08, 0x1d, 0, 0, 0, 0, 0x10, 0, 0]).answer(&answer);
    let data = changer(&script).mode_sense(0x1d, false).unwrap();
    assert_eq!(data.page(0x1d).unwrap().len(), 20);
    script.expect(&[0x1a, 0x08, 0x1e, 0, 255, 0]).sense(5, 0x24, 0);
    let error = changer(&script).mode_sense(0x1e, false).unwrap_err();
    assert_eq!(error.kind(), Refused(Refusal::Invalid), "it has no such page");
    script.done();
}

#[test]
fn a_transport_that_reports_the_whole_buffer_changes_nothing() {
    let script = Scripted::new();
    let answer = [0x07, 0, 0x10, 0, 0x1e, 2, 0, 0];
    script.expect_operation(0x1a).answer(&answer).says_transferred(255);
    script.expect_operation(0x1a).answer(&answer).says_transferred(100_000);
    script.expect_operation(0x1a).answer(&answer);
    let unit = changer(&script);
    let [first, second, third] = [(); 3].map(|()| unit.mode_sense(0x1e, false).unwrap());
    assert_eq!((&first, &second), (&third, &third));
    script.done();
}

#[test]
fn a_device_s_own_time_outs_are_taken_where_it_offers_them() {
    let script = Scripted::new();
    let offers = [0, 0, 0, 20, 0xa5, 0, 0, 0, 0, 0x02, 0, 12, 0, 10, 0, 0, 0, 0, 0, 60, 0, 0, 2, 0];
    script.expect(&[0xa3, 0x0c, 0x80, 0, 0, 0, 0, 0, 0x20, 0, 0, 0]).answer(&offers);
    let unit = changer(&script).with_offered_timeouts().unwrap();
    assert_eq!(unit.timeouts().of_operation(0xa5), Duration::from_secs(512));
    assert_eq!(unit.timeouts().of_operation(0xb8), Duration::from_mins(10));
    script.expect_operation(0xa3).sense(5, 0x20, 0);
    let unit = changer(&script).with_offered_timeouts().unwrap();
    assert_eq!(unit.timeouts(), &CommandTimeouts::of(DeviceClass::Changer));
    script.expect_operation(0xa3).fails(TransportErrorKind::Gone);
    assert_eq!(changer(&script).with_offered_timeouts().unwrap_err().kind(), Gone);
    script.done();
}

#[test]
fn units_are_asked_for_with_more_room_where_there_are_more() {
    let script = Scripted::new();
    let list = |units: u32| {
        let mut answer = [units * 8, 0].map(u32::to_be_bytes).concat();
        answer.extend((0..units).flat_map(|unit| (u64::from(unit) << 48).to_be_bytes()));
        answer
    };
    script.expect(&[0xa0, 0, 0, 0, 0, 0, 0, 0, 0x10, 0, 0, 0]).answer(&list(600));
    script.expect(&[0xa0, 0, 0, 0, 0, 0, 0, 0, 0x12, 0xc8, 0, 0]).answer(&list(600));
    assert_eq!(changer(&script).report_luns().unwrap().len(), 600);
    let mut lying = list(3);
    lying[0] = 0xff;
    script.expect_operation(0xa0).answer(&lying);
    script.expect(&[0xa0, 0, 0, 0, 0, 0, 0, 2, 0, 8, 0, 0]).answer(&lying);
    assert_eq!(changer(&script).report_luns().unwrap().len(), 3);
    script.done();
}

/// INQUIRY is answered before anything is told; that the device was switched on is still no news.
#[test]
fn who_a_device_is_can_be_asked_before_it_tells_that_it_was_switched_on() {
    let script = Scripted::new();
    let unit = Unit::new(script.clone());
    script.expect_operation(0x12).answer(&[1, 0x80, 6, 2, 31, 0, 0, 0]);
    script.expect_operation(0x12).sense(5, 0x24, 0);
    script.expect_operation(0x12).sense(5, 0x24, 0);
    unit.identity().unwrap();
    script.expect_operation(0x00).sense(6, 0x29, 0);
    script.expect_operation(0x00);
    unit.test_unit_ready().unwrap();
    script.done();
}

#[test]
fn an_attention_is_told_once_whoever_comes_first() {
    let script = Scripted::new();
    script.otherwise(|_, _| Ok(Completion::good(0)));
    let unit = changer(&script);
    unit.run(&TEST_UNIT_READY).unwrap();
    script.expect(LOG_SENSE.bytes()).sense(6, 0x28, 0x00);
    unit.read(&LOG_SENSE, &mut [0; 4]).unwrap();
    let movers = [(); 4].map(|()| {
        let unit = unit.clone();
        std::thread::spawn(move || unit.run(&MOVE).map_err(|error| error.kind()))
    });
    let ends = movers.map(|mover| mover.join().unwrap());
    let told = ends.iter().filter_map(|end| end.err()).collect::<Vec<_>>();
    assert_eq!(told, [LookAgain(Attention::MediumChanged)]);
    assert_eq!(script.operations().iter().filter(|one| **one == 0xa5).count(), 3);
    script.done();
}
