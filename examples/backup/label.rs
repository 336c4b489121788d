//! The label this program writes on its tapes, and how the manager recognises it.
//!
//! The manager identifies every medium by its label before it lets anybody use it. An application
//! that writes labels of its own therefore brings a [`LabelFormat`], so that its tapes are known
//! for what they are: in this library, in another one, and after years on a shelf.
//!
//! A label is the first block of a tape, followed by a filemark:
//!
//! | offset | bytes | |
//! |---|---|---|
//! | 0 | 8 | `RSMBAK01` |
//! | 8 | 16 | id of this tape's content, new for every label |
//! | 24 | 16 | id of the backup set |
//! | 40 | 4 | which tape of the set, from 1; little-endian |
//! | 44 | 2 | length of the text; little-endian |
//! | 46 | | text for people |
//! | 992 | 32 | SHA-256 of everything before |

use rsm::label::{LabelFormat, LabelImage, LabelInfo};
use sha2::{Digest, Sha256};
use uuid::Uuid;

/// The label type of all our tapes.
pub const LABEL_TYPE: &str = "rsm backup example";

/// Length of a label.
pub const LABEL_SIZE: usize = 1024;

const MAGIC: &[u8; 8] = b"RSMBAK01";
const TEXT: usize = 46;
const DIGEST: usize = LABEL_SIZE - 32;

/// What a label says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TapeLabel {
    /// This content of this tape. Unique: two tapes with equal ids would count as copies of each
    /// other.
    pub id: Uuid,
    /// The backup set.
    pub set: Uuid,
    /// Which tape of the set it is, from 1.
    pub sequence: u32,
    /// For people.
    pub text: String,
}

impl TapeLabel {
    /// The block to write.
    pub fn to_block(&self) -> Vec<u8> {
        let longest = DIGEST - TEXT;
        let end = (0..=longest).rev().find(|&at| self.text.is_char_boundary(at)).unwrap_or(0);
        let text = self.text.get(..end).unwrap_or(&self.text).as_bytes();
        let mut block = Vec::with_capacity(LABEL_SIZE);
        block.extend_from_slice(MAGIC);
        block.extend_from_slice(self.id.as_bytes());
        block.extend_from_slice(self.set.as_bytes());
        block.extend_from_slice(&self.sequence.to_le_bytes());
        block.extend_from_slice(&u16::try_from(text.len()).unwrap_or(0).to_le_bytes());
        block.extend_from_slice(text);
        block.resize(DIGEST, 0);
        let digest = Sha256::digest(&block);
        block.extend_from_slice(&digest);
        block
    }

    /// Reads a block that may be anything at all: nothing in it is believed before the digest
    /// agrees.
    pub fn from_block(block: &[u8]) -> Option<Self> {
        let (content, digest) = block.split_at_checked(DIGEST)?;
        let content = content.strip_prefix(MAGIC)?;
        if Sha256::digest(block.get(..DIGEST)?).as_slice() != digest {
            return None;
        }
        let (id, content) = content.split_first_chunk()?;
        let (set, content) = content.split_first_chunk()?;
        let (sequence, content) = content.split_first_chunk()?;
        let (length, content) = content.split_first_chunk()?;
        let text = content.get(..usize::from(u16::from_le_bytes(*length)))?;
        Some(Self {
            id: Uuid::from_bytes(*id),
            set: Uuid::from_bytes(*set),
            sequence: u32::from_le_bytes(*sequence),
            text: String::from_utf8_lossy(text).into_owned(),
        })
    }
}

/// Tells the manager which tapes are ours. Registered once, right after the catalog is opened.
pub struct BackupLabels;

impl LabelFormat for BackupLabels {
    fn name(&self) -> &str {
        LABEL_TYPE
    }

    fn max_label(&self) -> usize {
        LABEL_SIZE
    }

    fn claim(&self, image: &LabelImage) -> Option<LabelInfo> {
        let label = TapeLabel::from_block(image.first_data()?)?;
        Some(LabelInfo::new(LABEL_TYPE, label.id.into_bytes()).described(label.text))
    }
}
