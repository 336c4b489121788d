//! Who of those that wait for a mount goes on: the order of the queue, and all or nothing.

use super::absence::is_out_of_reach;
use super::claim::{Claim, Claiming, way_to};
use super::drives::Drives;
use super::reserve::grant_reservations;
use crate::catalog::{Call, Cartridge, LibraryRequestRow, Place, Purpose, Transaction, View};
use crate::error::{ErrorKind, Result};
use crate::model::{Id, LibraryOperation, LibraryRequestState, MountOptions, Timestamp};

/// What a look at the queue came to.
#[derive(Debug, Default)]
pub(crate) struct Granting {
    /// When another look may come to something else, if nothing happens before.
    pub(crate) until: Option<Timestamp>,
    /// Calls that wait for a medium that has lost its place.
    pub(super) lost: Vec<Call>,
    /// Calls that wait for a medium in whose place another cartridge was found.
    pub(super) wrong: Vec<Call>,
}

/// Lets every call go on that can have all its media and drives now, in the order of the queue. A
/// call that cannot does not hold up those behind it.
pub(crate) fn grant_mounts(
    transaction: &Transaction<'_>,
    library: i64,
    now: Timestamp,
) -> Result<Granting> {
    let row = transaction.library(library)?;
    let mut granting = Granting::default();
    if row.enabled && row.is_working() {
        // Who wants a drive for himself is served before who wants any.
        grant_reservations(transaction, library, now)?;
        let drives = Drives::now_of(transaction, library, now)?;
        let mut look = Look { transaction, drives, now, granting };
        look.at_queue(library)?;
        granting = look.granting;
    }
    for row in transaction.new_requests(library, LibraryOperation::Mount)? {
        transaction.advance_request(&row, LibraryRequestState::Waiting, now)?;
    }
    Ok(granting)
}

struct Look<'a, 'c> {
    transaction: &'a Transaction<'c>,
    drives: Drives,
    now: Timestamp,
    granting: Granting,
}

/// One mount that can be done.
struct Planned<'a> {
    row: &'a LibraryRequestRow,
    cartridge: Cartridge,
    claim: Claim,
}

impl Look<'_, '_> {
    fn at_queue(&mut self, library: i64) -> Result<()> {
        if self.drives.are_all_taken() {
            return Ok(());
        }
        let queue = self.transaction.request_queue(library, LibraryOperation::Mount)?;
        let waiting: Vec<LibraryRequestRow> =
            queue.into_iter().filter(LibraryRequestRow::is_waiting).collect();
        for call in waiting.chunk_by(|a, b| a.call.watched == b.call.watched) {
            if self.drives.are_all_taken() {
                break;
            }
            self.at_call(call)?;
        }
        Ok(())
    }

    fn at_call(&mut self, rows: &[LibraryRequestRow]) -> Result<()> {
        let Some(planned) = self.plan(rows)? else { return Ok(()) };
        let (transaction, now) = (self.transaction, self.now);
        for Planned { row, cartridge, claim } in planned {
            self.drives.claim(transaction, claim, &cartridge, Purpose::Mount, now)?;
            transaction.set_request_drive(row, transaction.drive_id(claim.drive)?)?;
            transaction.advance_request(row, LibraryRequestState::InProcess, now)?;
            // Its thread begins what was granted, whoever looked.
            transaction.wake(transaction.library(row.library)?.id.as_uuid());
        }
        Ok(())
    }

    /// A drive for each medium of the call, or nothing. Media that have no choice choose first.
    fn plan<'a>(&mut self, rows: &'a [LibraryRequestRow]) -> Result<Option<Vec<Planned<'a>>>> {
        let mut wanted = Vec::with_capacity(rows.len());
        for row in rows {
            match self.wanted(row)? {
                Some(found) => wanted.push(found),
                None => return Ok(None),
            }
        }
        wanted.sort_by_key(Wanted::can_choose);
        let mut free = self.drives.seen_by(rows.first().and_then(LibraryRequestRow::keeper));
        let mut planned = Vec::with_capacity(rows.len());
        for Wanted { row, cartridge, number, named } in wanted {
            match way_to(self.transaction, &free, &cartridge, number, named)? {
                Claiming::Granted(claim) => {
                    free.take_for(&claim);
                    planned.push(Planned { row, cartridge, claim });
                }
                Claiming::Wait(until) => {
                    self.granting.until = self.granting.until.into_iter().chain(until).min();
                    return Ok(None);
                }
            }
        }
        Ok(Some(planned))
    }

    /// What a request needs; none while it cannot be had, whatever drives are free.
    fn wanted<'a>(&mut self, row: &'a LibraryRequestRow) -> Result<Option<Wanted<'a>>> {
        let view: &View<'_> = self.transaction;
        if row.operator_request.is_some() {
            return Ok(None);
        }
        let medium = row.task.medium.map(|id| view.medium_key(id)).transpose()?.flatten();
        let Some(medium) = medium else { return Ok(None) };
        let cartridge = view.cartridge(medium)?;
        if cartridge.medium.library != row.library || !cartridge.medium.enabled {
            return Ok(None);
        }
        if is_lost(view, &cartridge)? {
            self.granting.lost.push(row.call);
            return Ok(None);
        }
        if view.is_found_wrong(medium)? {
            self.granting.wrong.push(row.call);
            return Ok(None);
        }
        let side = cartridge.sides.iter().find(|side| Some(side.id) == row.task.side);
        let Some(number) = side.map(crate::catalog::SideRow::number) else { return Ok(None) };
        Ok(Some(Wanted { row, number, named: named_drive(view, row)?, cartridge }))
    }
}

struct Wanted<'a> {
    row: &'a LibraryRequestRow,
    cartridge: Cartridge,
    number: u8,
    named: Option<i64>,
}

impl Wanted<'_> {
    fn can_choose(&self) -> bool {
        self.named.is_none() && !matches!(self.cartridge.medium.place, Place::Drive(_))
    }
}

/// The drive that the caller named.
fn named_drive(view: &View<'_>, row: &LibraryRequestRow) -> Result<Option<i64>> {
    let is_named = row.task.mount_options.contains(MountOptions::SPECIFIC_DRIVE);
    let Some(drive) = row.task.drive.filter(|_| is_named) else { return Ok(None) };
    let row = view.drive_by_id(drive)?;
    row.map(|row| Some(row.key)).ok_or_else(|| ErrorKind::InvalidDrive.into())
}

/// Whether the medium has lost its place: nobody is moving it, and it is nowhere, or where nobody
/// reaches.
fn is_lost(view: &View<'_>, cartridge: &Cartridge) -> Result<bool> {
    Ok((cartridge.medium.place == Place::Nowhere || is_out_of_reach(view, cartridge)?)
        && view.movement_of_medium(cartridge.medium.key)?.is_none())
}
