//! A device that is late, forgets commands and goes away: the kernel's own, by scsi_debug.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use rsm::device::scsi::{Data, SgTransport, Status, Transport, TransportErrorKind};

use super::{LONG, TEST_UNIT_READY, good, inquiry, nodes, plain, settle, wanted};
use crate::until::until;

const SETTINGS: &str = "/sys/bus/pseudo/drivers/scsi_debug";
const SHORT: Duration = Duration::from_millis(300);

fn set(what: &str, value: &str) {
    fs::write(format!("{SETTINGS}/{what}"), value).unwrap();
}

fn open() -> SgTransport {
    let unit = SgTransport::open(&nodes("1", "Linux")[0]).unwrap();
    settle(&unit);
    unit
}

/// The kernel's directory of the device.
fn directory(unit: &SgTransport) -> PathBuf {
    let place = unit.address().unwrap();
    let name = format!("{}:{}:{}:{}", place.port, place.bus, place.target, place.lun);
    Path::new("/sys/class/scsi_device").join(name).join("device")
}

/// How many commands the device was sent.
fn commands(unit: &SgTransport) -> u64 {
    let count = fs::read_to_string(directory(unit).join("iorequest_cnt")).unwrap();
    u64::from_str_radix(count.trim().trim_start_matches("0x"), 16).unwrap()
}

/// The device misbehaves one way after the other, so this is one test.
#[test]
fn a_device_may_be_late_or_silent_or_go_away() {
    if !wanted() {
        return;
    }
    let unit = open();
    a_stopped_process_sends_nothing_again(&unit);
    a_silent_device_is_waited_for_no_longer_than_was_asked(&unit);
    a_device_that_goes_away_is_gone(&unit);
}

fn a_stopped_process_sends_nothing_again(unit: &SgTransport) {
    set("delay", "250");
    let before = commands(unit);
    let done = mpsc::channel();
    std::thread::scope(|scope| {
        let running = scope.spawn(move || {
            let ended = plain(unit, &TEST_UNIT_READY).unwrap();
            done.0.send(()).unwrap();
            ended
        });
        until(|| commands(unit) > before);
        // Stopped and continued, for as long as the command takes.
        let script = format!(
            "for i in 1 2 3 4 5; do kill -STOP {0}; sleep 0.05; kill -CONT {0}; done",
            std::process::id()
        );
        while done.1.try_recv().is_err() {
            let stopped = Command::new("sh").args(["-c", &script]).stdin(Stdio::null()).status();
            assert!(stopped.unwrap().success());
        }
        assert_eq!(running.join().unwrap().status, Status::GOOD);
    });
    set("delay", "0");
    assert_eq!(commands(unit), before + 1);
}

fn a_silent_device_is_waited_for_no_longer_than_was_asked(unit: &SgTransport) {
    const FORGET: &str = "4";

    set("every_nth", "1");
    set("opts", FORGET);
    let begun = Instant::now();
    let mut buffer = vec![0x5A; 96];
    let error = unit.execute(&[0x12, 0, 0, 0, 96, 0], Data::In(&mut buffer), SHORT).unwrap_err();
    assert_eq!(error.kind(), TransportErrorKind::TimedOut, "{error}");
    assert!(begun.elapsed() < LONG);
    assert!(buffer.iter().all(|&byte| byte == 0x5A));
    drop(buffer);
    set("opts", "0");
    set("every_nth", "0");
    // The kernel ends the command in its own time; then the device is of use again.
    until(|| unit.execute(&TEST_UNIT_READY, Data::None, LONG).is_ok());
    settle(unit);
    assert_eq!(inquiry(unit)[0], 1);
    good(unit, &TEST_UNIT_READY);
}

fn a_device_that_goes_away_is_gone(unit: &SgTransport) {
    fs::write(directory(unit).join("delete"), "1").unwrap();
    let error = plain(unit, &TEST_UNIT_READY).unwrap_err();
    assert_eq!(error.kind(), TransportErrorKind::Gone, "{error}");
    assert!(nodes("1", "Linux").is_empty());
    assert!(SgTransport::open(unit.name()).is_err());
}
