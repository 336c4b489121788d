//! The drives of a library at one moment: which are free, and which are taken for whom.

use std::collections::{BTreeSet, HashMap};

use crate::model::Timestamp;

/// What can be done with a drive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Use {
    /// Nothing: it is out of service, or somebody uses it.
    Taken,
    /// It is empty.
    Empty,
    /// A medium that nobody uses waits in it for an empty slot.
    Full { medium: i64 },
    /// A medium that nobody uses was left in it, and may be put away from this time on.
    Left { medium: i64, since: Timestamp, until: Timestamp },
}

/// A drive.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bay {
    pub(crate) key: i64,
    /// The changer that reaches it.
    pub(crate) changer: Option<i64>,
    pub(crate) used: Use,
    pub(crate) in_service: bool,
    /// It asks to be cleaned, and cannot be now: it is used when there is no other.
    pub(crate) is_dirty: bool,
    /// Only those have it for whom it is reserved.
    pub(crate) is_reserved: bool,
}

/// Which drive can be had.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Choice {
    /// This one, when the medium that was left there has been put away.
    Drive(i64, Option<i64>),
    /// None; at this time one may, if nothing happens before.
    Wait(Option<Timestamp>),
}

/// The free drives that one changer reaches and nobody has reserved, by their numbers.
#[derive(Clone, Debug, Default)]
struct Reach {
    clean: Free,
    dirty: Free,
}

#[derive(Clone, Debug, Default)]
struct Free {
    empty: BTreeSet<usize>,
    /// Whose medium may be put away now, by how long it has been there.
    left: BTreeSet<(Timestamp, usize)>,
    /// Whose medium is kept for a while, by its end.
    kept: BTreeSet<(Timestamp, usize)>,
}

/// The drives of a library, by number.
#[derive(Clone, Debug)]
pub(crate) struct Drives {
    bays: Vec<Bay>,
    numbers: HashMap<i64, usize>,
    reach: HashMap<i64, Reach>,
    free: usize,
    now: Timestamp,
}

impl Drives {
    pub(crate) fn new(bays: Vec<Bay>, now: Timestamp) -> Self {
        let numbers = bays.iter().enumerate().map(|(number, bay)| (bay.key, number)).collect();
        let mut drives = Self { bays, numbers, reach: HashMap::new(), free: 0, now };
        for number in 0..drives.bays.len() {
            drives.enter(number);
        }
        drives
    }

    pub(crate) fn bays(&self) -> &[Bay] {
        &self.bays
    }

    /// Whether no drive can be used for anything.
    pub(crate) fn are_all_taken(&self) -> bool {
        self.free == 0
    }

    /// Whether each changer reaches a drive that anybody can have now.
    pub(crate) fn are_left_over(&self) -> bool {
        let mut reached = self.bays.iter().filter(|bay| bay.in_service && !bay.is_reserved);
        let is_free = |free: &Free| !free.empty.is_empty() || !free.left.is_empty();
        let has_some = |reach: &Reach| is_free(&reach.clean) || is_free(&reach.dirty);
        reached.all(|bay| {
            let reach = bay.changer.map(|changer| self.reach.get(&changer));
            reach.is_none_or(|reach| reach.is_some_and(has_some))
        })
    }

    fn bay(&self, drive: i64) -> Option<(usize, Bay)> {
        let number = *self.numbers.get(&drive)?;
        Some((number, *self.bays.get(number)?))
    }

    /// The medium that was left in this drive, if it can be used by whoever has these reserved.
    pub(super) fn left_in(&self, drive: i64, own: &[i64]) -> Option<i64> {
        let (_, bay) = self.bay(drive).filter(|(_, bay)| is_for(bay, own))?;
        match bay.used {
            Use::Left { medium, .. } | Use::Full { medium } => Some(medium),
            Use::Taken | Use::Empty => None,
        }
    }

    /// The lowest-numbered empty drive that reaches the changer; else, of those whose medium has
    /// stayed long enough, the one that has waited longest. Those that are reserved for whoever asks
    /// go before others.
    ///
    /// Until the times given, none of the `avoided` ones, in which the medium has failed, if there
    /// is another that may come free.
    pub(super) fn choose(&self, changer: i64, own: &[i64], avoided: &[(i64, Timestamp)]) -> Choice {
        if own.is_empty() && avoided.is_empty() {
            return self.reach.get(&changer).map_or(Choice::Wait(None), |reach| self.best(reach));
        }
        let reaches = |bay: &Bay| bay.changer == Some(changer) && is_for(bay, own);
        let is_avoided = |bay: &Bay| avoided.iter().any(|(drive, _)| *drive == bay.key);
        let is_better = |bay: &Bay| reaches(bay) && bay.in_service && !is_avoided(bay);
        if !self.bays.iter().any(is_better) {
            return self.choose_among(own, reaches);
        }
        match self.choose_among(own, is_better) {
            Choice::Wait(end) => {
                let ends = avoided.iter().map(|(_, until)| *until);
                Choice::Wait(ends.chain(end).min())
            }
            drive => drive,
        }
    }

    /// This drive and no other.
    pub(super) fn choose_named(&self, drive: i64, own: &[i64]) -> Choice {
        match self.bay(drive).filter(|(_, bay)| is_for(bay, own)) {
            Some((_, bay)) => self.judge(&bay),
            None => Choice::Wait(None),
        }
    }

    fn judge(&self, bay: &Bay) -> Choice {
        match bay.used {
            Use::Taken | Use::Full { .. } => Choice::Wait(None),
            Use::Empty => Choice::Drive(bay.key, None),
            Use::Left { until, .. } if until > self.now => Choice::Wait(Some(until)),
            Use::Left { medium, .. } => Choice::Drive(bay.key, Some(medium)),
        }
    }

    fn best(&self, reach: &Reach) -> Choice {
        let mut ends = None;
        for free in [&reach.clean, &reach.dirty] {
            let left = || free.left.first().map(|(_, number)| number);
            if let Some(bay) = free.empty.first().or_else(left).and_then(|n| self.bays.get(*n)) {
                return self.judge(bay);
            }
            let end = free.kept.first().map(|(until, _)| *until);
            ends = ends.into_iter().chain(end).min();
        }
        Choice::Wait(ends)
    }

    fn choose_among(&self, own: &[i64], suits: impl Fn(&Bay) -> bool) -> Choice {
        let mut reach = Reach::default();
        let suiting = self.bays.iter().enumerate().filter(|(_, bay)| suits(bay));
        let (first, others): (Vec<_>, Vec<_>) =
            suiting.partition(|(_, bay)| own.contains(&bay.key));
        if let Some((_, bay)) = first.iter().find(|(_, bay)| bay.used == Use::Empty) {
            return Choice::Drive(bay.key, None);
        }
        for (number, bay) in first.into_iter().chain(others) {
            reach.of(bay).enter(number, bay.used, self.now);
        }
        self.best(&reach)
    }

    fn enter(&mut self, number: usize) {
        let Some(bay) = self.bays.get(number).copied() else { return };
        if bay.used == Use::Taken {
            return;
        }
        self.free += 1;
        if let Some(changer) = bay.changer.filter(|_| !bay.is_reserved) {
            self.reach.entry(changer).or_default().of(&bay).enter(number, bay.used, self.now);
        }
    }

    /// The drive is somebody's from here on. Gives what could be done with it before.
    pub(crate) fn take(&mut self, drive: i64) -> Option<Use> {
        let (number, bay) = self.bay(drive)?;
        if bay.used == Use::Taken {
            return Some(Use::Taken);
        }
        self.free -= 1;
        if let Some(reach) = bay.changer.and_then(|changer| self.reach.get_mut(&changer)) {
            reach.of(&bay).leave(number, bay.used);
        }
        let bay = self.bays.get_mut(number)?;
        Some(std::mem::replace(&mut bay.used, Use::Taken))
    }

    /// It is nobody's after all.
    pub(super) fn put_back(&mut self, drive: i64, used: Use) {
        let Some((number, _)) = self.bay(drive) else { return };
        if let Some(bay) = self.bays.get_mut(number) {
            bay.used = used;
        }
        self.enter(number);
    }
}

impl Reach {
    fn of(&mut self, bay: &Bay) -> &mut Free {
        if bay.is_dirty { &mut self.dirty } else { &mut self.clean }
    }
}

impl Free {
    fn enter(&mut self, number: usize, used: Use, now: Timestamp) {
        match used {
            Use::Taken | Use::Full { .. } => {}
            Use::Empty => drop(self.empty.insert(number)),
            Use::Left { until, .. } if until > now => drop(self.kept.insert((until, number))),
            Use::Left { since, .. } => drop(self.left.insert((since, number))),
        }
    }

    fn leave(&mut self, number: usize, used: Use) {
        self.empty.remove(&number);
        if let Use::Left { since, until, .. } = used {
            self.left.remove(&(since, number));
            self.kept.remove(&(until, number));
        }
    }
}

/// Whether whoever has these drives reserved may use this one.
fn is_for(bay: &Bay, own: &[i64]) -> bool {
    !bay.is_reserved || own.contains(&bay.key)
}
