//! Random work, and what is told of it: the stream of a channel, replayed on what there was when it
//! was opened, gives what there is; and whatever has changed was told.
//!
//! `RSM_SEED` gives another history.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

#[path = "support/robot.rs"]
mod robot;

use std::collections::{BTreeMap, BTreeSet};
use std::thread;

use robot::{DEFERRED, IMMEDIATE, Robot, TAPE, builder, tape};
use rsm::clock::VirtualClock;
use rsm::model::{
    AllocateRequest, CreateMediaOptions, EnumerateOptions, Id, InventoryMethod, Label,
    LibraryRequestId, LogicalMediaId, MediaTypeCode, MediumDescription, MountRequest, Notification,
    NotificationOperation, ObjectId, ObjectType, OperatorRequestId, OperatorTask, PhysicalMediaId,
    PoolId, PoolOpenMode, RequestKind, SideDescription, SideState, Timeout,
};
use rsm::{Identified, Notifications, OpenOptions, Randomness, SeededRandomness, Session};

use ObjectType::{
    Changer, ChangerType, Computer, Drive, DriveType, InsertEjectDoor, InsertEjectPort, Library,
    LibraryRequest, LogicalMedia, MediaPool, MediaType, OperatorRequest, PhysicalMedia, Side,
    StorageSlot,
};

const KINDS: [ObjectType; 16] = [
    Computer,
    Library,
    Changer,
    ChangerType,
    Drive,
    DriveType,
    InsertEjectDoor,
    InsertEjectPort,
    StorageSlot,
    MediaType,
    MediaPool,
    PhysicalMedia,
    Side,
    LogicalMedia,
    LibraryRequest,
    OperatorRequest,
];

fn seed() -> u64 {
    std::env::var("RSM_SEED").map_or(20_261_121, |seed| seed.parse().expect("number"))
}

struct Dice(SeededRandomness);

impl Dice {
    fn below(&self, n: usize) -> usize {
        usize::try_from(self.0.bits() % n as u128).unwrap()
    }

    fn one_of<T: Copy>(&self, of: &[T]) -> Option<T> {
        (!of.is_empty()).then(|| of[self.below(of.len())])
    }
}

type Objects = BTreeMap<ObjectType, BTreeSet<ObjectId>>;

fn pools(session: &Session, of: Option<ObjectId>, found: &mut BTreeSet<ObjectId>) {
    let options = EnumerateOptions::INCLUDE_ROOT_POOL;
    let options = if of.is_none() { options } else { EnumerateOptions::DEFAULT };
    for pool in session.enumerate(of, MediaPool, options).unwrap() {
        if found.insert(pool) {
            pools(session, Some(pool), found);
        }
    }
}

/// What there is.
fn objects(session: &Session) -> Objects {
    let of_kind = |kind: ObjectType| {
        if kind == MediaPool {
            let mut all = BTreeSet::new();
            pools(session, None, &mut all);
            return all;
        }
        session.enumerate(None, kind, EnumerateOptions::DEFAULT).unwrap().into_iter().collect()
    };
    KINDS.iter().map(|kind| (*kind, of_kind(*kind))).collect()
}

/// Whatever is told is told of something that is there.
fn replay(objects: &mut Objects, event: Notification) {
    let of_kind = objects.entry(event.object_type).or_default();
    let fits = match event.operation {
        NotificationOperation::Insert => of_kind.insert(event.object),
        NotificationOperation::Delete => of_kind.remove(&event.object),
        NotificationOperation::Update => of_kind.contains(&event.object),
        // Of what has ended, the result may be gone.
        _ => true,
    };
    assert!(fits, "{event:?}");
}

fn drained(channel: &Notifications) -> Vec<Notification> {
    channel.try_iter().map(Result::unwrap).collect()
}

#[test]
fn the_stream_of_several_writers_replays_to_what_there_is() {
    const WRITERS: u64 = 4;
    const STEPS: usize = 250;
    let dir = robot::directory();
    let options = OpenOptions::new().create(true).clock(VirtualClock::new());
    let manager = options.notification_limit(1 << 20).open(dir.path()).unwrap();
    let session = manager.session("listener").unwrap();
    let types = session.media_type(MediaTypeCode::Mo5Rw).unwrap();
    session.open_pool(r"\P", Some(types), PoolOpenMode::CreateNew).unwrap();
    let mut replayed = objects(&session);
    let every = session.subscribe(ObjectType::Generic).unwrap();
    let single: Vec<_> = KINDS.iter().map(|kind| session.subscribe(*kind).unwrap()).collect();
    thread::scope(|scope| {
        for writer in 0..WRITERS {
            let session = manager.session("writer").unwrap();
            let dice = Dice(SeededRandomness::new(seed() + writer));
            scope.spawn(move || (0..STEPS).for_each(|n| step(&session, &dice, writer, n)));
        }
    });
    let told = drained(&every);
    assert!(told.len() > STEPS, "{}", told.len());
    told.iter().for_each(|event| replay(&mut replayed, *event));
    assert_eq!(replayed, objects(&session), "seed {}", seed());
    for (kind, channel) in KINDS.iter().zip(&single) {
        let of_kind: Vec<_> = told.iter().copied().filter(|e| e.object_type == *kind).collect();
        assert_eq!(drained(channel), of_kind, "{kind:?}: the same events in the same order");
    }
}

/// Something that may fail.
fn step(session: &Session, dice: &Dice, writer: u64, n: usize) {
    let pool = session.open_pool(r"\P", None, PoolOpenMode::OpenExisting).unwrap();
    let media: Vec<PhysicalMediaId> = session.list(None).unwrap();
    let logical: Vec<LogicalMediaId> = session.list(None).unwrap();
    let asked: Vec<OperatorRequestId> = session.list(None).unwrap();
    let of_mine = format!(r"\W{writer}");
    match dice.below(9) {
        0 | 1 => {
            let states = [SideState::Available, SideState::Allocated, SideState::Import];
            let side = |part: u8| {
                let id = [(writer as u8).to_be_bytes(), [part]].concat();
                let label = Label::new("test", [id, n.to_be_bytes().to_vec()].concat());
                SideDescription::new(dice.one_of(&states).unwrap(), label)
            };
            let sides = vec![side(0), side(1)];
            let medium = MediumDescription::new(pool);
            drop(session.create_offline_media(medium, sides, CreateMediaOptions::empty()));
        }
        2 => drop(dice.one_of(&logical).map(|one| session.deallocate_media(one))),
        3 => drop(dice.one_of(&media).map(|one| session.delete_offline_media(one))),
        4 => {
            let sides = session.enumerate(None, Side, EnumerateOptions::DEFAULT).unwrap();
            let side = dice.one_of(&sides).map(|id| rsm::model::SideId::from_uuid(id.as_uuid()));
            drop(side.map(|side| session.decommission_side(side)));
        }
        5 => drop(session.submit_operator_request(OperatorTask::Message, Some("x"))),
        6 => drop(dice.one_of(&asked).map(|one| session.cancel_operator_request(one))),
        7 => {
            let one = dice.one_of(&asked).map(ObjectId::from);
            drop(one.map(|one| session.delete_requests(RequestKind::Operator, &[one])));
        }
        _ => match session.open_pool(&of_mine, None, PoolOpenMode::CreateNew) {
            Ok(_) => {}
            Err(_) => {
                let mine = session.open_pool(&of_mine, None, PoolOpenMode::OpenExisting).unwrap();
                session.delete_pool(mine).unwrap();
            }
        },
    }
}

fn text<I: Identified>(session: &Session, id: ObjectId) -> String
where
    I::Record: std::fmt::Debug,
{
    session
        .info(I::from_uuid(id.as_uuid()))
        .map_or_else(|e| e.to_string(), |r| stored(&format!("{r:#?}")))
}

/// Without what is counted when it is asked for: that has records, which are told of, of its own.
fn stored(record: &str) -> String {
    let counted = ["number_of_library_requests: ", "order: "];
    let is_stored = |line: &&str| !counted.iter().any(|name| line.trim().starts_with(name));
    record.lines().filter(is_stored).map(|line| format!("{line}\n")).collect()
}

/// What is written about every object.
fn records(session: &Session, reader: &Session) -> BTreeMap<(ObjectType, ObjectId), String> {
    let record = |kind, id| match kind {
        Computer => text::<rsm::model::ComputerId>(session, id),
        Library => text::<rsm::model::LibraryId>(session, id),
        Changer => text::<rsm::model::ChangerId>(session, id),
        ChangerType => text::<rsm::model::ChangerTypeId>(session, id),
        Drive => text::<rsm::model::DriveId>(session, id),
        DriveType => text::<rsm::model::DriveTypeId>(session, id),
        InsertEjectDoor => text::<rsm::model::DoorId>(session, id),
        InsertEjectPort => text::<rsm::model::PortId>(session, id),
        StorageSlot => text::<rsm::model::SlotId>(session, id),
        MediaType => text::<rsm::model::MediaTypeId>(session, id),
        MediaPool => text::<PoolId>(session, id),
        PhysicalMedia => text::<PhysicalMediaId>(session, id),
        Side => text::<rsm::model::SideId>(session, id),
        LogicalMedia => text::<LogicalMediaId>(session, id),
        LibraryRequest => text::<LibraryRequestId>(session, id),
        OperatorRequest => text::<OperatorRequestId>(reader, id),
        _ => String::new(),
    };
    let objects = objects(session).into_iter();
    let ids = objects.flat_map(|(kind, ids)| ids.into_iter().map(move |id| (kind, id)));
    ids.map(|(kind, id)| ((kind, id), record(kind, id))).collect()
}

/// The lines that differ.
fn difference(before: &str, after: &str) -> String {
    let only = |of: &str, other: &str, sign| -> String {
        let there: BTreeSet<_> = other.lines().collect();
        of.lines()
            .filter(|line| !there.contains(line))
            .map(|line| format!("{sign}{line}\n"))
            .collect()
    };
    only(before, after, '-') + &only(after, before, '+')
}

#[test]
fn whatever_has_changed_was_told() {
    const STEPS: usize = 120;
    let codes = ["A1", "A2", "A3", "A4"];
    let robot = Robot::of(builder(2, TAPE).cartridges(codes.iter().map(|c| tape(c))), TAPE);
    robot.prepare_all();
    // An operator who looks at a request changes it.
    let reader = robot.manager.session_as("reader", nobody()).unwrap();
    let channel = robot.session.subscribe(ObjectType::Generic).unwrap();
    let dice = Dice(SeededRandomness::new(seed()));
    let mut before = records(&robot.session, &reader);
    let mut present = objects(&robot.session);
    let mut mounts = vec![];
    for n in 0..STEPS {
        let what = work(&robot, &dice, &mut mounts);
        robot.settle();
        let told = drained(&channel);
        told.iter().for_each(|event| replay(&mut present, *event));
        let after = records(&robot.session, &reader);
        let about: BTreeSet<_> = told.iter().map(|e| (e.object_type, e.object)).collect();
        for (object, text) in &after {
            let old = before.get(object);
            let changed = old.is_none_or(|old| old != text);
            let difference = difference(old.map_or("", String::as_str), text);
            assert!(!changed || about.contains(object), "{n} {what}: {object:?}\n{difference}");
        }
        assert_eq!(present, objects(&robot.session), "{n} {what}");
        before = after;
    }
    drop(mounts);
}

fn nobody() -> rsm::model::Caller {
    rsm::model::Caller {
        user: 4711,
        groups: vec![],
        administrator: false,
        user_name: "nobody".to_owned(),
    }
}

/// Something that may fail; says what.
fn work(robot: &Robot, dice: &Dice, mounts: &mut Vec<rsm::Mount>) -> String {
    let session = &robot.session;
    let logical: Vec<LogicalMediaId> = session.list(None).unwrap();
    let media: Vec<PhysicalMediaId> = session.list(None).unwrap();
    let medium = dice.one_of(&media).unwrap();
    let at_once = |media| MountRequest::from(media).timeout(Timeout::NoWait);
    let what = dice.below(12);
    let done = match what {
        0 | 1 => session.allocate_media(AllocateRequest::from(robot.pool())).map(drop),
        2 => dice.one_of(&logical).map_or(Ok(()), |one| session.deallocate_media(one)),
        3 | 4 => dice.one_of(&logical).map_or(Ok(()), |one| {
            session.queue_mount(one)?;
            robot.settle();
            mounts.push(session.mount(at_once(one))?);
            Ok(())
        }),
        5 => mounts.pop().map_or(Ok(()), |mount| mount.dismount(IMMEDIATE)),
        6 => mounts.pop().map_or(Ok(()), |mount| mount.dismount(DEFERRED)),
        7 => session.inventory_library(robot.library, InventoryMethod::Fast).map(drop),
        8 => session.move_to_pool(medium, robot.system("Free")),
        9 => session.move_to_pool(medium, robot.pool()),
        10 => dice.one_of(&logical).map_or(Ok(()), |one| session.complete_media(one)),
        _ => exchange(robot, dice),
    };
    format!("{what} {done:?}")
}

/// People take something out of a slot or put something in, and an inventory sees it.
fn exchange(robot: &Robot, dice: &Dice) -> rsm::Result<()> {
    let place = robot.place(u32::try_from(dice.below(8)).unwrap() + 1);
    let hands = robot.device.hands();
    if hands.remove(place).is_err() {
        let new = hands.make(tape(&format!("N{}", dice.below(1000)))).unwrap();
        hands.insert(new, place).unwrap();
    }
    robot.session.inventory_library(robot.library, InventoryMethod::Fast).map(drop)
}
