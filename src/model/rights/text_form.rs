//! The text form of a descriptor, which the catalog stores.
//!
//! `O:` owner, then `G:` group if there is one, then `D:` and the entries if there is a list.
//! A principal is `U` and a user id, `G` and a group id, `E` for everyone or `A` for the
//! administrators; an entry is `(A;rights;principal)` or `(D;rights;principal)`, the rights being
//! lower-case hexadecimal digits. Example: `O:U1000D:(A;f0007;U1000)(D;2;G100)`.
//! Every descriptor has exactly one text, and no other text is read.

use std::fmt;
use std::str::FromStr;

use super::{AccessEntry, AccessRights, Principal, SecurityDescriptor};

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
            Some(()) => Some(self.entries()?),
            None => None,
        };
        Some(SecurityDescriptor { owner, group, access })
    }

    fn entries(&mut self) -> Option<Vec<AccessEntry>> {
        let mut entries = Vec::new();
        while self.token("(").is_some() {
            let allow = match self.token("A;") {
                Some(()) => true,
                None => self.token("D;").map(|()| false)?,
            };
            let rights = AccessRights::from_bits_retain(self.number(16)?);
            self.token(";")?;
            let principal = self.principal()?;
            self.token(")")?;
            entries.push(AccessEntry { allow, principal, rights });
        }
        Some(entries)
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

    fn descriptor() -> impl Strategy<Value = SecurityDescriptor> {
        (
            principal(),
            proptest::option::of(principal()),
            proptest::option::of(proptest::collection::vec(entry(), 0..5)),
        )
            .prop_map(|(owner, group, access)| SecurityDescriptor { owner, group, access })
    }

    proptest! {
        #[test]
        fn every_descriptor_reads_back(descriptor in descriptor()) {
            prop_assert_eq!(descriptor.to_string().parse(), Ok(descriptor));
        }

        #[test]
        fn any_text_is_refused_or_is_the_one_form(text in "[OGDUAE:;()0-9a-fF +]{0,40}|\\PC{0,20}") {
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
