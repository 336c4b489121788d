//! What an operation must have before it is begun, and keeps until it ends.

use std::collections::HashSet;

use crate::catalog::{LibraryRequestRow, LibraryRow, MovementRow, Purpose, View};
use crate::error::Result;
use crate::model::{LibraryOperation, LibraryRequestState, LibraryType};

/// What an operation must have to itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Needs {
    Nothing,
    /// One inventory looks at a time.
    Looking,
    /// An inventory has looked: what it still reads is read between everything else.
    Reading,
    /// One at a time puts media in or out; and the media that it puts out.
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

/// What is being used without a request.
#[derive(Clone, Debug)]
pub(super) struct Busy {
    /// The drives in which movements are being carried out.
    pub(super) drives: HashSet<i64>,
    pub(super) ports: bool,
}

/// What work under way has taken.
pub(super) struct InUse<'a> {
    view: &'a View<'a>,
    /// Somebody has the whole library, or a door is open.
    is_shut: bool,
    needs: Vec<Needs>,
    is_moving: bool,
    has_ports: bool,
    /// The cleaner is being taken out.
    cleaner_leaves: bool,
}

impl<'a> InUse<'a> {
    /// What is taken in a library by its work, and otherwise.
    pub(super) fn of(
        view: &'a View<'a>,
        library: &LibraryRow,
        work: &[LibraryRequestRow],
        busy: &Busy,
    ) -> Result<Self> {
        // A dismount that nobody has begun waits for the door.
        let counts = |movement: &MovementRow| {
            movement.purpose != Purpose::Dismount || busy.drives.contains(&movement.drive)
        };
        let begun = work.iter().filter(|row| row.state == LibraryRequestState::InProcess);
        let begun = begun.filter(|row| row.task.operation != LibraryOperation::RemoveRequest);
        let has_ports = !view.ports_of_library(library.key)?.is_empty();
        let of = |row: &LibraryRequestRow| match Needs::of(row.task.operation) {
            Needs::Port if !has_ports => Needs::Library,
            Needs::Looking if row.has_looked() => Needs::Reading,
            needs => needs,
        };
        let mut needs: Vec<Needs> = begun.map(of).collect();
        needs.extend(busy.ports.then_some(Needs::Port));
        Ok(Self {
            view,
            has_ports,
            cleaner_leaves: work.iter().any(|row| {
                row.task.operation == LibraryOperation::EjectCleaner
                    && row.state == LibraryRequestState::InProcess
            }),
            is_shut: library.door_open || needs.contains(&Needs::Library),
            needs,
            is_moving: view.movements_of_library(library.key)?.iter().any(counts),
        })
    }

    /// Whether a request can have what it needs.
    pub(super) fn having(&self, row: &LibraryRequestRow) -> Result<Having> {
        let needs = self.needs_of(row.task.operation);
        let is_free = !self.is_shut
            && match needs {
                Needs::Nothing | Needs::Reading => true,
                Needs::Looking => !self.needs.contains(&Needs::Looking) && self.has_sight(row)?,
                Needs::Port => !self.needs.contains(&Needs::Port) && self.has_media(row)?,
                // There is one cleaner.
                Needs::Drive => !self.needs.contains(&Needs::Drive) && self.has_drive(row)?,
                Needs::Library => {
                    !self.is_moving && self.needs.iter().all(|needs| *needs == Needs::Reading)
                }
            };
        Ok(match needs {
            _ if is_free => Having::Free,
            Needs::Library => Having::All,
            _ => Having::Taken,
        })
    }

    /// Where there is no port, the cleaner goes through a door.
    fn needs_of(&self, operation: LibraryOperation) -> Needs {
        let through_door = !self.has_ports && operation.is_at_port();
        if through_door { Needs::Library } else { Needs::of(operation) }
    }

    /// A request is begun.
    pub(super) fn take(&mut self, row: &LibraryRequestRow) {
        let needs = self.needs_of(row.task.operation);
        self.cleaner_leaves |= row.task.operation == LibraryOperation::EjectCleaner;
        self.is_shut |= needs == Needs::Library;
        self.is_moving |= needs == Needs::Drive;
        self.needs.push(needs);
    }

    /// Whether nobody uses the media that are to be put out, or whoever does is to lose them.
    fn has_media(&self, row: &LibraryRequestRow) -> Result<bool> {
        // The cleaner is in a drive.
        if row.task.operation == LibraryOperation::EjectCleaner
            && self.needs.contains(&Needs::Drive)
        {
            return Ok(false);
        }
        let leaving = self.view.port_moves_of(row.key)?;
        if leaving.is_empty() {
            return self.has_medium(row);
        }
        for leaving in leaving {
            let medium = leaving.medium;
            let is_free = self.view.cartridge(medium)?.medium.enabled
                && self.view.movement_of_medium(medium)?.is_none()
                && (leaving.force || self.view.mount_of_medium(medium)?.is_none());
            if !is_free {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Whether a look would tell something: not into a stand-alone drive in which something is done.
    fn has_sight(&self, row: &LibraryRequestRow) -> Result<bool> {
        let is_alone = self.view.library(row.library)?.library_type == LibraryType::Standalone;
        Ok(!is_alone || self.view.movements_of_library(row.library)?.is_empty())
    }

    /// Whether nobody uses the medium that is to come out of a stand-alone drive.
    fn has_medium(&self, row: &LibraryRequestRow) -> Result<bool> {
        let Some(id) = row.task.medium else { return Ok(true) };
        let Some(medium) = self.view.medium_key(id)? else { return Ok(false) };
        Ok(self.view.cartridge(medium)?.medium.enabled
            && self.view.movement_of_medium(medium)?.is_none()
            && self.view.mount_of_medium(medium)?.is_none())
    }

    fn has_drive(&self, row: &LibraryRequestRow) -> Result<bool> {
        if self.cleaner_leaves {
            return Ok(false);
        }
        let drive = row.task.drive.map(|id| self.view.drive_by_id(id)).transpose()?.flatten();
        let Some(drive) = drive.filter(|drive| drive.is_in_service()) else { return Ok(false) };
        let kept = self.view.reservation_of_drive(drive.key)?.map(|kept| kept.asker.keeper);
        // One that asks for it is cleaned for its keeper, too.
        let kept = kept.filter(|_| !drive.wants_cleaning);
        if kept.is_some_and(|keeper| !row.keeper().is_some_and(|who| keeper.covers(who))) {
            return Ok(false);
        }
        Ok(self.view.movement_of_drive(drive.key)?.is_none()
            && self.view.mount_of_drive(drive.key)?.is_none())
    }
}
