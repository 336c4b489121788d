//! InventoryNtmsLibrary: what is where.

use super::Session;
use super::ask_library::Watched;
use super::context::{Actor, library_to_control, present};
use crate::catalog::{Inventory, LibraryRequestRow, Removal, Transaction};
use crate::error::Result;
use crate::model::{InventoryMethod, LibraryId, LibraryRequestId, LibraryRequestState, Timeout};

impl Session {
    /// Finds out what is where in a library, in whatever process that is attached.
    ///
    /// `Fast` believes bar codes; without a bar-code reader it looks only for slots that were
    /// filled or emptied. `FullLabelRead` reads every label. `LibraryDefault` does what is set for
    /// the library, `SlotsOnly` the same without touching the drives; with `None`, nothing is done.
    ///
    /// An [inventory](crate::model::LibraryOperation::Inventory) is queued, and its id returned when
    /// everything has been looked at: slots whose cartridges must be read are NeedsInventory, and
    /// are read between what applications ask for. The request is Passed when all have been read
    /// and media that were seen nowhere have left the library. When it cannot be begun, because a
    /// door is open or the library out of order, its id is returned at once. It goes on when the
    /// session is closed, and can be [cancelled](Session::cancel_library_request).
    ///
    /// While an inventory is under way that finds out as much, its id is returned, and no other is
    /// queued. A stronger one takes up what the weaker has not read yet; both pass at the same time.
    ///
    /// `Stop` ends every inventory of the library, and returns the id of the first; they are Stopped
    /// when the cartridge that is being read is back. Nothing is taken to be missing then; what has
    /// been read stays known.
    ///
    /// A stand-alone drive is looked into, and what is new in it is read before the call returns,
    /// unless somebody uses the drive; `FullLabelRead` loads and reads whatever is there, also what
    /// was ejected and not taken.
    ///
    /// ```no_run
    /// use rsm::model::{InventoryMethod, LibraryId, Timeout};
    /// # fn example(manager: &rsm::Manager, session: &rsm::Session, library: LibraryId)
    /// # -> rsm::Result<()> {
    /// if let Some(request) = session.inventory_library(library, InventoryMethod::Fast)? {
    ///     manager.wait_until_idle(Timeout::Forever)?;
    ///     println!("{:?}", session.info(request)?.state);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// * `InvalidHandle`, `InvalidParameter`: the session is closed, the id is missing.
    /// * `InvalidLibrary`: no such library.
    /// * `AccessDenied`: CONTROL on it is missing, and on the computer.
    /// * `LibraryOffline`, `ResourceDisabled`, `DeviceNotAvailable`: it is the offline library; it
    ///   is disabled; it is not present, or a device does not answer.
    /// * `Cancelled`: the inventory was cancelled or stopped before everything had been looked at,
    ///   or the session was closed meanwhile, and the inventory goes on.
    /// * `NotReady`, `MediumNotAccessible`, `Empty`, `WriteProtect`, `UnableToLoadMedium`,
    ///   `DriveMediaMismatch`: what else the devices say.
    #[doc(alias = "InventoryNtmsLibrary")]
    pub fn inventory_library(
        &self,
        library: LibraryId,
        method: InventoryMethod,
    ) -> Result<Option<LibraryRequestId>> {
        self.check_open()?;
        present(library, "the library")?;
        let _running = self.begin_wait()?;
        let actor = self.actor();
        let row = self.write(move |on| match method {
            InventoryMethod::Stop => stop(on, &actor, library),
            _ => ask(on, &actor, library, method),
        })?;
        let Some(row) = row else { return Ok(None) };
        if method != InventoryMethod::Stop
            && let Watched::Left(_, why) = self.watch_request(&row, Timeout::Forever, has_looked)?
        {
            return Err(why);
        }
        Ok(Some(row.id))
    }
}

/// Whether there is nothing more to wait for now.
fn has_looked(row: &LibraryRequestRow) -> bool {
    row.has_looked() || row.state == LibraryRequestState::Waiting
}

fn ask(
    transaction: &Transaction<'_>,
    actor: &Actor,
    library: LibraryId,
    method: InventoryMethod,
) -> Result<Option<LibraryRequestRow>> {
    let row = library_to_control(transaction, actor, library)?;
    let wanted = Inventory::wanted(&row, method);
    wanted.map(|wanted| transaction.ask_for_inventory(&row, wanted, actor.now)).transpose()
}

fn stop(
    transaction: &Transaction<'_>,
    actor: &Actor,
    library: LibraryId,
) -> Result<Option<LibraryRequestRow>> {
    let row = library_to_control(transaction, actor, library)?;
    let inventories = transaction.inventories(row.key)?;
    for inventory in &inventories {
        transaction.remove_request(inventory, Removal::Stop, actor.now)?;
    }
    Ok(inventories.into_iter().next())
}
