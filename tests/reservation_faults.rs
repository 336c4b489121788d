//! Failing disks while drives are reserved and released: nobody has a drive that another has, and
//! no drive stays anybody's who has tried to release it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

#[path = "support/child.rs"]
mod child;
#[path = "support/fault_vfs.rs"]
mod fault_vfs;
#[path = "support/owned.rs"]
mod owned;
#[path = "support/site.rs"]
mod site;
#[path = "support/until.rs"]
mod until;

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};
use std::thread;

use child::{Child, join};
use rsm::model::{LibraryId, Timeout};
use rsm::{ErrorKind, Manager, Session};
use site::Site;
use until::until;

const THREADS: usize = 6;

/// How often each thread has the drive before the disk begins to fail, and afterwards.
const TURNS: usize = 8;

/// A process whose disk can fail, with this part.
fn play(site: &Site, part: &str, arguments: [u32; 2]) -> Child {
    let [nth, failures] = arguments.map(|number| number.to_string());
    Child::start(&[part, site.dir.path().to_str().unwrap(), &nth, &failures])
}

fn waits(site: &Site) -> usize {
    site.session.waiting_drive_reservations().unwrap().len()
}

/// The drive is nobody's, and nobody waits for it.
fn assert_free(site: &Site) {
    until(|| site.drive().reservation.is_none());
    assert_eq!(waits(site), 0);
    drop(site.session.reserve_drive(site.library, Timeout::NoWait).unwrap());
    site.check();
}

#[test]
fn a_disk_that_fails_gives_no_drive_to_two_and_keeps_none() {
    let site = Site::new();
    let mut failed = 0;
    for (nth, failures) in [(0, 1), (1, 1), (2, 1), (3, 1), (5, 1), (0, 5), (2, 20)] {
        let lines = play(&site, "storm", [nth, failures]).rest();
        let (last, errors) = lines.split_last().unwrap();
        assert_eq!(last, "done", "{nth}: {lines:?}");
        assert!(errors.iter().all(|line| line == "error DatabaseFailure"), "{nth}: {errors:?}");
        failed += errors.len();
        assert_free(&site);
    }
    assert!(failed > 3, "calls fail: {failed}");
}

#[test]
fn a_release_that_could_not_be_written_is_made_up_for() {
    let site = Site::new();
    let mut guest = play(&site, "alone", [0, u32::MAX]);
    assert_eq!(guest.next().as_deref(), Some("reserved"));
    thread::scope(|scope| {
        let call = scope.spawn(|| site.session.reserve_drive(site.library, Timeout::Forever));
        until(|| waits(&site) == 1);
        guest.say("fail");
        assert_eq!(guest.next().as_deref(), Some("error DatabaseFailure"));
        assert!(!call.is_finished(), "it is still reserved");
        // Nobody calls there again.
        guest.say("recover");
        assert_eq!(guest.next().as_deref(), Some("recovered"));
        assert_eq!(call.join().unwrap().unwrap().drive(), site.drive);
    });
    guest.say("end");
    assert_eq!(guest.next().as_deref(), Some("done"));
    assert_free(&site);
}

#[test]
#[ignore = "another part of the tests above"]
fn child() {
    let part = child::part().expect("started by a test");
    fault_vfs::install();
    let (manager, session) = join(&part[1], "guest");
    let libraries = session.list::<LibraryId>(None).unwrap();
    let is_robot = |id: &LibraryId| session.info(*id).unwrap().number_of_slots > 0;
    let library = libraries.into_iter().find(is_robot).unwrap();
    let [nth, failures] = [&part[2], &part[3]].map(|number| number.parse().unwrap());
    match part[0].as_str() {
        "storm" => storm(&manager, library, nth, failures),
        "alone" => fail_alone(&session, library),
        other => panic!("no such part: {other}"),
    }
    child::tell("done");
}

/// One reservation that cannot be released.
fn fail_alone(session: &Session, library: LibraryId) {
    let kept = session.reserve_drive(library, Timeout::Forever).unwrap();
    child::tell("reserved");
    assert_eq!(child::hear().as_deref(), Some("fail"));
    fault_vfs::arm(0, u32::MAX);
    let error = kept.release().unwrap_err();
    child::tell(&format!("error {:?}", error.kind()));
    assert_eq!(child::hear().as_deref(), Some("recover"));
    fault_vfs::disarm();
    child::tell("recovered");
    assert_eq!(child::hear().as_deref(), Some("end"));
}

/// Threads take turns with the drive while writes and syncs fail, and after that.
fn storm(manager: &Manager, library: LibraryId, nth: u32, failures: u32) {
    let (turns, holds, stops) =
        (AtomicUsize::new(0), AtomicBool::new(false), AtomicBool::new(false));
    let fail = |error: rsm::Error| child::tell(&format!("error {:?}", error.kind()));
    let more = |wanted: usize| {
        let from = turns.load(SeqCst);
        until(|| turns.load(SeqCst) >= from + wanted);
    };
    thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| {
                let session = manager.session("guest").unwrap();
                let mut owes_release = false;
                while !stops.load(SeqCst) {
                    let kept = match session.reserve_drive(library, Timeout::Forever) {
                        Ok(kept) => kept,
                        // It is still reserved, for this very session, until that is made up for.
                        Err(error) if error.kind() == ErrorKind::Busy && owes_release => {
                            thread::yield_now();
                            continue;
                        }
                        Err(error) => {
                            fail(error);
                            continue;
                        }
                    };
                    assert!(!holds.swap(true, SeqCst), "two have the drive");
                    turns.fetch_add(1, SeqCst);
                    holds.store(false, SeqCst);
                    let released = kept.release();
                    owes_release = released.is_err();
                    released.map_or_else(fail, drop);
                }
            });
        }
        more(TURNS);
        fault_vfs::arm(nth, failures);
        until(|| !fault_vfs::is_armed());
        more(THREADS * TURNS);
        stops.store(true, SeqCst);
    });
}
