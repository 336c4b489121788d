//! Notifications: examples NT3-NT5, the tables of errors, order and loss, several channels and
//! threads.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

mod support;

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use rsm::clock::{Clock, VirtualClock};
use rsm::model::{
    AllocateRequest, CreateMediaOptions, EnumerateOptions, Id, MediumDescription, Notification,
    NotificationOperation, ObjectId, ObjectType, OperatorRequestId, OperatorTask, PoolId,
    PoolOpenMode, SideDescription, SideState, Timeout,
};
use rsm::{ErrorKind, Notifications, OpenOptions, Session};
use support::{Fixture, T1, T2, label, open_catalog};

use NotificationOperation::{Delete, EventComplete, Insert, Update};
use ObjectType::{Generic, LogicalMedia, MediaPool, OperatorRequest, PhysicalMedia, Side};

const NOW: Timeout = Timeout::NoWait;
const FOREVER: Timeout = Timeout::Forever;

fn kind<T>(result: rsm::Result<T>) -> ErrorKind {
    result.err().expect("must fail").kind()
}

type Told = (NotificationOperation, ObjectType, ObjectId);

fn told(event: Notification) -> Told {
    (event.operation, event.object_type, event.object)
}

/// What is there; the channel is open and has lost nothing.
fn all(channel: &Notifications) -> Vec<Told> {
    let events = channel.try_iter().map(|event| told(event.unwrap())).collect();
    assert_eq!(kind(channel.wait(NOW)), ErrorKind::Timeout);
    events
}

fn pool(session: &Session, name: &str) -> PoolId {
    session.open_pool(&format!("\\{name}"), None, PoolOpenMode::CreateNew).unwrap()
}

fn submit(session: &Session, message: &str) -> OperatorRequestId {
    session.submit_operator_request(OperatorTask::Message, Some(message)).unwrap()
}

/// So many changes of a pool.
fn change(session: &Session, pool: PoolId, times: usize) {
    let record = session.info(pool).unwrap();
    (0..times).for_each(|_| session.set_info(&record).unwrap());
}

#[test]
fn a_channel_tells_of_its_kind_what_is_committed_after_it_was_opened() {
    let f = open_catalog();
    let before = pool(&f.session, "before");
    let pools = f.session.subscribe(MediaPool).unwrap();
    assert_eq!(kind(pools.wait(NOW)), ErrorKind::Timeout);
    let after = pool(&f.session, "after");
    change(&f.session, before, 1);
    submit(&f.session, "insert set 7");
    f.session.delete_pool(after).unwrap();
    let options = EnumerateOptions::INCLUDE_ROOT_POOL;
    let root = f.session.enumerate(None, MediaPool, options).unwrap()[0];
    let expected = [
        (Insert, MediaPool, after.into()),
        // It counts its pools.
        (Update, MediaPool, root),
        (Update, MediaPool, before.into()),
        (Delete, MediaPool, after.into()),
        (Update, MediaPool, root),
    ];
    assert_eq!(all(&pools), expected);
}

#[test]
fn what_fails_tells_nothing() {
    let f = open_catalog();
    let taken = pool(&f.session, "taken");
    let channel = f.session.subscribe(Generic).unwrap();
    assert!(f.session.open_pool(r"\taken", None, PoolOpenMode::CreateNew).is_err());
    assert!(f.session.allocate_media(AllocateRequest::from(taken)).is_err());
    assert_eq!(all(&channel), []);
}

#[test]
fn all_kinds_are_told_by_one_channel_with_what_each_is() {
    let f = open_catalog();
    let channel = f.session.subscribe(Generic).unwrap();
    let pool = f.pool(r"\Backup", T1);
    let created = f.medium(pool, &[SideState::Available], 1);
    let request = submit(&f.session, "x");
    let events = all(&channel);
    let expected = [
        (Insert, MediaPool, pool.into()),
        (Insert, PhysicalMedia, created.physical_media.into()),
        (Insert, Side, created.sides[0].side.into()),
        (Insert, OperatorRequest, request.into()),
    ];
    for event in expected {
        assert!(events.contains(&event), "{event:?} in {events:?}");
        assert_eq!(f.session.find(event.2).unwrap(), event.1);
    }
    for (_, kind, id) in events {
        assert_eq!(f.session.find(id).unwrap(), kind);
    }
}

/// A medium with two sides, both allocated.
fn two_held(f: &Fixture, pool: PoolId) -> rsm::model::CreatedMedia {
    let sides = [1, 2].map(|n| SideDescription::new(SideState::Allocated, label(n)));
    let medium = MediumDescription::new(pool);
    let options = CreateMediaOptions::empty();
    f.session.create_offline_media(medium, sides.to_vec(), options).unwrap()
}

#[test]
fn what_holds_others_is_inserted_before_and_deleted_after_what_it_holds() {
    let f = open_catalog();
    let pool = f.pool(r"\Backup", T2);
    let channel = f.session.subscribe(Generic).unwrap();
    let created = two_held(&f, pool);
    let kinds = |operation| -> Vec<ObjectType> {
        let those = all(&channel).into_iter().filter(|event| event.0 == operation);
        those.map(|event| event.1).collect()
    };
    assert_eq!(kinds(Insert), [PhysicalMedia, Side, Side, LogicalMedia, LogicalMedia]);
    for side in &created.sides {
        f.session.deallocate_media(side.logical_media.unwrap()).unwrap();
        f.session.decommission_side(side.side).unwrap();
    }
    let _ = all(&channel);
    f.session.delete_offline_media(created.physical_media).unwrap();
    assert_eq!(kinds(Delete), [Side, Side, PhysicalMedia]);
}

#[test]
fn one_operation_gives_one_event_of_an_object_and_its_completion_last() {
    let f = open_catalog();
    let pool = f.pool(r"\Backup", T1);
    let library = f.library(1);
    let created = f.medium(pool, &[SideState::Available], 1);
    f.bring_online(created.physical_media, library);
    let channel = f.session.subscribe(Generic).unwrap();
    let held = f.session.allocate_media(AllocateRequest::from(pool)).unwrap();
    let events = all(&channel);
    assert_eq!(events.last(), Some(&(EventComplete, LogicalMedia, held.logical_media.into())));
    let objects: BTreeSet<_> = events.iter().map(|event| (event.0.value(), event.2)).collect();
    assert_eq!(objects.len(), events.len(), "{events:?}");
    assert!(events.contains(&(Insert, LogicalMedia, held.logical_media.into())), "{events:?}");
}

#[test]
fn the_new_state_can_be_read_when_it_is_told() {
    let f = open_catalog();
    let channel = f.session.subscribe(OperatorRequest).unwrap();
    thread::scope(|scope| {
        let user = f.user();
        let listener = scope.spawn(move || {
            for n in 0..200 {
                let event = channel.wait(FOREVER).unwrap();
                let id = OperatorRequestId::from_uuid(event.object.as_uuid());
                assert_eq!(event.operation, Insert);
                assert_eq!(user.info(id).unwrap().message, format!("r{n}"));
            }
        });
        for n in 0..200 {
            submit(&f.session, &format!("r{n}"));
        }
        listener.join().unwrap();
    });
}

#[test]
fn requests_nt3_what_is_not_taken_is_lost_for_good() {
    let f = open_catalog();
    let told = pool(&f.session, "told");
    let channel = f.session.subscribe(MediaPool).unwrap();
    let other = f.session.subscribe(ObjectType::Drive).unwrap();
    // Many commit together.
    thread::scope(|scope| {
        (0..50).for_each(|_| drop(scope.spawn(|| change(&f.session, told, 100))));
    });
    assert_eq!(kind(channel.wait(FOREVER)), ErrorKind::NoData);
    assert_eq!(kind(channel.wait(NOW)), ErrorKind::NoData);
    change(&f.session, told, 1);
    assert_eq!(kind(channel.wait(NOW)), ErrorKind::NoData);
    let items: Vec<_> = channel.iter().map(kind).collect();
    assert_eq!(items, [ErrorKind::NoData], "the last item");
    assert_eq!(all(&other), [], "channels do not touch each other");
    channel.close().unwrap();
    let again = f.session.subscribe(MediaPool).unwrap();
    assert_eq!(all(&again), [], "old events are gone");
    change(&f.session, told, 1);
    assert_eq!(all(&again), [(Update, MediaPool, told.into())]);
}

#[test]
fn a_channel_keeps_as_many_events_as_were_asked_for_of_its_own_kind() {
    let dir = tempfile::TempDir::new().unwrap();
    let options = || OpenOptions::new().create(true).clock(VirtualClock::new());
    for few in [0, 15] {
        let opened = options().notification_limit(few).open(dir.path());
        assert_eq!(kind(opened), ErrorKind::InvalidParameter);
    }
    let manager = options().notification_limit(16).open(dir.path()).unwrap();
    let clash = OpenOptions::new().notification_limit(17).open(dir.path());
    assert_eq!(kind(clash), ErrorKind::InvalidParameter);
    let session = manager.session("test").unwrap();
    let id = pool(&session, "told");
    let (pools, requests) =
        (session.subscribe(MediaPool).unwrap(), session.subscribe(Generic).unwrap());
    change(&session, id, 16);
    submit(&session, "x");
    assert_eq!(kind(requests.wait(NOW)), ErrorKind::NoData, "the seventeenth");
    assert_eq!(all(&pools).len(), 16);
    change(&session, id, 16);
    assert_eq!(all(&pools).len(), 16, "what was taken counts no more");
    change(&session, id, 17);
    assert_eq!(kind(pools.wait(NOW)), ErrorKind::NoData);
}

#[test]
fn requests_nt4_a_look_loses_nothing() {
    let f = open_catalog();
    let channel = f.session.subscribe(OperatorRequest).unwrap();
    assert_eq!(kind(channel.wait(NOW)), ErrorKind::Timeout);
    let (one, two) = (submit(&f.session, "one"), submit(&f.session, "two"));
    assert_eq!(told(channel.wait(NOW).unwrap()), (Insert, OperatorRequest, one.into()));
    assert_eq!(told(channel.wait(NOW).unwrap()), (Insert, OperatorRequest, two.into()));
    assert_eq!(kind(channel.wait(NOW)), ErrorKind::Timeout);
    assert_eq!(kind(channel.wait(Timeout::After(Duration::ZERO))), ErrorKind::Timeout);
}

#[test]
fn a_wait_ends_at_its_deadline_and_loses_nothing() {
    let f = open_catalog();
    let channel = f.session.subscribe(MediaPool).unwrap();
    thread::scope(|scope| {
        let wait = || channel.wait(Timeout::After(Duration::from_secs(30)));
        let waiting = scope.spawn(wait);
        f.clock.wait_for_waiters(1);
        f.clock.advance(Duration::from_secs(29));
        submit(&f.session, "x");
        assert!(!waiting.is_finished());
        f.clock.advance(Duration::from_secs(1));
        assert_eq!(kind(waiting.join().unwrap()), ErrorKind::Timeout);
        let waiting = scope.spawn(wait);
        f.clock.wait_for_waiters(1);
        pool(&f.session, "told");
        assert_eq!(waiting.join().unwrap().unwrap().object_type, MediaPool);
    });
}

#[test]
fn time_that_moves_by_itself_does_not_pass_an_event() {
    let clock = VirtualClock::automatic();
    let dir = tempfile::TempDir::new().unwrap();
    let options = OpenOptions::new().create(true).clock(clock.clone());
    let manager = options.open(dir.path()).unwrap();
    let session = manager.session("test").unwrap();
    let _here = clock.participate().begin();
    let channel = Arc::new(session.subscribe(OperatorRequest).unwrap());
    let listener = {
        let channel = Arc::clone(&channel);
        let hour = Timeout::After(Duration::from_secs(3600));
        let clock: Arc<dyn Clock> = clock.clone();
        let count = move || (0..50).filter(|_| channel.wait(hour).is_ok()).count();
        rsm::clock::spawn(&clock, "listener", count).unwrap()
    };
    for n in 0..50 {
        clock.pause(Duration::from_secs(3599));
        submit(&session, &format!("r{n}"));
    }
    assert_eq!(listener.join().unwrap(), 50);
}

#[test]
fn requests_nt5_a_channel_that_is_waited_on_is_closed_with_its_session_only() {
    let f = open_catalog();
    let session = f.manager.session("listener").unwrap();
    let channel = session.subscribe(Generic).unwrap();
    thread::scope(|scope| {
        let waiting = scope.spawn(|| channel.wait(FOREVER));
        f.clock.wait_for_waiters(1);
        assert_eq!(kind(channel.close()), ErrorKind::Busy);
        assert!(!waiting.is_finished(), "it stays open");
        session.close().unwrap();
        assert_eq!(kind(waiting.join().unwrap()), ErrorKind::InvalidHandle);
    });
    assert_eq!(kind(channel.wait(NOW)), ErrorKind::InvalidHandle);
    assert_eq!(kind(channel.close()), ErrorKind::InvalidHandle);
}

#[test]
fn a_session_that_is_dropped_closes_its_channels_and_no_others() {
    let f = open_catalog();
    let session = f.manager.session("listener").unwrap();
    let (ended, goes_on) = (
        session.subscribe(OperatorRequest).unwrap(),
        f.session.subscribe(OperatorRequest).unwrap(),
    );
    thread::scope(|scope| {
        let waiting = scope.spawn(|| ended.iter().count());
        f.clock.wait_for_waiters(1);
        drop(session);
        assert_eq!(waiting.join().unwrap(), 0, "an end is no error");
    });
    let id = submit(&f.session, "told");
    assert_eq!(kind(ended.wait(NOW)), ErrorKind::InvalidHandle);
    assert_eq!(all(&goes_on), [(Insert, OperatorRequest, id.into())]);
}

#[test]
fn what_cannot_be_subscribed_to_is_refused() {
    let f = open_catalog();
    assert_eq!(kind(f.session.subscribe(ObjectType::Unknown)), ErrorKind::InvalidParameter);
    let kinds = ObjectType::ALL.iter().filter(|kind| **kind != ObjectType::Unknown);
    let channels: Vec<_> = kinds.map(|kind| f.session.subscribe(*kind).unwrap()).collect();
    assert_eq!(channels.len(), 18);
    let user = f.user();
    let before = user.subscribe(OperatorRequest).unwrap();
    let computer: rsm::model::ComputerId = f.id("SELECT id FROM computer", []);
    f.grant("computer", computer, 0);
    assert_eq!(kind(user.subscribe(OperatorRequest)), ErrorKind::AccessDenied);
    assert_eq!(kind(user.subscribe(ObjectType::Unknown)), ErrorKind::InvalidParameter);
    let id = submit(&f.session, "told");
    assert_eq!(all(&before), [(Insert, OperatorRequest, id.into())], "what is open stays open");
    let closed = f.manager.session("closed").unwrap();
    closed.close().unwrap();
    assert_eq!(kind(closed.subscribe(ObjectType::Unknown)), ErrorKind::InvalidHandle);
}

#[test]
fn a_channel_that_is_closed_tells_nothing_any_more() {
    let f = open_catalog();
    let channel = f.session.subscribe(MediaPool).unwrap();
    pool(&f.session, "one");
    channel.close().unwrap();
    assert_eq!(kind(channel.wait(FOREVER)), ErrorKind::InvalidHandle);
    assert_eq!(kind(channel.close()), ErrorKind::InvalidHandle);
    assert_eq!(channel.iter().count() + channel.try_iter().count(), 0);
    f.session.close().unwrap();
    drop(channel);
}

#[test]
fn threads_of_one_channel_share_its_events() {
    const EVENTS: usize = 300;
    let f = open_catalog();
    let id = pool(&f.session, "told");
    let session = f.manager.session("listener").unwrap();
    let (shared, alone) =
        (session.subscribe(MediaPool).unwrap(), session.subscribe(MediaPool).unwrap());
    thread::scope(|scope| {
        let listeners: Vec<_> =
            (0..4).map(|_| scope.spawn(|| shared.iter().filter_map(Result::ok).count())).collect();
        change(&f.session, id, EVENTS);
        let mine: Vec<_> = alone.iter().take(EVENTS).map(|event| told(event.unwrap())).collect();
        assert_eq!(mine, vec![(Update, MediaPool, id.into()); EVENTS]);
        // Everything has been taken when nobody finds anything more.
        f.clock.wait_for_waiters(4);
        session.close().unwrap();
        let taken: usize = listeners.into_iter().map(|listener| listener.join().unwrap()).sum();
        assert_eq!(taken, EVENTS);
    });
}

fn log_of(dir: &Path) -> rusqlite::Connection {
    rusqlite::Connection::open(dir.join("catalog.db")).unwrap()
}

#[test]
fn a_log_that_was_shortened_meanwhile_is_told_as_a_loss() {
    let f = open_catalog();
    let id = pool(&f.session, "told");
    let channel = f.session.subscribe(Generic).unwrap();
    // As if so much had been committed, and trimmed, while this process was stopped.
    let log = log_of(f.dir.path());
    log.execute("INSERT INTO change_log SELECT max(sequence) + 5, x'' FROM change_log", [])
        .unwrap();
    change(&f.session, id, 1);
    assert_eq!(kind(channel.wait(NOW)), ErrorKind::NoData);
    let again = f.session.subscribe(Generic).unwrap();
    change(&f.session, id, 1);
    assert_eq!(all(&again), [(Update, MediaPool, id.into())]);
    assert_eq!(kind(channel.wait(NOW)), ErrorKind::NoData);
}

#[test]
fn a_row_that_nobody_can_read_is_a_loss() {
    let f = open_catalog();
    let id = pool(&f.session, "told");
    let channel = f.session.subscribe(MediaPool).unwrap();
    let log = log_of(f.dir.path());
    log.execute("INSERT INTO change_log (changes) VALUES (x'0102')", []).unwrap();
    change(&f.session, id, 1);
    assert_eq!(kind(channel.wait(NOW)), ErrorKind::NoData);
}

#[test]
fn nothing_is_told_again_after_a_restart() {
    let f = open_catalog();
    let id = pool(&f.session, "told");
    let Fixture { session, clock, manager, dir } = f;
    let channel = session.subscribe(Generic).unwrap();
    change(&session, id, 3);
    drop((channel, session, manager));
    let manager = OpenOptions::new().clock(clock).open(dir.path()).unwrap();
    let session = manager.session("again").unwrap();
    let channel = session.subscribe(Generic).unwrap();
    assert_eq!(all(&channel), []);
    change(&session, id, 1);
    assert_eq!(all(&channel), [(Update, MediaPool, id.into())]);
}
