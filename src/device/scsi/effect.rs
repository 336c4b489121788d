//! What a command does, as far as it matters for sending it again.

use crate::device::DeviceClass;

/// What a command does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Effect {
    /// It asks about the device itself, which does not depend on what happens to its media.
    Asks,
    /// It looks at what may have changed; its sender wants to be told.
    Looks,
    /// It moves, writes, reads on, or changes a setting.
    Acts,
}

/// What the command with this operation code does at a device of this class.
pub(super) fn of(class: DeviceClass, operation: u8) -> Effect {
    match (class, operation) {
        // REQUEST SENSE, INQUIRY, MODE SENSE (6 and 10), LOG SENSE, PERSISTENT RESERVE IN,
        // REPORT LUNS, MAINTENANCE IN (REPORT SUPPORTED OPERATION CODES).
        (_, 0x03 | 0x12 | 0x1a | 0x5a | 0x4d | 0x5e | 0xa0 | 0xa3) => Effect::Asks,
        // READ BLOCK LIMITS, REPORT DENSITY SUPPORT.
        (DeviceClass::Tape, 0x05 | 0x44) => Effect::Asks,
        // TEST UNIT READY.
        (_, 0x00) => Effect::Looks,
        // READ ELEMENT STATUS, REQUEST VOLUME ELEMENT ADDRESS.
        (DeviceClass::Changer, 0xb8 | 0xb5) => Effect::Looks,
        // READ POSITION, READ ATTRIBUTE.
        (DeviceClass::Tape, 0x34 | 0x8c) => Effect::Looks,
        // READ CAPACITY (10, and 16 as SERVICE ACTION IN), GET CONFIGURATION.
        (DeviceClass::Disk | DeviceClass::CdRom | DeviceClass::Dvd, 0x25 | 0x9e | 0x46) => {
            Effect::Looks
        }
        _ => Effect::Acts,
    }
}

/// Whether a device answers this although it has noticed something that it told nobody yet
/// (SAM-5, 5.14): REQUEST SENSE, INQUIRY, REPORT LUNS.
pub(super) fn passes_attentions(operation: u8) -> bool {
    matches!(operation, 0x03 | 0x12 | 0xa0)
}
