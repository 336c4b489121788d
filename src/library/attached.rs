//! A library whose hardware this process owns.
//!
//! Locks: `arm` of a changer is held for one movement and its commit; `tasks`, `run`, `jobs`,
//! `doors` and `under_way` for a few instructions. None is held while another of them, a drive or a signal is waited for.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use parking_lot::Mutex;

use super::debts::Debts;
use super::doors::DoorWatch;
use super::host::Host;
use super::jobs::Job;
use super::lock::LibraryLock;
use super::pool::Pool;
use super::run::Run;
use super::stand_alone::ByHand;
use super::stuck::Stuck;
use super::units::{ChangerUnit, DriveUnit};
use super::worker::Tasks;
use crate::catalog::Watch;
use crate::clock::Signal;
use crate::device::LibraryDevice;
use crate::error::{Error, ErrorKind, Result};
use crate::model::{LibraryId, ObjectType, Timestamp};

/// A library whose hardware this process owns.
pub(crate) struct Attached {
    pub(super) host: Host,
    pub(super) key: i64,
    pub(super) id: LibraryId,
    /// Keeps the hardware open.
    pub(super) device: Arc<dyn LibraryDevice>,
    pub(super) changers: Vec<ChangerUnit>,
    pub(super) drives: Vec<DriveUnit>,
    /// The media type of a cartridge when its drive does not tell.
    pub(super) usual_type: i64,
    /// Raised when there is something to do, or a drive or medium has become free. Operations in
    /// the catalog raise it by the library's id.
    pub(super) changed: Arc<Signal>,
    pub(super) _watch: Watch,
    pub(super) tasks: Mutex<Tasks>,
    /// Raised when the worker has nothing more to do.
    pub(super) rested: Arc<Signal>,
    /// Of a stand-alone library.
    pub(super) by_hand: Option<ByHand>,
    pub(super) run: Mutex<Option<Arc<Run>>>,
    /// The drives in which something granted is being carried out.
    pub(super) under_way: Mutex<HashSet<i64>>,
    pub(super) debts: Mutex<Debts>,
    /// While the robot cannot go on without a person.
    pub(super) stuck: Mutex<Option<Stuck>>,
    /// What cannot be used, in words.
    pub(super) troubles: Mutex<Vec<String>>,
    /// Work that the crew is at, by the keys of its requests.
    pub(super) jobs: Mutex<HashMap<i64, Job>>,
    pub(super) doors: Mutex<DoorWatch>,
    /// Raised when the device notices that something has changed, and then `changed` is as well.
    pub(super) changes: Option<Arc<Signal>>,
    /// Its threads that use devices.
    pub(super) pool: Pool,
    /// Until the library is given back.
    pub(super) lock: Mutex<Option<LibraryLock>>,
}

impl Attached {
    /// The row of the library.
    pub(crate) fn key(&self) -> i64 {
        self.key
    }

    pub(crate) fn id(&self) -> LibraryId {
        self.id
    }

    /// Raised when a drive or medium of the library may have become free.
    pub(crate) fn changed(&self) -> &Arc<Signal> {
        &self.changed
    }

    pub(super) fn now(&self) -> Timestamp {
        self.host.now()
    }

    pub(super) fn drive_unit(&self, key: i64) -> Result<&DriveUnit> {
        self.drives.iter().find(|drive| drive.key == key).ok_or_else(|| {
            Error::new(ErrorKind::DeviceNotAvailable, "the drive does not answer")
                .about(ObjectType::Library, self.id)
        })
    }

    pub(super) fn changer_of(&self, drive: &DriveUnit) -> Result<&ChangerUnit> {
        let changer = drive.changer.and_then(|changer| self.changers.get(changer));
        changer.ok_or_else(|| Error::from(ErrorKind::Internal))
    }

    /// Another may own the library's hardware from now on, whoever still looks at this.
    pub(super) fn unlock(&self) {
        self.lock.lock().take();
    }

    /// Whether the library is still attached.
    pub(crate) fn is_stopped(&self) -> bool {
        self.tasks.lock().stop
    }
}

impl std::fmt::Debug for Attached {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Attached").field("id", &self.id).field("device", &self.device).finish()
    }
}
