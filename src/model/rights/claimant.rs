//! Whoever waits, with the rules that judge what he may have.

use std::fmt;
use std::str::FromStr;

use super::{AccessModel, Caller};

/// A caller and the rules in force for him, in a form that can be stored: what waits is served by
/// others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Claimant {
    pub(crate) caller: Caller,
    pub(crate) model: AccessModel,
}

/// A stored claimant that cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("{0:?} states no caller")]
pub(crate) struct ClaimantSyntax(String);

impl fmt::Display for Claimant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let model = match self.model {
            AccessModel::Server2003 => "2003",
            AccessModel::WindowsXp => "XP",
        };
        let kind = if self.caller.administrator { "administrator" } else { "user" };
        let groups: Vec<String> = self.caller.groups.iter().map(u32::to_string).collect();
        let groups = groups.join(",");
        write!(f, "{model} {kind} {} {groups} {}", self.caller.user, self.caller.user_name)
    }
}

impl FromStr for Claimant {
    type Err = ClaimantSyntax;

    fn from_str(text: &str) -> Result<Self, ClaimantSyntax> {
        let read = || {
            let mut parts = text.splitn(5, ' ');
            let model = match parts.next()? {
                "2003" => AccessModel::Server2003,
                "XP" => AccessModel::WindowsXp,
                _ => return None,
            };
            let administrator = match parts.next()? {
                "administrator" => true,
                "user" => false,
                _ => return None,
            };
            let user = parts.next()?.parse().ok()?;
            let groups = parts.next()?.split_terminator(',').map(str::parse);
            let groups = groups.collect::<Result<_, _>>().ok()?;
            let user_name = parts.next()?.to_owned();
            Some(Self { caller: Caller { user, groups, administrator, user_name }, model })
        };
        read().ok_or_else(|| ClaimantSyntax(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_stored_form_reads_back() {
        for groups in [vec![], vec![7], vec![0, 4_294_967_295]] {
            for (administrator, model) in
                [(true, AccessModel::Server2003), (false, AccessModel::WindowsXp)]
            {
                let user_name = "a name with  blanks".to_owned();
                let caller = Caller { user: 12, groups: groups.clone(), administrator, user_name };
                let claimant = Claimant { caller, model };
                assert_eq!(claimant.to_string().parse::<Claimant>().ok(), Some(claimant));
            }
        }
        for wrong in ["", "2003", "2003 user x  name", "1999 user 1  name", "XP user 1 2,x name"] {
            assert!(wrong.parse::<Claimant>().is_err(), "{wrong}");
        }
    }
}
