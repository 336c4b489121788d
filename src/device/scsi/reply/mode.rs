//! The answers to MODE SENSE (SPC-5, 7.5).

use super::{Fields, Malformed};

/// Mode parameters: the header, the first block descriptor, and pages.
#[non_exhaustive]
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ModeData {
    /// The device's own code for the kind of medium.
    pub medium_type: u8,
    /// What each kind of device puts here.
    pub device_specific: u8,
    /// The block descriptor, where it was asked for and there is one of eight bytes.
    pub block: Option<BlockDescriptor>,
    /// The pages, in their order.
    pub pages: Vec<ModePage>,
}

/// How a medium is recorded (SSC-5, 8.5.2; SBC-4).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct BlockDescriptor {
    /// The code of the density; 0 for the usual one.
    pub density: u8,
    /// The number of blocks (24 bits); 0 for all of them.
    pub count: u32,
    /// The length of a block in bytes (24 bits); 0 for blocks of any length.
    pub length: u32,
}

/// A mode page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ModePage {
    /// Its code.
    pub code: u8,
    /// The code of the subpage; 0 where it is none.
    pub subpage: u8,
    /// All of it as far as it came, from its code on.
    pub bytes: Vec<u8>,
}

impl ModeData {
    /// Reads the answer to MODE SENSE(6).
    ///
    /// # Errors
    /// [`Malformed::Short`] without the header.
    pub fn read_6(bytes: &[u8]) -> Result<Self, Malformed> {
        let fields = Fields::new("mode parameters", bytes);
        let blocks = usize::from(fields.byte(3)?);
        let stated = fields.part(0, usize::from(fields.byte(0)?) + 1);
        Ok(Self {
            medium_type: fields.byte(1)?,
            device_specific: fields.byte(2)?,
            block: BlockDescriptor::read(stated.part(4, blocks)),
            pages: pages(stated.rest(4 + blocks)),
        })
    }

    /// Reads the answer to MODE SENSE(10).
    ///
    /// # Errors
    /// [`Malformed::Short`] without the header.
    pub fn read_10(bytes: &[u8]) -> Result<Self, Malformed> {
        let fields = Fields::new("mode parameters", bytes);
        let blocks = usize::from(fields.u16(6)?);
        let stated = fields.part(0, usize::from(fields.u16(0)?) + 2);
        let long = fields.bit(4, 0);
        Ok(Self {
            medium_type: fields.byte(2)?,
            device_specific: fields.byte(3)?,
            block: BlockDescriptor::read(stated.part(8, blocks)).filter(|_| !long),
            pages: pages(stated.rest(8 + blocks)),
        })
    }

    /// Whether the medium cannot be written, by the bit that tape drives and disks have for it.
    pub fn is_write_protected(&self) -> bool {
        self.device_specific & 0x80 != 0
    }

    /// The bytes of the page with this code, from its code on.
    pub fn page(&self, code: u8) -> Option<&[u8]> {
        let found = self.pages.iter().find(|page| page.code == code && page.subpage == 0);
        found.map(|page| page.bytes.as_slice())
    }
}

impl BlockDescriptor {
    /// As it is in the parameters of MODE SELECT.
    pub fn bytes(self) -> [u8; 8] {
        let [_, count @ ..] = self.count.to_be_bytes();
        let [_, length @ ..] = self.length.to_be_bytes();
        let ([a, b, c], [x, y, z]) = (count, length);
        [self.density, a, b, c, 0, x, y, z]
    }

    fn read(fields: Fields<'_>) -> Option<Self> {
        let (count, length) = (fields.u24(1).ok()?, fields.u24(5).ok()?);
        Some(Self { density: fields.byte(0).ok()?, count, length })
    }
}

fn pages(mut rest: Fields<'_>) -> Vec<ModePage> {
    let mut found = Vec::new();
    while let Some((page, length)) = page(rest) {
        found.push(page);
        rest = rest.rest(length);
    }
    found
}

/// The next page, and its length.
fn page(fields: Fields<'_>) -> Option<(ModePage, usize)> {
    let (code, has_subpage) = (fields.byte(0).ok()?, fields.bit(0, 6));
    let (subpage, length) = if has_subpage {
        (fields.byte(1).ok()?, usize::from(fields.u16(2).ok()?) + 4)
    } else {
        (0, usize::from(fields.byte(1).ok()?) + 2)
    };
    let bytes = fields.part(0, length).bytes().to_vec();
    Some((ModePage { code: code & 0x3f, subpage, bytes }, length))
}
