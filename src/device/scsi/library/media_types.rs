//! The media types that drives take, by what they are called.

use crate::device::{DeviceClass, DeviceIdentity};
use crate::model::MediaTypeCode;

/// Parts of product names and what tapes such drives take, the more particular first. Names are in
/// capitals.
const TAPES: &[(&str, &[MediaTypeCode])] = &[
    ("ULTRIUM", &[MediaTypeCode::LtoUltrium]),
    ("ULT3580", &[MediaTypeCode::LtoUltrium]),
    ("LTO", &[MediaTypeCode::LtoUltrium]),
    ("ULT", &[MediaTypeCode::LtoUltrium]),
    ("DLT", &[MediaTypeCode::Dlt]),
    ("9840", &[MediaTypeCode::Stk9840]),
    ("03590", &[MediaTypeCode::IbmMagstar3590]),
    ("03570", &[MediaTypeCode::IbmMagstarMp]),
    ("3490", &[MediaTypeCode::Ibm3490e]),
    ("3480", &[MediaTypeCode::Ibm3480]),
    ("VXA-2", &[MediaTypeCode::Vxa2, MediaTypeCode::Vxa1]),
    ("VXA", &[MediaTypeCode::Vxa1]),
    ("SDX-3", &[MediaTypeCode::Ait1]),
    ("SDX-", &[MediaTypeCode::Ait2OrLater, MediaTypeCode::Ait1]),
    ("EXB-85", &[MediaTypeCode::Mp8mm]),
    ("EXB-89", &[MediaTypeCode::Ame8mm]),
    ("MAMMOTH", &[MediaTypeCode::Ame8mm]),
    ("SDT-", &[MediaTypeCode::Dds4mm]),
    ("DAT", &[MediaTypeCode::Dds4mm]),
    ("DDS", &[MediaTypeCode::Dds4mm]),
];

/// Those of all drives together, in the order of the drives.
pub(super) fn of_drives(drives: &[DeviceIdentity]) -> Vec<u32> {
    let mut codes = Vec::new();
    for code in drives.iter().flat_map(of_drive) {
        if !codes.contains(&code.value()) {
            codes.push(code.value());
        }
    }
    codes
}

fn of_drive(drive: &DeviceIdentity) -> &'static [MediaTypeCode] {
    use MediaTypeCode::{CdR, CdRom, CdRw, DvdR, DvdRam, DvdRom, DvdRw, Mo5Rw, Mo5Wo};
    match drive.class {
        DeviceClass::Tape => {
            let product = drive.product.to_ascii_uppercase();
            let row = TAPES.iter().find(|(part, _)| product.contains(part));
            row.map_or(&[], |(_, codes)| codes)
        }
        DeviceClass::CdRom => &[CdRom, CdR, CdRw],
        DeviceClass::Dvd => &[DvdRam, DvdRw, DvdR, DvdRom, CdRw, CdR, CdRom],
        DeviceClass::Disk => &[Mo5Rw, Mo5Wo],
        DeviceClass::Changer => &[],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn codes(product: &str) -> Vec<u32> {
        let product = product.to_owned();
        of_drives(&[DeviceIdentity { product, ..DeviceIdentity::default() }])
    }

    #[test]
    fn names_stand_for_media_types() {
        for (product, code) in [
            ("Ultrium 6-SCSI", MediaTypeCode::LtoUltrium),
            ("ULT3580-TD6", MediaTypeCode::LtoUltrium),
            ("IBM LTO-9 HH", MediaTypeCode::LtoUltrium),
            ("SuperDLT1", MediaTypeCode::Dlt),
            ("T9840C", MediaTypeCode::Stk9840),
            ("DAT160", MediaTypeCode::Dds4mm),
            ("SDX-300C", MediaTypeCode::Ait1),
        ] {
            assert_eq!(codes(product), [code.value()], "{product}");
        }
        assert_eq!(codes("Something else"), []);
    }

    #[test]
    fn several_drives_have_each_type_once() {
        let drive = |product: &str| DeviceIdentity {
            product: product.to_owned(),
            ..DeviceIdentity::default()
        };
        let both = of_drives(&[drive("VXA-2"), drive("VXA-1"), drive("DLT8000")]);
        let expected = [MediaTypeCode::Vxa2, MediaTypeCode::Vxa1, MediaTypeCode::Dlt];
        assert_eq!(both, expected.map(MediaTypeCode::value));
    }
}
