//! The label formats of a manager and the order in which they are asked.
//!
//! The one lock protects the list of registered formats. No format is called while it is held: a
//! reader takes the list as it is and asks with the lock released, so a format may itself use the
//! registry.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use parking_lot::RwLock;

use super::free::FreeLabelFormat;
use super::mtf::Mtf;
use super::{
    DataKind, Identified, LabelFormat, LabelImage, LabelInfo, MAX_LABEL_SIZE, MIN_FIRST_READ,
};
use crate::{Error, ErrorKind, Result};

/// Asked before all others: no format can take the label of free media for its own.
const FREE: &dyn LabelFormat = &FreeLabelFormat;

/// Asked after the registered formats, in this order.
const BUILT_IN: &[&dyn LabelFormat] = &[&Mtf];

/// The label formats that are known, in the order in which they are asked **\[D]**: the label of
/// free media, the registered formats in the order of their registration, the built-in ones. The
/// first claim wins; the others are not asked.
///
/// It can be extended while it is in use; an identification that is under way does not see the
/// new format.
#[derive(Default)]
pub struct LabelFormats {
    registered: RwLock<Arc<Vec<Registered>>>,
}

#[derive(Clone)]
struct Registered {
    name: String,
    max_label: usize,
    format: Arc<dyn LabelFormat>,
}

impl LabelFormats {
    /// The label of free media and the built-in formats.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a format, to be asked after those registered before.
    ///
    /// # Errors
    /// [`InvalidParameter`](ErrorKind::InvalidParameter): its name is empty, its largest label is
    /// above [`MAX_LABEL_SIZE`], or it panics when asked for them.
    /// [`AlreadyExists`](ErrorKind::AlreadyExists): a format of that name is registered or built
    /// in.
    pub fn register(&self, format: Arc<dyn LabelFormat>) -> Result<()> {
        let added = describe(format)?;
        let mut registered = self.registered.write();
        let is_taken = fixed().any(|format| format.name() == added.name)
            || registered.iter().any(|format| format.name == added.name);
        if is_taken {
            let reason = format!("a label format named {:?} exists already", added.name);
            return Err(Error::new(ErrorKind::AlreadyExists, reason));
        }
        Arc::make_mut(&mut registered).push(added);
        Ok(())
    }

    /// How many bytes of a block must be read so that every format sees its label whole; at least
    /// [`MIN_FIRST_READ`], at most [`MAX_LABEL_SIZE`].
    pub fn max_label(&self) -> usize {
        let registered = self.registered.read();
        let sizes = registered.iter().map(|r| r.max_label);
        sizes.chain(fixed().map(LabelFormat::max_label)).fold(MIN_FIRST_READ, usize::max)
    }

    /// What the label in this image says.
    ///
    /// A label that was claimed counts even if the medium could not be read beyond it. A medium
    /// that could not be read and that no format claims is a
    /// [`ReadError`](Identified::ReadError), never blank or without a label.
    pub fn identify(&self, image: &LabelImage) -> Identified {
        match self.claim(image) {
            Some(info) => Identified::Claimed(info),
            None if image.read_error.is_some() => Identified::ReadError,
            None if image.blank => Identified::Blank,
            None => Identified::Unclaimed { hint: DataKind::Unknown },
        }
    }

    fn claim(&self, image: &LabelImage) -> Option<LabelInfo> {
        if image.records.is_empty() {
            return None;
        }
        let registered = Arc::clone(&self.registered.read());
        let registered = registered.iter().map(|r| (r.name.as_str(), r.format.as_ref()));
        let built_in = BUILT_IN.iter().map(|&format| (format.name(), format));
        std::iter::once((FREE.name(), FREE))
            .chain(registered)
            .chain(built_in)
            .find_map(|(name, format)| ask(name, format, image))
    }
}

impl std::fmt::Debug for LabelFormats {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let registered = self.registered.read();
        f.debug_list().entries(registered.iter().map(|r| &r.name)).finish()
    }
}

fn fixed() -> impl Iterator<Item = &'static dyn LabelFormat> {
    std::iter::once(FREE).chain(BUILT_IN.iter().copied())
}

/// Asks a format for its name and size, once.
fn describe(format: Arc<dyn LabelFormat>) -> Result<Registered> {
    let invalid = |reason| Err(Error::new(ErrorKind::InvalidParameter, reason));
    let asked = catch_unwind(AssertUnwindSafe(|| (format.name().to_owned(), format.max_label())));
    let Ok((name, max_label)) = asked else {
        return invalid("the label format panicked when asked for its name and size".to_owned());
    };
    if name.is_empty() {
        return invalid("the label format has no name".to_owned());
    }
    if max_label > MAX_LABEL_SIZE {
        return invalid(format!(
            "label format {name:?} wants {max_label} bytes, more than {MAX_LABEL_SIZE}"
        ));
    }
    Ok(Registered { name, max_label, format })
}

/// The claim of one format, if it makes a valid one.
fn ask(name: &str, format: &dyn LabelFormat, image: &LabelImage) -> Option<LabelInfo> {
    let Ok(claim) = catch_unwind(AssertUnwindSafe(|| format.claim(image))) else {
        tracing::warn!(format = name, "label format panicked; taken as not claimed");
        return None;
    };
    let checked = claim?.validated();
    if let Err(error) = &checked {
        tracing::warn!(format = name, %error, "claim of a label is void");
    }
    checked.ok()
}
