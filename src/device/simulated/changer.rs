//! The robot.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use super::Place;
use super::faults::Fault;
use super::shared::Shared;
use super::world::no_such_element;
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

    fn layout_geometry(&self) -> Geometry {
        let settings = &self.shared.settings;
        settings.layout(self.number).map(|layout| settings.geometry(layout)).unwrap_or_default()
    }

    fn check_drives(&self, from: Place, to: Place) -> DeviceResult<()> {
        if self.shared.is_busy(from) || self.shared.is_busy(to) {
            return Err(DeviceError::refused(
                Refusal::NotAccessible,
                "the drive is loading or unloading",
            ));
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
        Ok(self.layout_geometry())
    }

    fn ready(&self) -> DeviceResult<()> {
        self.shared.attend_changer(self.number)
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
        let layout = self.shared.settings.layout(self.number);
        let all = layout.map_or(0, |layout| layout.elements());
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
            world.move_medium(from, to, flip)
        })?;
        self.lose_reply()
    }

    fn prevent_removal(&self, prevent: bool) -> DeviceResult<()> {
        self.shared.attend_changer(self.number)?;
        self.shared.robot(self.number)?.prevents_removal.store(prevent, Ordering::Release);
        Ok(())
    }

    fn port_position(&self, port: usize) -> DeviceResult<PortPosition> {
        self.shared.attend_changer(self.number)?;
        if port >= self.layout_geometry().port_groups.len() {
            return Err(DeviceError::refused(Refusal::NoSuchElement, "no such port"));
        }
        Ok(PortPosition::Retracted)
    }

    fn set_port(&self, port: usize, _position: PortPosition) -> DeviceResult<()> {
        self.port_position(port)?;
        Err(DeviceError::refused(Refusal::Unsupported, "the port is opened by hand"))
    }

    fn door_state(&self, _door: usize) -> DeviceResult<DoorState> {
        self.shared.attend_changer(self.number)?;
        Err(DeviceError::refused(Refusal::NoSuchElement, "the changer has no doors"))
    }

    fn release_door(&self, door: usize, _release: bool) -> DeviceResult<()> {
        self.door_state(door).map(|_| ())
    }
}

/// The place, if there is one.
pub(super) fn existing(shared: &Shared, place: Place) -> DeviceResult<ElementKind> {
    shared.settings.kind_of(place).ok_or_else(|| no_such_element(place))
}
