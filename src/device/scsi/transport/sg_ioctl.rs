//! What the SCSI generic driver of Linux tells about itself and its device.
#![allow(unsafe_code)]

use std::ffi::c_int;
use std::os::fd::OwnedFd;

use rustix::io::Errno;
use rustix::ioctl::{Getter, Opcode, ioctl};

const SG_GET_VERSION_NUM: Opcode = 0x2282;
const BLKSECTGET: Opcode = 0x1267;

/// The version of the driver. Other devices refuse to answer.
pub(super) fn version(node: &OwnedFd) -> Result<c_int, Errno> {
    // SAFETY: the driver of every device that knows this number writes one `int`, as
    // `scsi/sg.h` says; others refuse it.
    unsafe { ioctl(node, Getter::<SG_GET_VERSION_NUM, c_int>::new()) }
}

/// The longest transfer in bytes, as far as the driver knows.
pub(super) fn longest_transfer(node: &OwnedFd) -> Option<usize> {
    // SAFETY: only called on a node of the SCSI generic driver, which writes one `int` of bytes
    // here (block devices would write a shorter number, of sectors, which fits as well).
    let bytes = unsafe { ioctl(node, Getter::<BLKSECTGET, c_int>::new()) }.ok()?;
    usize::try_from(bytes).ok().filter(|&bytes| bytes > 0)
}
