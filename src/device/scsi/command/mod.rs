//! Commands, as bytes.
//!
//! Each function is named after the command of the standard, and says which one.

pub mod changer;
pub mod disk;
pub mod mode;
pub mod primary;
pub mod reservation;
pub mod tape;

/// A command as it is sent: a command descriptor block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Command {
    name: &'static str,
    bytes: [u8; 16],
    length: u8,
}

impl Command {
    /// A command of six bytes.
    pub const fn six(name: &'static str, bytes: [u8; 6]) -> Self {
        Self::of(name, &bytes)
    }

    /// A command of ten bytes.
    pub const fn ten(name: &'static str, bytes: [u8; 10]) -> Self {
        Self::of(name, &bytes)
    }

    /// A command of twelve bytes.
    pub const fn twelve(name: &'static str, bytes: [u8; 12]) -> Self {
        Self::of(name, &bytes)
    }

    /// A command of sixteen bytes.
    pub const fn sixteen(name: &'static str, bytes: [u8; 16]) -> Self {
        Self::of(name, &bytes)
    }

    const fn of(name: &'static str, given: &[u8]) -> Self {
        let mut bytes = [0; 16];
        let (head, _) = bytes.split_at_mut(given.len());
        head.copy_from_slice(given);
        Self { name, bytes, length: given.len() as u8 }
    }

    /// The name the standard gives it.
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// Its bytes.
    pub fn bytes(&self) -> &[u8] {
        self.bytes.get(..usize::from(self.length)).unwrap_or(&self.bytes)
    }

    /// Its operation code.
    pub fn operation(&self) -> u8 {
        let [operation, ..] = self.bytes;
        operation
    }
}
