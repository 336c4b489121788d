//! The text form of a descriptor, which the catalog stores.
//!
//! `O:` owner, then `G:` group if there is one, then `D:` and the entries if there is a list.
//! A principal is `U` and a user id, `G` and a group id, `E` for everyone or `A` for the
//! administrators; an entry is `(A;rights;principal)` or `(D;rights;principal)`, the rights being
//! lower-case hexadecimal digits. `S:` and the entries of the audit list follow if there is one:
//! `(S;rights;principal)` for what is allowed, `F` for what is denied, `SF` for both, `-` for neither.
//! Example: `O:U1000D:(A;f0007;U1000)(D;2;G100)S:(F;7;E)`.
//! Every descriptor has exactly one text, and no other text is read.

use std::fmt;
use std::str::FromStr;

use super::{AccessEntry, AccessRights, AuditEntry, Principal, SecurityDescriptor};

/// A text that is no descriptor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no security descriptor: unexpected text at byte {at}")]
pub struct DescriptorSyntax {
    /// Where reading stopped, in bytes from the start.
    pub at: usize,
}

impl fmt::Display for Principal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::User(id) => write!(f, "U{id}"),
            Self::Group(id) => write!(f, "G{id}"),
            Self::Everyone => f.write_str("E"),
            Self::Administrators => f.write_str("A"),
        }
    }
}

impl fmt::Display for AccessEntry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = if self.allow { 'A' } else { 'D' };
        write!(f, "({kind};{:x};{})", self.rights.bits(), self.principal)
    }
}

impl fmt::Display for AuditEntry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = audit_kind(self.success, self.failure);
        write!(f, "({kind};{:x};{})", self.rights.bits(), self.principal)
    }
}

/// The letters of an audit entry.
fn audit_kind(success: bool, failure: bool) -> &'static str {
    match (success, failure) {
        (true, true) => "SF",
        (true, false) => "S",
        (false, true) => "F",
        (false, false) => "-",
    }
}

impl fmt::Display for SecurityDescriptor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "O:{}", self.owner)?;
        if let Some(group) = self.group {
            write!(f, "G:{group}")?;
        }
        if let Some(entries) = &self.access {
            f.write_str("D:")?;
            entries.iter().try_for_each(|entry| entry.fmt(f))?;
        }
        if let Some(entries) = &self.audit {
            f.write_str("S:")?;
            entries.iter().try_for_each(|entry| entry.fmt(f))?;
        }
        Ok(())
    }
}

impl FromStr for SecurityDescriptor {
    type Err = DescriptorSyntax;

    fn from_str(text: &str) -> Result<Self, DescriptorSyntax> {
        let mut rest = Rest { text, left: text };
        rest.descriptor().filter(|_| rest.left.is_empty()).ok_or_else(|| rest.syntax())
    }
}

/// What is left to read of a text.
struct Rest<'a> {
    text: &'a str,
    left: &'a str,
}

impl Rest<'_> {
    fn syntax(&self) -> DescriptorSyntax {
        DescriptorSyntax { at: self.text.len() - self.left.len() }
    }

    fn descriptor(&mut self) -> Option<SecurityDescriptor> {
        self.token("O:")?;
        let owner = self.principal()?;
        let group = match self.token("G:") {
            Some(()) => Some(self.principal()?),
            None => None,
        };
        let access = match self.token("D:") {
            Some(()) => Some(self.entries(Self::access_entry)?),
            None => None,
        };
        let audit = match self.token("S:") {
            Some(()) => Some(self.entries(Self::audit_entry)?),
            None => None,
        };
        Some(SecurityDescriptor { owner, group, access, audit })
    }

    fn entries<T>(&mut self, entry: impl Fn(&mut Self) -> Option<T>) -> Option<Vec<T>> {
        let mut entries = Vec::new();
        while self.token("(").is_some() {
            entries.push(entry(self)?);
            self.token(")")?;
        }
        Some(entries)
    }

    fn access_entry(&mut self) -> Option<AccessEntry> {
        let allow = match self.token("A;") {
            Some(()) => true,
            None => self.token("D;").map(|()| false)?,
        };
        let (rights, principal) = self.rights_of()?;
        Some(AccessEntry { allow, principal, rights })
    }

    fn audit_entry(&mut self) -> Option<AuditEntry> {
        let kinds = [(true, true), (true, false), (false, true), (false, false)];
        let (success, failure) = kinds
            .into_iter()
            .find(|(success, failure)| self.token(audit_kind(*success, *failure)).is_some())?;
        self.token(";")?;
        let (rights, principal) = self.rights_of()?;
        Some(AuditEntry { success, failure, principal, rights })
    }

    fn rights_of(&mut self) -> Option<(AccessRights, Principal)> {
        let rights = AccessRights::from_bits_retain(self.number(16)?);
        self.token(";")?;
        Some((rights, self.principal()?))
    }

    fn principal(&mut self) -> Option<Principal> {
        if self.token("E").is_some() {
            Some(Principal::Everyone)
        } else if self.token("A").is_some() {
            Some(Principal::Administrators)
        } else if self.token("U").is_some() {
            self.number(10).map(Principal::User)
        } else {
            self.token("G")?;
            self.number(10).map(Principal::Group)
        }
    }

    /// A number without sign, capital letters or leading zeros, so that it has one form only.
    fn number(&mut self, radix: u32) -> Option<u32> {
        let end = self
            .left
            .find(|c: char| !c.is_digit(radix) || c.is_ascii_uppercase())
            .unwrap_or(self.left.len());
        let (digits, left) = self.left.split_at_checked(end)?;
        if digits.len() > 1 && digits.starts_with('0') {
            return None;
        }
        let number = u32::from_str_radix(digits, radix).ok()?;
        self.left = left;
        Some(number)
    }

    fn token(&mut self, token: &str) -> Option<()> {
        self.left = self.left.strip_prefix(token)?;
        Some(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn principal() -> impl Strategy<Value = Principal> {
        prop_oneof![
            any::<u32>().prop_map(Principal::User),
            any::<u32>().prop_map(Principal::Group),
            Just(Principal::Everyone),
            Just(Principal::Administrators),
        ]
    }

    fn entry() -> impl Strategy<Value = AccessEntry> {
        (any::<bool>(), principal(), any::<u32>()).prop_map(|(allow, principal, bits)| {
            AccessEntry { allow, principal, rights: AccessRights::from_bits_retain(bits) }
        })
    }

    fn audit() -> impl Strategy<Value = AuditEntry> {
        (any::<(bool, bool)>(), principal(), any::<u32>()).prop_map(
            |((success, failure), principal, bits)| {
                let rights = AccessRights::from_bits_retain(bits);
                AuditEntry { success, failure, principal, rights }
            },
        )
    }

    fn descriptor() -> impl Strategy<Value = SecurityDescriptor> {
        (
            principal(),
            proptest::option::of(principal()),
            proptest::option::of(proptest::collection::vec(entry(), 0..5)),
            proptest::option::of(proptest::collection::vec(audit(), 0..5)),
        )
            .prop_map(|(owner, group, access, audit)| SecurityDescriptor {
                owner,
                group,
                access,
                audit,
            })
    }

    proptest! {
        #[test]
        fn every_descriptor_reads_back(descriptor in descriptor()) {
            prop_assert_eq!(descriptor.to_string().parse(), Ok(descriptor));
        }

        #[test]
        fn any_text_is_refused_or_is_the_one_form(text in "[OGDSUAE:;()0-9a-fF +-]{0,40}|\\PC{0,20}") {
            if let Ok(descriptor) = text.parse::<SecurityDescriptor>() {
                prop_assert_eq!(descriptor.to_string(), text);
            }
        }

        #[test]
        fn a_damaged_text_is_refused_or_is_the_one_form(
            descriptor in descriptor(), at in any::<prop::sample::Index>(), with in any::<char>()
        ) {
            let mut letters: Vec<char> = descriptor.to_string().chars().collect();
            let at = at.index(letters.len());
            letters[at] = with;
            let text: String = letters.into_iter().collect();
            if let Ok(read) = text.parse::<SecurityDescriptor>() {
                prop_assert_eq!(read.to_string(), text);
            }
        }
    }

    #[test]
    fn the_form_is_as_described() {
        let text = "O:U1000D:(A;f0007;U1000)(D;2;G100)";
        let read: SecurityDescriptor = text.parse().expect("valid");
        assert_eq!(read.owner, Principal::User(1000));
        assert_eq!(read.access.as_ref().map(Vec::len), Some(2));
        assert_eq!(read.to_string(), text);
        assert_eq!("O:AD:".parse::<SecurityDescriptor>().map(|d| d.access), Ok(Some(vec![])));
        assert_eq!("O:A".parse::<SecurityDescriptor>().map(|d| d.access), Ok(None));
    }

    #[test]
    fn errors_say_where() {
        for (text, at) in [("", 0), ("O:X", 2), ("O:AD:(A;zz;E)", 8), ("O:U01", 3), ("O:A ", 3)] {
            assert_eq!(text.parse::<SecurityDescriptor>(), Err(DescriptorSyntax { at }), "{text}");
        }
        assert!("O:U4294967296".parse::<SecurityDescriptor>().is_err());
        assert!("O:U+1".parse::<SecurityDescriptor>().is_err());
    }
}
