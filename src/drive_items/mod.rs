//! Exclusive drives in the manner of the HP MPE/iX AIFMO calls: numbered devices, lists of numbered
//! items, a status for the call and one for each item.
//!
//! A layer over [`Session`], for programs that were written for those calls. It keeps a table of
//! device numbers, examines the items by the rules of the original, and then does what
//! [`reserve_drive`](Session::reserve_drive), [`release_drive`](Session::release_drive),
//! [`mount`](Session::mount) and [`dismount`](Session::dismount) do. What differs: any drive counts,
//! not only optical ones; a medium is named by its logical medium or side; codes are numbers of
//! this crate, since those of the original were never published.
//!
//! # In what order a call is examined
//!
//! 1. The vendor's id, or whether access was switched on.
//! 2. Whether the item lists are all there, or none.
//! 3. The device number: a drive, or something else.
//! 4. The items, from left to right, each: its number, whether it was there before, whether it has a
//!    value, whether the value is valid. All are examined, also behind a bad one.
//! 5. Whether the drive is the caller's, or the process's that the pin names: if anybody's.
//!
//! Only then something is done, and only if no item is bad.
//!
//! ```
//! # let directory = tempfile::tempdir()?;
//! # use std::sync::Arc;
//! # use rsm::OpenOptions;
//! # use rsm::device::simulated::SimulatedLibrary;
//! # let manager = OpenOptions::new().create(true).open(directory.path())?;
//! # let library = manager.attach(Arc::new(SimulatedLibrary::builder().build()?))?;
//! use rsm::drive_items::{DriveItems, Item, Items, PIN};
//!
//! const VENDOR: i32 = 17;
//! let layer = DriveItems::new(Arc::new(manager.session("ported")?), VENDOR);
//! let ldev = layer.mo_allocate(library, Items::None, Some(VENDOR)).ldev.expect("a drive");
//! let own = Item::new(PIN, 0);
//! let freed = layer.mo_deallocate(ldev, &[own], Some(VENDOR));
//! assert_eq!(freed.overall.value(), 0);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod call;
mod examine;
mod item;
mod outcome;
mod table;

use std::sync::Arc;

use parking_lot::Mutex;

pub use item::{Item, ItemStatus, Items, PIN};
pub use outcome::{Failure, ItemCall, Overall};
pub use table::Device;

use crate::error::{Error, ErrorKind, Result};
use crate::model::{
    DismountOptions, DriveId, DriveSelector, MediaRef, MountRequest, ProcessId, ReserveOptions,
    Timeout,
};
use crate::session::{Mount, Session};
use call::Call;
use table::Table;

/// The calls, for one session. Several threads may use it at once.
///
/// The drives it has allocated and the media it has mounted are given back when it is dropped.
pub struct DriveItems {
    // First: what is mounted goes before the drive it is in.
    table: Mutex<Table>,
    session: Arc<Session>,
    vendor: i32,
    timeout: Timeout,
}

impl DriveItems {
    /// The calls in the name of a session, for programs that know the id of this vendor, which is not
    /// 0. Calls wait for drives without limit, unless [stated otherwise](DriveItems::waiting).
    pub fn new(session: Arc<Session>, vendor: i32) -> Self {
        Self { table: Mutex::default(), session, vendor, timeout: Timeout::Forever }
    }

    /// The same, waiting for drives as stated.
    #[must_use]
    pub fn waiting(self, timeout: Timeout) -> Self {
        Self { timeout, ..self }
    }

    /// Switches access on for the vendor: from now on calls need no id, or 0. Any other id fails with
    /// `NotAuthorised`.
    pub fn switch_on(&self, user_id: i32) -> Overall {
        if user_id != self.vendor || user_id == 0 {
            return Failure::NotAuthorised.into();
        }
        self.table.lock().is_switched_on = true;
        Overall::Success
    }

    /// Gives a drive or a library a device number, in place of what had it. Numbers begin at 1; any
    /// other is refused.
    ///
    /// # Errors
    /// `InvalidDrive`: the number is 0 or negative.
    pub fn assign(&self, ldev: i32, device: impl Into<Device>) -> Result<(), Failure> {
        self.table.lock().assign(ldev, device.into())
    }

    /// What a device number stands for.
    pub fn device(&self, ldev: i32) -> Option<Device> {
        self.table.lock().device(ldev)
    }

    /// The process that owns a drive; none when it is free, whatever is mounted there.
    ///
    /// # Errors
    /// `InvalidDrive`, `NotAnOpticalDrive`: the number is unknown; it is a library's. `Rsm`: the
    /// session is closed, or the catalog cannot be read.
    pub fn owner(&self, ldev: i32) -> Result<Option<ProcessId>, Failure> {
        let drive = self.table.lock().drive(ldev)?;
        Ok(call::owner_of(&self.session, drive)?)
    }

    /// What was mounted in a drive by this layer, for opening it.
    pub fn mounted(&self, ldev: i32) -> Option<Arc<Mount>> {
        self.table.lock().mount(ldev)
    }

    /// Allocates a drive: to the caller, or to the process that the pin names. `ldev` of the outcome
    /// is the drive's number; a drive that has none gets the lowest that is free.
    ///
    /// Fails as [`Session::reserve_drive`] does.
    #[doc(alias = "AIFMOALLOCATE")]
    pub fn mo_allocate<'a>(
        &self,
        drive: impl Into<DriveSelector>,
        items: impl Into<Items<'a>>,
        user_id: Option<i32>,
    ) -> ItemCall {
        Call::begin(self, items.into(), user_id, None).run(|pin| {
            let options = ReserveOptions::from(self.timeout);
            let options = pin.map_or(options, |owner| options.for_process(owner));
            let reservation = self.session.reserve_drive(drive, options)?;
            let (ldev, _before) = self.table.lock().keep(reservation);
            Ok(Some(ldev))
        })
    }

    /// Gives a drive back: others can have it as soon as the call succeeds. A medium stays mounted
    /// there. A drive that is free already is no error.
    ///
    /// Fails as [`Session::release_drive`] does.
    #[doc(alias = "AIFMODEALLOCATE")]
    pub fn mo_deallocate<'a>(
        &self,
        ldev: i32,
        items: impl Into<Items<'a>>,
        user_id: Option<i32>,
    ) -> ItemCall {
        self.on_drive(ldev, items.into(), user_id, |drive| {
            let kept = self.table.lock().release(drive);
            match (self.session.release_drive(drive, None), kept) {
                (Err(error), Some(kept)) => {
                    let _none = self.table.lock().keep(kept);
                    Err(error)
                }
                // What it was kept by is of no account now.
                (released, _) => released.map(drop),
            }
        })
    }

    /// Mounts a side in the drive.
    ///
    /// Fails as [`Session::mount`] does.
    #[doc(alias = "AIFMOMOUNT")]
    pub fn mo_mount<'a>(
        &self,
        ldev: i32,
        media: impl Into<MountRequest>,
        items: impl Into<Items<'a>>,
        user_id: Option<i32>,
    ) -> ItemCall {
        self.on_drive(ldev, items.into(), user_id, |drive| {
            let mount = self.session.mount(media.into().in_drives([drive]))?;
            let _before = self.table.lock().put(drive, Arc::new(mount));
            Ok(())
        })
    }

    /// Dismounts what this layer has mounted in the drive; the medium goes home.
    ///
    /// Fails as [`Session::dismount`] does, and with `InvalidState` when there is nothing.
    #[doc(alias = "AIFMODISMOUNT")]
    pub fn mo_dismount<'a>(
        &self,
        ldev: i32,
        items: impl Into<Items<'a>>,
        user_id: Option<i32>,
    ) -> ItemCall {
        self.on_drive(ldev, items.into(), user_id, |drive| {
            let mount = self.table.lock().take(drive).ok_or_else(|| {
                let reason = "nothing was mounted in the drive by this layer";
                Error::new(ErrorKind::InvalidState, reason)
            })?;
            let side = MediaRef::from(mount.side());
            let done = self.session.dismount(&[side], DismountOptions::IMMEDIATE);
            // Whoever ended it, it is there no more.
            if done.as_ref().is_err_and(|error| error.kind() != ErrorKind::InvalidState) {
                let _none = self.table.lock().put(drive, mount);
            }
            done
        })
    }

    fn on_drive(
        &self,
        ldev: i32,
        items: Items<'_>,
        user_id: Option<i32>,
        act: impl FnOnce(DriveId) -> Result<()>,
    ) -> ItemCall {
        let call = Call::begin(self, items, user_id, Some(ldev));
        let drive = call.drive();
        call.run(|_| drive.map_or(Ok(()), act).map(|()| None))
    }
}

impl std::fmt::Debug for DriveItems {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("DriveItems").field("session", &self.session).finish_non_exhaustive()
    }
}
