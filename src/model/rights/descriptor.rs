//! Access lists and what they grant.

use super::{AccessRights, AuditEntry, Caller, Principal};
use crate::Result;

/// One line of an access list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct AccessEntry {
    /// Whether the rights are granted or denied.
    pub allow: bool,
    /// To whom.
    pub principal: Principal,
    /// Which rights.
    pub rights: AccessRights,
}

impl AccessEntry {
    /// An entry that grants.
    pub const fn allow(principal: Principal, rights: AccessRights) -> Self {
        Self { allow: true, principal, rights }
    }

    /// An entry that denies.
    pub const fn deny(principal: Principal, rights: AccessRights) -> Self {
        Self { allow: false, principal, rights }
    }
}

/// Owner and access list of a computer, a library or a media pool. Its text form is what the
/// catalog stores.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct SecurityDescriptor {
    /// The owner may always read the descriptor and replace the list.
    pub owner: Principal,
    /// The owner's group; decides nothing.
    pub group: Option<Principal>,
    /// The access list, read in order. Absent: everybody may do everything. Empty: nobody may do
    /// anything.
    pub access: Option<Vec<AccessEntry>>,
    /// The audit list, if there is one; decides nothing.
    pub audit: Option<Vec<AuditEntry>>,
}

impl SecurityDescriptor {
    /// Whether the caller has every wanted right.
    ///
    /// Entries count in their order: one that denies a wanted right not yet granted ends the
    /// search. Wanting nothing is always granted.
    pub fn grants(&self, caller: &Caller, wanted: AccessRights) -> bool {
        let mut missing = wanted;
        if caller.is(self.owner) {
            missing -= AccessRights::READ_CONTROL | AccessRights::WRITE_DAC;
        }
        let Some(entries) = &self.access else { return true };
        for entry in entries {
            if missing.is_empty() {
                break;
            }
            if !entry.rights.intersects(missing) || !caller.is(entry.principal) {
                continue;
            }
            if !entry.allow {
                return false;
            }
            missing -= entry.rights;
        }
        missing.is_empty()
    }

    /// This descriptor when all its rights are known ones.
    ///
    /// # Errors
    /// `InvalidParameter` for an entry with unknown bits.
    pub fn checked(self) -> Result<Self> {
        let audited = self.audit.iter().flatten().map(|entry| entry.rights);
        for rights in self.access.iter().flatten().map(|entry| entry.rights).chain(audited) {
            rights.known()?;
        }
        Ok(self)
    }

    /// The descriptor of a new computer, library or free pool: administrators may do everything,
    /// everyone may use it.
    // [D] the sources give no default lists.
    pub fn open_for_use() -> Self {
        Self::of_administrators([AccessEntry::allow(Principal::Everyone, AccessRights::USE)])
    }

    /// The descriptor of every other object of a new catalog: administrators may do everything,
    /// nobody else anything.
    // [D] the sources give no default lists.
    pub fn administrators_only() -> Self {
        Self::of_administrators([])
    }

    /// The descriptor of a new application pool that was given none: full access for its creator
    /// and the administrators, and what the parent's list says, unless the parent is the root
    /// pool. A parent without a list hands nothing on.
    pub fn of_new_pool(creator: &Caller, parent: NewPoolParent<'_>) -> Self {
        let owner = Principal::User(creator.user);
        // Own entries come first: creator and administrators keep full access whatever the parent
        // denies.
        let mut access = vec![
            AccessEntry::allow(owner, AccessRights::FULL),
            AccessEntry::allow(Principal::Administrators, AccessRights::FULL),
        ];
        if let NewPoolParent::Pool(parent) = parent {
            for entry in parent.access.iter().flatten() {
                if !access.contains(entry) {
                    access.push(*entry);
                }
            }
        }
        Self { owner, group: None, access: Some(access), audit: None }
    }

    fn of_administrators(more: impl IntoIterator<Item = AccessEntry>) -> Self {
        let mut access = vec![AccessEntry::allow(Principal::Administrators, AccessRights::FULL)];
        access.extend(more);
        Self { owner: Principal::Administrators, group: None, access: Some(access), audit: None }
    }
}

/// Below what a new pool is created.
#[derive(Clone, Copy, Debug)]
pub enum NewPoolParent<'a> {
    /// Directly below the root pool, which hands on nothing.
    Root,
    /// Below a pool with this descriptor.
    Pool(&'a SecurityDescriptor),
}

#[cfg(test)]
mod tests {
    use super::*;

    const USE: AccessRights = AccessRights::USE;
    const MODIFY: AccessRights = AccessRights::MODIFY;
    const CONTROL: AccessRights = AccessRights::CONTROL;

    fn user(user: u32) -> Caller {
        Caller { user, groups: vec![100, 200], administrator: false, user_name: "u".into() }
    }

    fn administrator() -> Caller {
        Caller { administrator: true, ..user(1) }
    }

    fn list(access: impl Into<Option<Vec<AccessEntry>>>) -> SecurityDescriptor {
        SecurityDescriptor {
            owner: Principal::User(7),
            group: None,
            access: access.into(),
            audit: None,
        }
    }

    #[test]
    fn an_absent_list_gives_everything_and_an_empty_one_nothing() {
        assert!(list(None).grants(&user(1), AccessRights::FULL));
        assert!(!list(vec![]).grants(&user(1), USE));
        assert!(list(vec![]).grants(&user(1), AccessRights::empty()));
    }

    #[test]
    fn all_wanted_rights_must_be_granted() {
        let both = list(vec![
            AccessEntry::allow(Principal::User(1), USE),
            AccessEntry::allow(Principal::Group(200), MODIFY),
        ]);
        assert!(both.grants(&user(1), USE | MODIFY));
        assert!(!both.grants(&user(1), USE | CONTROL));
        assert!(!both.grants(&user(2), USE | MODIFY));
        assert!(both.grants(&user(2), MODIFY));
    }

    #[test]
    fn rights_do_not_include_each_other() {
        let control = list(vec![AccessEntry::allow(Principal::Everyone, CONTROL)]);
        assert!(!control.grants(&user(1), USE));
    }

    #[test]
    fn a_denial_counts_only_for_rights_not_granted_before_it() {
        let allow = AccessEntry::allow(Principal::Everyone, USE | MODIFY);
        let deny = AccessEntry::deny(Principal::User(1), MODIFY);
        assert!(list(vec![allow, deny]).grants(&user(1), USE | MODIFY));
        assert!(!list(vec![deny, allow]).grants(&user(1), USE | MODIFY));
        assert!(list(vec![deny, allow]).grants(&user(1), USE));
        assert!(list(vec![deny, allow]).grants(&user(2), USE | MODIFY));
    }

    #[test]
    fn the_owner_reads_the_descriptor_and_replaces_the_list() {
        let owned = AccessRights::READ_CONTROL | AccessRights::WRITE_DAC;
        let denied = list(vec![AccessEntry::deny(Principal::Everyone, AccessRights::FULL)]);
        assert!(denied.grants(&user(7), owned));
        assert!(!denied.grants(&user(7), owned | USE));
        assert!(!denied.grants(&user(1), AccessRights::READ_CONTROL));
    }

    #[test]
    fn default_lists() {
        let open = SecurityDescriptor::open_for_use();
        assert!(open.grants(&user(1), USE));
        assert!(!open.grants(&user(1), MODIFY));
        assert!(open.grants(&administrator(), AccessRights::FULL));
        let closed = SecurityDescriptor::administrators_only();
        assert!(!closed.grants(&user(1), USE));
        assert!(closed.grants(&administrator(), AccessRights::FULL));
    }

    #[test]
    fn a_pool_below_the_root_belongs_to_creator_and_administrators() {
        let pool = SecurityDescriptor::of_new_pool(&user(5), NewPoolParent::Root);
        assert!(pool.grants(&user(5), AccessRights::FULL));
        assert!(pool.grants(&administrator(), AccessRights::FULL));
        assert!(!pool.grants(&user(6), USE));
    }

    #[test]
    fn a_pool_further_down_inherits_what_the_parent_grants() {
        let parent = list(vec![
            AccessEntry::deny(Principal::User(5), AccessRights::FULL),
            AccessEntry::allow(Principal::User(6), MODIFY),
        ]);
        let pool = SecurityDescriptor::of_new_pool(&user(5), NewPoolParent::Pool(&parent));
        assert!(pool.grants(&user(6), MODIFY));
        assert!(!pool.grants(&user(6), USE));
        assert!(pool.grants(&user(5), AccessRights::FULL), "a creator always has full access");
        let open = SecurityDescriptor::of_new_pool(&user(5), NewPoolParent::Pool(&list(None)));
        assert!(!open.grants(&user(6), USE));
    }

    #[test]
    fn inheriting_twice_repeats_nothing() {
        let first = SecurityDescriptor::of_new_pool(&user(5), NewPoolParent::Root);
        let second = SecurityDescriptor::of_new_pool(&user(5), NewPoolParent::Pool(&first));
        assert_eq!(first, second);
    }

    #[test]
    fn unknown_rights_are_refused() {
        let odd = AccessRights::from_bits_retain(0x40);
        assert!(list(vec![AccessEntry::allow(Principal::Everyone, odd)]).checked().is_err());
        assert!(list(None).checked().is_ok());
    }
}
