//! Doors: people open and close them, locks and sensors permitting.

use super::Hands;
use super::frame::{DoorNow, locked_in};
use super::world::World;
use crate::device::{Attention, DeviceError, DeviceResult, Refusal};
use crate::model::DoorState;

impl World {
    /// The state of a door, as the library sees it.
    pub(super) fn door_state(&self, changer: u16, door: usize) -> DeviceResult<DoorState> {
        let (plan, frame) = self.parts(changer)?;
        let (layout, now) = plan.doors.get(door).zip(frame.doors.get(door)).ok_or_else(no_door)?;
        Ok(match (layout.sensor, now.open) {
            (false, _) => DoorState::Unknown,
            (true, true) => DoorState::Open,
            (true, false) => DoorState::Closed,
        })
    }

    pub(super) fn release_door(
        &mut self,
        changer: u16,
        door: usize,
        release: bool,
    ) -> DeviceResult<()> {
        let (plan, _) = self.parts(changer)?;
        if !plan.doors.get(door).ok_or_else(no_door)?.lockable {
            return Err(DeviceError::refused(Refusal::Unsupported, "the door has no lock"));
        }
        self.door_mut(changer, door)?.released = release;
        Ok(())
    }

    fn door_mut(&mut self, changer: u16, door: usize) -> DeviceResult<&mut DoorNow> {
        self.frame_mut(changer)?.doors.get_mut(door).ok_or_else(no_door)
    }

    /// A person opens a door.
    pub(super) fn open_door(&mut self, changer: u16, door: usize) -> DeviceResult<()> {
        let (plan, frame) = self.parts(changer)?;
        let (layout, now) = plan.doors.get(door).zip(frame.doors.get(door)).ok_or_else(no_door)?;
        let locked = !now.released || frame.removal_prevented;
        if layout.lockable && locked && !now.open {
            return Err(locked_in("the door is locked"));
        }
        self.door_mut(changer, door)?.open = true;
        Ok(())
    }

    /// A person closes a door. What was touched behind it is news for the host, if the library
    /// notices doors at all.
    pub(super) fn close_door(&mut self, changer: u16, door: usize) -> DeviceResult<()> {
        let was_open = std::mem::replace(&mut self.door_mut(changer, door)?.open, false);
        let (plan, _) = self.parts(changer)?;
        let sensor = plan.doors.get(door).is_some_and(|door| door.sensor);
        let frame = self.frame_mut(changer)?;
        if was_open && std::mem::replace(&mut frame.touched, false) && sensor {
            frame.noticed.add(Attention::MediumChanged);
        }
        Ok(())
    }
}

impl Hands {
    /// Opens a door, by its number in [`Geometry::doors`](crate::device::Geometry::doors). While a
    /// door is known to be open, the robot does not move.
    ///
    /// # Errors
    /// [`Refusal::RemovalPrevented`] while it is locked; [`Refusal::NoSuchElement`].
    pub fn open_door(&self, changer: u16, door: usize) -> DeviceResult<()> {
        self.act(|world| world.open_door(changer, door))
    }

    /// Closes a door. It is locked again once the host no longer
    /// [releases](crate::device::Changer::release_door) it. If somebody put in or took out
    /// something, the next verb of the changer tells
    /// [`MediumChanged`](crate::device::Attention::MediumChanged).
    ///
    /// # Errors
    /// [`Refusal::NoSuchElement`].
    pub fn close_door(&self, changer: u16, door: usize) -> DeviceResult<()> {
        self.act(|world| world.close_door(changer, door))
    }
}

fn no_door() -> DeviceError {
    DeviceError::refused(Refusal::NoSuchElement, "the changer has no such door")
}
