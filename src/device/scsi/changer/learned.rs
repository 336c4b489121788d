//! What a changer has shown of itself.

use std::collections::BTreeSet;

use crate::device::scsi::command::changer::RangeForm;
use crate::device::{ElementKind, ElementStatus, Geometry, PortAccess, VolumeTag};

/// What a changer has shown of itself.
#[derive(Debug, Default)]
pub(super) struct Learned {
    /// What it said last that it is made of.
    pub geometry: Option<Geometry>,
    /// More elements than this are not asked for at once; it has refused more.
    pub chunk: Option<u32>,
    /// How much is asked for of each element, by kind of element.
    pub detail: Vec<(ElementKind, Detail)>,
    /// How it takes INITIALIZE ELEMENT STATUS WITH RANGE; none is left when it does not.
    pub range_form: Option<Vec<RangeForm>>,
    /// It has read a bar code.
    pub reads_bar_codes: bool,
    access: BTreeSet<ElementKind>,
    port_ways: bool,
}

/// How much is asked for of each element.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Detail {
    /// Bar codes and, of drives, identifiers.
    All,
    /// Bar codes.
    VolumeTags,
    /// No more than there is without asking.
    Least,
}

impl Detail {
    /// What to ask for where this is refused.
    pub fn less(self, kind: ElementKind) -> Option<Self> {
        match self {
            Self::All if kind == ElementKind::Drive => Some(Self::VolumeTags),
            Self::All | Self::VolumeTags => Some(Self::Least),
            Self::Least => None,
        }
    }
}

impl Learned {
    pub fn detail(&self, kind: ElementKind) -> Detail {
        let known = self.detail.iter().find(|(of, _)| *of == kind);
        known.map_or(Detail::All, |(_, detail)| *detail)
    }

    pub fn set_detail(&mut self, kind: ElementKind, detail: Detail) {
        self.detail.retain(|(of, _)| *of != kind);
        self.detail.push((kind, detail));
    }

    /// Whether it says of such elements which ones are reachable.
    pub fn tells_access(&self, kind: ElementKind) -> bool {
        self.access.contains(&kind)
    }

    /// Notes what a status shows, and completes it by what the changer never tells.
    pub fn complete(&mut self, status: &mut [ElementStatus]) {
        for element in status.iter() {
            if element.accessible {
                self.access.insert(element.kind);
            }
            self.port_ways |= element.port.import || element.port.export;
            self.reads_bar_codes |= matches!(element.volume_tag, VolumeTag::Read(_));
        }
        for element in status {
            element.accessible |= !self.access.contains(&element.kind);
            if element.kind == ElementKind::Port && !self.port_ways {
                element.port = PortAccess { import: true, export: true, ..element.port };
            }
        }
    }
}
