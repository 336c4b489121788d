//! What sense data mean.

use std::ops::RangeInclusive;

use Attention::{MediumChanged, Other, PortAccessed, Reset};
use DeviceErrorKind::{
    ChangerFault, DriveFault, EndOfMedium, Gone, LookAgain, MediumFault, NeedsOperator, NoMedium,
    NotReady, OutcomeUnknown, Refused, WriteProtected,
};
use Refusal::{
    DestinationFull, InUse, Incompatible, Invalid, NoSuchElement, NotAccessible, RemovalPrevented,
    SourceEmpty, Unsupported,
};

use super::super::reply::sense::SenseData;
use crate::device::{Attention, DeviceClass, DeviceErrorKind, Refusal};

/// Sense data that mean the same.
struct Row {
    by: By,
    keys: RangeInclusive<u8>,
    conditions: RangeInclusive<u16>,
    kind: DeviceErrorKind,
    text: &'static str,
}

/// Who says it.
#[derive(PartialEq, Eq)]
enum By {
    All,
    Changer,
    Drive,
}

use By::{All, Changer, Drive};

const ANY_KEY: RangeInclusive<u8> = 2..=5;
const ANY: RangeInclusive<u16> = 0x0000..=0xffff;

const fn row(
    by: By,
    keys: RangeInclusive<u8>,
    conditions: RangeInclusive<u16>,
    kind: DeviceErrorKind,
    text: &'static str,
) -> Row {
    Row { by, keys, conditions, kind, text }
}

/// The first row that fits counts.
#[rustfmt::skip]
const ROWS: &[Row] = &[
    row(All, 6..=6, 0x2801..=0x2801, LookAgain(PortAccessed), "an import/export port was used"),
    row(All, 6..=6, 0x2803..=0x2803, LookAgain(PortAccessed), "an import/export port was used"),
    row(All, 6..=6, 0x2800..=0x28ff, LookAgain(MediumChanged), "a medium may have been exchanged"),
    row(All, 6..=6, 0x2900..=0x29ff, LookAgain(Reset), "the device was switched on or reset"),
    row(All, 6..=6, 0x3b12..=0x3b13, LookAgain(MediumChanged), "a magazine was put in or taken out"),
    row(All, 6..=6, 0x2a03..=0x2a05, LookAgain(Other), "another host has taken over a reservation"),
    row(All, 6..=6, ANY, LookAgain(Other), "something happened to the device"),

    row(All, ANY_KEY, 0x5302..=0x5303, Refused(RemovalPrevented), "removal is prevented"),
    row(Changer, ANY_KEY, 0x2101..=0x2101, Refused(NoSuchElement), "there is no such element"),
    row(Changer, ANY_KEY, 0x3b0d..=0x3b0d, Refused(DestinationFull), "the destination is full"),
    row(Changer, ANY_KEY, 0x3b0e..=0x3b0e, Refused(SourceEmpty), "the source is empty"),
    row(Changer, 2..=2, 0x3a00..=0x3bff, NeedsOperator, "a magazine is missing"),
    row(Changer, ANY_KEY, 0x3b11..=0x3b12, Refused(NotAccessible), "the magazine is not accessible"),
    row(Changer, ANY_KEY, 0x3b14..=0x3b14, Refused(NotAccessible), "the magazine is locked"),
    row(Changer, ANY_KEY, 0x3b18..=0x3b18, Refused(NotAccessible), "the element is disabled"),
    row(Changer, ANY_KEY, 0x3b1a..=0x3b1a, Refused(NotAccessible), "the drive is taken out"),
    row(All, ANY_KEY, 0x2700..=0x27ff, WriteProtected, "the medium is write-protected"),
    row(Drive, 2..=2, 0x3003..=0x3003, NotReady, "a cleaning cartridge is in the drive"),
    row(Drive, 2..=7, 0x3007..=0x3007, MediumFault, "the cleaning failed"),
    row(Drive, 2..=7, 0x300c..=0x300c, WriteProtected, "what was written once cannot be changed"),
    row(Drive, 2..=7, 0x300d..=0x300d, MediumFault, "the write-once medium has been tampered with"),
    row(Drive, 3..=3, 0x3010..=0x3010, MediumFault, "the medium is not formatted"),
    row(All, 2..=7, 0x3000..=0x30ff, Refused(Incompatible), "the medium does not fit the device"),
    row(All, 2..=4, 0x0403..=0x0403, NeedsOperator, "somebody has to look after the device"),

    row(All, 2..=2, 0x0412..=0x0412, NeedsOperator, "the device is offline"),
    row(Changer, 2..=2, 0x0480..=0x04ff, NeedsOperator, "the library cannot be used; a door may be open"),
    row(All, 2..=2, 0x0402..=0x0402, NotReady, "the device waits to be started"),
    row(All, 2..=2, 0x0400..=0x04ff, NotReady, "the device is not ready yet"),
    row(Drive, 2..=2, 0x3100..=0x31ff, MediumFault, "the format of the medium is damaged"),
    row(Drive, 2..=2, 0x3a00..=0x3aff, NoMedium, "there is no medium"),
    row(All, 2..=2, ANY, NotReady, "the device is not ready"),

    row(All, 3..=3, ANY, MediumFault, "the medium cannot be read or written"),

    row(Changer, 4..=4, 0x5300..=0x53ff, DriveFault, "the drive does not give or take the cartridge"),
    row(Changer, 4..=4, ANY, ChangerFault, "the changer is at fault"),
    row(Drive, 4..=4, ANY, DriveFault, "the drive is at fault"),

    row(All, 5..=5, 0x2000..=0x2000, Refused(Unsupported), "the device has no such command"),
    row(All, 5..=5, 0x2009..=0x2009, Refused(Unsupported), "the device has no such command"),
    row(All, 5..=5, 0x3900..=0x3900, Refused(Unsupported), "the device saves no parameters"),
    row(All, 5..=5, 0x2500..=0x2500, Gone, "there is no such unit"),
    row(Changer, 5..=5, 0x3a00..=0x3aff, Refused(SourceEmpty), "there is no cartridge"),
    row(Drive, 5..=5, 0x3a00..=0x3aff, NoMedium, "there is no medium"),
    row(Changer, 5..=5, 0x3b00..=0x3bff, Refused(NotAccessible), "the element is not accessible"),
    row(Changer, 5..=5, 0x4480..=0x44ff, Refused(NotAccessible), "source, destination or robot is not ready"),
    row(Changer, 5..=5, 0x5300..=0x53ff, Refused(NotAccessible), "the drive does not give or take the cartridge"),
    row(All, 5..=5, 0x5500..=0x55ff, Refused(InUse), "the device has no room for it"),
    row(All, 5..=5, 0x2400..=0x24ff, Refused(Invalid), "a field of the command is not valid"),
    row(All, 5..=5, 0x2600..=0x26ff, Refused(Invalid), "a field of the parameters is not valid"),
    row(All, 5..=5, 0x2c00..=0x2cff, Refused(Invalid), "the command cannot be carried out now"),
    row(All, 5..=5, ANY, Refused(Invalid), "the device refuses it"),

    row(All, 7..=7, ANY, WriteProtected, "the medium is protected"),
    row(All, 8..=8, ANY, MediumFault, "nothing was ever written here"),
    row(All, 0xb..=0xb, ANY, OutcomeUnknown, "the command was ended before its end"),
    row(All, 0xd..=0xd, ANY, EndOfMedium, "the medium is full"),
    row(All, 0..=1, ANY, OutcomeUnknown, "the device does not say what is wrong"),
];

/// What these data of a device of this class mean, and in words.
pub(super) fn find(class: DeviceClass, sense: &SenseData) -> (DeviceErrorKind, &'static str) {
    let (by, fault) = match class {
        DeviceClass::Changer => (Changer, ChangerFault),
        _ => (Drive, DriveFault),
    };
    let fits = |row: &&Row| {
        (row.by == All || row.by == by)
            && row.keys.contains(&sense.key)
            && row.conditions.contains(&sense.condition())
    };
    let unknown = (fault, "the device is at fault");
    ROWS.iter().find(fits).map_or(unknown, |row| (row.kind, row.text))
}
