//! UpdateNtmsOmidInfo: tells which label an application has written.

use super::Session;
use super::context::{present, require, require_on_computer};
use crate::catalog::{Cartridge, SideRow, Transaction, View, medium_key};
use crate::error::{Error, ErrorKind, Result};
use crate::label::{Identified, LabelImage, NameSources, initial_name};
use crate::library::label_of;
use crate::model::{
    AccessRights, Caller, FileSystemLabel, Label, LabelUpdate, LogicalMediaId, ObjectType,
    Timestamp, limits, text,
};

/// A label, and the name it gives its medium.
struct NewLabel {
    label: Label,
    name: String,
}

impl Session {
    /// Records the label that an application has written on the side of a logical medium.
    ///
    /// To be called right after writing it: the next mount compares what is on the side with this.
    /// Nothing is read or written on the medium, which need not be mounted. The medium is named
    /// after its new label if it has neither a bar code nor a name somebody gave it. A label that
    /// another side carries too is permitted: the two are duplicates.
    ///
    /// ```no_run
    /// use rsm::device::MediumIo;
    /// use rsm::model::{Access, LabelUpdate, LogicalMediaId, MountRequest};
    /// # fn example(
    /// #     session: &rsm::Session,
    /// #     held: LogicalMediaId,
    /// #     label: &[u8],
    /// # ) -> Result<(), Box<dyn std::error::Error>> {
    /// let mount = session.mount(MountRequest::from(held).for_writing())?;
    /// let mut medium = mount.open(Access::Write)?;
    /// medium.rewind()?;
    /// let _ = medium.write_block(label)?;
    /// let _ = medium.write_filemarks(1)?;
    /// session.update_omid(held, LabelUpdate::Raw(label))?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// * `InvalidHandle`: the session is closed.
    /// * `InvalidParameter`: the id is missing, the block is empty or carries the label of free
    ///   media, a text is too long or empty.
    /// * `InvalidMedia`: no such logical medium.
    /// * `AccessDenied`: CONTROL is missing on the library that holds the medium; when it is
    ///   offline, on the computer.
    /// * `BadFormat`: no label format knows the block.
    #[doc(alias = "UpdateNtmsOmidInfo")]
    pub fn update_omid(&self, media: LogicalMediaId, update: LabelUpdate<'_>) -> Result<()> {
        self.check_open()?;
        present(media, "the logical medium")?;
        if let LabelUpdate::Raw([]) = update {
            return Err(Error::new(ErrorKind::InvalidParameter, "the block is empty"));
        }
        let context = self.context();
        let caller = self.caller();
        context.catalog.read(|view| check_right(view, caller, media).map(|_| ()))?;
        let new = match update {
            LabelUpdate::Raw(block) => self.recognise(block)?,
            LabelUpdate::FileSystem(label) => of_file_system(&label)?,
        };
        let (caller, now) = (caller.clone(), context.clock.now());
        context.catalog.write(move |transaction| {
            let (cartridge, side) = check_right(transaction, &caller, media)?;
            store(transaction, &cartridge, side, &new, now)
        })
    }

    fn recognise(&self, block: &[u8]) -> Result<NewLabel> {
        let image = LabelImage::from_record(block);
        let Identified::Claimed(info) = self.context().formats.identify(&image) else {
            return Err(Error::new(ErrorKind::BadFormat, "no label format knows this label"));
        };
        if info.is_free_label() {
            return Err(Error::new(
                ErrorKind::InvalidParameter,
                "this is the label of free media, which only the manager writes",
            ));
        }
        Ok(NewLabel { label: label_of(&info), name: info.media_name().to_owned() })
    }
}

fn of_file_system(given: &FileSystemLabel<'_>) -> Result<NewLabel> {
    if given.volume_name.chars().count() >= limits::OMIDLABELINFO_LENGTH {
        return Err(Error::new(ErrorKind::InvalidParameter, "the volume name is too long"));
    }
    let label =
        Label::new(given.file_system, given.serial_number.to_be_bytes()).info(given.volume_name);
    label.check()?;
    Ok(NewLabel { label, name: given.volume_name.to_owned() })
}

/// The medium and the key of the side, if the caller may change its label.
fn check_right(
    view: &View<'_>,
    caller: &Caller,
    media: LogicalMediaId,
) -> Result<(Cartridge, i64)> {
    let side = view.side_of_logical(media)?.ok_or_else(|| {
        Error::new(ErrorKind::InvalidMedia, "no such logical medium")
            .about(ObjectType::LogicalMedia, media)
    })?;
    let cartridge = view.cartridge(medium_key(side))?;
    let library = view.library(cartridge.medium.library)?;
    let wanted = AccessRights::CONTROL;
    if library.is_offline() {
        require_on_computer(view, caller, wanted)?;
    } else {
        require(caller, &library.security, wanted, ObjectType::Library, library.id)?;
    }
    Ok((cartridge, side))
}

fn store(
    transaction: &Transaction<'_>,
    before: &Cartridge,
    side: i64,
    new: &NewLabel,
    now: Timestamp,
) -> Result<()> {
    let mut after = before.clone();
    if before.medium.bar_code.is_empty() && !before.medium.name_is_manual {
        let sides = u32::try_from(before.sides.len()).unwrap_or(u32::MAX);
        after.medium.name = initial_name(&NameSources {
            bar_code: None,
            sides,
            label_name: Some(&text::to_object_name(&new.name)),
            sequence_number: &before.medium.key.to_string(),
        });
    }
    let is_meant = |row: &&mut SideRow| row.key == side;
    for row in after.sides.iter_mut().filter(is_meant) {
        row.label = Some(new.label.clone());
        row.pending_label = None;
    }
    transaction.store_cartridge(before, after, now)
}
