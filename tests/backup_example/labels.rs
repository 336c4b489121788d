//! Labels are read back as written, and nothing else is taken for one.

use rsm::label::{LabelFormat, LabelImage};
use uuid::Uuid;

use crate::label::{BackupLabels, LABEL_SIZE, LABEL_TYPE, TapeLabel};

fn label(text: &str) -> TapeLabel {
    let (id, set) = (Uuid::from_u128(0x1234), Uuid::from_u128(0x5678));
    TapeLabel { id, set, sequence: 3, text: text.to_owned() }
}

#[test]
fn a_label_says_what_was_written() {
    let block = label("backup set 7, tape 3").to_block();
    assert_eq!(block.len(), LABEL_SIZE);
    assert_eq!(TapeLabel::from_block(&block), Some(label("backup set 7, tape 3")));
    let claim = BackupLabels.claim(&LabelImage::from_record(block)).unwrap();
    assert_eq!(claim.label_type(), LABEL_TYPE);
    assert_eq!(claim.label_id(), Uuid::from_u128(0x1234).as_bytes());
    assert_eq!(claim.description(), "backup set 7, tape 3");
}

#[test]
fn a_long_text_is_cut_between_characters() {
    let long = "\u{e9}".repeat(2000);
    let read = TapeLabel::from_block(&label(&long).to_block()).unwrap();
    assert!(long.starts_with(&read.text) && read.text.len() > 900, "{}", read.text.len());
}

#[test]
fn a_damaged_or_foreign_block_is_no_label() {
    let good = label("x").to_block();
    for at in 0..LABEL_SIZE {
        let mut bad = good.clone();
        bad[at] ^= 1;
        assert_eq!(TapeLabel::from_block(&bad), None, "byte {at}");
    }
    for length in 0..LABEL_SIZE {
        assert_eq!(TapeLabel::from_block(&good[..length]), None, "{length} bytes");
    }
    assert_eq!(TapeLabel::from_block(&[0; 4096]), None);
    assert!(BackupLabels.claim(&LabelImage::default()).is_none());
}
