//! A look at those who wait for drives: what the catalog says goes to the planner, and what that
//! decides comes true, in one transaction.

use std::collections::HashMap;

use super::absence::OutOfReach;
use super::claim::record_claim;
use super::drives::DrivesNow;
use super::health::avoided;
use super::obstacle::obstacle;
use super::plan::{Grant, Plan, Spot, Wanted};
use super::readings::grant_readings;
use super::reserve::grant_reservations;
use crate::catalog::{
    Because, Call, LibraryRequestRow, LibraryRow, Purpose, Queued, QueuedRow, Transaction, View,
    WantedMedium, side_number,
};
use crate::error::{Error, ErrorKind, Result};
use crate::model::{
    LibraryOperation, LibraryRequestState, LibraryType, MediaState, ObjectType, PhysicalMediaId,
    Timestamp,
};

/// What a look came to.
#[derive(Debug, Default)]
pub(crate) struct Served {
    /// When another look may come to something else, if nothing happens before.
    pub(crate) until: Option<Timestamp>,
    /// Whoever waits for a drive may have got none, and none is left over.
    pub(super) is_short: bool,
    /// Calls that wait for a medium that has lost its place.
    pub(super) lost: Vec<Call>,
    /// Calls that wait for a medium in whose place another cartridge was found.
    pub(super) wrong: Vec<Call>,
}

/// Lets everybody go on who can have all the media and drives he waits for, in the order of the
/// queue: who wants a drive for himself, then labels that are to be read, then mounts, then labels that
/// are to be written, then what is in doubt. Who cannot does not hold up those behind him.
pub(crate) fn serve(transaction: &Transaction<'_>, library: i64, now: Timestamp) -> Result<Served> {
    let row = transaction.library(library)?;
    let mut served = Served::default();
    if serves(&row) {
        grant_reservations(transaction, library, now)?;
        let mut look = Look::new(transaction, library, now)?;
        grant_readings(
            transaction,
            (library, LibraryOperation::ProcessLabel),
            &mut look.plan,
            now,
        )?;
        look.at(LibraryOperation::Mount)?;
        look.at(LibraryOperation::WriteFreeLabel)?;
        grant_readings(transaction, (library, LibraryOperation::Classify), &mut look.plan, now)?;
        served = look.end()?;
    }
    use LibraryOperation::{Classify, Mount, ProcessLabel};
    for operation in [ProcessLabel, Mount, Classify] {
        for row in transaction.new_requests(library, operation)? {
            transaction.let_wait(&row, &obstacle(transaction, &row, now)?, now)?;
        }
    }
    Ok(served)
}

fn serves(library: &LibraryRow) -> bool {
    library.enabled && library.is_working()
}

/// Lets the mounts of one new call go on, if they can now; says whether they do. Drives that are
/// free now are of no use to those who wait already.
pub(crate) fn serve_call(
    transaction: &Transaction<'_>,
    library: i64,
    requests: &[LibraryRequestRow],
    now: Timestamp,
) -> Result<bool> {
    let serves = serves(&transaction.library(library)?);
    Ok(serves && offer(transaction, library, requests, true, now)? == Offered::GoesOn)
}

/// The same, for a call that waits if they cannot. Those who wait already go first. The library
/// looks at what waits: time may help it, or a person.
pub(crate) fn serve_or_wait(
    transaction: &Transaction<'_>,
    library: i64,
    requests: &[LibraryRequestRow],
    now: Timestamp,
) -> Result<()> {
    if !serves(&transaction.library(library)?) {
        return Ok(());
    }
    let is_first = !transaction.do_others_wait(requests)?;
    let offered = offer(transaction, library, requests, is_first, now)?;
    if offered == Offered::Waits {
        for row in requests {
            transaction.let_wait(row, &obstacle(transaction, row, now)?, now)?;
            transaction.went_on(ObjectType::LibraryRequest, row.id);
        }
    }
    if offered != Offered::GoesOn {
        transaction.wake_library(library)?;
    }
    Ok(())
}

/// What a new call comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Offered {
    GoesOn,
    Waits,
    /// No drive is what it waits for: a look finds out what becomes of it.
    Unsettled,
}

fn offer(
    transaction: &Transaction<'_>,
    library: i64,
    requests: &[LibraryRequestRow],
    may_go_on: bool,
    now: Timestamp,
) -> Result<Offered> {
    if may_go_on {
        grant_reservations(transaction, library, now)?;
    }
    let mut look = Look::new(transaction, library, now)?;
    let rows: Vec<QueuedRow> = requests.iter().map(QueuedRow::from).collect();
    let wanted = look.sight.of_call(&rows, LibraryOperation::Mount)?;
    if look.sight.is_unsettled() {
        return Ok(Offered::Unsettled);
    }
    if !may_go_on || !wanted.is_some_and(|wanted| look.plan.offer(&wanted)) {
        return Ok(Offered::Waits);
    }
    look.carry_out(LibraryOperation::Mount)?;
    requests.iter().for_each(|row| transaction.went_on(ObjectType::LibraryRequest, row.id));
    Ok(Offered::GoesOn)
}

struct Look<'a, 'c> {
    transaction: &'a Transaction<'c>,
    library: i64,
    now: Timestamp,
    plan: Plan,
    sight: Sight<'a, 'c>,
}

/// What is seen of those who wait.
struct Sight<'a, 'c> {
    view: &'a View<'c>,
    library: i64,
    now: Timestamp,
    drives: DrivesNow,
    out_of_reach: OutOfReach,
    /// Many may wait for the same.
    media: HashMap<PhysicalMediaId, Option<WantedMedium>>,
    /// Requests for a medium that has lost its place.
    lost: Vec<i64>,
    /// Requests for a medium in whose place another cartridge was found.
    wrong: Vec<i64>,
    /// Requests that name a drive that is gone.
    invalid: Vec<i64>,
    /// Requests for the other side of a medium that only people turn over.
    turned: Vec<i64>,
}

impl<'a, 'c> Look<'a, 'c> {
    fn new(transaction: &'a Transaction<'c>, library: i64, now: Timestamp) -> Result<Self> {
        let drives = DrivesNow::read(transaction, library, now)?;
        let plan = Plan::new(drives.drives.clone());
        let (media, lost) = (HashMap::new(), Vec::new());
        let (wrong, invalid, turned) = (Vec::new(), Vec::new(), Vec::new());
        let out_of_reach = OutOfReach::read(transaction, library, drives.missing())?;
        let view = transaction;
        let sight =
            Sight { view, library, now, drives, out_of_reach, media, lost, wrong, invalid, turned };
        Ok(Self { transaction, library, now, plan, sight })
    }

    /// Goes through the requests of a kind.
    fn at(&mut self, operation: LibraryOperation) -> Result<()> {
        let sight = &mut self.sight;
        let mut rows = self.transaction.queued(self.library, operation);
        let calls = std::iter::from_fn(|| sight.next_call(&mut rows, operation).transpose());
        self.plan.go_through(calls)?;
        self.carry_out(operation)
    }

    /// What was decided comes true.
    fn carry_out(&mut self, operation: LibraryOperation) -> Result<()> {
        let purpose = match operation {
            LibraryOperation::Mount => Purpose::Mount,
            _ => Purpose::Label,
        };
        for grant in std::mem::take(&mut self.plan.grants) {
            grant_request(self.transaction, &grant, purpose, self.now)?;
        }
        Ok(())
    }

    fn end(self) -> Result<Served> {
        let transaction = self.transaction;
        let because = Because::new(ErrorKind::InvalidDrive, "the drive does not exist any more");
        for key in self.sight.invalid {
            // It may have ended with another one of its call.
            let row = transaction.library_request_by_key(key)?;
            if let Some(row) = row.filter(|row| row.completed.is_none()) {
                transaction.end_call(&row, LibraryRequestState::Invalid, &because, self.now)?;
            }
        }
        for key in self.sight.turned {
            let row = transaction.library_request_by_key(key)?;
            let row = row.filter(|row| row.completed.is_none());
            let medium = row.as_ref().and_then(|row| row.task.medium);
            let medium = medium.map(|id| transaction.medium_key(id)).transpose()?.flatten();
            if let (Some(row), Some(medium)) = (row, medium) {
                transaction.ask_for_medium(&row, &transaction.cartridge(medium)?, self.now)?;
            }
        }
        let calls = |keys: Vec<i64>| -> Result<Vec<Call>> {
            let rows = keys.into_iter().map(|key| transaction.library_request_by_key(key));
            let calls = rows.filter_map(|row| Some(row.transpose()?.map(|row| row.call)));
            calls.collect()
        };
        let (lost, wrong) = (calls(self.sight.lost)?, calls(self.sight.wrong)?);
        Ok(Served { until: self.plan.until, is_short: self.plan.is_short(), lost, wrong })
    }
}

/// The journal and the request say that it is done now. The library's thread begins it, whoever
/// decided.
fn grant_request(
    transaction: &Transaction<'_>,
    grant: &Grant,
    purpose: Purpose,
    now: Timestamp,
) -> Result<()> {
    let row = transaction.library_request_by_key(grant.request)?;
    let (Some(row), Some(medium)) = (row, grant.medium) else {
        return Err(Error::from(ErrorKind::Internal));
    };
    let cartridge = transaction.cartridge(medium)?;
    record_claim(transaction, grant.claim, &cartridge, purpose, now)?;
    transaction.set_request_drive(&row, transaction.drive_id(grant.claim.drive)?)?;
    transaction.advance_request(&row, LibraryRequestState::InProcess, now)?;
    transaction.wake_library(row.library)?;
    Ok(())
}

impl Sight<'_, '_> {
    /// What the requests of the next call want; none while that cannot be had, whatever drives are
    /// free: then the rest of the call is not looked at.
    fn next_call(
        &mut self,
        rows: &mut Queued<'_>,
        operation: LibraryOperation,
    ) -> Result<Option<Option<Vec<Wanted>>>> {
        let Some(first) = rows.take()? else { return Ok(None) };
        let (place, is_mount) = (first.place, operation == LibraryOperation::Mount);
        let (mut call, mut next) = (Vec::new(), Some(first));
        while let Some(row) = next {
            let Some(wanted) = self.wanted(&row, operation)? else {
                if is_mount {
                    rows.skip_call(place);
                }
                return Ok(Some(None));
            };
            call.push(wanted);
            next = if is_mount { rows.take_of_call(place)? } else { None };
        }
        Ok(Some(Some(call)))
    }

    /// What the requests of a call want; none while that cannot be had, whatever drives are free.
    fn of_call(
        &mut self,
        rows: &[QueuedRow],
        operation: LibraryOperation,
    ) -> Result<Option<Vec<Wanted>>> {
        let mut call = Vec::with_capacity(rows.len());
        for row in rows {
            match self.wanted(row, operation)? {
                Some(wanted) => call.push(wanted),
                None => return Ok(None),
            }
        }
        Ok(Some(call))
    }

    fn wanted(&mut self, row: &QueuedRow, operation: LibraryOperation) -> Result<Option<Wanted>> {
        let Some(id) = row.medium.filter(|_| !row.asks) else { return Ok(None) };
        let Some(medium) = self.medium(id)? else { return Ok(None) };
        let is_mount = operation == LibraryOperation::Mount;
        if medium.library != self.library || !medium.enabled || medium.is_moving || medium.is_in_use
        {
            return Ok(None);
        }
        let is_nowhere = medium.slot.is_none() && medium.drive.is_none() && medium.port.is_none();
        if (is_nowhere || self.out_of_reach.holds(&medium)) && is_mount {
            self.lost.push(row.key);
            return Ok(None);
        }
        if is_mount && medium.is_found_wrong {
            self.wrong.push(row.key);
            return Ok(None);
        }
        if !is_mount && medium.state != MediaState::Idle {
            return Ok(None);
        }
        let side = row.side.map(|side| self.view.side_key(side)).transpose()?.flatten();
        let Some(number) = side.map(side_number) else { return Ok(None) };
        let Some(spot) = spot(&medium, number) else { return Ok(None) };
        if self.must_be_turned(&medium, spot)? {
            self.turned.push(row.key);
            return Ok(None);
        }
        let Ok(named) = self.named(row)? else { return Ok(None) };
        let avoided = match spot {
            Spot::Slot { .. } if named.is_none() => avoided(self.view, medium.key, self.now)?,
            _ => Vec::new(),
        };
        let own = if is_mount { self.drives.own(row.keeper) } else { Vec::new() };
        let (request, medium) = (row.key, Some(medium.key));
        Ok(Some(Wanted { request, medium, spot, named, own, avoided }))
    }

    /// Whether something was met that a free drive does not mend.
    fn is_unsettled(&self) -> bool {
        [&self.lost, &self.wrong, &self.invalid, &self.turned].iter().any(|met| !met.is_empty())
    }

    /// Whether another side is up in a stand-alone drive: nobody but a person turns it over.
    fn must_be_turned(&self, medium: &WantedMedium, spot: Spot) -> Result<bool> {
        let is_down = matches!(spot, Spot::Drive { is_up: false, .. });
        Ok(is_down
            && medium.mounted_side.is_some()
            && self.view.library(self.library)?.library_type == LibraryType::Standalone)
    }

    fn medium(&mut self, id: PhysicalMediaId) -> Result<Option<WantedMedium>> {
        if let Some(known) = self.media.get(&id) {
            return Ok(*known);
        }
        let medium = self.view.wanted_medium(id)?;
        self.media.insert(id, medium);
        Ok(medium)
    }

    /// The drive that the caller named, if he did; an error of the request, if it is gone.
    fn named(&mut self, row: &QueuedRow) -> Result<std::result::Result<Option<i64>, ()>> {
        let Some(id) = row.named else { return Ok(Ok(None)) };
        let drive = self.view.drive_by_id(id)?;
        if drive.is_none() {
            self.invalid.push(row.key);
        }
        Ok(drive.map(|drive| Some(drive.key)).ok_or(()))
    }
}

/// Where a medium is that can be brought up with this side.
pub(super) fn spot(medium: &WantedMedium, number: u8) -> Option<Spot> {
    let in_slot = medium.slot.map(|(slot, changer)| Spot::Slot { slot, changer });
    let is_up = medium.mounted_side == Some(number);
    in_slot.or(medium.drive.map(|drive| Spot::Drive { drive, is_up }))
}
