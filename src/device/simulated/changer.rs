//! The robot.

use std::sync::Arc;
use std::time::Duration;

use super::Place;
use super::faults::{Fault, Occasion};
use super::frame::jammed;
use super::layout::invalid;
use super::ports::no_port;
use super::robot::Hand;
use super::shared::Shared;
use super::world::{World, no_such_element};
use crate::device::{
    Changer, DeviceError, DeviceErrorKind, DeviceIdentity, DeviceResult, ElementAddress,
    ElementKind, ElementRange, ElementStatus, Geometry, Refusal, VolumeTag,
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
        let _hand = self.shared.robot(self.number)?.hand(self.shared.clock.as_ref());
        self.shared.store.change(change)
    }

    fn check_drives(&self, from: Place, to: Place) -> DeviceResult<()> {
        if self.shared.is_busy(from) || self.shared.is_busy(to) {
            return Err(DeviceError::refused(Refusal::NotAccessible, "the drive is busy"));
        }
        Ok(())
    }

    fn move_time(&self, hand: &Hand<'_>, from: Place, to: Place, flip: bool) -> Duration {
        let timings = &self.shared.timings;
        let plan = self.shared.settings.plan(self.number);
        let at = |place: Place| plan.map_or(0, |plan| plan.place_of(timings, place.address));
        let turning = if flip { timings.flip } else { Duration::ZERO };
        let way = hand.travel(timings, at(from), at(to));
        timings.move_medium.saturating_add(way).saturating_add(turning)
    }

    /// Something stopped the robot when it had the cartridge.
    fn stop(&self, from: Place, to: Place, flip: bool, jammed: bool) -> DeviceResult<()> {
        self.shared.store.change(|world| {
            world.stop_on_the_way(from, to, flip)?;
            world.frame_mut(self.number)?.jammed |= jammed;
            Ok(())
        })
    }

    fn lose_reply(&self) -> DeviceResult<()> {
        self.shared.fault(Occasion::Reply(self.number)).map_or(Ok(()), |_| {
            Err(DeviceError::new(DeviceErrorKind::OutcomeUnknown, "the answer was lost"))
        })
    }

    /// Bar codes that fail to be seen.
    fn misread(&self, found: &mut [ElementStatus]) -> DeviceResult<()> {
        for status in found.iter_mut().filter(|status| status.volume_tag.text().is_some()) {
            let place = self.place(status.address);
            let Some(id) = self.shared.store.look(|world| world.cartridge_at(place))? else {
                continue;
            };
            match self.shared.fault(Occasion::Scan(id)) {
                Some(Fault::BarCodeUnreadable { .. }) => {
                    status.volume_tag = VolumeTag::Unreadable;
                }
                Some(_) => status.volume_tag = VolumeTag::Absent,
                None => {}
            }
        }
        Ok(())
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
        let status = |world: &World| world.element_status(self.number, kind, first, count);
        let mut found = self.shared.store.look(status)?;
        if self.shared.settings.bar_code_reader && self.shared.faults.lock().scans_fail() {
            self.misread(&mut found)?;
        }
        if kind == ElementKind::Drive {
            for status in &mut found {
                status.accessible &= !self.shared.is_busy(self.place(status.address));
            }
        }
        Ok(found)
    }

    fn initialize_element_status(&self, range: Option<ElementRange>) -> DeviceResult<()> {
        self.shared.attend_changer(self.number)?;
        let _hand = self.shared.robot(self.number)?.hand(self.shared.clock.as_ref());
        self.shared.store.look(|world| world.check_still(self.number))?;
        let timings = &self.shared.timings;
        let plan = self.shared.settings.plan(self.number);
        let time = plan.map(|plan| plan.scan_time(timings, range)).unwrap_or_default();
        self.shared.clock.pause(time);
        Ok(())
    }

    fn move_medium(
        &self,
        from: ElementAddress,
        to: ElementAddress,
        flip: bool,
    ) -> DeviceResult<()> {
        let (shared, power) = (&self.shared, self.shared.power());
        shared.attend_changer(self.number)?;
        let (from, to) = (self.place(from), self.place(to));
        let hand = shared.robot(self.number)?.hand(shared.clock.as_ref());
        shared.store.look(|world| world.check_move(from, to, flip))?;
        self.check_drives(from, to)?;
        shared.step(power)?;
        let fault = shared.fault(Occasion::Move(self.number));
        if let Some(Fault::MoveFails { kind, .. }) = fault {
            return Err(DeviceError::new(kind, "the move failed"));
        }
        shared.clock.pause(self.move_time(&hand, from, to, flip));
        if fault.is_some() {
            self.stop(from, to, flip, true)?;
            return Err(jammed());
        }
        if let Err(dark) = shared.step(power) {
            self.stop(from, to, flip, false)?;
            return Err(dark);
        }
        // A hand, a drive or another process may have come in between: everything is checked again.
        shared.store.change(|world| {
            self.check_drives(from, to)?;
            world.move_medium(from, to, flip)?;
            shared.begin_cleaning(world, to);
            Ok(())
        })?;
        shared.step(power)?;
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
            world.move_port(self.number, port, extend)
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
