//! The drives of a library as the catalog has them.
//!
//! Decided from the catalog alone, so whoever has the catalog can decide, in the transaction that
//! makes the decision come true.

use super::plan::{Bay, Drives, Use};
use crate::catalog::{BayRow, Keeper, LibraryRow, View};
use crate::error::Result;
use crate::model::{DriveState, OperationalState, Timestamp};

/// The drives of a library now, and who has reserved them.
pub(super) struct DrivesNow {
    pub(super) drives: Drives,
    keepers: Vec<(i64, Keeper)>,
    missing: Vec<i64>,
}

impl DrivesNow {
    /// While people reach into the library, or are about to, there are none.
    pub(super) fn read(view: &View<'_>, library: i64, now: Timestamp) -> Result<Self> {
        Self::of(view, &view.library(library)?, now)
    }

    /// The same, of a library whose row has been read.
    pub(super) fn of(view: &View<'_>, library: &LibraryRow, now: Timestamp) -> Result<Self> {
        let (mut bays, mut keepers, mut missing) = (Vec::new(), Vec::new(), Vec::new());
        let is_held_up = view.is_held_up(library)?;
        for row in view.bays_of_library(library.key)? {
            if row.operational_state == OperationalState::NotPresent {
                missing.push(row.key);
            }
            if is_held_up {
                continue;
            }
            keepers.extend(row.keeper.map(|keeper| (row.key, keeper)));
            let is_kept_for_cleaning =
                row.wants_cleaning && view.is_about_to_be_cleaned(row.key)?;
            bays.push(Bay {
                key: row.key,
                changer: row.changer,
                used: if is_kept_for_cleaning { Use::Taken } else { use_of(&row) },
                in_service: row.is_in_service(),
                is_dirty: row.wants_cleaning,
                is_reserved: row.keeper.is_some(),
            });
        }
        Ok(Self { drives: Drives::new(bays, now), keepers, missing })
    }

    /// Drives that are not there.
    pub(super) fn missing(&self) -> &[i64] {
        &self.missing
    }

    /// The drives that are reserved for a session; none for the library itself.
    pub(super) fn own(&self, who: Option<Keeper>) -> Vec<i64> {
        let Some(who) = who else { return Vec::new() };
        let own = self.keepers.iter().filter(|(_, keeper)| keeper.covers(who));
        own.map(|(drive, _)| *drive).collect()
    }

    /// The best of the drives that suit and that nobody has reserved: an empty one, else the one
    /// whose medium has waited longest for its next mount, which is named as well. Whoever wants a
    /// drive for himself does not wait for that mount.
    pub(super) fn choose_unreserved(
        &self,
        suits: impl Fn(i64, Option<i64>) -> bool,
    ) -> Option<(i64, Option<i64>)> {
        let free = self.drives.bays().iter().filter(|bay| !bay.is_reserved);
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
        self.drives.bays().iter().any(|bay| bay.key == drive && bay.changer.is_some())
    }
}

fn use_of(row: &BayRow) -> Use {
    if !row.is_in_service() || row.is_moving {
        return Use::Taken;
    }
    match (row.state, row.medium) {
        (DriveState::Dismounted, None) => Use::Empty,
        (DriveState::Unloaded, Some(medium)) => Use::Full { medium },
        (DriveState::Dismountable, Some(medium)) => {
            // What nobody left there on purpose is tried again after as long.
            let since = row.left_since;
            Use::Left { medium, since, until: since.saturating_add(row.delay()) }
        }
        _ => Use::Taken,
    }
}
