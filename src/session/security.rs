//! GetNtmsObjectSecurity and SetNtmsObjectSecurity: who may do what with an object.

use super::Session;
use super::context::{Actor, present};
use super::objects::Governed;
use crate::catalog::View;
use crate::error::{Error, ErrorKind, Result};
use crate::model::{
    AccessRights, Caller, ObjectId, ObjectType, SecurityDescriptor, SecurityInformation,
    SecurityParts,
};

impl Session {
    /// Parts of the descriptor of the computer, a library or a pool, the root pool included.
    ///
    /// The descriptors decide about everything else: the computer's about types and operator
    /// requests, a library's about its parts and requests, a pool's about the media in it.
    ///
    /// # Errors
    /// * `InvalidHandle`: the session is closed.
    /// * `InvalidParameter`: the id is missing; no part, or an unknown one.
    /// * `ObjectNotFound`: no such object.
    /// * `AccessDenied`: READ_CONTROL is missing, which the owner has, on the object, or on the
    ///   pool, library or computer it belongs to (Server 2003 rules; those of Windows XP ask for
    ///   nothing); the audit list is for administrators only.
    /// * `NoSecurityOnObject`: the object has no descriptor of its own.
    #[doc(alias = "GetNtmsObjectSecurity")]
    pub fn get_security(
        &self,
        object: impl Into<ObjectId>,
        parts: SecurityInformation,
    ) -> Result<SecurityParts> {
        self.check_open()?;
        let id: ObjectId = object.into();
        present(id, "the object")?;
        parts.parts()?;
        let model = self.context().access_model;
        let wanted = model.choose(AccessRights::READ_CONTROL, AccessRights::empty());
        self.context().catalog.read(|view| {
            let found = governed(view, id, self.caller(), (wanted, parts))?;
            Ok(SecurityParts::of(own(&found, id)?, parts))
        })
    }

    /// Replaces parts of the descriptor of the computer, a library or a pool. The other parts stay.
    ///
    /// Calls that wait are not judged again; the next call is. New pools take over what the list of
    /// their parent says when they are made, and not later.
    ///
    /// ```no_run
    /// use rsm::model::{AccessEntry, AccessRights, Principal, SecurityInformation, SecurityParts};
    /// # fn example(session: &rsm::Session, pool: rsm::model::PoolId) -> rsm::Result<()> {
    /// let list = session.get_security(pool, SecurityInformation::DACL)?;
    /// let mut entries = list.access.unwrap_or_default();
    /// entries.push(AccessEntry::allow(Principal::Group(100), AccessRights::USE));
    /// session.set_security(pool, &SecurityParts::default().access(Some(entries)))?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// * `InvalidHandle`: the session is closed.
    /// * `InvalidParameter`: the id is missing; no part, or an unknown one; an owner that is
    ///   missing; an entry with unknown rights.
    /// * `ObjectNotFound`: no such object.
    /// * `AccessDenied`, on the object, or on the pool, library or computer it belongs to: for the
    ///   access list WRITE_DAC is missing, which the owner has; for owner and group WRITE_OWNER.
    ///   The audit list is for administrators only.
    /// * `NoSecurityOnObject`: the object has no descriptor of its own.
    #[doc(alias = "SetNtmsObjectSecurity")]
    pub fn set_security(&self, object: impl Into<ObjectId>, parts: &SecurityParts) -> Result<()> {
        self.check_open()?;
        let id: ObjectId = object.into();
        present(id, "the object")?;
        parts.check()?;
        let (actor, parts) = (self.actor(), parts.clone());
        self.write(move |transaction| {
            let Actor { caller, now, .. } = &actor;
            let wanted = needed(parts.information);
            let found = governed(transaction, id, caller, (wanted, parts.information))?;
            let descriptor = parts.put_into(own(&found, id)?);
            transaction.set_security((found.kind, id), &descriptor, *now)
        })
    }
}

/// What replacing parts needs.
fn needed(parts: SecurityInformation) -> AccessRights {
    let mut wanted = AccessRights::empty();
    wanted.set(AccessRights::WRITE_DAC, parts.contains(SecurityInformation::DACL));
    // [D] owner and group alike.
    let owner = SecurityInformation::OWNER | SecurityInformation::GROUP;
    wanted.set(AccessRights::WRITE_OWNER, parts.intersects(owner));
    wanted
}

/// An object, for callers who have a right on what governs it.
fn governed(
    view: &View<'_>,
    id: ObjectId,
    caller: &Caller,
    (wanted, parts): (AccessRights, SecurityInformation),
) -> Result<Governed> {
    let found = Governed::find_for(view, id, caller, wanted)?;
    // [D] Administrators have the privilege that the audit list needs.
    if parts.contains(SecurityInformation::SACL) && !caller.administrator {
        let reason = format!("user {} is no administrator", caller.user_name);
        return Err(Error::new(ErrorKind::AccessDenied, reason).about(found.kind, id));
    }
    Ok(found)
}

/// The object's own descriptor.
fn own(found: &Governed, id: ObjectId) -> Result<&SecurityDescriptor> {
    let kind: ObjectType = found.kind;
    if found.by.object() == (kind, id) {
        return Ok(found.by.security());
    }
    let reason = format!("a {kind:?} has no access list of its own");
    Err(Error::new(ErrorKind::NoSecurityOnObject, reason).about(kind, id))
}
