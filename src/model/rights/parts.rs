//! Parts of descriptors, as they are read and replaced.

use super::{AccessEntry, AuditEntry, Principal, SecurityDescriptor, SecurityInformation};
use crate::{Error, ErrorKind, Result};

/// Some parts of a [`SecurityDescriptor`].
///
/// ```
/// use rsm::model::{AccessEntry, AccessRights, Principal, SecurityInformation, SecurityParts};
///
/// let readers = AccessEntry::allow(Principal::Group(100), AccessRights::USE);
/// let parts = SecurityParts::default().owner(Principal::User(1000)).access(Some(vec![readers]));
/// assert_eq!(parts.information, SecurityInformation::OWNER | SecurityInformation::DACL);
/// ```
#[non_exhaustive]
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct SecurityParts {
    /// Which parts they are. Fields of other parts mean nothing, and are none.
    pub information: SecurityInformation,
    /// The owner.
    pub owner: Option<Principal>,
    /// The owner's group; none: there is none.
    pub group: Option<Principal>,
    /// The access list; none: everybody may do everything.
    pub access: Option<Vec<AccessEntry>>,
    /// The audit list; none: there is none.
    pub audit: Option<Vec<AuditEntry>>,
}

impl SecurityParts {
    /// These parts of a descriptor.
    pub fn of(descriptor: &SecurityDescriptor, information: SecurityInformation) -> Self {
        let SecurityDescriptor { owner, group, access, audit } = descriptor.clone();
        Self {
            information,
            owner: Some(owner).filter(|_| information.contains(SecurityInformation::OWNER)),
            group: group.filter(|_| information.contains(SecurityInformation::GROUP)),
            access: access.filter(|_| information.contains(SecurityInformation::DACL)),
            audit: audit.filter(|_| information.contains(SecurityInformation::SACL)),
        }
    }

    /// With this owner.
    #[must_use]
    pub fn owner(mut self, owner: Principal) -> Self {
        self.information |= SecurityInformation::OWNER;
        self.owner = Some(owner);
        self
    }

    /// With this group, or without a group.
    #[must_use]
    pub fn group(mut self, group: Option<Principal>) -> Self {
        self.information |= SecurityInformation::GROUP;
        self.group = group;
        self
    }

    /// With this access list; with none: everybody may do everything.
    #[must_use]
    pub fn access(mut self, access: Option<Vec<AccessEntry>>) -> Self {
        self.information |= SecurityInformation::DACL;
        self.access = access;
        self
    }

    /// With this audit list, or without an audit list.
    #[must_use]
    pub fn audit(mut self, audit: Option<Vec<AuditEntry>>) -> Self {
        self.information |= SecurityInformation::SACL;
        self.audit = audit;
        self
    }

    /// Checks that there are parts, and that all that is in them is known.
    ///
    /// # Errors
    /// `InvalidParameter`: no part, or an unknown one; an owner that is missing; entries with
    /// unknown rights.
    pub fn check(&self) -> Result<()> {
        self.information.parts()?;
        let wants_owner = self.information.contains(SecurityInformation::OWNER);
        if wants_owner && self.owner.is_none() {
            return Err(Error::new(ErrorKind::InvalidParameter, "the owner is missing"));
        }
        let rights = self.access.iter().flatten().map(|entry| entry.rights);
        let audited = self.audit.iter().flatten().map(|entry| entry.rights);
        rights.chain(audited).try_for_each(|rights| rights.known().map(drop))
    }

    /// The descriptor with these parts in place of its own.
    #[must_use]
    pub fn put_into(&self, descriptor: &SecurityDescriptor) -> SecurityDescriptor {
        let mut descriptor = descriptor.clone();
        if let Some(owner) = self.owner {
            descriptor.owner = owner;
        }
        if self.information.contains(SecurityInformation::GROUP) {
            descriptor.group = self.group;
        }
        if self.information.contains(SecurityInformation::DACL) {
            descriptor.access.clone_from(&self.access);
        }
        if self.information.contains(SecurityInformation::SACL) {
            descriptor.audit.clone_from(&self.audit);
        }
        descriptor
    }
}

impl SecurityInformation {
    /// These parts, when there is one at least and all are known.
    ///
    /// # Errors
    /// `InvalidParameter`.
    pub fn parts(self) -> Result<Self> {
        if self.is_empty() {
            return Err(Error::new(ErrorKind::InvalidParameter, "no part of the descriptor"));
        }
        self.known()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::AccessRights;

    fn full() -> SecurityDescriptor {
        let rights = AccessRights::USE;
        SecurityDescriptor {
            owner: Principal::User(1),
            group: Some(Principal::Group(2)),
            access: Some(vec![AccessEntry::allow(Principal::Everyone, rights)]),
            audit: Some(vec![AuditEntry::failures(Principal::Everyone, rights)]),
        }
    }

    #[test]
    fn parts_are_taken_out_and_put_back() {
        let empty = SecurityDescriptor {
            owner: Principal::Administrators,
            group: None,
            access: None,
            audit: None,
        };
        for bits in 1..16 {
            let information = SecurityInformation::from_bits_retain(bits);
            let parts = SecurityParts::of(&full(), information);
            assert!(parts.check().is_ok());
            assert_eq!(SecurityParts::of(&parts.put_into(&empty), information), parts);
            let rest = information.complement();
            let others = SecurityParts::of(&parts.put_into(&empty), rest);
            assert_eq!(others, SecurityParts::of(&empty, rest));
            // What is none takes the place of what was there.
            let nothing = SecurityParts::of(&empty, information).put_into(&full());
            assert_eq!(
                SecurityParts::of(&nothing, information),
                SecurityParts::of(&empty, information)
            );
        }
    }

    #[test]
    fn nothing_and_what_is_unknown_is_refused() {
        assert!(SecurityParts::default().check().is_err());
        let unknown = AccessRights::from_bits_retain(0x40);
        let entry = AccessEntry::deny(Principal::Everyone, unknown);
        assert!(SecurityParts::default().access(Some(vec![entry])).check().is_err());
        let entry = AuditEntry::successes(Principal::Everyone, unknown);
        assert!(SecurityParts::default().audit(Some(vec![entry])).check().is_err());
        let mut parts = SecurityParts::default().owner(Principal::Everyone);
        parts.owner = None;
        assert!(parts.check().is_err());
        parts.information = SecurityInformation::from_bits_retain(0x10);
        assert!(parts.check().is_err());
    }
}
