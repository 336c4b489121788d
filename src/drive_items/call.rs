//! One call: examined, then done.

use super::DriveItems;
use super::examine::Examined;
use super::item::Items;
use super::outcome::{Failure, ItemCall, Overall};
use crate::model::{DriveId, ProcessId};
use crate::session::Session;

/// A call that was examined.
pub(super) struct Call {
    examined: Result<(Examined, Option<DriveId>), Failure>,
}

impl Call {
    /// Examines a call; with a device number, it is for a drive.
    pub(super) fn begin(
        layer: &DriveItems,
        items: Items<'_>,
        user_id: Option<i32>,
        ldev: Option<i32>,
    ) -> Self {
        Self { examined: examine(layer, items, user_id, ldev) }
    }

    pub(super) fn drive(&self) -> Option<DriveId> {
        self.examined.as_ref().ok().and_then(|(_, drive)| *drive)
    }

    /// Does what is to be done for the process that is meant, if nothing is wrong.
    pub(super) fn run(
        self,
        act: impl FnOnce(Option<u32>) -> crate::Result<Option<i32>>,
    ) -> ItemCall {
        let failed = |overall| ItemCall { overall, item_status: Vec::new(), ldev: None };
        let (examined, _) = match self.examined {
            Ok(examined) => examined,
            Err(failure) => return failed(failure.into()),
        };
        if let Some(overall) = examined.bad_item() {
            return ItemCall { overall, item_status: examined.statuses, ldev: None };
        }
        match act(examined.pin()) {
            Ok(ldev) => {
                ItemCall { overall: Overall::Success, item_status: examined.statuses, ldev }
            }
            Err(error) => failed(Failure::Rsm(error).into()),
        }
    }
}

fn examine(
    layer: &DriveItems,
    items: Items<'_>,
    user_id: Option<i32>,
    ldev: Option<i32>,
) -> Result<(Examined, Option<DriveId>), Failure> {
    let user_id = user_id.filter(|id| *id != 0);
    let is_granted = match user_id {
        Some(id) => id == layer.vendor,
        None => layer.table.lock().is_switched_on,
    };
    if !is_granted {
        return Err(Failure::NotAuthorised);
    }
    let items = items.list()?;
    let drive = ldev.map(|ldev| layer.table.lock().drive(ldev)).transpose()?;
    let owner = drive.map(|drive| owner_of(&layer.session, drive)).transpose()?.flatten();
    let owner = owner.map(ProcessId::value);
    let is_valid = |pin: i32| {
        pin == 0 || u32::try_from(pin).is_ok_and(|id| owner == Some(id) || is_alive(pin))
    };
    let mut examined = Examined::of(&items, is_valid);
    if drive.is_some() {
        examined.check_owner(owner, std::process::id())?;
    }
    Ok((examined, drive))
}

/// The process that keeps a drive.
pub(super) fn owner_of(session: &Session, drive: DriveId) -> crate::Result<Option<ProcessId>> {
    let all = session.drive_reservations()?;
    Ok(all.into_iter().find(|info| info.drive == drive).map(|info| info.holder.owner.process))
}

/// Whether there is such a process; one that we may not signal is one, too.
fn is_alive(pin: i32) -> bool {
    use rustix::io::Errno;
    let Some(process) = rustix::process::Pid::from_raw(pin).filter(|_| pin > 0) else {
        return false;
    };
    matches!(rustix::process::test_kill_process(process), Ok(()) | Err(Errno::PERM))
}
