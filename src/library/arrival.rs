//! Whose cartridge this is: the arrive rule, decided from what was read.

use super::absence::is_drive_missing;
use super::run::Run;
use super::verify::is_label_of;
use crate::catalog::{Cartridge, Place, View, medium_key, side_number};
use crate::device::VolumeTag;
use crate::error::Result;
use crate::label::Identified;
use crate::model::{SideState, limits};

/// A cartridge whose labels were read.
#[derive(Clone, Debug)]
pub(super) struct Arrival {
    /// Where it is: in a slot, or in a stand-alone drive.
    pub(super) place: Place,
    pub(super) bar_code: VolumeTag,
    pub(super) media_type: i64,
    /// What the sides say, in order. Sides that could not be brought up are missing.
    pub(super) sides: Vec<Identified>,
    /// The number of the first of them.
    pub(super) first: u8,
    /// The drive takes no such medium.
    pub(super) is_incompatible: bool,
    pub(super) media_code: u32,
    pub(super) density_code: u32,
}

/// What a cartridge is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// This medium, as the catalog knows it.
    Known(i64),
    /// This medium; until now nothing was known of its labels.
    NowLabelled(i64),
    /// Supposedly this medium, which cannot be read.
    Unreadable(i64),
    /// It carries the label of media that may still be seen elsewhere: decide at the end.
    Undecided,
    /// It carries the label of this medium, whose own cartridge was not read just now: that decides.
    Doubtful(i64),
    /// A medium nobody knows.
    New,
}

/// More media with one label than this are not compared.
const MOST_EQUAL: u32 = 64;

impl Arrival {
    /// The bar code as it is recorded.
    pub(super) fn bar_code_text(&self) -> Option<&str> {
        let text = self.bar_code.text()?.trim_end_matches([' ', '\0']);
        let fits = text.chars().count() < limits::BARCODE_LENGTH;
        (fits && !text.is_empty()).then_some(text)
    }

    /// The sides that were read, with their numbers.
    pub(super) fn numbered(&self) -> impl Iterator<Item = (u8, &Identified)> {
        (self.first..).zip(&self.sides)
    }

    /// The number of the side that people put in upwards: that of the one record whose label it
    /// carries, else the first.
    pub(super) fn side_up(&self, view: &View<'_>) -> Result<u8> {
        let Some(info) = self.sides.first().and_then(Identified::label) else { return Ok(0) };
        let keys = view.sides_with_label(info.label_type(), info.label_id(), MOST_EQUAL)?;
        let numbers = keys.into_iter().map(side_number);
        Ok(numbers.min().unwrap_or(0))
    }

    pub(super) fn is_claimed(&self) -> bool {
        self.sides.iter().any(|side| side.label().is_some())
    }

    pub(super) fn has_read_error(&self) -> bool {
        self.sides.is_empty() || self.sides.contains(&Identified::ReadError)
    }

    /// Decides what it is. At the `end` of the run, whoever was not seen elsewhere is here.
    pub(super) fn judge(&self, view: &View<'_>, run: &Run, end: bool) -> Result<Verdict> {
        let expected = self.expected(view, run)?;
        let equal = self.equals(view, expected.as_ref())?;
        if let Some(expected) = &expected
            && equal.iter().any(|c| c.medium.key == expected.medium.key)
        {
            return Ok(Verdict::Known(expected.medium.key));
        }
        // Somebody is about to find out whether that medium is in its own place.
        for cartridge in &equal {
            if view.movement_of_medium(cartridge.medium.key)?.is_some() {
                return Ok(Verdict::Undecided);
            }
        }
        // A label that was read outweighs looks, and a cartridge that cannot be read.
        let is_unseen = |medium| !run.is_confirmed(medium) || (end && run.is_presumed(medium));
        let mut unseen: Vec<&Cartridge> = Vec::with_capacity(equal.len());
        for cartridge in equal.iter().filter(|c| is_unseen(c.medium.key)) {
            // What somebody uses is where he uses it.
            if view.mount_of_medium(cartridge.medium.key)?.is_none() {
                unseen.push(cartridge);
            }
        }
        if let [only] = unseen.as_slice()
            && only.medium.library == crate::catalog::OFFLINE_LIBRARY
        {
            return Ok(Verdict::Known(only.medium.key));
        }
        if !unseen.is_empty() {
            let best = unseen.into_iter().min_by_key(|c| self.rank(c));
            return Ok(match best {
                Some(best) if end => Verdict::Known(best.medium.key),
                _ => Verdict::Undecided,
            });
        }
        if !equal.is_empty() {
            let doubtful = if end { None } else { self.doubtful(view, run, &equal)? };
            return Ok(doubtful.map_or(Verdict::New, Verdict::Doubtful));
        }
        Ok(self.without_equal(expected.as_ref()))
    }

    /// The medium that it is, if it was taken out of its slot into a drive after it was read.
    pub(super) fn taken_since(&self, view: &View<'_>, run: &Run) -> Result<Option<i64>> {
        let Place::Slot(slot) = self.place else { return Ok(None) };
        let Some(out) = view.medium_of_slot(slot)?.filter(|out| run.is_confirmed(*out)) else {
            return Ok(None);
        };
        let is_in_drive = match view.cartridge(out)?.medium.place {
            Place::Drive(drive) => !is_drive_missing(view, drive)?,
            _ => false,
        };
        let is_it = is_in_drive && self.equals(view, None)?.iter().any(|c| c.medium.key == out);
        Ok(is_it.then_some(out))
    }

    /// The medium whose cartridge is to be read before its label counts twice: one that was not read,
    /// or else one that people may have moved since.
    fn doubtful(&self, view: &View<'_>, run: &Run, equal: &[Cartridge]) -> Result<Option<i64>> {
        let mut read = None;
        for medium in equal.iter().map(|cartridge| cartridge.medium.key) {
            if run.is_presumed(medium) {
                return Ok(Some(medium));
            }
            if read.is_none() && view.mount_of_medium(medium)?.is_none() {
                read = Some(medium);
            }
        }
        Ok(read)
    }

    /// No record has a label that was read.
    fn without_equal(&self, expected: Option<&Cartridge>) -> Verdict {
        let Some(expected) = expected else { return Verdict::New };
        let key = expected.medium.key;
        let is_unlabelled = expected.sides.iter().all(|side| side.label.is_none());
        if self.is_claimed() {
            let unknown = |state| matches!(state, SideState::Unknown | SideState::Unrecognized);
            let may_change = is_unlabelled && expected.sides.iter().all(|s| unknown(s.state));
            return if may_change { Verdict::NowLabelled(key) } else { Verdict::New };
        }
        if self.is_incompatible {
            return Verdict::Known(key);
        }
        if self.has_read_error() {
            return Verdict::Unreadable(key);
        }
        let was_being_written = expected.sides.iter().any(|side| side.pending_label.is_some());
        if is_unlabelled || was_being_written { Verdict::Known(key) } else { Verdict::New }
    }

    /// The medium that should be in this place, or whose bar code this is.
    fn expected(&self, view: &View<'_>, run: &Run) -> Result<Option<Cartridge>> {
        let here = match self.place {
            Place::Slot(slot) => match view.medium_in_slot(slot)? {
                Some(medium) => Some(medium),
                None => view.medium_missing_from(slot)?,
            },
            Place::Drive(drive) => view.medium_in_drive(drive)?,
            Place::Port(_) | Place::Nowhere => None,
        };
        for medium in here.into_iter().chain(self.by_bar_code(view)?) {
            let cartridge = view.cartridge(medium)?;
            let recorded = Some(cartridge.medium.bar_code.as_str()).filter(|code| !code.is_empty());
            let differs = matches!((recorded, self.bar_code_text()), (Some(a), Some(b)) if a != b);
            // Who was put into this place during the run was seen here, not elsewhere.
            let is_elsewhere = run.is_confirmed(medium) && cartridge.medium.place != self.place;
            if !differs && !is_elsewhere {
                return Ok(Some(cartridge));
            }
        }
        Ok(None)
    }

    fn by_bar_code(&self, view: &View<'_>) -> Result<Option<i64>> {
        let Some(code) = self.bar_code_text() else { return Ok(None) };
        let found = view.media_with_bar_code(code)?;
        Ok(match found.as_slice() {
            [only] if only.drive.is_none() => Some(only.key),
            _ => None,
        })
    }

    /// Records of which at least one side has the label read, and no side contradicts.
    fn equals(&self, view: &View<'_>, expected: Option<&Cartridge>) -> Result<Vec<Cartridge>> {
        let mut owners: Vec<Vec<i64>> = Vec::new();
        for (number, side) in self.numbered() {
            let keys = match side.label() {
                None => Vec::new(),
                Some(info) => {
                    view.sides_with_label(info.label_type(), info.label_id(), MOST_EQUAL)?
                }
            };
            let of_side = keys.into_iter().filter(|key| side_number(*key) == number);
            owners.push(of_side.map(medium_key).collect());
        }
        let mut media: Vec<i64> = owners.iter().flatten().copied().collect();
        media.extend(expected.map(|c| c.medium.key));
        media.sort_unstable();
        media.dedup();
        let mut equal = Vec::new();
        for medium in media {
            let cartridge = view.cartridge(medium)?;
            if self.is_equal(&cartridge, &owners) {
                equal.push(cartridge);
            }
        }
        Ok(equal)
    }

    fn is_equal(&self, cartridge: &Cartridge, owners: &[Vec<i64>]) -> bool {
        let mut any = false;
        let sides = cartridge.sides.iter().skip(usize::from(self.first));
        for ((read, owners), side) in self.sides.iter().zip(owners).zip(sides) {
            let Some(info) = read.label() else { continue };
            if is_label_of(side, info) {
                any = true;
            } else if !owners.is_empty() {
                return false;
            }
        }
        any
    }

    /// Of several equal ones: same bar code, same home, same library, the latest change, the id.
    fn rank(&self, cartridge: &Cartridge) -> impl Ord + use<> {
        let medium = &cartridge.medium;
        let other_code = self.bar_code_text() != Some(medium.bar_code.as_str());
        let other_home = medium.home_slot.map(Place::Slot) != Some(self.place);
        let other_library = medium.library == crate::catalog::OFFLINE_LIBRARY;
        (other_code, other_home, other_library, std::cmp::Reverse(medium.modified), medium.id)
    }
}
