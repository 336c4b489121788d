//! Mounting one side for a session, and what a label that is not the right one does.

use std::sync::Arc;

use uuid::Uuid;

use super::Attached;
use super::bring::{Read, Trouble};
use super::claim::Claim;
use super::failure::device;
use super::lease::Lease;
use super::put_away::Rest;
use super::verify::{Check, check};
use crate::catalog::{
    Cartridge, MountRow, Place, SideRow, Transaction, first_side_key, medium_key, side_number,
};
use crate::device::LoadedMedium;
use crate::error::{Error, ErrorKind, Result};
use crate::model::{DriveState, MediaState, ObjectType, SideState, Timestamp};

impl Attached {
    /// Mounts a side as the claim says: it comes up, its label is checked, and it is the session's.
    ///
    /// # Errors
    /// What the device says; `InvalidMedia`, caused by `UnexpectedOmid`, when another label is on
    /// the side. The cartridge is back in its slot then, and nothing is given out.
    pub(crate) fn perform_mount(
        &self,
        claim: &Claim,
        side: i64,
        session: Uuid,
    ) -> Result<Arc<Lease>> {
        let medium = medium_key(side);
        let (loaded, read) = self.bring_checked(claim, side).inspect_err(|error| {
            // Cartridges have been exchanged, or a label was written that nobody told of.
            if error.kind() == ErrorKind::InvalidMedia {
                self.want_recovery();
            }
        })?;
        let mount = MountRow {
            side,
            drive: claim.drive,
            process: self.host.catalog.process(),
            session,
            handles: 0,
        };
        let (now, read) = (self.now(), Arc::new((loaded, read)));
        let done = self
            .host
            .catalog
            .write(move |transaction| record_mount(transaction, &mount, &read.0, &read.1, now));
        if let Err(error) = done {
            return Err(self.give_up(claim, medium, Trouble::Failed(error)));
        }
        self.saw(medium);
        let lease = Lease::new(session, claim.drive, side);
        self.leases.lock().insert(claim.drive, Arc::clone(&lease));
        Ok(lease)
    }

    /// Brings a side up and makes sure that it is the right one; else everything is undone.
    pub(super) fn bring_checked(&self, claim: &Claim, side: i64) -> Result<(LoadedMedium, Read)> {
        let medium = medium_key(side);
        let loaded = match self.bring_up(claim, medium, side_number(side)) {
            Ok(loaded) => loaded,
            Err(trouble) => return Err(self.give_up(claim, medium, trouble)),
        };
        let read = self.drive_unit(claim.drive).and_then(|drive| {
            self.read_side(drive).map_err(|error| device("the label could not be read", error))
        });
        let read = match read {
            Ok(read) => read,
            Err(error) => return Err(self.give_up(claim, medium, Trouble::Failed(error))),
        };
        let cartridge = self.host.catalog.read(|view| view.cartridge(medium))?;
        let row = side_of(&cartridge, side)?;
        match check(row, &read.label) {
            Check::Same | Check::Pending(_) => Ok((loaded, read)),
            Check::Unreadable => {
                let cause = read.error.map_or_else(
                    || Error::from(ErrorKind::UnexpectedOmid),
                    |error| device("the label could not be read", error),
                );
                Err(self.refuse(claim, &cartridge, Rest::UNREADABLE, cause))
            }
            Check::NowLabelled | Check::Different => {
                let reason =
                    format!("the label read is {}, not {}", describe(&read), recorded(row));
                let cause = Error::new(ErrorKind::UnexpectedOmid, reason);
                let cause = cause.about(ObjectType::Side, row.id);
                Err(self.refuse(claim, &cartridge, Rest::IN_DOUBT, cause))
            }
        }
    }

    /// The cartridge is not the one it should be: it goes back, to be identified.
    fn refuse(&self, claim: &Claim, cartridge: &Cartridge, rest: Rest, cause: Error) -> Error {
        let put_away = self
            .drive_unit(claim.drive)
            .and_then(|drive| self.put_away(drive, cartridge.medium.key, rest, true));
        if let Err(error) = put_away {
            tracing::warn!(%error, "a cartridge with a wrong label stays in its drive");
        }
        let title = cartridge.medium.title();
        let (kind, reason) = if cause.kind() == ErrorKind::UnexpectedOmid {
            let reason = format!(
                "another cartridge is in the place of medium {title}, or its label has changed"
            );
            (ErrorKind::InvalidMedia, reason)
        } else {
            (cause.kind(), format!("medium {title}: its label could not be read"))
        };
        Error::new(kind, reason)
            .about(ObjectType::PhysicalMedia, cartridge.medium.id)
            .caused_by(cause)
    }
}

fn side_of(cartridge: &Cartridge, side: i64) -> Result<&SideRow> {
    let found = cartridge.sides.iter().find(|row| row.key == side);
    found.ok_or_else(|| Error::new(ErrorKind::InvalidMedia, "the medium has no such side"))
}

fn describe(read: &Read) -> String {
    match read.label.label() {
        Some(info) => format!("{} {}", info.label_type(), info.label_id().escape_ascii()),
        None => read.label.hint().unwrap_or_else(|| "unreadable".to_owned()),
    }
}

fn recorded(side: &SideRow) -> String {
    match &side.label {
        Some(label) => format!("{} {}", label.label_type, label.label_id.escape_ascii()),
        None => "blank or unknown".to_owned(),
    }
}

/// What a mount changes in the catalog, in one transaction.
fn record_mount(
    transaction: &Transaction<'_>,
    mount: &MountRow,
    loaded: &LoadedMedium,
    read: &Read,
    now: Timestamp,
) -> Result<()> {
    let before = transaction.cartridge(medium_key(mount.side))?;
    let mut after = before.clone();
    let number = side_number(mount.side);
    after.medium.state = MediaState::Loaded;
    after.medium.place = Place::Drive(mount.drive);
    after.medium.mounted_side = Some(number);
    for side in after.sides.iter_mut().filter(|side| side.key == mount.side) {
        if side.mount_count == 0 {
            after.medium.media_code = loaded.medium_code.map_or(after.medium.media_code, u32::from);
            after.medium.density_code = loaded.density.map_or(after.medium.density_code, u32::from);
            let capacity = read.capacity.and_then(|bytes| i64::try_from(bytes).ok());
            side.capacity = capacity.unwrap_or(side.capacity);
        }
        side.mount_count = side.mount_count.saturating_add(1);
        adopt_pending(side, read);
    }
    transaction.store_cartridge(&before, after, now)?;
    transaction.change_drive(mount.drive, now, |row| {
        row.state = DriveState::Loaded;
        row.saved_side = Some(first_side_key(before.medium.key) + i64::from(number));
        row.deferred_since = None;
        row.mount_count = row.mount_count.saturating_add(1);
    })?;
    transaction.end_movement(mount.drive)?;
    transaction.insert_mount(mount, now)
}

/// A free label whose record was lost turns out to be there.
pub(super) fn adopt_pending(side: &mut SideRow, read: &Read) {
    if let Check::Pending(label) = check(side, &read.label) {
        side.label = Some(label);
        side.pending_label = None;
        if side.state == SideState::Unprepared {
            side.state = SideState::Available;
        }
    }
}
