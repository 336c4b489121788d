//! Fields of a record that may be shorter than they think.

/// The `N` bytes at `offset`, if the record has them.
pub(super) fn array_at<const N: usize>(record: &[u8], offset: usize) -> Option<[u8; N]> {
    record.get(offset..)?.first_chunk().copied()
}

/// The 16-bit little-endian number at `offset`.
pub(super) fn u16_le(record: &[u8], offset: usize) -> Option<u16> {
    array_at(record, offset).map(u16::from_le_bytes)
}

/// The 32-bit little-endian number at `offset`.
pub(super) fn u32_le(record: &[u8], offset: usize) -> Option<u32> {
    array_at(record, offset).map(u32::from_le_bytes)
}

/// Puts `field` at `offset`; what is beyond the end of the block is left out.
pub(super) fn put(block: &mut [u8], offset: usize, field: &[u8]) {
    let room = block.get_mut(offset..).unwrap_or_default();
    room.iter_mut().zip(field).for_each(|(to, from)| *to = *from);
}
