//! The contract of pools and media as plain data: what each call must answer and change.
//!
//! Written from the specification (sections 3 to 12, life cycle of sides), with none of the crate's
//! means: no indexes, no grades, no counters. The calls that wait are in `queue.rs`.

use rsm::ErrorKind;
use rsm::model::{AccessModel, LibraryId, LogicalMediaId, PhysicalMediaId, PoolId, SideId};
use rsm::model::{SideState, SideState::*};

use crate::queue::Queue;

pub const USE: u32 = 1;
pub const MODIFY: u32 = 2;
pub const CONTROL: u32 = 4;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Application,
    Free,
    Import,
    /// An application pool that holds only pools.
    Group,
}

/// Who calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Who {
    Administrator,
    /// Has the rights that pools give him, and none else.
    User,
}

#[derive(Clone, Debug)]
pub struct Pool {
    pub id: PoolId,
    pub kind: Kind,
    pub media_type: usize,
    /// Number of sides of that type.
    pub sides: usize,
    pub draws: bool,
    pub returns: bool,
    pub limit: u32,
    /// What the user may do with it.
    pub rights: u32,
    /// It has been deleted.
    pub gone: bool,
}

#[derive(Clone, Debug)]
pub struct Side {
    pub id: SideId,
    pub state: SideState,
    pub count: u32,
    pub logical: Option<LogicalMediaId>,
}

#[derive(Clone, Debug)]
pub struct Medium {
    pub id: PhysicalMediaId,
    pub pool: usize,
    pub sides: Vec<Side>,
    pub enabled: bool,
    pub exclusive: bool,
    pub return_pending: bool,
    /// The library it is in; none when it is offline.
    pub library: Option<usize>,
}

#[derive(Clone, Debug)]
pub struct Library {
    pub id: LibraryId,
    pub enabled: bool,
}

#[derive(Clone, Debug)]
pub struct Model {
    pub access: AccessModel,
    pub pools: Vec<Pool>,
    pub media: Vec<Medium>,
    pub libraries: Vec<Library>,
    pub queue: Queue,
}

/// A side: medium and number.
pub type At = (usize, usize);
pub type Answer<T> = Result<T, ErrorKind>;

fn held(state: SideState) -> bool {
    matches!(state, Allocated | Complete)
}

fn claimed(state: SideState) -> bool {
    held(state) || state == Reserved
}

impl Medium {
    fn siblings(&self, number: usize) -> impl Iterator<Item = SideState> + '_ {
        self.sides.iter().enumerate().filter(move |(n, _)| *n != number).map(|(_, s)| s.state)
    }
}

impl Model {
    pub fn may(&self, who: Who, pool: usize, rights: u32) -> Answer<()> {
        let granted = who == Who::Administrator || self.pools[pool].rights & rights == rights;
        if granted { Ok(()) } else { Err(ErrorKind::AccessDenied) }
    }

    /// The right that CONTROL stands for under the other access model.
    pub fn control(&self) -> u32 {
        if self.access == AccessModel::WindowsXp { MODIFY } else { CONTROL }
    }

    fn is_2003(&self) -> bool {
        self.access == AccessModel::Server2003
    }

    pub fn find_pool(&self, pool: PoolId) -> Option<usize> {
        self.pools.iter().position(|p| p.id == pool && !p.gone)
    }

    /// The free pool of the type of a pool.
    fn free_pool(&self, pool: usize) -> Option<usize> {
        let media_type = self.pools[pool].media_type;
        self.pools.iter().position(|p| p.kind == Kind::Free && p.media_type == media_type)
    }

    fn same_type(&self, a: usize, b: usize) -> bool {
        self.pools[a].media_type == self.pools[b].media_type
    }

    pub fn find_side(&self, side: SideId) -> Option<At> {
        self.find(|s| s.id == side)
    }

    pub fn find_logical(&self, logical: LogicalMediaId) -> Option<At> {
        self.find(|s| s.logical == Some(logical))
    }

    fn find(&self, wanted: impl Fn(&Side) -> bool) -> Option<At> {
        let of = |m: &Medium| m.sides.iter().position(&wanted);
        self.media.iter().enumerate().find_map(|(at, m)| Some((at, of(m)?)))
    }

    /// Sides of the type a pool holds, if it is a pool that media can be allocated in.
    pub fn destination(&self, pool: PoolId) -> Answer<usize> {
        let pool = self.find_pool(pool).ok_or(ErrorKind::InvalidMediaPool)?;
        match self.pools[pool].kind {
            Kind::Application => Ok(pool),
            Kind::Free | Kind::Import | Kind::Group => Err(ErrorKind::InvalidMediaPool),
        }
    }

    fn usable(&self, medium: &Medium) -> bool {
        medium.enabled && medium.library.is_some_and(|at| self.libraries[at].enabled)
    }

    /// 3.5: allocation without a name. Gives the side and the pool it comes from.
    pub fn allocate(&mut self, who: Who, pool: PoolId, new: bool) -> Answer<(At, usize)> {
        let to = self.destination(pool)?;
        self.may(who, to, self.control())?;
        let at = self.look(who, to, new, &mut None)?.ok_or(ErrorKind::MediaUnavailable)?;
        Ok(self.hand_out(at, to, new))
    }

    /// The search. The right on the free pool is tested when that is consulted, unless it has been
    /// granted before.
    pub fn look(
        &self,
        who: Who,
        to: usize,
        new: bool,
        granted: &mut Option<usize>,
    ) -> Answer<Option<At>> {
        if let Some(at) = self.first(to, new) {
            return Ok(Some(at));
        }
        if !self.pools[to].draws {
            return Ok(None);
        }
        let free = self.free_pool(to).ok_or(ErrorKind::DeviceNotAvailable)?;
        if self.is_2003() && *granted != Some(free) {
            self.may(who, free, USE)?;
        }
        *granted = Some(free);
        Ok(self.first(free, new))
    }

    fn first(&self, pool: usize, new: bool) -> Option<At> {
        let is_free = self.pools[pool].kind == Kind::Free;
        let suits = |medium: &Medium, number: usize| {
            let whole = || medium.siblings(number).all(|s| matches!(s, Available | Decommissioned));
            medium.sides[number].state == Available && (!new || whole())
        };
        let of_pool = self.media.iter().enumerate().filter(|(_, medium)| {
            let prepared = !medium.sides.iter().any(|side| side.state == Unprepared);
            medium.pool == pool
                && self.usable(medium)
                && !medium.exclusive
                && (!is_free || prepared)
        });
        let mut sides = of_pool.flat_map(|(at, m)| (0..m.sides.len()).map(move |n| (at, m, n)));
        sides.find(|(_, medium, number)| suits(medium, *number)).map(|(at, _, n)| (at, n))
    }

    /// 3.6: a named side.
    pub fn allocate_named(
        &mut self,
        who: Who,
        pool: PoolId,
        side: SideId,
        new: bool,
    ) -> Answer<(At, usize)> {
        let to = self.destination(pool)?;
        self.may(who, to, self.control())?;
        let (at, number) = self.find_side(side).ok_or(ErrorKind::InvalidMedia)?;
        let medium = &self.media[at];
        let moves = medium.pool != to;
        match self.pools[medium.pool].kind {
            Kind::Free if self.is_2003() => self.may(who, medium.pool, USE)?,
            Kind::Free => {}
            _ => self.may(who, medium.pool, self.control())?,
        }
        let mut siblings = medium.siblings(number);
        let checks = [
            (!self.same_type(medium.pool, to), ErrorKind::MediaIncompatible),
            (
                !matches!(medium.sides[number].state, Available | Import) || medium.exclusive,
                ErrorKind::MediaUnavailable,
            ),
            (medium.library.is_none(), ErrorKind::MediaOffline),
            (!self.usable(medium), ErrorKind::ResourceDisabled),
            (moves && medium.siblings(number).any(claimed), ErrorKind::MediaUnavailable),
            (moves && medium.siblings(number).any(|s| s == Unprepared), ErrorKind::Busy),
            (
                new && !siblings.all(|s| matches!(s, Available | Decommissioned | Import)),
                ErrorKind::MediaUnavailable,
            ),
        ];
        drop(siblings);
        if let Some((_, kind)) = checks.into_iter().find(|(failed, _)| *failed) {
            return Err(kind);
        }
        Ok(self.hand_out((at, number), to, new))
    }

    /// 3.7: another side of a medium held whole.
    pub fn allocate_next(
        &mut self,
        who: Who,
        pool: PoolId,
        logical: LogicalMediaId,
        side: Option<SideId>,
    ) -> Answer<(At, usize)> {
        let to = self.destination(pool)?;
        self.may(who, to, self.control())?;
        let (at, number) = self.find_logical(logical).ok_or(ErrorKind::InvalidMedia)?;
        let medium = &self.media[at];
        let is_own = |side| medium.sides.iter().any(|s| s.id == side);
        if !medium.exclusive || side.is_some_and(|side| !is_own(side)) {
            return Err(ErrorKind::InvalidMedia);
        }
        if medium.pool != to {
            return Err(ErrorKind::InvalidMediaPool);
        }
        if medium.library.is_none() {
            return Err(ErrorKind::MediaOffline);
        }
        if !self.usable(medium) {
            return Err(ErrorKind::ResourceDisabled);
        }
        let count = medium.sides.len();
        let round = || (number + 1..number + count).map(|n| n % count);
        let next = [Reserved, Available, Import]
            .into_iter()
            .find_map(|wanted| round().find(|n| medium.sides[*n].state == wanted))
            .ok_or(ErrorKind::MediaUnavailable)?;
        Ok(self.hand_out((at, next), to, false))
    }

    /// 3.9. The new logical medium becomes known when the call has answered.
    pub fn hand_out(&mut self, at: At, to: usize, new: bool) -> (At, usize) {
        let medium = &mut self.media[at.0];
        let from = std::mem::replace(&mut medium.pool, to);
        medium.return_pending = false;
        medium.exclusive |= new;
        for (number, side) in medium.sides.iter_mut().enumerate() {
            if number == at.1 {
                side.state = Allocated;
                side.count += 1;
            } else if new && side.state == Available {
                side.state = Reserved;
            }
        }
        (at, from)
    }

    /// Section 4.
    pub fn deallocate(&mut self, who: Who, logical: LogicalMediaId) -> Answer<()> {
        let (at, number) = self.find_logical(logical).ok_or(ErrorKind::InvalidMedia)?;
        let pool = self.media[at].pool;
        self.may(who, pool, self.control())?;
        let mut medium = self.media[at].clone();
        let Pool { limit, returns, .. } = self.pools[pool];
        let side = &mut medium.sides[number];
        let limited = limit != 0 && limit != u32::MAX;
        side.state = if limited && side.count >= limit { Decommissioned } else { Available };
        side.logical = None;
        if !medium.sides.iter().any(|side| held(side.state)) {
            medium.exclusive = false;
            for side in medium.sides.iter_mut().filter(|side| side.state == Reserved) {
                side.state = Available;
            }
        }
        let all_available = medium.sides.iter().all(|side| side.state == Available);
        if let Some(free) = self.free_pool(pool).filter(|_| returns && all_available) {
            if self.is_2003() {
                self.may(who, free, USE)?;
            }
            if medium.enabled {
                give_to_free_pool(&mut medium, free);
            } else {
                medium.return_pending = true;
            }
        }
        self.media[at] = medium;
        Ok(())
    }

    /// Section 5. All media are idle.
    pub fn complete(&mut self, who: Who, logical: LogicalMediaId) -> Answer<()> {
        let (at, number) = self.find_logical(logical).ok_or(ErrorKind::InvalidMedia)?;
        self.may(who, self.media[at].pool, self.control())?;
        match self.media[at].sides[number].state {
            Allocated => self.media[at].sides[number].state = Complete,
            _ => return Err(ErrorKind::InvalidState),
        }
        Ok(())
    }

    /// Section 6. All media are idle, all sides have a label.
    pub fn swap(&mut self, who: Who, ids: [LogicalMediaId; 2]) -> Answer<()> {
        let [one, other] = ids.map(|id| self.find_logical(id).ok_or(ErrorKind::InvalidMedia));
        let (one, other) = (one?, other?);
        if one == other {
            return Err(ErrorKind::InvalidMedia);
        }
        for (at, _) in [one, other] {
            self.may(who, self.media[at].pool, MODIFY)?;
        }
        if self.media[one.0].pool != self.media[other.0].pool {
            return Err(ErrorKind::InvalidMediaPool);
        }
        if [one, other].iter().any(|(at, n)| self.media[*at].sides[*n].state != Allocated) {
            return Err(ErrorKind::InvalidState);
        }
        self.media[one.0].sides[one.1].logical = Some(ids[1]);
        self.media[other.0].sides[other.1].logical = Some(ids[0]);
        Ok(())
    }

    /// Section 7.
    pub fn decommission(&mut self, who: Who, side: SideId) -> Answer<()> {
        let (at, number) = self.find_side(side).ok_or(ErrorKind::InvalidMedia)?;
        self.may(who, self.media[at].pool, self.control())?;
        let medium = &mut self.media[at];
        if medium.sides[number].state != Available || !medium.enabled {
            return Err(ErrorKind::InvalidState);
        }
        medium.sides[number].state = Decommissioned;
        Ok(())
    }

    /// Section 7 of the objects: a medium. The libraries give the user no right but USE.
    pub fn enable_medium(&mut self, who: Who, at: usize, enabled: bool) -> Answer<()> {
        if who == Who::User {
            return Err(ErrorKind::AccessDenied);
        }
        if self.media[at].enabled == enabled {
            return Err(ErrorKind::InvalidState);
        }
        self.media[at].enabled = enabled;
        if enabled && std::mem::take(&mut self.media[at].return_pending) {
            let medium = &self.media[at];
            let all_available = medium.sides.iter().all(|side| side.state == Available);
            let free = self.free_pool(medium.pool);
            if let Some(free) = free.filter(|_| all_available && self.pools[medium.pool].returns) {
                give_to_free_pool(&mut self.media[at], free);
            }
        }
        Ok(())
    }

    /// The same for a library.
    pub fn enable_library(&mut self, who: Who, at: usize, enabled: bool) -> Answer<()> {
        if who == Who::User {
            return Err(ErrorKind::AccessDenied);
        }
        if self.libraries[at].enabled == enabled {
            return Err(ErrorKind::InvalidState);
        }
        self.libraries[at].enabled = enabled;
        Ok(())
    }

    /// Section 10.
    pub fn move_to_pool(&mut self, who: Who, at: Option<usize>, pool: PoolId) -> Answer<()> {
        let at = at.ok_or(ErrorKind::InvalidMedia)?;
        let to = self.find_pool(pool).filter(|to| self.pools[*to].kind != Kind::Group);
        let to = to.ok_or(ErrorKind::InvalidMediaPool)?;
        let from = self.media[at].pool;
        for pool in [from, to] {
            let is_free = self.pools[pool].kind == Kind::Free;
            self.may(who, pool, if is_free && self.is_2003() { USE } else { self.control() })?;
        }
        if from == to {
            return Ok(());
        }
        if !self.moves(at, to) {
            return Err(ErrorKind::InvalidMediaPool);
        }
        if !self.same_type(from, to) {
            return Err(ErrorKind::MediaIncompatible);
        }
        let medium = &self.media[at];
        if !medium.enabled || medium.sides.iter().any(|side| side.state == Unprepared) {
            return Err(ErrorKind::Busy);
        }
        self.put(at, to);
        Ok(())
    }

    /// 10.2, between different pools.
    fn moves(&self, at: usize, to: usize) -> bool {
        let medium = &self.media[at];
        let mut states = medium.sides.iter().map(|side| side.state);
        match (self.pools[medium.pool].kind, self.pools[to].kind) {
            (Kind::Application | Kind::Free, Kind::Application) | (Kind::Import, Kind::Free) => {
                true
            }
            (Kind::Application, Kind::Free) => !states.any(claimed),
            (Kind::Application, Kind::Import) => states.all(|state| state == Import),
            _ => false,
        }
    }

    /// 10.4.
    fn put(&mut self, at: usize, to: usize) {
        let medium = &mut self.media[at];
        if self.pools[to].kind == Kind::Free {
            give_to_free_pool(medium, to);
        } else {
            medium.pool = to;
            medium.return_pending = false;
        }
    }

    /// Section 11. All types can be labelled, no side is Incompatible.
    pub fn retype(&mut self, who: Who, at: Option<usize>, pool: PoolId) -> Answer<()> {
        let at = at.ok_or(ErrorKind::InvalidMedia)?;
        let to = self.find_pool(pool).filter(|to| self.pools[*to].kind != Kind::Group);
        let to = to.ok_or(ErrorKind::InvalidMediaPool)?;
        let from = self.media[at].pool;
        // By the other rules MODIFY on the computer as well, which the user never has.
        if who == Who::User && self.is_2003() {
            return Err(ErrorKind::AccessDenied);
        }
        self.may(who, from, MODIFY)?;
        let medium = &self.media[at];
        let library = medium.library.ok_or(ErrorKind::LibraryOffline)?;
        if !medium.enabled || !self.libraries[library].enabled {
            return Err(ErrorKind::ResourceDisabled);
        }
        let both_import = [from, to].iter().all(|pool| self.pools[*pool].kind == Kind::Import);
        let permitted = from == to || both_import || self.moves(at, to);
        if !permitted || self.pools[to].sides != medium.sides.len() {
            return Err(ErrorKind::InvalidMediaPool);
        }
        if medium.sides.iter().any(|side| side.state == Unprepared) {
            return Err(ErrorKind::Busy);
        }
        if from != to {
            self.put(at, to);
        }
        Ok(())
    }

    /// Section 8: whether a medium with these sides may be registered.
    pub fn check_new(&self, who: Who, pool: PoolId, states: &[SideState]) -> Answer<usize> {
        let at = self.find_pool(pool).ok_or(ErrorKind::InvalidMediaPool)?;
        let pool = &self.pools[at];
        if matches!(pool.kind, Kind::Free | Kind::Group) {
            return Err(ErrorKind::InvalidMediaPool);
        }
        if who == Who::User {
            return Err(ErrorKind::AccessDenied);
        }
        if states.len() != pool.sides {
            return Err(ErrorKind::MediaIncompatible);
        }
        let has = |wanted: fn(SideState) -> bool| states.iter().any(|state| wanted(*state));
        let all_import = states.iter().all(|state| *state == Import);
        let permitted = if pool.kind == Kind::Import {
            all_import
        } else {
            let known = |state: &SideState| {
                claimed(*state) || matches!(state, Available | Decommissioned | Import)
            };
            states.iter().all(known) && !all_import && (!has(|s| s == Reserved) || has(held))
        };
        if permitted { Ok(at) } else { Err(ErrorKind::InvalidParameter) }
    }

    /// Section 9.
    pub fn delete(&mut self, who: Who, at: usize) -> Answer<()> {
        // Otherwise MODIFY on the computer as well, which the user never has.
        if who == Who::User && self.is_2003() {
            return Err(ErrorKind::AccessDenied);
        }
        self.may(who, self.media[at].pool, MODIFY)?;
        let medium = &self.media[at];
        if medium.library.is_some() || medium.sides.iter().any(|side| claimed(side.state)) {
            return Err(ErrorKind::InvalidState);
        }
        self.media.remove(at);
        Ok(())
    }

    /// The library has written the free labels of a medium; whether it can have.
    pub fn write_labels(&mut self, at: usize) -> bool {
        let usable = self.usable(&self.media[at]);
        let medium = &mut self.media[at];
        let waiting = medium.sides.iter().any(|side| side.state == Unprepared);
        if !usable || !waiting {
            return false;
        }
        for side in medium.sides.iter_mut().filter(|side| side.state == Unprepared) {
            side.state = Available;
        }
        true
    }
}

/// 10.4: every side that is still of use needs its free label first.
fn give_to_free_pool(medium: &mut Medium, free: usize) {
    medium.pool = free;
    medium.return_pending = false;
    for side in medium.sides.iter_mut().filter(|side| side.state != Decommissioned) {
        side.state = Unprepared;
    }
}
