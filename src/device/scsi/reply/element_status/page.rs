//! An element status page: the elements of one kind.

use super::ElementDescriptor;
use super::descriptor::Layout;
use super::{ElementStatusReport, Fields, Malformed};
use crate::device::ElementKind;
use crate::device::scsi::command::changer::type_code;

const HEADER: usize = 8;

/// What every descriptor has: address, flags, exception, source.
const SHORTEST: usize = 12;

/// An element status page: the elements of one kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StatusPage<'a> {
    kind: Option<ElementKind>,
    layout: Layout,
    body: Fields<'a>,
    /// How long it is in full.
    length: usize,
}

impl<'a> StatusPage<'a> {
    /// The page at the beginning of `rest`; `None` where there is none.
    pub(super) fn first(
        rest: Fields<'a>,
        report: &ElementStatusReport<'a>,
    ) -> Result<Option<Self>, Malformed> {
        if rest.len() <= HEADER {
            return Ok(None);
        }
        let code = rest.byte(0)?;
        let declared = usize::from(rest.u16(2)?);
        let mut length = usize::try_from(rest.u24(5)?).unwrap_or(usize::MAX);
        if length > 0 && declared < SHORTEST {
            return Err(rest.senseless("descriptors shorter than the least they have"));
        }
        let body = rest.rest(HEADER);
        let count = length.checked_div(declared).unwrap_or(0);
        let mut stride = declared;
        if count > 0 && count == usize::from(report.elements) {
            stride = real_stride(body, count, declared, report.available);
            length = count.saturating_mul(stride);
        }
        let layout = Layout {
            stride,
            surplus: stride.saturating_sub(declared),
            volume_tag: rest.bit(1, 7),
            alternate_volume_tag: rest.bit(1, 6),
        };
        let kind = ElementKind::ALL.into_iter().find(|kind| type_code(*kind) == code & 0x0F);
        Ok(Some(Self { kind, layout, body: body.part(0, length), length }))
    }

    /// How many bytes it takes in full, with its header.
    pub(super) fn total(&self) -> usize {
        self.length.saturating_add(HEADER)
    }

    /// The kind of its elements; `None` for a kind that the standard does not know.
    pub fn kind(&self) -> Option<ElementKind> {
        self.kind
    }

    /// How many bytes a descriptor takes.
    pub fn stride(&self) -> usize {
        self.layout.stride
    }

    /// How many descriptors it has, the last of which may be cut off.
    pub(super) fn count(&self) -> usize {
        self.body.len().div_ceil(self.layout.stride.max(1))
    }

    /// The elements. None of a kind that the standard does not know.
    pub fn elements(&self) -> impl Iterator<Item = ElementDescriptor<'a>> + use<'a> {
        let Self { kind, layout, body, length } = *self;
        (0..self.count()).filter_map(move |index| {
            let at = index.checked_mul(layout.stride)?;
            let is_last = at.checked_add(layout.stride)? >= length.min(body.len());
            ElementDescriptor::new(kind?, body.part(at, layout.stride), layout, is_last)
        })
    }
}

/// The length of a descriptor, where the page holds all elements of the answer.
fn real_stride(body: Fields<'_>, count: usize, declared: usize, available: usize) -> usize {
    let behind_header = available.saturating_sub(HEADER);
    let implied = behind_header / count;
    if implied == declared || implied < SHORTEST || !behind_header.is_multiple_of(count) {
        return declared;
    }
    if count == 1 {
        return implied.max(declared);
    }
    match (span(body, count, implied), span(body, count, declared)) {
        (Some(narrow), Some(wide)) if narrow >= wide => declared,
        (None, _) => declared,
        (Some(_), _) => implied,
    }
}

/// How far apart the first and the last address lie with this length; `None` where they do not
/// ascend.
fn span(body: Fields<'_>, count: usize, stride: usize) -> Option<u16> {
    let addresses = (0..count).map_while(|index| body.u16(index.checked_mul(stride)?).ok());
    let mut seen: Option<(u16, u16)> = None;
    for address in addresses {
        let first = match seen {
            Some((_, last)) if last >= address => return None,
            Some((first, _)) => first,
            None => address,
        };
        seen = Some((first, address));
    }
    seen.map(|(first, last)| last.abs_diff(first))
}
