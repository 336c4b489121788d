//! A side comes up, and what a label that is not the right one does.

use super::Attached;
use super::bring::{NotUp, Read, Trouble};
use super::crew::{catch, caught};
use super::failure::device;
use super::plan::{Claim, Way};
use super::put_away::Rest;
use super::verify::{Check, check};
use crate::catalog::{Cartridge, SideRow, medium_key, side_number};
use crate::device::{DeviceError, DeviceErrorKind, LoadedMedium};
use crate::error::{Error, ErrorKind, Result};
use crate::model::{DeviceEventKind, ObjectType};

impl Attached {
    /// Brings a side up and makes sure that it is the right one; else everything is undone.
    pub(super) fn bring_checked(
        &self,
        claim: &Claim,
        side: i64,
    ) -> std::result::Result<(LoadedMedium, Read), NotUp> {
        self.or_settle(claim, || self.bring_and_check(claim, side))
    }

    /// Does something with a drive. Whoever fails puts it in order; whoever panics does not.
    pub(super) fn or_settle<T, E: From<Error>>(
        &self,
        claim: &Claim,
        work: impl FnOnce() -> std::result::Result<T, E>,
    ) -> std::result::Result<T, E> {
        catch(work).unwrap_or_else(|panic| {
            let from = match claim.way {
                Way::Transfer { from, .. } => Some(from),
                Way::InPlace | Way::Turn | Way::Fetch { .. } => None,
            };
            for drive in from.into_iter().chain([claim.drive]) {
                caught(|| self.settle_drive(drive))?;
            }
            Err(panic.into())
        })
    }

    fn bring_and_check(
        &self,
        claim: &Claim,
        side: i64,
    ) -> std::result::Result<(LoadedMedium, Read), NotUp> {
        let medium = medium_key(side);
        let loaded = match self.bring_up(claim, medium, side_number(side)) {
            Ok(loaded) => loaded,
            Err(trouble) => return Err(self.give_up(claim, medium, trouble)),
        };
        let read = self
            .drive_unit(claim.drive)
            .map_err(Trouble::Failed)
            .and_then(|drive| self.read_side(drive).map_err(Trouble::NotRead));
        let read = match read {
            Ok(read) => read,
            Err(trouble) => return Err(self.give_up(claim, medium, trouble)),
        };
        let cartridge = self.host.catalog.read(|view| view.cartridge(medium))?;
        let row = side_of(&cartridge, side)?;
        match check(row, &read.label) {
            Check::Same | Check::Pending(_) => Ok((loaded, read)),
            Check::Unreadable => {
                let error = read.error.unwrap_or_else(|| {
                    DeviceError::new(DeviceErrorKind::MediumFault, "the label is unreadable")
                });
                Err(self.refuse_unreadable(claim, &cartridge, error))
            }
            Check::NowLabelled | Check::Different => {
                let reason =
                    format!("the label read is {}, not {}", describe(&read), recorded(row));
                let cause = Error::new(ErrorKind::UnexpectedOmid, reason);
                let cause = cause.about(ObjectType::Side, row.id);
                Err(self.refuse(claim, &cartridge, Rest::IN_DOUBT, cause).into())
            }
        }
    }

    /// The label could not be read: the cartridge goes back, to be tried in another drive or to be
    /// identified.
    fn refuse_unreadable(&self, claim: &Claim, cartridge: &Cartridge, error: DeviceError) -> NotUp {
        let couple = (claim.drive, cartridge.medium.key);
        let opinion = self.count_failure(DeviceEventKind::ReadFailed, couple, &error);
        let rest = if opinion.wants_second { Rest::UNREAD } else { Rest::UNREADABLE };
        let cause = device("the label could not be read", error);
        let error = self.refuse(claim, cartridge, rest, cause);
        NotUp { error, wants_second: opinion.wants_second, is_stuck: self.is_stuck() }
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
