//! Commands of disk and optical drives (SBC-4, MMC-6).

use super::Command;

/// START STOP UNIT (SBC-4, 5.31), which takes the medium in and makes it ready.
pub const fn start() -> Command {
    Command::six("START STOP UNIT", [0x1b, 0, 0, 0, 0x03, 0])
}

/// START STOP UNIT, which brings the medium out.
pub const fn eject() -> Command {
    Command::six("START STOP UNIT", [0x1b, 0, 0, 0, 0x02, 0])
}

/// READ CAPACITY(10) (SBC-4, 5.20).
pub const fn read_capacity_10() -> Command {
    Command::ten("READ CAPACITY(10)", [0x25, 0, 0, 0, 0, 0, 0, 0, 0, 0])
}

/// READ CAPACITY(16) (SBC-4, 5.21).
pub const fn read_capacity_16(length: u32) -> Command {
    let [l0, l1, l2, l3] = length.to_be_bytes();
    Command::sixteen(
        "READ CAPACITY(16)",
        [0x9e, 0x10, 0, 0, 0, 0, 0, 0, 0, 0, l0, l1, l2, l3, 0, 0],
    )
}

/// READ(10) (SBC-4, 5.16) of so many sectors.
pub const fn read(first: u32, sectors: u16) -> Command {
    Command::ten("READ(10)", on_sectors(0x28, first, sectors))
}

/// WRITE(10) (SBC-4, 5.42) of so many sectors.
pub const fn write(first: u32, sectors: u16) -> Command {
    Command::ten("WRITE(10)", on_sectors(0x2a, first, sectors))
}

/// SYNCHRONIZE CACHE(10) (SBC-4, 5.33) of everything. It ends when all is on the medium.
pub const fn synchronize_cache() -> Command {
    Command::ten("SYNCHRONIZE CACHE(10)", on_sectors(0x35, 0, 0))
}

/// GET CONFIGURATION (MMC-6, 6.6): the current profile.
pub const fn get_configuration(length: u16) -> Command {
    let [high, low] = length.to_be_bytes();
    Command::ten("GET CONFIGURATION", [0x46, 0x02, 0, 0, 0, 0, 0, high, low, 0])
}

const fn on_sectors(operation: u8, first: u32, sectors: u16) -> [u8; 10] {
    let [f0, f1, f2, f3] = first.to_be_bytes();
    let [high, low] = sectors.to_be_bytes();
    [operation, 0, f0, f1, f2, f3, 0, high, low, 0]
}
