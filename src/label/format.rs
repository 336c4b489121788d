//! What a label format is.

use super::{LabelImage, LabelInfo};

/// Largest first record a format may ask for, in bytes: 1 MiB.
pub const MAX_LABEL_SIZE: usize = 1 << 20;

/// Recognises the labels of one format, so that its media are told apart and never confused.
///
/// An application that writes labels of its own brings the format to read them and
/// [registers](super::LabelFormats::register) it. A format may be claimed only when it carries an
/// id unique to each medium: two media with the same type and id count as copies of one another.
///
/// Formats are asked from several threads at once. What a format claims is void when it breaks
/// the limits of [`LabelInfo::validated`] or panics: it is logged, and the next format is asked.
///
/// ```
/// use std::sync::Arc;
/// use rsm::label::{Identified, LabelFormat, LabelFormats, LabelImage, LabelInfo};
///
/// /// Labels of the form "ACME" + 8 bytes of serial number + a title.
/// struct AcmeLabel;
///
/// impl LabelFormat for AcmeLabel {
///     fn name(&self) -> &str {
///         "Acme"
///     }
///
///     fn max_label(&self) -> usize {
///         512
///     }
///
///     fn claim(&self, image: &LabelImage) -> Option<LabelInfo> {
///         let rest = image.first_data()?.strip_prefix(b"ACME")?;
///         let (serial, title) = rest.split_at_checked(8)?;
///         let title = String::from_utf8_lossy(title);
///         Some(LabelInfo::new("Acme Backup", serial).described(title))
///     }
/// }
///
/// let formats = LabelFormats::new();
/// formats.register(Arc::new(AcmeLabel))?;
///
/// let image = LabelImage::from_record(b"ACME\0\0\0\0\0\0\0\x2aNightly");
/// let Identified::Claimed(label) = formats.identify(&image) else { unreachable!() };
/// assert_eq!(label.label_type(), "Acme Backup");
/// assert_eq!(label.label_id(), [0, 0, 0, 0, 0, 0, 0, 42]);
/// assert_eq!(label.description(), "Nightly");
/// # Ok::<(), rsm::Error>(())
/// ```
#[doc(alias = "LabelLibrary")]
#[doc(alias = "ClaimMediaLabel")]
#[doc(alias = "MaxMediaLabel")]
pub trait LabelFormat: Send + Sync {
    /// Name of the format, unique in a registry. Asked for at registration only.
    fn name(&self) -> &str;

    /// Largest first record, in bytes, that [`claim`](Self::claim) needs to see whole; at most
    /// [`MAX_LABEL_SIZE`]. Asked for at registration only.
    #[doc(alias = "MaxMediaLabel")]
    fn max_label(&self) -> usize;

    /// The identity of the side when the label is of this format, else `None`. A record shorter
    /// than the format's label is simply not of this format.
    ///
    /// The image comes from a medium anybody may have written: anything can be in it.
    #[doc(alias = "ClaimMediaLabel")]
    fn claim(&self, image: &LabelImage) -> Option<LabelInfo>;
}
