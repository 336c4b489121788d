//! Writing free labels onto media that entered a free pool.

use std::sync::Arc;

use super::Attached;
use super::bring::Read;
use super::claim::way_of;
use super::failure::because_of;
use super::failure::device;
use super::plan::Claim;
use super::put_away::Rest;
use super::verify::label_of;
use crate::catalog::{Cartridge, LibraryRequestRow, View, medium_key, side_number};
use crate::device::{DeviceResult, MediumIo};
use crate::error::{Error, ErrorKind, Result};
use crate::label::{FreeLabel, LabelInfo};
use crate::model::{
    DeviceEventKind, DeviceType, LibraryOperation, LibraryRequestId, LibraryRequestState, SideState,
};

/// A free label that is to be written now.
#[derive(Clone, Copy, Debug)]
struct Assignment {
    request: LibraryRequestId,
    side: i64,
    claim: Claim,
}

/// The request for whose label a medium is moved.
pub(super) fn label_of_medium(view: &View<'_>, medium: i64) -> Result<Option<LibraryRequestRow>> {
    let rows = view.requests_of_medium(view.cartridge(medium)?.medium.id)?;
    let is_it = |row: &LibraryRequestRow| {
        row.task.operation == LibraryOperation::WriteFreeLabel
            && row.state == LibraryRequestState::InProcess
    };
    Ok(rows.into_iter().find(is_it))
}

impl Attached {
    /// Writes the free label for which a drive and a medium have been taken.
    pub(super) fn carry_out_label(&self, drive: i64, medium: i64) -> Result<()> {
        let assignment = self.host.catalog.read(|view| {
            let Some(row) = label_of_medium(view, medium)? else { return Ok(None) };
            let Some(id) = row.task.side else { return Ok(None) };
            let Some(side) = view.side_key(id)? else { return Ok(None) };
            let way = way_of(view, drive, &view.cartridge(medium)?, side)?;
            let claim = way.map(|way| Claim { drive, way });
            Ok(claim.map(|claim| Assignment { request: row.id, side, claim }))
        })?;
        match assignment {
            Some(assignment) => self.label(&assignment),
            None => self.relinquish(drive, Some(medium)),
        }
    }

    /// Labels the side and puts the medium away. The request passes when the new label is recorded.
    /// A failure is noted at it, and is none of the caller's.
    fn label(&self, assignment: &Assignment) -> Result<()> {
        let Assignment { request, side, claim } = assignment;
        // Whatever goes wrong while the side is brought up has been undone.
        let up = self.bring_checked(claim, *side).map_err(|not| not.error);
        let done = up.and_then(|(_, read)| {
            self.or_settle(claim, || {
                let written = self.write_label(claim, *side, &read);
                let drive = self.drive_unit(claim.drive)?;
                let put_away = self.put_away(drive, medium_key(*side), Rest::WELL, true);
                written.and(put_away)
            })
        });
        if done.is_err() && self.is_stuck() {
            return self.wait_for_person(vec![*request]);
        }
        if let Err(error) = done {
            tracing::warn!(%error, "a free label was not written");
            let because = Some(because_of(&error));
            if let Err(error) = self.end_request(*request, because.clone()) {
                tracing::warn!(%error, "a failure is told later");
                self.owe_request(*request, because);
            }
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
        self.write_and_verify(claim, medium_key(side), &label)?;
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

    fn write_and_verify(&self, claim: &Claim, medium: i64, label: &FreeLabel<'_>) -> Result<()> {
        let drive = self.drive_unit(claim.drive)?;
        let write = || -> DeviceResult<()> {
            let mut medium: Box<dyn MediumIo> = drive.device.open()?;
            label.write(medium.as_mut())
        };
        let couple = (claim.drive, medium);
        write().map_err(|error| {
            self.count_failure(DeviceEventKind::WriteFailed, couple, &error);
            device("the free label could not be written", error)
        })?;
        let read = self.read_side(drive).map_err(|error| {
            self.count_failure(DeviceEventKind::ReadFailed, couple, &error);
            device("the free label could not be read back", error)
        })?;
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

/// What is written on the outside of the cartridge.
fn name_on_cartridge(cartridge: &Cartridge) -> String {
    if cartridge.medium.bar_code.is_empty() {
        cartridge.medium.key.to_string()
    } else {
        cartridge.medium.bar_code.clone()
    }
}
