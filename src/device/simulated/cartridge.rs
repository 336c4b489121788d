//! Cartridges: what they are, before anybody has put them anywhere.

use crate::device::{DeviceError, DeviceResult, MediumPurpose, Refusal, VolumeTag};

/// The longest bar code a changer can report.
const LONGEST_BAR_CODE: usize = 32;

/// Names one cartridge of a simulated library, wherever it is. Never used again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CartridgeId(pub u32);

/// A cartridge to be made: blank, rewritable, one-sided, of 64 MiB, of the library's usual media
/// type, with no bar code, until told otherwise.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cartridge {
    bar_code: VolumeTag,
    media_type: Option<u32>,
    sides: u8,
    capacity: u64,
    early_warning: Option<u64>,
    write_protected: bool,
    purpose: MediumPurpose,
    uses: u32,
}

impl Default for Cartridge {
    fn default() -> Self {
        Self {
            bar_code: VolumeTag::Absent,
            media_type: None,
            sides: 1,
            capacity: 64 << 20,
            early_warning: None,
            write_protected: false,
            purpose: MediumPurpose::Data,
            uses: 0,
        }
    }
}

impl Cartridge {
    /// A cartridge with no bar code.
    pub fn new() -> Self {
        Self::default()
    }

    /// A cartridge with this bar code: 1 to 32 printable ASCII characters without spaces.
    pub fn with_bar_code(text: impl Into<String>) -> Self {
        Self { bar_code: VolumeTag::Read(text.into()), ..Self::default() }
    }

    /// A cartridge with a bar code that no reader can read.
    pub fn with_unreadable_bar_code() -> Self {
        Self { bar_code: VolumeTag::Unreadable, ..Self::default() }
    }

    /// Of this media type (the original's code) instead of the library's usual one.
    #[must_use]
    pub fn media_type(mut self, code: u32) -> Self {
        self.media_type = Some(code);
        self
    }

    /// With two sides.
    #[must_use]
    pub fn two_sided(mut self) -> Self {
        self.sides = 2;
        self
    }

    /// With room for this many bytes on each side. Besides its data, each block takes 16 bytes of
    /// it, and so does each filemark.
    #[must_use]
    pub fn capacity(mut self, bytes: u64) -> Self {
        self.capacity = bytes;
        self
    }

    /// With an early warning when no more than this many bytes are left. A twentieth of the
    /// capacity unless told otherwise.
    #[must_use]
    pub fn early_warning(mut self, bytes: u64) -> Self {
        self.early_warning = Some(bytes);
        self
    }

    /// With its write protection on.
    #[must_use]
    pub fn write_protected(mut self) -> Self {
        self.write_protected = true;
        self
    }

    /// That can be written once: what is on it stays, and writing goes on behind it.
    #[must_use]
    pub fn write_once(mut self) -> Self {
        self.purpose = MediumPurpose::WriteOnce;
        self
    }

    /// That cleans drives this many times, instead of holding data. Its bar code begins with `CLN`
    /// where the changer is to know what it is.
    ///
    /// ```
    /// use rsm::device::simulated::{Cartridge, SimulatedLibrary};
    /// use rsm::device::{LibraryDevice, MediumPurpose};
    ///
    /// let library = SimulatedLibrary::builder()
    ///     .cartridge(Cartridge::with_bar_code("CLN001L8").cleaner(50))
    ///     .build()?;
    /// let (changer, hands) = (library.changers().remove(0), library.hands());
    /// let (from, place) = (changer.geometry()?.slots.first, library.drive_places()[0]);
    /// hands.soil(place)?;
    /// changer.move_medium(from, place.address, false)?;
    /// let cleaner = hands.look(place)?.unwrap();
    /// assert_eq!(hands.uses_left(cleaner)?, 49);
    /// # Ok::<(), rsm::device::DeviceError>(())
    /// ```
    #[must_use]
    pub fn cleaner(mut self, uses: u32) -> Self {
        (self.purpose, self.uses) = (MediumPurpose::Cleaning, uses);
        self
    }

    /// Checks it and takes it apart, into what it shares with others and what it does not.
    pub(super) fn into_parts(self, usual_type: u32) -> DeviceResult<(Kind, Marks)> {
        if let VolumeTag::Read(text) = &self.bar_code {
            check_bar_code(text)?;
        }
        let kind = Kind {
            media_type: self.media_type.unwrap_or(usual_type),
            sides: self.sides,
            capacity: self.capacity,
            early_warning: self.early_warning.unwrap_or(self.capacity / 20),
            purpose: self.purpose,
        };
        let Self { bar_code, write_protected, uses, .. } = self;
        Ok((kind, Marks { bar_code, write_protected, uses }))
    }
}

/// What each cartridge has of its own.
#[derive(Clone, Debug)]
pub(super) struct Marks {
    pub bar_code: VolumeTag,
    pub write_protected: bool,
    /// How often it still cleans.
    pub uses: u32,
}

/// Whether a changer could report this as a bar code.
pub(super) fn check_bar_code(text: &str) -> DeviceResult<()> {
    let fits = (1..=LONGEST_BAR_CODE).contains(&text.len());
    if fits && text.bytes().all(|b| b.is_ascii_graphic()) {
        return Ok(());
    }
    Err(DeviceError::refused(
        Refusal::Invalid,
        format!("a bar code is 1 to 32 printable ASCII characters without spaces, not {text:?}"),
    ))
}

/// What many cartridges have in common.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Kind {
    pub media_type: u32,
    pub sides: u8,
    pub capacity: u64,
    pub early_warning: u64,
    /// Data, written once or not, or cleaning.
    pub purpose: MediumPurpose,
}
