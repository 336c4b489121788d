//! Logging in, and being refused.

use std::net::TcpListener;
use std::process::Command;

use rsm::device::scsi::{Status, Transport, TransportErrorKind};

use super::{INQUIRY, TEST_UNIT_READY};
use super::{LONG, inquiry, is_reset, open, options, plain, settle, url};
use crate::tgt::{CHANGER, FIRST_DRIVE, Layout, TARGET, Tgt, wanted};

const USER: (&str, &str) = ("robot", "a secret of ours");
const TARGET_USER: (&str, &str) = ("vault", "a secret of theirs");

#[test]
fn a_unit_says_who_it_is_after_a_login() {
    if !wanted() {
        return;
    }
    let library = Tgt::start(&Layout::default());
    let changer = open(&library, CHANGER);
    assert_eq!(changer.name(), library.url(CHANGER));
    assert_eq!((inquiry(&changer)[0], &inquiry(&changer)[8..16]), (8, b"STK     ".as_slice()));
    let drive = open(&library, FIRST_DRIVE);
    assert_eq!((inquiry(&drive)[0], &inquiry(&drive)[8..16]), (1, b"HP      ".as_slice()));
    let digest = options().header_digest().open(&url(&library.url(CHANGER))).unwrap();
    assert_eq!(inquiry(&digest)[0], 8);
}

#[test]
fn a_portal_tells_its_targets() {
    if !wanted() {
        return;
    }
    let library = Tgt::start(&Layout::default());
    let targets = options().targets(&url(&library.target_url())).unwrap();
    let [target] = targets.as_slice() else { panic!("{targets:?}") };
    assert_eq!(target.name, TARGET);
    assert_eq!(target.portals, [format!("127.0.0.1:{},1", library.port())]);
}

#[test]
fn what_is_not_there_is_gone() {
    if !wanted() {
        return;
    }
    let library = Tgt::start(&Layout::default());
    let nobody = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    for missing in [
        format!("iscsi://127.0.0.1:{}/iqn.2026-11.test.rsm:another/1", library.port()),
        format!("iscsi://127.0.0.1:{nobody}/{TARGET}/1"),
        format!("iscsi://no-such-host.invalid/{TARGET}/1"),
    ] {
        let error = options().open(&url(&missing)).unwrap_err();
        assert_eq!(error.kind(), TransportErrorKind::Gone, "{error}");
    }
}

#[test]
fn an_account_is_needed_where_the_target_asks_for_one() {
    if !wanted() {
        return;
    }
    let library = Tgt::start(&Layout { account: Some(USER), ..Layout::default() });
    let changer = url(&library.url(CHANGER));
    let right = options().chap(USER.0, USER.1).open(&changer).unwrap();
    assert_eq!(inquiry(&right)[0], 8);
    let wrong =
        [options(), options().chap(USER.0, "another secret"), options().chap("somebody", USER.1)];
    for options in wrong {
        let error = options.open(&changer).unwrap_err();
        assert_eq!(error.kind(), TransportErrorKind::Denied, "{error}");
        assert!(!error.to_string().contains("secret"), "{error}");
    }
}

#[test]
fn the_account_may_be_in_the_url() {
    if !wanted() {
        return;
    }
    let account = Some(("robot", "twelve-chars-and-more"));
    let library = Tgt::start(&Layout { account, ..Layout::default() });
    let port = library.port();
    let text = format!("iscsi://robot%twelve-chars-and-more@127.0.0.1:{port}/{TARGET}/1");
    assert_eq!(inquiry(&options().open(&url(&text)).unwrap())[0], 8);
}

#[test]
fn a_target_that_cannot_prove_itself_is_refused() {
    if !wanted() {
        return;
    }
    let layout =
        Layout { account: Some(USER), own_account: Some(TARGET_USER), ..Layout::default() };
    let library = Tgt::start(&layout);
    let changer = url(&library.url(CHANGER));
    let ours = options().chap(USER.0, USER.1);
    let right = ours.clone().mutual_chap(TARGET_USER.0, TARGET_USER.1).open(&changer).unwrap();
    assert_eq!(inquiry(&right)[0], 8);
    let error = ours.mutual_chap(TARGET_USER.0, "something else").open(&changer).unwrap_err();
    assert_eq!(error.kind(), TransportErrorKind::Denied, "{error}");
}

#[test]
fn two_sessions_work_at_once() {
    if !wanted() {
        return;
    }
    let library = Tgt::start(&Layout::default());
    let units = [open(&library, CHANGER), open(&library, CHANGER), open(&library, FIRST_DRIVE)];
    // Each is somebody new to its device.
    for unit in &units {
        assert!(is_reset(&plain(unit, &TEST_UNIT_READY).unwrap()));
    }
    std::thread::scope(|scope| {
        for unit in units.iter().cycle().take(6) {
            scope.spawn(|| (0..100).for_each(|_| assert_ne!(inquiry(unit)[0], 0)));
        }
    });
    settle(&units[0]);
    assert_eq!(plain(&units[0], &TEST_UNIT_READY).unwrap().status, Status::GOOD);
}

#[test]
fn programs_started_meanwhile_do_not_get_the_connection() {
    if !wanted() {
        return;
    }
    let library = Tgt::start(&Layout::default());
    let _changer = open(&library, CHANGER);
    let child = Command::new("ls").args(["-l", "/proc/self/fd"]).output().unwrap();
    let files = String::from_utf8(child.stdout).unwrap();
    assert!(!files.contains("socket:"), "{files}");
}

#[test]
fn an_answer_is_never_longer_than_its_buffer() {
    if !wanted() {
        return;
    }
    use rsm::device::scsi::Data;

    let library = Tgt::start(&Layout::default());
    let changer = open(&library, CHANGER);
    let mut memory = [0xA5; 24];
    let (short, rest) = memory.split_at_mut(8);
    // It asks for 96 bytes and has room for eight: the target may refuse, or send eight.
    let _ended = changer.execute(&INQUIRY, Data::In(short), LONG);
    assert!(rest.iter().all(|&byte| byte == 0xA5));
    assert_eq!(inquiry(&changer)[0], 8);
}
