//! Volume tags: bar codes.

use super::Fields;
use crate::device::VolumeTag;

/// How long a volume tag is in a descriptor: the text, two reserved bytes, a sequence number.
pub(super) const LENGTH: usize = 36;
const TEXT: usize = 32;

/// The tag at an offset. Blank is none; what is not text, or cut off within it, is unreadable.
pub(super) fn read(descriptor: Fields<'_>, at: usize) -> VolumeTag {
    let field = descriptor.part(at, TEXT);
    let is_whole = field.len() == TEXT || field.bytes().last().is_none_or(is_blank);
    let text = field.text(0, end_of_text(field));
    match text.as_str() {
        _ if !is_whole || !is_text(descriptor, at) => VolumeTag::Unreadable,
        "" => VolumeTag::Absent,
        _ => VolumeTag::Read(text),
    }
}

/// Whether what lies there can be a tag: printable, or blank.
pub(super) fn is_text(descriptor: Fields<'_>, at: usize) -> bool {
    let field = descriptor.part(at, TEXT);
    let mut text = field.bytes().iter().take(end_of_text(field));
    text.all(|byte| (0x20..0x7F).contains(byte))
}

fn end_of_text(field: Fields<'_>) -> usize {
    field.bytes().iter().position(|byte| *byte == 0).unwrap_or(TEXT)
}

fn is_blank(byte: &u8) -> bool {
    matches!(byte, 0 | b' ')
}
