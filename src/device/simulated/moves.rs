//! Moves, as the robot makes them.

use super::world::{World, empty, full};
use super::{CartridgeId, Place};
use crate::device::{DeviceError, DeviceResult, ElementKind, Refusal};

impl World {
    /// Whether a move can be done.
    pub(super) fn check_move(&self, from: Place, to: Place, flip: bool) -> DeviceResult<()> {
        let id = self.cartridge_at(from)?;
        let there = self.cartridge_at(to)?;
        self.check_still(from.changer)?;
        self.check_reach(from)?;
        self.check_reach(to)?;
        let id = id.ok_or_else(|| empty(from))?;
        if there.is_some() && from != to {
            return Err(full(to));
        }
        self.check_take(from)?;
        if flip && !self.settings.can_flip {
            return Err(DeviceError::refused(
                Refusal::Unsupported,
                "the transport cannot turn media over",
            ));
        }
        if flip { self.check_sides(id) } else { Ok(()) }
    }

    /// Whether the cartridge can be turned over.
    pub(super) fn check_sides(&self, id: CartridgeId) -> DeviceResult<()> {
        if self.kind(self.record(id)?)?.sides < 2 {
            return Err(DeviceError::refused(Refusal::Invalid, "the medium has one side only"));
        }
        Ok(())
    }

    /// Moves a cartridge as the robot does.
    pub(super) fn move_medium(&mut self, from: Place, to: Place, flip: bool) -> DeviceResult<()> {
        self.check_move(from, to, flip)?;
        let from_kind = self.settings.kind_of(from);
        let id = self.take(from)?;
        self.put(id, to)?;
        let spot = &mut self.record_mut(id)?.spot;
        spot.turned ^= flip;
        spot.by_hand = false;
        if matches!(from_kind, Some(ElementKind::Slot | ElementKind::Port)) {
            spot.source = Some(from.address);
            spot.turned_since = flip;
        } else {
            spot.turned_since ^= flip;
        }
        self.arrived(id, to)
    }

    /// The robot stops on its way, with the cartridge in a free hand if it has one.
    pub(super) fn stop_on_the_way(
        &mut self,
        from: Place,
        to: Place,
        flip: bool,
    ) -> DeviceResult<()> {
        self.check_move(from, to, flip)?;
        if self.settings.kind_of(from) == Some(ElementKind::Transport) {
            return Ok(());
        }
        let hands = self.settings.layout(from.changer).map(|l| l.range(ElementKind::Transport));
        let free = hands.unwrap_or_default().iter().find(|address| {
            matches!(self.cartridge_at(Place { address: *address, ..from }), Ok(None))
        });
        match free {
            Some(address) => self.move_medium(from, Place { address, ..from }, flip),
            None => Ok(()),
        }
    }
}
