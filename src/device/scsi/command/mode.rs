//! MODE SENSE and MODE SELECT (SPC-5, 6.11 to 6.15), and the parameters of the latter (7.5).

use super::Command;
use crate::device::scsi::reply::mode::BlockDescriptor;

/// All pages.
pub const ALL_PAGES: u8 = 0x3f;

/// Which values of a mode page are asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PageControl {
    /// Those in force.
    #[default]
    Current,
    /// A mask of those that can be changed.
    Changeable,
    /// Those after the device is switched on, unless there are saved ones.
    Default,
    /// Those that were saved.
    Saved,
}

/// MODE SENSE(6), the current values of a page, with the block descriptor where `block`.
pub const fn mode_sense_6(page: u8, block: bool, allocation: u8) -> Command {
    let bytes = [0x1a, without(block), page & 0x3f, 0, allocation, 0];
    Command::six("MODE SENSE(6)", bytes)
}

/// MODE SENSE(10), a page or subpage (0 for the page itself), with the block descriptor where
/// `block`.
pub const fn mode_sense_10(
    page: u8,
    subpage: u8,
    values: PageControl,
    block: bool,
    allocation: u16,
) -> Command {
    let [high, low] = allocation.to_be_bytes();
    let page = (values as u8) << 6 | page & 0x3f;
    let bytes = [0x5a, without(block), page, subpage, 0, 0, 0, high, low, 0];
    Command::ten("MODE SENSE(10)", bytes)
}

/// MODE SELECT(6), of parameters of this length; saved by the device where `save`.
pub const fn mode_select_6(save: bool, length: u8) -> Command {
    Command::six("MODE SELECT(6)", [0x15, page_format(save), 0, 0, length, 0])
}

/// MODE SELECT(10).
pub const fn mode_select_10(save: bool, length: u16) -> Command {
    let [high, low] = length.to_be_bytes();
    Command::ten("MODE SELECT(10)", [0x55, page_format(save), 0, 0, 0, 0, 0, high, low, 0])
}

/// The parameters of MODE SELECT(6).
///
/// `device_specific` is that byte of the header: at a tape drive 0x10 for buffered writing. Each page
/// begins with its code and its length, as MODE SENSE gave it.
///
/// ```
/// use rsm::device::scsi::command::mode;
/// use rsm::device::scsi::reply::mode::BlockDescriptor;
///
/// let variable = BlockDescriptor { density: 0, count: 0, length: 0 };
/// let parameters = mode::select_parameters_6(0x10, Some(variable), &[]);
/// assert_eq!(parameters, [0, 0, 0x10, 8, 0, 0, 0, 0, 0, 0, 0, 0]);
/// ```
pub fn select_parameters_6(
    device_specific: u8,
    block: Option<BlockDescriptor>,
    pages: &[&[u8]],
) -> Vec<u8> {
    let mut bytes = vec![0, 0, device_specific, if block.is_some() { 8 } else { 0 }];
    add(&mut bytes, block, pages);
    bytes
}

/// The parameters of MODE SELECT(10), as [`select_parameters_6`].
pub fn select_parameters_10(
    device_specific: u8,
    block: Option<BlockDescriptor>,
    pages: &[&[u8]],
) -> Vec<u8> {
    let length = if block.is_some() { 8 } else { 0 };
    let mut bytes = vec![0, 0, 0, device_specific, 0, 0, 0, length];
    add(&mut bytes, block, pages);
    bytes
}

fn add(bytes: &mut Vec<u8>, block: Option<BlockDescriptor>, pages: &[&[u8]]) {
    bytes.extend(block.iter().flat_map(|block| block.bytes()));
    for page in pages {
        // Whether a page can be saved is what the device says, not the host.
        bytes.extend(page.first().map(|code| code & 0x7f));
        bytes.extend(page.iter().skip(1));
    }
}

const fn without(block: bool) -> u8 {
    if block { 0 } else { 0x08 }
}

const fn page_format(save: bool) -> u8 {
    if save { 0x11 } else { 0x10 }
}
