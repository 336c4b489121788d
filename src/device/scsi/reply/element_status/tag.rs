//! Volume tags: bar codes.

use super::Fields;
use crate::device::VolumeTag;

/// How long a volume tag is in a descriptor: the text, two reserved bytes, a sequence number.
pub(super) const LENGTH: usize = 36;
const TEXT: usize = 32;

/// The tag at an offset. Blank is none; what is not text, or cut off within it, is unreadable.
pub(super) fn read(descriptor: Fields<'_>, at: usize) -> VolumeTag {
    let field = descriptor.part(at, TEXT).bytes();
    let is_whole = field.len() == TEXT || field.last().is_none_or(|byte| matches!(byte, 0 | b' '));
    match text(field) {
        Some("") if is_whole => VolumeTag::Absent,
        Some(text) if is_whole => VolumeTag::Read(text.to_owned()),
        _ => VolumeTag::Unreadable,
    }
}

/// Whether what lies there can be a tag: printable, or blank.
pub(super) fn is_text(descriptor: Fields<'_>, at: usize) -> bool {
    text(descriptor.part(at, TEXT).bytes()).is_some()
}

/// The text up to the first NUL, without the spaces around it; `None` where it is none.
fn text(field: &[u8]) -> Option<&str> {
    let end = field.iter().position(|byte| *byte == 0).unwrap_or(field.len());
    let text = std::str::from_utf8(field.get(..end)?).ok()?;
    text.bytes().all(|byte| (0x20..0x7F).contains(&byte)).then(|| text.trim_matches(' '))
}
