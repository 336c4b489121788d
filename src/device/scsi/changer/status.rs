//! The status of elements, in chunks that the changer takes.

use std::collections::BTreeMap;

use super::ScsiChanger;
use super::learned::Detail;
use crate::device::scsi::command::changer::ElementStatusQuery;
use crate::device::scsi::reply::ElementStatusReport;
use crate::device::{
    DeviceErrorKind, DeviceIdentity, DeviceResult, ElementAddress, ElementKind, ElementRange,
    ElementStatus, Refusal,
};

/// The headers of an answer, and room for the longest descriptor there can be.
const LEAST_ROOM: usize = 512;
/// Room for a descriptor with two bar codes and an identifier.
const ROOM: usize = 128;
/// The longest answer there can be.
const MOST_ROOM: usize = 0x00FF_FFFF;

/// The status of elements, and what can be made out of identifiers that are cut off.
#[derive(Clone, Debug, Default)]
pub(in crate::device::scsi) struct Seen {
    pub elements: Vec<ElementStatus>,
    /// The beginnings of the identities of drives.
    pub beginnings: BTreeMap<ElementAddress, DeviceIdentity>,
}

/// What one command asks for.
#[derive(Clone, Copy, Debug)]
struct Ask {
    kind: ElementKind,
    first: ElementAddress,
    count: u32,
    detail: Detail,
}

impl ScsiChanger {
    /// The elements of a kind from an address on, in one answer.
    pub(super) fn look(
        &self,
        kind: ElementKind,
        first: ElementAddress,
        count: u32,
    ) -> DeviceResult<Seen> {
        let range = self.known_geometry()?.range(kind);
        self.look_in(kind, (first, range), count)
    }

    /// The drives, whatever number it gives in one answer.
    pub(super) fn look_at_all_drives(&self) -> DeviceResult<Seen> {
        let range = self.known_geometry()?.drives;
        let (mut all, mut next) = (Seen::default(), Some(range.first));
        while let Some(first) = next {
            let found = self.look_in(ElementKind::Drive, (first, range), range.count)?;
            let last = found.elements.last().map(|status| status.address);
            next = last.and_then(|last| last.0.checked_add(1)).map(ElementAddress);
            all.elements.extend(found.elements);
            all.beginnings.extend(found.beginnings);
        }
        Ok(all)
    }

    pub(super) fn look_in(
        &self,
        kind: ElementKind,
        (first, range): (ElementAddress, ElementRange),
        count: u32,
    ) -> DeviceResult<Seen> {
        let first = first.max(range.first);
        let behind = u32::from(range.first.0).saturating_add(range.count);
        let left = behind.saturating_sub(first.0.into());
        // What lies outside is refused by some, which would look like too much at once.
        if range.count == 0 || left == 0 || count == 0 {
            return Ok(Seen::default());
        }
        self.ask(kind, first, count.min(left))
    }

    /// Asks, for less and less where the changer refuses.
    fn ask(&self, kind: ElementKind, first: ElementAddress, count: u32) -> DeviceResult<Seen> {
        let (chunk, detail) = {
            let learned = self.learned.lock();
            (learned.chunk.unwrap_or(u32::MAX), learned.detail(kind))
        };
        let most = count.min(chunk).min(self.most_at_once());
        let mut ask = Ask { kind, first, count: most, detail };
        loop {
            match self.ask_once(ask) {
                Err(error) if error.kind() == DeviceErrorKind::Refused(Refusal::Invalid) => {
                    match ask.detail.less(kind) {
                        _ if ask.count > 1 => ask.count /= 2,
                        Some(less) => (ask.count, ask.detail) = (most, less),
                        None => return Err(error),
                    }
                }
                Err(error) => return Err(error),
                Ok(found) => {
                    let mut learned = self.learned.lock();
                    if ask.count < most {
                        learned.chunk = Some(ask.count);
                    }
                    learned.set_detail(kind, ask.detail);
                    return Ok(found);
                }
            }
        }
    }

    /// For how many elements there is room in one transfer.
    fn most_at_once(&self) -> u32 {
        let room = self.unit.transport().max_transfer().min(MOST_ROOM);
        let most = room.saturating_sub(LEAST_ROOM) / ROOM;
        u32::try_from(most).unwrap_or(u32::MAX).clamp(1, u16::MAX.into())
    }

    fn ask_once(&self, ask: Ask) -> DeviceResult<Seen> {
        let count = u16::try_from(ask.count).unwrap_or(u16::MAX);
        let room = LEAST_ROOM.saturating_add(usize::from(count).saturating_mul(ROOM));
        let room = room.min(self.unit.transport().max_transfer()).min(MOST_ROOM);
        let query = ElementStatusQuery {
            kind: ask.kind,
            first: ask.first,
            count,
            volume_tags: ask.detail != Detail::Least,
            device_identifiers: ask.detail == Detail::All && ask.kind == ElementKind::Drive,
            current_data: false,
        };
        let mut buffer = vec![0; room];
        let length = self.unit.read(&query.command(room), &mut buffer)?;
        let answer = buffer.get(..length).unwrap_or(&buffer);
        let mut found = read(answer, room, ask)?;
        self.learned.lock().complete(&mut found.elements);
        Ok(found)
    }
}

/// What was asked for, of what came: by address, and no more.
fn read(answer: &[u8], room: usize, ask: Ask) -> DeviceResult<Seen> {
    let report = ElementStatusReport::read(answer)?;
    let mut found = Seen::default();
    for element in report.elements() {
        let is_wanted = element.kind() == ask.kind && element.address() >= ask.first;
        // The next answer has it in full.
        let comes_again =
            report.full_length() > room && element.is_cut_off() && !found.elements.is_empty();
        if is_wanted && !comes_again {
            let identifier = element.device_identifier();
            let cut = identifier.filter(|identifier| !identifier.is_whole());
            if let Some(beginning) = cut.and_then(|identifier| identifier.identity()) {
                found.beginnings.insert(element.address(), beginning);
            }
            found.elements.push(element.status());
        }
    }
    found.elements.sort_by_key(|status| status.address);
    found.elements.truncate(usize::try_from(ask.count).unwrap_or(usize::MAX));
    Ok(found)
}
