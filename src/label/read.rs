//! Reading the beginning of a medium.

use super::{LabelImage, LabelRecord};
use crate::device::{DeviceErrorKind, DeviceResult, MediumIo, ReadOutcome};

/// Most blocks and filemarks in a label image.
pub const MAX_RECORDS: usize = 9;

/// Least number of bytes that are asked for in one block: 256 KiB. A format can
/// [ask for more](super::LabelFormat::max_label).
pub const MIN_FIRST_READ: usize = 256 << 10;

/// The image ends with the record after this many filemarks.
const LAST_FILEMARK: usize = 2;

/// Reads the beginning of a loaded medium: rewinds, then takes up to [`MAX_RECORDS`] blocks and
/// filemarks, no further than the record after the second filemark, and of each block the first
/// `max_label` bytes ([`LabelFormats::max_label`](super::LabelFormats::max_label); at least
/// [`MIN_FIRST_READ`]).
///
/// A medium that cannot be read (a medium fault) gives an image of what came before, with
/// [`read_error`](LabelImage::read_error) set. The medium is left wherever reading ended.
///
/// # Errors
/// Every other error of the device: nothing is known about the medium then.
pub fn read_label(medium: &mut dyn MediumIo, max_label: usize) -> DeviceResult<LabelImage> {
    let mut image = LabelImage::default();
    match read_records(medium, max_label.max(MIN_FIRST_READ), &mut image) {
        Err(error) if error.kind() == DeviceErrorKind::MediumFault => {
            image.read_error = Some(error);
        }
        other => other?,
    }
    Ok(image)
}

fn read_records(
    medium: &mut dyn MediumIo,
    max_label: usize,
    image: &mut LabelImage,
) -> DeviceResult<()> {
    medium.rewind()?;
    let mut buffer = vec![0; max_label];
    let mut filemarks = 0;
    while image.records.len() < MAX_RECORDS {
        let is_last = filemarks == LAST_FILEMARK;
        let length = match medium.read_block(&mut buffer)? {
            ReadOutcome::Block(length) => length,
            ReadOutcome::TooLarge(_) => buffer.len(),
            ReadOutcome::Filemark => {
                filemarks += 1;
                image.records.push(LabelRecord::Filemark);
                if is_last { break } else { continue }
            }
            ReadOutcome::EndOfData => {
                image.blank = image.records.is_empty();
                break;
            }
        };
        let block = buffer.get(..length).unwrap_or(&buffer);
        image.records.push(LabelRecord::Data(block.to_vec()));
        if is_last {
            break;
        }
    }
    Ok(())
}
