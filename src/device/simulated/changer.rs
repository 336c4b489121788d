//! The robot.

use std::sync::Arc;

use super::faults::Fault;
use super::frame::no_port;
use super::layout::invalid;
use super::shared::Shared;
use super::world::{World, no_such_element};
use super::{ChangerLayout, Place};
use crate::device::{
    Changer, DeviceError, DeviceErrorKind, DeviceIdentity, DeviceResult, ElementAddress,
    ElementKind, ElementRange, ElementStatus, Geometry, Refusal,
};
use crate::model::{DoorState, PortPosition};

#[derive(Debug)]
pub(super) struct SimulatedChanger {
    pub shared: Arc<Shared>,
    pub number: u16,
}

impl SimulatedChanger {
    fn place(&self, address: ElementAddress) -> Place {
        Place { changer: self.number, address }
    }

    /// Waits until the robot has done what it is doing, then changes the state.
    fn change(&self, change: impl FnOnce(&mut World) -> DeviceResult<()>) -> DeviceResult<()> {
        self.shared.attend_changer(self.number)?;
        let _arm = self.shared.robot(self.number)?.arm.take(self.shared.clock.as_ref());
        self.shared.store.change(change)
    }

    fn check_drives(&self, from: Place, to: Place) -> DeviceResult<()> {
        if self.shared.is_busy(from) || self.shared.is_busy(to) {
            return Err(DeviceError::refused(Refusal::NotAccessible, "the drive is busy"));
        }
        Ok(())
    }

    fn fail_move(&self) -> DeviceResult<()> {
        self.shared.fail_on("the move failed", |fault| match *fault {
            Fault::MoveFails { changer, kind } if changer == self.number => Some(kind),
            _ => None,
        })
    }

    fn lose_reply(&self) -> DeviceResult<()> {
        self.shared.fail_on("the answer was lost", |fault| match *fault {
            Fault::LostReply { changer } if changer == self.number => {
                Some(DeviceErrorKind::OutcomeUnknown)
            }
            _ => None,
        })
    }
}

impl Changer for SimulatedChanger {
    fn identity(&self) -> DeviceIdentity {
        self.shared.settings.changer_identity(self.number)
    }

    fn geometry(&self) -> DeviceResult<Geometry> {
        self.shared.attend_changer(self.number)?;
        let settings = &self.shared.settings;
        Ok(settings.plan(self.number).map(|plan| settings.geometry(plan)).unwrap_or_default())
    }

    fn ready(&self) -> DeviceResult<()> {
        self.shared.attend_changer(self.number)?;
        self.shared.store.look(|world| world.check_still(self.number))
    }

    fn element_status(
        &self,
        kind: ElementKind,
        first: ElementAddress,
        count: u32,
    ) -> DeviceResult<Vec<ElementStatus>> {
        self.shared.attend_changer(self.number)?;
        let mut found = self
            .shared
            .store
            .look(|world| world.element_status(self.number, kind, first, count))?;
        if kind == ElementKind::Drive {
            for status in &mut found {
                status.accessible &= !self.shared.is_busy(self.place(status.address));
            }
        }
        Ok(found)
    }

    fn initialize_element_status(&self, range: Option<ElementRange>) -> DeviceResult<()> {
        self.shared.attend_changer(self.number)?;
        let _arm = self.shared.robot(self.number)?.arm.take(self.shared.clock.as_ref());
        self.shared.store.look(|world| world.check_still(self.number))?;
        let layout = self.shared.settings.layout(self.number);
        let all = layout.map_or(0, ChangerLayout::elements);
        let count = range.map_or(all, |range| u64::from(range.count).min(all));
        let time = self.shared.timings.scan_element;
        self.shared.clock.pause(time.saturating_mul(u32::try_from(count).unwrap_or(u32::MAX)));
        Ok(())
    }

    fn move_medium(
        &self,
        from: ElementAddress,
        to: ElementAddress,
        flip: bool,
    ) -> DeviceResult<()> {
        let shared = &self.shared;
        shared.attend_changer(self.number)?;
        let (from, to) = (self.place(from), self.place(to));
        let _arm = shared.robot(self.number)?.arm.take(shared.clock.as_ref());
        shared.store.look(|world| world.check_move(from, to, flip))?;
        self.check_drives(from, to)?;
        self.fail_move()?;
        let turning = if flip { shared.timings.flip } else { Default::default() };
        shared.clock.pause(shared.timings.move_medium.saturating_add(turning));
        // A hand, a drive or another process may have come in between: everything is checked again.
        shared.store.change(|world| {
            self.check_drives(from, to)?;
            world.move_medium(from, to, flip)?;
            shared.begin_cleaning(world, to);
            Ok(())
        })?;
        self.lose_reply()
    }

    fn prevent_removal(&self, prevent: bool) -> DeviceResult<()> {
        self.change(|world| {
            world.frame_mut(self.number)?.removal_prevented = prevent;
            Ok(())
        })
    }

    fn port_position(&self, port: usize) -> DeviceResult<PortPosition> {
        self.shared.attend_changer(self.number)?;
        self.shared.store.look(|world| {
            let now = world.frame(self.number)?.ports.get(port).ok_or_else(no_port)?;
            Ok(if now.extended { PortPosition::Extended } else { PortPosition::Retracted })
        })
    }

    fn set_port(&self, port: usize, position: PortPosition) -> DeviceResult<()> {
        let extend = match position {
            PortPosition::Extended => true,
            PortPosition::Retracted => false,
            PortPosition::Unknown => return invalid("a port is extended or retracted"),
        };
        self.change(|world| {
            if !world.is_motorised(self.number, port)? {
                return Err(DeviceError::refused(
                    Refusal::Unsupported,
                    "the port is moved by hand",
                ));
            }
            world.move_port(self.number, port, extend).map(|_| ())
        })
    }

    fn door_state(&self, door: usize) -> DeviceResult<DoorState> {
        self.shared.attend_changer(self.number)?;
        self.shared.store.look(|world| world.door_state(self.number, door))
    }

    fn release_door(&self, door: usize, release: bool) -> DeviceResult<()> {
        self.change(|world| world.release_door(self.number, door, release))
    }
}

/// The place, if there is one.
pub(super) fn existing(shared: &Shared, place: Place) -> DeviceResult<ElementKind> {
    shared.settings.kind_of(place).ok_or_else(|| no_such_element(place))
}
