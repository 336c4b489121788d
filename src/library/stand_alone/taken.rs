//! A medium that people took out of a stand-alone drive.

use super::look::Looked;
use crate::catalog::Transaction;
use crate::error::Result;
use crate::library::Attached;
use crate::library::leave::{dismiss, take_offline};
use crate::library::put_away::empty_drive_row;
use crate::library::units::DriveUnit;
use crate::model::{PortContent, PortPosition, Timestamp};

/// What lies in the mouth of a stand-alone drive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::library) enum Mouth {
    Empty,
    /// A cartridge that was ejected and waits to be taken.
    Full,
}

impl Attached {
    /// Nothing is in the drive any more. A mount on it is lost; the medium leaves by the leave rule.
    pub(super) fn record_taken(&self, drive: &DriveUnit, lies_outside: bool) -> Result<Looked> {
        let (library, key, now) = (self.key, drive.key, self.now());
        let mouth = if lies_outside { Mouth::Full } else { Mouth::Empty };
        let done = self.host.catalog.write(move |transaction| {
            if transaction.movement_of_drive(key)?.is_some() {
                return Ok(Looked::Busy);
            }
            transaction.lose_mount(key, now)?;
            let policy = transaction.computer()?.media_pool_policy;
            let medium = transaction.medium_in_drive(key)?;
            empty_drive_row(transaction, key, false, now)?;
            set_mouth(transaction, library, mouth, now)?;
            medium.map_or(Ok(()), |medium| dismiss(transaction, medium, policy, now))?;
            Ok(Looked::Done)
        })?;
        if done == Looked::Done {
            self.revoke_lease(key);
            self.changed.raise();
        }
        Ok(done)
    }

    /// What was to be used in the drive was not there. [D] The record is kept, whatever its pool.
    pub(in crate::library) fn record_missing(&self, drive: i64, medium: i64) -> Result<()> {
        let (library, now) = (self.key, self.now());
        self.host.catalog.write(move |transaction| {
            take_offline(transaction, medium, now)?;
            set_mouth(transaction, library, Mouth::Empty, now)?;
            empty_drive_row(transaction, drive, true, now)
        })
    }
}

/// Records what lies in the mouth of the drive.
pub(in crate::library) fn set_mouth(
    transaction: &Transaction<'_>,
    library: i64,
    mouth: Mouth,
    now: Timestamp,
) -> Result<()> {
    let (content, position) = match mouth {
        Mouth::Empty => (PortContent::Empty, PortPosition::Retracted),
        Mouth::Full => (PortContent::Full, PortPosition::Extended),
    };
    for port in transaction.ports_of_library(library)? {
        transaction.set_port_state(&port, content, position, now)?;
    }
    Ok(())
}
