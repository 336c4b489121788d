//! What lies before a block on a disk, and stands for a filemark.

use sha2::{Digest, Sha256};

use crate::device::records::RecordKind;
use crate::device::scsi::reply::Fields;

/// Its length, which the block follows.
pub(super) const LENGTH: usize = 160;
/// The longest block.
pub(super) const LONGEST_BLOCK: u32 = 8 << 20;

const MAGIC: &[u8; 8] = b"RSMDISK1";
const SEALED: usize = 120;

/// The checksum of a header, by which the next one knows it.
pub(super) type Seal = [u8; 32];

/// What is known of a block or filemark.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Header {
    pub kind: RecordKind,
    pub length: u32,
    pub digest: Seal,
    pub seal: Seal,
}

impl Header {
    /// The header of the record with this number behind the one with this seal, and its bytes.
    ///
    /// `replaced` is what was in its sector: so no header is like one that was there before, and
    /// nothing from another time follows it.
    pub(super) fn new(
        number: u64,
        before: &Seal,
        replaced: &[u8],
        block: Option<&[u8]>,
    ) -> (Self, [u8; LENGTH]) {
        let data = block.unwrap_or_default();
        let kind = if block.is_some() { RecordKind::Block } else { RecordKind::Filemark };
        let length = u32::try_from(data.len()).unwrap_or(u32::MAX);
        let digest: Seal = Sha256::digest(data).into();
        let mut bytes = Vec::with_capacity(LENGTH);
        bytes.extend(MAGIC);
        bytes.extend([code(kind), 0, 0, 0]);
        bytes.extend(length.to_be_bytes());
        bytes.extend(number.to_be_bytes());
        bytes.extend(before);
        bytes.extend(digest);
        bytes.extend(Sha256::digest(replaced));
        let seal: Seal = Sha256::digest(&bytes).into();
        bytes.extend(seal);
        bytes.resize(LENGTH, 0);
        let mut whole = [0; LENGTH];
        whole.copy_from_slice(&bytes);
        (Self { kind, length, digest, seal }, whole)
    }

    /// Reads the header of the record with this number behind the one with this seal; `None` for
    /// anything else, also for what was left there from another time.
    pub(super) fn read(number: u64, before: &Seal, bytes: &[u8]) -> Option<Self> {
        let fields = Fields::new("record", bytes);
        let kind = match fields.byte(8).ok()? {
            b'B' => RecordKind::Block,
            b'F' => RecordKind::Filemark,
            _ => return None,
        };
        let length = fields.u32(12).ok()?;
        let sealed = fields.whole(0, SEALED).ok()?.bytes();
        let seal: Seal = Sha256::digest(sealed).into();
        let is_it = sealed.starts_with(MAGIC)
            && fields.u64(16).ok()? == number
            && fields.part(24, 32).bytes() == before
            && fields.part(SEALED, 32).bytes() == seal
            && length <= LONGEST_BLOCK;
        let digest = fields.part(56, 32).bytes().try_into().ok()?;
        is_it.then_some(Self { kind, length, digest, seal })
    }

    /// Whether this is the block that belongs to it.
    pub(super) fn fits(&self, block: &[u8]) -> bool {
        Seal::from(Sha256::digest(block)) == self.digest
    }
}

fn code(kind: RecordKind) -> u8 {
    match kind {
        RecordKind::Block => b'B',
        RecordKind::Filemark => b'F',
    }
}
