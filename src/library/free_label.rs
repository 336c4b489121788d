//! Writing free labels onto media that entered a free pool.

use std::sync::Arc;

use super::Attached;
use super::bring::Read;
use super::claim::{Claim, Claiming};
use super::failure::device;
use super::put_away::Rest;
use super::verify::label_of;
use crate::catalog::{Cartridge, Place, Purpose, medium_key, side_number};
use crate::device::{DeviceResult, MediumIo};
use crate::error::{Error, ErrorKind, Result};
use crate::label::{FreeLabel, LabelInfo};
use crate::model::{DeviceType, MediaState, SideState, Timestamp};

/// What the search for a side to be labelled came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Labelling {
    /// One side was dealt with.
    Done,
    /// No side waits.
    Nothing,
    /// Sides wait, and no drive is free; one may be at this time.
    NoDrive(Option<Timestamp>),
}

impl Attached {
    /// Writes the free label of the next side that waits for one.
    pub(super) fn label_next(&self) -> Result<Labelling> {
        let mut from = 0;
        let mut blocked: Option<Option<Timestamp>> = None;
        while let Some(side) =
            self.host.catalog.read(|view| view.unprepared_side(self.key, from))?
        {
            from = side + 1;
            if self.failed_labels.lock().contains(&side) {
                continue;
            }
            match self.claim_for_label(side)? {
                None => {}
                Some(Claiming::Granted(claim)) => {
                    self.label(&claim, side)?;
                    return Ok(Labelling::Done);
                }
                Some(Claiming::Wait(until)) => {
                    let earlier = blocked.flatten();
                    blocked = Some(earlier.into_iter().chain(until).min());
                }
            }
        }
        Ok(blocked.map_or(Labelling::Nothing, Labelling::NoDrive))
    }

    /// `None`: the medium cannot be labelled now, whatever drives are free.
    fn claim_for_label(&self, side: i64) -> Result<Option<Claiming>> {
        let (claims, now) = (self.claims.clone(), self.now());
        self.host.catalog.write(move |transaction| {
            let before = transaction.cartridge(medium_key(side))?;
            let waits = before
                .sides
                .iter()
                .any(|row| row.key == side && row.state == SideState::Unprepared);
            let medium = &before.medium;
            let can_be_had = medium.enabled
                && medium.state == MediaState::Idle
                && matches!(medium.place, Place::Slot(_) | Place::Drive(_));
            if !(waits && can_be_had) {
                return Ok(None);
            }
            let number = side_number(side);
            claims.claim_side(transaction, &before, number, Purpose::Label, now).map(Some)
        })
    }

    /// Labels the side and puts the medium away. A failure is remembered, and is none of the
    /// caller's.
    fn label(&self, claim: &Claim, side: i64) -> Result<()> {
        let medium = medium_key(side);
        if !self.begin_work() {
            return self.relinquish(claim.drive, Some(medium));
        }
        // Whatever goes wrong while the side is brought up has been undone.
        let done = self.bring_checked(claim, side).and_then(|(_, read)| {
            let written = self.write_label(claim, side, &read);
            let drive = self.drive_unit(claim.drive)?;
            let put_away = self.put_away(drive, medium, Rest::WELL, true);
            written.and(put_away)
        });
        if let Err(error) = done {
            tracing::warn!(%error, "a free label was not written");
            self.failed_labels.lock().insert(side);
        }
        self.changed.raise();
        Ok(())
    }

    fn write_label(&self, claim: &Claim, side: i64, read: &Read) -> Result<()> {
        let (cartridge, computer, is_tape) = self.host.catalog.read(|view| {
            let cartridge = view.cartridge(medium_key(side))?;
            let media_type = view.media_type(cartridge.medium.media_type)?;
            let is_tape = media_type.device_type == DeviceType::Tape;
            Ok((cartridge, view.computer()?.id, is_tape))
        })?;
        if !is_tape {
            return self.record_label(side, None);
        }
        if let Some(info) = read.label.label()
            && cartridge
                .sides
                .iter()
                .any(|row| row.key == side && row.pending_label.as_deref() == Some(info.label_id()))
        {
            return self.record_label(side, Some(info.clone()));
        }
        let media_id = self.host.ids.uuid();
        let label = FreeLabel {
            media_name: &cartridge.medium.name,
            time: self.now(),
            cartridge: &name_on_cartridge(&cartridge),
            side: u32::from(side_number(side)) + 1,
            media_id,
            computer_id: computer,
        };
        self.announce_label(side, media_id.as_bytes().to_vec())?;
        self.write_and_verify(claim, &label)?;
        self.record_label(side, Some(label.info()))
    }

    /// Stores the identifier before it is written: should the record of the new label be lost, it
    /// is known again by this.
    fn announce_label(&self, side: i64, id: Vec<u8>) -> Result<()> {
        let now = self.now();
        self.host.catalog.write(move |transaction| {
            let before = transaction.cartridge(medium_key(side))?;
            let mut after = before.clone();
            for row in after.sides.iter_mut().filter(|row| row.key == side) {
                row.pending_label = Some(id.clone());
            }
            transaction.store_cartridge(&before, after, now)
        })
    }

    fn write_and_verify(&self, claim: &Claim, label: &FreeLabel<'_>) -> Result<()> {
        let drive = self.drive_unit(claim.drive)?;
        let write = || -> DeviceResult<()> {
            let mut medium: Box<dyn MediumIo> = drive.device.open()?;
            label.write(medium.as_mut())
        };
        write().map_err(|error| device("the free label could not be written", error))?;
        let read = self
            .read_side(drive)
            .map_err(|error| device("the free label could not be read back", error))?;
        match read.label.label() {
            Some(info) if info.is_same_label(&label.info()) => Ok(()),
            _ => Err(Error::new(
                ErrorKind::UnexpectedOmid,
                "the free label is not what was read back after writing it",
            )),
        }
    }

    /// The side carries this label now, or needs none.
    fn record_label(&self, side: i64, label: Option<LabelInfo>) -> Result<()> {
        let (now, label) = (self.now(), Arc::new(label));
        self.host.catalog.write(move |transaction| {
            let before = transaction.cartridge(medium_key(side))?;
            let mut after = before.clone();
            for row in after.sides.iter_mut().filter(|row| row.key == side) {
                if let Some(info) = label.as_ref() {
                    row.label = Some(label_of(info));
                }
                row.pending_label = None;
                row.state = SideState::Available;
            }
            transaction.store_cartridge(&before, after, now)
        })
    }
}

impl Attached {
    /// Everything about the medium may be tried again.
    pub(crate) fn forget_failed_labels(&self, medium: i64) {
        self.failed_labels.lock().retain(|side| medium_key(*side) != medium);
    }
}

/// What is written on the outside of the cartridge.
fn name_on_cartridge(cartridge: &Cartridge) -> String {
    if cartridge.medium.bar_code.is_empty() {
        cartridge.medium.key.to_string()
    } else {
        cartridge.medium.bar_code.clone()
    }
}
