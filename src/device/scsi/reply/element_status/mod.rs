//! The answer to READ ELEMENT STATUS (SMC-3, 6.11).
//!
//! Descriptors have the length that their page declares, but for one case. Some changers declare
//! another length than they send. Where the page holds all elements that the answer announces, its
//! length divided by their number is a second opinion, and the addresses at the beginning of the
//! descriptors tell who is right: those that ascend, and lie closer together.
//!
//! A descriptor that ends before what its flags announce has what fits. What is cut off at the end
//! of the answer is not given as if it were whole: a bar code or a serial number without its end
//! could be that of another.

mod descriptor;
mod identifier;
mod page;
mod tag;

pub use descriptor::ElementDescriptor;
pub use identifier::DeviceIdentifier;
pub use page::StatusPage;

use super::{Fields, Malformed};
use crate::device::ElementStatus;

const NAME: &str = "element status";
const HEADER: usize = 8;

/// An answer to READ ELEMENT STATUS.
///
/// ```
/// use rsm::device::Occupancy;
/// use rsm::device::scsi::reply::ElementStatusReport;
///
/// let answer = [
///     0x04, 0x00, 0, 1, 0, 0, 0, 24, // one element, 24 bytes behind this
///     0x02, 0x00, 0, 16, 0, 0, 0, 16, // slots, descriptors of 16 bytes
///     0x04, 0x00, 0x09, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, // 0400h: accessible, full
/// ];
/// let report = ElementStatusReport::read(&answer)?;
/// let elements: Vec<_> = report.elements().map(|element| element.status()).collect();
/// assert_eq!(elements[0].address.0, 0x0400);
/// assert_eq!(elements[0].occupancy, Occupancy::Full);
/// # Ok::<(), rsm::device::scsi::reply::Malformed>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ElementStatusReport<'a> {
    elements: u16,
    available: usize,
    pages: Fields<'a>,
}

impl<'a> ElementStatusReport<'a> {
    /// Reads an answer. What lies behind the length it gives for itself is ignored.
    ///
    /// # Errors
    /// [`Malformed`] without a whole header, and for a page with descriptors too short for what
    /// each has.
    pub fn read(answer: &'a [u8]) -> Result<Self, Malformed> {
        let answer = Fields::new(NAME, answer);
        let available = usize::try_from(answer.u24(5)?).unwrap_or(usize::MAX);
        let pages = answer.part(HEADER, available);
        let report = Self { elements: answer.u16(2)?, available, pages };
        let mut rest = pages;
        while let Some(page) = StatusPage::first(rest, &report)? {
            rest = rest.rest(page.total());
        }
        Ok(report)
    }

    /// How many elements it announces.
    pub fn announced(&self) -> u16 {
        self.elements
    }

    /// How long it would be in full, in bytes.
    pub fn full_length(&self) -> usize {
        self.available.saturating_add(HEADER)
    }

    /// Whether it is shorter than it says of itself.
    pub fn is_cut_off(&self) -> bool {
        self.pages.len() < self.available
    }

    /// Its pages, one for each kind of element.
    pub fn pages(&self) -> impl Iterator<Item = StatusPage<'a>> + use<'a> {
        let report = *self;
        let mut rest = self.pages;
        std::iter::from_fn(move || {
            let page = StatusPage::first(rest, &report).ok()??;
            rest = rest.rest(page.total());
            Some(page)
        })
    }

    /// The elements of all pages whose kind the standard knows. The last one may be cut off.
    pub fn elements(&self) -> impl Iterator<Item = ElementDescriptor<'a>> + use<'a> {
        self.pages().flat_map(|page| page.elements())
    }

    /// The status of all elements.
    pub fn status(&self) -> Vec<ElementStatus> {
        let mut found = Vec::with_capacity(self.pages().map(|page| page.count()).sum());
        found.extend(self.elements().map(|element| element.status()));
        found
    }
}
