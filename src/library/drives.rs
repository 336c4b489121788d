//! The drives of a library at one moment: which are free, and which are taken for whom.
//!
//! Decided from the catalog alone, so whoever has the catalog can decide, in the transaction that
//! makes the decision come true.

use std::time::Duration;

use crate::catalog::{DriveRow, Keeper, View};
use crate::error::Result;
use crate::model::{DriveState, Timestamp};

/// What can be done with a drive now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Use {
    /// Nothing: it is out of service, or somebody uses it.
    Taken,
    /// It is empty.
    Empty,
    /// A medium that nobody uses waits in it for an empty slot.
    Full { medium: i64 },
    /// A medium that nobody uses was left in it, and may be put away from this time on.
    Left { medium: i64, since: Timestamp, until: Timestamp },
}

#[derive(Clone, Debug)]
struct Bay {
    key: i64,
    changer: Option<i64>,
    used: Use,
    in_service: bool,
    /// Who has it reserved.
    keeper: Option<Keeper>,
}

/// The drives of a library, by number.
#[derive(Clone, Debug)]
pub(super) struct Drives {
    bays: Vec<Bay>,
    now: Timestamp,
}

/// Which drive can be had.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Choice {
    /// This one, when the medium that was left there has been put away.
    Drive(i64, Option<i64>),
    /// None; at this time one may, if nothing happens before.
    Wait(Option<Timestamp>),
}

impl Drives {
    /// As they are now. While people reach into the library, or are about to, there are none.
    pub(super) fn now_of(view: &View<'_>, library: i64, now: Timestamp) -> Result<Self> {
        let mut bays = Vec::new();
        if view.is_held_up(&view.library(library)?)? {
            return Ok(Self { bays, now });
        }
        for row in view.drives_of_library(library)? {
            bays.push(Bay {
                key: row.key,
                changer: row.changer,
                used: use_of(view, &row)?,
                in_service: row.is_in_service(),
                keeper: view.reservation_of_drive(row.key)?.map(|row| row.asker.keeper),
            });
        }
        Ok(Self { bays, now })
    }

    pub(super) fn now(&self) -> Timestamp {
        self.now
    }

    /// The drives as a session sees them, or the library itself: those that others have reserved
    /// are taken, its own come first.
    pub(super) fn seen_by(&self, who: Option<Keeper>) -> Self {
        let is_own =
            |bay: &Bay| bay.keeper.zip(who).is_some_and(|(keeper, who)| keeper.covers(who));
        let mut seen = self.clone();
        for bay in seen.bays.iter_mut().filter(|bay| bay.keeper.is_some() && !is_own(bay)) {
            // Nothing says when it will come free.
            (bay.used, bay.in_service) = (Use::Taken, false);
        }
        seen.bays.sort_by_key(|bay| !is_own(bay));
        seen
    }

    /// The best of the drives that suit and that nobody has reserved: an empty one, else the one
    /// whose medium has waited longest for its next mount, which is named as well. Whoever wants a
    /// drive for himself does not wait for that mount.
    pub(super) fn choose_unreserved(
        &self,
        suits: impl Fn(i64, Option<i64>) -> bool,
    ) -> Option<(i64, Option<i64>)> {
        let free = self.bays.iter().filter(|bay| bay.keeper.is_none());
        let suiting = free.filter(|bay| suits(bay.key, bay.changer));
        let usable = suiting.filter_map(|bay| match bay.used {
            Use::Taken | Use::Full { .. } => None,
            Use::Empty => Some((None, bay.key, None)),
            Use::Left { medium, since, .. } => Some((Some(since), bay.key, Some(medium))),
        });
        usable.min_by_key(|(since, ..)| *since).map(|(_, drive, medium)| (drive, medium))
    }

    /// Whether a changer reaches the drive.
    pub(super) fn is_in_reach(&self, drive: i64) -> bool {
        self.bays.iter().any(|bay| bay.key == drive && bay.changer.is_some())
    }

    /// Whether any drive can be used for anything.
    pub(super) fn are_all_taken(&self) -> bool {
        self.bays.iter().all(|bay| bay.used == Use::Taken)
    }

    /// The medium that was left in this drive.
    pub(super) fn left_in(&self, drive: i64) -> Option<i64> {
        match self.bays.iter().find(|bay| bay.key == drive)?.used {
            Use::Left { medium, .. } | Use::Full { medium } => Some(medium),
            Use::Taken | Use::Empty => None,
        }
    }

    /// The lowest-numbered empty drive that reaches the changer; else, of those whose medium has
    /// stayed long enough, the one that has waited longest.
    ///
    /// None of the `avoided` ones, in which the medium has failed, if there is another that may come
    /// free.
    pub(super) fn choose(&self, changer: i64, avoided: &[i64]) -> Choice {
        let reaches = |bay: &Bay| bay.changer == Some(changer);
        let is_better = |bay: &Bay| reaches(bay) && bay.in_service && !avoided.contains(&bay.key);
        if self.bays.iter().any(is_better) {
            self.choose_among(is_better)
        } else {
            self.choose_among(reaches)
        }
    }

    /// This drive and no other.
    pub(super) fn choose_named(&self, drive: i64) -> Choice {
        self.choose_among(|bay| bay.key == drive)
    }

    fn choose_among(&self, suits: impl Fn(&Bay) -> bool) -> Choice {
        let mut longest: Option<(Timestamp, i64, i64)> = None;
        let mut earliest: Option<Timestamp> = None;
        for bay in self.bays.iter().filter(|bay| suits(bay)) {
            match bay.used {
                Use::Taken | Use::Full { .. } => {}
                Use::Empty => return Choice::Drive(bay.key, None),
                Use::Left { until, .. } if until > self.now => {
                    earliest = earliest.into_iter().chain([until]).min();
                }
                Use::Left { medium, since, .. } => {
                    if longest.is_none_or(|(first, ..)| since < first) {
                        longest = Some((since, bay.key, medium));
                    }
                }
            }
        }
        match longest {
            Some((_, drive, medium)) => Choice::Drive(drive, Some(medium)),
            None => Choice::Wait(earliest),
        }
    }

    /// The drive is somebody's from here on.
    pub(super) fn take(&mut self, drive: i64) {
        for bay in self.bays.iter_mut().filter(|bay| bay.key == drive) {
            bay.used = Use::Taken;
        }
    }
}

fn use_of(view: &View<'_>, row: &DriveRow) -> Result<Use> {
    if !row.is_in_service() || view.movement_of_drive(row.key)?.is_some() {
        return Ok(Use::Taken);
    }
    Ok(match (row.state, view.medium_in_drive(row.key)?) {
        (DriveState::Dismounted, None) => Use::Empty,
        (DriveState::Unloaded, Some(medium)) => Use::Full { medium },
        (DriveState::Dismountable, Some(medium)) => {
            let since = row.deferred_since.unwrap_or_default();
            let delay = Duration::from_secs(u64::from(row.defer_delay));
            Use::Left { medium, since, until: since.saturating_add(delay) }
        }
        _ => Use::Taken,
    })
}
