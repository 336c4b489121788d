//! What is stated about an offline medium that is to be registered.

use super::Label;
use crate::Result;
use crate::model::{LibraryId, LogicalMediaId, PhysicalMediaId, PoolId, SideId, SideState, text};

/// A medium to be registered as offline.
#[doc(alias = "CreateNtmsMedia")]
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct MediumDescription {
    /// The id it is to have; else a new one is made.
    pub id: Option<PhysicalMediaId>,
    /// Whether it may be used.
    pub enabled: bool,
    /// Display name; when empty, it is made from bar code, label or sequence number.
    pub name: String,
    /// Free text.
    pub description: String,
    /// None, or the offline library.
    pub current_library: Option<LibraryId>,
    /// The pool it is to be in: an application pool or an import pool with a media type.
    pub pool: PoolId,
    /// Bar code; empty when there is none.
    pub bar_code: String,
    /// Code of the medium as a device would state it.
    pub media_type_code: u32,
    /// Density code as a device would state it.
    pub density_code: u32,
}

impl MediumDescription {
    /// An enabled medium in that pool, without bar code.
    pub fn new(pool: PoolId) -> Self {
        Self {
            id: None,
            enabled: true,
            name: String::new(),
            description: String::new(),
            current_library: None,
            pool,
            bar_code: String::new(),
            media_type_code: 0,
            density_code: 0,
        }
    }

    /// With this id.
    #[must_use]
    pub fn id(mut self, id: PhysicalMediaId) -> Self {
        self.id = Some(id);
        self
    }

    /// With this bar code.
    #[must_use]
    pub fn bar_code(mut self, bar_code: impl Into<String>) -> Self {
        self.bar_code = bar_code.into();
        self
    }

    /// With this display name.
    #[must_use]
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.name = name.into();
        self
    }

    /// With this description.
    #[must_use]
    pub fn description(mut self, description: impl Into<String>) -> Self {
        self.description = description.into();
        self
    }

    /// Checks the texts.
    ///
    /// # Errors
    /// `InvalidParameter`: a text is too long or contains a control character.
    pub fn check(&self) -> Result<()> {
        check_texts(&self.name, &self.description)?;
        text::bar_code(&self.bar_code).map(drop)
    }
}

/// One side of a medium to be registered.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct SideDescription {
    /// The id it is to have; else a new one is made.
    pub id: Option<SideId>,
    /// Display name; when empty, it is made from that of the medium.
    pub name: String,
    /// Free text.
    pub description: String,
    /// The id of its logical medium, for an Allocated or Complete side; else one is made.
    pub logical_media: Option<LogicalMediaId>,
    /// Its state.
    pub state: SideState,
    /// What is written on it.
    pub label: Label,
    /// How often it was mounted.
    pub mount_count: u32,
    /// How often it was allocated.
    pub allocate_count: u32,
    /// Capacity in bytes, 0 when unknown.
    pub capacity: i64,
}

impl SideDescription {
    /// A side in that state with that label, never mounted or allocated.
    pub fn new(state: SideState, label: Label) -> Self {
        Self {
            id: None,
            name: String::new(),
            description: String::new(),
            logical_media: None,
            state,
            label,
            mount_count: 0,
            allocate_count: 0,
            capacity: 0,
        }
    }

    /// With this id.
    #[must_use]
    pub fn id(mut self, id: SideId) -> Self {
        self.id = Some(id);
        self
    }

    /// Held by this logical medium.
    #[must_use]
    pub fn logical_media(mut self, id: LogicalMediaId) -> Self {
        self.logical_media = Some(id);
        self
    }

    /// With these counts of mounts and allocations.
    #[must_use]
    pub fn counts(mut self, mounts: u32, allocations: u32) -> Self {
        self.mount_count = mounts;
        self.allocate_count = allocations;
        self
    }

    /// With this capacity in bytes.
    #[must_use]
    pub fn capacity(mut self, bytes: i64) -> Self {
        self.capacity = bytes;
        self
    }

    /// Checks texts and label.
    ///
    /// # Errors
    /// `InvalidParameter`: a text is too long or contains a control character, the label is
    /// missing or too long, or the capacity is negative.
    pub fn check(&self) -> Result<()> {
        check_texts(&self.name, &self.description)?;
        if self.capacity < 0 {
            return Err(crate::Error::new(
                crate::ErrorKind::InvalidParameter,
                "the capacity is negative",
            ));
        }
        self.label.check()
    }
}

/// A medium that was registered. Everything else about it is in its records.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct CreatedMedia {
    /// The medium.
    pub physical_media: PhysicalMediaId,
    /// Its sides, in their order.
    pub sides: Vec<CreatedSide>,
}

/// One side of a medium that was registered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct CreatedSide {
    /// The side.
    pub side: SideId,
    /// Its logical medium, when it is Allocated or Complete.
    pub logical_media: Option<LogicalMediaId>,
}

/// An empty name is permitted here: it asks for the usual one.
fn check_texts(name: &str, description: &str) -> Result<()> {
    if !name.is_empty() {
        text::object_name(name)?;
    }
    text::description(description).map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_checked() {
        let medium = MediumDescription::new(PoolId::NULL);
        assert!(medium.check().is_ok());
        assert!(medium.clone().bar_code("AB1  \0").name("n".repeat(63)).check().is_ok());
        assert!(medium.clone().bar_code("b".repeat(64)).check().is_err());
        assert!(medium.clone().name("n".repeat(64)).check().is_err());
        assert!(medium.description("d".repeat(127)).check().is_err());
        let side = SideDescription::new(SideState::Available, Label::new("t", [1]));
        assert!(side.check().is_ok());
        assert!(side.clone().capacity(-1).check().is_err());
        assert!(SideDescription::new(SideState::Available, Label::new("", [1])).check().is_err());
    }
}
