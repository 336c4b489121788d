//! The catalog is copied, and replaced by its copy.

use super::Session;
use super::context::require_on_computer;
use crate::catalog::View;
use crate::error::Result;
use crate::model::{AccessRights, ExportInfo};

impl Session {
    /// Copies the catalog into the folder `export` of its directory, while everybody goes on.
    ///
    /// The copy is consistent, and all that had been acknowledged when the call began is in it:
    /// libraries with their devices, media with their sides and logical media, pools, media types,
    /// access rights, requests, settings. What belongs to the moment is not: sessions, mounts, reserved drives, and
    /// calls that wait; requests that were not finished are Cancelled in it.
    ///
    /// The former export is replaced when the new one is whole and on the disk, at one stroke: a
    /// call that fails, or whose process dies, leaves the former one as it was. The folder holds a
    /// `manifest`, which names the other file and its checksum. Back up the whole folder; it is not
    /// among the files that a backup program must [skip](crate::Manager::owns). A program that
    /// wants no export while it reads takes a lock on `manifest` (`flock`): the call fails with
    /// `SharingViolation` then. A copy that was taken while an export was
    /// published may mix two; importing it fails, and nothing happens.
    ///
    /// Takes a few seconds for a million media, during which all others go on.
    ///
    /// ```
    /// # let directory = tempfile::tempdir()?;
    /// # let manager = rsm::OpenOptions::new().create(true).open(directory.path())?;
    /// # let session = manager.session("example")?;
    /// let export = session.export_database()?;
    /// assert!(export.directory.join("manifest").exists());
    /// assert!(export.directory.join(&export.files[0].name).exists());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// * `AccessDenied`: CONTROL on the computer is missing; or the folder may not be written.
    /// * `SharingViolation`: another export runs, in this or another process; or somebody has locked
    ///   a file of the former one.
    /// * `DatabaseFull`: the disk is full.
    /// * `DatabaseFailure`: the catalog, or the disk, cannot be read or written.
    /// * [Those of the catalog](Session#errors-of-the-catalog).
    #[doc(alias = "ExportNtmsDatabase")]
    pub fn export_database(&self) -> Result<ExportInfo> {
        self.require_control()?;
        let context = self.context();
        context.catalog.export(context.ids.uuid(), context.clock.now())
    }

    /// Wants the catalog to be replaced by its [export](Session::export_database) at the next start.
    /// Until then nothing changes.
    ///
    /// The next start is the first opening of the catalog while no other living process has it open,
    /// and this one has closed it. While others have it open, an opening fails with `NotReady`. Close
    /// everything, then open it: what is in the folder `export` then replaces the catalog, before
    /// anything else. A process that dies meanwhile does no harm: the next opening goes on.
    ///
    /// Everything that happened since the export is forgotten: an allocation made since is not
    /// there, its id is unknown, and its side can be allocated. Which media are where is seen by the
    /// inventory when the library is [attached](crate::Manager::attach). Free labels that had not been written are
    /// written when somebody asks, with [`move_to_pool`](Session::move_to_pool) to the pool they are in.
    ///
    /// Should the export be damaged by then, the catalog stays what it is, nothing is imported any
    /// more, an error is logged (`tracing`), and people are asked to look at the computer
    /// ([`DeviceService`](crate::model::ServiceTarget::Computer)). Calling twice is harmless. The way through a disaster is in
    /// [`recovery`](crate::recovery).
    ///
    /// ```
    /// # let directory = tempfile::tempdir()?;
    /// # let directory = directory.path();
    /// use rsm::Manager;
    ///
    /// # let manager = rsm::OpenOptions::new().create(true).open(directory)?;
    /// # let session = manager.session("example")?;
    /// session.export_database()?;
    /// session.import_database()?;
    /// drop((session, manager));
    /// let manager = Manager::open(directory)?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// * `AccessDenied`: CONTROL on the computer is missing; or the directory may not be written.
    /// * `DatabaseFailure`: there is no export, or it is damaged, not whole, or of a later release.
    ///   Nothing will be imported, unless an earlier call has seen to that.
    /// * `DatabaseFull`: no room for a mark on the disk.
    /// * [Those of the catalog](Session#errors-of-the-catalog).
    #[doc(alias = "ImportNtmsDatabase")]
    pub fn import_database(&self) -> Result<()> {
        self.require_control()?;
        self.context().catalog.want_import()
    }

    /// The caller may export and import.
    fn require_control(&self) -> Result<()> {
        self.check_open()?;
        let (caller, control) = (self.caller(), AccessRights::CONTROL);
        let required = |view: &View<'_>| require_on_computer(view, caller, control);
        self.context().catalog.read(required).map(drop)
    }
}
