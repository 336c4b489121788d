//! The answers to INQUIRY (SPC-5, 6.7 and 7.7).

use super::{Fields, Malformed};
use crate::device::DeviceClass;

/// Standard INQUIRY data.
#[non_exhaustive]
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Inquiry {
    /// Peripheral qualifier: 0 where there is a device.
    pub qualifier: u8,
    /// Peripheral device type: 1 tape, 5 CD or DVD, 7 optical memory, 8 changer.
    pub device_type: u8,
    /// Media can be taken out.
    pub removable: bool,
    /// The version of SPC it follows; 0 for none.
    pub version: u8,
    /// Who made it, trimmed.
    pub vendor: String,
    /// The model, trimmed.
    pub product: String,
    /// The revision of its firmware, trimmed.
    pub revision: String,
}

impl Inquiry {
    /// Reads standard INQUIRY data. Texts may be cut off.
    ///
    /// # Errors
    /// [`Malformed::Short`] without the fields before the texts.
    pub fn read(bytes: &[u8]) -> Result<Self, Malformed> {
        let fields = Fields::new("INQUIRY data", bytes);
        let additional = usize::from(fields.byte(4)?);
        let (kind, fields) = (fields.byte(0)?, fields.part(0, 5 + additional));
        Ok(Self {
            qualifier: kind >> 5,
            device_type: kind & 0x1f,
            removable: fields.bit(1, 7),
            version: fields.byte(2)?,
            vendor: fields.text(8, 8),
            product: fields.text(16, 16),
            revision: fields.text(32, 4),
        })
    }

    /// What kind of device it is, where this crate has a name for it and the device is there.
    pub fn class(&self) -> Option<DeviceClass> {
        match self.device_type {
            _ if self.qualifier != 0 => None,
            0x00 | 0x07 => Some(DeviceClass::Disk),
            0x01 => Some(DeviceClass::Tape),
            0x05 => Some(DeviceClass::CdRom),
            0x08 => Some(DeviceClass::Changer),
            _ => None,
        }
    }
}

/// The pages of vital product data a device has (page 00h).
///
/// # Errors
/// [`Malformed`] for another page, or none.
pub fn supported_pages(bytes: &[u8]) -> Result<Vec<u8>, Malformed> {
    Ok(page(0x00, "list of VPD pages", bytes)?.bytes().to_vec())
}

/// The serial number of the unit (page 80h), trimmed at both ends. Empty where the device has the
/// page and no number.
///
/// # Errors
/// [`Malformed`] for another page, and for what is no text: there are devices that answer with
/// their standard data.
pub fn serial_number(bytes: &[u8]) -> Result<String, Malformed> {
    let page = page(0x80, "serial number", bytes)?;
    if page.bytes().iter().any(|byte| !matches!(byte, 0 | 0x20..0x7f)) {
        return Err(page.senseless("it is no text"));
    }
    Ok(page.text(0, page.len()))
}

/// Whether a tape drive takes write-once media (page B0h).
///
/// # Errors
/// [`Malformed`] for another page, or an empty one.
pub fn takes_write_once(bytes: &[u8]) -> Result<bool, Malformed> {
    let page = page(0xb0, "sequential-access capabilities", bytes)?;
    Ok(page.byte(0)? & 1 != 0)
}

/// The serial number its maker gave a tape drive (page B1h), which a library that pretends to be
/// somebody else on page 80h leaves alone. Trimmed; may be empty.
///
/// # Errors
/// [`Malformed`] for another page.
pub fn manufacturer_serial(bytes: &[u8]) -> Result<String, Malformed> {
    let page = page(0xb1, "manufacturer's serial number", bytes)?;
    Ok(page.text(0, page.len()))
}

/// A name of a device (page 83h).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Designator {
    /// What it names: 0 the unit, 1 the port it was asked through, 2 the device with all units.
    pub association: u8,
    /// How it is made: 1 with the vendor's name, 2 EUI-64, 3 NAA, 8 a SCSI name, others.
    pub kind: u8,
    /// It is a text.
    pub is_text: bool,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

impl Designator {
    /// As a text, trimmed; as hexadecimal digits where it is none.
    pub fn text(&self) -> String {
        if self.is_text {
            Fields::new("designator", &self.bytes).text(0, self.bytes.len())
        } else {
            self.bytes.iter().map(|byte| format!("{byte:02x}")).collect()
        }
    }
}

/// The names of a device (page 83h). One that is cut off is left out.
///
/// # Errors
/// [`Malformed`] for another page.
pub fn designators(bytes: &[u8]) -> Result<Vec<Designator>, Malformed> {
    Ok(read_designators(page(0x83, "device identification", bytes)?))
}

/// A list of designation descriptors.
pub(super) fn read_designators(mut rest: Fields<'_>) -> Vec<Designator> {
    let mut found = Vec::new();
    while let (Ok(set), Ok(how), Ok(length)) = (rest.byte(0), rest.byte(1), rest.byte(3)) {
        let length = usize::from(length);
        let Ok(designator) = rest.whole(4, length) else { break };
        found.push(Designator {
            association: how >> 4 & 0x03,
            kind: how & 0x0f,
            is_text: matches!(set & 0x0f, 2 | 3),
            bytes: designator.bytes().to_vec(),
        });
        rest = rest.rest(4 + length);
    }
    found
}

/// What a page of vital product data holds, as far as it came.
fn page<'a>(code: u8, name: &'static str, bytes: &'a [u8]) -> Result<Fields<'a>, Malformed> {
    let fields = Fields::new(name, bytes);
    let length = usize::from(fields.u16(2)?);
    if fields.byte(1)? != code {
        return Err(fields.senseless("it is another page"));
    }
    Ok(fields.part(4, length))
}
