//! What an operation must have before it is begun, and keeps until it ends.

use std::collections::HashSet;

use crate::catalog::{LibraryRequestRow, LibraryRow, MovementRow, Purpose, View};
use crate::error::Result;
use crate::model::{LibraryOperation, LibraryRequestState};

/// What an operation must have to itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Needs {
    Nothing,
    /// One inventory looks at a time.
    Looking,
    /// One at a time puts media in or out; and the medium, if one is named.
    Port,
    /// The drive that is named; one that somebody keeps, for its keeper only. What was left in it
    /// stays there.
    Drive,
    /// Everything else waits.
    Library,
}

impl Needs {
    pub(super) const fn of(operation: LibraryOperation) -> Self {
        use LibraryOperation as Op;
        match operation {
            Op::Inventory => Self::Looking,
            Op::Eject | Op::EjectCleaner | Op::Inject | Op::InjectCleaner => Self::Port,
            Op::CleanDrive => Self::Drive,
            Op::DoorAccess => Self::Library,
            _ => Self::Nothing,
        }
    }
}

/// Whether what a request needs is free.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Having {
    Free,
    Taken,
    /// It waits for the whole library, so those behind it wait as well.
    All,
}

/// What work under way has taken.
pub(super) struct InUse<'a> {
    view: &'a View<'a>,
    /// Somebody has the whole library, or a door is open.
    is_shut: bool,
    needs: Vec<Needs>,
    is_moving: bool,
}

impl<'a> InUse<'a> {
    /// What is taken in a library by its work, and by the movements in these drives.
    pub(super) fn of(
        view: &'a View<'a>,
        library: &LibraryRow,
        work: &[LibraryRequestRow],
        under_way: &HashSet<i64>,
    ) -> Result<Self> {
        // A dismount that nobody has begun waits for the door.
        let counts = |movement: &MovementRow| {
            movement.purpose != Purpose::Dismount || under_way.contains(&movement.drive)
        };
        let begun = work.iter().filter(|row| row.state == LibraryRequestState::InProcess);
        let begun = begun.filter(|row| row.task.operation != LibraryOperation::RemoveRequest);
        let needs: Vec<Needs> = begun.map(|row| Needs::of(row.task.operation)).collect();
        Ok(Self {
            view,
            is_shut: library.door_open || needs.contains(&Needs::Library),
            needs,
            is_moving: view.movements_of_library(library.key)?.iter().any(counts),
        })
    }

    /// Whether a request can have what it needs.
    pub(super) fn having(&self, row: &LibraryRequestRow) -> Result<Having> {
        let needs = Needs::of(row.task.operation);
        let is_free = !self.is_shut
            && match needs {
                Needs::Nothing => true,
                Needs::Looking => !self.needs.contains(&Needs::Looking),
                Needs::Port => !self.needs.contains(&Needs::Port) && self.has_medium(row)?,
                Needs::Drive => self.has_drive(row)?,
                Needs::Library => !self.is_moving && self.needs.is_empty(),
            };
        Ok(match needs {
            _ if is_free => Having::Free,
            Needs::Library => Having::All,
            _ => Having::Taken,
        })
    }

    /// A request is begun.
    pub(super) fn take(&mut self, row: &LibraryRequestRow) {
        let needs = Needs::of(row.task.operation);
        self.is_shut |= needs == Needs::Library;
        self.is_moving |= needs == Needs::Drive;
        self.needs.push(needs);
    }

    fn has_medium(&self, row: &LibraryRequestRow) -> Result<bool> {
        let Some(id) = row.task.medium else { return Ok(true) };
        let Some(medium) = self.view.medium_key(id)? else { return Ok(false) };
        Ok(self.view.cartridge(medium)?.medium.enabled
            && self.view.movement_of_medium(medium)?.is_none()
            && self.view.mount_of_medium(medium)?.is_none())
    }

    fn has_drive(&self, row: &LibraryRequestRow) -> Result<bool> {
        let drive = row.task.drive.map(|id| self.view.drive_by_id(id)).transpose()?.flatten();
        let Some(drive) = drive.filter(|drive| drive.is_in_service()) else { return Ok(false) };
        let kept = self.view.reservation_of_drive(drive.key)?.map(|kept| kept.asker.keeper);
        if kept.is_some_and(|keeper| !row.keeper().is_some_and(|who| keeper.covers(who))) {
            return Ok(false);
        }
        Ok(self.view.movement_of_drive(drive.key)?.is_none()
            && self.view.mount_of_drive(drive.key)?.is_none())
    }
}
