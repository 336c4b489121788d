//! Which format gets a label: LL1 to LL4 and the rules around them.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use proptest::collection::vec;
use proptest::prelude::*;

use super::medium::ListedMedium;
use crate::ErrorKind;
use crate::device::{DeviceError, DeviceErrorKind};
use crate::label::mtf::tests::test_block;
use crate::label::*;

type Claim = Box<dyn Fn(&LabelImage) -> Option<LabelInfo> + Send + Sync>;

/// A format that answers as told and counts how often it was asked.
struct Told {
    name: String,
    max_label: usize,
    claim: Claim,
    asked: AtomicUsize,
}

fn told(
    name: &str,
    claim: impl Fn(&LabelImage) -> Option<LabelInfo> + Send + Sync + 'static,
) -> Arc<Told> {
    Arc::new(Told {
        name: name.to_owned(),
        max_label: 80,
        claim: Box::new(claim),
        asked: AtomicUsize::new(0),
    })
}

impl LabelFormat for Told {
    fn name(&self) -> &str {
        &self.name
    }

    fn max_label(&self) -> usize {
        self.max_label
    }

    fn claim(&self, image: &LabelImage) -> Option<LabelInfo> {
        self.asked.fetch_add(1, Ordering::Relaxed);
        (self.claim)(image)
    }
}

fn registry(registered: &[&Arc<Told>]) -> LabelFormats {
    let formats = LabelFormats::new();
    for &format in registered {
        formats.register(Arc::clone(format) as Arc<dyn LabelFormat>).unwrap();
    }
    formats
}

/// The label type under which an image is claimed.
fn claimed_type(formats: &LabelFormats, record: &[u8]) -> Option<String> {
    let identified = formats.identify(&LabelImage::from_record(record));
    identified.label().map(|info| info.label_type().to_owned())
}

fn volume_label(image: &LabelImage) -> Option<LabelInfo> {
    let rest = image.first_data()?.strip_prefix(b"VOL1")?;
    Some(LabelInfo::new("Ours", rest.get(..6)?))
}

#[test]
fn labels_ll1() {
    let plug_in = told("volumes", volume_label);
    let next = told("next", |_| Some(LabelInfo::new("Next", [1])));
    let formats = registry(&[&plug_in, &next]);
    let mut record =
        *b"VOL1A00007                                                                      ";
    assert_eq!(claimed_type(&formats, &record).as_deref(), Some("Ours"));
    assert_eq!(next.asked.load(Ordering::Relaxed), 0);
    record[3] = b'2';
    assert_eq!(claimed_type(&formats, &record).as_deref(), Some("Next"));
    // Likewise before a built-in format that would claim it too.
    assert_eq!(claimed_type(&formats, &test_block()).as_deref(), Some("Next"));
}

#[test]
fn labels_ll2() {
    let formats = registry(&[&told("no id", |_| Some(LabelInfo::new("Ours", [])))]);
    assert_eq!(claimed_type(&formats, &test_block()).as_deref(), Some("Acme Backup 3"));
}

#[test]
fn labels_ll3() {
    let mut large = told("large", |_| None);
    Arc::get_mut(&mut large).unwrap().max_label = 300_000;
    let formats = registry(&[&large]);
    let mut medium = ListedMedium::new([LabelRecord::Filemark]);
    read_label(&mut medium, formats.max_label()).unwrap();
    assert_eq!(medium.reads[0], 300_000);
    assert_eq!(LabelFormats::new().max_label(), 256 * 1024);
}

#[test]
fn labels_ll4() {
    let formats = registry(&[&told("same", |_| None)]);
    let again = formats.register(told("same", volume_label)).unwrap_err();
    assert_eq!(again.kind(), ErrorKind::AlreadyExists);
    assert_eq!(claimed_type(&formats, b"VOL1A00007"), None);
    for built_in in ["MTF", FREE_LABEL_TYPE] {
        let taken = formats.register(told(built_in, |_| None)).unwrap_err();
        assert_eq!(taken.kind(), ErrorKind::AlreadyExists);
    }
}

#[test]
fn what_a_format_says_of_itself_is_checked() {
    let with_size = |max_label| {
        let mut format = told("sized", |_| None);
        Arc::get_mut(&mut format).unwrap().max_label = max_label;
        LabelFormats::new().register(format)
    };
    assert!(with_size(MAX_LABEL_SIZE).is_ok());
    assert_eq!(with_size(MAX_LABEL_SIZE + 1).unwrap_err().kind(), ErrorKind::InvalidParameter);
    let nameless = LabelFormats::new().register(told("", |_| None)).unwrap_err();
    assert_eq!(nameless.kind(), ErrorKind::InvalidParameter);
}

#[test]
fn void_claims_and_panics_count_as_not_claimed() {
    let claims: [fn(&LabelImage) -> Option<LabelInfo>; 4] = [
        |_| Some(LabelInfo::new("", [1])),
        |_| Some(LabelInfo::new("x".repeat(64), [1])),
        |_| Some(LabelInfo::new("x", [1; 256])),
        |_| panic!("a format that fails"),
    ];
    for claim in claims {
        let bad = told("bad", claim);
        let formats = registry(&[&bad, &told("good", volume_label)]);
        assert_eq!(claimed_type(&formats, b"VOL1A00007").as_deref(), Some("Ours"));
        assert_eq!(bad.asked.load(Ordering::Relaxed), 1);
    }
}

#[test]
fn descriptions_of_claims_are_cut() {
    let wordy = told("wordy", |_| Some(LabelInfo::new("x", [1]).described("y".repeat(300))));
    let identified = registry(&[&wordy]).identify(&LabelImage::from_record([0]));
    assert_eq!(identified.label().unwrap().description(), "y".repeat(255));
}

#[test]
fn no_format_takes_the_free_label_for_its_own() {
    let greedy = told("greedy", |_| Some(LabelInfo::new("Mine", [1])));
    let formats = registry(&[&greedy]);
    let record = super::free_label::example().to_block();
    assert_eq!(claimed_type(&formats, &record).as_deref(), Some(FREE_LABEL_TYPE));
    assert_eq!(greedy.asked.load(Ordering::Relaxed), 0);
}

#[test]
fn without_a_claim_the_image_decides() {
    let formats = LabelFormats::new();
    let fault = || Some(DeviceError::new(DeviceErrorKind::MediumFault, "planned"));
    let blank = LabelImage { blank: true, ..LabelImage::default() };
    assert_eq!(formats.identify(&blank), Identified::Blank);
    assert_eq!(formats.identify(&blank).hint().as_deref(), Some("blank"));

    let data = LabelImage::from_record(*b"hello");
    assert_eq!(formats.identify(&data).hint().as_deref(), Some("data: unknown"));

    let nothing = LabelImage { read_error: fault(), ..LabelImage::default() };
    assert_eq!(formats.identify(&nothing), Identified::ReadError);
    let partly = LabelImage { read_error: fault(), ..data };
    assert_eq!(formats.identify(&partly), Identified::ReadError);
    let enough = LabelImage { read_error: fault(), ..LabelImage::from_record(test_block()) };
    assert!(formats.identify(&enough).label().is_some());
}

#[test]
fn a_format_may_register_another_while_it_is_asked() {
    let formats = Arc::new(LabelFormats::new());
    let shared = Arc::downgrade(&formats);
    let first = told("first", move |_| {
        shared.upgrade()?.register(told("second", volume_label)).ok()?;
        None
    });
    formats.register(first).unwrap();
    assert_eq!(claimed_type(&formats, b"VOL1A00007"), None);
    assert_eq!(claimed_type(&formats, b"VOL1A00007").as_deref(), Some("Ours"));
}

proptest! {
    #[test]
    fn arbitrary_images_are_identified_without_panic(
        records in vec(prop_oneof![
            vec(any::<u8>(), 0..200).prop_map(LabelRecord::Data),
            Just(LabelRecord::Filemark),
        ], 0..9),
        blank: bool,
    ) {
        let image = LabelImage { records, blank, read_error: None };
        prop_assert!(LabelFormats::new().identify(&image).label().is_none());
    }
}
