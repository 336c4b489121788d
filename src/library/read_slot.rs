//! A cartridge is brought into a drive, read, and put back.

use super::Attached;
use super::arrival::{Arrival, Verdict};
use super::bring::Trouble;
use super::crew::catch;
use super::failure::device;
use super::identify::{Findings, Held};
use super::plan::{Claim, Way};
use super::run::Run;
use super::units::DriveUnit;
use crate::catalog::{Because, Place};
use crate::error::{Error, Result};
use crate::model::LibraryRequestId;

/// What is to be read, and what was taken for that.
#[derive(Clone, Copy, Debug)]
pub(super) struct Reading {
    pub(super) request: LibraryRequestId,
    pub(super) slot: i64,
    pub(super) drive: i64,
    /// The medium that was thought to be in the slot.
    pub(super) occupant: Option<i64>,
    /// It stays in the drive for a later mount, if it is known what it is.
    pub(super) stays: bool,
    /// The number that was set aside for it.
    pub(super) number: Option<i64>,
}

impl Attached {
    /// Finds out what is in a slot, and ends the request. What the robot could not do for want of a
    /// person is done again.
    pub(super) fn carry_out_reading(&self, reading: Reading) -> Result<()> {
        let run = self.run_for_reading()?;
        let Reading { slot, drive, occupant, request, stays, number } = reading;
        let evicting = self.host.catalog.read(|view| view.medium_in_drive(drive))?;
        let claim = Claim { drive, way: Way::Fetch { slot, evicting } };
        let unit = self.drive_unit(drive)?;
        let examine = || {
            // Before it is taken out: where it stays in the drive, its slot is empty.
            let bar_code = self.bar_code_in(slot)?;
            let (findings, last) = self.examine(unit, &claim, slot, occupant)?;
            if findings.wants_second {
                self.put_back(unit, slot, last > 0)?;
                return Ok(None);
            }
            let arrival = self.arrival(Place::Slot(slot), bar_code, occupant, findings)?;
            let stays = stays && self.is_decided(&arrival, &run)?;
            if !stays {
                self.put_back(unit, slot, last > 0)?;
            }
            Ok(Some((arrival, stays.then_some(last))))
        };
        let done = catch(examine).unwrap_or_else(|panic| Err(Trouble::Failed(panic)));
        if done.is_err()
            && let Err(error) = self.settle_drive(drive)
        {
            tracing::warn!(%error, "a drive in which a cartridge was read is put in order later");
            if self.is_stuck() {
                return self.wait_for_person(vec![request]);
            }
        }
        let held = Held::new(drive, occupant).numbered(number);
        if !matches!(done, Ok(None)) {
            self.run.lock().iter().for_each(|run| run.has_read(slot));
        }
        match done {
            Ok(Some((arrival, up))) => {
                // The inventory may have begun anew meanwhile.
                let run = self.run.lock().clone().unwrap_or(run);
                let held = up.map_or(held, |up| held.that_stays(up));
                let admitted = self.admit_read(&run, arrival, held);
                if admitted.is_err() {
                    // Whoever this is has not left.
                    run.keep_all();
                }
                self.end_request(request, admitted.as_ref().err().map(Because::from))
            }
            Ok(None) => self.read_elsewhere(held, unit, request),
            Err(Trouble::SlotEmpty | Trouble::Taken) => {
                occupant.into_iter().for_each(|medium| self.lost_sight_of(medium));
                self.note_empty(slot)?;
                self.end_request(request, None)
            }
            Err(Trouble::NotLoaded(error) | Trouble::NotRead(error)) => {
                self.not_reached(reading, &device("a cartridge could not be examined", error))
            }
            Err(Trouble::Failed(error)) => self.not_reached(reading, &error),
        }
    }

    /// Another drive may do better.
    fn read_elsewhere(
        &self,
        held: Held,
        unit: &DriveUnit,
        request: LibraryRequestId,
    ) -> Result<()> {
        let now = self.now();
        let released = self.host.catalog.write(move |transaction| {
            held.release(transaction, now)?;
            match transaction.unfinished_request(request)? {
                Some(row) => transaction.let_wait(&row, "it is read in another drive", now),
                None => Ok(()),
            }
        });
        released.inspect_err(|_| self.owe_drive(unit.key))
    }

    /// The cartridge could not be brought into a drive; the medium that is thought to be in the
    /// slot may still be there.
    fn not_reached(&self, reading: Reading, error: &Error) -> Result<()> {
        tracing::warn!(%error, "a cartridge could not be examined");
        let run = self.run.lock().clone();
        if let (Some(run), Some(medium)) = (run, reading.occupant) {
            run.presume(medium);
        }
        self.end_request(reading.request, Some(Because::from(error)))
    }

    /// As [`bring_up`](Self::bring_up) for what is not known: every side that can be brought up is
    /// read. The last one stays up; gives its number.
    fn examine(
        &self,
        drive: &DriveUnit,
        claim: &Claim,
        slot: i64,
        occupant: Option<i64>,
    ) -> std::result::Result<(Findings, u8), Trouble> {
        if let Way::Fetch { evicting: Some(other), .. } = claim.way {
            self.put_away_left(drive, other, false)?;
        }
        self.revoke_lease(drive.key);
        let mut findings = Findings::default();
        self.examine_side(drive, slot, (false, occupant), &mut findings)?;
        let sides = self.sides_of(&findings, occupant)?;
        let can_flip = self.changer_of(drive)?.geometry.can_flip;
        if sides <= 1 || !can_flip || findings.is_incompatible || findings.wants_second {
            return Ok((findings, 0));
        }
        self.put_back(drive, slot, false)?;
        self.examine_side(drive, slot, (true, occupant), &mut findings)?;
        Ok((findings, 1))
    }

    /// Whether it is known already what this is, whatever else is read.
    fn is_decided(&self, arrival: &Arrival, run: &Run) -> Result<bool> {
        let verdict = self.host.catalog.read(|view| arrival.judge(view, run, false))?;
        Ok(matches!(verdict, Verdict::Known(_) | Verdict::NowLabelled(_) | Verdict::New))
    }
}
