//! GetNtmsRequestOrder and SetNtmsRequestOrder: which mount goes first.

use super::Session;
use super::context::{Actor, present, require_on_computer};
use crate::catalog::{LibraryRequestRow, View};
use crate::error::{Error, ErrorKind, Result};
use crate::model::{AccessRights, LibraryRequestId, ObjectType};

fn fail(request: LibraryRequestId, kind: ErrorKind, reason: &'static str) -> Error {
    Error::new(kind, reason).about(ObjectType::LibraryRequest, request)
}

fn find(view: &View<'_>, actor: &Actor, request: LibraryRequestId) -> Result<LibraryRequestRow> {
    let row = view.library_request(request)?;
    let row = row.ok_or_else(|| fail(request, ErrorKind::ObjectNotFound, "no such request"))?;
    let wanted = actor.model.choose(AccessRights::CONTROL, AccessRights::empty());
    require_on_computer(view, &actor.caller, wanted)?;
    Ok(row)
}

impl Session {
    /// The rank of a mount among those that wait in its library: 1 goes first. 0 for what has no
    /// order: mounts that have been begun or are finished, and every other request.
    ///
    /// The mounts of one call have ranks that follow one another. A rank is a wish: who cannot have
    /// medium and drive lets others pass.
    ///
    /// # Errors
    /// * `InvalidHandle`, `InvalidParameter`: the session is closed, the id is missing.
    /// * `ObjectNotFound`: no such request.
    /// * `AccessDenied`: CONTROL on the computer is missing (Server 2003 rules; those of Windows XP
    ///   ask for nothing).
    #[doc(alias = "GetNtmsRequestOrder")]
    pub fn request_order(&self, request: LibraryRequestId) -> Result<u32> {
        self.check_open()?;
        present(request, "the library request")?;
        let actor = self.actor();
        self.context().catalog.read(|view| view.order_of(&find(view, &actor, request)?))
    }

    /// Moves a mount that waits, with the others of its call, to a rank among those that wait in its
    /// library; the others shift. Its priority stays.
    ///
    /// Beyond the last rank it is put last, and stays behind mounts that are asked for later. Within
    /// the others of a call nothing is put: it goes before them.
    ///
    /// ```no_run
    /// # fn example(session: &rsm::Session, mount: rsm::model::LibraryRequestId) -> rsm::Result<()> {
    /// session.set_request_order(mount, 1)?;
    /// assert_eq!(session.request_order(mount)?, 1);
    /// session.set_request_order(mount, u32::MAX)?; // when nobody else waits
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// * `InvalidHandle`: the session is closed.
    /// * `InvalidParameter`: the id is missing; the rank is 0; the request has no order, since it is
    ///   no mount, or does not wait any more.
    /// * `ObjectNotFound`: no such request.
    /// * `AccessDenied`: CONTROL on the computer is missing (Server 2003 rules; those of Windows XP
    ///   ask for nothing).
    #[doc(alias = "SetNtmsRequestOrder")]
    pub fn set_request_order(&self, request: LibraryRequestId, order: u32) -> Result<()> {
        self.check_open()?;
        present(request, "the library request")?;
        if order == 0 {
            return Err(fail(request, ErrorKind::InvalidParameter, "ranks begin with 1"));
        }
        let actor = self.actor();
        self.write(move |transaction| {
            let row = find(transaction, &actor, request)?;
            if transaction.set_order(&row, order, actor.now)? {
                return Ok(());
            }
            let reason = "the request is no mount that waits: it has no order";
            Err(fail(request, ErrorKind::InvalidParameter, reason))
        })
    }
}
