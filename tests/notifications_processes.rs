//! Notifications across processes: order, loss, writers that are killed and listeners that are
//! stopped.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

#[path = "support/child.rs"]
mod child;
#[path = "support/until.rs"]
mod until;

use std::collections::BTreeSet;
use std::path::Path;

use child::{Child, join};
use rsm::model::{
    NotificationOperation, ObjectId, ObjectType, OperatorRequestId, OperatorTask, Timeout,
};
use rsm::{ErrorKind, Manager, Notifications, OpenOptions, Session};
use rustix::process::{Pid, Signal, getpid, kill_process};
use tempfile::TempDir;
use until::until;

const KIND: ObjectType = ObjectType::OperatorRequest;
const FOREVER: Timeout = Timeout::Forever;

fn catalog() -> (TempDir, Manager) {
    let dir = TempDir::new().unwrap();
    let manager = OpenOptions::new().create(true).open(dir.path()).unwrap();
    (dir, manager)
}

fn submit(session: &Session) -> OperatorRequestId {
    session.submit_operator_request(OperatorTask::Message, Some("x")).unwrap()
}

fn start(part: &str, dir: &Path) -> Child {
    let mut child = Child::start(&[part, dir.to_str().unwrap()]);
    assert_eq!(child.next().as_deref(), Some("ready"));
    child
}

/// The next so many; all are inserts.
fn inserted(channel: &Notifications, count: usize) -> Vec<String> {
    let id = |event: rsm::Result<rsm::model::Notification>| {
        let event = event.unwrap();
        assert_eq!((event.operation, event.object_type), (NotificationOperation::Insert, KIND));
        event.object.to_string()
    };
    channel.iter().take(count).map(id).collect()
}

#[test]
fn what_others_commit_is_told_in_the_order_of_the_commits() {
    const EACH: usize = 100;
    let (dir, manager) = catalog();
    let session = manager.session("listener").unwrap();
    let channel = session.subscribe(KIND).unwrap();
    let mut writers = [start("write", dir.path()), start("write", dir.path())];
    writers.iter_mut().for_each(|writer| writer.say(&EACH.to_string()));
    let mine: Vec<String> = (0..EACH).map(|_| submit(&session).to_string()).collect();
    let told = inserted(&channel, 3 * EACH);
    for writer in &mut writers {
        let theirs = writer.rest();
        let those: Vec<_> = told.iter().filter(|id| theirs.contains(id)).cloned().collect();
        assert_eq!(those, theirs, "as they were committed");
    }
    let those: Vec<_> = told.iter().filter(|id| mine.contains(id)).cloned().collect();
    assert_eq!(those, mine);
    assert_eq!(channel.try_iter().count(), 0, "nothing twice");
}

#[test]
fn a_process_is_told_what_another_commits() {
    let (dir, manager) = catalog();
    let session = manager.session("writer").unwrap();
    let mut listener = start("listen", dir.path());
    for _ in 0..20 {
        let id = submit(&session).to_string();
        assert_eq!(listener.next(), Some(id));
    }
}

#[test]
fn a_writer_that_is_killed_leaves_what_it_had_committed_and_nothing_else() {
    let (dir, manager) = catalog();
    let session = manager.session("listener").unwrap();
    let channel = session.subscribe(KIND).unwrap();
    for _ in 0..5 {
        let mut writer = start("write", dir.path());
        writer.say("1000000");
        let acknowledged: Vec<String> = (0..30).map(|_| writer.next().unwrap()).collect();
        let told = inserted(&channel, 20);
        assert_eq!(told[..], acknowledged[..20]);
        drop(writer);
        // Whatever it was at is over when somebody else has written.
        let mine = submit(&session).to_string();
        let rest: Vec<String> = std::iter::repeat_with(|| inserted(&channel, 1).remove(0))
            .take_while(|id| *id != mine)
            .collect();
        assert_eq!(rest[..10], acknowledged[20..]);
    }
    let all = || session.list::<OperatorRequestId>(None).unwrap();
    let there: BTreeSet<ObjectId> = all().into_iter().map(ObjectId::from).collect();
    assert!(there.len() > 150, "{}", there.len());
    assert_eq!(channel.try_iter().count(), 0);
}

#[test]
fn a_listener_that_was_stopped_until_the_log_was_trimmed_has_lost_events() {
    let (dir, manager) = catalog();
    let session = manager.session("writer").unwrap();
    let mut listener = start("stop", dir.path());
    let pid = listener.id();
    let stat = format!("/proc/{pid}/stat");
    let is_stopped = || std::fs::read_to_string(&stat).unwrap().contains(") T ");
    until(is_stopped);
    for _ in 0..6 {
        submit(&session);
    }
    // What is done at every 4096th operation, so far as 65,536 newer ones are kept.
    let log = rusqlite::Connection::open(dir.path().join("catalog.db")).unwrap();
    let trim = "DELETE FROM change_log WHERE sequence < (SELECT max(sequence) FROM change_log)";
    assert!(log.execute(trim, []).unwrap() > 3);
    submit(&session);
    let pid = Pid::from_raw(i32::try_from(pid).unwrap()).unwrap();
    kill_process(pid, Signal::CONT).unwrap();
    assert_eq!(listener.next().as_deref(), Some("NoData"));
    assert_eq!(listener.next().as_deref(), Some("NoData"), "for ever");
    assert_eq!(listener.next().as_deref(), Some("again"));
    let id = submit(&session).to_string();
    assert_eq!(listener.next(), Some(id));
}

#[test]
#[ignore = "another part of the tests above"]
fn child() {
    let Some(part) = child::part() else { return };
    let (_manager, session) = join(&part[1], "child");
    match part[0].as_str() {
        "write" => {
            child::tell("ready");
            let times: usize = child::hear().unwrap().parse().unwrap();
            (0..times).for_each(|_| child::tell(&submit(&session).to_string()));
        }
        "listen" => {
            let channel = session.subscribe(KIND).unwrap();
            child::tell("ready");
            channel.iter().for_each(|event| child::tell(&event.unwrap().object.to_string()));
        }
        "stop" => {
            let channel = session.subscribe(KIND).unwrap();
            child::tell("ready");
            kill_process(getpid(), Signal::STOP).unwrap();
            for _ in 0..2 {
                // What is told before the gap may still come.
                let lost = std::iter::repeat_with(|| channel.wait(FOREVER)).find_map(Result::err);
                let kind: ErrorKind = lost.unwrap().kind();
                child::tell(&format!("{kind:?}"));
            }
            let channel = session.subscribe(KIND).unwrap();
            child::tell("again");
            child::tell(&channel.wait(FOREVER).unwrap().object.to_string());
        }
        other => panic!("{other}"),
    }
}
