//! The real catalog beside the model, and the comparison of the two.

#[path = "waiting.rs"]
mod waiting;

use std::collections::HashSet;
use std::path::Path;
use std::sync::{Arc, OnceLock};

use rsm::clock::VirtualClock;
use rsm::model::Caller;
use rsm::model::{
    AccessModel, AllocateOptions, AllocateRequest, Allocation, AllocationPolicy,
    CreateMediaOptions, DeallocationPolicy, EnumerateOptions, Id, Label, LibraryId, LogicalMediaId,
    MediaState, MediaTypeCode, MediumDescription, ObjectId, ObjectType, PoolId, PoolOpenMode,
    SideDescription, SideId, SideState, SideState::*,
};
use rsm::{ErrorKind, Manager, OpenOptions, SeededRandomness, Session};
use rusqlite::Connection;
use uuid::Uuid;

pub use self::waiting::Reply;
use self::waiting::Waiter;
use crate::by_hand;
use crate::model::{At, CONTROL, Kind, Library, MODIFY, Medium, Model, Pool, Side, USE, Who};
use crate::queue::Queue;

/// A call, or something done by hand. Numbers choose among what there is.
#[derive(Clone, Debug)]
pub enum Op {
    Allocate { who: u8, pool: u8, options: u32 },
    Named { who: u8, pool: u8, side: u8, new: bool },
    Next { who: u8, pool: u8, logical: u8, side: Option<u8> },
    Deallocate { who: u8, logical: u8 },
    Complete { who: u8, logical: u8 },
    Swap { who: u8, logical: u8, with: u8 },
    Decommission { who: u8, side: u8 },
    EnableMedium { who: u8, medium: u8, enabled: bool },
    EnableLibrary { who: u8, library: u8, enabled: bool },
    Move { who: u8, medium: u8, pool: u8 },
    Retype { who: u8, medium: u8, pool: u8 },
    SetPool { pool: u8, draws: bool, returns: bool, limit: u32 },
    Grant { pool: u8, rights: u32 },
    Create { who: u8, pool: u8, states: Vec<SideState> },
    Delete { who: u8, medium: u8 },
    WriteLabels { medium: u8 },
    BringOnline { medium: u8, library: u8 },
    TakeOffline { medium: u8 },
    Wait { who: u8, pool: u8, new: bool, limit: Option<u16> },
    Advance { ms: u16 },
    Reply { who: u8, wait: u8, reply: Reply },
    CloseSession { session: u8 },
    Detect { detection: bool },
    CreatePool { two_sided: bool },
    DeletePool { who: u8, pool: u8 },
    Reopen,
}

/// An id that no object has.
fn unknown<T: Id>() -> T {
    T::from_uuid(Uuid::from_u128(0xdead_beef))
}

/// What every case starts from, made once.
struct Base {
    database: Vec<u8>,
    model: Model,
    labels: u32,
    logical: Vec<LogicalMediaId>,
}

pub struct World {
    directory: tempfile::TempDir,
    sessions: Vec<(Arc<Session>, Who)>,
    manager: Option<Manager>,
    options: OpenOptions,
    clock: Arc<VirtualClock>,
    database: Connection,
    model: Model,
    /// Every logical medium there ever was.
    logical: Vec<LogicalMediaId>,
    ids: HashSet<ObjectId>,
    labels: u32,
    offline: LibraryId,
    steps: usize,
    /// The calls that have not answered yet, and how many there have been.
    waiters: Vec<Waiter>,
    calls: usize,
    /// The calls whose requests somebody has acknowledged.
    acknowledged: HashSet<usize>,
}

/// What the catalog stores of a side and its medium.
#[derive(Debug, PartialEq)]
struct Stored {
    medium: Uuid,
    pool: Uuid,
    library: Uuid,
    /// Enabled, exclusive, waiting to return.
    flags: [bool; 3],
    side: Uuid,
    state: i64,
    count: u32,
    logical: Option<Uuid>,
}

const STORED: &str = "SELECT m.id, p.id, l.id, m.enabled, m.exclusive, m.return_pending, s.id, \
     s.state, s.allocate_count, s.logical FROM side s JOIN medium m ON m.key = s.key >> 8 \
     JOIN pool p ON p.key = m.pool JOIN library l ON l.key = m.library ORDER BY s.key";

const USER: u32 = 4_000_000;

fn options(access: AccessModel, seed: u64, clock: &Arc<VirtualClock>) -> OpenOptions {
    OpenOptions::new()
        .access_model(access)
        .clock(clock.clone())
        .randomness(Arc::new(SeededRandomness::new(seed)))
}

impl World {
    /// A catalog with three media types, of which one has no system pools, pools of every kind,
    /// and media in most states.
    pub fn new(access: AccessModel) -> Self {
        static BASE: OnceLock<Base> = OnceLock::new();
        let base = BASE.get_or_init(make_base);
        let directory = tempfile::tempdir().expect("temporary directory");
        std::fs::write(directory.path().join("catalog.db"), &base.database).expect("copy");
        let mut world = Self::open(directory, access, 2, base.model.clone());
        world.model.access = access;
        world.labels = base.labels;
        world.logical = base.logical.clone();
        world
    }

    fn open(directory: tempfile::TempDir, access: AccessModel, seed: u64, model: Model) -> Self {
        let clock = VirtualClock::new();
        let database = Connection::open(directory.path().join("catalog.db")).expect("database");
        let offline: [u8; 16] = database
            .query_row("SELECT id FROM library WHERE key = 1", [], |row| row.get(0))
            .expect("the offline library");
        let mut world = Self {
            directory,
            sessions: Vec::new(),
            manager: None,
            options: options(access, seed, &clock),
            clock,
            database,
            model,
            logical: Vec::new(),
            ids: HashSet::new(),
            labels: 0,
            offline: LibraryId::from_uuid(Uuid::from_bytes(offline)),
            steps: 0,
            waiters: Vec::new(),
            calls: 0,
            acknowledged: HashSet::new(),
        };
        world.reopen();
        world
    }

    fn reopen(&mut self) {
        self.close_all();
        self.sessions.clear();
        self.manager = None;
        self.manager = Some(self.options.clone().open(self.directory.path()).expect("catalog"));
        let callers = [Who::Administrator, Who::Administrator, Who::User];
        self.sessions = callers.into_iter().map(|who| self.new_session(who)).collect();
    }

    fn new_session(&self, who: Who) -> (Arc<Session>, Who) {
        let administrator = who == Who::Administrator;
        let caller = Caller {
            user: if administrator { 0 } else { USER },
            groups: vec![],
            administrator,
            user_name: "user".to_owned(),
        };
        let manager = self.manager.as_ref().expect("open");
        (Arc::new(manager.session_as("model", caller).expect("session")), who)
    }

    /// Does one thing and compares everything.
    pub fn step(&mut self, op: &Op) {
        let before = self.version();
        let answer = self.run(op);
        match answer {
            Ok(()) => self.serve(),
            Err(_) => assert_eq!(self.version(), before, "I19: a failed call changed the catalog"),
        }
        self.compare();
        self.steps += 1;
        if self.steps.is_multiple_of(8) {
            self.compare_records();
        }
    }

    /// Changes whenever anything is committed through the crate.
    fn version(&self) -> i64 {
        self.database.pragma_query_value(None, "data_version", |row| row.get(0)).expect("pragma")
    }

    fn run(&mut self, op: &Op) -> Result<(), ErrorKind> {
        match op {
            Op::Allocate { who, pool, options } => self.allocate(*who, *pool, *options),
            Op::Named { who, pool, side, new } => self.named(*who, *pool, *side, *new),
            Op::Next { who, pool, logical, side } => self.next(*who, *pool, *logical, *side),
            Op::Deallocate { who, logical } => {
                let logical = self.pick_logical(*logical);
                self.call(*who, |s| s.deallocate_media(logical), |m, w| m.deallocate(w, logical))
            }
            Op::Complete { who, logical } => {
                let logical = self.pick_logical(*logical);
                self.call(*who, |s| s.complete_media(logical), |m, w| m.complete(w, logical))
            }
            Op::Swap { who, logical, with } => {
                let a = self.pick_logical(*logical);
                let b = self.pick_partner(*with, a);
                self.call(*who, |s| s.swap_media(a, b), |m, w| m.swap(w, [a, b]))
            }
            Op::Decommission { who, side } => {
                let side = self.pick_side(*side);
                self.call(*who, |s| s.decommission_side(side), |m, w| m.decommission(w, side))
            }
            Op::EnableMedium { who, medium, enabled } => {
                let Some(at) = self.pick_medium(*medium) else { return Ok(()) };
                let id = self.model.media[at].id;
                let switch = |s: &Session| if *enabled { s.enable(id) } else { s.disable(id) };
                self.call(*who, switch, |m, w| m.enable_medium(w, at, *enabled))
            }
            Op::EnableLibrary { who, library, enabled } => {
                let at = usize::from(*library) % self.model.libraries.len();
                let id = self.model.libraries[at].id;
                let switch = |s: &Session| if *enabled { s.enable(id) } else { s.disable(id) };
                self.call(*who, switch, |m, w| m.enable_library(w, at, *enabled))
            }
            Op::Move { who, medium, pool } => {
                let at = self.pick_medium(*medium);
                let id = at.map_or_else(unknown, |at| self.model.media[at].id);
                let pool = self.pick_pool_for(*pool, at);
                self.call(*who, |s| s.move_to_pool(id, pool), |m, w| m.move_to_pool(w, at, pool))
            }
            Op::Retype { who, medium, pool } => {
                let at = self.pick_medium(*medium);
                let id = at.map_or_else(unknown, |at| self.model.media[at].id);
                let pool = self.pick_pool_of_sides(*pool, at);
                self.call(*who, |s| s.move_and_retype(id, pool), |m, w| m.retype(w, at, pool))?;
                self.find_system_pools(at);
                Ok(())
            }
            Op::SetPool { pool, draws, returns, limit } => {
                self.set_pool(*pool, *draws, *returns, *limit)
            }
            Op::Grant { pool, rights } => {
                self.grant(self.pick_pool_to_grant(*pool), *rights);
                Ok(())
            }
            Op::Create { who, pool, states } => self.create(*who, *pool, states),
            Op::Delete { who, medium } => {
                let Some(at) = self.pick_medium(*medium) else { return Ok(()) };
                let id = self.model.media[at].id;
                self.call(*who, |s| s.delete_offline_media(id), |m, w| m.delete(w, at))
            }
            Op::WriteLabels { medium } => {
                if let Some(at) = self.pick_medium(*medium)
                    && self.model.write_labels(at)
                {
                    let medium = &self.model.media[at];
                    let library = medium.library.expect("usable");
                    self.by_hand(library, |database| {
                        by_hand::write_free_labels(database, medium.id);
                    });
                }
                Ok(())
            }
            Op::BringOnline { medium, library } => {
                let library = usize::from(*library) % self.model.libraries.len();
                let at = self.pick_medium(*medium);
                if let Some(at) = at.filter(|at| self.model.media[*at].library.is_none()) {
                    let id = self.model.media[at].id;
                    self.model.media[at].library = Some(library);
                    let to = self.model.libraries[library].id;
                    self.by_hand(library, |database| by_hand::bring_online(database, to, &[id]));
                }
                Ok(())
            }
            Op::TakeOffline { medium } => {
                let at = self.pick_medium(*medium);
                if let Some(at) = at.filter(|at| self.model.media[*at].library.is_some()) {
                    self.model.media[at].library = None;
                    by_hand::take_offline(&self.database, self.model.media[at].id);
                }
                Ok(())
            }
            Op::Wait { who, pool, new, limit } => self.wait(*who, *pool, *new, *limit),
            Op::Advance { ms } => {
                self.advance(*ms);
                Ok(())
            }
            Op::Reply { who, wait, reply } => self.reply(*who, *wait, *reply),
            Op::CloseSession { session } => {
                self.close_session(*session);
                Ok(())
            }
            Op::Detect { detection } => {
                self.detect(*detection);
                Ok(())
            }
            Op::CreatePool { two_sided } => {
                self.create_pool(*two_sided);
                Ok(())
            }
            Op::DeletePool { who, pool } => self.delete_pool(*who, *pool),
            Op::Reopen => {
                self.reopen();
                Ok(())
            }
        }
    }

    /// Does something by hand that makes media of a library usable. The crate cannot notice that,
    /// so it happens while the library is disabled: its media turn up when it is enabled again,
    /// through the crate.
    fn by_hand(&self, library: usize, work: impl FnOnce(&Connection)) {
        let Library { id, enabled } = self.model.libraries[library];
        let session = &self.sessions[0].0;
        if enabled {
            session.disable(id).expect("the administrator may");
        }
        work(&self.database);
        if enabled {
            session.enable(id).expect("the administrator may");
        }
    }

    /// Makes a call in both worlds; the answers must be the same.
    fn call<T>(
        &mut self,
        who: u8,
        real: impl FnOnce(&Session) -> rsm::Result<()>,
        expected: impl FnOnce(&mut Model, Who) -> Result<T, ErrorKind>,
    ) -> Result<(), ErrorKind> {
        let (session, who) = &self.sessions[usize::from(who) % self.sessions.len()];
        let found = real(session);
        let expected = expected(&mut self.model, *who).map(drop);
        assert_eq!(
            found.as_ref().map_err(rsm::Error::kind),
            expected.as_ref().map_err(|k| *k).map(|()| &()),
            "{found:?}"
        );
        expected
    }

    fn allocate(&mut self, who: u8, pool: u8, bits: u32) -> Result<(), ErrorKind> {
        let pool = self.pick_pool(pool);
        let options = AllocateOptions::from_bits_retain(bits);
        let mut request = AllocateRequest::from(pool);
        request.options = options;
        let new = options.contains(AllocateOptions::NEW);
        self.allocation(who, request, |model, who| {
            // NEXT goes on with nothing here.
            if bits & !5 != 0 {
                return Err(ErrorKind::InvalidParameter);
            }
            let nothing =
                if bits & 4 != 0 { ErrorKind::MediaUnavailable } else { ErrorKind::Timeout };
            model.allocate(who, pool, new).map_err(|error| match error {
                ErrorKind::MediaUnavailable => nothing,
                other => other,
            })
        })
    }

    fn named(&mut self, who: u8, pool: u8, side: u8, new: bool) -> Result<(), ErrorKind> {
        let side = self.pick_side(side);
        let pool = self.pick_pool_for(pool, self.model.find_side(side).map(|at| at.0));
        let request = AllocateRequest::from(pool).naming(side);
        let request = if new { request.new_medium() } else { request };
        self.allocation(who, request, |model, who| model.allocate_named(who, pool, side, new))
    }

    fn next(&mut self, who: u8, pool: u8, of: u8, side: Option<u8>) -> Result<(), ErrorKind> {
        let logical = self.pick_logical(of);
        let pool = match self.model.find_logical(logical) {
            Some((at, _)) if pool < 200 => self.model.pools[self.model.media[at].pool].id,
            _ => self.pick_pool(pool),
        };
        let side = side.map(|side| self.pick_side(side));
        let mut request = AllocateRequest::from(pool).next_of(logical);
        request.side = side;
        self.allocation(who, request, |m, who| m.allocate_next(who, pool, logical, side))
    }

    fn allocation(
        &mut self,
        who: u8,
        request: AllocateRequest,
        expected: impl FnOnce(&mut Model, Who) -> Result<(At, usize), ErrorKind>,
    ) -> Result<(), ErrorKind> {
        let (session, who) = &self.sessions[usize::from(who) % self.sessions.len()];
        let found = session.allocate_media(request);
        let expected = expected(&mut self.model, *who);
        match (found, expected) {
            (Ok(found), Ok((at, from))) => {
                self.check_allocation(found, at, from);
                Ok(())
            }
            (Err(found), Err(expected)) => {
                assert_eq!(found.kind(), expected, "{found:?}");
                Err(expected)
            }
            (found, expected) => panic!("{found:?} instead of {expected:?}"),
        }
    }

    fn check_allocation(&mut self, found: Allocation, at: At, from: usize) {
        let medium = &mut self.model.media[at.0];
        let side = &mut medium.sides[at.1];
        assert_eq!(found.side, side.id);
        assert_eq!(found.physical_media, medium.id);
        assert_eq!(usize::from(found.side_number), at.1);
        assert_eq!(found.allocated_from, self.model.pools[from].id);
        side.logical = Some(found.logical_media);
        let is_new = self.ids.insert(found.logical_media.into());
        assert!(is_new && !self.logical.contains(&found.logical_media), "I18: an id came again");
        self.logical.push(found.logical_media);
    }

    fn set_pool(
        &mut self,
        pool: u8,
        draws: bool,
        returns: bool,
        limit: u32,
    ) -> Result<(), ErrorKind> {
        let applications = self.model.pools.iter_mut();
        let applications = applications.filter(|p| p.kind == Kind::Application && !p.gone);
        let mut applications: Vec<_> = applications.collect();
        let count = applications.len();
        let pool = &mut applications[usize::from(pool) % count];
        let session = &self.sessions[0].0;
        let mut record = session.info(pool.id).expect("pool");
        record.allocation_policy =
            if draws { AllocationPolicy::DRAW_FROM_FREE } else { AllocationPolicy::empty() };
        record.deallocation_policy =
            if returns { DeallocationPolicy::RETURN_TO_FREE } else { DeallocationPolicy::empty() };
        record.max_allocates = limit;
        session.set_info(&record).expect("the administrator may");
        (pool.draws, pool.returns, pool.limit) = (draws, returns, limit);
        Ok(())
    }

    fn grant(&mut self, pool: usize, rights: u32) {
        let pool = &mut self.model.pools[pool];
        if pool.gone {
            return;
        }
        pool.rights = rights;
        let list = format!("O:AD:(A;f0007;A)(A;{rights:x};U{USER})");
        let sql = "UPDATE pool SET security = ?1 WHERE id = ?2";
        self.database.execute(sql, (list, pool.id.to_bytes())).expect("rights");
    }

    fn create(&mut self, who: u8, pool: u8, states: &[SideState]) -> Result<(), ErrorKind> {
        let id = self.pick_pool(pool);
        let (session, who) = &self.sessions[usize::from(who) % self.sessions.len()];
        let describe = |(n, state): (u32, &SideState)| {
            SideDescription::new(*state, Label::new("test", n.to_be_bytes()))
        };
        let sides = (self.labels..).zip(states).map(describe).collect();
        let bar_code = format!("B{:05}", self.labels);
        let medium = MediumDescription::new(id).bar_code(bar_code);
        let found = session.create_offline_media(medium, sides, CreateMediaOptions::empty());
        let expected = self.model.check_new(*who, id, states);
        let (created, pool) = match (found, expected) {
            (Ok(created), Ok(pool)) => (created, pool),
            (Err(found), Err(expected)) => {
                assert_eq!(found.kind(), expected, "{found:?}");
                return Err(expected);
            }
            (found, expected) => panic!("{found:?} instead of {expected:?}"),
        };
        self.labels += 10;
        let side = |(side, state): (&rsm::model::CreatedSide, &SideState)| Side {
            id: side.side,
            state: *state,
            count: 0,
            logical: side.logical_media,
        };
        let sides: Vec<Side> = created.sides.iter().zip(states).map(side).collect();
        self.logical.extend(sides.iter().filter_map(|side| side.logical));
        self.model.media.push(Medium {
            id: created.physical_media,
            pool,
            sides,
            enabled: true,
            exclusive: states.contains(&Reserved),
            return_pending: false,
            library: None,
        });
        Ok(())
    }

    fn pick_pool(&self, choice: u8) -> PoolId {
        let at = usize::from(choice) % (self.model.pools.len() + 1);
        self.model.pools.get(at).map_or_else(unknown, |pool| pool.id)
    }

    /// Mostly one that media are allocated in.
    fn pick_application(&self, choice: u8) -> PoolId {
        let pools = self.model.pools.iter();
        let pools: Vec<_> = pools.filter(|p| p.kind == Kind::Application && !p.gone).collect();
        match choice {
            ..230 if !pools.is_empty() => pools[usize::from(choice) % pools.len()].id,
            _ => self.pick_pool(choice),
        }
    }

    /// Mostly one without media.
    fn pick_empty(&self, choice: u8) -> PoolId {
        let holds = |at: usize| self.model.media.iter().any(|medium| medium.pool == at);
        let pools = self.model.pools.iter().enumerate();
        let pools = pools.filter(|(at, p)| p.kind == Kind::Application && !p.gone && !holds(*at));
        let pools: Vec<_> = pools.map(|(_, pool)| pool.id).collect();
        match choice {
            ..200 if !pools.is_empty() => pools[usize::from(choice) % pools.len()],
            _ => self.pick_pool(choice),
        }
    }

    /// Half of the time a free one.
    fn pick_pool_to_grant(&self, choice: u8) -> usize {
        let pools = self.model.pools.iter().enumerate();
        let free: Vec<_> = pools.filter(|(_, p)| p.kind == Kind::Free).map(|(at, _)| at).collect();
        match usize::from(choice) {
            choice @ ..128 => free[choice % free.len()],
            choice => choice % self.model.pools.len(),
        }
    }

    /// Mostly one of the medium's type.
    fn pick_pool_for(&self, choice: u8, medium: Option<usize>) -> PoolId {
        let Some(medium) = medium.filter(|_| choice < 220) else { return self.pick_pool(choice) };
        let wanted = self.model.pools[self.model.media[medium].pool].media_type;
        let fitting = self.model.pools.iter().filter(|p| p.media_type == wanted && !p.gone);
        let fitting: Vec<_> = fitting.filter(|p| p.kind != Kind::Group).collect();
        fitting[usize::from(choice) % fitting.len()].id
    }

    /// Mostly one for media with as many sides.
    fn pick_pool_of_sides(&self, choice: u8, medium: Option<usize>) -> PoolId {
        let Some(medium) = medium.filter(|_| choice < 220) else { return self.pick_pool(choice) };
        let sides = self.model.media[medium].sides.len();
        let fitting = self
            .model
            .pools
            .iter()
            .filter(|p| p.sides == sides && !p.gone && p.kind != Kind::Group);
        let fitting: Vec<_> = fitting.collect();
        fitting[usize::from(choice) % fitting.len()].id
    }

    fn pick_medium(&self, choice: u8) -> Option<usize> {
        let count = self.model.media.len();
        (count > 0).then(|| usize::from(choice) % count)
    }

    fn pick_side(&self, choice: u8) -> SideId {
        let sides: Vec<_> = self.model.media.iter().flat_map(|m| &m.sides).collect();
        let at = usize::from(choice) % (sides.len() + 1);
        sides.get(at).map_or_else(unknown, |side| side.id)
    }

    /// Mostly one that is alive, the newest first; sometimes one that was, or none.
    fn pick_logical(&self, choice: u8) -> LogicalMediaId {
        let is_alive = |id: &&LogicalMediaId| self.model.find_logical(**id).is_some();
        let alive: Vec<_> = self.logical.iter().rev().filter(is_alive).collect();
        match choice {
            250.. => unknown(),
            200.. if !self.logical.is_empty() => {
                self.logical[usize::from(choice) % self.logical.len()]
            }
            _ if alive.is_empty() => unknown(),
            _ => *alive[usize::from(choice) % alive.len()],
        }
    }

    /// Mostly another one in the same pool.
    fn pick_partner(&self, choice: u8, of: LogicalMediaId) -> LogicalMediaId {
        let pool_of = |id: LogicalMediaId| {
            self.model.find_logical(id).map(|(at, _)| self.model.media[at].pool)
        };
        let Some(pool) = pool_of(of).filter(|_| choice < 220) else {
            return self.pick_logical(choice);
        };
        let others = self.logical.iter().filter(|id| **id != of && pool_of(**id) == Some(pool));
        let others: Vec<_> = others.collect();
        match others.len() {
            0 => of,
            count => *others[usize::from(choice) % count],
        }
    }

    /// The invariants, and every fact about media, sides and waiting calls as the catalog stores
    /// it.
    fn compare(&self) {
        self.compare_waits();
        let broken = self.manager.as_ref().expect("open").check().expect("readable");
        assert_eq!(broken, []);
        let mut statement = self.database.prepare_cached(STORED).expect("statement");
        let found = statement.query_map([], |row| {
            let id = |column| row.get(column).map(Uuid::from_bytes);
            let logical: Option<[u8; 16]> = row.get(9)?;
            Ok(Stored {
                medium: id(0)?,
                pool: id(1)?,
                library: id(2)?,
                flags: [row.get(3)?, row.get(4)?, row.get(5)?],
                side: id(6)?,
                state: row.get(7)?,
                count: row.get(8)?,
                logical: logical.map(Uuid::from_bytes),
            })
        });
        let found: Result<Vec<Stored>, _> = found.expect("rows").collect();
        assert_eq!(found.expect("rows"), self.expected());
    }

    fn expected(&self) -> Vec<Stored> {
        let row = |medium: &Medium, side: &Side| Stored {
            medium: medium.id.as_uuid(),
            pool: self.model.pools[medium.pool].id.as_uuid(),
            library: medium
                .library
                .map_or(self.offline, |at| self.model.libraries[at].id)
                .as_uuid(),
            flags: [medium.enabled, medium.exclusive, medium.return_pending],
            side: side.id.as_uuid(),
            state: i64::from(side.state.value()),
            count: side.count,
            logical: side.logical.map(|id| id.as_uuid()),
        };
        let media = self.model.media.iter();
        media.flat_map(|medium| medium.sides.iter().map(move |side| row(medium, side))).collect()
    }

    /// A last comparison; then everybody leaves, and nobody waits any more.
    pub fn finish(&mut self) {
        self.compare_records();
        self.reopen();
        self.compare();
    }

    /// The same as the public records show it.
    fn compare_records(&self) {
        let session = &self.sessions[0].0;
        let is_there = |(_, pool): &(usize, &Pool)| !pool.gone;
        for (at, pool) in self.model.pools.iter().enumerate().filter(is_there) {
            let media = self.model.media.iter().filter(|medium| medium.pool == at);
            let logical = media.clone().flat_map(|m| &m.sides).filter(|s| s.logical.is_some());
            let record = session.info(pool.id).expect("pool");
            assert_eq!(record.number_of_physical_media as usize, media.count());
            assert_eq!(record.number_of_logical_media as usize, logical.count());
        }
        let all = session
            .enumerate(None, ObjectType::PhysicalMedia, EnumerateOptions::empty())
            .expect("media");
        let expected: Vec<ObjectId> = self.model.media.iter().map(|m| m.id.into()).collect();
        assert_eq!(all, expected);
        for medium in &self.model.media {
            self.compare_medium(medium);
        }
        for logical in &self.logical {
            let found = session.info(*logical).map(|record| record.pool).ok();
            let at = self.model.find_logical(*logical);
            let expected = at.map(|(at, _)| self.model.pools[self.model.media[at].pool].id);
            assert_eq!(found, expected, "{logical}");
        }
    }

    fn compare_medium(&self, medium: &Medium) {
        let session = &self.sessions[0].0;
        let record = session.info(medium.id).expect("medium");
        let library = medium.library.map(|at| &self.model.libraries[at]);
        assert_eq!(record.pool, self.model.pools[medium.pool].id);
        assert_eq!(record.media_state, MediaState::Idle);
        assert_eq!(record.common.enabled, medium.enabled && library.is_none_or(|l| l.enabled));
        assert_eq!(record.location.is_some(), library.is_some());
        if let Some(library) = library {
            assert_eq!(record.current_library, library.id);
        }
        for (number, side) in medium.sides.iter().enumerate() {
            let record = session.info(side.id).expect("side");
            assert_eq!(record.state, side.state, "{} side {number}", medium.id);
            assert_eq!(record.allocate_count, side.count, "{} side {number}", medium.id);
            assert_eq!(record.logical_media, side.logical);
            assert_eq!(record.physical_media, medium.id);
            assert_eq!(usize::from(record.side_number), number);
        }
    }

    fn find(&self, path: &str) -> PoolId {
        self.sessions[0].0.open_pool(path, None, PoolOpenMode::OpenExisting).expect("pool")
    }

    /// When a medium has become one of the third type, that has system pools from now on.
    fn find_system_pools(&mut self, retyped: Option<usize>) {
        const THIRD: usize = 2;
        let of_third = |pool: &&Pool| pool.media_type == THIRD;
        let is_there = self.model.pools.iter().filter(of_third).count() > 1;
        let pool = retyped.map(|at| &self.model.pools[self.model.media[at].pool]);
        if is_there || pool.filter(of_third).is_none() {
            return;
        }
        let (code, sides) = TYPES[THIRD];
        for (root, kind, rights) in [("Free", Kind::Free, USE), ("Import", Kind::Import, 0)] {
            let id = self.find(&format!("{root}\\{}", code.known().name));
            let (draws, returns, limit) = (false, false, 0);
            let media_type = THIRD;
            self.model.pools.push(Pool {
                id,
                kind,
                media_type,
                sides,
                draws,
                returns,
                limit,
                rights,
                gone: false,
            });
        }
    }
}

const TYPES: [(MediaTypeCode, usize); 3] =
    [(MediaTypeCode::LtoUltrium, 1), (MediaTypeCode::Mo5Rw, 2), (MediaTypeCode::Dlt, 1)];

fn make_base() -> Base {
    let directory = tempfile::tempdir().expect("temporary directory");
    let access = AccessModel::Server2003;
    drop(OpenOptions::new().create(true).open(directory.path()).expect("catalog"));
    let (pools, media, libraries) = (vec![], vec![], vec![]);
    let model = Model { access, pools, media, libraries, queue: Queue::new() };
    let mut world = World::open(directory, access, 1, model);
    for n in [1, 2] {
        let id = by_hand::add_library(&world.database, n);
        world.model.libraries.push(Library { id, enabled: true });
    }
    add_pools(&mut world);
    add_media(&mut world);
    world.compare();
    world.compare_records();
    world.close_all();
    world.sessions.clear();
    world.manager = None;
    world.database.execute_batch("PRAGMA wal_checkpoint(TRUNCATE)").expect("checkpoint");
    Base {
        database: read(world.directory.path()),
        model: world.model.clone(),
        labels: world.labels,
        logical: world.logical.clone(),
    }
}

fn read(directory: &Path) -> Vec<u8> {
    std::fs::read(directory.join("catalog.db")).expect("file")
}

fn add_pools(world: &mut World) {
    let session = &world.sessions[0].0;
    let ids = TYPES.map(|(code, _)| session.media_type(code).expect("known"));
    // The third type gets no system pools.
    for id in &ids[..2] {
        session.add_media_type(*id, world.model.libraries[0].id).expect("listed");
    }
    let make = |path: &str, media_type| {
        session.open_pool(path, media_type, PoolOpenMode::OpenAlways).expect("pool")
    };
    let mut found = vec![(make("App", None), Kind::Group, 0)];
    for (path, at) in [("App\\P1", 0), ("App\\Q1", 0), ("App\\P2", 1), ("App\\Q2", 1), ("R3", 2)] {
        found.push((make(path, Some(ids[at])), Kind::Application, at));
    }
    for (at, (code, _)) in TYPES.iter().enumerate().take(2) {
        for (root, kind) in [("Free", Kind::Free), ("Import", Kind::Import)] {
            let path = format!("{root}\\{}", code.known().name);
            found.push((world.find(&path), kind, at));
        }
    }
    for (id, kind, media_type) in found {
        let sides = TYPES[media_type].1;
        let pool = Pool {
            id,
            kind,
            media_type,
            sides,
            draws: false,
            returns: false,
            limit: 0,
            rights: 0,
            gone: false,
        };
        world.model.pools.push(pool);
        world.grant(world.model.pools.len() - 1, if kind == Kind::Free { USE } else { 0 });
    }
    for pool in [1, 3, 5] {
        world.grant(pool, CONTROL | MODIFY);
        world.set_pool(pool as u8 - 1, pool != 3, pool == 1, 0).expect("set");
    }
}

fn add_media(world: &mut World) {
    let pools = [1, 1, 1, 2, 3, 3, 3, 3, 4, 7, 9, 5, 1, 3];
    let states: [&[SideState]; 14] = [
        &[Available],
        &[Available],
        &[Allocated],
        &[Available],
        &[Available, Available],
        &[Allocated, Reserved],
        &[Available, Import],
        &[Available, Available],
        &[Decommissioned, Available],
        &[Import],
        &[Import, Import],
        &[Available],
        &[Available],
        &[Available, Available],
    ];
    for (pool, states) in pools.into_iter().zip(states) {
        world.create(0, pool, states).expect("created");
    }
    for medium in 0..14 {
        // Two stay offline; the last two go to the free pools.
        if medium != 3 && medium != 7 {
            world.run(&Op::BringOnline { medium, library: medium % 2 }).expect("online");
        }
    }
    world.run(&Op::Move { who: 0, medium: 12, pool: 6 }).expect("moved");
    world.run(&Op::Move { who: 0, medium: 13, pool: 8 }).expect("moved");
    world.run(&Op::WriteLabels { medium: 12 }).expect("labelled");
    world.run(&Op::WriteLabels { medium: 13 }).expect("labelled");
}
