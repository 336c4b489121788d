//! The first phase of an inventory: what is where.

use super::Attached;
use super::compare::{Look, compare};
use super::failure::device;
use super::run::Run;
use super::units::{ChangerUnit, next_address};
use crate::catalog::{Purpose, SlotContent};
use crate::device::{ElementAddress, ElementKind, ElementStatus};
use crate::error::Result;

impl Attached {
    /// Looks at every slot and notes what differs from the catalog. Leaves off when nobody wants it
    /// any more.
    pub(super) fn collect(&self, run: &Run, reads_labels: bool) -> Result<()> {
        let row = self.host.catalog.read(|view| view.library(self.key))?;
        self.confirm_media_in_drives(run)?;
        self.confirm_media_in_ports(run)?;
        for changer in &self.changers {
            let look = Look::at(&row, changer, reads_labels);
            let slots = changer.geometry.slots;
            *changer.oddity.lock() = None;
            let mut told = 0;
            let mut next = (slots.count > 0).then_some(slots.first);
            while let Some(first) = next {
                if run.is_unwanted() {
                    return Ok(());
                }
                let (seen, following) = self.collect_from(run, changer, first, look)?;
                told += seen;
                next = following.filter(|address| slots.contains(*address));
            }
            if told < slots.count {
                let oddity = format!("the changer tells of {told} of its {} slots", slots.count);
                changer.oddity.lock().get_or_insert(oddity);
            }
        }
        Ok(())
    }

    /// Looks at the slots from one on that the changer tells of in one answer. While it looks and
    /// compares, the robot rests.
    fn collect_from(
        &self,
        run: &Run,
        changer: &ChangerUnit,
        first: ElementAddress,
        look: Look,
    ) -> Result<(u32, Option<ElementAddress>)> {
        let _arm = changer.arm.take(self.host.clock.as_ref());
        let chunk = changer
            .look_from(ElementKind::Slot, first)
            .map_err(|error| device("the slots could not be looked at", error))?;
        let next = next_address(&chunk, first);
        let last = next.map_or(first.0, |next| next.0.saturating_sub(1));
        let last = if next.is_none() { u16::MAX } else { last };
        let contents =
            self.host.catalog.read(|view| view.slot_contents(changer.key, first.0, last))?;
        note_differences(run, &contents, &chunk, look);
        Ok((u32::try_from(chunk.len()).unwrap_or(u32::MAX), next))
    }

    /// Ports are none of an inventory's business; but nobody has read what was put into them.
    fn confirm_media_in_ports(&self, run: &Run) -> Result<()> {
        let media = self.host.catalog.read(|view| view.media_in_ports(self.key))?;
        media.into_iter().for_each(|medium| run.presume(medium));
        Ok(())
    }

    fn confirm_media_in_drives(&self, run: &Run) -> Result<()> {
        let media = self.host.catalog.read(|view| {
            let inside = self.drives.iter().map(|drive| {
                let movement = view.movement_of_drive(drive.key)?;
                let goes_home = movement.is_some_and(|m| m.purpose == Purpose::Dismount);
                let is_known = goes_home
                    || view.mount_of_drive(drive.key)?.is_some()
                    || view.drive(drive.key)?.deferred_since.is_some();
                let moving = movement.and_then(|movement| movement.medium);
                Ok((is_known, [moving, view.medium_in_drive(drive.key)?]))
            });
            inside.collect::<Result<Vec<_>>>()
        })?;
        for (is_known, inside) in media {
            for medium in inside.into_iter().flatten() {
                if is_known { run.confirm(medium) } else { run.presume(medium) }
            }
        }
        Ok(())
    }
}

/// Both lists are ordered by address.
fn note_differences(run: &Run, contents: &[SlotContent], chunk: &[ElementStatus], look: Look) {
    let mut seen = run.seen.lock();
    let mut confirmed = run.confirmed.lock();
    let mut presumed = run.presumed.lock();
    let mut statuses = chunk.iter().peekable();
    for content in contents {
        while statuses.next_if(|status| status.address.0 < content.address).is_some() {}
        let status = statuses.next_if(|status| status.address.0 == content.address);
        // The changer knows nothing about this one: what is known stays.
        let difference = status.and_then(|status| {
            compare(content, status, look).map(|seen| (seen, &status.volume_tag))
        });
        match difference {
            Some((what, tag)) => seen.differences.push(content.key, what, tag),
            None => content.medium.into_iter().for_each(|medium| {
                confirmed.add(medium);
                if !content.is_under_way {
                    presumed.add(medium);
                }
            }),
        }
    }
}
