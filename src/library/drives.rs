//! The drives of a library at one moment: which are free, and which are taken for whom.
//!
//! Decided from the catalog alone, so whoever has the catalog can decide, in the transaction that
//! makes the decision come true.

use std::time::Duration;

use crate::catalog::{DriveRow, View};
use crate::error::Result;
use crate::model::{DriveState, Timestamp};

/// What can be done with a drive now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Use {
    /// Nothing: it is out of service, or somebody uses it.
    Taken,
    /// It is empty.
    Empty,
    /// A medium that nobody uses was left in it, and may be put away from this time on.
    Left { medium: i64, since: Timestamp, until: Timestamp },
}

#[derive(Clone, Debug)]
struct Bay {
    key: i64,
    changer: Option<i64>,
    used: Use,
    in_service: bool,
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
    pub(super) fn now_of(view: &View<'_>, library: i64, now: Timestamp) -> Result<Self> {
        let mut bays = Vec::new();
        for row in view.drives_of_library(library)? {
            let used = use_of(view, &row)?;
            let in_service = row.is_in_service();
            bays.push(Bay { key: row.key, changer: row.changer, used, in_service });
        }
        Ok(Self { bays, now })
    }

    pub(super) fn now(&self) -> Timestamp {
        self.now
    }

    /// Whether any drive can be used for anything.
    pub(super) fn are_all_taken(&self) -> bool {
        self.bays.iter().all(|bay| bay.used == Use::Taken)
    }

    /// The medium that was left in this drive.
    pub(super) fn left_in(&self, drive: i64) -> Option<i64> {
        match self.bays.iter().find(|bay| bay.key == drive)?.used {
            Use::Left { medium, .. } => Some(medium),
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
                Use::Taken => {}
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
        (DriveState::Dismountable, Some(medium)) => {
            let since = row.deferred_since.unwrap_or_default();
            let delay = Duration::from_secs(u64::from(row.defer_delay));
            Use::Left { medium, since, until: since.saturating_add(delay) }
        }
        _ => Use::Taken,
    })
}
