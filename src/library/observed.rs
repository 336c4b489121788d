//! What an inventory saw that the catalog does not know yet, small enough for a million slots.

use crate::device::VolumeTag;

/// What was seen in a slot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Seen {
    /// Nothing; the catalog has something there.
    Empty,
    /// The slot itself is gone.
    NotPresent,
    /// A cleaning cartridge.
    Cleaner,
    /// A cartridge that its bar code may identify.
    BarCode,
    /// A cartridge whose labels must be read.
    ToRead,
}

/// Differences, in the order they were seen.
#[derive(Debug, Default)]
pub(super) struct Observations {
    entries: Vec<Entry>,
    texts: String,
}

#[derive(Clone, Copy, Debug)]
struct Entry {
    slot: i64,
    text: u32,
    length: u8,
    readable: bool,
    seen: Seen,
}

/// One difference.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Observation {
    pub(super) slot: i64,
    pub(super) seen: Seen,
    pub(super) bar_code: VolumeTag,
}

impl Observations {
    pub(super) fn len(&self) -> usize {
        self.entries.len()
    }

    /// A bar code beyond the length of any real one counts as unreadable.
    pub(super) fn push(&mut self, slot: i64, seen: Seen, bar_code: &VolumeTag) {
        let text = bar_code.text().filter(|text| text.len() <= usize::from(u8::MAX));
        let start = u32::try_from(self.texts.len()).ok();
        let (text, start) = match (text, start) {
            (Some(text), Some(start)) => (text, start),
            _ => ("", 0),
        };
        let length = u8::try_from(text.len()).unwrap_or(0);
        let seen = if seen == Seen::BarCode && length == 0 { Seen::ToRead } else { seen };
        let readable = length > 0 || *bar_code == VolumeTag::Absent;
        self.texts.push_str(text);
        self.entries.push(Entry { slot, text: start, length, readable, seen });
    }

    pub(super) fn get(&self, index: usize) -> Option<Observation> {
        self.entries.get(index).map(|entry| self.observation(entry))
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = Observation> + '_ {
        self.entries.iter().map(|entry| self.observation(entry))
    }

    /// From now on, the labels of this cartridge must be read.
    pub(super) fn must_be_read(&mut self, index: usize) {
        if let Some(entry) = self.entries.get_mut(index) {
            entry.seen = Seen::ToRead;
        }
    }

    /// A bar code that was seen twice identifies neither cartridge.
    pub(super) fn doubt_repeated_bar_codes(&mut self) {
        let mut order: Vec<u32> = (0u32..)
            .zip(&self.entries)
            .filter(|(_, entry)| entry.seen == Seen::BarCode)
            .map(|(index, _)| index)
            .collect();
        order.sort_unstable_by_key(|index| self.text_of(*index));
        let repeated: Vec<usize> = order
            .windows(2)
            .filter_map(|pair| match pair {
                [a, b] if self.text_of(*a) == self.text_of(*b) => Some([*a, *b]),
                _ => None,
            })
            .flatten()
            .map(|index| index as usize)
            .collect();
        repeated.into_iter().for_each(|index| self.must_be_read(index));
    }

    fn text_of(&self, index: u32) -> &str {
        self.entries.get(index as usize).map_or("", |entry| self.text(entry))
    }

    fn text(&self, entry: &Entry) -> &str {
        let start = entry.text as usize;
        self.texts.get(start..start + usize::from(entry.length)).unwrap_or("")
    }

    fn observation(&self, entry: &Entry) -> Observation {
        let bar_code = match self.text(entry) {
            "" if entry.readable => VolumeTag::Absent,
            "" => VolumeTag::Unreadable,
            text => VolumeTag::Read(text.to_owned()),
        };
        Observation { slot: entry.slot, seen: entry.seen, bar_code }
    }
}

/// Keys of media that were seen in this run. Keys are small numbers: one bit each.
#[derive(Debug, Default)]
pub(super) struct Confirmed(Vec<u64>);

impl Confirmed {
    pub(super) fn add(&mut self, medium: i64) {
        let Ok(bit) = usize::try_from(medium) else { return };
        if self.0.len() <= bit / 64 {
            self.0.resize(bit / 64 + 1, 0);
        }
        if let Some(word) = self.0.get_mut(bit / 64) {
            *word |= 1 << (bit % 64);
        }
    }

    pub(super) fn remove(&mut self, medium: i64) {
        let Ok(bit) = usize::try_from(medium) else { return };
        if let Some(word) = self.0.get_mut(bit / 64) {
            *word &= !(1 << (bit % 64));
        }
    }

    pub(super) fn has(&self, medium: i64) -> bool {
        let Ok(bit) = usize::try_from(medium) else { return false };
        self.0.get(bit / 64).is_some_and(|word| word >> (bit % 64) & 1 == 1)
    }

    pub(super) fn has_any(&self) -> bool {
        self.0.iter().any(|word| *word != 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> VolumeTag {
        VolumeTag::Read(text.into())
    }

    #[test]
    fn what_was_seen_comes_back() {
        let mut seen = Observations::default();
        seen.push(1, Seen::BarCode, &read("A1"));
        seen.push(2, Seen::BarCode, &VolumeTag::Unreadable);
        seen.push(3, Seen::Empty, &VolumeTag::Absent);
        let all: Vec<Observation> = seen.iter().collect();
        assert_eq!(all[0], Observation { slot: 1, seen: Seen::BarCode, bar_code: read("A1") });
        assert_eq!(all[1].seen, Seen::ToRead, "nothing to look up");
        assert_eq!(all[1].bar_code, VolumeTag::Unreadable);
        assert_eq!(all[2].bar_code, VolumeTag::Absent);
    }

    #[test]
    fn repeated_bar_codes_identify_nothing() {
        let mut seen = Observations::default();
        for (slot, code) in [(1, "A1"), (2, "A2"), (3, "A1"), (4, "A1")] {
            seen.push(slot, Seen::BarCode, &read(code));
        }
        seen.doubt_repeated_bar_codes();
        let doubted: Vec<i64> =
            seen.iter().filter(|o| o.seen == Seen::ToRead).map(|o| o.slot).collect();
        assert_eq!(doubted, [1, 3, 4]);
    }

    #[test]
    fn confirmed_media_are_remembered_one_by_one() {
        let mut confirmed = Confirmed::default();
        confirmed.add(64);
        confirmed.add(1_000_000);
        assert!(confirmed.has(64) && confirmed.has(1_000_000));
        assert!(!confirmed.has(63) && !confirmed.has(65) && !confirmed.has(9_000_000));
        confirmed.remove(64);
        confirmed.remove(9_000_000);
        assert!(!confirmed.has(64) && confirmed.has(1_000_000));
    }
}
