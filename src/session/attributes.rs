//! GetNtmsObjectAttribute and SetNtmsObjectAttribute: what applications keep beside objects.

use super::Session;
use super::context::present;
use super::objects::Governed;
use crate::error::{Error, ErrorKind, Result};
use crate::model::{AccessRights, ObjectId, limits, text};

impl Session {
    /// What was stored with [`set_attribute`](Session::set_attribute) beside an object.
    ///
    /// # Errors
    /// * `InvalidHandle`: the session is closed.
    /// * `InvalidParameter`: the id is missing.
    /// * `ObjectNotFound`: no such object, or it has no attribute of this name.
    /// * `AccessDenied`: USE is missing on the pool, library or computer the object belongs to
    ///   (Server 2003 rules; those of Windows XP ask for nothing).
    #[doc(alias = "GetNtmsObjectAttribute")]
    pub fn get_attribute(&self, object: impl Into<ObjectId>, name: &str) -> Result<Vec<u8>> {
        self.check_open()?;
        let id: ObjectId = object.into();
        present(id, "the object")?;
        let context = self.context();
        let wanted = context.access_model.choose(AccessRights::USE, AccessRights::empty());
        context.catalog.read(|view| {
            let kind = Governed::find_for(view, id, self.caller(), wanted)?.kind;
            view.attribute(id, name)?.ok_or_else(|| {
                let reason = format!("the object has no attribute {name:?}");
                Error::new(ErrorKind::ObjectNotFound, reason).about(kind, id)
            })
        })
    }

    /// Stores up to 65,535 bytes beside an object of any kind, in place of what was stored there
    /// under the same name. Without data, the attribute goes, if there is one.
    ///
    /// A name has 1 to 31 characters; capital letters are others than small ones. There is no limit
    /// on the number of names. Attributes go with their object; those of a logical medium go when
    /// it is deallocated, and stay with it when it is swapped to another side. The record of the
    /// object does not change, not even the time of its last change; whoever watches the object
    /// is told of an update.
    ///
    /// ```no_run
    /// # fn example(session: &rsm::Session, set: rsm::model::LogicalMediaId) -> rsm::Result<()> {
    /// session.set_attribute(set, "job", b"nightly 2026-11-21")?;
    /// assert_eq!(session.get_attribute(set, "job")?, b"nightly 2026-11-21");
    /// session.set_attribute(set, "job", &[])?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// * `InvalidHandle`: the session is closed.
    /// * `InvalidParameter`: the id is missing.
    /// * `InvalidName`: the name is empty, longer than 31 characters, or holds a control character.
    /// * `NoData`: more than 65,535 bytes.
    /// * `ObjectNotFound`: no such object.
    /// * `AccessDenied`: MODIFY is missing on the pool, library or computer the object belongs to
    ///   (Server 2003 rules; those of Windows XP ask for nothing).
    #[doc(alias = "SetNtmsObjectAttribute")]
    pub fn set_attribute(
        &self,
        object: impl Into<ObjectId>,
        name: &str,
        data: &[u8],
    ) -> Result<()> {
        self.check_open()?;
        let id: ObjectId = object.into();
        present(id, "the object")?;
        let name = text::attribute_name(name)?.to_owned();
        if data.len() >= limits::MAXATTR_LENGTH {
            let most = limits::MAXATTR_LENGTH - 1;
            let reason = format!("{} bytes, at most {most} are permitted", data.len());
            return Err(Error::new(ErrorKind::NoData, reason));
        }
        let (actor, data) = (self.actor(), data.to_vec());
        let wanted = actor.model.choose(AccessRights::MODIFY, AccessRights::empty());
        self.write(move |transaction| {
            let kind = Governed::find_for(transaction, id, &actor.caller, wanted)?.kind;
            transaction.set_attribute((kind, id), &name, &data)
        })
    }
}
