//! What a person reaches without a key.

use super::frame::not_accessible;
use super::world::{World, no_such_element};
use super::{CartridgeId, Hands, Place};
use crate::device::{DeviceError, DeviceResult, ElementKind, Refusal};

impl World {
    /// Whether a person without a key reaches an element: through an open door, in an extended
    /// port, in a pulled magazine.
    fn check_open(&self, place: Place) -> DeviceResult<()> {
        let kind = self.settings.kind_of(place).ok_or_else(|| no_such_element(place))?;
        let (plan, frame) = self.parts(place.changer)?;
        let mut open = frame.doors.iter().enumerate().filter(|(_, now)| now.open);
        let reached = self.is_out(place)
            || match kind {
                ElementKind::Slot => {
                    open.any(|(door, _)| plan.door_slots(door).contains(place.address))
                }
                ElementKind::Transport => open.next().is_some(),
                ElementKind::Port | ElementKind::Drive => false,
            };
        if reached { Ok(()) } else { Err(not_accessible("nothing is open there")) }
    }

    /// A person puts a cartridge where it can be reached.
    pub(super) fn reach_in(&mut self, id: CartridgeId, place: Place) -> DeviceResult<()> {
        self.check_open(place)?;
        self.put_by_hand(id, place)?;
        self.touch(place)
    }

    /// A person takes a cartridge from where it can be reached.
    pub(super) fn reach_out(&mut self, place: Place) -> DeviceResult<CartridgeId> {
        self.check_open(place)?;
        let id = self.take(place)?;
        self.touch(place)?;
        Ok(id)
    }

    fn touch(&mut self, place: Place) -> DeviceResult<()> {
        let port = self.settings.plan(place.changer).and_then(|plan| plan.port_of(place.address));
        let pulled = self.is_pulled(place);
        let frame = self.frame_mut(place.changer)?;
        match port.and_then(|(port, _)| frame.ports.get_mut(port)) {
            Some(port) => port.touched = true,
            // A magazine makes itself known when it is put back.
            None => frame.touched |= !pulled,
        }
        Ok(())
    }
}

impl Hands {
    /// Puts a cartridge that is outside where a person reaches without a key: into a slot behind an
    /// open door, into a port that is extended, into a magazine that is pulled out.
    ///
    /// # Errors
    /// [`NotAccessible`](crate::device::Refusal::NotAccessible) where nothing is open,
    /// [`DestinationFull`](crate::device::Refusal::DestinationFull),
    /// [`NoSuchElement`](crate::device::Refusal::NoSuchElement);
    /// [`Invalid`](crate::device::Refusal::Invalid) when the cartridge is not outside.
    pub fn put_in(&self, id: CartridgeId, place: Place) -> DeviceResult<()> {
        self.act(|world| world.reach_in(id, place))
    }

    /// Takes a cartridge out from where a person reaches without a key, as in
    /// [`put_in`](Self::put_in); through any open door from the hand of the robot, too. It is
    /// outside then.
    ///
    /// # Errors
    /// [`NotAccessible`](crate::device::Refusal::NotAccessible) where nothing is open,
    /// [`SourceEmpty`](crate::device::Refusal::SourceEmpty),
    /// [`NoSuchElement`](crate::device::Refusal::NoSuchElement).
    pub fn take_out(&self, place: Place) -> DeviceResult<CartridgeId> {
        self.act(|world| world.reach_out(place))
    }

    /// Turns a cartridge that is outside over, so that its other side comes up when it is put in.
    ///
    /// # Errors
    /// [`Invalid`](crate::device::Refusal::Invalid) when the cartridge is not outside, or has one
    /// side only.
    pub fn turn_over(&self, id: CartridgeId) -> DeviceResult<()> {
        self.shared.store.change(|world| {
            world.check_sides(id)?;
            let spot = &mut world.record_mut(id)?.spot;
            if spot.place.is_some() {
                let reason = "the cartridge is not outside";
                return Err(DeviceError::refused(Refusal::Invalid, reason));
            }
            spot.turned = !spot.turned;
            Ok(())
        })
    }
}
