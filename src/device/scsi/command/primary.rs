//! Commands of all devices (SPC-5).

use super::Command;

/// TEST UNIT READY (SPC-5, 6.43).
pub const fn test_unit_ready() -> Command {
    Command::six("TEST UNIT READY", [0; 6])
}

/// REQUEST SENSE (SPC-5, 6.35), in fixed format.
pub const fn request_sense(allocation: u8) -> Command {
    Command::six("REQUEST SENSE", [0x03, 0, 0, 0, allocation, 0])
}

/// INQUIRY (SPC-5, 6.7), the standard data.
pub const fn inquiry(allocation: u16) -> Command {
    let [high, low] = allocation.to_be_bytes();
    Command::six("INQUIRY", [0x12, 0, 0, high, low, 0])
}

/// INQUIRY, a page of vital product data.
pub const fn inquiry_vpd(page: u8, allocation: u16) -> Command {
    let [high, low] = allocation.to_be_bytes();
    Command::six("INQUIRY", [0x12, 0x01, page, high, low, 0])
}

/// LOG SENSE (SPC-5, 6.8), the cumulative values of a page.
pub const fn log_sense(page: u8, allocation: u16) -> Command {
    let [high, low] = allocation.to_be_bytes();
    Command::ten("LOG SENSE", [0x4d, 0, 0x40 | page & 0x3f, 0, 0, 0, 0, high, low, 0])
}

/// REPORT LUNS (SPC-5, 6.33), all but the well-known ones.
pub const fn report_luns(allocation: u32) -> Command {
    let [a, b, c, d] = allocation.to_be_bytes();
    Command::twelve("REPORT LUNS", [0xa0, 0, 0, 0, 0, 0, a, b, c, d, 0, 0])
}

/// REPORT SUPPORTED OPERATION CODES (SPC-5, 6.34), all of them, with time-outs where `timeouts`.
pub const fn report_supported_operation_codes(timeouts: bool, allocation: u32) -> Command {
    let [a, b, c, d] = allocation.to_be_bytes();
    let options = if timeouts { 0x80 } else { 0 };
    let bytes = [0xa3, 0x0c, options, 0, 0, 0, a, b, c, d, 0, 0];
    Command::twelve("REPORT SUPPORTED OPERATION CODES", bytes)
}

/// PREVENT ALLOW MEDIUM REMOVAL (SPC-5, 6.16).
pub const fn prevent_allow_medium_removal(prevent: bool) -> Command {
    let bytes = [0x1e, 0, 0, 0, if prevent { 1 } else { 0 }, 0];
    Command::six("PREVENT ALLOW MEDIUM REMOVAL", bytes)
}
