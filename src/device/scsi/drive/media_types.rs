//! Media types by what drives say of them.

use crate::model::MediaTypeCode;

/// The media type of a tape of this density, where the density belongs to one only.
pub(super) fn of_density(density: u8, product: &str) -> Option<MediaTypeCode> {
    Some(match density {
        // One number for the first LTO and for a DLT.
        0x40 if product.contains("DLT") => MediaTypeCode::Dlt,
        0x40 | 0x42 | 0x44 | 0x46 | 0x58 | 0x5a | 0x5c | 0x5d | 0x5e | 0x60 => {
            MediaTypeCode::LtoUltrium
        }
        0x19..=0x1b | 0x41 | 0x48 | 0x49 | 0x80..=0x85 | 0x88 | 0x89 => MediaTypeCode::Dlt,
        0x13 | 0x24 | 0x25 => MediaTypeCode::Dds4mm,
        0x0f..=0x12 => MediaTypeCode::Qic,
        0x14 => MediaTypeCode::Mp8mm,
        0x27 => MediaTypeCode::Ame8mm,
        0x31 => MediaTypeCode::Ait2OrLater,
        _ => return None,
    })
}

/// The media type of an optical medium with this profile.
pub(super) fn of_profile(profile: u16) -> Option<MediaTypeCode> {
    Some(match profile {
        0x0008 => MediaTypeCode::CdRom,
        0x0009 => MediaTypeCode::CdR,
        0x000a => MediaTypeCode::CdRw,
        0x0010 => MediaTypeCode::DvdRom,
        0x0011 => MediaTypeCode::DvdR,
        0x0012 => MediaTypeCode::DvdRam,
        0x0013 | 0x0014 => MediaTypeCode::DvdRw,
        _ => return None,
    })
}
