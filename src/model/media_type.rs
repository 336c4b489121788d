//! The media types that every catalog knows.

use super::kind::{DeviceType, ReadWriteKind};
use super::numbered::numbered;

numbered! {
    /// Number of a media type that every catalog knows.
    MediaTypeCode: u32 {
        /// Tape: 4 mm DAT/DDS.
        #[doc(alias = "DDS_4mm")]
        Dds4mm = 32,
        /// Tape: miniQIC.
        MiniQic = 33,
        /// Tape: Travan TR series.
        Travan = 34,
        /// Tape: QIC.
        #[doc(alias = "QIC")]
        Qic = 35,
        /// Tape: 8 mm metal particle.
        #[doc(alias = "MP_8mm")]
        Mp8mm = 36,
        /// Tape: 8 mm advanced metal evaporated.
        #[doc(alias = "AME_8mm")]
        Ame8mm = 37,
        /// Tape: 8 mm AIT-1.
        #[doc(alias = "AIT1_8mm")]
        Ait1 = 38,
        /// Tape: DLT.
        #[doc(alias = "DLT")]
        Dlt = 39,
        /// Tape: Philips NCTP.
        #[doc(alias = "NCTP")]
        Nctp = 40,
        /// Tape: IBM 3480.
        #[doc(alias = "IBM_3480")]
        Ibm3480 = 41,
        /// Tape: IBM 3490E.
        #[doc(alias = "IBM_3490E")]
        Ibm3490e = 42,
        /// Tape: IBM 3590.
        #[doc(alias = "IBM_Magstar_3590")]
        IbmMagstar3590 = 43,
        /// Tape: IBM Magstar MP.
        #[doc(alias = "IBM_Magstar_MP")]
        IbmMagstarMp = 44,
        /// Tape: STK D3.
        #[doc(alias = "STK_DATA_D3")]
        StkDataD3 = 45,
        /// Tape: Sony DTF.
        #[doc(alias = "SONY_DTF")]
        SonyDtf = 46,
        /// Tape: 6 mm digital video.
        #[doc(alias = "DV_6mm")]
        Dv6mm = 47,
        /// Tape: Exabyte DMI.
        #[doc(alias = "DMI")]
        Dmi = 48,
        /// Tape: Sony D2.
        #[doc(alias = "SONY_D2")]
        SonyD2 = 49,
        /// Cleaner cartridge, any drive.
        #[doc(alias = "CLEANER_CARTRIDGE")]
        CleanerCartridge = 50,
        /// Optical: CD, read only.
        #[doc(alias = "CD_ROM")]
        CdRom = 51,
        /// Optical: CD, write once.
        #[doc(alias = "CD_R")]
        CdR = 52,
        /// Optical: CD, rewritable.
        #[doc(alias = "CD_RW")]
        CdRw = 53,
        /// Optical: DVD, read only.
        #[doc(alias = "DVD_ROM")]
        DvdRom = 54,
        /// Optical: DVD, write once.
        #[doc(alias = "DVD_R")]
        DvdR = 55,
        /// Optical: DVD, rewritable.
        #[doc(alias = "DVD_RW")]
        DvdRw = 56,
        /// Magneto-optical 3.5 inch rewritable.
        #[doc(alias = "MO_3_RW")]
        Mo3Rw = 57,
        /// Magneto-optical 5.25 inch write once.
        #[doc(alias = "MO_5_WO")]
        Mo5Wo = 58,
        /// Magneto-optical 5.25 inch rewritable.
        #[doc(alias = "MO_5_RW")]
        Mo5Rw = 59,
        /// Magneto-optical 5.25 inch direct overwrite.
        #[doc(alias = "MO_5_LIMDOW")]
        Mo5Limdow = 60,
        /// Phase change 5.25 inch write once.
        #[doc(alias = "PC_5_WO")]
        Pc5Wo = 61,
        /// Phase change 5.25 inch rewritable.
        #[doc(alias = "PC_5_RW")]
        Pc5Rw = 62,
        /// Phase change dual rewritable.
        #[doc(alias = "PD_5_RW")]
        Pd5Rw = 63,
        /// Ablative 5.25 inch write once.
        #[doc(alias = "ABL_5_WO")]
        Abl5Wo = 64,
        /// Pinnacle Apex rewritable optical.
        #[doc(alias = "PINNACLE_APEX_5_RW")]
        PinnacleApex5Rw = 65,
        /// Sony 12 inch write once.
        #[doc(alias = "SONY_12_WO")]
        Sony12Wo = 66,
        /// Philips 12 inch write once.
        #[doc(alias = "PHILIPS_12_WO")]
        Philips12Wo = 67,
        /// Hitachi 12 inch write once.
        #[doc(alias = "HITACHI_12_WO")]
        Hitachi12Wo = 68,
        /// Cygnet 12 inch write once.
        #[doc(alias = "CYGNET_12_WO")]
        Cygnet12Wo = 69,
        /// Kodak 14 inch write once.
        #[doc(alias = "KODAK_14_WO")]
        Kodak14Wo = 70,
        /// Near-field recording optical.
        #[doc(alias = "MO_NFR_525")]
        MoNfr525 = 71,
        /// Nikon 12 inch rewritable.
        #[doc(alias = "NIKON_12_RW")]
        Nikon12Rw = 72,
        /// Magnetic disk: Zip.
        #[doc(alias = "IOMEGA_ZIP")]
        IomegaZip = 73,
        /// Magnetic disk: Jaz.
        #[doc(alias = "IOMEGA_JAZ")]
        IomegaJaz = 74,
        /// Magnetic disk: EZ135.
        #[doc(alias = "SYQUEST_EZ135")]
        SyquestEz135 = 75,
        /// Magnetic disk: EzFlyer.
        #[doc(alias = "SYQUEST_EZFLYER")]
        SyquestEzflyer = 76,
        /// Magnetic disk: SyJet.
        #[doc(alias = "SYQUEST_SYJET")]
        SyquestSyjet = 77,
        /// Magnetic disk: 2.5 inch.
        #[doc(alias = "AVATAR_F2")]
        AvatarF2 = 78,
        /// Tape: 8 mm Hitachi.
        #[doc(alias = "MP2_8mm")]
        Mp2Hitachi8mm = 79,
        /// Tape: Ampex DST small.
        #[doc(alias = "DST_S")]
        DstS = 80,
        /// Tape: Ampex DST medium.
        #[doc(alias = "DST_M")]
        DstM = 81,
        /// Tape: Ampex DST large.
        #[doc(alias = "DST_L")]
        DstL = 82,
        /// Tape: VXA-1.
        #[doc(alias = "VXATape_1")]
        Vxa1 = 83,
        /// Tape: VXA-2.
        #[doc(alias = "VXATape_2")]
        Vxa2 = 84,
        /// Tape: STK 9840.
        #[doc(alias = "STK_9840")]
        Stk9840 = 85,
        /// Tape: LTO Ultrium.
        #[doc(alias = "LTO_Ultrium")]
        LtoUltrium = 86,
        /// Tape: LTO Accelis.
        #[doc(alias = "LTO_Accelis")]
        LtoAccelis = 87,
        /// Optical: DVD-RAM.
        #[doc(alias = "DVD_RAM")]
        DvdRam = 88,
        /// Tape: AIT-2 or later.
        #[doc(alias = "AIT_8mm")]
        Ait2OrLater = 89,
        /// Tape: OnStream ADR 1.
        #[doc(alias = "ADR_1")]
        Adr1 = 90,
        /// Tape: OnStream ADR 2.
        #[doc(alias = "ADR_2")]
        Adr2 = 91,
        /// Tape: STK 9940.
        #[doc(alias = "STK_9940")]
        Stk9940 = 92,
        /// Tape: SAIT.
        #[doc(alias = "SAIT")]
        Sait = 93,
    }
}

/// Family of media types.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum MediaClass {
    /// Sequential media.
    Tape,
    /// Cartridges that clean a drive and hold no data.
    Cleaner,
    /// Optical and magneto-optical media.
    Optical,
    /// Magnetic disks in cartridges.
    Disk,
}

/// What is known of a media type before any device was seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KnownMediaType {
    /// Its number.
    pub code: MediaTypeCode,
    /// Its name in the original API.
    pub original_name: &'static str,
    /// Its readable name; also the name of its three system pools. Valid as a pool name.
    pub name: &'static str,
    /// Its family.
    pub class: MediaClass,
    /// How many sides a medium of it has: 1 or 2.
    pub sides: u16,
    /// How it can be recorded.
    pub recording: ReadWriteKind,
}

impl KnownMediaType {
    // [D] the sources give no class of device for the optical types.
    /// The class of device that uses it: CD and DVD media belong to CD-ROM devices, all
    /// other optical media to direct-access devices.
    pub const fn device_type(&self) -> DeviceType {
        use MediaTypeCode::{CdR, CdRom, CdRw, DvdR, DvdRam, DvdRom, DvdRw};
        match (self.class, self.code) {
            (MediaClass::Tape | MediaClass::Cleaner, _) => DeviceType::Tape,
            (_, CdRom | CdR | CdRw | DvdRom | DvdR | DvdRw | DvdRam) => DeviceType::CdRom,
            (MediaClass::Optical | MediaClass::Disk, _) => DeviceType::Disk,
        }
    }
}

/// Writes the table down once, as a list and as a total function of the number.
macro_rules! media_types {
    ($($code:ident, $original:literal, $name:literal, $class:ident, $sides:literal, $recording:ident;)*) => {
        /// Every known media type, in the order of their numbers.
        pub const KNOWN_MEDIA_TYPES: &[KnownMediaType] = &[$(*MediaTypeCode::$code.known()),*];

        impl MediaTypeCode {
            /// What is known of this media type.
            pub const fn known(self) -> &'static KnownMediaType {
                match self {
                    $(Self::$code => &KnownMediaType {
                        code: Self::$code,
                        original_name: $original,
                        name: $name,
                        class: MediaClass::$class,
                        sides: $sides,
                        recording: ReadWriteKind::$recording,
                    },)*
                }
            }
        }
    };
}

media_types! {
    Dds4mm, "DDS_4mm", "DDS 4 mm", Tape, 1, Rewritable;
    MiniQic, "MiniQic", "MiniQIC", Tape, 1, Rewritable;
    Travan, "Travan", "Travan", Tape, 1, Rewritable;
    Qic, "QIC", "QIC", Tape, 1, Rewritable;
    Mp8mm, "MP_8mm", "8 mm MP", Tape, 1, Rewritable;
    Ame8mm, "AME_8mm", "8 mm AME", Tape, 1, Rewritable;
    Ait1, "AIT1_8mm", "AIT-1", Tape, 1, Rewritable;
    Dlt, "DLT", "DLT", Tape, 1, Rewritable;
    Nctp, "NCTP", "NCTP", Tape, 1, Rewritable;
    Ibm3480, "IBM_3480", "IBM 3480", Tape, 1, Rewritable;
    Ibm3490e, "IBM_3490E", "IBM 3490E", Tape, 1, Rewritable;
    IbmMagstar3590, "IBM_Magstar_3590", "IBM Magstar 3590", Tape, 1, Rewritable;
    IbmMagstarMp, "IBM_Magstar_MP", "IBM Magstar MP", Tape, 1, Rewritable;
    StkDataD3, "STK_DATA_D3", "STK D3", Tape, 1, Rewritable;
    SonyDtf, "SONY_DTF", "Sony DTF", Tape, 1, Rewritable;
    Dv6mm, "DV_6mm", "DV 6 mm", Tape, 1, Rewritable;
    Dmi, "DMI", "DMI", Tape, 1, Rewritable;
    SonyD2, "SONY_D2", "Sony D2", Tape, 1, Rewritable;
    CleanerCartridge, "CLEANER_CARTRIDGE", "Cleaner", Cleaner, 1, Rewritable;
    CdRom, "CD_ROM", "CD-ROM", Optical, 1, ReadOnly;
    CdR, "CD_R", "CD-R", Optical, 1, WriteOnce;
    CdRw, "CD_RW", "CD-RW", Optical, 1, Rewritable;
    DvdRom, "DVD_ROM", "DVD-ROM", Optical, 1, ReadOnly;
    DvdR, "DVD_R", "DVD-R", Optical, 1, WriteOnce;
    DvdRw, "DVD_RW", "DVD-RW", Optical, 1, Rewritable;
    Mo3Rw, "MO_3_RW", "MO 3.5 inch rewritable", Optical, 1, Rewritable;
    Mo5Wo, "MO_5_WO", "MO 5.25 inch write once", Optical, 2, WriteOnce;
    Mo5Rw, "MO_5_RW", "MO 5.25 inch rewritable", Optical, 2, Rewritable;
    Mo5Limdow, "MO_5_LIMDOW", "MO 5.25 inch LIMDOW", Optical, 2, Rewritable;
    Pc5Wo, "PC_5_WO", "Phase change 5.25 inch write once", Optical, 2, WriteOnce;
    Pc5Rw, "PC_5_RW", "Phase change 5.25 inch rewritable", Optical, 2, Rewritable;
    Pd5Rw, "PD_5_RW", "Phase change dual rewritable", Optical, 2, Rewritable;
    Abl5Wo, "ABL_5_WO", "Ablative 5.25 inch write once", Optical, 2, WriteOnce;
    PinnacleApex5Rw, "PINNACLE_APEX_5_RW", "Pinnacle Apex", Optical, 2, Rewritable;
    Sony12Wo, "SONY_12_WO", "Sony 12 inch write once", Optical, 2, WriteOnce;
    Philips12Wo, "PHILIPS_12_WO", "Philips 12 inch write once", Optical, 2, WriteOnce;
    Hitachi12Wo, "HITACHI_12_WO", "Hitachi 12 inch write once", Optical, 2, WriteOnce;
    Cygnet12Wo, "CYGNET_12_WO", "Cygnet 12 inch write once", Optical, 2, WriteOnce;
    Kodak14Wo, "KODAK_14_WO", "Kodak 14 inch write once", Optical, 2, WriteOnce;
    MoNfr525, "MO_NFR_525", "MO near field 5.25 inch", Optical, 2, Rewritable;
    Nikon12Rw, "NIKON_12_RW", "Nikon 12 inch rewritable", Optical, 2, Rewritable;
    IomegaZip, "IOMEGA_ZIP", "Iomega Zip", Disk, 1, Rewritable;
    IomegaJaz, "IOMEGA_JAZ", "Iomega Jaz", Disk, 1, Rewritable;
    SyquestEz135, "SYQUEST_EZ135", "SyQuest EZ135", Disk, 1, Rewritable;
    SyquestEzflyer, "SYQUEST_EZFLYER", "SyQuest EZFlyer", Disk, 1, Rewritable;
    SyquestSyjet, "SYQUEST_SYJET", "SyQuest SyJet", Disk, 1, Rewritable;
    AvatarF2, "AVATAR_F2", "Avatar F2", Disk, 1, Rewritable;
    Mp2Hitachi8mm, "MP2_8mm", "8 mm MP2", Tape, 1, Rewritable;
    DstS, "DST_S", "Ampex DST small", Tape, 1, Rewritable;
    DstM, "DST_M", "Ampex DST medium", Tape, 1, Rewritable;
    DstL, "DST_L", "Ampex DST large", Tape, 1, Rewritable;
    Vxa1, "VXATape_1", "VXA-1", Tape, 1, Rewritable;
    Vxa2, "VXATape_2", "VXA-2", Tape, 1, Rewritable;
    Stk9840, "STK_9840", "STK 9840", Tape, 1, Rewritable;
    LtoUltrium, "LTO_Ultrium", "LTO Ultrium", Tape, 1, Rewritable;
    LtoAccelis, "LTO_Accelis", "LTO Accelis", Tape, 1, Rewritable;
    DvdRam, "DVD_RAM", "DVD-RAM", Optical, 1, Rewritable;
    Ait2OrLater, "AIT_8mm", "AIT-2 or later", Tape, 1, Rewritable;
    Adr1, "ADR_1", "OnStream ADR 1", Tape, 1, Rewritable;
    Adr2, "ADR_2", "OnStream ADR 2", Tape, 1, Rewritable;
    Stk9940, "STK_9940", "STK 9940", Tape, 1, Rewritable;
    Sait, "SAIT", "SAIT", Tape, 1, Rewritable;
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    const CSV: &str = include_str!("../../tests/data/media-types.csv");

    fn class_name(class: MediaClass) -> &'static str {
        match class {
            MediaClass::Tape => "tape",
            MediaClass::Cleaner => "cleaner",
            MediaClass::Optical => "optical",
            MediaClass::Disk => "disk",
        }
    }

    fn recording_name(recording: ReadWriteKind) -> &'static str {
        match recording {
            ReadWriteKind::Unknown => "unknown",
            ReadWriteKind::Rewritable => "rewritable",
            ReadWriteKind::WriteOnce => "write-once",
            ReadWriteKind::ReadOnly => "read-only",
        }
    }

    #[test]
    fn the_table_is_the_published_one() {
        let lines: Vec<String> = KNOWN_MEDIA_TYPES
            .iter()
            .map(|known| {
                format!(
                    "{},{},{},{},{},MediaTypeCode::{:?}",
                    known.original_name,
                    known.code.value(),
                    class_name(known.class),
                    known.sides,
                    recording_name(known.recording),
                    known.code,
                )
            })
            .collect();
        assert_eq!(lines.len(), 62);
        assert_eq!(lines, CSV.lines().skip(1).map(str::trim).collect::<Vec<_>>());
    }

    #[test]
    fn names_are_unique_pool_names() {
        let mut seen = HashSet::new();
        for known in KNOWN_MEDIA_TYPES {
            assert!(seen.insert(known.name), "{}", known.name);
            assert!((1..=63).contains(&known.name.chars().count()), "{}", known.name);
            assert!(!known.name.contains(['\\', '\0']), "{}", known.name);
        }
    }

    #[test]
    fn each_type_has_a_class_of_device() {
        assert_eq!(MediaTypeCode::LtoUltrium.known().device_type(), DeviceType::Tape);
        assert_eq!(MediaTypeCode::CleanerCartridge.known().device_type(), DeviceType::Tape);
        assert_eq!(MediaTypeCode::DvdRam.known().device_type(), DeviceType::CdRom);
        assert_eq!(MediaTypeCode::Mo5Rw.known().device_type(), DeviceType::Disk);
        assert_eq!(MediaTypeCode::IomegaZip.known().device_type(), DeviceType::Disk);
    }
}
