//! Commands of all devices (SPC-5).

use super::Command;

const NAME: &str = "INQUIRY";

/// INQUIRY, the standard data.
pub const fn inquiry(allocation: u16) -> Command {
    let [high, low] = allocation.to_be_bytes();
    Command::six(NAME, [0x12, 0, 0, high, low, 0])
}

/// INQUIRY, a page of vital product data.
pub const fn inquiry_vpd(page: u8, allocation: u16) -> Command {
    let [high, low] = allocation.to_be_bytes();
    Command::six(NAME, [0x12, 0x01, page, high, low, 0])
}
