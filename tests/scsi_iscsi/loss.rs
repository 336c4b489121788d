//! Connections that break, and targets that do not answer.

use std::time::{Duration, Instant};

use rsm::device::scsi::{Data, IscsiTransport, Status, Transport, TransportErrorKind};

use super::{
    INQUIRY, LONG, MOVE_MEDIUM, TEST_UNIT_READY, inquiry, is_reset, move_medium, open, options,
    plain, settle, url,
};
use crate::iscsi_proxy::{Cut, Proxy};
use crate::tgt::{CHANGER, DRIVES, FIRST_DRIVE, Layout, SLOTS, TARGET, Tgt, wanted};
use crate::until::until;

/// A unit of the library, through something that can cut the line. It has told its news.
fn by_proxy(library: &Tgt, unit: u16) -> (Proxy, IscsiTransport) {
    let proxy = Proxy::to(library.port());
    let way = format!("iscsi://127.0.0.1:{}/{TARGET}/{unit}", proxy.port());
    let transport = options().open(&url(&way)).unwrap();
    settle(&transport);
    (proxy, transport)
}

#[test]
fn a_command_whose_target_dies_is_lost_and_the_next_one_logs_in_again() {
    if !wanted() {
        return;
    }
    let mut library = Tgt::start(&Layout::default());
    let changer = open(&library, CHANGER);
    settle(&changer);
    library.freeze();
    let error = std::thread::scope(|scope| {
        let running = scope.spawn(|| plain(&changer, &TEST_UNIT_READY).unwrap_err());
        until(|| library.has_unread());
        library.kill();
        running.join().unwrap()
    });
    assert_eq!(error.kind(), TransportErrorKind::Lost, "{error}");
    let error = plain(&changer, &TEST_UNIT_READY).unwrap_err();
    assert_eq!(error.kind(), TransportErrorKind::Gone, "{error}");
    library.start_again();
    assert!(is_reset(&plain(&changer, &TEST_UNIT_READY).unwrap()));
    settle(&changer);
    assert_eq!(plain(&changer, &TEST_UNIT_READY).unwrap().status, Status::GOOD);
}

#[test]
fn a_target_that_died_between_two_commands_loses_neither() {
    if !wanted() {
        return;
    }
    let mut library = Tgt::start(&Layout::default());
    let changer = open(&library, CHANGER);
    settle(&changer);
    library.kill();
    library.start_again();
    assert!(is_reset(&plain(&changer, &TEST_UNIT_READY).unwrap()));
}

#[test]
fn a_target_that_does_not_answer_is_waited_for_no_longer_than_was_asked() {
    if !wanted() {
        return;
    }
    let mut library = Tgt::start(&Layout::default());
    let changer = open(&library, CHANGER);
    settle(&changer);
    library.freeze();
    let begun = Instant::now();
    let error = changer.execute(&TEST_UNIT_READY, Data::None, Duration::from_millis(300));
    assert_eq!(error.unwrap_err().kind(), TransportErrorKind::TimedOut);
    // The next one was not sent: there is no session.
    let mut buffer = [0; 96];
    let error = changer.execute(&INQUIRY, Data::In(&mut buffer), Duration::from_millis(300));
    assert_eq!(error.unwrap_err().kind(), TransportErrorKind::Gone);
    assert!(begun.elapsed() < LONG);
    library.thaw();
    assert!(is_reset(&plain(&changer, &TEST_UNIT_READY).unwrap()));
    library.freeze();
    // Nobody waits for the target to take leave.
    drop(changer);
    library.thaw();
}

#[test]
fn a_move_whose_answer_is_lost_is_not_sent_again() {
    if !wanted() {
        return;
    }
    let library = Tgt::start(&Layout::default());
    let (proxy, changer) = by_proxy(&library, CHANGER);
    proxy.cut(Cut::BeforeAnswer(MOVE_MEDIUM));
    let error = plain(&changer, &move_medium(SLOTS, DRIVES)).unwrap_err();
    assert_eq!(error.kind(), TransportErrorKind::Lost, "{error}");
    assert!(is_reset(&plain(&changer, &TEST_UNIT_READY).unwrap()));
    settle(&changer);
    assert_eq!(proxy.count(MOVE_MEDIUM), 1);
    // It was carried out: its source is empty now.
    let again = plain(&changer, &move_medium(SLOTS, DRIVES)).unwrap();
    assert_eq!(again.status, Status::CHECK_CONDITION);
    let back = plain(&changer, &move_medium(DRIVES, SLOTS)).unwrap();
    assert_eq!(back.status, Status::GOOD, "{back:x?}");
}

#[test]
fn a_block_whose_answer_is_lost_is_not_written_again() {
    if !wanted() {
        return;
    }
    const WRITE: u8 = 0x0A;

    let library = Tgt::start(&Layout::default());
    let changer = open(&library, CHANGER);
    settle(&changer);
    let loaded = plain(&changer, &move_medium(SLOTS, DRIVES)).unwrap();
    assert_eq!(loaded.status, Status::GOOD);
    let (proxy, drive) = by_proxy(&library, FIRST_DRIVE);
    proxy.cut(Cut::BeforeAnswer(WRITE));
    let block = [7; 1024];
    let error = drive.execute(&[WRITE, 0, 0, 4, 0, 0], Data::Out(&block), LONG).unwrap_err();
    assert_eq!(error.kind(), TransportErrorKind::Lost, "{error}");
    settle(&drive);
    assert_eq!(proxy.count(WRITE), 1);
}

#[test]
fn an_answer_that_breaks_off_is_lost() {
    if !wanted() {
        return;
    }
    let library = Tgt::start(&Layout::default());
    let (proxy, changer) = by_proxy(&library, CHANGER);
    proxy.cut(Cut::WithinData(INQUIRY[0], 20));
    let mut answer = vec![0; 96];
    let error = changer.execute(&INQUIRY, Data::In(&mut answer), LONG).unwrap_err();
    assert_eq!(error.kind(), TransportErrorKind::Lost, "{error}");
    drop(answer);
    assert_eq!(inquiry(&changer)[0], 8);
}
