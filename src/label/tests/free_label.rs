//! The label of free media, written and recognised.

use proptest::prelude::*;
use uuid::Uuid;

use super::medium::ListedMedium;
use crate::label::mtf::{MEDIA_LABEL_PRESENT, TapeBlock};
use crate::label::*;
use crate::model::{ComputerId, Id, Timestamp};

const MEDIA_ID: Uuid = Uuid::from_u128(0x0190_1111_2222_7333_8444_5555_6666_7777);

pub fn example() -> FreeLabel<'static> {
    FreeLabel {
        media_name: "A00007L8",
        time: Timestamp::from_micros(981_173_106_000_000),
        cartridge: "A00007L8",
        side: 1,
        media_id: MEDIA_ID,
        computer_id: ComputerId::from_uuid(Uuid::from_u128(0xc0)),
    }
}

fn identify(block: Vec<u8>) -> Identified {
    LabelFormats::new().identify(&LabelImage::from_record(block))
}

#[test]
fn the_block_is_as_specified() {
    let bytes = example().to_block();
    assert_eq!(bytes.len(), 1024);
    assert_eq!((bytes[10], bytes[48]), (28, 2));
    let block = TapeBlock::decode(&bytes).unwrap();
    assert_eq!(block.software_name, "RSM Free Label");
    assert_eq!(block.media_name, "A00007L8");
    assert_eq!(
        block.media_label,
        "MTF Media Label|1.0|RSM|Free|2001/02/03.04:05:06|A00007L8|1|\
         {01901111-2222-7333-8444-555566667777}|{00000000-0000-0000-0000-0000000000c0}|"
    );
    assert_eq!(block.attributes, MEDIA_LABEL_PRESENT);
    assert_eq!((block.sequence, block.logical_block_size), (1, 1024));
    assert_eq!((block.vendor_id, block.major_version), (0, 1));
    assert_eq!(block.date.unwrap().to_string(), "2001/02/03.04:05:06");
}

#[test]
fn it_is_recognised_by_its_uuid() {
    let Identified::Claimed(info) = identify(example().to_block()) else { panic!("not claimed") };
    assert_eq!((info.label_type(), info.label_id()), (FREE_LABEL_TYPE, &MEDIA_ID.as_bytes()[..]));
    assert!(info.is_free_label());
    assert_eq!(info, example().info());
}

#[test]
fn it_is_written_over_what_was_there_with_one_filemark() {
    let old = LabelRecord::Data(vec![1; 80]);
    let mut medium = ListedMedium::new([old.clone(), LabelRecord::Filemark, old]);
    example().write(&mut medium).unwrap();
    let block = LabelRecord::Data(example().to_block());
    assert_eq!(medium.records, [block, LabelRecord::Filemark]);
    let image = read_label(&mut medium, 0).unwrap();
    assert_eq!(LabelFormats::new().identify(&image).label(), Some(&example().info()));
}

#[test]
fn a_bar_code_is_never_mistaken_for_the_identity() {
    let cartridge = "11111111-2222-3333-4444-555555555555";
    let label = FreeLabel { cartridge, ..example() };
    assert_eq!(identify(label.to_block()).label(), Some(&label.info()));
    let label = FreeLabel { cartridge: "A|B", ..example() };
    assert_eq!(identify(label.to_block()).label(), Some(&label.info()));
    let fields = TapeBlock::decode(&label.to_block()).unwrap().media_label;
    assert_eq!(fields.split('|').count(), example_fields());
}

fn example_fields() -> usize {
    TapeBlock::decode(&example().to_block()).unwrap().media_label.split('|').count()
}

proptest! {
    #[test]
    fn any_label_fits_its_block_and_reads_back(
        media_name: String,
        cartridge: String,
        side: u32,
        ids: (u128, u128),
        micros: i64,
    ) {
        let label = FreeLabel {
            media_name: &media_name,
            time: Timestamp::from_micros(micros),
            cartridge: &cartridge,
            side,
            media_id: Uuid::from_u128(ids.0),
            computer_id: ComputerId::from_uuid(Uuid::from_u128(ids.1)),
        };
        let block = label.to_block();
        prop_assert_eq!(block.len(), 1024);
        let identified = identify(block);
        prop_assert_eq!(identified.label(), Some(&label.info()));
    }

    #[test]
    fn long_astral_texts_fit_too(length in 0..100_usize) {
        let text = "\u{1f4fc}".repeat(length);
        let label = FreeLabel { media_name: &text, cartridge: &text, side: u32::MAX, ..example() };
        prop_assert_eq!(label.to_block().len(), 1024);
        let identified = identify(label.to_block());
        prop_assert_eq!(identified.label(), Some(&label.info()));
    }
}
