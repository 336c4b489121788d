//! Who asks, and whom an access list names.

/// Whom an access list names. Numbers are user and group ids of the operating system.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum Principal {
    /// One user.
    User(u32),
    /// The members of one group.
    Group(u32),
    /// Everybody.
    Everyone,
    /// The superuser of the operating system, the user who created the catalog, and whoever was
    /// added to them. Stands also for the "local system" of the original.
    Administrators,
}

/// On whose behalf a call is made.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Caller {
    /// The user id.
    pub user: u32,
    /// The ids of all groups of the user.
    pub groups: Vec<u32>,
    /// Whether the user belongs to the administrators of the catalog.
    pub administrator: bool,
    /// The name of the user, for people to read; decides nothing.
    pub user_name: String,
}

impl Caller {
    /// Whether this principal names the caller.
    pub fn is(&self, principal: Principal) -> bool {
        match principal {
            Principal::User(id) => id == self.user,
            Principal::Group(id) => self.groups.contains(&id),
            Principal::Everyone => true,
            Principal::Administrators => self.administrator,
        }
    }
}
