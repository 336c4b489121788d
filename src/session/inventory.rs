//! InventoryNtmsLibrary: what is where.

use super::Session;
use super::context::{present, require};
use crate::error::{Error, ErrorKind, Result};
use crate::model::{
    AccessRights, InventoryMethod, LibraryId, LibraryType, ObjectType, OperationalState,
};

impl Session {
    /// Finds out what is where in a library.
    ///
    /// `Fast` believes bar codes; without a bar-code reader it looks only for slots that were
    /// filled or emptied. `FullLabelRead` reads every label. `LibraryDefault` does what is set for
    /// the library, `SlotsOnly` the same without touching the drives; `None` does nothing, `Stop`
    /// ends a running inventory, after which nothing is taken to be missing.
    ///
    /// A stand-alone drive is looked into, and what is new in it is read before the call returns;
    /// `FullLabelRead` loads and reads whatever is there, also what was ejected and not taken.
    ///
    /// Of a robotic library it returns when everything has been looked at: slots whose cartridges must be read are
    /// NeedsInventory, and the library's own thread reads them
    /// ([`wait_until_idle`](crate::Manager::wait_until_idle)). Media that are seen nowhere leave
    /// the library when that is done. An inventory that is asked for while another one reads takes
    /// its place.
    ///
    /// # Errors
    /// * `InvalidHandle`, `InvalidParameter`: the session is closed, the id is missing.
    /// * `InvalidLibrary`, `AccessDenied`: no such library; CONTROL on it is missing.
    /// * `LibraryOffline`, `ResourceDisabled`: the offline library; the library is disabled.
    /// * `DeviceNotAvailable`: the library is not present, or another process has it; a device
    ///   does not answer.
    /// * `LibraryFull`: a drive that nobody uses holds a cartridge, and no slot is empty.
    /// * `NotReady`, `MediumNotAccessible`, `Empty`, `WriteProtect`, `UnableToLoadMedium`,
    ///   `DriveMediaMismatch`: what else the devices say.
    #[doc(alias = "InventoryNtmsLibrary")]
    pub fn inventory_library(&self, library: LibraryId, method: InventoryMethod) -> Result<()> {
        self.check_open()?;
        present(library, "the library")?;
        let context = self.context();
        let fail =
            |kind, reason: String| Error::new(kind, reason).about(ObjectType::Library, library);
        let row = context
            .catalog
            .read(|view| view.library_by_id(library))?
            .ok_or_else(|| fail(ErrorKind::InvalidLibrary, "no such library".to_owned()))?;
        let wanted = AccessRights::CONTROL;
        require(self.caller(), &row.security, wanted, ObjectType::Library, library)?;
        if row.library_type == LibraryType::Offline {
            return Err(fail(ErrorKind::LibraryOffline, "this is the offline library".to_owned()));
        }
        if !row.enabled {
            return Err(fail(
                ErrorKind::ResourceDisabled,
                format!("library {} is disabled", row.name),
            ));
        }
        let attached = context.libraries.find(row.key);
        let attached = attached.filter(|_| row.operational_state != OperationalState::NotPresent);
        let attached = attached.ok_or_else(|| {
            fail(
                ErrorKind::DeviceNotAvailable,
                format!(
                    "only the process that owns library {} can look into it, and this one does not",
                    row.name
                ),
            )
        })?;
        attached.inventory_with_drives(method)
    }
}
