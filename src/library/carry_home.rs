//! Dismounts are carried out: media go home, and drives are emptied.

use super::Attached;
use super::dismount::dismounts_of;
use super::put_away::Rest;
use crate::catalog::{Because, LibraryRequestRow, MovementRow, Purpose, View};
use crate::error::{ErrorKind, Result};
use crate::model::LibraryRequestState;

/// The dismounts for which a drive is being emptied; none when that has been cancelled.
fn requests(
    view: &View<'_>,
    drive: i64,
    medium: Option<i64>,
) -> Result<Option<Vec<LibraryRequestRow>>> {
    let movement = view.movement_of_drive(drive)?;
    let is_it = |m: MovementRow| m.purpose == Purpose::Dismount && m.medium == medium;
    if !movement.is_some_and(is_it) {
        return Ok(None);
    }
    let mut rows = dismounts_of(view, drive, medium)?;
    rows.retain(|row| row.is_waiting() || row.state == LibraryRequestState::InProcess);
    Ok(Some(rows))
}

impl Attached {
    /// The dismounts for which a drive is being emptied are begun; none when that has been
    /// cancelled.
    fn begin_to_empty(
        &self,
        drive: i64,
        medium: Option<i64>,
    ) -> Result<Option<Vec<LibraryRequestRow>>> {
        let found = self.host.catalog.read(|view| requests(view, drive, medium))?;
        if !found.iter().flatten().any(LibraryRequestRow::is_waiting) {
            return Ok(found);
        }
        let now = self.now();
        self.host.catalog.write(move |transaction| {
            let found = requests(transaction, drive, medium)?;
            for row in found.iter().flatten() {
                transaction.advance_request(row, LibraryRequestState::InProcess, now)?;
            }
            Ok(found)
        })
    }

    pub(super) fn carry_out_dismount(&self, drive: i64, medium: Option<i64>) -> Result<()> {
        let Some(requests) = self.begin_to_empty(drive, medium)? else { return Ok(()) };
        let done = match medium {
            // The requests pass when their medium has left the drive.
            Some(medium) => self
                .drive_unit(drive)
                .and_then(|unit| self.put_away(unit, medium, Rest::WELL, true)),
            None => self.settle_drive(drive),
        };
        let because = done.as_ref().err().map(Because::from);
        if because.is_none() && medium.is_some() {
            return done;
        }
        if done.is_err() && self.is_stuck() {
            // It goes on when the robot can move again, and passes then.
            let requests = requests.iter().map(|request| request.id).collect();
            return self.wait_for_person(requests).and(done);
        }
        for request in requests {
            if let (Some(medium), Err(error)) = (medium, &done)
                && error.kind() == ErrorKind::LibraryFull
                && self.wait_for_room(request.id, medium).is_ok()
            {
                continue;
            }
            if let Err(error) = self.end_request(request.id, because.clone()) {
                tracing::warn!(%error, "the end of a dismount is written later");
                self.owe_request(request.id, because.clone());
            }
        }
        done
    }
}
